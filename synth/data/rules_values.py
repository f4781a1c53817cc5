"""The values of rules' expressions, row by row, as numbers or as Arrow arrays; missing where they have none.

Dates beside datetimes are their midnights, and moments beside wall-clock time are what the clock on the wall shows;
text constants are read as the dates and times that they stand beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_number, is_text
from synth.data.metadata import Table
from synth.data.rules import Call, ColumnRef, Constant, Expression, iso

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Numbers:
    """An expression's values as numbers.

    Attributes:
        values: shape (n_rows,); NaN where missing.
        scale: size of the largest term behind each value, for the rounding that floats cannot avoid.
    """

    values: Floats
    scale: Floats

    @property
    def missing(self) -> Mask:
        """Where there is no value."""
        return np.isnan(self.values)


def missing_as_null(table: pa.Table, spec: Table, names: Iterable[str], *, codes: bool = True) -> pa.Table:
    """The table with null in these columns for what is not a number, and for numbers that stand for a missing cell.

    Args:
        table: rows.
        spec: the table's metadata.
        names: columns that are looked at.
        codes: whether `Column.missing_values` become null too.
    """
    for name in names:
        cells = table[name]
        blanks = [pc.is_nan(cells)] if pat.is_floating(cells.type) else []
        if codes and is_number(cells.type):
            held = [scalar(value, cells.type) for value in spec.columns[name].missing_values]
            values = pa.array([code.as_py() for code in held if code is not None], cells.type)
            blanks += [pc.is_in(cells, value_set=values)] if len(values) else []
        for blank in blanks:
            if pc.any(blank).as_py():
                cells = pc.if_else(blank, pa.scalar(None, cells.type), cells)
                table = table.set_column(table.column_names.index(name), name, cells)
    return table


def numbers(expression: Expression, table: pa.Table, spec: Table, beside: pa.DataType | None = None) -> Numbers:
    """The values of an expression: truth values as 0 and 1, dates in days, times and datetimes in seconds.

    Args:
        expression: of columns of the table.
        table: rows.
        spec: the table's metadata.
        beside: the type of the dates or times that the value meets, see `meeting`.
    """
    if isinstance(expression, ColumnRef):
        values = as_numbers(_as_beside(table[expression.column], beside))
        return Numbers(values, np.abs(values))
    if isinstance(expression, Constant):
        values = np.full(table.num_rows, constant_number(expression.value, beside))
        return Numbers(values, np.abs(values))
    own = meeting(expression.of, table) or (beside if expression.op in _KEEPS_TIME else None)
    parts = [numbers(part, table, spec, own) for part in expression.of]
    return _call(expression, parts)


_KEEPS_TIME = {"add", "maximum", "minimum"}


def meeting(sides: Sequence[Expression], table: pa.Table) -> pa.DataType | None:
    """The one type in which dates and times that meet are counted; None where there are none."""
    kinds = [kind for side in sides if (kind := _temporal(side, table)) is not None]
    stamps = [kind for kind in kinds if pat.is_timestamp(kind)]
    if not stamps:
        return kinds[0] if kinds else None
    is_zoned = len(stamps) == len(kinds) and all(kind.tz for kind in stamps)
    return stamps[0] if is_zoned else pa.timestamp("us")


def _temporal(expression: Expression, table: pa.Table) -> pa.DataType | None:
    """The type of the date or time that an expression is, if it is one."""
    if isinstance(expression, ColumnRef):
        kind = table.schema.field(expression.column).type
        return kind if pat.is_temporal(kind) else None
    if isinstance(expression, Constant):
        return None
    if expression.op in _KEEPS_TIME:
        return meeting(expression.of, table)
    moved, by = (_temporal(part, table) for part in expression.of) if expression.op == "subtract" else (None, None)
    is_difference = by is not None or (len(expression.of) == 2 and _is_text_constant(expression.of[1]))
    return None if is_difference else moved


def _is_text_constant(expression: Expression) -> bool:
    return isinstance(expression, Constant) and isinstance(expression.value, str)


def _as_beside(cells: pa.ChunkedArray, beside: pa.DataType | None) -> pa.ChunkedArray:
    kind = cells.type
    if beside is None or not pat.is_timestamp(beside) or not (pat.is_date(kind) or pat.is_timestamp(kind)):
        return cells
    if pat.is_date(kind):
        return cells.cast(pa.timestamp("us"))
    return pc.local_timestamp(cells) if kind.tz and not beside.tz else cells


def _call(call: Call, parts: list[Numbers]) -> Numbers:
    with np.errstate(all="ignore"):
        values = _FUNCTIONS[call.op]([part.values for part in parts])
    values = np.where(np.isfinite(values), values, np.nan)
    largest = reduce(np.fmax, [part.scale for part in parts]) if call.op in _ADDITIVE else np.abs(values)
    return Numbers(values, np.fmax(largest, np.abs(values)))


_ADDITIVE = {"add", "subtract", "negate", "absolute", "maximum", "minimum", "round", "floor"}

_FUNCTIONS: Mapping[str, Callable[[list[Floats]], Floats]] = {
    "absolute": lambda x: np.abs(x[0]),
    "exp": lambda x: np.exp(x[0]),
    "floor": lambda x: np.floor(x[0]),
    "log": lambda x: np.log(x[0]),
    "negate": lambda x: -x[0],
    "positive": lambda x: np.where(np.isnan(x[0]), np.nan, x[0] > 0),
    "round": lambda x: np.round(x[0]),
    "sqrt": lambda x: np.sqrt(x[0]),
    "divide": lambda x: x[0] / x[1],
    "power": lambda x: np.power(x[0], x[1]),
    "subtract": lambda x: x[0] - x[1],
    "add": lambda x: reduce(np.add, x),
    "multiply": lambda x: reduce(np.multiply, x),
    "maximum": lambda x: reduce(np.maximum, x),
    "minimum": lambda x: reduce(np.minimum, x),
}


def as_numbers(cells: pa.ChunkedArray) -> Floats:
    """Cells as numbers, NaN where missing; text has none."""
    kind = cells.type
    if is_text(kind) or pat.is_null(kind):
        return np.full(len(cells), np.nan)
    if pat.is_date(kind):
        cells, unit = cells.cast(pa.date32()).cast(pa.int32()), 1.0
    elif pat.is_time(kind):
        cells, unit = cells.cast(pa.time64("us"), safe=False).cast(pa.int64()), 1e6
    elif pat.is_timestamp(kind):
        cells, unit = cells.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64()), 1e6
    else:
        unit = 1.0
    values = pc.cast(cells, pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    return np.asarray(values, np.float64) / unit


def constant_number(value: bool | float | str, beside: pa.DataType | None = None) -> float:
    """A constant as `numbers` has it beside dates or times of a type; not a number for other texts."""
    if not isinstance(value, str):
        return float(value)
    if beside is not None:
        cell = scalar(value, beside)
        return float(as_numbers(pa.chunked_array([pa.array([cell], beside)]))[0])
    moment = iso(value)
    if isinstance(moment, datetime):
        return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    if isinstance(moment, date):
        return float((moment - date(1970, 1, 1)).days)
    if isinstance(moment, time):
        return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return float("nan")


def scalar(value: Any, kind: pa.DataType) -> pa.Scalar | None:
    """A constant in the type of the cells that it is compared with; None where it can equal none of them."""
    if value is None or pat.is_null(kind):
        return pa.scalar(None, kind)
    if isinstance(value, str) and not is_text(kind):
        value = iso(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = pa.scalar(value).cast(pa.timestamp("us", "UTC"))
        elif pat.is_timestamp(kind) and isinstance(value, date):
            return _wall_clock(pa.scalar(value).cast(pa.timestamp("us")), kind)
    if is_text(kind) and not isinstance(value, str):
        return None
    if isinstance(value, bool | int | float) and not pat.is_boolean(kind):
        return _number(value, kind)
    try:
        return value.cast(kind) if isinstance(value, pa.Scalar) else pa.scalar(value, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _number(value: bool | float, kind: pa.DataType) -> pa.Scalar | None:
    """A number that is the decimal which its shortest form writes: 0.1 is 0.1 in decimals and in single precision."""
    if pat.is_floating(kind):
        return pa.scalar(float(value)).cast(kind, safe=False)
    exactly = decimal_of(value)
    try:
        if pat.is_integer(kind):
            return pa.scalar(int(exactly), kind) if exactly == int(exactly) else None
        return pa.scalar(exactly, kind) if pat.is_decimal(kind) else None
    except (pa.ArrowException, OverflowError):
        return None


def decimal_of(value: bool | float) -> Decimal:
    """The decimal that the shortest form of a number writes."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(int(value))


def _wall_clock(naive: pa.Scalar, kind: pa.DataType) -> pa.Scalar:
    """A moment without a zone as the clock on the wall of the cells' zone shows it."""
    if kind.tz:
        naive = pc.assume_timezone(naive, kind.tz, ambiguous="earliest", nonexistent="earliest")
    return naive.cast(kind, safe=False)
