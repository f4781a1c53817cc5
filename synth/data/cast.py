"""Changing the physical type of a column without changing what its values mean."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_number, is_text
from synth.data.infer import without_markers


def as_type(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """The cells as another type, or None where there is no conversion that keeps their meaning.

    Text is read as numbers, truth values (true, false, 1, 0), and ISO 8601 dates and times. Numbers 0 and 1 and truth
    values stand for each other. A datetime without a zone is the wall clock of the zone that it is given, and the other
    way round. Floats and truth values do not become text: "1.50" and "TRUE" would not come back.

    Raises:
        pyarrow.ArrowInvalid: some cell has no such form, or would change; see `count_failures`.
    """
    source = cells.type
    if source == kind:
        return cells
    if cells.null_count == len(cells):
        return pa.chunked_array([pa.nulls(len(cells), kind)])
    if is_text(source):
        return cells.cast(kind) if is_text(kind) else _from_text(without_markers(cells), kind)
    tests = ((convert, is_source(source) and is_target(kind)) for is_source, is_target, convert in _CONVERSIONS)
    convert = next((convert for convert, fits in tests if fits), None)
    return None if convert is None else convert(cells, kind)


def count_failures(cells: pa.ChunkedArray, kind: pa.DataType) -> int:
    """How many cells `as_type` cannot convert; slow, for messages."""
    counts = zip(*cells.drop_null().value_counts().flatten(), strict=True)
    return sum(count.as_py() for value, count in counts if _fails(value, kind))


def _fails(value: pa.Scalar, kind: pa.DataType) -> bool:
    try:
        as_type(pa.chunked_array([pa.array([value])]), kind)
    except pa.ArrowInvalid:
        return True
    return False


def _from_text(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pat.is_boolean(kind):
        return pc.utf8_lower(cells).cast(kind)
    if pat.is_time(kind):
        return pc.binary_join_element_wise("1970-01-01", cells, "T").cast(pa.timestamp("us")).cast(kind)
    if pat.is_timestamp(kind) and kind.tz and not _any(pc.match_substring_regex(cells, _UTC_OFFSET)):
        return _between_zones(cells.cast(pa.timestamp(kind.unit)), kind)
    if pat.is_null(kind):
        return _checked(pa.chunked_array([pa.nulls(len(cells))]), cells.null_count == len(cells))
    return _from_number(cells, kind)


_UTC_OFFSET = r"[ T].*(Z|[+-]\d\d(:?\d\d)?)$"


def _from_number(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pat.is_integer(cells.type) and pat.is_decimal(kind):
        cells = cells.cast(pa.decimal256(60, max(kind.scale, 0)))  # Arrow wants room for every possible integer
    numbers = cells.cast(kind)
    return _checked(numbers, not pat.is_floating(kind) or not _any(pc.is_inf(numbers)))


def _kept(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """For conversions that Arrow rounds without a word: they must lead back to the same cells."""
    changed = cells.cast(kind)
    return _checked(changed, not _any(pc.not_equal(changed.cast(cells.type), cells)))


def _between_zones(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if cells.type.tz and not kind.tz:
        return pc.local_timestamp(cells).cast(kind)
    if kind.tz and not cells.type.tz:  # the hour that clocks skip or repeat has no better answer than the earlier one
        local = cells.cast(pa.timestamp(kind.unit))
        return pc.assume_timezone(local, kind.tz, ambiguous="earliest", nonexistent="earliest")
    return cells.cast(kind)


def _from_date(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return _between_zones(cells.cast(pa.timestamp(kind.unit)), kind)


def _to_date(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return _kept(pc.local_timestamp(cells) if cells.type.tz else cells, kind)


def _plainly(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return cells.cast(kind)


def _is_exact(kind: pa.DataType) -> bool:
    return bool(pat.is_integer(kind) or pat.is_decimal(kind) or pat.is_date(kind))


_Test = Callable[[pa.DataType], bool]
_CONVERSIONS: tuple[tuple[_Test, _Test, Callable[[pa.ChunkedArray, pa.DataType], pa.ChunkedArray]], ...] = (
    (is_number, is_number, _from_number),
    (is_number, pat.is_boolean, _kept),
    (pat.is_boolean, is_number, _plainly),
    (_is_exact, is_text, _plainly),
    (pat.is_date, pat.is_date, _plainly),
    (pat.is_time, pat.is_time, _plainly),
    (pat.is_timestamp, pat.is_timestamp, _between_zones),
    (pat.is_date, pat.is_timestamp, _from_date),
    (pat.is_timestamp, pat.is_date, _to_date),
)


def _checked(result: pa.ChunkedArray, holds: bool) -> pa.ChunkedArray:
    if not holds:
        raise pa.ArrowInvalid("some cells would change")
    return result


def _any(mask: pa.ChunkedArray) -> bool:
    return pc.any(mask).as_py() is True
