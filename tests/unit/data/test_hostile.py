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

from synth.data import limits, read_xlsx
from synth.data.formats import SUFFIXES
from synth.data.read import read_table
from synth.data.read_arrow import unpacked_bytes
from synth.data.write import write_table
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


def test_xlsx_expands_to_less_than_other_formats_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_xlsx, "_EXPANDED", 1 << 20)
    (tmp_path / "t.xlsx").write_bytes(workbook(["a"], [1], xl__media__x=bytes(2 << 20)))
    assert refused(tmp_path / "t.xlsx") == {"file-too-large"}


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
    defaults = limits.Watch.__init__.__defaults__ or ()
    monkeypatch.setattr(limits.Watch.__init__, "__defaults__", (limits.Limits(cell_bytes=2000), *defaults[1:]))
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
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), [CANARY * 1000])
    pq.write_table(pa.table({"a": texts}), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 100_000
    assert refused(tmp_path / "t.parquet") == {"compression-ratio"}


def test_parquet_of_few_values_is_read_however_well_it_packs(tmp_path: Path) -> None:
    n = 2_000_000
    texts = pa.DictionaryArray.from_arrays(pa.array(bytes(n), pa.uint8()).cast(pa.int32()), ["always the same words"])
    table = pa.table({"a": pa.array(bytes(n), pa.uint8()).cast(pa.int64()), "b": texts.cast(pa.string())})
    write_table(table, tmp_path / "t.parquet")
    assert table.nbytes > 1000 * (tmp_path / "t.parquet").stat().st_size
    assert read_table(tmp_path / "t.parquet").equals(table)


def test_parquet_of_packed_zeros_is_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    zeros = pa.array(bytes(20_000_000), pa.uint8()).cast(pa.int64())
    pq.write_table(pa.table({"a": zeros}), tmp_path / "t.parquet", compression="zstd", use_dictionary=False)
    before = pa.total_allocated_bytes()
    assert refused(tmp_path / "t.parquet") == {"compression-ratio"}
    assert pa.total_allocated_bytes() - before < 1 << 20


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_arrow_bomb_is_refused_before_it_is_unpacked(compression: str, tmp_path: Path) -> None:
    zeros = pa.record_batch({"a": pa.array(bytes(20_000_000), pa.uint8()).cast(pa.int64())})
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(tmp_path / "t.arrow", zeros.schema, options=options) as writer:
        writer.write_batch(zeros)
    with pa.memory_map(str(tmp_path / "t.arrow")) as source:
        assert unpacked_bytes(source) == 160_000_000
    assert refused(tmp_path / "t.arrow") == {"compression-ratio"}


def test_arrow_packed_dictionaries_and_batches_are_read(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array(["x" * 1000, "y", None]).dictionary_encode(), "b": list(range(3))})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(tmp_path / "t.arrow", table.schema, options=options) as writer:
        writer.write_table(table)
    with pa.memory_map(str(tmp_path / "t.arrow")) as source:
        assert unpacked_bytes(source) > 1000
    assert read_table(tmp_path / "t.arrow").to_pydict() == table.to_pydict()


def test_arrow_index_beyond_its_dictionary_is_refused(tmp_path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0, 2_000_000_000], pa.int32()), ["a"], safe=False)
    table = pa.table({"a": texts})
    with pa.ipc.new_file(tmp_path / "t.arrow", table.schema) as writer:
        writer.write_table(table)
    assert refused(tmp_path / "t.arrow") == {"broken-arrow"}


def test_arrow_registered_extension_type_is_refused(tmp_path: Path) -> None:
    table = pa.table({"a": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(16)], pa.binary(16)))})
    with pa.ipc.new_file(tmp_path / "t.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(InvalidInputError, match="`a` is of an extension type"):
        read_table(tmp_path / "t.arrow")


def test_xlsx_printer_settings_are_no_active_content(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(workbook(["a"], [1], xl__x=b"x"))
    with zipfile.ZipFile(tmp_path / "t.xlsx", "a") as archive:
        archive.writestr("xl/printerSettings/printerSettings1.bin", b"x")
    assert read_table(tmp_path / "t.xlsx").to_pydict() == {"a": [1]}


def test_xlsx_with_macros_by_content_type_is_refused(tmp_path: Path) -> None:
    content = workbook(["a"], [1])
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml"))
    assert refused(tmp_path / "t.xlsx") == {"active-content"}


def test_xlsx_blank_first_row_hides_no_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A3"], book.worksheets[0]["A4"] = "a", 1
    book.save(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx").to_pydict() == {"a": [1]}
    book.create_sheet("b").append(["b"])
    book.save(tmp_path / "t.xlsx")
    assert refused(tmp_path / "t.xlsx") == {"several-sheets"}


def test_xlsx_faults_are_all_told(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(workbook(["a", "a"], [1, 2, 3]))
    assert refused(tmp_path / "t.xlsx") == {"column-duplicate", "ragged-rows"}


def test_json_lines_faults_are_all_told_with_their_file(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": {"b": 1}, "a.b": 2, "c": [1], "": 1}\n')
    with pytest.raises(InvalidInputError) as caught:
        read_table(tmp_path / "t.jsonl")
    assert {fault.code for fault in caught.value.faults} == {"column-duplicate", "unsupported-type", "column-unnamed"}
    assert {fault.where for fault in caught.value.faults} == {str(tmp_path / "t.jsonl")}


def test_arrow_extension_type_is_refused(tmp_path: Path) -> None:
    field = pa.field("a", pa.string(), metadata={"ARROW:extension:name": "their.own", "ARROW:extension:metadata": ""})
    with pa.ipc.new_file(tmp_path / "t.arrow", pa.schema([field])) as writer:
        writer.write_table(pa.table([["x"]], schema=pa.schema([field])))
    assert refused(tmp_path / "t.arrow") == {"unsupported-type"}


def test_json_lines_of_empty_objects_after_many_keys_are_refused_early(tmp_path: Path) -> None:
    wide = "{" + ",".join(f'"c{i}":1' for i in range(10_000)) + "}\n"
    (tmp_path / "t.jsonl").write_text(wide + "{}\n" * 20_000)
    assert refused(tmp_path / "t.jsonl") == {"too-many-cells"}


def test_json_lines_with_few_of_their_keys_each_are_read(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("".join(f'{{"c{i % 100}": {i}}}\n' for i in range(1000)))
    assert read_table(tmp_path / "t.jsonl").shape == (1000, 100)


def test_xlsx_wide_header_and_one_far_cell_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append([f"c{i}" for i in range(5000)])
    book.worksheets[0]["A1048576"] = 1
    book.save(tmp_path / "t.xlsx")
    assert refused(tmp_path / "t.xlsx") == {"too-many-cells"}
