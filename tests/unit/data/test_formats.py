"""All formats: what was read comes back from a file as it was, and spreadsheets run nothing."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from synth.data.formats import SUFFIXES
from synth.data.read import read_table
from synth.data.write import write_table

TEXT = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\ufffe\uffff"), max_size=12)
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
COLUMNS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.int8(), st.integers(-128, 127)),
    (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    (pa.bool_(), st.booleans()),
    (pa.string(), TEXT),
    (pa.string(), st.from_regex(r"\A0[0-9]{1,8}\Z")),
    (
        pa.string(),
        st.sampled_from(["=1+1", "@x", "-5", "007", "NA", "", " ", "true", "2020-01-01", "#N/A!", "1e5", "INFINITY"]),
    ),
    (pa.date32(), st.dates(date(1, 1, 1), date(9999, 12, 31))),
    (pa.time64("us"), st.times()),
    (pa.timestamp("us"), MOMENTS),
    (pa.timestamp("us", "UTC"), MOMENTS),
    (pa.decimal128(20, 2), st.decimals(-(10**17), 10**17, places=2)),
    (pa.null(), st.none()),
]


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    kinds = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4))
    n = draw(st.integers(1, 6))
    cells = [draw(st.lists(st.none() | values, min_size=n, max_size=n)) for _, values in kinds]
    columns = [pa.array(values, kind) for (kind, _), values in zip(kinds, cells, strict=True)]
    return pa.table([*columns, pa.array(range(n))], names=[*(f"c {i}" for i in range(len(kinds))), "row"])


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_round_trip_read_write_read_is_identical(suffix: str, table: pa.Table, tmp_path: Path) -> None:
    path, again = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write_table(table, path, defuse=False)
    first = read_table(path)
    write_table(first, again, defuse=False)
    assert read_table(again).equals(first)
    assert first.column_names == table.column_names
    if suffix in {".parquet", ".arrow"}:
        assert first.equals(table)


EXACT = pa.table(
    {
        "zip": ["007", "010", None],
        "beyond_2_53": pa.array([2**53 + 1, -(2**62) - 1, None]),
        "zoned": pa.array([datetime(2020, 1, 1, 12, 30, 5, 250_000)] * 3, pa.timestamp("us", "UTC")),
        "far": [date(1, 1, 1), date(9999, 12, 31), date(1677, 1, 1)],
        "moment": [datetime(2020, 1, 1, 1, 2, 3), None, datetime(1500, 1, 1)],
        "wakes": pa.array([time(6, 30), time(7), None], pa.time64("us")),
        "yes": [True, None, False],
        "mixed": ["1", "x", None],
        "share": [0.1, 1 / 3, 1e-300],
        "姓名 (Name)": ["王伟", "Zoë", "a,b;\"c\" 'd'"],
    }
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_keeps_zeros_zones_large_numbers_old_dates_and_names(suffix: str, tmp_path: Path) -> None:
    write_table(EXACT, tmp_path / f"t{suffix}")
    assert read_table(tmp_path / f"t{suffix}").equals(EXACT)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_json_lines_keep_types_of_their_own(suffix: str, tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": ["12", "13"],
            "huge": pa.array([Decimal(2**70), None], pa.decimal256(76, 0)),
            "mixed": ["1", "x"],
        }
    )
    write_table(table, tmp_path / f"t{suffix}")
    assert read_table(tmp_path / f"t{suffix}").equals(table)


def test_json_lines_flatten_objects_and_miss_absent_keys(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(
        '{"a": {"b": 1, "c": {"d": "x"}}}\n\n{"e": true, "a": {"b": 2.5}}\n{"a": null, "f": "2020-01-01"}\n'
    )
    assert read_table(path).to_pydict() == {
        "a.b": [1.0, 2.5, None],
        "a.c.d": ["x", None, None],
        "e": [None, True, None],
        "a": [None, None, None],
        "f": [None, None, date(2020, 1, 1)],
    }


FORMULAS = ["=1+1", "+49 30", "-5 apples", "@SUM(A1)", "\ttab", "\rreturn", "＝1", "plain", "", None, "'quoted"]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".xlsx"])
def test_spreadsheet_texts_that_would_run_are_defused_and_numbers_left(suffix: str, tmp_path: Path) -> None:
    texts = [text for text in FORMULAS if suffix != ".xlsx" or text != "\rreturn"]
    table = pa.table({"text": texts, "loss": [-1.5] * len(texts)})
    n = write_table(table, tmp_path / f"t{suffix}")
    back = read_table(tmp_path / f"t{suffix}")
    risky = [text for text in texts if text and text[0] in "=+-@\t\r＝"]
    assert n == len(risky)
    assert [text for text in back["text"].to_pylist() if text and text.startswith("'")] == [
        *(f"'{text}" for text in risky),
        "'quoted",
    ]
    assert back["loss"].to_pylist() == [-1.5] * len(texts)


def test_parquet_texts_are_never_changed(tmp_path: Path) -> None:
    table = pa.table({"text": FORMULAS})
    assert write_table(table, tmp_path / "t.parquet") == 0
    assert read_table(tmp_path / "t.parquet").equals(table)


def test_xlsx_texts_are_no_formulas_even_when_not_defused(tmp_path: Path) -> None:
    write_table(pa.table({"a": ["=1+1", "x"]}), tmp_path / "t.xlsx", defuse=False)
    cell = load_workbook(tmp_path / "t.xlsx").worksheets[0]["A2"]
    assert (cell.data_type, cell.value) == ("s", "=1+1")


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-16", "utf-8-sig", "cp1251", "shift_jis", "big5"])
def test_csv_of_other_encodings_is_read(encoding: str, tmp_path: Path) -> None:
    words = {
        "cp1251": ["Москва", "Иванов", "улица", "Пётр"],
        "shift_jis": ["東京都", "渋谷区", "山田", "ひらがな"],
        "big5": ["臺北市", "學校", "電話號碼", "資料"],
    }.get(encoding, ["北京市", "海淀区", "广东省", "电话号码"])
    rows = "".join(f'{words[i % 4]},{i},"a,b"\n' for i in range(400))
    (tmp_path / "t.csv").write_bytes(f"name,no,x\n{'z,1,y' * 0}{rows}".encode(encoding))
    table = read_table(tmp_path / "t.csv")
    assert table["name"].to_pylist() == [words[i % 4] for i in range(400)]
    assert table["no"].type == pa.int64()


def test_csv_quoted_header_may_hold_delimiters(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('"a,b,c,d";"e"\n1;2\n')
    assert read_table(tmp_path / "t.csv").to_pydict() == {"a,b,c,d": [1], "e": [2]}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_spreadsheet_column_names_that_would_run_are_defused_and_counted(suffix: str, tmp_path: Path) -> None:
    assert write_table(pa.table({"=1+1": ["x"], "b": ["@y"]}), tmp_path / f"t{suffix}") == 2
    assert read_table(tmp_path / f"t{suffix}").to_pydict() == {"'=1+1": ["x"], "b": ["'@y"]}


def test_xlsx_texts_stay_texts_but_for_what_excel_cannot_hold(tmp_path: Path) -> None:
    table = pa.table({"code": ["12", "13"], "share": ["0.5", "1.5"], "yes": ["true", "false"], "sum": ["1,234", "5"]})
    write_table(table, tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx").equals(table)
