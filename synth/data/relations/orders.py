"""Columns of one kind in a fixed order: start before end, part below whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from synth.data.relations.cells import Cells, Floats
from synth.data.rules import ColumnRef, ComparisonRule

_OVERLAP = 0.1
"""Share of pairs of unrelated rows that break the order; below it the columns are simply of different size."""

MAX_ORDERS = 12
"""Most orders of numbers in a table; those that chance explains least are kept."""

MIN_ROWS = 100


def orders_of(cells: Cells, implied: set[tuple[str, str]]) -> Iterator[tuple[ComparisonRule, int, int]]:
    """Rules a <= b with the rows that break them and the rows that were checked; `implied` pairs are left out.

    Were the columns independent, all n rows would keep the order with probability (1 - overlap)^n, which for 100 rows
    is below 3e-5, and they must also rise together.
    """
    for group in (cells.moments, cells.numbers):
        found: dict[tuple[str, str], tuple[float, int, int]] = {}
        for low, x in group.items():
            for high, y in group.items():
                if low != high and (low, high) not in implied and (result := _order(cells, low, high, x, y)):
                    found[low, high] = result
        kept = [pair for pair in found if not _follows(pair, found)]
        kept = sorted(kept, key=lambda pair: -found[pair][0])[:MAX_ORDERS]
        for low, high in kept:
            rule = ComparisonRule(left=ColumnRef(column=low), op="<=", right=ColumnRef(column=high))
            yield rule, *found[low, high][1:]


def _order(cells: Cells, low: str, high: str, x: Floats, y: Floats) -> tuple[float, int, int] | None:
    if cells.spec.columns[low].type is not cells.spec.columns[high].type:
        return None
    a, b = x[cells.sample], y[cells.sample]
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < MIN_ROWS or np.mean(a[both] > b[both]) > 0.01 or len(np.unique(a[both])) <= 2:
        return None
    overlap = float(np.mean(a[both] > np.roll(np.sort(b[both]), len(b[both]) // 2)))
    overlap = max(overlap, float(np.mean(np.random.default_rng(0).permutation(a[both]) > b[both])))
    if overlap < _OVERLAP or np.corrcoef(_ranks(a[both]), _ranks(b[both]))[0, 1] < 0.3:
        return None
    both = ~np.isnan(x) & ~np.isnan(y)
    broken = int((x[both] > y[both]).sum())
    return (overlap, broken, int(both.sum())) if broken <= both.sum() / 100 else None


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def _follows(pair: tuple[str, str], found: Mapping[tuple[str, str], object]) -> bool:
    low, high = pair
    return any(
        (low, middle) in found and (middle, high) in found for middle in {b for a, b in found if a == low} - {high}
    )
