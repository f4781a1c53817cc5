"""The order in which columns are drawn: few values first, then along the strongest link.

Each further column is the one that depends most on a column already drawn (a maximum spanning tree of mutual
information in Prim's order, after Chow and Liu 1968), so that a strong link is always modelled directly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from synth.data.encoding import MISSING_U, Codes

Floats = npt.NDArray[np.float64]

SAMPLE_ROWS = 5_000
"""Rows that mutual information is estimated on (chosen, not tuned)."""

BINS = 8
"""Equal-mass bins of an ordered column, beside one for missing."""

TOP_TOKENS = 15
"""Categories told apart; the others share a bin."""

FEW_VALUES = 50
"""Columns with at most so many distinct tokens come first, fewest first (models.md section 6, point 2)."""


def mutual_information(parts: Sequence[Codes], rng: np.random.Generator) -> Floats:
    """Mutual information of each pair of parts in nats, shape (P, P), from binned codes of a sample of rows."""
    n = len(parts[0].tokens)
    rows = np.sort(rng.choice(n, min(n, SAMPLE_ROWS), replace=False))
    binned = [_bins(part.take(rows)) for part in parts]
    width = max(int(b.max()) for b in binned) + 1
    hot = np.zeros((len(rows), len(parts) * width), np.float32)
    for j, b in enumerate(binned):
        hot[np.arange(len(rows)), j * width + b] = 1.0
    joint = (hot.T @ hot).astype(np.float64) / len(rows)
    share = np.diag(joint)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(joint > 0, joint * np.log(joint / np.outer(share, share)), 0.0)
    return np.asarray(terms.reshape(len(parts), width, len(parts), width).sum(axis=(1, 3)))


def drawing_order(parts: Sequence[Codes], information: Floats) -> list[int]:
    """Indices of parts in the order in which they are drawn."""
    distinct = np.array([_distinct(part) for part in parts])
    order = [int(i) for i in np.argsort(distinct, kind="stable") if distinct[i] <= FEW_VALUES]
    left = [i for i in range(len(parts)) if i not in set(order)]
    off_diagonal = information - np.diag(np.diag(information))
    if not order:
        order = [max(left, key=lambda i: float(off_diagonal[i].sum()))]
        left.remove(order[0])
    best = off_diagonal[:, order].max(axis=1)
    while left:
        chosen = max(left, key=lambda i: float(best[i]))
        order.append(chosen)
        left.remove(chosen)
        best = np.maximum(best, off_diagonal[:, chosen])
    return order


def predictors(target: int, before: Sequence[int], information: Floats, limit: int) -> list[int]:
    """The parts drawn before `target` that tell most about it, at most `limit`, in drawing order."""
    if len(before) <= limit:
        return list(before)
    best = set(sorted(before, key=lambda i: -float(information[target, i]))[:limit])
    return [i for i in before if i in best]


def _distinct(part: Codes) -> int:
    return len(np.unique(part.tokens if part.u is None else part.u))


def _bins(part: Codes) -> npt.NDArray[np.int64]:
    if part.u is None:
        return np.minimum(part.tokens, TOP_TOKENS).astype(np.int64)
    bins = np.minimum((part.u * BINS).astype(np.int64), BINS - 1)
    return np.where(part.u >= MISSING_U, BINS, bins)
