"""Counts by group, from which one pass gives both a statistic and its delete-a-group jackknife."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Table
from synth.scoring.samples import entities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GROUPS = 10
"""Random groups of entities for the jackknife; the interval has GROUPS - 1 degrees of freedom."""


def groups_of(table: pa.Table, spec: Table, rng: np.random.Generator) -> Ints:
    """Shape (rows,): the group of each row; rows of one entity go together."""
    who = entities(table, spec)
    return rng.integers(GROUPS, size=int(who.max(initial=-1)) + 1)[who]


def counts_by_group(codes: Ints, groups: Ints, n_codes: int) -> Floats:
    """Shape (GROUPS, n_codes): rows of each group with each code; negative codes are left out."""
    held = codes >= 0
    flat = np.bincount(groups[held] * n_codes + codes[held], minlength=GROUPS * n_codes)
    return flat.reshape(GROUPS, n_codes).astype(np.float64)


def scores(distance: Callable[[Floats, Floats], Floats], real: Floats, synthetic: Floats) -> tuple[float, Floats]:
    """One minus a distance of two distributions: from all rows, and without each group.

    Args:
        distance: of two arrays of shares, each of shape (any, n_codes), to shape (any,).
        real: counts by group, shape (GROUPS, n_codes).
        synthetic: the same of the synthetic rows.

    Returns:
        the score, and shape (GROUPS,) without each group; NaN where a side has no rows.
    """
    if not (real.sum() and synthetic.sum()):
        return np.nan, np.full(GROUPS, np.nan)
    with np.errstate(invalid="ignore"):
        shares = [_shares(np.vstack([side.sum(0), side.sum(0) - side])) for side in (real, synthetic)]
        values = 1 - distance(*shares)
    return float(values[0]), values[1:]


def total_variation(first: Floats, second: Floats) -> Floats:
    """Half the summed difference of shares, in [0, 1]."""
    return np.asarray(np.abs(first - second).sum(axis=1) / 2)


def kolmogorov_smirnov(first: Floats, second: Floats) -> Floats:
    """Largest difference of the two distribution functions, in [0, 1]; codes are in order of value."""
    return np.asarray(np.abs(np.cumsum(first - second, axis=1)).max(axis=1, initial=0.0))


def mean_score(parts: list[Floats]) -> tuple[float, Floats]:
    """Mean over columns or pairs of (1 + GROUPS,) scores as `scores` gives them; NaN parts are left out."""
    table = np.array(parts).reshape(-1, 1 + GROUPS)
    held = np.isfinite(table)
    with np.errstate(invalid="ignore"):
        means = np.where(held, table, 0.0).sum(axis=0) / held.sum(axis=0)
    return float(means[0]), means[1:]


def _shares(counts: Floats) -> Floats:
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))
