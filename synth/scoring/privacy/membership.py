"""Membership: who was in train, by all attacks on the same targets.

What they find on average, at the top, and on the most isolated records.

For each attack: AUC with DeLong's interval by entity; TPR at 1 % FPR with a bootstrap bound; members among the 10, 20,
50 and 100 highest scores against the hypergeometric law; and the same targets reduced to the most isolated, about 25 to
400 of the smaller class (isolation is measured against the reference alone, so it is blind to membership): rank-sum
test and the members among the 10 and 20 highest. The nested tests give one p-value by Cauchy combination.
Source: Meeus et al. (2023), Achilles' heels, https://arxiv.org/abs/2306.10308, for the isolated records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth.scoring.estimates import NotScorableError, auc, roc
from synth.scoring.privacy.world import World
from synth.scoring.results import AttackResult, Measure
from synth.scoring.scorecard import NotAssessed, Roc
from synth.scoring.significance import Z_ONE_SIDED, combined, enrichment_p, highest, rank_p, tpr_at
from synth.texts import say

Floats = NDArray[np.float64]
Score = Callable[[World], Floats]
"""Gives each target, members first, a number that is higher the more it looks like a member."""

FPR = 0.01
LEAST_FOR_FPR = 500
"""Non-members below which a rate at 1 % false alarms has too few of them behind it."""

TOPS = (10, 20, 50, 100)
ISOLATED = (25, 50, 100, 200, 400)
ISOLATED_TOPS = (10, 20)


class Sides(NamedTuple):
    """Scores of entities: members' and others', and how isolated each is."""

    inside: Floats
    outside: Floats
    lone_inside: Floats
    lone_outside: Floats


def membership(world: World, score: Score, rng: np.random.Generator) -> AttackResult:
    """Tries an attack.

    Raises:
        NotScorableError: the attack needs what is not there.
    """
    scores = score(world)
    inside, outside = np.split(scores, [world.n_members])
    estimate = auc(inside, outside, world.who_members, world.who_others)
    fpr, tpr = roc(inside, outside)
    return AttackResult(
        figure=estimate.figure(len(scores), "lower", 0.5),
        se=estimate.se if np.isfinite(estimate.se) else None,
        entities=estimate.n,
        roc=Roc(fpr=tuple(fpr.tolist()), tpr=tuple(tpr.tolist())) if len(fpr) else None,
        members=len(inside),
        non_members=len(outside),
        synthetic=world.synthetic.num_rows,
        measures=(
            Measure(
                name="auc",
                value=estimate.value,
                se=estimate.se if np.isfinite(estimate.se) else None,
                upper=min(estimate.value + Z_ONE_SIDED * estimate.se, 1.0) if np.isfinite(estimate.se) else 1.0,
                n=estimate.n,
            ),
            _rate(world, inside, outside, rng),
            *tests(sides_of(world, scores), rng),
            *_isolated(world, inside, outside),
        ),
    )


def blank_attack(reason: str) -> AttackResult:
    """An attack that was not tried."""
    names = ("auc", "tpr", "top", "isolated", *(f"isolated_auc_{q}" for q in (200, 400)))
    gaps = tuple(Measure(name=name, not_assessed=reason) for name in names)
    return AttackResult(figure=NotAssessed(not_assessed=reason), measures=gaps)


def sides_of(world: World, scores: Floats) -> Sides:
    """Each entity once, with its highest score and its most isolated row."""
    who = world.who_members, world.who_others
    try:
        lone = world.isolation
    except NotScorableError:
        lone = np.full(len(scores), -np.inf)
    parts = [np.split(values, [world.n_members]) for values in (scores, lone)]
    return Sides(*(highest(part, w) for side in parts for part, w in zip(side, who, strict=True)))


def tests(sides: Sides, rng: np.random.Generator) -> Iterator[Measure]:
    """The tests of "no member stands out": at the top of all, and among the isolated."""
    found = enrichment_p(sides.inside, sides.outside, TOPS, rng)
    n = min(len(sides.inside), len(sides.outside))
    yield _tested("top", found, n, say("too few targets"))
    ranks, tops = [], []
    for q in ISOLATED:
        if q <= n and np.isfinite(sides.lone_inside).all():
            a, b = (s[which] for s, which in zip(sides[:2], most_isolated(sides[2], sides[3], q), strict=True))
            ranks.append(rank_p(a, b))
            tops += enrichment_p(a, b, ISOLATED_TOPS, rng)
    both = [combined(ranks), combined(tops)] if ranks else []  # all of them somewhat, or a few of them wholly
    yield _tested("isolated", both, n, say("needs reference rows and 25 members and non-members"))


def most_isolated(inside: Floats, outside: Floats, q: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which insiders and outsiders are among the most isolated of all, about q of the smaller class.

    Blind to the label: of each class on its own, the q most isolated of a large class would be more isolated than those
    of a small one, and stand out for that.
    """
    pooled = np.concatenate([inside, outside])
    n = round(q * len(pooled) / min(len(inside), len(outside)))
    chosen = np.sort(np.argsort(-pooled, kind="stable")[:n])
    return chosen[chosen < len(inside)], chosen[chosen >= len(inside)] - len(inside)


def _tested(name: str, p_values: list[float], n: int, gap: str) -> Measure:
    if not p_values:
        return Measure(name=name, n=n, not_assessed=gap)
    return Measure(name=name, n=n, p_value=combined(p_values))


def _rate(world: World, inside: Floats, outside: Floats, rng: np.random.Generator) -> Measure:
    n = len(np.unique(world.who_others))
    if n < LEAST_FOR_FPR:
        return Measure(
            name="tpr", n=n, not_assessed=say("needs {least} non-members, has {n}", least=LEAST_FOR_FPR, n=n)
        )
    estimate, bound = tpr_at(inside, outside, world.who_members, world.who_others, FPR, rng)
    return Measure(name="tpr", value=estimate.value, se=estimate.se, upper=bound, n=n)


def _isolated(world: World, inside: Floats, outside: Floats) -> Iterator[Measure]:
    """AUC on the most isolated rows of each class."""
    for q in (200, 400):
        name = f"isolated_auc_{q}"
        try:
            lone = np.split(world.isolation, [world.n_members])
        except NotScorableError as gap:
            yield Measure(name=name, not_assessed=gap.text)
            continue
        if min(len(inside), len(outside)) < q:
            yield Measure(name=name, not_assessed=say("needs {q} members and non-members", q=q))
            continue
        a, b = most_isolated(lone[0], lone[1], q)
        if min(len(a), len(b)) < 2:
            yield Measure(name=name, not_assessed=say("too few of one kind among the most isolated"))
            continue
        found = auc(inside[a], outside[b], world.who_members[a], world.who_others[b])
        reach = Z_ONE_SIDED * found.se if np.isfinite(found.se) else 1.0
        yield Measure(
            name=name,
            value=found.value,
            se=found.se if np.isfinite(found.se) else None,
            upper=min(found.value + reach, 1.0),
            n=found.n,
        )


def attacked(world: World, attacks: Mapping[str, Score], rng: np.random.Generator) -> dict[str, AttackResult]:
    """All attacks; one that lacks something says so, and the others go on."""
    found = {}
    for name, score in attacks.items():
        try:
            found[name] = membership(world, score, rng)
        except NotScorableError as gap:
            found[name] = blank_attack(gap.text)
    return found
