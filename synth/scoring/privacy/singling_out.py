"""Singling out: a predicate that fits one synthetic row fits exactly one person (WP29 05/2014, criterion 1).

Threat model: the attacker holds the synthetic file alone.
Statistic: predicates that fit one synthetic row are tried on train rows and on equally many unseen rows; success is
exactly one match. Excess risk (attack - control) / (1 - control), for predicates on one column (a value that occurs
once, the extremes) and on several columns (a random synthetic row, each number as "at least" or "at most").
Interval: delta method over the predicates that were made, never over those that were wanted.
Cost: predicates x rows; a few seconds.
Source: Giomi et al. (2023), https://arxiv.org/abs/2211.10459. Raw values are compared, never formatted text.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.scoring.columns import MISSING, numbers, shared_codes
from synth.scoring.privacy.matched import excess_measure, figure_of, matched, rates
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Ints, Samples, scored_columns
from synth.scoring.significance import Floats, excess
from synth.texts import say

TITLE = say("Singling out")
THREAT = say("Someone who holds only the synthetic file looks for descriptions that fit exactly one real person.")
ATTACKS = 2000
TRIES = 40_000
WIDTHS = (2, 3, 4, 5)
WIDER = (6, 7, 8)
"""Columns of a predicate: more where coarse columns leave too few that fit one row."""

Mask = NDArray[np.bool_]


def singling_out(samples: Samples) -> CheckResult:
    """Tries both kinds of predicates.

    Raises:
        NotScorableError: too few rows.
    """
    parts = matched(samples, synthetic=20_000)
    tables = (parts.synthetic, parts.train, parts.control)
    columns = [_values([table[name] for table in tables], samples.spec.columns[name].type.is_ordered)
               for name in scored_columns(samples.spec)]  # fmt: skip
    rng = samples.rng("singling out")
    measures = [
        _measure(say("one column"), _univariate(columns, rng)),
        _measure(say("several columns"), _multivariate(columns, rng)),
    ]
    known = [m for m in measures if m.value is not None]
    worst = max(known, key=lambda m: m.value or 0, default=measures[0])
    return CheckResult(figure=figure_of(worst), measures=tuple(measures))


def _values(columns: list[pa.ChunkedArray], ordered: bool) -> tuple[list[Floats], bool]:
    """Numbers with NaN for missing, or codes as numbers; equal where the raw values are."""
    if ordered:
        return [numbers(column) for column in columns], True
    return [np.where(codes == MISSING, np.nan, codes).astype(np.float64) for codes in shared_codes(columns)[0]], False


def _measure(about: str, made: tuple[Ints, Ints, bool]) -> Measure:
    train, control, exhaustive = made
    if not len(train):
        return Measure(
            name="singling_out", about=about, exhaustive=True, not_assessed=say("no predicate fits one synthetic row")
        )
    success, chance = (train == 1) * 1.0, (control == 1) * 1.0
    each = np.arange(len(success))
    return excess_measure(
        "singling_out", about, excess(success, chance, each, each), rates(success, chance), exhaustive=exhaustive
    )


def _univariate(columns: list[tuple[list[Floats], bool]], rng: np.random.Generator) -> tuple[Ints, Ints, bool]:
    """Matches in train and control of predicates on one column, and whether all were tried."""
    found: list[tuple[Ints, Ints]] = []
    for (synthetic, train, control), ordered in columns:
        held = np.sort(synthetic[~np.isnan(synthetic)])
        values, counts = np.unique(held, return_counts=True)
        once = values[counts == 1]
        found.append((_equal(train, once), _equal(control, once)))
        if ordered and len(values):
            ends = [held[:1]] if counts[0] == 1 else []
            found += [(_at_most(train, end), _at_most(control, end)) for end in ends]
            ends = [held[-1:]] if counts[-1] == 1 else []
            found += [(_at_most(-train, -end), _at_most(-control, -end)) for end in ends]
        if np.isnan(synthetic).sum() == 1:
            found.append((np.array([np.isnan(train).sum()]), np.array([np.isnan(control).sum()])))
    a, b = (np.concatenate([pair[i] for pair in found]) if found else np.zeros(0, np.int64) for i in (0, 1))
    if len(a) <= ATTACKS:
        return a, b, True
    chosen = rng.choice(len(a), ATTACKS, replace=False)
    return a[chosen], b[chosen], False


def _equal(rows: Floats, values: Floats) -> Ints:
    held = np.sort(rows[~np.isnan(rows)])
    low, high = (np.searchsorted(held, values, side=side) for side in ("left", "right"))
    return np.asarray(high - low, dtype=np.int64)


def _at_most(rows: Floats, values: Floats) -> Ints:
    return np.asarray(np.searchsorted(np.sort(rows[~np.isnan(rows)]), values, side="right"), dtype=np.int64)


def _multivariate(columns: list[tuple[list[Floats], bool]], rng: np.random.Generator) -> tuple[Ints, Ints, bool]:
    """The same for predicates on several columns."""
    if len(columns) < WIDTHS[0]:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), True
    sides = [[column[0][i] for column in columns] for i in range(3)]
    middles = [np.nanmedian(values) if ordered and not np.isnan(values).all() else np.nan
               for values, (_, ordered) in zip(sides[0], columns, strict=True)]  # fmt: skip
    train: list[int] = []
    control: list[int] = []
    n = len(sides[0][0])
    for i in range(TRIES):
        if len(train) == ATTACKS:
            break
        width = min(int(rng.choice(WIDTHS if i < TRIES / 2 else WIDER)), len(columns))
        names, row = rng.choice(len(columns), width, replace=False), int(rng.integers(n))
        tests = [(j, sides[0][j][row], columns[j][1], middles[j]) for j in names]
        if _count(sides[0], tests, at_most=1) == 1:
            train.append(_count(sides[1], tests))
            control.append(_count(sides[2], tests))
    return np.array(train, np.int64), np.array(control, np.int64), False


def _count(side: list[Floats], tests: list[tuple[int, float, bool, float]], at_most: int = -1) -> int:
    """Rows that fit all tests; tests narrow the rows one after the other."""
    rows: NDArray[np.intp] | None = None
    for j, value, ordered, middle in tests:
        cells = side[j] if rows is None else side[j][rows]
        fits = _fits(cells, value, ordered, middle)
        rows = np.flatnonzero(fits) if rows is None else rows[fits]
        if len(rows) <= at_most and len(rows) == 0:
            break
    return 0 if rows is None else len(rows)


def _fits(cells: Floats, value: float, ordered: bool, middle: float) -> Mask:
    if np.isnan(value):
        return np.isnan(cells)
    if not ordered:
        return np.asarray(cells == value)
    return np.asarray(cells >= value if value > middle else cells <= value)
