"""The grid that the values of a column lie on: cents, hundreds, whole hours."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

_MAX_DECIMALS = 9
_SAMPLE_ROWS = 1000
_MIN_DISTINCT = 20
"""Distinct values that a grid other than decimals must show. Fewer could share a divisor by chance (20 values share an
uneven one with probability below 3^-20), and a divisor of few values would tell what they are."""

_TIME_STEPS_S = (86400, 43200, 21600, 3600, 1800, 900, 600, 300, 60, 30, 15, 10, 5, 1, 0.1, 0.01, 0.001)
_TICKS_PER_S = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def step_of(column: pa.ChunkedArray) -> float | None:
    """The largest step whose multiples all values are, counted from 0 (for times from midnight, 1970-01-01).

    Args:
        column: numbers, dates or times; missing cells do not count.

    Returns:
        In the column's unit, for dates in days and for times in seconds; None where there is no grid beyond what the
        physical type has anyway (whole numbers, whole days, microseconds), or too few values to tell one.
    """
    kind, values = column.type, column.drop_null()
    if len(values) == 0:
        return None
    if pat.is_integer(kind):
        return _whole_step(values.cast(pa.int64(), safe=False).to_numpy())
    if pat.is_date(kind):
        return _whole_step(values.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64))
    if pat.is_timestamp(kind) or pat.is_time(kind):
        ticks = values.cast(pa.int32() if pat.is_time32(kind) else pa.int64()).to_numpy().astype(np.int64)
        return _time_step(ticks, _TICKS_PER_S[kind.unit])
    if pat.is_decimal(kind):
        return float(Fraction(1, 10**kind.scale)) if kind.scale > 0 else None
    return _decimal_step(values.to_numpy()) if pat.is_floating(kind) else None


def _whole_step(values: npt.NDArray[np.int64]) -> float | None:
    divisor = _divisor(values)
    return float(divisor) if divisor > 1 and _are_many(values) else None


def _time_step(ticks: npt.NDArray[np.int64], per_second: int) -> float | None:
    divisor = _divisor(ticks)
    fits = (step for step in _TIME_STEPS_S if divisor % max(round(step * per_second), 1) == 0)
    step = next(fits, None)
    return None if step is None or step * per_second <= 1 else float(step)


def _decimal_step(values: npt.NDArray[np.floating]) -> float | None:
    decimals = _decimals(values)
    if decimals is None:
        return None
    scaled = np.rint(values.astype(np.float64) * 10.0**decimals)
    if np.abs(scaled).max() >= 2.0**53:
        return float(Fraction(1, 10**decimals))
    whole = scaled.astype(np.int64)
    divisor = _divisor(whole)
    return float(Fraction(divisor if divisor > 1 and _are_many(whole) else 1, 10**decimals))


def _decimals(values: npt.NDArray[np.floating]) -> int | None:
    """The fewest decimal places that give every value back; None where `_MAX_DECIMALS` do not.

    Nor where the places are as fine as the floats themselves, since then any float is a multiple of them.
    """
    finest = 16 * float(np.spacing(np.abs(values).max()))
    for decimals in range(_MAX_DECIMALS + 1):
        if 10.0**-decimals <= finest:
            return None
        if all(_are_rounded(part, decimals) for part in (values[:_SAMPLE_ROWS], values)):
            return decimals
    return None


def _are_rounded(values: npt.NDArray[np.floating], decimals: int) -> bool:
    """True also where sums or products left the last bits astray, as in 7 * 0.01."""
    rounded = np.round(values.astype(np.float64), decimals).astype(values.dtype)
    return bool(np.all(np.abs(rounded - values) <= 2 * np.spacing(np.abs(values))))


def significant_digits(values: npt.NDArray[np.floating]) -> int:
    """The fewest of 6, 7 and 8 significant digits that give every value back; 0 where 8 do not, or there are none.

    Files printed from single precision show 7.
    """
    return next((d for d in (6, 7, 8) if len(values) and np.array_equal(to_digits(values, d), values)), 0)


def to_digits(values: npt.NDArray[np.floating], digits: int) -> npt.NDArray[np.float64]:
    """Values rounded to so many significant digits, each the float nearest to its decimal."""
    with np.errstate(all="ignore"):
        places = digits - 1 - np.floor(np.log10(np.abs(values)))
        up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
        found = np.round(values * up / down) * down / up
    return np.where(np.isfinite(found), found, values)


def _divisor(values: npt.NDArray[np.int64]) -> int:
    """Greatest common divisor; a sample that has none but 1 settles it."""
    divisor = int(np.gcd.reduce(values[:_SAMPLE_ROWS]))
    return divisor if divisor == 1 else int(np.gcd.reduce(values))


def _are_many(values: npt.NDArray[np.int64]) -> bool:
    return bool(pc.count_distinct(pa.array(values)).as_py() >= _MIN_DISTINCT)
