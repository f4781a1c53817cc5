"""Ordered parts: atoms, quantile knots and a position u in between.

A value that fills a whole quantile cell by itself is an *atom* (zero inflation, heaping, caps, codes such as 999);
so is every value of a column with few distinct ones. The remainder is a piecewise-linear quantile function through
*knots*, each the mean of a run of neighbouring values that belong to at least k subjects. Outlying values survive only
as part of such a mean: no true extreme is kept, and tails are sampled along the last slope where that stays inside
what was seen, else up to the last mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from synth.data.entities import subjects_per_code

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

CONTINUOUS = -1
"""Token of a value that is no atom: its position u says the rest."""

MISSING_U = 1.1
"""Position of a missing value: above all others, so that a threshold can split it off."""

CELLS = 1024
"""Equal-mass cells of the quantile function; the shape error of one is at most 1 / 1024 (chosen, not tuned)."""

GOLDEN = (5.0**0.5 - 1) / 2
"""Fractional parts of its multiples spread most evenly over [0, 1)."""

FEW_VALUES = 256
"""Columns with at most so many distinct values keep each value that k subjects share as an atom."""


@dataclass(frozen=True)
class OrderedCodec:
    """Value <-> (token, u) for one ordered part.

    Tokens are 0..A-1 for atoms in ascending order, A for missing where `has_missing`, and `CONTINUOUS` otherwise.

    Attributes:
        atom_values, atom_u: atoms and their mid-ranks, shape (A,), ascending.
        knot_values, knot_u: the quantile function of the remainder, shape (K,), ascending; K = 0 or K >= 2.
        has_missing: whether missing is a value of its own (at least k subjects).
    """

    atom_values: Floats
    atom_u: Floats
    knot_values: Floats
    knot_u: Floats
    has_missing: bool

    @classmethod
    def fit(cls, values: Floats, entities: npt.NDArray[np.int64], k: int, codes: Floats | None = None) -> Self:
        """Learns atoms and knots.

        Args:
            values: shape (n_rows,), NaN is missing.
            entities: shape (n_rows,), which subject each row belongs to.
            k: fewest subjects behind an atom, a knot or the missing token.
            codes: numbers that stand for something else (missing): an atom each, or missing where k do not share it.
        """
        values, codes = _shared_codes(values, entities, k, np.empty(0) if codes is None else codes)
        missing = np.isnan(values)
        has_missing = bool(_distinct(entities[missing]) >= k)
        present, subjects = values[~missing], entities[~missing]
        order = np.argsort(present, kind="stable")
        present, subjects = present[order], subjects[order]
        distinct, inverse, counts = np.unique(present, return_inverse=True, return_counts=True)
        held_by = subjects_per_code(inverse, subjects, len(distinct))
        mid_rank = (np.cumsum(counts) - counts / 2) / max(len(present), 1)
        enough = counts >= max(k, len(present) / CELLS) if len(distinct) > FEW_VALUES else np.ones(len(distinct), bool)
        atom = (enough | np.isin(distinct, codes)) & (held_by >= k)
        rest = ~atom[inverse]
        knot_values, knot_u = _knots(present[rest], mid_rank[inverse][rest], subjects[rest], k)
        knot_values = _off(knot_values, distinct[held_by < k])
        return cls(distinct[atom], mid_rank[atom], knot_values, knot_u, has_missing)

    @property
    def n_tokens(self) -> int:
        """Number of atoms, plus one where missing is a token."""
        return len(self.atom_values) + self.has_missing

    @property
    def is_empty(self) -> bool:
        """True where too few subjects have a value to keep anything; decodes to missing."""
        return len(self.atom_values) == 0 and len(self.knot_values) == 0

    def encode(self, values: Floats) -> tuple[Ints, Floats]:
        """Returns (token, u), each of shape (n,); any value is accepted, seen in training or not.

        The u of a continuous value is exact up to its run; inside the run it depends on the row's place alone.
        """
        tokens = np.full(len(values), CONTINUOUS, np.int32)
        if self.is_empty:
            return np.zeros(len(values), np.int32), np.full(len(values), MISSING_U)
        missing = np.isnan(values)
        filled = np.where(missing, self._median(), values)
        nearest = _nearest(self.atom_values, filled)
        if len(self.knot_values) == 0:
            tokens, u = nearest, self.atom_u[nearest]
        else:
            u = self._blurred(np.interp(filled, self.knot_values, self.knot_u))
            if len(self.atom_values):
                exact = self.atom_values[nearest] == filled
                tokens[exact], u[exact] = nearest[exact], self.atom_u[nearest[exact]]
        if self.has_missing:
            tokens[missing], u[missing] = len(self.atom_values), MISSING_U
        return tokens.astype(np.int32), u

    def decode(self, tokens: Ints, u: Floats) -> Floats:
        """Returns values, shape (n,), NaN for missing. Values of continuous tokens are not yet on the column's grid."""
        if self.is_empty:
            return np.full(len(tokens), np.nan)
        values = np.interp(u, self.knot_u, self.knot_values) if len(self.knot_u) else np.full(len(tokens), np.nan)
        table = np.append(self.atom_values, np.nan)
        special = tokens >= 0
        values[special] = table[tokens[special]]
        return values

    def to_json(self) -> dict[str, Any]:
        """JSON form; floats round-trip exactly."""
        return {
            "atoms": [self.atom_values.tolist(), self.atom_u.tolist()],
            "knots": [self.knot_values.tolist(), self.knot_u.tolist()],
            "has_missing": self.has_missing,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        arrays = [np.asarray(x, np.float64) for x in (*data["atoms"], *data["knots"])]
        return cls(arrays[0], arrays[1], arrays[2], arrays[3], bool(data["has_missing"]))

    def _blurred(self, u: Floats) -> Floats:
        """Positions known to their run only, spread evenly inside it: what fewer than k subjects share is forgotten.

        Otherwise two donors with one rare value would give a knot at exactly that value. The spread is Weyl's sequence
        over rows, so that encoding needs no random generator.
        """
        centres = self.knot_u[1:-1] if len(self.knot_u) > 2 else self.knot_u[:1]
        edges = np.concatenate([self.knot_u[:1], (centres[1:] + centres[:-1]) / 2, self.knot_u[-1:]])
        run = np.searchsorted(edges[1:-1], u, side="right")
        share = (np.arange(1, len(u) + 1) * GOLDEN) % 1.0
        return np.asarray(edges[run] + (edges[run + 1] - edges[run]) * share)

    def _median(self) -> float:
        values = np.concatenate([self.atom_values, self.knot_values])
        return float(values[np.argmin(np.abs(np.concatenate([self.atom_u, self.knot_u]) - 0.5))])


def _shared_codes(values: Floats, entities: npt.NDArray[np.int64], k: int, codes: Floats) -> tuple[Floats, Floats]:
    """The values without codes of fewer than k subjects, and the codes that are left."""
    shared = np.array([code for code in codes if _distinct(entities[values == code]) >= k], np.float64)
    alone = np.isin(values, np.setdiff1d(codes, shared))
    return np.where(alone, np.nan, values) if alone.any() else values, shared


def _off(knots: Floats, rare: Floats) -> Floats:
    """Moves each knot that happens to equal a value of fewer than k subjects towards the middle, by next to nothing."""
    clash = np.isin(knots, rare)
    if not clash.any():
        return knots
    middle = (knots[0] + knots[-1]) / 2 if knots[-1] > knots[0] else 0.0
    moved = np.where(clash, knots + (middle - knots) * 1e-9, knots)
    return np.maximum.accumulate(np.where(moved == knots, np.where(clash, np.nextafter(knots, 0.0), knots), moved))


def _distinct(entities: npt.NDArray[np.int64]) -> int:
    return len(np.unique(entities))


def _nearest(sorted_values: Floats, values: Floats) -> Ints:
    """Index of the nearest of `sorted_values`; zeros where there is none."""
    if len(sorted_values) == 0:
        return np.zeros(len(values), np.int32)
    right = np.clip(np.searchsorted(sorted_values, values), 1, max(len(sorted_values) - 1, 1))
    right = np.minimum(right, len(sorted_values) - 1)
    left = np.maximum(right - 1, 0)
    closer_left = values - sorted_values[left] <= sorted_values[right] - values
    return np.where(closer_left, left, right).astype(np.int32)


def _knots(values: Floats, ranks: Floats, subjects: npt.NDArray[np.int64], k: int) -> tuple[Floats, Floats]:
    """Means of runs of sorted values that k subjects share, with half a run added along the slope at each end.

    Where half a run would lead beyond the values, the end stays flat: that tells one bit of the extreme, not its place.
    """
    group = _runs(values, subjects, k)
    if group is None:
        return np.empty(0), np.empty(0)
    counts = np.bincount(group)
    v, u = np.bincount(group, values) / counts, np.bincount(group, ranks) / counts
    if len(v) == 1:
        # One mean is all that k allows: a flat piece, since a slope would need a second one.
        return np.repeat(v, 2), np.array([max(u[0] - 1e-6, 0.0), min(u[0] + 1e-6, 1.0)])
    first, last = v[0] - (v[1] - v[0]) / 2, v[-1] + (v[-1] - v[-2]) / 2
    v = np.concatenate([[first if first >= values[0] else v[0]], v, [last if last <= values[-1] else v[-1]]])
    u = np.concatenate([[u[0] - (u[1] - u[0]) / 2], u, [u[-1] + (u[-1] - u[-2]) / 2]])
    return np.maximum.accumulate(v), np.clip(np.maximum.accumulate(u), 0.0, 1.0)


def _runs(values: Floats, subjects: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64] | None:
    """Group number of each sorted value: runs of equal mass, shorter in the tails, each with at least k subjects.

    Tails matter to means and correlations, so runs there grow from k by doubling until they reach the common size.
    Equal values are never parted. None where all values together belong to fewer than k subjects.
    """
    n = len(values)
    if _distinct(subjects) < k:
        return None
    size = max(k, -(-n // CELLS))
    edges = _edges(n, size, k)
    edges = np.unique(np.searchsorted(values, values[np.minimum(edges, n - 1)], side="left"))
    group = np.searchsorted(edges[edges > 0], np.arange(n), side="right")
    return _merge_small(group, subjects, k)


def _edges(n: int, size: int, k: int) -> npt.NDArray[np.int64]:
    """Starts of runs on 0..n-1: k, 2k, 4k, ... up to `size` at both ends, `size` between."""
    tail: list[int] = []
    step, total = max(k, 1), 0
    while step < size and total + step < n // 4:
        total += step
        tail.append(total)
        step *= 2
    middle = np.arange(total, n - total, size)
    edges = np.concatenate([[0], tail, middle, n - np.asarray(tail, np.int64)])
    return np.unique(edges).astype(np.int64)


def _merge_small(group: npt.NDArray[np.int64], subjects: npt.NDArray[np.int64], k: int) -> npt.NDArray[np.int64]:
    """Merges each run of fewer than k subjects into the next (the last into the one before) and renumbers."""
    n_groups = int(group[-1]) + 1
    starts = np.searchsorted(group, np.arange(n_groups))
    small = subjects_per_code(group, subjects, n_groups) < k
    if not small.any():
        return group
    kept: list[int] = [0]
    for start in [*starts[1:].tolist(), len(group)]:
        if _distinct(subjects[kept[-1] : start]) >= k:
            kept.append(start)
    if kept[-1] == len(group):
        kept.pop()
    elif len(kept) > 1:
        kept.pop()  # the tail that never reached k joins the run before it
    return np.searchsorted(np.asarray(kept[1:]), np.arange(len(group)), side="right").astype(np.int64)
