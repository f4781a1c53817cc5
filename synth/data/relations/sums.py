"""Columns that are a sum, a difference, a product or a ratio of others.

Columns are taken from the smallest to the largest; each either is new, or hangs linearly on those before it. As those
are independent of each other, its coefficients are unique, and a total is told from its parts. Products and ratios are
the same in logarithms. What the sample suggests is checked on every row, within the rounding that the cells show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from synth.data.relations.cells import Cells, Floats
from synth.data.relations.functions import MIN_ROWS, _is_telling, _tolerance, _ulps
from synth.data.rules import Call, ColumnRef, Expression, FormulaRule, SumRule

MAX_PARTS = 6
_NEAR = 0.02
"""How far a coefficient of the sample may be from a whole number; the check on all rows decides."""


def sums_of(cells: Cells, barred: set[str]) -> Iterator[tuple[SumRule | FormulaRule, int, int]]:
    """Rules with the number of rows that break them, and that were checked; `barred` columns take no part."""
    values = {name: x for name, x in cells.numbers.items() if name not in barred and _is_telling(x)}
    results: set[str] = set()
    for name, coefficients in _dependent(values, cells):
        rule = _sum_rule(cells, name, coefficients)
        if rule is not None and (checked := _check_sum(cells, name, coefficients)) is not None:
            results.add(name)
            yield rule, *checked
    positive = {name: np.log(x) for name, x in values.items() if name not in results and np.nanmin(x) > 0}
    for name, coefficients in _dependent(positive, cells):
        product = _product(cells, name, coefficients)
        if product is not None:
            results.add(name)
            yield product


def _dependent(values: Mapping[str, Floats], cells: Cells) -> Iterator[tuple[str, dict[str, float]]]:
    """Columns that hang on smaller ones, with coefficients near whole numbers."""
    names = sorted(values, key=lambda name: float(np.nanmean(np.abs(values[name]))))
    rows = cells.sample
    complete = ~np.any([np.isnan(values[name][rows]) for name in names], axis=0) if names else np.zeros(0, bool)
    if complete.sum() < max(MIN_ROWS, 2 * len(names)):
        names = [name for name in names if np.isnan(values[name][rows]).mean() < 0.05]
        complete = ~np.any([np.isnan(values[n][rows]) for n in names], axis=0) if names else np.zeros(0, bool)
        if complete.sum() < max(MIN_ROWS, 2 * len(names)):
            return
    basis: list[str] = []
    for name in names:
        y = values[name][rows][complete]
        y = y - y.mean()
        scale = np.abs(y).max()
        if scale == 0:
            continue
        if basis:
            x = np.stack([values[b][rows][complete] for b in basis], axis=1)
            x = x - x.mean(axis=0)
            size = np.abs(x).max(axis=0)
            solution = np.linalg.lstsq(x / size, y / scale, rcond=None)[0]
            residual = np.abs(y / scale - x / size @ solution)
            if np.quantile(residual, 0.98) < _ROUGH:
                yield name, dict(zip(basis, (solution * scale / size).tolist(), strict=True))
                continue
        basis.append(name)


_ROUGH = 0.005
"""Residual, as a share of the largest value, below which a column is a candidate; rounded amounts reach it."""


def _whole(coefficients: Mapping[str, float]) -> dict[str, int] | None:
    """Coefficients of +1 and -1 for two to `MAX_PARTS` columns, or None."""
    near = {name: round(c) for name, c in coefficients.items()}
    if any(abs(c - near[name]) > _NEAR for name, c in coefficients.items()):
        return None
    used = {name: c for name, c in near.items() if c}
    fits = 2 <= len(used) <= MAX_PARTS and all(abs(c) == 1 for c in used.values())
    return used if fits else None


def _sum_rule(cells: Cells, name: str, coefficients: Mapping[str, float]) -> SumRule | FormulaRule | None:
    used = _whole(coefficients)
    if used is None:
        return None
    parts = [n for n in cells.numbers if used.get(n) == 1]
    minus = [n for n in cells.numbers if used.get(n) == -1]
    slack = sum((cells.rounding(n) for n in used), cells.rounding(name))
    tolerance = _tolerance(cells, name, slack[~np.isnan(slack)])
    if not minus:
        return SumRule(total=name, parts=tuple(parts), tolerance=tolerance)
    if not parts:
        return None
    left: Expression = _added(parts)
    return FormulaRule(column=name, equals=Call(op="subtract", of=(left, _added(minus))), tolerance=tolerance)


def _added(names: list[str]) -> Expression:
    refs = tuple(ColumnRef(column=name) for name in names)
    return refs[0] if len(refs) == 1 else Call(op="add", of=refs)


def _check_sum(cells: Cells, name: str, coefficients: Mapping[str, float]) -> tuple[int, int] | None:
    used = _whole(coefficients) or {}
    value = sum(c * cells.numbers[n] for n, c in used.items())
    slack = sum((cells.rounding(n) for n in used), cells.rounding(name))
    held = cells.numbers[name]
    both = ~np.isnan(held) & ~np.isnan(value)
    broken = both & (np.abs(held - value) > slack + _ulps(np.asarray(value)))
    return (int(broken.sum()), int(both.sum())) if broken.sum() <= both.sum() / 100 else None


def _product(cells: Cells, name: str, coefficients: Mapping[str, float]) -> tuple[FormulaRule, int, int] | None:
    used = _whole(coefficients)
    if used is None or len(used) > 3:
        return None
    times, over = ([n for n, c in used.items() if c == sign] for sign in (1, -1))
    if not times:
        return None
    top, bottom = (np.prod([cells.numbers[n] for n in names], axis=0) for names in (times, over))
    with np.errstate(all="ignore"):
        value = top / bottom if over else top
    held, slack = cells.numbers[name], cells.rounding(name)
    both = ~np.isnan(held) & np.isfinite(value)
    broken = both & (np.abs(held - value) > slack + _ulps(value))
    if both.sum() < MIN_ROWS or broken.sum() > both.sum() / 100:
        return None
    expression = _multiplied(times)
    expression = Call(op="divide", of=(expression, _multiplied(over))) if over else expression
    rule = FormulaRule(column=name, equals=expression, tolerance=_tolerance(cells, name, slack[both]))
    return rule, int(broken.sum()), int(both.sum())


def _multiplied(names: list[str]) -> Expression:
    refs = tuple(ColumnRef(column=name) for name in names)
    return refs[0] if len(refs) == 1 else Call(op="multiply", of=refs)
