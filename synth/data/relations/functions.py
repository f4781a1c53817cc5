"""Columns that are a function of one other column: copies, logarithms, roots, indicators, unit conversions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from synth.data.relations.cells import Cells, Floats
from synth.data.rules import Call, ColumnRef, Constant, Expression, FormulaRule, Unary

MIN_ROWS = 20
"""Fewer rows prove nothing; chosen, not tuned."""

_VAGUE = 0.01
"""Where the rounding of the source moves the value by more than this share of the column's spread, it tells nothing."""

_LOOSE = 0.98
"""Share of sampled rows that a function must fit to be checked on all."""


@dataclass(frozen=True)
class Found:
    """A formula that fits, and on how many rows it was checked and broken."""

    rule: FormulaRule
    source: str
    exceptions: int
    checked: int


def _one(op: Unary, of: Expression) -> Expression:
    return Call(op=op, of=(of,))


_Build = Callable[[ColumnRef], Expression]
FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], _Build]] = {
    "copy": (lambda x: x, lambda c: c),
    "log": (np.log, lambda c: _one("log", c)),
    "log_at_least_1": (
        lambda x: np.log(np.maximum(x, 1)),
        lambda c: _one("log", Call(op="maximum", of=(Constant(value=1), c))),
    ),
    "log_1_plus": (np.log1p, lambda c: _one("log", Call(op="add", of=(Constant(value=1), c)))),
    "exp": (np.exp, lambda c: _one("exp", c)),
    "sqrt": (np.sqrt, lambda c: _one("sqrt", c)),
    "square": (np.square, lambda c: Call(op="multiply", of=(c, c))),
    "absolute": (np.abs, lambda c: _one("absolute", c)),
    "positive": (lambda x: np.where(np.isnan(x), np.nan, x > 0), lambda c: _one("positive", c)),
}
"""Simplest first; the first that fits counts."""


def functions_of(cells: Cells) -> list[Found]:
    """All formulas of one column that fit nearly all rows: those of most rows first, and of those the simplest.

    The chance that a column of at least `MIN_ROWS` rows beside its commonest value follows another by accident in every
    row is below 2^-20 a pair.
    """
    return sorted(_functions_of(cells), key=lambda found: (found.exceptions > 0, -found.checked))


def _functions_of(cells: Cells) -> Iterator[Found]:
    names = [name for name, values in cells.numbers.items() if _is_telling(values)]
    if len(names) < 2:
        return
    sampled = np.stack([cells.numbers[name][cells.sample] for name in names])
    slack = np.stack([cells.rounding(name)[cells.sample] for name in names])
    own = dict(zip(names, slack, strict=True))
    for label, (function, build) in FUNCTIONS.items():
        for source in names:
            with np.errstate(all="ignore"):
                wanted = function(cells.numbers[source][cells.sample])
            wanted = np.where(np.isfinite(wanted), wanted, np.nan)
            carried = _carried(function, cells.numbers[source][cells.sample], own[source])
            share = _fitting(sampled, wanted, slack, carried)
            for place in np.flatnonzero(share >= _LOOSE):
                name = names[place]
                if name == source:
                    continue
                if name != source and (
                    found := _checked(cells, name, source, function, build(ColumnRef(column=source)))
                ):
                    yield found
        if label == "copy":
            yield from _affine(cells, names, sampled, slack)


def _carried(function: Callable[[Floats], Floats], x: Floats, slack: Floats) -> Floats:
    """How far the rounding of the source moves the value; a step is not moved, for its source says where it stands."""
    if function is FUNCTIONS["positive"][0]:
        return np.zeros(len(x))
    with np.errstate(all="ignore"):
        moved = np.abs(function(x + slack) - function(x - slack)) / 2
    return np.where(np.isfinite(moved) & (slack > 0), moved, 0.0)


def _is_telling(values: Floats) -> bool:
    present = values[~np.isnan(values)]
    return bool(len(present) >= MIN_ROWS and np.unique(present, return_counts=True)[1].max() <= len(present) - MIN_ROWS)


def _fitting(sampled: Floats, wanted: Floats, slack: Floats, carried: Floats) -> Floats:
    both = ~np.isnan(sampled) & ~np.isnan(wanted) & (carried <= _VAGUE * np.nanstd(sampled, axis=1, keepdims=True))
    fits = np.abs(sampled - wanted) <= slack + carried + _ulps(wanted)
    shares = (fits & both).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
    return np.where(both.sum(axis=1) >= MIN_ROWS, shares, 0.0)


def _ulps(values: Floats) -> Floats:
    return np.asarray(np.abs(np.nan_to_num(values)) * np.finfo(np.float64).eps * 16)


def _checked(
    cells: Cells, name: str, source: str, function: Callable[[Floats], Floats], expression: Expression
) -> Found | None:
    held = cells.numbers[name]
    carried = _carried(function, cells.numbers[source], cells.rounding(source))
    slack = cells.rounding(name) + carried
    with np.errstate(all="ignore"):
        wanted = function(cells.numbers[source])
    wanted = np.where(np.isfinite(wanted), wanted, np.nan)
    both = ~np.isnan(held) & ~np.isnan(wanted) & (carried <= _VAGUE * np.nanstd(held))
    broken = both & (np.abs(held - wanted) > slack + _ulps(wanted))
    present = ~np.isnan(held) & ~np.isnan(cells.numbers[source])
    if both.sum() < max(MIN_ROWS, 0.99 * present.sum()) or not (_is_telling(held[both]) and _is_telling(wanted[both])):
        return None
    differ = both.sum() - np.unique(held[both], return_counts=True)[1].max()
    if broken.sum() > min(both.sum() / 100, differ / 20):
        return None
    rule = FormulaRule(column=name, equals=expression, tolerance=_tolerance(cells, name, slack[both]))
    return Found(rule, source, int(broken.sum()), int(both.sum()))


def _tolerance(cells: Cells, name: str, slack: Floats) -> float:
    """What the rule must allow beside half a step of the column: rounding to significant digits."""
    step = cells.spec.columns[name].step or 0.0
    beyond = float(slack.max(initial=0.0)) - step / 2
    return float(f"{beyond:.3g}") * 1.01 if beyond > 0 else 0.0


_ALIKE = 0.95
"""Least correlation of complete columns that may be on a line; a few rows off leave it far above."""


def _affine(cells: Cells, names: list[str], sampled: Floats, slack: Floats) -> Iterator[Found]:
    """Lines with a slope and a start of few digits, such as degrees or 1 - x; what has the finer grid is the source."""
    filled = np.where(np.isnan(sampled), np.nanmean(sampled, axis=1, keepdims=True), sampled)
    with np.errstate(all="ignore"):
        correlations: Floats = np.asarray(np.corrcoef(filled))
    alike = np.zeros((len(names), len(names)), bool)
    alike |= np.abs(correlations) > _ALIKE
    complete = [not np.isnan(row).any() for row in sampled]
    for i, source in enumerate(names):
        for j, name in enumerate(names):
            if i == j or not (alike[i, j] or not (complete[i] and complete[j])):
                continue
            line = _line(sampled[i], sampled[j], slack[j])
            if line is None or line == (1.0, 0.0):
                continue
            a, b = line
            term: Expression = ColumnRef(column=source)
            term = Call(op="multiply", of=(Constant(value=a), term)) if a not in {1.0, -1.0} else term
            term = Call(op="negate", of=(term,)) if a == -1.0 else term
            term = Call(op="add", of=(Constant(value=b), term)) if b else term
            if found := _checked(cells, name, source, partial(_on_line, a, b), term):
                yield found


def _on_line(slope: float, start: float, x: Floats) -> Floats:
    return slope * x + start


def _line(x: Floats, y: Floats, slack: Floats) -> tuple[float, float] | None:
    both = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    if len(both) < MIN_ROWS:
        return None
    low, high = both[np.argmin(x[both])], both[np.argmax(x[both])]
    if x[high] == x[low] or y[high] == y[low]:
        return None
    a = float(f"{(y[high] - y[low]) / (x[high] - x[low]):.6g}")
    b = float(f"{np.median(y[both] - a * x[both]):.6g}")
    fits = np.abs(y[both] - a * x[both] - b) <= slack[both] + _ulps(y[both])
    return (a, b) if fits.mean() >= _LOOSE else None
