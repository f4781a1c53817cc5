"""Tails: are the ends of numbers and times as heavy, and do they lie where they should?

Statistic: at each end the share of synthetic values strictly beyond the real 1 % or 99 % quantile, beside the real
share there (1 %, less where values are tied); the score is the smaller by the larger share, its mean over both ends and
all columns. Ends where no real value lies beyond the quantile do not count. Also the synthetic less the real quantile,
as a share of the distance of the two real ones, rounded to whole percents: the exact error would give a real cell away.
Columns in which fewer than k real entities lie beyond an end have no figures there.
Interval: delete-a-group jackknife over 10 groups of entities, of both sides.
Cost: about 2 s for 100,000 rows x 30 columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.data.entities import subjects_per_code
from synth.scoring.columns import numbers
from synth.scoring.estimates import NotScorableError
from synth.scoring.fidelity.groups import GROUPS
from synth.scoring.fidelity.sides import Sides, figure, mean_of, ratio, sides_of
from synth.scoring.results import TailsResult
from synth.scoring.samples import Samples, ordered_columns
from synth.scoring.scorecard import AnyFigure, Figure, NotAssessed
from synth.scoring.scorecard import Tails as Row
from synth.texts import say

SHARE = 0.01
DIGITS = 2

Floats = NDArray[np.float64]


def tails(samples: Samples) -> TailsResult:
    """Agreement of both ends of numbers and times; 1 is best.

    Raises:
        NotScorableError: a side has no rows, or no number has tails of k entities.
    """
    sides = sides_of(samples, "tails")
    rows, scores = [], []
    for name in ordered_columns(samples.spec):
        ends = _ends(sides, name)
        if ends is not None:
            score = mean_of(list(ends[2])) if np.isfinite(ends[2][:, 0]).any() else np.full(1 + GROUPS, np.nan)
            scores.append(score)
            rows.append(_row(name, ends, score, sides.n))
    if not any(np.isfinite(score[0]) for score in scores):
        raise NotScorableError("no number has k real entities beyond its 1 % or 99 % quantile")
    rows.sort(key=lambda row: row.score.value if isinstance(row.score, Figure) else 2.0)
    return TailsResult(figure=figure(mean_of(scores), sides.n), columns=tuple(rows))


Ends = tuple[Floats, Floats, Floats, Floats]
"""Synthetic and real shares, scores, quantile errors: each of shape (2 ends, 1 + GROUPS); NaN where not shown."""


def _ends(sides: Sides, name: str) -> Ends | None:
    real, synthetic = (numbers(column) for column in sides.pair(name))
    held = np.isfinite(real), np.isfinite(synthetic)
    if not (held[0].any() and held[1].any()):
        return None
    at = [_quantiles(v[h], g[h]) for v, h, g in zip((real, synthetic), held, sides.groups, strict=True)]
    beyond = [_beyond(v[h], g[h], at[0]) for v, h, g in zip((real, synthetic), held, sides.groups, strict=True)]
    span = np.where(at[0][1] > at[0][0], at[0][1] - at[0][0], np.nan)
    error = (at[1] - at[0]) / span
    low, high = at[0][:, 0]
    codes = np.where(held[0] & (real < low), 0, np.where(held[0] & (real > high), 1, -1))
    few = subjects_per_code(codes, sides.who, 2) < sides.k
    shown = [np.where(few[:, None], np.nan, part) for part in (*beyond[::-1], error)]
    return shown[0], shown[1], ratio(np.minimum(*shown[:2]), np.maximum(*shown[:2])), shown[2]


def _quantiles(values: Floats, groups: NDArray[np.int64]) -> Floats:
    """Both quantiles, from all values and without each group, shape (2, 1 + GROUPS)."""
    order = np.argsort(values)
    values, groups = values[order], groups[order]
    parts = [values] + [values[groups != group] for group in range(GROUPS)]
    return np.array([_sorted_quantiles(part) for part in parts]).T


def _sorted_quantiles(values: Floats) -> Floats:
    if not len(values):
        return np.full(2, np.nan)
    places = np.array([SHARE, 1 - SHARE]) * (len(values) - 1)
    under = np.floor(places).astype(np.int64)
    over = np.minimum(under + 1, len(values) - 1)
    return np.asarray(values[under] + (places - under) * (values[over] - values[under]))


def _beyond(values: Floats, groups: NDArray[np.int64], at: Floats) -> Floats:
    """Shares strictly beyond the quantiles of the same jackknife step, shape (2, 1 + GROUPS)."""
    shares = []
    for step in range(1 + GROUPS):
        kept = values if step == 0 else values[groups != step - 1]
        counts = np.array([(kept < at[0, step]).sum(), (kept > at[1, step]).sum()], dtype=np.float64)
        shares.append(ratio(counts, np.full(2, float(len(kept)))))
    return np.array(shares).T


def _row(name: str, ends: Ends, score: Floats, n: int) -> Row:
    synthetic, real, _, errors = ends
    below, above = (_share(synthetic[end], real[end], n) for end in (0, 1))
    low, high = (_error(errors[end], n) for end in (0, 1))
    whole: AnyFigure = figure(score, n) if np.isfinite(score[0]) else FEW
    return Row(column=name, below=below, above=above, low_error=low, high_error=high, score=whole)


FEW = NotAssessed(not_assessed=say("fewer than k real entities lie beyond the quantile"))


def _share(synthetic: Floats, real: Floats, n: int) -> AnyFigure:
    return figure(synthetic, n, better="ideal", ideal=float(real[0])) if np.isfinite(synthetic[0]) else FEW


def _error(values: Floats, n: int) -> AnyFigure:
    if not np.isfinite(values[0]):
        return FEW
    exact = figure(values, n, better="ideal", ideal=0.0, least=-np.inf, most=np.inf)
    return exact.model_copy(
        update={
            field: None if (value := getattr(exact, field)) is None else round(value, DIGITS) + 0.0
            for field in ("value", "ci_low", "ci_high")
        }
    )
