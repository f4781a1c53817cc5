"""Reading XLSX: the one sheet with cells, its first row as names; no macros, no links, no entities of XML.

Cells come as Excel holds them; a formula counts with the value that Excel saved for it. Text columns are read as in a
CSV file (`synth.data.infer`), so that what Excel cannot hold otherwise comes back: long numbers, old dates, zones.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa

from synth.data.formats import name_faults, no_rows
from synth.data.infer import typed
from synth.data.limits import Watch
from synth.errors import Fault, InvalidInputError, raise_all

_ERRORS = frozenset({"#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!"})
_CHUNK = 1 << 20


def read_xlsx(path: Path) -> pa.Table:
    """Reads an .xlsx file.

    Raises:
        InvalidInputError: not such a file, macros or XML entities, several sheets with cells, or beyond the limits.
    """
    watch = Watch(path)
    try:
        _inspect(path, watch)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            return _table(_only_sheet(book, path), path, watch)
        finally:
            book.close()
    except InvalidInputError:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises anything on damaged files, with cells in its messages
        raise InvalidInputError(_broken(path)) from None


def _inspect(path: Path, watch: Watch) -> None:
    """Reads every part once, so that sizes are those that come out, not those that the archive claims."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any("vbaproject" in name.lower() or name.lower().endswith((".bin", ".zip")) for name in names):
            raise InvalidInputError(_active(path, "it holds macros or embedded files"))
        for name in names:
            with archive.open(name) as part:
                tail = b""
                while chunk := part.read(_CHUNK):
                    watch.add(len(chunk))
                    window = (tail + chunk).replace(b"\0", b"")  # finds it in UTF-16 too
                    if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                        raise InvalidInputError(_active(path, "it declares XML entities"))
                    tail = chunk[-32:]
    watch.expanded = 0


def _only_sheet(book: Any, path: Path) -> Any:
    filled = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file claims may be a million times what it holds
        if next(sheet.iter_rows(max_row=1, values_only=True), None):
            filled.append(sheet)
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise InvalidInputError(no_rows(path))
    rule, fact = "a workbook must have one sheet with cells", f"it has {len(filled)}"
    raise InvalidInputError(
        Fault("several-sheets", rule, fact, "save each sheet as a file of its own", where=str(path))
    )


def _table(sheet: Any, path: Path, watch: Watch) -> pa.Table:
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
    header = _trimmed(next(rows))
    watch.columns(len(header))
    names = ["" if name is None else str(name) for name in header]
    raise_all(name_faults(names, path))
    columns: list[list[Any]] = [[] for _ in names]
    for row in rows:
        cells = _trimmed(row)
        watch.add(n_rows=1)
        if len(cells) > len(names):
            rule, fact = "every row must have at most as many cells as the first row", "one has more"
            raise InvalidInputError(
                Fault("ragged-rows", rule, fact, "name these columns, or empty them", where=str(path))
            )
        for place, column in enumerate(columns):
            column.append(_cell(cells[place]) if place < len(cells) else None)
    if not any(value is not None for column in columns for value in column):
        raise InvalidInputError(no_rows(path))
    while all(column[-1] is None for column in columns):
        for column in columns:
            column.pop()
    return pa.table([_array(column, name, watch) for name, column in zip(names, columns, strict=True)], names=names)


def _trimmed(row: Sequence[Any]) -> Sequence[Any]:
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row[:end]


def _cell(value: Any) -> Any:
    return None if isinstance(value, str) and value in _ERRORS else value


def _array(values: list[Any], name: str, watch: Watch) -> pa.Array:
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds <= {int, float}:
        wide = any(isinstance(value, int) and abs(value) >= 2**63 for value in values)
        if not wide:
            return pa.array(values, pa.int64() if kinds == {int} else pa.float64())
    if kinds == {datetime} or kinds == {date, datetime}:
        return _moments(values)
    if kinds == {time}:
        return pa.array(values, pa.time64("us"))
    texts = [None if value is None else _text(value) for value in values]
    watch.cell(max((len(text.encode()) for text in texts if text and len(text) > 1000), default=0), name)
    array = pa.chunked_array([pa.array(texts, pa.string())])
    return (typed(array) if kinds == {str} else array).combine_chunks()


def _moments(values: list[Any]) -> pa.Array:
    """Excel knows moments only; where all are midnights they are dates."""
    if all(value is None or not isinstance(value, datetime) or value.time() == time() for value in values):
        return pa.array([value.date() if isinstance(value, datetime) else value for value in values], pa.date32())
    whole = [
        value if isinstance(value, datetime) or value is None else datetime(value.year, value.month, value.day)
        for value in values
    ]
    return pa.array(whole, pa.timestamp("us"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, timedelta):
        return str(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _broken(path: Path) -> Fault:
    rule, remedy = (
        "the file must be an .xlsx workbook and whole",
        "save it again, or rename it if it is of another format",
    )
    return Fault("broken-xlsx", rule, "it is not", remedy, where=str(path))


def _active(path: Path, fact: str) -> Fault:
    rule, remedy = "a workbook must hold cells only", "save it as .xlsx without macros, or export the sheet as CSV"
    return Fault("active-content", rule, fact, remedy, where=str(path))
