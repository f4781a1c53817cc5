"""The parts of scoring: independent units of work, so that they can run side by side.

All parts of fidelity, utility, copies and attacks are run for every subject, the other checks and TRTR (with the gap)
for the synthetic file alone. A new attack is its file and one line in `ATTACKS`, a new check its file and one line in
`CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from threadpoolctl import threadpool_limits

from synth.scoring.estimates import NotScorableError
from synth.scoring.fidelity.c2st import c2st
from synth.scoring.fidelity.missing import missing
from synth.scoring.fidelity.rare import rare
from synth.scoring.fidelity.shapes import shapes
from synth.scoring.fidelity.subgroups import subgroups
from synth.scoring.fidelity.tails import tails
from synth.scoring.fidelity.time import time
from synth.scoring.fidelity.trends import trends
from synth.scoring.privacy import (
    at_risk,
    attribute_inference,
    classifier,
    closer_share,
    density_ratio,
    disclosure,
    distance_ratio,
    holdout,
    identifiers,
    linkability,
    lone_distance,
    matched_columns,
    metadata_leak,
    nearest_distance,
    neighbourhood,
    power,
    relative_distance,
    singling_out,
)
from synth.scoring.privacy.copies import copies
from synth.scoring.privacy.membership import Score, attacked
from synth.scoring.privacy.world import world_of
from synth.scoring.results import (
    CheckResult,
    CopiesResult,
    GroupsResult,
    MembershipResult,
    MissingResult,
    PairedResult,
    PartResult,
    RareResult,
    ShapesResult,
    TailsResult,
    TimeResult,
    TrendsResult,
    UtilityResult,
)
from synth.scoring.samples import Samples
from synth.scoring.scorecard import AnyFigure, Figure, NotAssessed, Tier
from synth.scoring.utility import tstr
from synth.scoring.utility_gap import trtr
from synth.texts import say

SUBJECTS = ("synthetic", "floor", "ceiling")


@dataclass(frozen=True)
class AttackCard:
    """A membership attack: what people are told, how it scores, and whether targets' distances are all it needs."""

    title: str
    threat: str
    score: Score
    by_distance: bool = True


ATTACKS: Mapping[str, AttackCard] = {
    "nearest_distance": AttackCard(nearest_distance.TITLE, nearest_distance.THREAT, nearest_distance.score),
    "lone_distance": AttackCard(lone_distance.TITLE, lone_distance.THREAT, lone_distance.score),
    "distance_ratio": AttackCard(distance_ratio.TITLE, distance_ratio.THREAT, distance_ratio.score),
    "density_ratio": AttackCard(density_ratio.TITLE, density_ratio.THREAT, density_ratio.score),
    "neighbourhood": AttackCard(neighbourhood.TITLE, neighbourhood.THREAT, neighbourhood.score),
    "relative_distance": AttackCard(
        relative_distance.TITLE, relative_distance.THREAT, relative_distance.score, by_distance=False
    ),
    "classifier": AttackCard(classifier.TITLE, classifier.THREAT, classifier.score, by_distance=False),
}


@dataclass(frozen=True)
class CheckCard:
    """A check of the synthetic file alone: what people are told, and the tier from which on it is run."""

    title: str
    threat: str
    run: Callable[[Samples], CheckResult]
    tier: Tier = "standard"


def _power(samples: Samples) -> CheckResult:
    return power.power(samples, {name: card.score for name, card in ATTACKS.items() if card.by_distance})


CHECKS: Mapping[str, CheckCard] = {
    "identifiers": CheckCard(identifiers.TITLE, identifiers.THREAT, identifiers.identifiers, "quick"),
    "metadata_leak": CheckCard(metadata_leak.TITLE, metadata_leak.THREAT, metadata_leak.metadata_leak, "quick"),
    "holdout": CheckCard(holdout.TITLE, holdout.THREAT, holdout.holdout, "quick"),
    "closer_share": CheckCard(closer_share.TITLE, closer_share.THREAT, closer_share.closer_share, "quick"),
    "matched_columns": CheckCard(matched_columns.TITLE, matched_columns.THREAT, matched_columns.matched_columns),
    "at_risk": CheckCard(at_risk.TITLE, at_risk.THREAT, at_risk.at_risk),
    "singling_out": CheckCard(singling_out.TITLE, singling_out.THREAT, singling_out.singling_out),
    "linkability": CheckCard(linkability.TITLE, linkability.THREAT, linkability.linkability),
    "attribute_inference": CheckCard(
        attribute_inference.TITLE, attribute_inference.THREAT, attribute_inference.attribute_inference
    ),
    "disclosure": CheckCard(disclosure.TITLE, disclosure.THREAT, disclosure.disclosure),
    "power": CheckCard(power.TITLE, power.THREAT, _power),
}


def attacks(samples: Samples) -> MembershipResult:
    """All membership attacks on the same targets.

    Raises:
        NotScorableError: too few rows for any.
    """
    found = attacked(world_of(samples), {n: card.score for n, card in ATTACKS.items()}, samples.rng("attacks"))
    return MembershipResult(figure=worst_of([attack.figure for attack in found.values()]), attacks=found)


def worst_of(figures: list[AnyFigure]) -> AnyFigure:
    """The largest AUC; not assessed where any attack is not, because a gap must not look good."""
    assessed = [figure for figure in figures if isinstance(figure, Figure)]
    if len(assessed) < len(figures):
        gaps = [figure.not_assessed for figure in figures if isinstance(figure, NotAssessed)]
        return NotAssessed(
            not_assessed=say(
                "{n} of {all} attacks were not assessed: {reason}", n=len(gaps), all=len(figures), reason=gaps[0]
            )
        )
    return max(assessed, key=lambda figure: figure.value)


def blank(part: str, reason: str) -> PartResult:
    """The result of a part that was not assessed."""
    absent = NotAssessed(not_assessed=reason)
    if part == "copies":
        return CopiesResult(figure=absent, share=absent, control=absent)
    kinds: dict[str, type[PartResult]] = {
        "shapes": ShapesResult,
        "trends": TrendsResult,
        "utility": UtilityResult,
        "trtr": PairedResult,
        "subgroups": GroupsResult,
        "rare": RareResult,
        "tails": TailsResult,
        "missing": MissingResult,
        "time": TimeResult,
        "attacks": MembershipResult,
        **dict.fromkeys(CHECKS, CheckResult),
    }
    return kinds.get(part, PartResult)(figure=absent)


def guarded(name: str, run: Callable[[Samples], PartResult], samples: Samples) -> PartResult:
    """Runs a part within its threads; a part that cannot run says why instead of stopping the others."""
    try:
        with threadpool_limits(limits=samples.threads):
            return run(samples)
    except NotScorableError as reason:
        return blank(name, reason.text)
    except (ValueError, ArithmeticError, MemoryError, pa.ArrowException) as fault:
        # Only its type: the text of a library's error may hold a cell.
        return blank(name, say("the computation stopped with {fault}", fault=type(fault).__name__))


_RUNS: Mapping[str, Callable[[Samples], PartResult]] = {
    "shapes": shapes,
    "trends": trends,
    "c2st": c2st,
    "subgroups": subgroups,
    "rare": rare,
    "tails": tails,
    "missing": missing,
    "time": time,
    "utility": tstr,
    "trtr": trtr,
    "copies": copies,
    "attacks": attacks,
    **{name: card.run for name, card in CHECKS.items()},
}

PARTS: Mapping[str, Callable[[Samples], PartResult]] = {
    name: partial(guarded, name, run) for name, run in _RUNS.items()
}
"""By name; each takes a subject's samples and never raises for want of rows."""

DRAWN = ("copies", "attacks")
"""Parts that are run for further draws of the same generator as well."""

ALONE = frozenset({"trtr", *CHECKS})
"""Parts that are run for the synthetic file only."""


def tasks(tier: Tier) -> tuple[tuple[str, str], ...]:
    """All (subject, part) that make a scorecard of this tier; dear ones first, so that they are done side by side."""
    parts = [name for name in PARTS if name not in CHECKS or tier != "quick" or CHECKS[name].tier == "quick"]
    parts.sort(key=lambda name: name not in {"attribute_inference", "power", "attacks"})
    wanted = ((subject, part) for part in parts for subject in SUBJECTS if part not in ALONE or subject == "synthetic")
    # What attacks find in independent columns is worth knowing, but not a quarter of the quick tier's time.
    return tuple(task for task in wanted if tier != "quick" or task != ("floor", "attacks"))
