"""Numbers and dates as people write them: thousands marks, decimal commas, dates with the day first.

A column is read so only where every cell fits one convention and at least one cell rules the others out; "1,234" alone
may be either, and 03/04/2020 too: such columns stay text.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_SAMPLE = 200
_MARKS = (
    (",", r"\."),
    (r"\.", ","),
    *((group, decimal) for group in (" ", "\u00a0", "\u202f", "'", "’") for decimal in (r"\.", ",")),
)
"""Thousands marks and the decimal marks that go with them, as patterns."""


def grouped_numbers(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Text as numbers where all cells share one convention of marks; floats, or integers where no cell has a decimal.

    Args:
        cells: text without surrounding space, null for missing.
    """
    for group, decimal in _MARKS:
        whole = rf"[+-]?([1-9]\d{{0,2}}({group}\d{{3}})+|0|[1-9]\d*)"
        if _all(cells, rf"^{whole}({decimal}\d+)?$") and _is_sure(cells, group, decimal):
            plain = pc.replace_substring_regex(cells, group, "")
            return _numbers(pc.replace_substring(plain, ",", "."))
    return None


def _is_sure(cells: pa.ChunkedArray, group: str, decimal: str) -> bool:
    """A cell with two groups, with both marks, or with a mark that can be nothing else."""
    if _any(cells, rf"{group}\d{{3}}({group}\d{{3}}|{decimal}\d)"):
        return True
    if group == ",":
        return False
    return _any(cells, r",\d{1,2}$|,\d{4,}$|^[+-]?0,") if group == r"\." else _any(cells, group)


def _numbers(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    kind = pa.float64() if _any(cells, r"\.") else pa.int64()
    try:
        return cells.cast(kind)
    except pa.ArrowInvalid:
        return None


_CLOCKS = (("", ""), (r"[ T]\d{1,2}:\d\d", " %H:%M"), (r"[ T]\d{1,2}:\d\d:\d\d", " %H:%M:%S"))
_DAY = r"\d{1,2}"


def written_dates(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Text as dates, or as datetimes to the second, where all cells share one form and its order of day and month.

    Forms: 31.12.2020, 31/12/2020, 12/31/2020, 31-12-2020, 2020/12/31, 2020.12.31, 2020年12月31日, each with a clock or
    without. Whether the day or the month is first is told by a number above 12; full stops put the day first.
    """
    for clock, clock_format in _CLOCKS:
        for form, formats in _forms():
            if _all(cells, f"^{form}{clock}$"):
                found = _read(cells, [f"{day}{clock_format}" for day in formats])
                return found if found is None or clock else found.cast(pa.date32())
    return None


def _forms() -> list[tuple[str, list[str]]]:
    year = r"\d{4}"
    return [
        (rf"{_DAY}\.{_DAY}\.{year}", ["%d.%m.%Y"]),
        (rf"{_DAY}/{_DAY}/{year}", ["%d/%m/%Y", "%m/%d/%Y"]),
        (rf"{_DAY}-{_DAY}-{year}", ["%d-%m-%Y", "%m-%d-%Y"]),
        (rf"{year}/{_DAY}/{_DAY}", ["%Y/%m/%d"]),
        (rf"{year}\.{_DAY}\.{_DAY}", ["%Y.%m.%d"]),
        (rf"{year}年{_DAY}月{_DAY}日", ["%Y年%m月%d日"]),
    ]


def _read(cells: pa.ChunkedArray, formats: list[str]) -> pa.ChunkedArray | None:
    """The moments, where exactly one of the formats reads every cell (or all that do agree)."""
    cells = pc.replace_substring_regex(cells, "T", " ")
    read = [moments for moments in (_parsed(cells, form) for form in formats) if moments is not None]
    return read[0] if len(read) == 1 or (read and all(other.equals(read[0]) for other in read)) else None


def _parsed(cells: pa.ChunkedArray, form: str) -> pa.ChunkedArray | None:
    moments = pc.strptime(cells, format=form, unit="us", error_is_null=True)
    if moments.null_count > cells.null_count:
        return None
    again = pc.strftime(moments, format="%d %m")  # strptime lets 31 June roll over on some platforms
    days = pc.replace_substring_regex(_day_and_month(cells, form), r"\b(\d)\b", r"0\1")
    return moments if pc.all(pc.equal(again, days)).as_py() is not False else None


def _day_and_month(cells: pa.ChunkedArray, form: str) -> pa.ChunkedArray:
    """The day and the month as written, in this order."""
    parts = r"^(\d+)\D(\d+)\D(\d+)"
    order = {"%d": r"\1 \2", "%m": r"\2 \1", "%Y": r"\3 \2"}[form[:2]]
    return pc.replace_substring_regex(pc.replace_substring_regex(cells, parts + r".*$", order), r"\D+$", "")


def _all(cells: pa.ChunkedArray, pattern: str) -> bool:
    head = pc.match_substring_regex(cells.slice(0, _SAMPLE), pattern)
    return pc.all(head).as_py() is not False and pc.all(pc.match_substring_regex(cells, pattern)).as_py() is not False


def _any(cells: pa.ChunkedArray, pattern: str) -> bool:
    return pc.any(pc.match_substring_regex(cells, pattern)).as_py() is True
