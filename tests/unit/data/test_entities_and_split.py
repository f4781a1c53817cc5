from collections import Counter
from itertools import chain

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.data.entities import entity_codes
from synth.data.metadata import Column, ColumnType, Table
from synth.data.split import Split, carve_validation, split
from synth.errors import InvalidInputError

ROWS = pa.concat_tables(  # two chunks, whose dictionaries differ
    [
        pa.table({"person": ["b", "a", None], "year": [1, 1, 1]}),
        pa.table({"person": ["a", None, "b", "a"], "year": [2, 1, 1, 1]}),
    ]
)


def spec(*entity_key: str) -> Table:
    columns = {"person": Column(type=ColumnType.CATEGORY), "year": Column(type=ColumnType.INTEGER)}
    return Table(columns=columns, entity_key=entity_key)


def people(n_people: int, rows_each: int = 3) -> pa.Table:
    person = np.tile(np.arange(n_people), rows_each)
    return pa.table({"person": [f"p{i}" for i in person], "year": np.arange(len(person))})


def parts_of(parts: Split) -> list[pa.Table]:
    return [parts.train, parts.holdout, parts.reference]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((), [0, 1, 2, 3, 4, 5, 6]),
        (("person",), [0, 1, 2, 1, 3, 0, 1]),
        (("person", "year"), [0, 1, 2, 3, 4, 0, 1]),
        (("year",), [0, 0, 0, 1, 0, 0, 0]),
    ],
)
def test_entity_codes_are_dense_in_order_and_missing_keys_stand_alone(
    key: tuple[str, ...], expected: list[int]
) -> None:
    codes = entity_codes(ROWS, spec(*key))
    assert codes.dtype == np.int64
    assert codes.tolist() == expected


def test_entity_codes_of_nan_and_of_no_values_stand_alone() -> None:
    table = pa.table({"person": pa.nulls(2), "year": [float("nan")] * 2})
    assert entity_codes(table, spec("person")).tolist() == [0, 1]
    assert entity_codes(table, spec("year")).tolist() == [0, 1]


def test_entity_codes_without_rows_are_empty() -> None:
    assert entity_codes(ROWS.slice(0, 0), spec("person", "year")).shape == (0,)


def test_entity_codes_without_the_key_column_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="`person` is not there"):
        entity_codes(ROWS.select(["year"]), spec("person"))


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 2)), max_size=20))
def test_entity_codes_agree_with_a_dictionary_of_tuples(rows: list[tuple[str | None, int]]) -> None:
    table = pa.table({"person": pa.array([p for p, _ in rows], pa.string()), "year": pa.array([y for _, y in rows])})
    seen: dict[object, int] = {}
    expected = [seen.setdefault((i, row) if row[0] is None else row, len(seen)) for i, row in enumerate(rows)]
    assert entity_codes(table, spec("person", "year")).tolist() == expected


def test_split_by_entity_is_disjoint_and_keeps_every_row_once_in_order() -> None:
    table = people(50)
    parts = split(table, spec("person"), seed=3)
    sides = [set(part["person"].to_pylist()) for part in parts_of(parts)]
    assert [len(side) for side in sides] == [40, 5, 5]
    assert len(set.union(*sides)) == 50
    years = [part["year"].to_pylist() for part in parts_of(parts)]
    assert all(year == sorted(year) for year in years)
    assert sorted(chain(*years)) == table["year"].to_pylist()


def test_split_without_key_counts_rows_and_keeps_equal_ones() -> None:
    table = pa.table({"person": ["same"] * 100, "year": [1] * 100})
    assert [part.num_rows for part in parts_of(split(table, spec(), seed=0))] == [80, 10, 10]


def test_split_same_seed_gives_same_parts_and_another_seed_others() -> None:
    table = people(200)
    first, again, other = (split(table, spec("person"), seed=seed) for seed in (7, 7, 8))
    assert first == again
    assert not first.holdout.equals(other.holdout)


@pytest.mark.parametrize(
    ("n", "expected"), [(0, [0, 0, 0]), (1, [1, 0, 0]), (2, [1, 1, 0]), (3, [2, 1, 0]), (10, [8, 1, 1])]
)
def test_split_of_tiny_tables_never_fails_and_train_is_served_first(n: int, expected: list[int]) -> None:
    assert [part.num_rows for part in parts_of(split(people(n, 1), spec("person"), seed=0))] == expected


def test_split_of_one_entity_is_all_train() -> None:
    assert [part.num_rows for part in parts_of(split(people(1, 9), spec("person"), seed=0))] == [9, 0, 0]


def test_split_share_0_is_all_train() -> None:
    assert split(people(9), spec(), seed=0, holdout_share=0).train.num_rows == 27


@pytest.mark.parametrize("share", [-0.1, 1, float("nan")])
def test_split_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(InvalidInputError, match="at least 0 and below 1"):
        split(people(9), spec(), seed=0, holdout_share=share)


def test_split_with_holdout_file_trains_on_the_whole_seed() -> None:
    table = people(40)
    parts = split(table.slice(0, 20), spec("person"), seed=1, holdout=table.slice(20, 20))
    assert parts.train.equals(table.slice(0, 20))
    assert [parts.holdout.num_rows, parts.reference.num_rows] == [10, 10]


def test_split_with_both_files_keeps_all_three_as_given() -> None:
    table = people(9, 1)
    pieces = [table.slice(start, 3) for start in (0, 3, 6)]
    parts = split(pieces[0], spec("person"), seed=1, holdout=pieces[1], reference=pieces[2])
    assert all(part.equals(piece) for part, piece in zip(parts_of(parts), pieces, strict=True))


def test_split_entities_on_two_sides_are_counted_and_refused() -> None:
    table = people(10, 2)
    with pytest.raises(InvalidInputError) as caught:
        split(table.slice(0, 10), spec("person"), seed=0, holdout=table.slice(8, 6), reference=table.slice(13, 1))
    assert [(fault.rule.split(" must")[0], fault.fact) for fault in caught.value.faults] == [
        ("train and holdout", "6 are in both"),  # rows 8 to 13 are the persons 8, 9, 0, 1, 2, 3 of persons 0 to 9
        ("train and reference", "1 are in both"),
        ("holdout and reference", "1 are in both"),
    ]
    assert "p8" not in str(caught.value)


def test_split_reference_file_is_checked_against_a_drawn_holdout() -> None:
    table = people(10)
    with pytest.raises(InvalidInputError, match="train and reference"):
        split(table, spec("person"), seed=0, reference=table.slice(0, 10))


def test_split_equal_rows_in_two_files_are_fine_without_a_key_or_with_a_missing_one() -> None:
    table = pa.table({"person": pa.nulls(4, pa.string()), "year": [1] * 4})
    assert split(table, spec(), seed=0, holdout=table).train.num_rows == 4
    assert split(table, spec("person"), seed=0, holdout=table).train.num_rows == 4


def test_split_draws_each_entity_equally_often() -> None:
    n_seeds, share = 2_000, 0.2
    drawn = Counter[str]()
    for seed in range(n_seeds):
        drawn.update(split(people(10, 1), spec("person"), seed=seed).holdout["person"].to_pylist())
    # 10 people, 2 judge, of whom 1 is holdout: p = 0.1; 10 assertions at 1e-7 each: 5.4 sigma of a binomial share
    tolerance = 5.4 * np.sqrt(0.1 * 0.9 / n_seeds)
    assert set(drawn) == {f"p{i}" for i in range(10)}
    assert max(abs(count / n_seeds - share / 2) for count in drawn.values()) < tolerance


def test_carve_validation_takes_whole_entities_and_leaves_some() -> None:
    codes = entity_codes(people(20), spec("person"))
    mask = carve_validation(codes, 0.25, seed=0)
    assert len(set(codes[mask].tolist())) == 5
    assert not set(codes[mask].tolist()) & set(codes[~mask].tolist())
    assert not carve_validation(np.zeros(5, dtype=np.int64), 0.25, seed=0).any()
    assert carve_validation(np.empty(0, dtype=np.int64), 0.25, seed=0).shape == (0,)
