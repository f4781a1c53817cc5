"""Who is at risk: the nearest-row attack by groups of people and by how unusual they are.

Threat model: that of the attack; asked is for whom it works better than for others.
Statistic: AUC of the attack within a group (a quasi-identifier's categories or quarters, at most 12 columns) and within
each tenth of isolation, which is measured against the reference alone and cut without a look at who is a member.
Interval: DeLong's, by entity. Shown, and no gate: gate F decides about isolated records.
Cost: none beyond the attack's distances.
Source: Meeus et al. (2023), https://arxiv.org/abs/2306.10308; Kulynych et al. (2022), disparate vulnerability,
https://arxiv.org/abs/1906.00389.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Role
from synth.scoring.columns import numbers, shared_codes
from synth.scoring.estimates import NotScorableError, auc
from synth.scoring.privacy import nearest_distance
from synth.scoring.privacy.world import World, world_of
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples, scored_columns
from synth.scoring.scorecard import Figure
from synth.scoring.significance import Z_ONE_SIDED
from synth.texts import say

TITLE = say("Who is at risk")
THREAT = say("Whether unusual people, or people of some group, are found more easily than others.")
TENTHS = 10
LEAST = 50
"""People of each kind below which a group is not shown, whatever k is: its AUC would say nothing."""

MOST_COLUMNS = 12
MOST_GROUPS = 12

Mask = NDArray[np.bool_]


def at_risk(samples: Samples) -> CheckResult:
    """Measures the attack by tenths of isolation and by groups; the headline is the most isolated tenth's AUC.

    Raises:
        NotScorableError: too few rows.
    """
    world = world_of(samples)
    scores = nearest_distance.score(world)
    measures = [*_by_isolation(world, scores), *_by_group(world, scores, samples)]
    if not measures:
        raise NotScorableError("no group has {least} people of each kind", least=LEAST)
    first = measures[0]
    value, se = first.value or 0.0, first.se or 0.0
    figure = Figure(value=value, ci_low=max(value - 1.96 * se, 0), ci_high=min(value + 1.96 * se, 1), n=first.n,
                    better="lower", ideal=0.5)  # fmt: skip
    return CheckResult(figure=figure, measures=tuple(measures))


def _by_isolation(world: World, scores: NDArray[np.float64]) -> Iterator[Measure]:
    """Most isolated first."""
    try:
        order = np.argsort(-world.isolation, kind="stable")
    except NotScorableError:
        return
    for i, part in enumerate(np.array_split(order, TENTHS), start=1):
        chosen = np.zeros(len(scores), dtype=bool)
        chosen[part] = True
        yield from _within(world, scores, chosen, "auc_by_isolation", say("tenth {i}", i=i))


def _by_group(world: World, scores: NDArray[np.float64], samples: Samples) -> Iterator[Measure]:
    columns = samples.spec.columns
    names = [name for name in scored_columns(samples.spec) if columns[name].role is Role.QUASI_IDENTIFIER]
    for name in names[:MOST_COLUMNS]:
        cells = [world.members[name], world.others[name]]
        groups = _quarters(cells) if columns[name].type.is_ordered else _categories(cells)
        for label, chosen in groups:
            yield from _within(
                world, scores, chosen, "auc_by_group", say("{column}: {group}", column=name, group=label), samples.k
            )


def _quarters(cells: list[pa.ChunkedArray]) -> Iterator[tuple[str, Mask]]:
    """Quarters of the targets; their edges are facts of single people and are not told."""
    values = np.concatenate([numbers(column) for column in cells])
    cuts = np.unique(np.nanquantile(values, (0.25, 0.5, 0.75))) if (~np.isnan(values)).any() else np.zeros(0)
    places = np.searchsorted(cuts, values, side="right")
    for i in range(len(cuts) + 1):
        yield say("quarter {i}", i=i + 1), (places == i) & ~np.isnan(values)
    yield say("missing"), np.isnan(values)


def _categories(cells: list[pa.ChunkedArray]) -> Iterator[tuple[str, Mask]]:
    """The most frequent categories."""
    parts, labels = shared_codes(cells)
    codes = np.concatenate(parts)
    for code in np.argsort(-np.bincount(codes[codes >= 0], minlength=len(labels)), kind="stable")[:MOST_GROUPS]:
        yield str(labels[int(code)].as_py()), codes == code
    yield say("missing"), codes < 0


def _within(
    world: World, scores: NDArray[np.float64], chosen: Mask, name: str, about: str, k: int = 0
) -> Iterator[Measure]:
    inside, outside = np.split(chosen, [world.n_members])
    a, b = (values[mask] for values, mask in zip(np.split(scores, [world.n_members]), (inside, outside), strict=True))
    who = world.who_members[inside], world.who_others[outside]
    if min(len(np.unique(side)) for side in who) < max(LEAST, k):
        return
    found = auc(a, b, *who)
    yield Measure(
        name=name, about=about, value=found.value, se=found.se, n=found.n,
        upper=min(found.value + Z_ONE_SIDED * found.se, 1.0),
    )  # fmt: skip
