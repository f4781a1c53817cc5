"""Likelihood ratios of membership from in/out twins, each twin judged by the others alone.

Twins come in pairs that share the pool between them: of the two, one saw a record and the other did not. A record's
statistics in a pair are judged by Gaussians from the other pairs, where it was in as often as out. With a single twin
left out the label would show in the counts, and an honest file would score *below* one half: with P pairs the mean of
the side that the twin was taken from rests on one value less.

    mean_in, mean_out   of the record's statistics over the other pairs
    V                   covariance within records and sides, pooled over all records (LiRA's "fixed variance")
    score               log N(x; middle + d/2, V) - log N(x; middle - d/2, V) = d' V^-1 (x - middle)

with middle = (mean_in + mean_out) / 2, which makes up for how hard a record is, and d the record's mean_in - mean_out
shrunk to that of all records by its noise (empirical Bayes), for three or seven values a side say little of one record.
Source: Carlini et al. (2022), LiRA, https://arxiv.org/abs/2112.03570, for the ratio and the fixed variance. Zarifzadeh
et al. (2024), RMIA, https://arxiv.org/abs/2312.03262, compare with other records instead, for want of models.
NOTE[paper]: the shrinkage is ours; at 256 models LiRA needs none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def likelihood_ratios(statistics: Floats, inside: Mask) -> Floats:
    """Log likelihood ratio of "was in" for each record and twin, shape (records, twins); higher means in.

    Args:
        statistics: shape (records, twins, statistics); twins 2m and 2m + 1 are a pair; at least three pairs.
        inside: shape (records, twins); of a pair exactly one is True.
    """
    n_twins = inside.shape[1]
    assert (inside[:, ::2] != inside[:, 1::2]).all(), "of a pair one twin saw the record"
    assert n_twins >= 6, "two pairs must remain to measure the spread by"
    out = np.empty(inside.shape)
    for first in range(0, n_twins, 2):
        pair, rest = [first, first + 1], np.delete(np.arange(n_twins), [first, first + 1])
        out[:, pair] = _judged(statistics[:, pair], *_sides(statistics[:, rest], inside[:, rest]))
    return out


def _sides(statistics: Floats, inside: Mask) -> tuple[Floats, Floats]:
    """Statistics where each record was in, and where it was out; both of shape (records, pairs, statistics)."""
    n, twins, p = statistics.shape
    shape = (n, twins // 2, p)
    return statistics[inside].reshape(shape), statistics[~inside].reshape(shape)


def _judged(x: Floats, inside: Floats, outside: Floats) -> Floats:
    """Scores of a pair's statistics, shape (records, 2), by those of the other pairs."""
    pairs = inside.shape[1]
    means = inside.mean(axis=1), outside.mean(axis=1)
    rests = np.concatenate([side - mean[:, None] for side, mean in zip((inside, outside), means, strict=True)], axis=1)
    spread = np.einsum("ijk,ijl->kl", rests, rests) / (len(x) * 2 * (pairs - 1))
    shift = shrunk(means[0] - means[1], 2 * np.diag(spread) / pairs)
    middle = (means[0] + means[1]) / 2
    weights = shift @ np.linalg.pinv(spread, rcond=1e-9, hermitian=True)
    return np.asarray(np.einsum("ijk,ik->ij", x - middle[:, None], weights))


def shrunk(values: Floats, noise: Floats) -> Floats:
    """Estimates drawn to their mean by the share of noise in their variance, column by column.

    Args:
        values: shape (records, columns).
        noise: variance of each column's estimation error, shape (columns,).

    >>> shrunk(np.array([[0.0], [4.0]]), np.array([2.0])).tolist()
    [[1.0], [3.0]]
    """
    mean, variance = values.mean(axis=0), values.var(axis=0)
    kept = np.clip(1 - noise / np.where(variance > 0, variance, np.inf), 0, 1)
    return np.asarray(mean + kept * (values - mean))
