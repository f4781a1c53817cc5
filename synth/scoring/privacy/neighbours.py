"""Distances to the nearest rows, exact and by brute force.

A matrix product finds candidates: with h the centred coordinates, |q - s|² = |q|² + (|s|² - 2 q·s), and the bracket is
one product of [q, 1] with [-2 s, |s|²]. It cancels badly for close rows, so the distances of the candidates are
computed anew, from differences in float64: an exact copy is at distance 0. Queries whose answer the candidates do not
prove, given the product's rounding error (sqrt(d) u |a||b|, Higham and Mary 2019), go through a second, float64 sweep.

Categories beyond 128 share 128 further one-hot places; that only shrinks the candidate distance, so proofs still hold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.scoring.privacy.space import Points

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OWN_PLACES = 128
SWEEPS: tuple[tuple[type, int], ...] = ((np.float32, 24), (np.float64, 96))
"""Precision and candidates of each sweep."""

STRIDE = 32
"""Rows that compete for one candidate group; their minimum is cheap, a full partition is not."""

CHUNK_CELLS = 8_000_000


def distances(queries: Points, rows: Points, k: int) -> Floats:
    """Distance of each query to its k-th nearest row, shape (queries,); 0 for a row that is there k times."""
    return nearest(queries, rows, k)[0][:, k - 1]


def nearest(queries: Points, rows: Points, k: int) -> tuple[Floats, Ints]:
    """Distances of each query to its k nearest rows, rising, and which rows these are; both of shape (queries, k).

    Cost: len(queries) * len(rows) * d multiplications, d = numbers + categories' values (see `width`).
    """
    assert len(rows) >= k, "the caller checks that there are k rows"
    squared = np.full((len(queries), k), np.inf)
    index = np.zeros((len(queries), k), dtype=np.int64)
    pending = np.arange(len(queries))
    for dtype, n_candidates in SWEEPS:
        if not len(pending):
            break
        found, which, proven = _sweep(_taken(queries, pending), rows, k, dtype, max(n_candidates, 2 * k))
        closer = found[:, -1] < squared[pending, -1]
        squared[pending[closer]], index[pending[closer]] = found[closer], which[closer]
        pending = pending[~proven]
    return np.asarray(np.sqrt(squared)), index


def width(*parts: Points) -> int:
    """Coordinates of the one-hot form: what one distance costs."""
    return int(parts[0].ranks.shape[1] + _places(*parts).sum())


def _sweep(
    queries: Points, rows: Points, k: int, dtype: type, n_candidates: int
) -> tuple[Floats, Ints, NDArray[np.bool_]]:
    """Squared distances to the k nearest of the candidates, which these are, and whether no other row is nearer."""
    places = _places(queries, rows)
    a, b = _coordinates(queries, places, dtype), _coordinates(rows, places, dtype)
    centre = b.mean(axis=0, dtype=np.float64).astype(dtype)
    a, b = a - centre, b - centre
    size_a, size_b = (np.einsum("ij,ij->i", x, x, dtype=np.float64) for x in (a, b))
    error = float(
        np.finfo(dtype).eps * np.sqrt(a.shape[1] + 1) * (2 * np.sqrt(size_a.max() * size_b.max()) + size_b.max())
    )
    right = np.vstack([-2 * b.T, size_b.astype(dtype)[None]])
    n_candidates = min(n_candidates, len(rows))
    found, which = np.empty((len(queries), k)), np.empty((len(queries), k), dtype=np.int64)
    proven = np.empty(len(queries), dtype=bool)
    step = max(1, CHUNK_CELLS // len(rows))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        left = np.hstack([a[part], np.ones((len(a[part]), 1), dtype=dtype)])
        candidates, reached = _smallest(left @ right, n_candidates)
        exact = _squared(_taken(queries, part), rows, candidates)
        best = np.argsort(exact, axis=1, kind="stable")[:, :k]
        found[part], which[part] = (np.take_along_axis(x, best, axis=1) for x in (exact, candidates))
        bound = reached + size_a[part] - error
        last = found[part, -1]
        proven[part] = (last <= np.maximum(bound, 0)) | (n_candidates == len(rows)) | (last == 0)
    if not rows.ranks.shape[1] and (places <= OWN_PLACES).all():
        proven[:] = True  # whole numbers, far above the rounding error
    return found, which, proven


def _places(*parts: Points) -> Ints:
    """One-hot places of each category column."""
    if not parts[0].codes.shape[1]:
        return np.zeros(0, dtype=np.int64)
    most = np.max([part.codes.max(axis=0, initial=0) for part in parts], axis=0)
    return np.asarray(np.minimum(most + 1, 2 * OWN_PLACES), dtype=np.int64)


def _coordinates(points: Points, places: Ints, dtype: type) -> NDArray:  # type: ignore[type-arg]
    """Shape (rows, d): ranks and one-hot categories / sqrt 2."""
    codes = np.where(points.codes < OWN_PLACES, points.codes, OWN_PLACES + points.codes % OWN_PLACES)
    first = points.ranks.shape[1] + np.cumsum(places) - places
    out = np.zeros((len(points), points.ranks.shape[1] + int(places.sum())), dtype=dtype)
    out[:, : points.ranks.shape[1]] = points.ranks
    out[np.arange(len(points))[:, None], first + codes] = np.sqrt(0.5)
    return out


def _smallest(scores: NDArray, n: int) -> tuple[Ints, Floats]:  # type: ignore[type-arg]
    """Columns of the n smallest scores of each row, and the largest of these n.

    The n smallest lie in the n groups with the smallest minima.
    """
    groups = -(-scores.shape[1] // STRIDE)
    if groups <= n:
        best = np.argpartition(scores, n - 1, axis=1)[:, :n]
        return best, np.take_along_axis(scores, best, axis=1).max(axis=1).astype(np.float64)
    full = scores.shape[1] // groups
    whole, rest = scores[:, : groups * full].reshape(len(scores), full, groups), scores[:, groups * full :]
    minima = whole.min(axis=1)
    minima[:, : rest.shape[1]] = np.minimum(minima[:, : rest.shape[1]], rest)
    chosen = np.argpartition(minima, n - 1, axis=1)[:, :n]
    members = (chosen[:, None, :] + groups * np.arange(full + 1)[None, :, None]).reshape(len(scores), -1)
    inside = members < scores.shape[1]
    values = np.take_along_axis(scores, np.where(inside, members, 0), axis=1)
    values[~inside] = np.inf
    best = np.argpartition(values, n - 1, axis=1)[:, :n]
    return np.take_along_axis(members, best, axis=1), np.take_along_axis(values, best, axis=1).max(axis=1).astype(
        np.float64
    )


def _squared(queries: Points, rows: Points, candidates: Ints) -> Floats:
    """Exact squared distances, shape of `candidates`."""
    total = np.zeros(candidates.shape)
    for column in range(rows.ranks.shape[1]):
        total += np.square(queries.ranks[:, column, None] - rows.ranks[:, column][candidates])
    for column in range(rows.codes.shape[1]):
        total += queries.codes[:, column, None] != rows.codes[:, column][candidates]
    return total


def _taken(points: Points, index: Ints | slice) -> Points:
    return Points(points.ranks[index], points.codes[index])
