"""Time: does what comes after depend on what came before, as in the real sequences?

Statistic: for each number and time but the index 1 - |difference of lag-1 autocorrelations| / 2, pooled over sequences,
each about its own mean (which pulls short sequences' values down, on both sides alike; constant columns have none); the
KS complement of sequence lengths, and of the steps of the index. The headline is the mean. Sequences are the rows of
one sequence key, else of one entity key, in the index' order; engines that make independent rows cannot score well.
Interval: delete-a-group jackknife over 10 groups of sequences, of both sides.
Cost: under a second for 100,000 rows x 30 columns; at most 200,000 rows of each side, in whole sequences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.entities import key_codes
from synth.data.metadata import Table
from synth.scoring.columns import numbers
from synth.scoring.estimates import NotScorableError
from synth.scoring.fidelity.groups import GROUPS, counts_by_group, kolmogorov_smirnov
from synth.scoring.fidelity.sides import figure, left_out, mean_of, ratio
from synth.scoring.results import TimeResult
from synth.scoring.samples import Samples, ordered_columns
from synth.scoring.scorecard import NotAssessed, TimeTrait
from synth.texts import say

ROWS = 200_000
LEAST = 20
"""Sequences on each side."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """Rows of one side in order: the sequence of each row, its jackknife group, and the table."""

    table: pa.Table
    sequence: Ints
    group: Ints

    @property
    def follows(self) -> NDArray[np.bool_]:
        """Whether a row has a predecessor in its sequence, shape (rows - 1,)."""
        return np.asarray(self.sequence[1:] == self.sequence[:-1])


def time(samples: Samples) -> TimeResult:
    """Agreement from row to row; 1 is best.

    Raises:
        NotScorableError: the metadata names no index or no key of sequences, a side lacks them, or has too few.
    """
    spec = samples.spec
    if spec.sequence_index is None:
        raise NotScorableError("the metadata names no column that orders rows in time")
    key = spec.sequence_key or spec.entity_key
    if not key:
        raise NotScorableError("all rows are one sequence, which the split into train and unseen rows takes apart")
    source = samples.train if samples.train.num_rows else samples.unseen_all
    rng = samples.rng("time")
    real, synthetic = (_runs(table, spec, key, rng) for table in (source, samples.synthetic))
    traits = [_lengths(real, synthetic), _steps(real, synthetic, spec.sequence_index)]
    traits += [_memory(real, synthetic, n) for n in ordered_columns(spec) if n != spec.sequence_index]
    n = min(real.table.num_rows, synthetic.table.num_rows)
    held = [(trait, scores) for trait, scores in traits if np.isfinite(scores[0])]
    shown = [trait.model_copy(update={"score": figure(scores, n)}) for trait, scores in held]
    shown.sort(key=lambda trait: getattr(trait.score, "value", 2.0))
    return TimeResult(figure=figure(mean_of([scores for _, scores in held]), n), traits=tuple(shown))


def _runs(table: pa.Table, spec: Table, key: tuple[str, ...], rng: np.random.Generator) -> Runs:
    assert spec.sequence_index is not None
    if not {*key, spec.sequence_index} <= set(table.column_names):
        raise NotScorableError("one side lacks the columns that make and order sequences")
    sequence, index = key_codes(table, key), numbers(table[spec.sequence_index])
    # Whole sequences, in random order, up to the cap; rows without a place in time have no order.
    number = rng.permutation(int(sequence.max(initial=-1)) + 1)
    if len(number) < LEAST:
        raise NotScorableError("one side has {n} sequences, at least {least} are needed", n=len(number), least=LEAST)
    order = np.lexsort((index, number[sequence]))
    order = order[~np.isnan(index[order])]
    if len(order) > ROWS:
        last = number[sequence[order[ROWS]]]
        order = order[number[sequence[order]] < max(last, 1)]
    group = rng.integers(GROUPS, size=len(number))
    return Runs(table.take(pa.array(order)), sequence[order], group[sequence[order]])


Scored = tuple[TimeTrait, Floats]
_EMPTY = TimeTrait(about="", kind="distribution", score=NotAssessed(not_assessed=say("not compared yet")))


def _lengths(real: Runs, synthetic: Runs) -> Scored:
    sides = []
    for side in (real, synthetic):
        _, first, lengths = np.unique(side.sequence, return_index=True, return_counts=True)
        sides.append((lengths.astype(np.float64), side.group[first]))
    return _EMPTY.model_copy(update={"about": "sequence length"}), _ks(*sides)


def _steps(real: Runs, synthetic: Runs, index: str) -> Scored:
    sides = []
    for side in (real, synthetic):
        follows = side.follows
        sides.append((np.diff(numbers(side.table[index]))[follows], side.group[1:][follows]))
    return _EMPTY.model_copy(update={"about": "time step"}), _ks(*sides)


def _ks(real: tuple[Floats, Ints], synthetic: tuple[Floats, Ints]) -> Floats:
    """KS complement, shape (1 + GROUPS,); NaN where a side has no values."""
    pooled, codes = np.unique(np.concatenate([real[0], synthetic[0]]).round(9), return_inverse=True)
    parts = zip(np.split(codes, [len(real[0])]), (real[1], synthetic[1]), strict=True)
    counts = [left_out(counts_by_group(part, group, len(pooled))) for part, group in parts]
    shares = [ratio(table, table.sum(axis=1, keepdims=True)) for table in counts]
    return np.asarray(1 - kolmogorov_smirnov(*shares)) if len(pooled) else np.full(1 + GROUPS, np.nan)


def _memory(real: Runs, synthetic: Runs, name: str) -> Scored:
    r, s = (_autocorrelation(side, name) for side in (real, synthetic))
    shown = {"real": float(r[0]), "synthetic": float(s[0])} if np.isfinite(r[0] + s[0]) else {}
    return _EMPTY.model_copy(update={"about": name, "kind": "autocorrelation", **shown}), 1 - np.abs(r - s) / 2


def _autocorrelation(side: Runs, name: str) -> Floats:
    """Lag-1 autocorrelation within sequences, shape (1 + GROUPS,): Pearson's r of each value and its successor."""
    values = numbers(side.table[name])
    held = np.isfinite(values)
    _, place = np.unique(side.sequence, return_inverse=True)
    size = int(place.max(initial=-1)) + 1
    filled = np.where(held, values, 0.0)
    means = ratio(_sums(place, filled, size), _sums(place, held.astype(np.float64), size))
    centred = filled - means[place]
    both = side.follows & held[1:] & held[:-1]
    first, second, group = centred[:-1][both], centred[1:][both], side.group[1:][both]
    sums = (_sums(group, part, GROUPS) for part in (first * second, first**2, second**2))
    product, a, b = (left_out(part) for part in sums)
    flat = np.minimum(a, b) <= 1e-13 * np.square(filled[held]).sum()  # what is left is rounding
    return np.where(flat, np.nan, ratio(product, np.sqrt(a * b)))


def _sums(codes: Ints, weights: Floats, size: int) -> Floats:
    return np.bincount(codes, weights, size).astype(np.float64)
