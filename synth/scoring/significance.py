"""p-values and one-sided bounds that the gate rests on: ranks, enrichment at the top, rates, excess risks.

Everything is per entity: an entity with several rows counts once, with its highest score.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from synth.scoring.estimates import Estimate, clustered_variance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Z_ONE_SIDED = float(stats.norm.ppf(0.95))
"""One-sided 95 %, the level of the upper bounds by which a gate passes."""

LEAST_REST = 0.5

SMALL = 8
"""Of one kind: up to so many the rank-sum test is exact where nothing is tied."""

LARGEST = 0.9
"""Largest p-value that counts as such in a combination."""

RESAMPLES = 200
"""Bootstrap resamples; the 95th percentile of so many is good to about 1.5 % of the sampling spread."""


def combined(p_values: Iterable[float]) -> float:
    """One p-value for several tests of the same null hypothesis, whatever their dependence (Cauchy combination).

    Liu and Xie (2020), https://doi.org/10.1080/01621459.2018.1554485: near-exact for small p, without the loss of
    Bonferroni where the tests agree. Values above 0.9 count as 0.9: p-values of counts are often exactly 1, and one
    such must not outweigh a test that saw something; the tail of the sum is the same. 1 where there is no test.
    """
    found = np.clip(np.array(list(p_values), dtype=np.float64), 1e-300, LARGEST)
    if not len(found):
        return 1.0
    small = found < 1e-10  # tan overflows there; 1 / (p pi) is its limit
    terms = np.where(small, 1 / (found * np.pi), np.tan((0.5 - np.where(small, 0.5, found)) * np.pi))
    return float(stats.cauchy.sf(terms.mean())) if (found < LARGEST).any() else 1.0


def highest(scores: Floats, who: Ints) -> Floats:
    """The highest score of each entity, in the order of their numbers."""
    codes = np.unique(who, return_inverse=True)[1]
    out = np.full(int(codes.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(out, codes, scores)
    return out


def enrichment_p(inside: Floats, outside: Floats, sizes: Iterable[int], rng: np.random.Generator) -> list[float]:
    """p-values of "no more insiders among the so many highest scores than chance puts there", one a size.

    Args:
        inside: one score an insider.
        outside: one score an outsider.
        sizes: how many of the highest are looked at; those beyond half of all are left out.
        rng: breaks ties by chance, so that tied scores favour nobody.
    """
    pooled = np.concatenate([inside, outside])
    order = np.lexsort((rng.random(len(pooled)), -pooled))
    is_inside = order < len(inside)
    looked = np.array([size for size in sizes if size <= len(pooled) / 2], dtype=np.int64)
    met = np.cumsum(is_inside)[looked - 1]
    return [float(p) for p in np.atleast_1d(stats.hypergeom.sf(met - 1, len(pooled), len(inside), looked))]


def rank_p(inside: Floats, outside: Floats) -> float:
    """One-sided p-value of the rank-sum test that insiders score higher; exact in small samples without ties."""
    m, n = len(inside), len(outside)
    pooled = np.concatenate([inside, outside])
    if not m or not n or np.ptp(pooled) == 0:
        return 1.0
    if min(m, n) <= SMALL:
        return float(stats.mannwhitneyu(inside, outside, alternative="greater").pvalue)
    ranks = stats.rankdata(pooled)
    tied = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    total = m + n
    spread = np.sqrt(m * n / 12 * (total + 1 - (tied**3 - tied).sum() / (total * (total - 1))))
    over = ranks[:m].sum() - m * (m + 1) / 2 - m * n / 2
    return float(special.ndtr(-(over - 0.5) / spread))


def tpr_at(
    inside: Floats, outside: Floats, who_inside: Ints, who_outside: Ints, fpr: float, rng: np.random.Generator
) -> tuple[Estimate, float]:
    """Share of insiders above the score that a share `fpr` of outsiders reaches, and its one-sided 95 % upper bound.

    Both classes are resampled by entity, for the threshold is estimated too; the bound is never below the exact one of
    Clopper and Pearson for the insiders alone. Tied scores make a straight line.
    """
    levels, place = np.unique(np.concatenate([inside, outside]), return_inverse=True)
    place = len(levels) - 1 - place  # from the highest score down
    parts = place[: len(inside)], place[len(inside) :]
    codes = tuple(np.unique(who, return_inverse=True)[1] for who in (who_inside, who_outside))
    counts = tuple(int(code.max(initial=-1)) + 1 for code in codes)

    def rate(weights: tuple[Floats, Floats]) -> float:
        hits, alarms = (
            np.cumsum(np.bincount(part, weights=w[code], minlength=len(levels)))
            for part, w, code in zip(parts, weights, codes, strict=True)
        )
        if not hits[-1] or not alarms[-1]:
            return float("nan")
        return float(np.interp(fpr, np.r_[0.0, alarms / alarms[-1]], np.r_[0.0, hits / hits[-1]]))

    value = rate((np.ones(counts[0]), np.ones(counts[1])))
    drawn = [rate((_weights(counts[0], rng), _weights(counts[1], rng))) for _ in range(RESAMPLES)]
    drawn_rates = np.array([x for x in drawn if np.isfinite(x)])
    n = min(counts)
    estimate = Estimate(value, float(drawn_rates.std(ddof=1)), n)
    exact = float(stats.beta.ppf(0.95, value * counts[0] + 1, max(counts[0] * (1 - value), 1e-9)))
    return estimate, float(max(np.quantile(drawn_rates, 0.95), exact if value < 1 else 1.0))


def _weights(n: int, rng: np.random.Generator) -> Floats:
    """How often a bootstrap resample holds each of n entities."""
    return rng.poisson(1.0, n).astype(np.float64)


def beyond(attack: float, control: float) -> float:
    """Share of successes beyond the control's: (p - c) / (1 - c), the divisor at least one half (see `excess`)."""
    return (attack - control) / max(1 - control, LEAST_REST)


def excess(success: Floats, control: Floats, who_success: Ints, who_control: Ints) -> Estimate:
    """Risk beyond the control's: (p - c) / (1 - c), by the delta method; negative where the control does better.

    Giomi et al. (2023), https://arxiv.org/abs/2211.10459, with variances by entity. Where the control is right more
    often than not the divisor stays one half: what nearly everybody can be told is public, and a quotient of two small
    numbers would say nothing. `success` and `control` are 0 or 1, one an attack that was made.
    """
    p, c = float(success.mean()), float(control.mean())
    n = min(len(np.unique(who_success)), len(np.unique(who_control)))
    rest = max(1 - c, LEAST_REST)
    spread = [
        clustered_variance((x - x.mean()) / len(x), who) for x, who in ((success, who_success), (control, who_control))
    ]
    if not np.isfinite(spread).all():  # a single entity on one side
        return Estimate(beyond(p, c), np.inf, n, -np.inf)
    slope = (1 - p) / rest**2 if rest > LEAST_REST else 1 / rest
    se = float(np.sqrt(spread[0] / rest**2 + spread[1] * slope**2))
    return Estimate(beyond(p, c), se, n, -np.inf)


def upper(estimate: Estimate) -> float:
    """One-sided 95 % upper bound; by the rule of three's exact form where no success was seen on either side."""
    if estimate.se == 0 and estimate.value <= 0:
        return float(1 - 0.05 ** (1 / max(estimate.n, 1)))
    return float(estimate.value + Z_ONE_SIDED * estimate.se)
