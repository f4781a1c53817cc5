from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from synth.data.cast import as_type, count_failures
from synth.data.conform import conform, conform_table
from synth.data.detect import detect
from synth.data.metadata import Column, ColumnType, Metadata, Table
from synth.errors import InvalidInputError
from tests.zoo import ZOO

CANARY = "CANARY-5417"
PARIS = pa.timestamp("us", "Europe/Paris")
US = pa.timestamp("us")


def chunked(cells: list[object], kind: pa.DataType | None = None) -> pa.ChunkedArray:
    whole = pa.array(cells, kind)
    return pa.chunked_array([whole[:1], whole[1:]])


def metadata_of(**types: str) -> Metadata:
    columns = {name: Column(type=ColumnType(type_)) for name, type_ in types.items()}
    return Metadata(tables={"t": Table(columns=columns)})


@pytest.mark.parametrize("name", ZOO)
def test_conform_of_what_was_detected_changes_nothing(name: str) -> None:
    assert conform({name: ZOO[name]}, detect({name: ZOO[name]}))[name].equals(ZOO[name])


def test_conform_puts_columns_in_the_order_of_the_metadata_and_casts() -> None:
    table = pa.table({"born": ["2020-01-31", None], "age": ["7", " NA"], "code": [12, None]})
    result = conform({"t": table}, metadata_of(code="category", age="integer", born="date"))["t"]
    assert result.schema == pa.schema({"code": pa.string(), "age": pa.int64(), "born": pa.date32()})
    assert result.to_pydict() == {"code": ["12", None], "age": [7, None], "born": [date(2020, 1, 31), None]}


def test_conform_lists_all_faults_without_cells() -> None:
    tables = {
        "t": pa.table({"age": ["1", CANARY, CANARY, None], "share": [0.5] * 4, "extra": [1] * 4}),
        "other": pa.table({"x": [1]}),
    }
    columns = metadata_of(age="integer", share="text", gone="text").tables["t"].columns
    metadata = Metadata(tables={"t": Table(columns=columns), "absent": Table(columns=columns)})
    with pytest.raises(InvalidInputError) as caught:
        conform(tables, metadata)
    assert {(fault.code, fault.where) for fault in caught.value.faults} == {
        ("table-missing", "absent"),
        ("table-unknown", "other"),
        ("column-missing", "t"),
        ("column-unknown", "t"),
        ("cells-do-not-fit", "t.age"),
        ("type-does-not-fit", "t.share"),
    }
    assert "2 of 4 do not" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_conform_table_without_name_places_the_column() -> None:
    with pytest.raises(InvalidInputError) as caught:
        conform_table(pa.table({"age": [0.5]}), metadata_of(age="integer").tables["t"])
    assert [fault.where for fault in caught.value.faults] == ["age"]


def test_conform_decodes_arrow_encodings_and_nan() -> None:
    table = pa.table({"a": pa.array(["x", "y"]).dictionary_encode(), "b": [1.0, float("nan")]})
    assert conform_table(table, metadata_of(a="category", b="decimal").tables["t"]).to_pydict() == {
        "a": ["x", "y"],
        "b": [1.0, None],
    }


@pytest.mark.parametrize(
    ("cells", "kind", "expected"),
    [
        (chunked(["1", "007", None]), pa.int64(), [1, 7, None]),
        (chunked(["1.5", "nan"]), pa.float64(), [1.5, None]),
        (chunked(["true", "FALSE", "1"]), pa.bool_(), [True, False, True]),
        (chunked(["1.5"]), pa.decimal128(5, 2), [Decimal("1.50")]),
        (chunked(["12:30", "NaT"]), pa.time64("us"), [time(12, 30), None]),
        (chunked(["2020-01-01T10:00Z"]), pa.timestamp("us", "UTC"), [datetime(2020, 1, 1, 10, tzinfo=UTC)]),
        (chunked(["2020-01-01"]), PARIS, [datetime(2020, 1, 1, tzinfo=ZoneInfo("Europe/Paris"))]),
        (chunked([1, 2]), pa.float32(), [1.0, 2.0]),
        (chunked([1.0, None]), pa.int32(), [1, None]),
        (chunked([1]), pa.decimal128(5, 2), [Decimal("1.00")]),
        (chunked([1, 0]), pa.bool_(), [True, False]),
        (chunked([True]), pa.int8(), [1]),
        (chunked([7]), pa.string(), ["7"]),
        (chunked([date(2020, 1, 1)]), pa.string(), ["2020-01-01"]),
        (chunked([date(2020, 1, 1)]), US, [datetime(2020, 1, 1)]),
        (chunked([datetime(2020, 1, 1)]), pa.date32(), [date(2020, 1, 1)]),
        (chunked([datetime(2020, 7, 1)], PARIS), US, [datetime(2020, 7, 1, 2)]),
        (chunked([datetime(2020, 7, 1, 2)], US), PARIS, [datetime(2020, 7, 1, 2, tzinfo=ZoneInfo("Europe/Paris"))]),
        (chunked([datetime(2020, 7, 1)], pa.timestamp("ns")), US, [datetime(2020, 7, 1)]),
        (chunked([None, None], pa.int64()), pa.date32(), [None, None]),
        (chunked([None, None], pa.int64()), pa.null(), [None, None]),
    ],
)
def test_as_type_keeps_the_meaning(cells: pa.ChunkedArray, kind: pa.DataType, expected: list[object]) -> None:
    result = as_type(cells, kind)
    assert result is not None
    assert result.type == kind
    assert result.to_pylist() == expected


@pytest.mark.parametrize(
    ("cells", "kind", "n"),
    [
        (chunked(["1", "x", "x", "y"]), pa.int64(), 3),
        (chunked([1.0, 2.5, 2.5]), pa.int64(), 2),
        (chunked([2**53 + 1, 1]), pa.float64(), 1),
        (chunked([300, 1]), pa.int8(), 1),
        (chunked([2, 1]), pa.bool_(), 1),
        (chunked(["1e999", "1"]), pa.float64(), 1),
        (chunked([1e300, 1.0]), pa.float32(), 1),
        (chunked([12_345, 1]), pa.decimal128(5, 2), 1),
        (chunked(["25:30", "1:30"]), pa.time64("us"), 2),
        (chunked(["2020-02-30", "2020-02-29"]), pa.date32(), 1),
        (chunked([datetime(2020, 1, 1, 5), datetime(2020, 1, 1)]), pa.date32(), 1),
        (chunked(["x", "NA"]), pa.null(), 1),
    ],
)
def test_as_type_cells_that_would_change_are_refused_and_counted(
    cells: pa.ChunkedArray, kind: pa.DataType, n: int
) -> None:
    with pytest.raises(pa.ArrowInvalid):
        as_type(cells, kind)
    assert count_failures(cells, kind) == n


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (chunked([1.5]), pa.string()),
        (chunked([True]), pa.string()),
        (chunked([datetime(2020, 1, 1)]), pa.string()),
        (chunked([date(2020, 1, 1)]), pa.int64()),
        (chunked([1]), US),
        (chunked([True]), pa.date32()),
        (chunked([1]), pa.null()),
    ],
)
def test_as_type_without_a_conversion_is_none(cells: pa.ChunkedArray, kind: pa.DataType) -> None:
    assert as_type(cells, kind) is None
