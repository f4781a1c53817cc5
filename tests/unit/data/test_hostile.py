"""Files that want to hurt: each is refused with a stable code, without a cell of it."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth.data import limits
from synth.data.formats import SUFFIXES
from synth.data.read import read_table
from synth.errors import InvalidInputError

CANARY = "CANARY-5417"


class Bomb:
    def __reduce__(self) -> tuple[Callable[[str], Path], tuple[str]]:
        return Path, (CANARY,)


def refused(path: Path) -> set[str]:
    with pytest.raises(InvalidInputError) as caught:
        read_table(path)
    assert CANARY not in str(caught.value)
    return {fault.code for fault in caught.value.faults}


def workbook(*rows: list[object], **extra: bytes) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in extra.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pickle_in_any_slot_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_bytes(pickle.dumps(Bomb()))
    assert refused(path) <= {"not-text", "not-utf8", "no-rows", "broken-file", "broken-csv"} | {
        f"broken-{kind}" for kind in ("parquet", "jsonl", "xlsx", "arrow")
    }


@pytest.mark.parametrize("name", ["t.csv.gz", "t.jsonl.gz"])
def test_gzip_bomb_is_refused(name: str, tmp_path: Path) -> None:
    line = b"a\n" + b"1\n" * 12_000_000 if "csv" in name else b'{"a": 1}\n' * 2_000_000
    (tmp_path / name).write_bytes(gzip.compress(line, 9))
    assert refused(tmp_path / name) == {"compression-ratio"}


def test_xlsx_bomb_is_refused_by_what_comes_out(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(workbook(["a"], [1], xl__media__x=bytes(64 << 20)))
    assert refused(tmp_path / "t.xlsx") == {"compression-ratio"}


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl__vbaProject.bin", b"x"),
        ("xl__x.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("xl__y.xml", '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []><a/>'.encode("utf-16")),
    ],
)
def test_xlsx_with_macros_or_entities_is_refused(part: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(workbook(["a"], [1], **{part: content}))
    assert refused(tmp_path / "t.xlsx") == {"active-content"}


def test_xlsx_with_several_sheets_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a"])
    book.create_sheet("b").append(["b"])
    book.save(tmp_path / "t.xlsx")
    assert refused(tmp_path / "t.xlsx") == {"several-sheets"}


def test_xlsx_formula_counts_with_its_saved_value_and_else_is_missing(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(workbook(["a", "b"], [1, "=1+1"], [2, "#N/A"]))
    assert read_table(tmp_path / "t.xlsx").to_pydict() == {"a": [1, 2], "b": [None, None]}


def test_xlsx_sheet_that_claims_a_million_rows_is_read_for_what_it_holds(tmp_path: Path) -> None:
    content = workbook(["a", "b"], [1, 2])
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'))
    assert read_table(tmp_path / "t.xlsx").to_pydict() == {"a": [1], "b": [2]}


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.xlsx", "t.parquet", "t.arrow"])
def test_cell_beyond_the_limit_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, path = CANARY * 200, tmp_path / name
    monkeypatch.setattr(limits.Watch.__dataclass_fields__["limits"], "default", limits.LIMITS, raising=True)
    monkeypatch.setattr(limits.Watch.__init__, "__defaults__", (limits.Limits(cell_bytes=2000), 0, 0))
    if name == "t.xlsx":
        path.write_bytes(workbook(["a"], [cell]))
    elif name == "t.parquet":
        pq.write_table(pa.table({"a": [cell]}), path)
    elif name == "t.arrow":
        with pa.ipc.new_file(path, pa.schema([("a", pa.string())])) as writer:
            writer.write_table(pa.table({"a": [cell]}))
    else:
        path.write_text(f"a\n{cell}\n" if name == "t.csv" else f'{{"a": "{cell}"}}\n')
    assert refused(path) == {"cell-too-large"}


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_too_many_columns_are_refused(name: str, tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(10_001)]
    if name == "t.csv":
        (tmp_path / name).write_text(",".join(names) + "\n" + ",".join(["1"] * len(names)))
    elif name == "t.jsonl":
        (tmp_path / name).write_text("{" + ",".join(f'"{n}":1' for n in names) + "}\n")
    else:
        pq.write_table(pa.table({n: pa.array([1], pa.int8()) for n in names}), tmp_path / name)
    assert refused(tmp_path / name) == {"too-many-columns"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[" * 100_000, "broken-jsonl"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "broken-jsonl"),
        ('{"a":' * 20 + "1" + "}" * 20, "unsupported-type"),
        ('{"a": [1, 2]}', "unsupported-type"),
        ('{"a": NaN}', "broken-jsonl"),
        ('{"a": 1, "a": 2}', "broken-jsonl"),
        ('{"a": {"b": 1}, "a.b": 2}', "column-duplicate"),
        ("[1]", "broken-jsonl"),
        (f'{{"a": "{CANARY}', "broken-jsonl"),
    ],
)
def test_json_lines_not_flat_objects_are_refused(line: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(line + "\n")
    assert refused(tmp_path / "t.jsonl") == {code}


def test_parquet_that_repeats_a_long_text_is_counted_as_written_out(tmp_path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), [CANARY * 50])
    pq.write_table(pa.table({"a": texts.cast(pa.string())}), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 10_000
    assert refused(tmp_path / "t.parquet") == {"compression-ratio"}


def test_arrow_extension_type_is_refused(tmp_path: Path) -> None:
    field = pa.field("a", pa.string(), metadata={"ARROW:extension:name": "their.own", "ARROW:extension:metadata": ""})
    with pa.ipc.new_file(tmp_path / "t.arrow", pa.schema([field])) as writer:
        writer.write_table(pa.table([["x"]], schema=pa.schema([field])))
    assert refused(tmp_path / "t.arrow") == {"unsupported-type"}
