"""Types of columns that a file holds as text: decided from every cell, and only where no cell would change.

A column becomes integers only if each cell is written as that integer would be, so "007", "+49" and "1.0" stay as they
are; numbers beyond 64 bits stay text. Thousands marks, decimal commas and dates of other forms than ISO 8601 count
where all cells together leave no doubt (`synth.data.infer_forms`). A column that mixes kinds stays text. Cells such as
NA or null are missing in a column of numbers, truth values or times, where they can mean nothing else; in a text column
they stay (NA may be Namibia), and only an empty cell is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from synth.data.infer_forms import grouped_numbers, written_dates

MISSING_MARKERS = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "NaT", "NULL", "null", "None")
"""Cells that are missing in columns of numbers, truth values and times."""

_SAMPLE_ROWS = 1000
"""Cells looked at one by one to rule kinds out before a whole column is tried; does not change the outcome."""

_DATE = r"\d{4}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_BOOLEANS = (("false", "true"), ("False", "True"), ("FALSE", "TRUE"))
_FIRST_DAY = -719_162  # 0001-01-01 in days; Arrow also reads year 0, which Python's dates do not have
_FIRST_MICROSECOND = _FIRST_DAY * 86_400_000_000

_LOSSY_AS_FLOAT = r"^(\+[0-9]+$|[+-]?0[0-9]|[+-]?[0-9]{16,}$)"
"""Cells that a float would change: codes with a leading plus or zero, and integers that may lie beyond 2^53."""


def typed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A text column as the type that all its cells share, or unchanged where there is none.

    Args:
        column: text, with null for missing.

    Returns:
        null (no cells at all), int64, double, bool, date32, time64[us], timestamp[us] with or without UTC, or text.
    """
    if column.null_count == len(column):
        return pa.chunked_array([pa.nulls(len(column))])
    names = _possible(column)
    cells = without_markers(column)
    if cells.null_count == len(cells):
        return column
    if not names:
        other = grouped_numbers(cells)
        other = written_dates(cells) if other is None else other
        return column if other is None else other
    tries = (_tried(_READERS[name], cells) for name in names)
    return next((result for result in tries if result is not None), column)


def without_markers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text without surrounding white space, and with null in place of `MISSING_MARKERS`."""
    cells = pc.utf8_trim_whitespace(column)
    is_marker = pc.is_in(cells, pa.array(MISSING_MARKERS, cells.type))
    return pc.if_else(is_marker, pa.scalar(None, cells.type), cells)


def typed_time(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A text column as dates, times or datetimes, where all its cells are ISO 8601; otherwise None."""
    names = [name for name in _possible(column) if name in {"date", "datetime", "zoned", "time"}]
    tries = (_tried(_READERS[name], column) for name in names)
    return next((result for result in tries if result is not None), None)


def _possible(column: pa.ChunkedArray) -> list[str]:
    """Kinds that no sampled cell rules out; a kind needs at least one cell of its own form."""
    sample = {cell.strip() for cell in column.drop_null().slice(0, _SAMPLE_ROWS).to_pylist()} - set(MISSING_MARKERS)
    return [name for name, pattern in _PATTERNS.items() if all(pattern.fullmatch(cell) for cell in sample)]


_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "integer": re.compile(r"-?\d+"),
    "decimal": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|infinity)", re.IGNORECASE | re.ASCII),
    "boolean": re.compile("|".join(word for pair in _BOOLEANS for word in pair)),
    "date": re.compile(_DATE),
    "datetime": re.compile(f"{_DATE}([ T]({_CLOCK}|\\d\\d))?"),
    "zoned": re.compile(rf"{_DATE}[ T]({_CLOCK}|\d\d)(Z|[+-]\d\d(:?\d\d)?)"),
    "time": re.compile(_CLOCK),
}


def _tried(read: Callable[[pa.ChunkedArray], pa.ChunkedArray | None], cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        return read(cells)
    except pa.ArrowInvalid:  # a cell of another form
        return None


def _integer(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    numbers = cells.cast(pa.int64())
    return numbers if _all(pc.equal(numbers.cast(pa.string()), cells)) else None


def _decimal(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    numbers = cells.cast(pa.float64())
    if not _any(pc.is_finite(numbers)):
        return None  # the word "infinity" alone makes no numbers
    return None if _any(pc.match_substring_regex(cells, _LOSSY_AS_FLOAT)) else numbers


def _boolean(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    pair = next((pair for pair in _BOOLEANS if _all(pc.is_in(cells, pa.array([*pair, None])))), None)
    return None if pair is None else pc.equal(cells, pair[1])


def _date(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    dates = cells.cast(pa.date32())
    return dates if _starts(dates.cast(pa.int32()), _FIRST_DAY) else None


def _datetime(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    moments = cells.cast(pa.timestamp("us"))
    return moments if _starts(moments.cast(pa.int64()), _FIRST_MICROSECOND) else None


def _zoned(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    moments = cells.cast(pa.timestamp("us", "UTC"))
    return moments if _starts(moments.cast(pa.int64()), _FIRST_MICROSECOND) else None


def _time(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    if not _all(pc.match_substring_regex(cells, f"^{_CLOCK}$")):
        return None  # such as a UTC offset, which the cast below would take for part of a moment
    return pc.binary_join_element_wise("1970-01-01", cells, "T").cast(pa.timestamp("us")).cast(pa.time64("us"))


_READERS: Mapping[str, Callable[[pa.ChunkedArray], pa.ChunkedArray | None]] = {
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "zoned": _zoned,
    "time": _time,
}


def _starts(numbers: pa.ChunkedArray, first: int) -> bool:
    return bool(pc.min(numbers).as_py() >= first)


def _all(mask: pa.ChunkedArray) -> bool:
    return pc.all(mask).as_py() is not False  # missing cells do not count


def _any(mask: pa.ChunkedArray) -> bool:
    return pc.any(mask).as_py() is True
