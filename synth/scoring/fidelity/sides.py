"""What the finer figures of fidelity share: both sides' rows with their jackknife groups, and intervals from them.

Every statistic is computed from all rows and without each of `GROUPS` random groups of entities, on both sides at
once, so that both vary: arrays whose first axis is 1 + GROUPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from synth.data.metadata import Table
from synth.scoring.estimates import Estimate, NotScorableError
from synth.scoring.fidelity.groups import GROUPS, counts_by_group, groups_of
from synth.scoring.samples import Samples, draw, entities
from synth.scoring.scorecard import Figure

ROWS = 100_000
"""Rows of each side that are looked at."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sides:
    """Real and synthetic rows.

    Attributes:
        real, synthetic: tables.
        groups: jackknife group of each row, by side.
        who: entity of each real row.
        spec, k: as in `Samples`.
    """

    real: pa.Table
    synthetic: pa.Table
    groups: tuple[Ints, Ints]
    who: Ints
    spec: Table
    k: int

    @property
    def n(self) -> int:
        """Rows of the smaller side."""
        return min(int(self.real.num_rows), int(self.synthetic.num_rows))

    def pair(self, name: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
        """A column on both sides."""
        return self.real[name], self.synthetic[name]

    def counts(self, codes: list[Ints], n_codes: int) -> tuple[Floats, Floats]:
        """Rows with each code by side, shape (1 + GROUPS, n_codes): all rows, then without each group."""
        real, synthetic = (left_out(counts_by_group(c, g, n_codes)) for c, g in zip(codes, self.groups, strict=True))
        return real, synthetic


def sides_of(samples: Samples, purpose: str) -> Sides:
    """Draws the rows of both sides.

    Raises:
        NotScorableError: a side has no rows.
    """
    rng = samples.rng(purpose)
    real, synthetic = draw(samples.compared, ROWS, rng), draw(samples.synthetic, ROWS, rng)
    if not (real.num_rows and synthetic.num_rows):
        raise NotScorableError("there are no real or no synthetic rows")
    groups = groups_of(real, samples.spec, rng), groups_of(synthetic, samples.spec, rng)
    return Sides(real, synthetic, groups, entities(real, samples.spec), samples.spec, samples.k)


def left_out(by_group: Floats) -> Floats:
    """From sums by group, shape (GROUPS, ...), the total and the sums without each group, shape (1 + GROUPS, ...)."""
    total = by_group.sum(axis=0)
    return np.concatenate([total[None], total - by_group])


def figure(
    values: Floats,
    n: int,
    *,
    better: Literal["higher", "lower", "ideal"] = "higher",
    ideal: float = 1.0,
    least: float = 0.0,
    most: float = 1.0,
    trials: int = 0,
) -> Figure:
    """A figure whose 95 % interval is the delete-a-group jackknife's with Student's t.

    The interval is about the statistic's expectation for files of this size. Distances of two samples are above zero
    even where the distributions are equal, so that a score's interval may end below 1 for a perfect file: the ceiling
    shows by how much. Where nothing varies and the value is 0 or 1 of some trials, the interval is Clopper and
    Pearson's; there is none where a group leaves nothing behind.

    Args:
        values: shape (1 + GROUPS,), of all rows and without each group.
        n: rows that it rests on.
        better: which way is.
        ideal: value of a perfect file.
        least: what the statistic cannot fall below.
        most: what it cannot exceed.
        trials: where the value is a share of them.
    """
    value, without = float(values[0]), values[1:]
    if not np.isfinite(without).all():
        return Figure(value=value, n=n, better=better, ideal=ideal)
    if trials and np.ptp(without) == 0 and value in {0.0, 1.0}:
        return Estimate(value, 0.0, trials).figure(n, better, ideal)
    reach = T * np.sqrt((GROUPS - 1) / GROUPS * np.square(without - without.mean()).sum())
    low, high = max(value - float(reach), least), min(value + float(reach), most)
    return Figure(value=value, ci_low=low, ci_high=high, n=n, better=better, ideal=ideal)


T = float(stats.t.ppf(0.975, GROUPS - 1))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part / whole, NaN where whole is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / np.where(whole > 0, whole, np.nan))


def mean_of(parts: list[Floats]) -> Floats:
    """Mean over statistics, shape (1 + GROUPS,), NaN left out; NaN where there is none.

    Raises:
        NotScorableError: no statistic has a value.
    """
    table = np.array(parts).reshape(-1, 1 + GROUPS)
    table = table[np.isfinite(table[:, 0])]
    if not len(table):
        raise NotScorableError("no column can be compared")
    held = np.isfinite(table)
    return ratio(np.where(held, table, 0.0).sum(axis=0), held.sum(axis=0).astype(np.float64))
