"""Shapes: does every column have the right distribution on its own?

Statistic: the mean over columns of sdmetrics' KSComplement (numbers and times: 1 - largest difference of the
distribution functions) or TVComplement (categories and booleans: 1 - total variation), both on values that are not
missing. As in sdmetrics' QualityReport, a column without values on one side has no score and is left out of the mean.
How many values are missing is not part of the score; the histograms show it.
Interval: delete-a-group jackknife over 10 random groups of entities. It holds the expected score of files of this size
(in 93 to 100 % of trials); near equality the score of the distributions themselves lies above it, for a distance of two
samples is hardly ever 0. No bootstrap that was tried holds that score either (`python -m benchmarks.coverage`). More
than 200,000 rows are drawn from.
Source: sdmetrics 0.32 (MIT), reimplemented; equality is tested.
Cost: about 1 s for 32,000 rows x 15 columns.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Column
from synth.scoring.columns import numbers, shared_codes
from synth.scoring.estimates import NotScorableError, jackknifed
from synth.scoring.fidelity.groups import (
    counts_by_group,
    groups_of,
    kolmogorov_smirnov,
    mean_score,
    scores,
    total_variation,
)
from synth.scoring.fidelity.histograms import histogram
from synth.scoring.results import ShapesResult
from synth.scoring.samples import Samples, draw, entities, scored_columns
from synth.scoring.scorecard import ColumnShape, NotAssessed
from synth.texts import say

ROWS = 200_000
DECIMALS = 14
"""Decimals that are compared, as in sdmetrics (`sys.float_info.dig - 1`)."""

NO_VALUES = "the column has no values on one side"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def shapes(samples: Samples) -> ShapesResult:
    """Agreement of the columns one by one; 1 is best.

    Raises:
        NotScorableError: no rows on one side, or no column with a score.
    """
    rng = samples.rng("shapes")
    real, synthetic = draw(samples.compared, ROWS, rng), draw(samples.synthetic, ROWS, rng)
    n = min(real.num_rows, synthetic.num_rows)
    if n == 0:
        raise NotScorableError("there are no real or no synthetic rows")
    groups = groups_of(real, samples.spec, rng), groups_of(synthetic, samples.spec, rng)
    who, columns, parts = entities(real, samples.spec), [], []
    for name in scored_columns(samples.spec):
        column = samples.spec.columns[name]
        value, without = _score(real[name], synthetic[name], column, groups)
        columns.append(_shape(name, column, (real[name], synthetic[name]), who, samples.k, (value, without, n)))
        parts.append(np.r_[value, without])
    mean, without = mean_score(parts)
    if np.isnan(mean):
        raise NotScorableError("no scored column has values on both sides")
    return ShapesResult(figure=jackknifed(mean, without, n), columns=tuple(columns))


def _score(
    real: pa.ChunkedArray, synthetic: pa.ChunkedArray, column: Column, groups: tuple[Ints, Ints]
) -> tuple[float, Floats]:
    if column.type.is_ordered:
        codes = _ranked([numbers(real).round(DECIMALS), numbers(synthetic).round(DECIMALS)])
        distance = kolmogorov_smirnov
    else:
        codes, distance = shared_codes([real, synthetic])[0], total_variation
    n_codes = int(max(part.max(initial=-1) for part in codes)) + 1
    counts = [counts_by_group(part, group, n_codes) for part, group in zip(codes, groups, strict=True)]
    return scores(distance, *counts)


def _ranked(values: list[Floats]) -> list[Ints]:
    """Codes in order of value over both sides; NaN is -1."""
    pooled = np.concatenate(values)
    codes = np.full(len(pooled), -1, dtype=np.int64)
    held = ~np.isnan(pooled)
    codes[held] = np.unique(pooled[held], return_inverse=True)[1]
    return np.split(codes, [len(values[0])])


def _shape(
    name: str,
    column: Column,
    sides: tuple[pa.ChunkedArray, pa.ChunkedArray],
    who: Ints,
    k: int,
    score: tuple[float, Floats, int],
) -> ColumnShape:
    value, without, n = score
    bins, real, synthetic = histogram(*sides, column, who, k)
    return ColumnShape(
        column=name,
        kind="numeric" if column.type.is_ordered else "categorical",
        score=jackknifed(value, without, n) if np.isfinite(value) else NotAssessed(not_assessed=NO_VALUES),
        floor=NotAssessed(not_assessed=say("not compared yet")),
        bins=bins,
        real=real,
        synthetic=synthetic,
    )
