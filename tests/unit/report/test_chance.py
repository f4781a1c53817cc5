"""The chance band against a brute-force twin: all interleavings of member and non-member scores are equally likely."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from synth.report.chance import LEVEL, chance_band, chance_limits


def members_above(members: int, non_members: int, j: int) -> np.ndarray:
    """Number of members above the j-th largest non-member, for every interleaving of the sorted scores."""
    interleavings = combinations(range(members + non_members), non_members)  # places of non-members, best score first
    counts = [places[j - 1] - (j - 1) for places in interleavings]
    return np.sort(counts)


@pytest.mark.parametrize(("members", "non_members", "j"), [(4, 3, 1), (5, 6, 2), (7, 5, 5), (6, 6, 3)])
def test_chance_limits_against_all_interleavings_are_the_exact_quantiles(
    members: int, non_members: int, j: int
) -> None:
    counts = members_above(members, non_members, j)
    tail = (1 - LEVEL) / 2

    low, high = chance_limits(np.array([j]), members, non_members)

    assert np.mean(counts <= round(low[0] * members)) >= tail
    assert np.mean(counts < round(low[0] * members)) < tail
    assert np.mean(counts <= round(high[0] * members)) >= 1 - tail
    assert np.mean(counts < round(high[0] * members)) < 1 - tail


def test_chance_band_of_large_samples_holds_the_diagonal_and_narrows() -> None:
    band, wide = chance_band(30_000, 8_000), chance_band(300, 80)

    assert band is not None
    assert wide is not None
    assert all(low <= f <= high for f, low, high in zip(band.fpr, band.low, band.high, strict=True))
    assert max(h - lo for h, lo in zip(band.high, band.low, strict=True)) < max(
        h - lo for h, lo in zip(wide.high, wide.low, strict=True)
    )


@pytest.mark.parametrize(("members", "non_members"), [(0, 10), (10, 0)])
def test_chance_band_of_an_empty_class_is_none(members: int, non_members: int) -> None:
    assert chance_band(members, non_members) is None
