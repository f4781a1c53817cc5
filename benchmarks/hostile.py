"""Hostile files, each read in a process of its own: `python -m benchmarks.hostile`.

Prints the code, the seconds and the peak memory above that of the imports. A file must be refused with a stable code in
less than 5 seconds and 500 MB; where reading is right (`READ`), the time and memory count alone.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

SECONDS, MEGABYTES = 5, 500
READ = {"formula.xlsx", "claims.xlsx", "formula.csv"}
"""Files whose cells are harmless once read."""

_READER = r"""
import json, re, sys, time
from pathlib import Path
from synth.data.read import read_table
from synth.errors import InvalidInputError
def peak(): return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
base, start, codes = peak(), time.monotonic(), ["read"]
try:
    read_table(Path(sys.argv[1]))
except InvalidInputError as error:
    codes = sorted({fault.code for fault in error.faults})
print(json.dumps([", ".join(codes), time.monotonic() - start, peak() - base]))
"""


def main() -> None:
    """Prints a line for each file; exits with 1 where one passes a limit."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILES.items():
            path = Path(folder) / name
            path.write_bytes(content())
            size = path.stat().st_size
            code, seconds, megabytes = read(path)
            path.unlink()
            refused = re.fullmatch(r"[a-z0-9-]+(, [a-z0-9-]+)*", code) is not None
            good = refused and (code != "read" or name in READ) and seconds < SECONDS and megabytes < MEGABYTES
            failed += not good
            mark = "" if good else "  FAILED"
            print(f"{name:28} {size / 1e6:8.2f} MB  {code:24} {seconds:6.2f} s {megabytes:7.1f} MB{mark}")
    print(f"{len(FILES)} files, {failed} failed")
    sys.exit(int(failed > 0))


def read(path: Path) -> tuple[str, float, float]:
    """The codes or "read", seconds, and peak megabytes of reading one file in a fresh process."""
    command = [sys.executable, "-c", _READER, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return "TIMEOUT", 60.0, 0.0
    if done.returncode:
        return "CRASH", 0.0, 0.0
    code, seconds, megabytes = json.loads(done.stdout)
    return code, seconds, megabytes


def _workbook(*rows: list[object], parts: Mapping[str, bytes] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def _replaced(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, text.replace(old, new) if name == part else text)
    return file.getvalue()


def _far_cell() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append([f"c{i}" for i in range(10_000)])
    book.worksheets[0]["A1048576"] = 1
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _parquet(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def _arrow(batch: pa.RecordBatch, times: int = 1, compression: str | None = None) -> bytes:
    file = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(file, batch.schema, options=options) as writer:
        for _ in range(times):
            writer.write_batch(batch)
    return file.getvalue()


def _wide_lines() -> bytes:
    keys = ",".join(f'"c{i}":1' for i in range(10_000))
    return f"{{{keys}}}\n".encode() + b"{}\n" * 1_000_000


def _extension() -> bytes:
    field = pa.field("a", pa.string(), metadata={"ARROW:extension:name": "their.own", "ARROW:extension:metadata": ""})
    return _arrow(pa.record_batch([["x"]], schema=pa.schema([field])))


def _one_text(n_bytes: int, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(bytes(rows), pa.uint8()).cast(pa.int32()), ["x" * n_bytes])


def _zeros(n: int) -> pa.Array:
    return pa.array(memoryview(bytes(8 * n)).cast("q"), pa.int64())


_ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
_LINE = b'{"a": 1}\n'

FILES: Mapping[str, Callable[[], bytes]] = {
    "pickle.csv": lambda: pickle.dumps({"a": Path("x")}),
    "pickle.parquet": lambda: pickle.dumps({"a": Path("x")}),
    "pickle.xlsx": lambda: pickle.dumps({"a": Path("x")}),
    "random.csv": lambda: random.Random(0).randbytes(1 << 20),
    "bomb.csv.gz": lambda: gzip.compress(b"a\n" + b"1\n" * 100_000_000, 9),
    "bomb.jsonl.gz": lambda: gzip.compress(_LINE * 20_000_000, 9),
    "cut.csv.gz": lambda: gzip.compress(b"a,b\n" + b"1,2\n" * 100_000)[:-50],
    "columns.csv": lambda: ",".join(f"c{i}" for i in range(1_000_000)).encode() + b"\n1\n",
    "cell.csv": lambda: b'a\n"' + b"x" * (6 << 20) + b'"\n',
    "open_quote.csv": lambda: b'a,b\n1,"' + b"x\n" * 5_000_000,
    "formula.csv": lambda: b"a,b\n1,\"=cmd|' /C calc'!A0\"\n",
    "deep.jsonl": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "line.jsonl": lambda: b'{"a": "' + b"x" * (100 << 20) + b'"}\n',
    "digits.jsonl": lambda: b'{"a": ' + b"9" * 1_000_000 + b"}\n",
    "twice.jsonl": lambda: b'{"a": 1, "a": 2}\n',
    "wide.jsonl": _wide_lines,
    "bomb.xlsx": lambda: _workbook(["a"], [1], parts={"xl/media/x": bytes(1 << 30)}),
    "entities.xlsx": lambda: _workbook(["a"], [1], parts={"xl/x.xml": _ENTITIES}),
    "macros.xlsx": lambda: _workbook(["a"], [1], parts={"xl/vbaProject.bin": b"x"}),
    "macro_sheet.xlsx": lambda: _replaced(
        _workbook(["a"], [1]), "[Content_Types].xml", b"sheet.main+xml", b"sheet.macroEnabled.main+xml"
    ),
    "embedded.xlsx": lambda: _workbook(["a"], [1], parts={"xl/embeddings/oleObject1.bin": b"x"}),
    "far_cell.xlsx": _far_cell,
    "claims.xlsx": lambda: _replaced(
        _workbook(["a", "b"], [1, 2]), "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="A1:XFD1048576"'
    ),
    "formula.xlsx": lambda: _workbook(["a", "b"], [1, "=1+1"]),
    "long_text.parquet": lambda: _parquet(pa.table({"a": _one_text(100_000, 100_000)})),
    "constant.parquet": lambda: _parquet(
        pa.table({f"c{i}": pa.array(bytes(10_000_000), pa.uint8()).cast(pa.int64()) for i in range(20)})
    ),
    "pages.parquet": lambda: _parquet(pa.table({"a": _zeros(90_000_000)}), compression="zstd", use_dictionary=False),
    "columns.parquet": lambda: _parquet(pa.table({f"c{i}": pa.array([1]) for i in range(10_001)})),
    "bomb.arrow": lambda: _arrow(pa.record_batch({"a": _zeros(90_000_000)}), compression="zstd"),
    "long_text.arrow": lambda: _arrow(pa.record_batch({"a": _one_text(1_000_000, 100_000)})),
    "extension.arrow": _extension,
}


if __name__ == "__main__":
    main()
