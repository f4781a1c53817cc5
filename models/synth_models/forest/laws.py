"""Leaf laws: what a leaf says about its column, as pieces that hold no donor's value.

A law is a run of pieces in ascending u. A piece is a token (an atom, a category, missing) or a stretch of positions
(low, high), with a weight. Continuous stretches run between knots, each the mean of neighbouring donors, with half a
stretch added along the slope at each end: the piecewise-linear quantile function of the leaf, interpolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from synth.data.encoding import CONTINUOUS, Codes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNIFORM_HALF_WIDTH = 3.0**0.5
"""Half width of the uniform law in standard deviations."""


@dataclass(frozen=True)
class Laws:
    """The laws of L leaves, one after the other, P pieces in all.

    Attributes:
        cumulative: (P,) leaf number plus the share of the leaf's weight up to and with this piece; ascending.
        tokens: (P,) token of the piece, `CONTINUOUS` for a stretch.
        low, high: (P,) ends of the stretch in u; equal for tokens; empty for nominal parts.
        centre: (L,) mean position (ordered) or mean token (nominal) of the leaf; only used to order leaves.
    """

    cumulative: Floats
    tokens: npt.NDArray[np.int32]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    centre: npt.NDArray[np.float32]

    def draw(self, leaf: Ints, uniform: Floats) -> Codes:
        """One value a row from its leaf's law by inversion; `leaf` and `uniform` in [0, 1) have shape (n,)."""
        target = leaf + uniform
        piece = np.minimum(np.searchsorted(self.cumulative, target, side="right"), len(self.tokens) - 1)
        if len(self.low) == 0:
            return Codes(self.tokens[piece])
        start = np.where(piece > 0, self.cumulative[piece - 1], 0.0)
        share = np.clip((target - start) / np.maximum(self.cumulative[piece] - start, 1e-300), 0.0, 1.0)
        low = self.low[piece].astype(np.float64)
        return Codes(self.tokens[piece], low + share * (self.high[piece] - low))

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Arrays for an npz file; shares within a leaf and pieces a leaf give `cumulative` back exactly."""
        leaf = np.ceil(self.cumulative).astype(np.int64) - 1
        arrays = {f"law_{name}": getattr(self, name) for name in ("tokens", "low", "high", "centre")}
        pieces = np.bincount(leaf, minlength=len(self.centre)).astype(np.int32)
        return {"law_share": self.cumulative - leaf, "law_pieces": pieces, **arrays}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """Reads what `to_arrays` gave."""
        pieces: Any = arrays["law_pieces"]
        rest: Any = (arrays[f"law_{name}"] for name in ("tokens", "low", "high", "centre"))
        share: Any = arrays["law_share"]
        return cls(np.repeat(np.arange(len(pieces)), pieces) + share, *rest)


def fit_laws(leaf: Ints, codes: Codes, n_leaves: int, donors_per_knot: int) -> Laws:
    """Laws of all leaves from their donors.

    Args:
        leaf: (n,) leaf number of each donor, every leaf 0..n_leaves-1 with at least one.
        codes: the donors' codes of the column.
        n_leaves: how many leaves.
        donors_per_knot: neighbouring donors that one knot of a continuous stretch averages.
    """
    if codes.u is None:
        return _nominal_laws(leaf, codes.tokens, n_leaves)
    order = np.lexsort((codes.u, leaf))
    runs = _Runs.of(leaf[order], codes.tokens[order], codes.u[order])
    leaf_of, weight, low, high, tokens = _pieces(runs, donors_per_knot)
    centre = np.bincount(leaf, codes.u, n_leaves) / np.bincount(leaf, minlength=n_leaves)
    return Laws(
        _cumulative(leaf_of, weight, n_leaves),
        tokens.astype(np.int32),
        low.astype(np.float32),
        high.astype(np.float32),
        centre.astype(np.float32),
    )


def _nominal_laws(leaf: Ints, tokens: npt.NDArray[np.int32], n_leaves: int) -> Laws:
    base = int(tokens.max()) + 1
    pair, counts = np.unique(leaf * base + tokens, return_counts=True)
    centre = np.bincount(leaf, tokens, n_leaves) / np.bincount(leaf, minlength=n_leaves)
    none = np.empty(0, np.float32)
    return Laws(
        _cumulative(pair // base, counts.astype(np.float64), n_leaves),
        (pair % base).astype(np.int32),
        none,
        none,
        centre.astype(np.float32),
    )


def _cumulative(leaf: Ints, weight: Floats, n_leaves: int) -> Floats:
    """Leaf number plus cumulative share within the leaf; the last piece of a leaf reaches the next number exactly."""
    total = np.bincount(leaf, weight, n_leaves)
    running = np.cumsum(weight)
    before = np.concatenate([[0.0], np.cumsum(total)])[leaf]
    cumulative: Floats = leaf + np.clip((running - before) / total[leaf], 0.0, 1.0)
    last = np.append(leaf[1:] != leaf[:-1], True)
    cumulative[last] = leaf[last] + 1.0
    return cumulative


@dataclass(frozen=True)
class _Runs:
    """Maximal runs of donors of one leaf that are all continuous, or all the same token; donors sorted by (leaf, u)."""

    leaf: Ints
    token: Ints
    size: Ints
    of_donor: Ints
    rank: Ints
    u: Floats

    @classmethod
    def of(cls, leaf: Ints, tokens: npt.NDArray[np.int32], u: Floats) -> Self:
        change = np.ones(len(leaf), bool)
        change[1:] = (leaf[1:] != leaf[:-1]) | (tokens[1:] != tokens[:-1])
        starts = np.flatnonzero(change)
        of_donor = np.cumsum(change) - 1
        size = np.diff(np.append(starts, len(leaf)))
        return cls(
            leaf[starts], tokens[starts].astype(np.int64), size, of_donor, np.arange(len(leaf)) - starts[of_donor], u
        )


def _pieces(runs: _Runs, donors_per_knot: int) -> tuple[Ints, Floats, Floats, Floats, Ints]:
    """(leaf, weight, low, high, token) of all pieces in order of leaf and u."""
    n_knots = np.where(runs.token == CONTINUOUS, np.maximum(1, np.round(runs.size / donors_per_knot)), 1).astype(
        np.int64
    )
    knot = (np.cumsum(n_knots) - n_knots)[runs.of_donor] + runs.rank * n_knots[runs.of_donor] // runs.size[
        runs.of_donor
    ]
    weight = np.bincount(knot).astype(np.float64)
    mean = np.bincount(knot, runs.u) / weight
    spread = np.sqrt(np.maximum(np.bincount(knot, runs.u**2) / weight - mean**2, 0.0))
    run = np.repeat(np.arange(len(n_knots)), n_knots)
    first, last = np.ones(len(run), bool), np.ones(len(run), bool)
    first[1:], last[:-1] = run[1:] != run[:-1], run[1:] != run[:-1]
    token = runs.token[run]
    lone = np.flatnonzero(first & last)
    wide = np.where(token[lone] == CONTINUOUS, UNIFORM_HALF_WIDTH * spread[lone], 0.0)
    inner, head, tail = np.flatnonzero(~last), np.flatnonzero(first & ~last), np.flatnonzero(last & ~first)
    head_slope = (mean[head + 1] - mean[head]) * weight[head] / (weight[head] + weight[head + 1])
    tail_slope = (mean[tail] - mean[tail - 1]) * weight[tail] / (weight[tail] + weight[tail - 1])
    at = np.concatenate([lone, head, inner, tail])
    place = np.concatenate([lone * 4, head * 4, inner * 4 + 1, tail * 4 + 2])
    weights = np.concatenate(
        [weight[lone], weight[head] / 2, (weight[inner] + weight[inner + 1]) / 2, weight[tail] / 2]
    )
    low = np.concatenate([mean[lone] - wide, mean[head] - head_slope, mean[inner], mean[tail]])
    high = np.concatenate([mean[lone] + wide, mean[head], mean[inner + 1], mean[tail] + tail_slope])
    order = np.argsort(place)
    at, weights, low, high = at[order], weights[order], low[order], high[order]
    stretch = token[at] == CONTINUOUS
    low[stretch], high[stretch] = np.clip(low[stretch], 0.0, 1.0), np.clip(high[stretch], 0.0, 1.0)
    return runs.leaf[run[at]], weights, low, high, token[at]
