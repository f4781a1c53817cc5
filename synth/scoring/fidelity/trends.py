"""Trends: do pairs of columns hang together as they should?

Statistic: the mean, over pairs of columns that hang together in the real rows, of sdmetrics' CorrelationSimilarity (two
numbers or times: 1 - |difference of Pearson's r| / 2, on rows where both are present) or ContingencySimilarity (else:
1 - total variation of the joint table, missing being a category, a number cut into ten bins of equal width over the
range of the real rows). A pair hangs together where |r| > 0.5, or Cramér's V > 0.3, as in sdmetrics' QualityReport; the
others are scored too, but not counted. A pair of numbers has no score, and is left out of the mean, where a side is
constant or has no joint values; so has a number with infinite real values and a category.

NOTE: sdmetrics' QualityReport cuts a number over *each table's own* range, so that a bin means one interval in real
rows and another in synthetic ones: one far value moves all bins, and two halves of one Gaussian table score 0.75. Its
ContingencySimilarity, asked to cut, uses the real range; so do we.
NOTE: where a category is missing and some combination occurs on one side only, sdmetrics 0.32 fails to match the
missing ones with each other and scores too low; here missing equals missing.
Interval: delete-a-group jackknife over 10 random groups of entities; which pairs count is taken as given.
Source: sdmetrics 0.32 (MIT), reimplemented; equality is tested.
Cost: 1 s for 32,000 rows x 15 columns; rows are drawn so that rows x pairs stays under 2e9 (never under 20,000 rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Table
from synth.scoring.columns import numbers, shared_codes
from synth.scoring.estimates import NotScorableError, jackknifed
from synth.scoring.fidelity.groups import GROUPS, counts_by_group, groups_of, mean_score, scores, total_variation
from synth.scoring.results import ScoredPair, TrendsResult
from synth.scoring.samples import Samples, draw, scored_columns
from synth.scoring.scorecard import NotAssessed
from synth.texts import say

LEAST_ROWS = 20_000
ROWS_TIMES_PAIRS = 2_000_000_000
BINS = 10
REAL_CORRELATION, REAL_ASSOCIATION = 0.5, 0.3
"""A pair counts above these; the defaults of sdmetrics 0.32."""

TABLE_CELLS = 4_000_000
"""Joint tables of more cells are counted by the pairs that occur."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sides = tuple[pa.Table, pa.Table]


@dataclass(frozen=True)
class Trend:
    """One pair: its score from all rows and without each group, shape (1 + GROUPS,), and whether it counts."""

    scores: Floats
    counted: bool


def trends(samples: Samples) -> TrendsResult:
    """Agreement of the columns two by two; 1 is best.

    Raises:
        NotScorableError: no rows on one side, or fewer than two columns.
    """
    names = scored_columns(samples.spec)
    pairs = list(combinations(range(len(names)), 2))
    if not pairs:
        raise NotScorableError("a single column has no pairs")
    rng = samples.rng("trends")
    rows = max(LEAST_ROWS, ROWS_TIMES_PAIRS // len(pairs))
    real, synthetic = draw(samples.compared, rows, rng), draw(samples.synthetic, rows, rng)
    n = min(real.num_rows, synthetic.num_rows)
    if n == 0:
        raise NotScorableError("there are no real or no synthetic rows")
    groups = groups_of(real, samples.spec, rng), groups_of(synthetic, samples.spec, rng)
    table = _pair_scores((real, synthetic), samples.spec, names, groups)
    scored = {pair: trend for pair, trend in table.items() if np.isfinite(trend.scores[0])}
    counted = [trend.scores for trend in scored.values() if trend.counted]
    absent = NotAssessed(not_assessed=say("no pair of columns hangs together in the real rows (r > 0.5 or V > 0.3)"))
    mean, without = mean_score(counted)
    return TrendsResult(
        figure=jackknifed(mean, without, n) if counted else absent,
        pairs=tuple(
            ScoredPair(
                first=names[i], second=names[j], score=float(np.clip(trend.scores[0], 0, 1)), counted=trend.counted
            )
            for (i, j), trend in sorted(scored.items())
        ),
    )


def _pair_scores(
    sides: Sides, spec: Table, names: list[str], groups: tuple[Ints, Ints]
) -> dict[tuple[int, int], Trend]:
    ordered = [i for i, name in enumerate(names) if spec.columns[name].type.is_ordered]
    table, real = _correlation_scores(sides, [names[i] for i in ordered], groups)
    found = {
        (i, j): Trend(table[:, a, b], bool(abs(real[a, b]) > REAL_CORRELATION))
        for (a, i), (b, j) in combinations(enumerate(ordered), 2)
    }
    codes = [_discrete(sides, name, i in ordered) for i, name in enumerate(names)]
    for i, j in combinations(range(len(names)), 2):
        if (i, j) not in found:
            found[i, j] = _contingency_scores(codes[i], codes[j], groups)
    return found


def _correlation_scores(sides: Sides, names: list[str], groups: tuple[Ints, Ints]) -> tuple[Floats, Floats]:
    """Scores, shape (1 + GROUPS, columns, columns), and the real correlations."""
    if not names:
        return np.zeros((1 + GROUPS, 0, 0)), np.zeros((0, 0))
    real, synthetic = (
        _correlations(np.column_stack([numbers(side[name]) for name in names]), group)
        for side, group in zip(sides, groups, strict=True)
    )
    return np.asarray(1 - np.abs(real - synthetic) / 2), real[0]


def _correlations(X: Floats, groups: Ints) -> Floats:
    """Pearson's r on pairwise complete rows: shape (1 + GROUPS, columns, columns); NaN where undefined."""
    held = ~np.isnan(X)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        low, high = (np.where(held, X, fill) for fill in (np.inf, -np.inf))
        constant = low.min(0) >= high.max(0)
        scale = high.max(0) - low.min(0)
        unit = np.where(held, (X - low.min(0)) / np.where(constant, 1.0, scale) - 0.5, 0.0)
        parts = np.array([_moments(unit[groups == group], held[groups == group]) for group in range(GROUPS)])
        n, x, y, xx, yy, xy = np.moveaxis(np.concatenate([parts.sum(0)[None], parts.sum(0) - parts]), 1, 0)
        variance_x, variance_y, covariance = xx - x * x / n, yy - y * y / n, xy - x * y / n
        flat = (variance_x <= xx * 1e-13) | (variance_y <= yy * 1e-13)
        r = np.where(flat, np.nan, covariance / np.sqrt(variance_x * variance_y))
    return np.asarray(np.clip(r, -1, 1))


def _moments(unit: Floats, held: NDArray[np.bool_]) -> Floats:
    """Shape (6, columns, columns): n, sums of x, y, x², y² and xy over rows where both are present."""
    mask = held.astype(np.float64)
    x, xx = unit.T @ mask, np.square(unit).T @ mask
    return np.stack([mask.T @ mask, x, x.T, xx, xx.T, unit.T @ unit])


def _discrete(sides: Sides, name: str, ordered: bool) -> list[Ints] | None:
    """Codes of both sides from 0, missing included; None where a number cannot be cut."""
    if not ordered:
        return [part + 1 for part in shared_codes([side[name] for side in sides])[0]]
    real, synthetic = (numbers(side[name]) for side in sides)
    held = real[~np.isnan(real)]
    if not np.isfinite(held).all():
        return None
    inner = np.histogram_bin_edges(held, BINS)[1:-1]
    return [np.where(np.isnan(side), BINS, np.digitize(side, inner)) for side in (real, synthetic)]


def _contingency_scores(first: list[Ints] | None, second: list[Ints] | None, groups: tuple[Ints, Ints]) -> Trend:
    if first is None or second is None:
        return Trend(np.full(1 + GROUPS, np.nan), counted=False)
    width = int(max(part.max() for part in second)) + 1
    joint = [a * width + b for a, b in zip(first, second, strict=True)]
    values, cells = None, int(max(part.max() for part in joint)) + 1
    if cells * GROUPS > TABLE_CELLS:
        values, codes = np.unique(np.concatenate(joint), return_inverse=True)
        joint, cells = np.split(codes, [len(joint[0])]), len(values)
    counts = [counts_by_group(part, group, cells) for part, group in zip(joint, groups, strict=True)]
    value, without = scores(total_variation, *counts)
    rows, columns = np.divmod(np.arange(cells) if values is None else values, width)
    return Trend(np.r_[value, without], _cramers_v(counts[0].sum(0), rows, columns) > REAL_ASSOCIATION)


def _cramers_v(counts: Floats, rows: Ints, columns: Ints) -> float:
    """Association of a joint table given as cells; 0 is none, 1 is complete. 0 where a side is constant."""
    of_rows, of_columns = np.bincount(rows, weights=counts), np.bincount(columns, weights=counts)
    degrees = min(np.count_nonzero(of_rows), np.count_nonzero(of_columns)) - 1
    held = counts > 0
    phi_squared = np.sum(counts[held] ** 2 / (of_rows[rows[held]] * of_columns[columns[held]])) - 1
    return float(np.sqrt(max(phi_squared, 0.0) / degrees)) if degrees else 0.0
