from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Table
from synth.scoring.privacy.neighbours import distances
from synth.scoring.privacy.space import Points, points


def brute(queries: Points, rows: Points, k: int) -> np.ndarray:
    numbers = np.square(queries.ranks[:, None] - rows.ranks[None]).sum(-1)
    categories = (queries.codes[:, None] != rows.codes[None]).sum(-1)
    return np.sqrt(np.partition(numbers + categories, k - 1, axis=1)[:, k - 1])


def random_points(rng: np.random.Generator, n: int, numbers: int, categories: int, n_codes: int, grid: int) -> Points:
    return Points(rng.integers(0, grid, (n, numbers)) / grid, rng.integers(0, n_codes, (n, categories)))


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize(
    ("numbers", "categories", "n_codes", "grid"),
    [
        (3, 0, 1, 10**6),
        (1, 0, 1, 10**6),  # crowded: float32 cannot tell the candidates apart
        (1, 3, 2, 10**6),
        (2, 2, 400, 50),  # more categories than one-hot places
        (0, 4, 3, 1),
        (0, 2, 700, 1),
        (4, 3, 5, 3),  # ties everywhere
    ],
)
@pytest.mark.parametrize("n", [5, 33, 769, 1500])
def test_distances_equal_brute_force(numbers: int, categories: int, n_codes: int, grid: int, n: int, k: int) -> None:
    rng = np.random.default_rng(n)
    rows = random_points(rng, n, numbers, categories, n_codes, grid)
    queries = random_points(rng, 200, numbers, categories, n_codes, grid)
    np.testing.assert_allclose(distances(queries, rows, k), brute(queries, rows, k), atol=1e-9)


def test_distances_copy_is_its_own_nearest_row_at_exactly_zero(rng: np.random.Generator) -> None:
    rows = Points(0.5 + 1e-7 * rng.permutation(3000).astype(np.float64)[:, None], np.zeros((3000, 2), dtype=np.int64))
    assert (distances(rows, rows, 1) == 0).all()
    assert (distances(rows, rows, 2) > 0).all()


def test_distances_duplicates_count_one_by_one() -> None:
    rows = Points(np.array([[0.5], [0.5], [0.9]]), np.zeros((3, 0), dtype=np.int64))
    query = Points(np.array([[0.5]]), np.zeros((1, 0), dtype=np.int64))
    assert [distances(query, rows, k)[0] for k in (1, 2, 3)] == pytest.approx([0, 0, 0.4])


def test_points_hand_worked() -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "c": Column(type=ColumnType.CATEGORY)})
    train = pa.table({"x": [10.0, 20.0, 20.0, 40.0], "c": ["a", "a", "b", None]})
    other = pa.table({"x": [5.0, 20.0, 30.0, None], "c": ["a", "new", None, "b"]})
    here, there = points([train, other], train, spec)
    assert here.ranks[:, 0].tolist() == [0.125, 0.5, 0.5, 0.875]
    assert there.ranks[:, 0].tolist() == [0.0, 0.5, 0.75, 0.5]
    absent, category = there.codes.T
    assert category[0] == here.codes[0, 1]
    assert category[1] not in here.codes[:, 1]
    assert category[2] == here.codes[3, 1]
    assert absent.tolist() == [0, 0, 0, 1]


def test_points_missing_number_is_as_far_as_a_category() -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL)})
    train = pa.table({"x": [1.0, 2.0, 3.0]})
    middle, missing = points([pa.table({"x": [2.0]}), pa.table({"x": pa.array([None], pa.float64())})], train, spec)
    assert distances(middle, missing, 1).tolist() == [1.0]
    assert distances(missing, missing, 1).tolist() == [0.0]
