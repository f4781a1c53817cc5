"""The values of rules' expressions, row by row, as numbers or as Arrow arrays; missing where they have none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.metadata import Table
from synth.data.rules import Call, ColumnRef, Constant, Expression

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


def numbers(expression: Expression, table: pa.Table, spec: Table) -> Numbers:
    """The values of an expression: truth values as 0 and 1, dates in days, times and datetimes in seconds."""
    if isinstance(expression, ColumnRef):
        values = as_numbers(table[expression.column])
        return Numbers(values, np.abs(values))
    if isinstance(expression, Constant):
        values = np.full(table.num_rows, constant_number(expression.value))
        return Numbers(values, np.abs(values))
    parts = [numbers(part, table, spec) for part in expression.of]
    return _call(expression, parts)


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


def constant_number(value: bool | float | str) -> float:
    """A constant as `numbers` has it; not a number for other texts."""
    if not isinstance(value, str):
        return float(value)
    moment = iso(value)
    if isinstance(moment, datetime):
        return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    if isinstance(moment, date):
        return float((moment - date(1970, 1, 1)).days)
    if isinstance(moment, time):
        return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return float("nan")


def iso(text: str) -> date | datetime | time | str:
    """ISO text as what it says; other text stays."""
    for read in (date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text


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
    try:
        return value.cast(kind) if isinstance(value, pa.Scalar) else pa.scalar(value, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None


def _wall_clock(naive: pa.Scalar, kind: pa.DataType) -> pa.Scalar:
    """A moment without a zone as the clock on the wall of the cells' zone shows it."""
    if kind.tz:
        naive = pc.assume_timezone(naive, kind.tz, ambiguous="earliest", nonexistent="earliest")
    return naive.cast(kind, safe=False)
