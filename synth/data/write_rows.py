"""Rows as JSON lines and as cells of a workbook: the formats that are written row by row."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from openpyxl.cell import WriteOnlyCell

from synth.errors import Fault, raise_all

_BATCH_ROWS = 8192
_MAX_ROWS, _MAX_COLUMNS, _MAX_CHARS = 1_048_576, 16_384, 32_767
_EXCEL_DIGITS = 10**15
_FIRST_DAY = date(1900, 3, 1)
"""Excel believes in a 29 February 1900."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def json_lines(table: pa.Table) -> Iterator[bytes]:
    """One object a line, UTF-8; missing cells are null, dates and times ISO 8601, decimals keep their digits."""
    names = [json.dumps(name, ensure_ascii=False) for name in table.column_names]
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        columns = [[_json(value) for value in column.to_pylist()] for column in map(_readable, batch.columns)]
        for cells in zip(*columns, strict=True):
            yield ("{" + ", ".join(f"{n}: {c}" for n, c in zip(names, cells, strict=True)) + "}\n").encode()


def _readable(column: pa.Array) -> pa.Array:
    """Moments as ISO text by Arrow, which knows all years and zones; nanoseconds too."""
    if pat.is_timestamp(column.type):
        if column.type.tz:
            column = column.cast(pa.timestamp(column.type.unit, "UTC"))
        return pc.replace_substring(column.cast(pa.string()), " ", "T")
    return column


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value.isoformat() if isinstance(value, date | time) else value, ensure_ascii=False)


def write_xlsx(table: pa.Table, file: BinaryIO, path: Path) -> None:
    """A workbook of one sheet. What Excel would change is written as text: long numbers, old dates, zones, fractions.

    Raises:
        InvalidInputError: more rows, columns or characters than a sheet holds, or characters that XML does not.
    """
    raise_all(list(_faults(table, path)))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    sheet.append([_cell(sheet, name) for name in table.column_names])
    columns = [_excel(column) for column in table.columns]
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value) for value in row])
    whole = io.BytesIO()
    book.save(whole)
    _without_clock(whole, file)


def _without_clock(whole: io.BytesIO, file: BinaryIO) -> None:
    """The same archive for the same rows: openpyxl notes when it wrote."""
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2000-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(entry.filename), content, zipfile.ZIP_DEFLATED)


def _cell(sheet: Any, value: Any) -> Any:
    """Texts as texts, or openpyxl would write "=1+1" as a formula, and floats with all their digits."""
    if isinstance(value, float):
        cell = WriteOnlyCell(sheet, value=repr(value))
        cell.data_type = "n"  # openpyxl itself would write 16 digits, and 2.0 as 2
        return cell
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    return cell


def _excel(column: pa.ChunkedArray) -> list[Any]:
    kind = column.type
    if pat.is_timestamp(kind):
        texts: list[Any] = pa.chunked_array([_readable(chunk) for chunk in column.chunks], pa.string()).to_pylist()
        if kind.tz or kind.unit == "ns":
            return texts
        moments: list[Any] = column.cast(pa.timestamp("us")).to_pylist()
        return moments if all(v is None or (v.date() >= _FIRST_DAY and not v.microsecond) for v in moments) else texts
    values: list[Any] = column.to_pylist()
    if pat.is_date(kind):
        return values if all(v is None or v >= _FIRST_DAY for v in values) else [v and v.isoformat() for v in values]
    if pat.is_time(kind):
        return [None if value is None else value.isoformat() for value in values]
    if pat.is_decimal(kind):
        return [None if value is None else f"{value:f}" for value in values]
    if pat.is_integer(kind) and any(value is not None and abs(value) >= _EXCEL_DIGITS for value in values):
        return [None if value is None else str(value) for value in values]
    return values


def _faults(table: pa.Table, path: Path) -> Iterator[Fault]:
    if table.num_rows + 1 > _MAX_ROWS or table.num_columns > _MAX_COLUMNS:
        rule = f"a sheet holds at most {_MAX_ROWS - 1:,} rows and {_MAX_COLUMNS:,} columns"
        fact = f"there are {table.num_rows:,} and {table.num_columns:,}"
        yield Fault("xlsx-too-large", rule, fact, "write Parquet or CSV", where=str(path))
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pat.is_string(column.type):
            if (pc.max(pc.utf8_length(column)).as_py() or 0) > _MAX_CHARS:
                rule, fact = f"a cell of a sheet holds at most {_MAX_CHARS:,} characters", f"`{name}` has longer texts"
                yield Fault("xlsx-too-large", rule, fact, "write Parquet or CSV", where=str(path))
            if any(_NOT_XML.search(text) for text in column.unique().drop_null().to_pylist()):
                rule, fact = "a sheet holds no control characters", f"`{name}` has some"
                yield Fault("xlsx-characters", rule, fact, "write Parquet or CSV", where=str(path))
