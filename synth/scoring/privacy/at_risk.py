"""Who is at risk: the nearest-row attack by groups of people and by how unusual they are.

Threat model: that of the attack; asked is for whom it works better than for others.
Statistic: AUC of the attack within a group (see `synth.scoring.divisions`) and within each tenth of isolation, which is
measured against the reference alone and cut without a look at who is a member.
Interval: DeLong's, by entity. Shown, and no gate: gate F decides about isolated records.
Cost: none beyond the attack's distances.
Source: Meeus et al. (2023), https://arxiv.org/abs/2306.10308; Kulynych et al. (2022), disparate vulnerability,
https://arxiv.org/abs/1906.00389.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synth.scoring.divisions import divisions
from synth.scoring.estimates import NotScorableError, auc
from synth.scoring.privacy import nearest_distance
from synth.scoring.privacy.world import World, world_of
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure
from synth.scoring.significance import Z_ONE_SIDED
from synth.texts import say

TITLE = say("Who is at risk")
THREAT = say("Whether unusual people, or people of some group, are found more easily than others.")
TENTHS = 10
LEAST = 50
"""People of each kind below which a group is not shown, whatever k is: its AUC would say nothing."""

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
    rows = (world.members, world.others)
    for division in divisions(samples.spec, samples.k, world.who_members, rows):
        for i, label in enumerate(division.labels):
            about = say("{column}: {group}", column=division.column, group=label)
            yield from _within(world, scores, np.concatenate(division.codes) == i, "auc_by_group", about, samples.k)


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
