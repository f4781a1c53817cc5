"""Keys, links, sequences, codes for missing, units and roles: what detection uses and what it only offers."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from synth.data.conform import conform
from synth.data.detect import detect
from synth.data.metadata import Metadata, Role
from synth.data.roles import unit_of

N = 300
RNG = np.random.Generator(np.random.PCG64(5))
PARENTS = pa.table({"code": [f"C{i:03d}" for i in range(40)], "size": RNG.normal(size=40)})


def links(metadata: Metadata, table: str) -> dict[tuple[str, ...], str]:
    return {key.columns: key.table for key in metadata.tables[table].foreign_keys}


def offered(metadata: Metadata, table: str, field: str) -> list[object]:
    offers = [offer for offer in metadata.tables[table].offered if offer.field == field]
    return [(o.foreign_key.columns, o.foreign_key.table) if o.foreign_key else o.columns for o in offers]


def test_link_is_used_where_all_values_are_contained_and_offered_where_most_are() -> None:
    codes = [f"C{i:03d}" for i in RNG.integers(0, 40, N)]
    whole = detect({"city": PARENTS, "street": pa.table({"n": RNG.normal(size=N), "city_code": codes})})
    assert links(whole, "street") == {("city_code",): "city"}
    assert whole.tables["street"].guessed["foreign_keys/0"].confidence == 0.9
    dangling = [*codes[:-1], "C999"]
    most = detect({"city": PARENTS, "street": pa.table({"n": RNG.normal(size=N), "city_code": dangling})})
    assert links(most, "street") == {}
    assert offered(most, "street", "foreign_keys") == [(("city_code",), "city")]


def test_small_numbers_without_a_like_name_are_no_link() -> None:
    parents = pa.table({"id": range(1, 101), "x": RNG.normal(size=100)})
    children = pa.table({"rooms": RNG.integers(1, 9, N), "price": RNG.normal(size=N)})
    found = detect({"houses": parents, "flats": children})
    assert found.tables["flats"].foreign_keys == ()
    assert offered(found, "flats", "foreign_keys") == []


def test_key_of_two_columns_is_offered_and_used_by_nothing() -> None:
    table = pa.table({"order_no": np.repeat(range(100), 3), "line_no": list(range(3)) * 100, "x": RNG.normal(size=N)})
    found = detect({"lines": table})
    assert found.tables["lines"].primary_key == ()
    assert ("order_no", "line_no") in offered(found, "lines", "primary_key")


def test_sequence_of_many_entities_has_key_index_and_step() -> None:
    table = pa.table({"unit_number": np.repeat(range(30), 10), "cycle": list(range(10)) * 30, "x": RNG.normal(size=N)})
    spec = detect({"t": table}).tables["t"]
    assert (spec.sequence_key, spec.sequence_index, spec.sequence_step) == (("unit_number",), "cycle", 1.0)


def test_one_series_has_an_index_and_shuffled_rows_only_an_offer() -> None:
    moments = [datetime(2020, 1, 1) + timedelta(hours=i) for i in range(N)]
    spec = detect({"t": pa.table({"time": moments, "x": RNG.normal(size=N)})}).tables["t"]
    assert (spec.sequence_key, spec.sequence_index, spec.sequence_step) == ((), "time", 3600.0)
    order = RNG.permutation(N)
    shuffled = detect({"t": pa.table({"time": [moments[i] for i in order], "x": RNG.normal(size=N)})})
    assert shuffled.tables["t"].sequence_index is None
    assert offered(shuffled, "t", "sequence_index") == [("time",)]


@pytest.mark.parametrize("marker", ["?", "N", "unknown"])
def test_text_markers_among_numbers_become_missing(marker: str) -> None:
    cells = [marker if i % 7 == 0 else str(i) for i in range(N)]
    tables = {"t": pa.table({"a": cells})}
    metadata = detect(tables)
    column = metadata.tables["t"].columns["a"]
    assert (column.type.value, column.missing_values) == ("integer", (marker,))
    assert conform(tables, metadata)["t"]["a"].to_pylist()[:8] == [None, 1, 2, 3, 4, 5, 6, None]


def test_markers_alone_or_among_words_stay_text() -> None:
    for cells in (["?", "-"] * 50, ["?", "red", "5"] * 50):
        assert detect({"t": pa.table({"a": cells})}).tables["t"].columns["a"].missing_values == ()


def test_negative_code_is_used_and_a_high_one_only_told() -> None:
    values = RNG.uniform(0, 30, N).round(1)
    low, high = values.copy(), values.copy()
    low[:9], high[:9] = -200, 999
    columns = detect({"t": pa.table({"low": low, "high": high, "plain": values})}).tables["t"].columns
    assert columns["low"].missing_values == (-200.0,)
    assert columns["high"].missing_values == ()
    assert "missing_values" in columns["high"].guessed
    assert "missing_values" not in columns["plain"].guessed


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Usage (kWh)", "kWh"),
        ("body_weight_kg", "kg"),
        ("t_ms", "ms"),
        ("temp_c", "°C"),
        ("plan_c", ""),
        ("rate %", "%"),
    ],
)
def test_unit_is_read_from_the_end_of_the_name(name: str, unit: str) -> None:
    assert unit_of(name) == unit


def test_roles_are_told_by_names_in_several_languages() -> None:
    columns = {
        "age": range(N),
        "性别": ["男", "女"] * (N // 2),
        "income": RNG.normal(size=N),
        "weight": RNG.normal(size=N),
    }
    roles = {name: column.role for name, column in detect({"t": pa.table(columns)}).tables["t"].columns.items()}
    assert roles["性别"] is Role.QUASI_IDENTIFIER
    assert roles["income"] is Role.SECRET
    assert roles["weight"] is Role.FEATURE


def test_no_guess_holds_a_cell() -> None:
    cells = ["CANARY-5417", *(f"c{i}" for i in range(N - 1))]
    metadata = detect({"t": pa.table({"code": cells, "n": [54_178_888, *range(N - 1)]})})
    assert "CANARY" not in metadata.to_yaml()
    assert "54178888" not in metadata.to_yaml()
