from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synth.scoring.columns import numbers, row_codes, shared_codes


def column(values: list[Any], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    "value", ["O'Brien", 'say "hi"', "back\\slash", "中文", "🙂", "", " ", "NULL", 2**53 + 1, -900, Decimal("0.10")]
)
def test_shared_codes_same_value_in_two_tables_is_equal(value: Any) -> None:
    (first, second), values = shared_codes([column([value, value]), column([value])])
    assert first.tolist() == [0, 0]
    assert second.tolist() == [0]
    assert len(values) == 1


def test_shared_codes_near_values_differ() -> None:
    for pair in (["O'Brien", "O''Brien"], ["", None], [2**53, 2**53 + 1], ["a", "A"], [-5, 5], ["1", "1.0"]):
        (codes,), _ = shared_codes([column(pair)])
        assert codes[0] != codes[1], pair


def test_shared_codes_minus_zero_equals_zero_and_nan_is_missing() -> None:
    (first, second), _ = shared_codes([column([0.0, float("nan"), None]), column([-0.0])])
    assert first.tolist() == [0, -1, -1]
    assert second.tolist() == [0]


def test_shared_codes_dictionary_and_plain_text_agree() -> None:
    plain = column(["x", "y", None])
    (first, second), _ = shared_codes([plain, plain.dictionary_encode()])
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (column([1, 2]), column([1.0, 2.0])),
        (column([1, 2]), column(["1", "2"])),
        (column([True, False]), column(["true", "false"])),
        (column([date(2020, 1, 1)]), column([datetime(2020, 1, 1)], pa.timestamp("ms"))),
        (column([None, None]), column([None, None], pa.int64())),
    ],
)
def test_shared_codes_types_disagree_compares_values(first: pa.ChunkedArray, second: pa.ChunkedArray) -> None:
    (a, b), _ = shared_codes([first, second])
    assert a.tolist() == b.tolist()


def test_shared_codes_no_rows_gives_no_codes() -> None:
    (first, second), values = shared_codes([column([], pa.string()), column(["a"])])
    assert first.tolist() == []
    assert second.tolist() == [0]
    assert values.to_pylist() == ["a"]


def test_row_codes_rows_are_equal_only_in_all_columns() -> None:
    first, second = np.array([0, 0, 1, -1]), np.array([0, 1, 0, 0])
    (codes,) = row_codes([[first], [second]])
    assert len(set(codes.tolist())) == 4
    left, right = row_codes([[first, first[::-1]], [second, second[::-1]]])
    assert left.tolist() == right[::-1].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None], pa.int32(), [1.0, np.nan]),
        ([Decimal("1.25"), None], pa.decimal128(6, 2), [1.25, np.nan]),
        ([True, False], pa.bool_(), [1.0, 0.0]),
        ([date(1970, 1, 2)], pa.date32(), [86_400.0]),
        ([date(1970, 1, 2)], pa.date64(), [86_400.0]),
        ([time(0, 1, 0, 500_000)], pa.time64("us"), [60.5]),
        ([time(0, 1)], pa.time32("s"), [60.0]),
        ([datetime(1970, 1, 1, 0, 0, 1)], pa.timestamp("ns"), [1.0]),
        ([datetime(1970, 1, 1, 0, 0, 1)], pa.timestamp("s", "UTC"), [1.0]),
        ([float("inf"), float("nan")], pa.float64(), [np.inf, np.nan]),
        ([None], pa.null(), [np.nan]),
    ],
)
def test_numbers_any_ordered_type_gives_float_seconds(
    values: list[Any], kind: pa.DataType, expected: list[float]
) -> None:
    np.testing.assert_array_equal(numbers(column(values, kind)), expected)
