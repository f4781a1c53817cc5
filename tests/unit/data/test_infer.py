from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.data.infer import typed, typed_time

Cells = Sequence[str | None]


def text(cells: Cells) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells[:1], pa.string()), pa.array(cells[1:], pa.string())])


@pytest.mark.parametrize(
    ("cells", "kind", "expected"),
    [
        (["1", "-2", None], pa.int64(), [1, -2, None]),
        (["9007199254740993", "9223372036854775807"], pa.int64(), [2**53 + 1, 2**63 - 1]),
        ([" 3 ", "NA", "", "null"], pa.int64(), [3, None, None, None]),
        (["1.0", "2"], pa.float64(), [1.0, 2.0]),
        (["1e-5", ".5", "-0", "nan"], pa.float64(), [1e-5, 0.5, -0.0, None]),
        (["true", "false", None], pa.bool_(), [True, False, None]),
        (["TRUE", "NA"], pa.bool_(), [True, None]),
        (["0001-01-01", "9999-12-31"], pa.date32(), [date(1, 1, 1), date(9999, 12, 31)]),
        (["2020-02-29 10:00", "2020-03-01"], pa.timestamp("us"), [datetime(2020, 2, 29, 10), datetime(2020, 3, 1)]),
        (["0001-01-01T00:00:00", "NaT"], pa.timestamp("us"), [datetime(1, 1, 1), None]),
        (["9999-12-31 23:59:59.999999"], pa.timestamp("us"), [datetime(9999, 12, 31, 23, 59, 59, 999999)]),
        (["2020-01-01T10:00:00+02:00"], pa.timestamp("us", "UTC"), [datetime(2020, 1, 1, 8, tzinfo=UTC)]),
        (["12:30", "23:59:59.5"], pa.time64("us"), [time(12, 30), time(23, 59, 59, 500_000)]),
        ([None, None], pa.null(), [None, None]),
    ],
)
def test_typed_cells_of_one_kind_become_it(cells: Cells, kind: pa.DataType, expected: list[object]) -> None:
    result = typed(text(cells))
    assert result.type == kind
    assert result.to_pylist() == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "8"],
        ["00.5", "1"],
        ["+49", "50"],
        ["9223372036854775808", "1"],  # beyond 64 bits
        ["9007199254740993", "1.5"],  # a float would change the first
        ["1", "x"],
        ["NA", "Namibia"],
        ["NA", "null"],  # nothing says what they would be missing from
        ["1", "true"],
        ["true", "FALSE"],
        ["0x1F", "1"],
        ["1_000", "1"],
        ["1,500", "1"],
        ["٣", "1"],
        ["2020-02-30"],
        ["0000-01-01"],
        ["01/02/2020"],
        ["2020-01-01 10:00:00.1234567"],
        ["2020-01-01T10:00Z", "2020-01-01T10:00"],
        ["24:00"],
        ["12:30+02:00"],
        ["2020-01-01", "12:30"],
        ["", " "],
    ],
)
def test_typed_cells_that_would_change_stay_text(cells: Cells) -> None:
    assert typed(text(cells)).equals(text(cells))


@pytest.mark.parametrize(("early", "late"), [("1", "x"), ("1", "007"), ("2020-01-01", "soon"), ("true", "True")])
def test_typed_cell_far_behind_the_sample_still_counts(early: str, late: str) -> None:
    cells = text([early] * 5_000 + [late])
    assert typed(cells).equals(cells)


def test_typed_decimal_far_behind_the_sample_makes_all_decimals() -> None:
    assert typed(text(["1"] * 5_000 + ["0.5"])).type == pa.float64()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_typed_integers_come_back(values: list[int]) -> None:
    assert typed(text([str(value) for value in values])).to_pylist() == values


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=1))
def test_typed_floats_come_back_or_stay_text(values: list[float]) -> None:
    cells: Cells = [repr(value) for value in values]
    result = typed(text(cells))
    assert result.to_pylist() in (values, cells)
    if all("." in str(cell) for cell in cells):
        assert result.type == pa.float64()


@given(st.lists(st.text(), min_size=1))
def test_typed_text_without_digits_never_changes(values: list[str]) -> None:
    cells = text([f"x{value}" for value in values])
    assert typed(cells).equals(cells)


def test_typed_time_leaves_numbers_and_truth_values_alone() -> None:
    assert typed_time(text(["1", "2"])) is None
    assert typed_time(text(["true"])) is None
    dates = typed_time(text(["2020-01-01", None]))
    assert dates is not None
    assert dates.type == pa.date32()
