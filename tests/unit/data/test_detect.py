from datetime import date, datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.data.detect import detect
from synth.data.grid import step_of
from synth.data.metadata import Column, ColumnType, Metadata, Role, Table
from tests.zoo import ZOO

N = 60
NUMBERS = list(range(N))


def table_of(**columns: object) -> Table:
    return detect({"t": pa.table(columns)}).tables["t"]


def column_of(cells: object) -> Column:
    return table_of(x=cells).columns["x"]


def chunked(cells: object, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, kind)])


@pytest.mark.parametrize(
    ("cells", "type_", "arrow"),
    [
        (pa.array([1, 2, 2], pa.int8()), "integer", "int8"),
        ([0, 1, 1], "integer", "int64"),
        ([0.5, 1.0, 1.0], "decimal", "double"),
        ([1.0, 2.0, None], "decimal", "double"),
        ([Decimal("1.50")], "decimal", "decimal128(3, 2)"),
        ([Decimal("15")], "integer", "decimal128(2, 0)"),
        ([True, None], "boolean", "bool"),
        ([date(1, 1, 1)], "date", "date32[day]"),
        ([time(1)], "time", "time64[us]"),
        ([datetime(2020, 1, 1)], "datetime", "timestamp[us]"),
        (["a", "b", "a"], "category", "string"),
        ([f"name {i}" for i in NUMBERS], "text", "string"),
        ([f"name {i % 30}" for i in NUMBERS], "category", "string"),
        (["2020-01-01", None], "date", "date32[day]"),
        (["2020-01-01 10:00"], "datetime", "timestamp[us]"),
        (["2020-01-01T10:00Z"], "datetime", "timestamp[us, tz=UTC]"),
        (["12:30"], "time", "time64[us]"),
        (["007", "008"], "category", "string"),
        (["1", "2"], "category", "string"),
        (pa.nulls(3), "category", "null"),
        (pa.nulls(3, pa.float64()), "decimal", "double"),
        (pa.nulls(3, pa.string()), "category", "string"),
    ],
)
def test_detect_type_and_physical_type(cells: object, type_: str, arrow: str) -> None:
    column = column_of(cells)
    assert (column.type, column.arrow) == (ColumnType(type_), arrow)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_detect_zone_is_kept(zone: str) -> None:
    column = column_of(pa.array([datetime(2020, 1, 1)], pa.timestamp("ms", zone)))
    assert (column.timezone, column.arrow) == (zone, f"timestamp[ms, tz={zone}]")


def test_detect_fixed_offset_is_physical_only() -> None:
    column = column_of(pa.array([datetime(2020, 1, 1)], pa.timestamp("us", "+01:00")))
    assert (column.timezone, column.arrow) == ("", "timestamp[us, tz=+01:00]")


def test_detect_missing_cells_make_a_column_nullable() -> None:
    assert column_of([1, None]).nullable
    assert not column_of([1, 2]).nullable


def test_detect_gives_a_reason_for_each_guess_and_no_value() -> None:
    column = column_of([f"CANARY {i}" for i in NUMBERS])
    assert {field: guess.reason for field, guess in column.guessed.items()} == {
        "type": "60 different values in 60 cells",
        "nullable": "no cell is missing",
    }


@pytest.mark.parametrize("name", ZOO)
def test_detect_of_the_zoo_holds_no_bound_no_category_and_reads_back(name: str) -> None:
    metadata = detect({name: ZOO[name]}, name=name)
    columns = metadata.tables[name].columns
    assert list(columns) == ZOO[name].column_names
    assert {(c.minimum, c.maximum, c.categories) for c in columns.values()} == {(None, None, None)}
    assert Metadata.from_yaml(metadata.to_yaml()) == metadata


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("id", NUMBERS[::-1]),
        ("customer_id", [f"C{i:04d}" for i in NUMBERS]),
        ("CustomerID", [i * 7 for i in NUMBERS]),
        ("学号", NUMBERS[::-1]),
        ("row", NUMBERS),
        ("id", [1, 2]),
    ],
)
def test_detect_unique_identifier_is_the_primary_key(name: str, cells: list[object]) -> None:
    table = table_of(**{name: cells})
    assert table.primary_key == (name,)
    assert table.columns[name].role is Role.KEY
    assert "role" in table.columns[name].guessed
    assert table.guessed["primary_key"].confidence > 0.5


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("income", [i * 7.5 for i in NUMBERS]),
        ("measure_id", [i * 7.5 for i in NUMBERS]),
        ("weight", [(i * 37) % 61 for i in NUMBERS]),
        ("town", [f"town {i}" for i in NUMBERS]),
        ("code", [1, *NUMBERS[1:]]),
        ("id", [None, *NUMBERS[1:]]),
        ("id", [5]),
        ("paid", NUMBERS[::-1]),
    ],
)
def test_detect_measures_and_repeated_or_missing_values_are_no_key(name: str, cells: list[object]) -> None:
    table = table_of(**{name: cells})
    assert table.primary_key == ()
    assert table.columns[name].role is not Role.KEY


def test_detect_repeated_person_identifier_is_the_entity_key() -> None:
    visits = [i // 2 for i in NUMBERS]
    table = table_of(visit_id=NUMBERS, patient_nbr=visits, ward_id=[i % 25 for i in NUMBERS], age=visits)
    assert (table.primary_key, table.entity_key) == (("visit_id",), ("patient_nbr",))
    assert table.columns["patient_nbr"].role is Role.KEY
    assert "2.00 rows each" in table.guessed["entity_key"].reason
    assert table.columns["ward_id"].role is Role.FEATURE


@pytest.mark.parametrize("name", ["patient_nbr", "id_student", "CustomerID", "userId", "unit_number", "患者编号"])
def test_detect_person_identifier_with_any_repetition_is_the_entity_key(name: str) -> None:
    assert table_of(**{name: [*NUMBERS[1:], 7]}).entity_key == (name,)
    many = [i % 20 for i in range(2_000)]
    assert table_of(**{name: many}).entity_key == (name,)


def test_detect_thing_identifier_is_the_entity_key_unless_the_rows_are_entities() -> None:
    shops = [i // 3 for i in NUMBERS]
    assert table_of(x=NUMBERS, shop_id=shops).entity_key == ("shop_id",)
    assert table_of(client_id=NUMBERS, shop_id=shops).entity_key == ()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("patient_id", [i % 10 for i in NUMBERS]),  # too few
        ("age", [i // 2 for i in NUMBERS]),
        ("vehicle_model", [f"m{i // 2}" for i in NUMBERS]),
        ("vehicle", [f"m{i // 2}" for i in NUMBERS]),
        ("district_id", [i % 20 for i in range(401)]),  # more than 20 rows each
        ("postal_code", [f"p{i // 2}" for i in NUMBERS]),
        ("patient_score", [i // 2 for i in NUMBERS]),
    ],
)
def test_detect_no_entity_key_without_name_and_repetition(name: str, cells: list[object]) -> None:
    table = table_of(**{name: cells})
    assert table.entity_key == ()
    assert table.columns[name].role is not Role.KEY


MANY = np.arange(1, 41)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (chunked(MANY * 100), 100),
        (chunked(MANY * 12), 12),
        (chunked(MANY), None),  # whole numbers are whole anyway
        (chunked([48_213] * 50), None),  # a step must not tell the value
        (chunked([0] * 50), None),
        (chunked(MANY * 0.01), 0.01),
        (chunked(np.round(MANY * 0.05, 2)), 0.05),
        (chunked(MANY * 500.0), 500),
        (chunked(MANY.astype(float)), 1),
        (chunked([0.25, 0.5]), 0.01),
        (chunked([482.13] * 50), 0.01),
        (chunked(MANY / 3), None),
        (chunked(MANY * 1e17), None),
        (chunked([*(MANY * 1.0), 1 / 3]), None),
        (chunked([1.0] * 2_000 + [0.5]), 0.1),  # beyond the sample
        (chunked((MANY * 0.1).astype(np.float32)), 0.1),
        (chunked((MANY / 3).astype(np.float32)), None),
        (chunked([Decimal("1.50"), Decimal("2.00")]), 0.01),
        (chunked([datetime(2020, 1, 1), datetime(1969, 1, 5)]), 86_400),
        (chunked([datetime(2020, 1, 1, 6), datetime(2020, 1, 1, 9)]), 3_600),
        (chunked([datetime(2020, 1, 1, 6, 0, 1)]), 1),
        (chunked([datetime(2020, 1, 1, 6, 0, 1, 500_000)]), 0.1),
        (chunked([datetime(2020, 1, 1, 6, 0, 1, 7)]), None),
        (chunked([datetime(2020, 1, 1, 6, 0, 1)], pa.timestamp("s")), None),  # the unit says it
        (chunked([datetime(2020, 1, 1, 6)], pa.timestamp("ns")), 21_600),
        (chunked([time(8, 15), time(9, 30)]), 900),
        (chunked([time(8, 15), time(9, 30)], pa.time32("s")), 900),
        (chunked(MANY.astype(np.int32) * 7, pa.date32()), 7),
        (chunked(MANY.astype(np.int32), pa.date32()), None),
        (chunked([None, None], pa.int64()), None),
        (chunked([], pa.float64()), None),
        (chunked(["a"]), None),
    ],
)
def test_step_of_is_the_largest_common_grid(cells: pa.ChunkedArray, expected: float | None) -> None:
    assert step_of(cells) == expected


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1), st.integers(0, 4))
def test_step_of_decimals_has_every_value_as_a_multiple(values: list[int], decimals: int) -> None:
    cells = chunked([value / 10**decimals for value in values])
    step = step_of(cells)
    assert step is not None
    assert all(round(cell / step) * step == pytest.approx(cell, abs=step / 1e3) for cell in cells.to_pylist())
