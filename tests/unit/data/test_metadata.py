import json
from datetime import date, datetime, time
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from synth.data.metadata import Column, ColumnType, ForeignKey, Metadata, Role, Table
from synth.data.rules import ColumnMissing, IfThenRule, RangeRule
from synth.errors import InvalidInputError, InvalidMetadataError

CANARY = "CANARY-5417"
SCHEMA = Path(__file__).parents[3] / "configs" / "metadata.schema.json"

FULL = Metadata(
    name="住民基本台帳",
    tables={
        "house": Table(columns={"id": Column(type=ColumnType.INTEGER)}, primary_key=("id",)),
        "人": Table(
            columns={
                "id": Column(type=ColumnType.INTEGER, role=Role.KEY, nullable=False, arrow="int64"),
                "house": Column(type=ColumnType.INTEGER),
                "income": Column(type=ColumnType.DECIMAL, minimum=0, maximum=2**53 + 1, step=0.01, unit="円"),
                "born": Column(type=ColumnType.DATE, minimum=date(1, 1, 1), maximum=date(9999, 12, 31)),
                "wakes": Column(type=ColumnType.TIME, minimum=time(4, 30)),
                "seen": Column(type=ColumnType.DATETIME, timezone="Asia/Tokyo", maximum=datetime(2024, 2, 29, 1, 2, 3)),
                "code": Column(
                    type=ColumnType.CATEGORY, categories=("NO", "007", "1e-6", "2020-01-01", "12:30", "~", "")
                ),
                "grade": Column(type=ColumnType.CATEGORY, arrow="int8", categories=(1, 2, 3), ordered=True),
            },
            primary_key=("id",),
            entity_key=("id",),
            foreign_keys=(ForeignKey(columns=("house",), table="house", references=("id",)),),
            target="income",
            rules=(
                RangeRule(column="income", minimum=0.5),
                IfThenRule(
                    condition=ColumnMissing(column="born", missing=True),
                    consequence=ColumnMissing(column="seen", missing=True),
                ),
            ),
        ),
    },
)


def faults(text: str) -> dict[str, str]:
    """Code by place of what `from_yaml` refuses."""
    with pytest.raises(InvalidMetadataError) as caught:
        Metadata.from_yaml(text)
    assert CANARY not in str(caught.value)
    return {fault.where: fault.code for fault in caught.value.faults}


def one_column(fields: str) -> str:
    return f"tables: {{t: {{columns: {{x: {fields}}}}}}}"


def read_column(fields: str) -> Column:
    return Metadata.from_yaml(one_column(fields)).tables["t"].columns["x"]


def test_yaml_round_trip_is_equal_in_value_and_type() -> None:
    back = Metadata.from_yaml(FULL.to_yaml())
    assert back == FULL
    assert repr(back) == repr(FULL)  # 1 == 1.0 == True, their texts differ


def test_json_round_trip_is_equal_in_value_and_type() -> None:
    assert repr(Metadata.from_json(FULL.to_json())) == repr(FULL)


@pytest.mark.parametrize("name", ["m.yaml", "m.json"])
def test_file_round_trip_is_equal_and_leaves_nothing_else(tmp_path: Path, name: str) -> None:
    FULL.save(tmp_path / name)
    assert Metadata.load(tmp_path / name) == FULL
    assert [path.name for path in tmp_path.iterdir()] == [name]


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.text(min_size=1), st.lists(st.text(), min_size=1, unique=True), FINITE)
def test_yaml_round_trip_any_text_and_number_comes_back(name: str, categories: list[str], bound: float) -> None:
    columns = {
        name: Column(type=ColumnType.CATEGORY, categories=tuple(categories)),
        name + "x": Column(type=ColumnType.DECIMAL, minimum=bound),
    }
    metadata = Metadata(tables={"t": Table(columns=columns)})
    assert repr(Metadata.from_yaml(metadata.to_yaml())) == repr(metadata)
    assert repr(Metadata.from_json(metadata.to_json())) == repr(metadata)


def test_yaml_leaves_defaults_out() -> None:
    metadata = Metadata(tables={"t": Table(columns={"age": Column(type=ColumnType.INTEGER)})})
    assert metadata.to_yaml() == "version: 1\ntables:\n  t:\n    columns:\n      age: {type: integer}\n"


def test_yaml_reads_version_1_2_scalars() -> None:
    column = (
        Metadata.from_yaml(one_column("{type: category, categories: [NO, 007, on, 12:30]}")).tables["t"].columns["x"]
    )
    assert column.categories == ("NO", "007", "on", "12:30")
    assert Metadata.from_yaml(one_column("{type: decimal, step: 1e-6}")).tables["t"].columns["x"].step == 1e-6


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("{type: date, minimum: 2020-01-31}", date(2020, 1, 31)),
        ('{type: date, minimum: "2020-01-31"}', date(2020, 1, 31)),
        ("{type: datetime, minimum: 2020-01-31}", datetime(2020, 1, 31)),
        ("{type: datetime, minimum: 2020-01-31T10:00:00}", datetime(2020, 1, 31, 10)),
        ("{type: time, minimum: 12:30}", time(12, 30)),
        ('{type: category, arrow: "date32[day]", categories: [2020-01-31]}', date(2020, 1, 31)),
        ("{type: category, categories: [2020-01-31]}", "2020-01-31"),
    ],
)
def test_yaml_dates_are_read_in_the_columns_type(fields: str, expected: object) -> None:
    column = read_column(fields)
    value = column.minimum if column.categories is None else column.categories[0]
    assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ("{type: integer, minimum: 5, maximum: 3}", "/minimum", "bounds-order"),
        ("{type: integer, minimum: 0.5}", "/minimum", "bound-type"),
        ("{type: integer, minimum: true}", "/minimum", "bound-type"),
        (f"{{type: decimal, maximum: {CANARY}}}", "/maximum", "bound-type"),
        ("{type: date, minimum: 2020-13-45}", "/minimum", "bound-type"),
        ("{type: date, minimum: 2020-01-01T10:00:00}", "/minimum", "bound-type"),
        ("{type: datetime, minimum: 2020-01-01, maximum: 2020-01-02T00:00:00Z}", "", "bound-type"),
        ("{type: category, minimum: 1}", "/minimum", "minimum-not-allowed"),
        ("{type: text, step: 1}", "/step", "step-not-allowed"),
        ("{type: integer, timezone: Europe/Paris}", "/timezone", "timezone-not-allowed"),
        (f"{{type: datetime, timezone: Mars/{CANARY}}}", "/timezone", "timezone-unknown"),
        ("{type: datetime, timezone: ../../etc/passwd}", "/timezone", "timezone-unknown"),
        ("{type: category, ordered: true}", "/ordered", "ordered-without-categories"),
        ("{type: integer, categories: [1]}", "/categories", "categories-not-allowed"),
        ("{type: category, categories: []}", "/categories", "categories-empty"),
        ("{type: category, categories: [a, b, a]}", "/categories", "categories-repeated"),
        ("{type: category, categories: [1, a]}", "/categories", "categories-type"),
        (f"{{type: integer, arrow: {CANARY}}}", "/arrow", "arrow-unknown"),
        ('{type: integer, arrow: "list<item: int64>"}', "/arrow", "arrow-unknown"),
        ("{type: integer, arrow: string}", "/arrow", "arrow-type"),
        ("{type: decimal, step: 0}", "/step", "metadata-form"),
        ("{type: decimal, step: .inf}", "/step", "metadata-form"),
        (f"{{type: {CANARY}}}", "/type", "metadata-form"),
        (f"{{type: integer, role: [{CANARY}]}}", "/role", "metadata-form"),
        ("{type: integer, colour: red}", "/colour", "metadata-form"),
        ("{}", "/type", "metadata-form"),
    ],
)
def test_column_fault_is_placed_and_coded(fields: str, place: str, code: str) -> None:
    assert faults(one_column(fields)) == {"/tables/t/columns/x" + place: code}


LENGTH = {"/foreign_keys/0": "foreign-key-length"}

TABLES = """
tables:
  house: {columns: {id: {type: integer}}, primary_key: [id]}
  t:
    columns: {a: {type: integer}, b: {type: text}, d: {type: date}}
"""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("primary_key: [z]", {"/primary_key": "column-unknown"}),
        ("primary_key: [a, a]", {"/primary_key": "column-repeated"}),
        ("entity_key: [z]", {"/entity_key": "column-unknown"}),
        ("sequence_key: [z]", {"/sequence_key": "column-unknown"}),
        ("sequence_index: z", {"/sequence_index": "column-unknown"}),
        ("sequence_index: b", {"/sequence_index": "index-not-ordered"}),
        ("target: z", {"/target": "column-unknown"}),
        (
            "foreign_keys: [{columns: [z], table: house, references: [y]}]",
            {"/foreign_keys/0/columns": "column-unknown", "/foreign_keys/0/references": "column-unknown"},
        ),
        ("foreign_keys: [{columns: [a], table: z, references: [id]}]", {"/foreign_keys/0/table": "table-unknown"}),
        (
            "foreign_keys: [{columns: [a, b], table: house, references: [id]}]",
            {"/foreign_keys/0": "foreign-key-length"},
        ),
        ("foreign_keys: [{columns: [d], table: house, references: [id]}]", {"/foreign_keys/0": "foreign-key-type"}),
        ("rules: [{kind: unique, columns: [z]}]", {"/rules/0": "column-unknown"}),
        ("rules: [{kind: range, column: a, minimum: 2, maximum: 1}]", {"/rules/0/minimum": "bounds-order"}),
        ("rules: [{kind: range, column: d, minimum: soon}]", {"/rules/0/minimum": "bound-type"}),
        ("rules: [{kind: sum, total: a, parts: [b]}]", {"/rules/0": "sum-not-numbers"}),
        ("rules: [{kind: sum, total: a, parts: [a]}]", {"/rules/0": "column-repeated"}),
        (f"rules: [{{kind: {CANARY}}}]", {"/rules/0": "metadata-form"}),
        (
            "rules: [{kind: formula, column: a, equals: {op: add, of: [{column: a}, {value: 1, x: 2}]}}]",
            {"/rules/0/equals/of/1/x": "metadata-form"},
        ),
    ],
)
def test_table_fault_is_placed_and_coded(lines: str, expected: dict[str, str]) -> None:
    assert faults(f"{TABLES}    {lines}\n") == {"/tables/t" + place: code for place, code in expected.items()}


def test_metadata_with_many_faults_lists_all_of_them() -> None:
    columns = {
        "a~b": Column(type=ColumnType.INTEGER, minimum=2, maximum=1),
        "c/d": Column(type=ColumnType.TEXT, step=1.0),
    }
    with pytest.raises(InvalidMetadataError) as caught:
        Metadata(tables={"t": Table(columns=columns, primary_key=("x",), target="y")})
    assert {fault.where for fault in caught.value.faults} == {
        "/tables/t/columns/a~0b/minimum",
        "/tables/t/columns/c~1d/step",
        "/tables/t/primary_key",
        "/tables/t/target",
    }
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\\b", "a\0b", "C:x"])
def test_table_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidMetadataError) as caught:
        Metadata(tables={name: Table(columns={"x": Column(type=ColumnType.TEXT)})})
    assert [fault.code for fault in caught.value.faults] == ["table-name"]


@pytest.mark.parametrize(
    "text",
    [
        f"a: [{CANARY}",
        f"a: {CANARY}\na: 2",
        f"a: &x [{CANARY}]\nb: *x",
        f"!!python/object/apply:os.system [{CANARY}]",
        "[" * 10_000,
        "x: " + "9" * 5_000,
        "\0",
    ],
)
def test_yaml_malformed_is_refused_without_its_content(text: str) -> None:
    assert list(faults(text).values()) == ["metadata-malformed"]


@pytest.mark.parametrize("text", [f'{{"a": {CANARY}}}', '{"a": 1, "a": 2}', "[" * 100_000, ""])
def test_json_malformed_is_refused_without_its_content(text: str) -> None:
    with pytest.raises(InvalidMetadataError) as caught:
        Metadata.from_json(text)
    assert [fault.code for fault in caught.value.faults] == ["metadata-malformed"]
    assert CANARY not in str(caught.value)


def test_yaml_unquoted_number_as_name_says_so() -> None:
    with pytest.raises(InvalidMetadataError, match="a number in quotes"):
        Metadata.from_yaml("tables: {t: {columns: {2020: {type: integer}}}}")


def test_load_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="FileNotFoundError"):
        Metadata.load(tmp_path / "none.yaml")


def test_load_other_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_bytes("name: é".encode("latin-1"))
    with pytest.raises(InvalidInputError, match="UTF-8"):
        Metadata.load(tmp_path / "m.yaml")


def test_only_table_of_several_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="has 2"):
        FULL.only_table()
    alone = Metadata(tables={"t": FULL.tables["house"]})
    assert alone.only_table() == ("t", FULL.tables["house"])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column(type=ColumnType.INTEGER), pa.int64()),
        (Column(type=ColumnType.DATETIME, timezone="UTC"), pa.timestamp("us", "UTC")),
        (Column(type=ColumnType.DATETIME, arrow="timestamp[ns, tz=+01:00]"), pa.timestamp("ns", "+01:00")),
        (Column(type=ColumnType.DECIMAL, arrow="decimal128(10, -2)"), pa.decimal128(10, -2)),
        (Column(type=ColumnType.TIME, arrow="time32[s]"), pa.time32("s")),
        (Column(type=ColumnType.CATEGORY, arrow="null"), pa.null()),
    ],
)
def test_arrow_type_is_what_arrow_says_or_the_default(column: Column, expected: pa.DataType) -> None:
    assert column.arrow_type == expected


def test_published_schema_is_current_and_accepts_what_to_yaml_writes() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema == Metadata.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(FULL.to_json()), schema)
    wrong = yaml.safe_load("{version: 1, tables: {t: {columns: {x: {type: integer, colour: red}}}}}")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


@pytest.mark.parametrize("value", ["!!timestamp foo", "!!bool foo", '!!int ""', '!!float ""'])
def test_yaml_with_explicit_tags_that_do_not_fit_is_refused(value: str) -> None:
    with pytest.raises(InvalidMetadataError):
        Metadata.from_yaml(f"version: 1\nname: {value}\n")
