"""Reading XLSX: the one sheet with cells, its first row as names; no macros, no links, no entities of XML.

Cells come as Excel holds them; a formula counts with the value that Excel saved for it. Texts stay texts, but for what
Excel cannot hold otherwise: integers of 16 and more digits, old dates, times and zones (ISO 8601).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.formats import name_faults, no_rows
from synth.data.infer import typed, typed_time
from synth.data.limits import Watch
from synth.errors import Fault, InvalidInputError, raise_all

_ERRORS = frozenset({"#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!"})
_CHUNK = 1 << 20
_EXPANDED = 512 << 20
"""Bytes of all parts; openpyxl holds the texts of a workbook in memory, at several times their size."""

_MACROS = re.compile(rb"macro|vba|activex", re.IGNORECASE)
"""Kinds of parts that run."""

_LONG = 10**15
"""Excel keeps 15 digits of a number, so that longer ones are written as text."""


def read_xlsx(path: Path) -> pa.Table:
    """Reads an .xlsx file.

    Raises:
        InvalidInputError: not such a file, macros or XML entities, several sheets with cells, or beyond the limits.
    """
    watch = Watch(path)
    watch.limits = replace(watch.limits, expanded_bytes=min(_EXPANDED, watch.limits.expanded_bytes))
    try:
        _inspect(path, watch)
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            return _table(_only_sheet(book, path), path, watch)
    except InvalidInputError:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises anything on damaged files, with cells in its messages
        raise InvalidInputError(_broken(path)) from None


def _inspect(path: Path, watch: Watch) -> None:
    """Reads every part once, so that sizes are those that come out, not those that the archive claims."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(map(_is_active, names)):
            raise InvalidInputError(_active(path, "it holds macros or embedded files"))
        for name in names:
            with archive.open(name) as part:
                tail = b""
                while chunk := part.read(_CHUNK):
                    watch.add(len(chunk))
                    window = (tail + chunk).replace(b"\0", b"")  # finds it in UTF-16 too
                    if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                        raise InvalidInputError(_active(path, "it declares XML entities"))
                    if name.lower() == "[content_types].xml" and _MACROS.search(window):
                        raise InvalidInputError(_active(path, "it holds macros or controls"))
                    tail = chunk[-32:]


def _is_active(name: str) -> bool:
    """By the name of a part; Excel itself writes printer settings as .bin."""
    name = name.lower()
    harmless = name.startswith("xl/printersettings/")
    return "vbaproject" in name or "/embeddings/" in name or (name.endswith((".bin", ".zip")) and not harmless)


def _only_sheet(book: Any, path: Path) -> Any:
    filled = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file claims may be a million times what it holds
        if any(map(_trimmed, sheet.iter_rows(values_only=True))):
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
    header: Sequence[Any] = next(filter(None, map(_trimmed, rows)))
    watch.columns(len(header))
    names = ["" if name is None else str(name) for name in header]
    columns: list[list[Any]] = [[] for _ in names]
    faults = name_faults(names, path)
    n_ragged = 0
    for row in rows:
        cells = _trimmed(row)
        watch.add(n_rows=1)
        watch.cells(watch.rows * len(names), sparse=True)
        n_ragged += len(cells) > len(names)
        for value, column in zip(cells, columns, strict=False):
            if value is not None:
                column.extend([None] * (watch.rows - 1 - len(column)))
                column.append(_cell(value))
    if n_ragged:
        faults.append(_ragged_rows(n_ragged, path))
    n_rows = max(map(len, columns))
    if not n_rows:
        faults.append(no_rows(path))
    raise_all(faults)
    for column in columns:
        column.extend([None] * (n_rows - len(column)))
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
    watch.texts(texts, name)
    array = pa.chunked_array([pa.array(texts, pa.string())])
    return (_typed(array) if kinds == {str} else array).combine_chunks()


def _typed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts that stand for what Excel cannot hold: dates, times and long integers; "12" as text is a text."""
    times = typed_time(texts)
    if times is not None:
        return times
    other = typed(texts)
    whole = pat.is_integer(other.type) and other.null_count == texts.null_count
    return other if whole and (pc.max(other).as_py() >= _LONG or pc.min(other).as_py() <= -_LONG) else texts


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


def _ragged_rows(n: int, path: Path) -> Fault:
    rule, fact = "every row must have at most as many cells as the first row", f"{n} have more"
    return Fault("ragged-rows", rule, fact, "name these columns, or empty them", where=str(path))


def _broken(path: Path) -> Fault:
    rule, remedy = (
        "the file must be an .xlsx workbook and whole",
        "save it again, or rename it if it is of another format",
    )
    return Fault("broken-xlsx", rule, "it is not", remedy, where=str(path))


def _active(path: Path, fact: str) -> Fault:
    rule, remedy = "a workbook must hold cells only", "save it as .xlsx without macros, or export the sheet as CSV"
    return Fault("active-content", rule, fact, remedy, where=str(path))
