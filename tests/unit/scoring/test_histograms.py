from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType
from synth.scoring.fidelity.histograms import ABSENT, OTHER, histogram

K = 5


def column(values: Any, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


def subjects_by_bin(shares: tuple[float, ...], n: int) -> np.ndarray:
    return np.round(np.array(shares) * n)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", [ColumnType.DECIMAL, ColumnType.INTEGER, ColumnType.CATEGORY])
def test_histogram_no_bin_shows_fewer_than_k_subjects(seed: int, kind: ColumnType) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 300))
    values = np.exp(2 * rng.normal(size=n))
    values = np.floor(values) if kind is not ColumnType.DECIMAL else values
    cells = values.astype(int).astype(str) if kind is ColumnType.CATEGORY else values
    absent = rng.random(n) < 0.03
    bins, real, synthetic = histogram(
        column(cells, None) if not absent.any() else pa.chunked_array([pa.array(cells, mask=absent)]),
        column(cells),
        Column(type=kind),
        np.arange(n),
        K,
    )
    assert sum(real) == pytest.approx(1)
    assert sum(synthetic) == pytest.approx(1)
    assert len(bins) == len(real) == len(synthetic)
    shown = n - absent.sum() if ABSENT not in bins or real[-1] == 0 else n
    counts = subjects_by_bin(real, shown)
    assert ((counts == 0) | (counts >= K)).all()


def test_histogram_subject_with_many_rows_counts_once() -> None:
    who = np.repeat(np.arange(3), 50)
    assert histogram(column(["a"] * 150), column(["a"]), Column(type=ColumnType.CATEGORY), who, K)[0] == ()
    assert histogram(column([1.0] * 150), column([1.0]), Column(type=ColumnType.DECIMAL), who, K)[0] == ()


def test_histogram_extremes_do_not_appear() -> None:
    values = np.r_[np.linspace(3.17, 9.88, 400), -123.456, 987.654]
    bins, _, _ = histogram(column(values), column(values), Column(type=ColumnType.DECIMAL), np.arange(402), K)
    edges = [float(edge) for edge in bins]
    assert 3 <= min(edges) < max(edges) <= 10
    assert not set(values.tolist()) & set(bins)


def test_histogram_rare_and_synthetic_only_categories_are_merged() -> None:
    real = ["a"] * 50 + ["b"] * 30 + ["rare"] * 4 + ["odd"] * 3
    bins, shares, made = histogram(
        column(real), column(["a"] * 5 + ["leaked"] * 5), Column(type=ColumnType.CATEGORY), np.arange(87), K
    )
    assert bins == ("a", "b", OTHER)
    assert subjects_by_bin(shares, 87).tolist() == [50, 30, 7]
    assert made == (0.5, 0.0, 0.5)


def test_histogram_small_other_takes_the_smallest_category_in() -> None:
    bins, shares, _ = histogram(
        column(["a"] * 50 + ["b"] * 30 + ["rare"] * 2),
        column(["a"]),
        Column(type=ColumnType.CATEGORY),
        np.arange(82),
        K,
    )
    assert bins == ("a", OTHER)
    assert subjects_by_bin(shares, 82).tolist() == [50, 32]


@pytest.mark.parametrize(("n_missing", "shown"), [(0, False), (3, False), (5, True)])
def test_histogram_missing_bin_needs_k_subjects(n_missing: int, shown: bool) -> None:
    values = [*np.linspace(0, 1, 100).tolist(), *[None] * n_missing]
    bins, real, _ = histogram(
        column(values), column(values), Column(type=ColumnType.DECIMAL), np.arange(len(values)), K
    )
    assert (ABSENT in bins) is shown
    assert sum(real) == pytest.approx(1)


def test_histogram_missing_only_in_synthetic_rows_is_shown() -> None:
    values = np.linspace(0, 1, 100).tolist()
    bins, real, made = histogram(
        column(values), column([0.5, None]), Column(type=ColumnType.DECIMAL), np.arange(100), K
    )
    assert (bins[-1], real[-1], made[-1]) == (ABSENT, 0.0, 0.5)


def test_histogram_times_have_iso_edges() -> None:
    days = [date(2020, 1, 1) + timedelta(days=i) for i in range(300)]
    moments = [datetime(2020, 1, 1) + timedelta(minutes=i) for i in range(300)]
    clock = [time(i % 24, i % 60) for i in range(300)]
    for values, kind in ((days, ColumnType.DATE), (moments, ColumnType.DATETIME), (clock, ColumnType.TIME)):
        bins, _, _ = histogram(column(values), column(values), Column(type=kind), np.arange(300), K)
        parse: Callable[[str], Any] = {
            ColumnType.DATE: date.fromisoformat,
            ColumnType.DATETIME: datetime.fromisoformat,
            ColumnType.TIME: time.fromisoformat,
        }[kind]
        edges = [parse(str(edge)) for edge in bins]
        assert edges == sorted(edges)
        assert len(edges) > 5


@pytest.mark.parametrize("values", [[float("inf")] * 20, [None] * 20, [1e300, -1e300] * 20, [0.0] * 20, [1e-310] * 20])
def test_histogram_strange_numbers_do_not_crash(values: list[float | None]) -> None:
    bins, real, synthetic = histogram(
        column(values, pa.float64()),
        column(values, pa.float64()),
        Column(type=ColumnType.DECIMAL),
        np.arange(len(values)),
        K,
    )
    assert len(bins) == len(real) == len(synthetic)
