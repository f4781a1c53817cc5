"""Physical columns as ordered floats and back: units, zones, grids and types.

Numbers become float64 (large integers relative to an offset, so that nothing beyond 2^53 is lost), dates a day number,
times microseconds of the day, and date-times both, in local wall-clock time, since habits follow the clock on the wall.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.entities import first_subjects
from synth.data.metadata import Column, ColumnType

Floats = npt.NDArray[np.float64]

DAY_US = 86_400_000_000
"""Microseconds of a day."""

FIRST_DAY, LAST_DAY = (dt.date.min - dt.date(1970, 1, 1)).days, (dt.date.max - dt.date(1970, 1, 1)).days
"""Days of 0001-01-01 and 9999-12-31, counted from 1970-01-01."""

NANO_DAYS = 106_751
"""Days that fit a nanosecond timestamp on either side of 1970-01-01."""


def part_suffixes(column: Column) -> tuple[str, ...]:
    """Names of a column's ordered parts, to append to the column's own."""
    return (":day", ":time") if column.type is ColumnType.DATETIME else ("",)


def offset_of(array: pa.ChunkedArray, column: Column) -> int:
    """A round number near the values of an integer column that floats could not hold exactly; else 0."""
    if column.type is not ColumnType.INTEGER or not pat.is_integer(array.type):
        return 0
    low, high = pc.min_max(array).as_py().values()
    if low is None or max(abs(low), abs(high)) < 2**53:
        return 0
    return int((low + high) // 2) >> 40 << 40  # coarse on purpose: it must not tell a bound


def to_floats(array: pa.ChunkedArray, column: Column, offset: int = 0) -> tuple[Floats, ...]:
    """The column's ordered parts, each float64 of shape (n,), NaN for missing and for values that are not finite."""
    if pat.is_null(array.type):
        return tuple(np.full(len(array), np.nan) for _ in part_suffixes(column))
    if column.type is ColumnType.DATETIME:
        return _datetime_parts(array)
    if column.type is ColumnType.DATE:
        return (_numpy(array.cast(pa.date32()).cast(pa.int32())),)
    if column.type is ColumnType.TIME:
        return (_numpy(array.cast(pa.time64("us"), safe=False).cast(pa.int64())),)
    if offset:
        array = pc.subtract(array.cast(pa.decimal128(20, 0)), pa.scalar(Decimal(offset), pa.decimal128(20, 0)))
    values = _numpy(array)
    values[~np.isfinite(values)] = np.nan
    return (values,)


def from_floats(parts: tuple[Floats, ...], column: Column, offset: int = 0) -> pa.Array:
    """The inverse of `to_floats`, after snapping to the column's grid and clipping to its declared bounds and type."""
    kind = column.arrow_type
    if pat.is_null(kind):
        return pa.nulls(len(parts[0]))
    if column.type is ColumnType.DATETIME:
        return _datetime_array(parts, column, kind)
    missing = np.isnan(parts[0])
    if column.type is ColumnType.DATE:
        days = np.clip(_on_grid(_clipped(parts[0], column), column.step or 1.0), FIRST_DAY, LAST_DAY)
        return pa.array(np.where(missing, 0, days).astype(np.int32), mask=missing).cast(pa.date32()).cast(kind)
    if column.type is ColumnType.TIME:
        step = (column.step or 1e-6) * 1e6
        micros = np.clip(_on_grid(_clipped(parts[0], column), step), 0, DAY_US - 1)
        return _typed(np.where(missing, 0, micros).astype(np.int64), missing, pa.time64("us"), kind)
    values = _clipped(parts[0], column, offset)
    if column.type is ColumnType.INTEGER:
        return _integers(_on_grid(values, column.step or 1.0), missing, kind, offset)
    return _decimals(_on_grid(values, column.step), missing, kind)


def codes_of(column: Column, offset: int = 0) -> Floats:
    """The numbers that stand for a missing cell, as `to_floats` gives them."""
    codes = [value for value in column.missing_values if isinstance(value, int | float)]
    return np.array([float(code - offset) for code in codes]) if column.type in _NUMBERS else np.empty(0)


_NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL)


def within_seen(column: Column, array: pa.ChunkedArray, entities: npt.NDArray[np.int64], k: int) -> Column:
    """A datetime column with bounds: means of the moments of the k first and the k last subjects, or those declared.

    Day and time of day are drawn apart, and could together lead beyond what was seen; other types keep inside anyway.
    """
    if column.type is not ColumnType.DATETIME or pat.is_null(array.type):
        return column
    day, time = _datetime_parts(array)
    micros, present = day * DAY_US + np.nan_to_num(time), ~np.isnan(day)
    order = np.flatnonzero(present)[np.argsort(micros[present], kind="stable")]
    ends = {"minimum": first_subjects(order, entities, k), "maximum": first_subjects(order[::-1], entities, k)}
    step_us = max(round((column.step or 1e-6) * 1e6), 1)
    update = {}
    for name, rows in ends.items():
        if len(rows) and getattr(column, name) is None:
            total = int(day[rows].sum()) * DAY_US + int(np.nan_to_num(time)[rows].sum())  # floats would lose digits
            mean = round(total // len(rows) / step_us) * step_us if step_us > 1 else total // len(rows)
            update[name] = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=mean)
    return column.model_copy(update=update)


def _numpy(array: pa.ChunkedArray) -> Floats:
    values: Floats = pc.cast(array, pa.float64(), safe=False).fill_null(np.nan).to_numpy().astype(np.float64)
    return values


def _on_grid(values: Floats, step: float | None) -> Floats:
    """Nearest multiples of `step`; decimal steps by decimal rounding, so that 0.3 comes back as 0.3."""
    if step is None:
        return values
    decimals = round(-np.log10(step))
    if decimals >= 0 and np.isclose(step, 10.0**-decimals, rtol=1e-9):
        return np.round(values, decimals)
    return np.round(np.round(values / step) * step, 12)


def _clipped(values: Floats, column: Column, offset: int = 0) -> Floats:
    low, high = (_as_float(bound, offset) for bound in (column.minimum, column.maximum))
    if low is None and high is None:
        return values
    return np.clip(values, low, high)


def _as_float(bound: object, offset: int) -> float | None:
    if bound is None:
        return None
    if isinstance(bound, dt.datetime):
        raise TypeError("bounds of date-times are applied by _datetime_array")
    if isinstance(bound, dt.date):
        return float((bound - dt.date(1970, 1, 1)).days)
    if isinstance(bound, dt.time):
        return ((bound.hour * 60 + bound.minute) * 60 + bound.second) * 1e6 + bound.microsecond
    return float(int(bound) - offset) if offset else float(bound)  # type: ignore[call-overload, arg-type]


def _integers(values: Floats, missing: npt.NDArray[np.bool_], kind: pa.DataType, offset: int) -> pa.Array:
    if not pat.is_integer(kind):  # whole numbers that the file holds as floats or decimals
        return _decimals(values, missing, kind)
    info = np.iinfo(kind.to_pandas_dtype())
    whole = np.where(missing, 0.0, values)
    if not offset:
        limit = float(2**53)
        whole = np.clip(whole, max(float(info.min), -limit), min(float(info.max), limit))
        return _typed(whole.astype(np.int64), missing, pa.int64(), kind)
    exact = [min(max(int(value) + offset, int(info.min)), int(info.max)) for value in whole.tolist()]
    return pa.array(exact, kind, mask=missing)


def _decimals(values: Floats, missing: npt.NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    array = pa.array(np.where(missing, 0.0, values), mask=missing)
    if pat.is_decimal(kind):
        limit = 10.0 ** (kind.precision - kind.scale) - 1
        array = pc.round(pc.max_element_wise(pc.min_element_wise(array, limit), -limit), kind.scale)
        return array.cast(pa.decimal128(38, kind.scale), safe=False).cast(kind)
    return array.cast(kind, safe=False)


def _typed(
    values: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_], via: pa.DataType, kind: pa.DataType
) -> pa.Array:
    array = pa.array(values, mask=missing)
    return (array if via == pa.int64() else array.cast(via)).cast(kind, safe=False)


def _datetime_parts(array: pa.ChunkedArray) -> tuple[Floats, Floats]:
    local = pc.local_timestamp(array) if array.type.tz else array
    micros = local.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    missing = micros.is_null().to_numpy()
    whole = micros.fill_null(0).to_numpy()
    day, time = np.divmod(whole, DAY_US)
    return np.where(missing, np.nan, day), np.where(missing, np.nan, time)


def _datetime_array(parts: tuple[Floats, ...], column: Column, kind: pa.DataType) -> pa.Array:
    """Day and time of day together again; wall-clock times that a zone skips or repeats become the earlier instant."""
    day, time = parts
    missing = np.isnan(day)
    limit = NANO_DAYS if kind.unit == "ns" else LAST_DAY
    days = np.clip(np.round(np.where(missing, 0, day)), max(FIRST_DAY, -limit), limit - 1).astype(np.int64)
    step_us = max(round((column.step or 1e-6) * 1e6), 1)
    filled = np.clip(np.nan_to_num(time), 0, DAY_US - 1).astype(np.int64)
    micros = np.round((days * DAY_US + filled) / step_us).astype(np.int64) * step_us
    array = pa.array(_bounded(micros, column), mask=missing).cast(pa.timestamp("us"))
    if kind.tz:
        array = pc.assume_timezone(array, kind.tz, ambiguous="earliest", nonexistent="earliest")
    return array.cast(kind, safe=False)


def _bounded(micros: npt.NDArray[np.int64], column: Column) -> npt.NDArray[np.int64]:
    for bound, clip in ((column.minimum, np.maximum), (column.maximum, np.minimum)):
        if isinstance(bound, dt.datetime):
            naive = bound.replace(tzinfo=None)
            micros = clip(micros, (naive - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1))
    return micros
