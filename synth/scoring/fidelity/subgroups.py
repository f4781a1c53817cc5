"""Subgroups: is the file as good for each group as for all?

Groups are those of `synth.scoring.divisions`.
Statistic: the mean shape of the other columns, of the group's synthetic rows against its real ones. Numbers are
compared in at most 50 cells of equal real frequency, categories in the 50 most frequent and the rest, missing being
left out: slightly kinder than the exact shape. The headline is the worst group's score; being the lowest of many, it
lies below 1 for a perfect file too: see the ceiling, whose groups are smaller and so score a little lower still.
Interval: delete-a-group jackknife over 10 groups of entities, of both sides; that the group was chosen for its score is
not part of it.
Cost: about 3 s for 100,000 rows x 30 columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.data.entities import subjects_per_code
from synth.scoring.columns import MISSING, numbers, shared_codes
from synth.scoring.divisions import LEAST, Division, divisions
from synth.scoring.estimates import NotScorableError
from synth.scoring.features import frequent_codes
from synth.scoring.fidelity.groups import GROUPS
from synth.scoring.fidelity.sides import Sides, figure, left_out, mean_of, ratio, sides_of
from synth.scoring.results import GroupsResult
from synth.scoring.samples import Samples, scored_columns
from synth.scoring.scorecard import Figure, Group, NotAssessed
from synth.texts import say

CELLS = 50

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def subgroups(samples: Samples) -> GroupsResult:
    """Mean shape within each group, worst first; the headline is the worst group's.

    Raises:
        NotScorableError: a side has no rows, or no group is large enough.
    """
    sides = sides_of(samples, "subgroups")
    cells = {name: _cells(sides, name) for name in scored_columns(samples.spec)}
    found = [
        group
        for division in divisions(samples.spec, samples.k, sides.who, (sides.real, sides.synthetic))
        for group in _groups(sides, division, cells)
    ]
    found.sort(key=lambda group: group.shape.value if isinstance(group.shape, Figure) else -1.0)
    assessed = [group.shape for group in found if isinstance(group.shape, Figure)]
    if not assessed:
        raise NotScorableError(
            "no column divides the rows into groups of at least {least} entities", least=max(samples.k, LEAST)
        )
    return GroupsResult(figure=assessed[0], groups=tuple(found))


def _cells(sides: Sides, name: str) -> tuple[list[Ints], bool]:
    """Codes of both sides, at most CELLS + 1 of them, and whether they have an order; negative where missing."""
    if not sides.spec.columns[name].type.is_ordered:
        return frequent_codes(shared_codes(sides.pair(name))[0], CELLS), False
    real, synthetic = (numbers(column) for column in sides.pair(name))
    held = real[~np.isnan(real)]
    if not len(held):
        return [np.full(len(side), MISSING, dtype=np.int64) for side in (real, synthetic)], True
    edges = np.unique(np.quantile(held, np.linspace(0, 1, CELLS + 1)[1:-1], method="higher"))
    return [np.where(np.isnan(s), MISSING, np.searchsorted(edges, s, side="right")) for s in (real, synthetic)], True


def _groups(sides: Sides, division: Division, cells: dict[str, tuple[list[Ints], bool]]) -> list[Group]:
    size = len(division.labels)
    scores = [_scores(sides, division, size, *others) for name, others in cells.items() if name != division.column]
    entities = subjects_per_code(division.codes[0], sides.who, size)
    inside = [
        _table(c, np.zeros_like(c), g, size, 1)[..., 0] for c, g in zip(division.codes, sides.groups, strict=True)
    ]
    wholes = sides.counts([np.zeros(len(g), np.int64) for g in sides.groups], 1)
    real, synthetic = (ratio(rows, whole) for rows, whole in zip(inside, wholes, strict=True))
    found = []
    for i, label in enumerate(division.labels):
        shape: Figure | NotAssessed = NotAssessed(not_assessed=say("the group has no synthetic rows with values"))
        if any(np.isfinite(score[0, i]) for score in scores):
            shape = figure(mean_of([score[:, i] for score in scores]), int(min(rows[0, i] for rows in inside)))
        found.append(
            Group(
                column=division.column,
                group=label,
                entities=int(entities[i]),
                real_share=float(real[0, i]),
                synthetic_share=float(synthetic[0, i]),
                share=figure(synthetic[:, i] - real[:, i], sides.n, better="ideal", ideal=0.0, least=-1.0),
                shape=shape,
            )
        )
    return found


def _scores(sides: Sides, division: Division, size: int, cells: list[Ints], ordered: bool) -> Floats:
    """Shape of one column within each group, shape (1 + GROUPS, groups); NaN where a side has no values."""
    width = int(max(part.max(initial=0) for part in cells)) + 1
    counts = [
        _table(own, part, group, size, width)
        for own, part, group in zip(division.codes, cells, sides.groups, strict=True)
    ]
    shares = [ratio(table, table.sum(axis=-1, keepdims=True)) for table in counts]
    difference = shares[0] - shares[1]
    if ordered:
        return np.asarray(1 - np.abs(np.cumsum(difference, axis=-1)).max(axis=-1))
    return np.asarray(1 - np.abs(difference).sum(axis=-1) / 2)


def _table(own: Ints, cells: Ints, groups: Ints, size: int, width: int) -> Floats:
    """Rows by group of the division and cell: shape (1 + GROUPS, size, width)."""
    held = (own >= 0) & (cells >= 0)
    flat = (groups[held] * size + own[held]) * width + cells[held]
    counts = np.bincount(flat, minlength=GROUPS * size * width).astype(np.float64)
    return left_out(counts.reshape(GROUPS, size, width))
