"""Singling out: a predicate that fits one synthetic row fits exactly one person (WP29 05/2014, criterion 1).

Threat model: the attacker holds the synthetic file alone.
Statistic: predicates that fit one synthetic row are tried on train rows and on equally many unseen rows; success is
exactly one match. Excess risk (attack - control) / (1 - control), for predicates on one column (a value that occurs
once, the extremes) and on several columns (a random synthetic row; each number as "in the same tenth of the file", or
with even chances as that or as "at least" or "at most"). The tenths reach people in the middle, of whom the source's
one-sided conditions single out none: they see more and their error is a third.
Interval: over the predicates that were made, never over those that were wanted. Predicates are not independent, for
one unusual person is the match of many of them, so the standard error is the larger of the delta method's and that of
the same predicates when the people who match them are dealt anew to train and control, by entity.
Cost: predicates x rows; a few seconds. At most 20,000 rows of each kind are used.
Source: Giomi et al. (2023), https://arxiv.org/abs/2211.10459. Raw values are compared, never formatted text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from synth.scoring.columns import MISSING, numbers, shared_codes
from synth.scoring.privacy.matched import Matched, excess_measure, figure_of, matched, rates
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples, scored_columns
from synth.scoring.significance import Floats, beyond, excess
from synth.texts import say

TITLE = say("Singling out")
THREAT = say("Someone who holds only the synthetic file looks for descriptions that fit exactly one real person.")
ATTACKS = 2000
TRIES = 40_000
WIDTHS = (2, 3, 4, 5)
WIDER = (6, 7, 8)
"""Columns of a predicate: more where coarse columns leave too few that fit one row."""

TENTHS = 10

DEALS = 200
"""Times that people are dealt anew: the standard error is good to 5 %."""

MOST_MATCHES = 20
"""Of train and control together: of so many people, the chance that exactly one is on a side is below 1 in 50,000."""

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]


@dataclass
class _Found:
    """What predicates match.

    Attributes:
        train, control: rows that each matches; none are kept where both sides together have more than `MOST_MATCHES`.
        counts: how many on either side.
        exhaustive: no more predicates can be made.
    """

    train: list[Rows] = field(default_factory=list)
    control: list[Rows] = field(default_factory=list)
    counts: list[tuple[int, int]] = field(default_factory=list)
    exhaustive: bool = True

    def add(self, train: Rows, control: Rows) -> None:
        """One predicate."""
        self.counts.append((len(train), len(control)))
        few = len(train) + len(control) <= MOST_MATCHES
        self.train.append(train if few else train[:0])
        self.control.append(control if few else control[:0])

    def drawn(self, rng: np.random.Generator) -> _Found:
        """At most `ATTACKS` of them."""
        if len(self.counts) <= ATTACKS:
            return self
        chosen = rng.choice(len(self.counts), ATTACKS, replace=False).tolist()
        train, control = ([part[i] for i in chosen] for part in (self.train, self.control))
        return _Found(train, control, [self.counts[i] for i in chosen], exhaustive=False)


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
    found = {
        say("one column"): _univariate(columns).drawn(rng),
        say("several columns"): _multivariate(columns, rng, tenths=0.5),
        say("several columns by tenths"): _multivariate(columns, rng, tenths=1.0),
    }
    measures = [_measure(about, made, parts, rng) for about, made in found.items()]
    known = [m for m in measures if m.value is not None]
    worst = max(known, key=lambda m: m.value or 0, default=measures[0])
    return CheckResult(figure=figure_of(worst), measures=tuple(measures))


def _values(columns: list[pa.ChunkedArray], ordered: bool) -> tuple[list[Floats], bool]:
    """Numbers with NaN for missing, or codes as numbers; equal where the raw values are."""
    if ordered:
        return [numbers(column) for column in columns], True
    return [np.where(codes == MISSING, np.nan, codes).astype(np.float64) for codes in shared_codes(columns)[0]], False


def _measure(about: str, found: _Found, parts: Matched, rng: np.random.Generator) -> Measure:
    if not found.counts:
        return Measure(
            name="singling_out", about=about, exhaustive=True, not_assessed=say("no predicate fits one synthetic row")
        )
    success, chance = (np.array(found.counts) == 1).T * 1.0
    each = np.arange(len(success))
    estimate = excess(success, chance, each, each)
    estimate = replace(estimate, se=max(estimate.se, _dealt_se(found, parts, rng)))
    return excess_measure("singling_out", about, estimate, rates(success, chance), exhaustive=found.exhaustive)


def _dealt_se(found: _Found, parts: Matched, rng: np.random.Generator) -> float:
    """Standard deviation of the excess when the entities of both sides are dealt to them anew."""
    n_train = int(parts.who_train.max()) + 1
    n = n_train + int(parts.who_control.max()) + 1
    people = [np.r_[parts.who_train[a], n_train + parts.who_control[b]]
              for a, b in zip(found.train, found.control, strict=True)]  # fmt: skip
    ends = np.r_[0, np.cumsum([len(who) for who in people])]
    matches = csr_array((np.ones(ends[-1], np.int16), np.concatenate(people), ends), shape=(len(people), n))
    is_train = (np.argsort(rng.random((DEALS, n)), axis=1) < n_train).T.astype(np.int16)
    inside = matches @ is_train
    outside = matches.sum(axis=1)[:, None] - inside
    values = [beyond(float(a), float(b)) for a, b in zip((inside == 1).mean(0), (outside == 1).mean(0), strict=True)]
    return float(np.std(values))


def _univariate(columns: list[tuple[list[Floats], bool]]) -> _Found:
    """Predicates on one column: the values that occur once, and the extremes."""
    found = _Found()
    for (synthetic, *real), ordered in columns:
        held = np.sort(synthetic[~np.isnan(synthetic)])
        values, counts = np.unique(held, return_counts=True)
        for train, control in zip(*(_equal(side, values[counts == 1]) for side in real), strict=True):
            found.add(train, control)
        if ordered and len(values) and counts[0] == 1:
            found.add(*(np.flatnonzero(side <= held[0]) for side in real))
        if ordered and len(values) and counts[-1] == 1:
            found.add(*(np.flatnonzero(side >= held[-1]) for side in real))
        if np.isnan(synthetic).sum() == 1:
            found.add(*(np.flatnonzero(np.isnan(side)) for side in real))
    return found


def _equal(rows: Floats, values: Floats) -> list[Rows]:
    """The rows that hold each value."""
    order = np.argsort(rows, kind="stable")  # NaN last
    low, high = (np.searchsorted(rows[order], values, side=side) for side in ("left", "right"))
    return [order[a:b] for a, b in zip(low, high, strict=True)]


def _multivariate(columns: list[tuple[list[Floats], bool]], rng: np.random.Generator, tenths: float) -> _Found:
    """Predicates on several columns; `tenths` is the chance that a number is told by its tenth."""
    if len(columns) < WIDTHS[0]:
        return _Found()
    sides = [[column[0][i] for column in columns] for i in range(3)]
    edges = [_edges(values) if ordered else values[:0] for values, (_, ordered) in zip(sides[0], columns, strict=True)]
    found = _Found(exhaustive=False)
    n = len(sides[0][0])
    for i in range(TRIES):
        if len(found.counts) == ATTACKS:
            break
        widths = WIDTHS if i < TRIES / 2 else WIDER
        width = min(widths[int(rng.integers(len(widths)))], len(columns))
        names, row = rng.permutation(len(columns))[:width].tolist(), int(rng.integers(n))
        by_tenth = (rng.random(width) < tenths).tolist()
        tests = [(j, *_range(sides[0][j][row], edges[j], by_tenth=by)) for j, by in zip(names, by_tenth, strict=True)]
        if len(_matching(sides[0], tests)) == 1:
            found.add(_matching(sides[1], tests), _matching(sides[2], tests))
    return found


def _edges(values: Floats) -> Floats:
    """Where the tenths of the known values end, rising, the fifth being the median; empty where no value is known."""
    known = values[~np.isnan(values)]
    return np.quantile(known, np.linspace(0, 1, TENTHS + 1)[1:-1], method="lower") if len(known) else known


def _range(value: float, edges: Floats, *, by_tenth: bool) -> tuple[float, float]:
    """From where to where a cell may be, both included; a category is a single point, missing is NaN."""
    if np.isnan(value) or not len(edges):
        return value, value
    if by_tenth:
        place = int(edges.searchsorted(value, side="right"))
        return (edges[place - 1] if place else -np.inf), (edges[place] if place < len(edges) else np.inf)
    return (value, np.inf) if value > edges[TENTHS // 2 - 1] else (-np.inf, value)


def _matching(side: list[Floats], tests: list[tuple[int, float, float]]) -> Rows:
    """Rows that fit all tests; tests narrow the rows one after the other."""
    first, *others = tests
    rows = np.flatnonzero(_fits(side[first[0]], *first[1:]))
    for j, low, high in others:
        rows = rows[_fits(side[j][rows], low, high)]
    return rows


def _fits(cells: Floats, low: float, high: float) -> Mask:
    return np.isnan(cells) if np.isnan(low) else np.asarray((cells >= low) & (cells <= high))
