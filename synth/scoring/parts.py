"""The parts of scoring: independent units of work, so that they can run side by side.

Every part is run for every subject, except that TRTR does not depend on the subject and is run for the synthetic file
alone. A new attack is its file and one line in `ATTACKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
from threadpoolctl import threadpool_limits

from synth.scoring.estimates import NotScorableError
from synth.scoring.fidelity.c2st import c2st
from synth.scoring.fidelity.shapes import shapes
from synth.scoring.fidelity.trends import trends
from synth.scoring.privacy import density_ratio, nearest_distance
from synth.scoring.privacy.copies import copies
from synth.scoring.results import AttackResult, CopiesResult, PartResult, ShapesResult, TrendsResult, UtilityResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import NotAssessed
from synth.scoring.utility import trtr, tstr

SUBJECTS = ("synthetic", "floor", "ceiling")


@dataclass(frozen=True)
class AttackCard:
    """What people are told about an attack."""

    title: str
    threat: str
    run: Callable[[Samples], AttackResult]


ATTACKS: Mapping[str, AttackCard] = {
    "nearest_distance": AttackCard(nearest_distance.TITLE, nearest_distance.THREAT, nearest_distance.nearest_distance),
    "density_ratio": AttackCard(density_ratio.TITLE, density_ratio.THREAT, density_ratio.density_ratio),
}


def blank(part: str, reason: str) -> PartResult:
    """The result of a part that was not assessed."""
    absent = NotAssessed(not_assessed=reason)
    if part == "copies":
        return CopiesResult(figure=absent, share=absent, control=absent)
    if part.startswith("attack/"):
        return AttackResult(figure=absent)
    kinds: dict[str, type[PartResult]] = {
        "shapes": ShapesResult,
        "trends": TrendsResult,
        "utility": UtilityResult,
        "trtr": UtilityResult,
    }
    return kinds.get(part, PartResult)(figure=absent)


def _guarded(name: str, run: Callable[[Samples], PartResult], samples: Samples) -> PartResult:
    """Runs a part within its threads; a part that cannot run says why instead of stopping the others."""
    try:
        with threadpool_limits(limits=samples.threads):
            return run(samples)
    except NotScorableError as reason:
        return blank(name, str(reason))
    except (ValueError, ArithmeticError, MemoryError, pa.ArrowException) as fault:
        # Only its type: the text of a library's error may hold a cell.
        return blank(name, f"the computation stopped with {type(fault).__name__}")


_RUNS: Mapping[str, Callable[[Samples], PartResult]] = {
    "shapes": shapes,
    "trends": trends,
    "c2st": c2st,
    "utility": tstr,
    "trtr": trtr,
    "copies": copies,
    **{f"attack/{name}": card.run for name, card in ATTACKS.items()},
}

PARTS: Mapping[str, Callable[[Samples], PartResult]] = {
    name: partial(_guarded, name, run) for name, run in _RUNS.items()
}
"""By name; each takes a subject's samples and never raises for want of rows."""

TASKS: tuple[tuple[str, str], ...] = tuple(
    (subject, part) for part in PARTS for subject in SUBJECTS if part != "trtr" or subject == "synthetic"
)
"""All (subject, part) that make a scorecard."""
