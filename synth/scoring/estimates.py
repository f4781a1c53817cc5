"""Estimates with intervals: AUC, R2 and jackknifed means; always per entity, never random.

An estimate is written as a mean of influences, one a row. Rows of one entity go together, so the variance is that of
the entities' sums. For the AUC this is DeLong et al. (1988) where each row is an entity and Obuchowski (1997)
otherwise: https://doi.org/10.2307/2531595 and https://doi.org/10.2307/2533958.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from synth.scoring.scorecard import Figure
from synth.texts import Arg, Text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Z = float(stats.norm.ppf(0.975))
"""Two-sided 95 %, the level of every interval in a scorecard."""


class NotScorableError(Exception):
    """A figure has no meaning for these rows; the text says why, in counts and column names only.

    Args:
        template: a literal sentence without its full stop, see `synth.texts.say`.
        args: what fills its places.
    """

    def __init__(self, template: str, /, **args: Arg) -> None:
        self.text = Text(template, args)
        super().__init__(self.text)


@dataclass(frozen=True)
class Estimate:
    """An estimate of a quantity that cannot exceed 1.

    Attributes:
        value: the estimate.
        se: its standard error; infinite where a single entity stands behind it.
        n: entities in the smaller class, for exact bounds.
        lowest: what the quantity cannot fall below.
    """

    value: float
    se: float
    n: int
    lowest: float = 0.0

    def interval(self) -> tuple[float, float]:
        """95 % interval, clipped to the possible; exact (Clopper-Pearson) where the value is 0 or 1 and its error 0."""
        if self.se == 0 and self.value in {0.0, 1.0}:
            edge = 0.025 ** (1 / self.n)
            return (edge, 1.0) if self.value else (0.0, 1 - edge)
        return max(self.value - Z * self.se, self.lowest), min(self.value + Z * self.se, 1.0)

    def p_above(self, limit: float) -> float:
        """One-sided p-value of the null hypothesis that the true value is at most `limit`."""
        if self.se == 0:
            return limit**self.n if self.value == 1 else float(self.value <= limit)
        return float(stats.norm.sf((self.value - limit) / self.se))

    def figure(self, n: int, better: Literal["higher", "lower", "ideal"], ideal: float) -> Figure:
        """The scorecard's form; `n` rows or entities in all."""
        low, high = self.interval()
        known = np.isfinite(low)
        return Figure(
            value=self.value,
            ci_low=low if known else None,
            ci_high=high if known else None,
            n=n,
            better=better,
            ideal=ideal,
        )


def auc(positive: Floats, negative: Floats, who_positive: Ints, who_negative: Ints) -> Estimate:
    """Area under the ROC curve: P(positive > negative) + P(equal) / 2; 0.5 is guessing.

    Args:
        positive: scores, shape (m,), m at least 1.
        negative: scores, shape (n,), n at least 1.
        who_positive: entity of each positive score; an entity is on one side only.
        who_negative: entity of each negative score.
    """
    value, influence = auc_influence(
        np.concatenate([positive, negative]), np.arange(len(positive) + len(negative)) < len(positive)
    )
    parts = np.split(influence, [len(positive)])
    variance = sum(clustered_variance(part, who) for part, who in zip(parts, (who_positive, who_negative), strict=True))
    return Estimate(value, float(np.sqrt(variance)), min(len(np.unique(who_positive)), len(np.unique(who_negative))))


def auc_influence(scores: Floats, truth: NDArray[np.bool_]) -> tuple[float, Floats]:
    """AUC and each row's influence on it (sums to 0), shape (rows,); ties count half."""
    m, n = int(truth.sum()), int((~truth).sum())
    ranks = stats.rankdata(scores)
    placements = np.empty(len(scores))
    placements[truth] = (ranks[truth] - stats.rankdata(scores[truth])) / n
    placements[~truth] = 1 - (ranks[~truth] - stats.rankdata(scores[~truth])) / m
    value = float(placements[truth].mean())
    return value, (placements - value) / np.where(truth, m, n)


def r2(truth: Floats, predicted: Floats, who: Ints) -> Estimate:
    """Coefficient of determination; 1 is perfect, 0 the mean, below 0 worse than the mean. Error by the delta method.

    Raises:
        NotScorableError: the truth is constant.
    """
    residual, spread = (truth - predicted) ** 2, (truth - truth.mean()) ** 2
    if not spread.sum() > 0:
        raise NotScorableError("the target is constant in the unseen rows")
    ratio = residual.sum() / spread.sum()
    influence = -(residual - ratio * spread) / spread.sum()
    return Estimate(float(1 - ratio), float(np.sqrt(clustered_variance(influence, who))), len(np.unique(who)), -np.inf)


def clustered_variance(influence: Floats, who: Ints) -> float:
    """Variance of a sum of influences that are independent between entities; infinite for a single entity."""
    sums = np.bincount(np.unique(who, return_inverse=True)[1], weights=influence)
    return float(len(sums) / (len(sums) - 1) * np.square(sums).sum()) if len(sums) > 1 else np.inf


def jackknifed(value: float, without: Floats, n: int) -> Figure:
    """A figure in [0, 1], 1 best, whose interval is the delete-a-group jackknife's with Student's t.

    Args:
        value: the estimate from all rows.
        without: shape (groups,), the estimate without each of the random groups of entities; NaN where nothing is left,
            and then there is no interval.
        n: rows that the figure rests on.
    """
    if not np.isfinite(without).all():
        return Figure(value=value, n=n, better="higher", ideal=1.0)
    groups = len(without)
    se = np.sqrt((groups - 1) / groups * np.square(without - without.mean()).sum())
    reach = float(stats.t.ppf(0.975, groups - 1) * se)
    return Figure(
        value=value, ci_low=max(value - reach, 0.0), ci_high=min(value + reach, 1.0), n=n, better="higher", ideal=1.0
    )


def roc(positive: Floats, negative: Floats) -> tuple[Floats, Floats]:
    """The ROC curve at fixed false positive rates: 58 from 0.001 to 1 in equal ratios, with 0.01 and 0.1 among them.

    Rates below 10 / len(negative) are left out: too few rows would stand behind them. Tied scores make a straight line.
    """
    grid = np.unique(np.r_[np.geomspace(1e-3, 1.0, 58), 0.01, 0.1].round(12))
    grid = grid[grid * len(negative) >= 10]
    levels = np.unique(np.r_[positive, negative])[::-1]
    fpr = np.r_[0.0, 1 - np.searchsorted(np.sort(negative), levels, side="left") / len(negative)]
    tpr = np.r_[0.0, 1 - np.searchsorted(np.sort(positive), levels, side="left") / len(positive)]
    at = np.searchsorted(fpr, grid, side="right") - 1
    after = np.minimum(at + 1, len(fpr) - 1)
    run = np.where(fpr[after] > fpr[at], fpr[after] - fpr[at], 1.0)
    return grid, np.clip(tpr[at] + (grid - fpr[at]) / run * (tpr[after] - tpr[at]), 0.0, 1.0)
