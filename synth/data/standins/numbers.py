"""Counter-based numbers: the same for the same key and counter, wherever and in whatever order they are asked for."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

MAX_DOMAIN = 2**62
"""Largest domain of `permuted`."""


def key_of(*what: object) -> int:
    """A 64-bit key of some names and numbers."""
    return int.from_bytes(blake2b(repr(what).encode(), digest_size=8).digest(), "little")


def hashed(counters: npt.NDArray[np.int64] | Words, key: int) -> Words:
    """Uniform 64-bit words, one for each counter (the finaliser of SplitMix64, Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        z = counters.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        return np.asarray(z ^ (z >> np.uint64(31)))


def uniforms(counters: npt.NDArray[np.int64], key: int) -> npt.NDArray[np.float64]:
    """Uniform numbers in [0, 1), one for each counter."""
    return np.asarray((hashed(counters, key) >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def permuted(counters: npt.NDArray[np.int64], size: int, key: int) -> npt.NDArray[np.int64]:
    """A keyed permutation of 0..size-1: different counters below `size` give different numbers.

    A balanced Feistel network over the next even power of two, walked until it is below `size` (Black, Rogaway 2002).
    """
    assert 1 <= size <= MAX_DOMAIN, "the domain must fit"
    half = np.uint64(max((int(size - 1).bit_length() + 1) // 2, 1))
    mask = np.uint64((1 << int(half)) - 1)
    values = counters.astype(np.uint64)
    walking = np.ones(len(values), bool)
    while walking.any():
        left, right = values[walking] >> half, values[walking] & mask
        for turn in range(4):
            left, right = right, left ^ (hashed(right, key_of(key, turn)) & mask)
        values[walking] = (left << half) | right
        walking = values >= np.uint64(size)
    return values.astype(np.int64)
