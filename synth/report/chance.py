"""How far an ROC curve strays from the diagonal by chance alone, for an attack that knows nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVEL = 0.95
MAX_POINTS = 60


@dataclass(frozen=True)
class ChanceBand:
    """Pointwise 95 % limits of the true positive rate under "no leak"; three arrays of equal length, each in [0, 1]."""

    fpr: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def chance_band(members: int, non_members: int) -> ChanceBand | None:
    """The band for an attack whose scores say nothing about membership and have no ties.

    With the threshold at the j-th largest of m non-member scores, the share of equally distributed members above it
    follows Beta(j, m + 1 - j), so their number among n is beta-binomial: exact for every n and m, also where few
    false alarms are allowed and a normal approximation is of no use.

    Args:
        members: n, at least 1 for a band.
        non_members: m, at least 1 for a band.

    Returns:
        Limits at up to 60 false positive rates j / m, evenly spaced on a log scale; None where n or m is 0.
    """
    if members < 1 or non_members < 1:
        return None
    j = np.unique(np.geomspace(1, non_members, MAX_POINTS).round().astype(int))
    low, high = chance_limits(j, members, non_members)
    return ChanceBand(*(tuple(values.tolist()) for values in (j / non_members, low, high)))


def chance_limits(j: Ints, members: int, non_members: int) -> tuple[Floats, Floats]:
    """Limits of the true positive rate where j of the non-members are accused; see `chance_band`."""
    tail = (1 - LEVEL) / 2
    law = betabinom(members, j, non_members + 1 - j)
    return np.asarray(law.ppf(tail)) / members, np.asarray(law.ppf(1 - tail)) / members
