"""A trial: the review of one world, and what the gate made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from scipy import stats

from synth.scoring.gate import judge
from synth.scoring.parts import CHECKS, PARTS, guarded
from synth.scoring.policy import policy
from synth.scoring.results import CheckResult, MembershipResult, PartResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure, Gate
from synth.scoring.verdict import Context

REVIEW = ("copies", "attacks", *CHECKS)
DEAR = "power"


@dataclass(frozen=True)
class Outcome:
    """What one trial said."""

    gate: Gate
    numbers: dict[str, float]


@dataclass(frozen=True)
class Control:
    """A world, and what must come out.

    Attributes:
        title: for people.
        world: samples of a seed.
        never: outcomes that no seed may give.
        at_least: shares that outcomes must reach.
        at_most: shares that outcomes must not exceed.
        seeds: at most so many, for what does not depend on chance.
        level: the policy.
        broken: a part that raises or gives NaN.
    """

    title: str
    world: Callable[[int], Samples]
    never: tuple[str, ...] = ()
    at_least: Mapping[str, float] | None = None
    at_most: Mapping[str, float] | None = None
    seeds: int | None = None
    level: str = "L1"
    broken: tuple[str, Literal["raises", "nan"]] | None = None

    def trial(self, seed: int) -> Outcome:
        """Reviews one world."""
        samples = self.world(seed)
        context = Context(synthetic_rows=samples.synthetic.num_rows)
        results = review(samples, tuple(part for part in REVIEW if part != DEAR))
        if self.broken:
            part, how = self.broken
            results[part] = guarded(part, _raises if how == "raises" else _nan, samples)
        gate = judge(policy(self.level), results, context)
        if gate.outcome != "FAIL":  # gate J never fails, so it changes nothing where another did
            results |= review(samples, (DEAR,))
            gate = judge(policy(self.level), results, context)
        return Outcome(gate, _numbers(gate, results))


def review(samples: Samples, parts: tuple[str, ...] = REVIEW) -> dict[str, PartResult]:
    """Results of the standard tier's checks of privacy."""
    return {part: PARTS[part](samples) for part in parts}


def _raises(_: Samples) -> PartResult:
    raise ValueError("canary")


def _nan(_: Samples) -> PartResult:
    return CheckResult(figure=Figure(value=float("nan"), n=1, better="lower", ideal=0.0))


def _numbers(gate: Gate, results: Mapping[str, PartResult]) -> dict[str, float]:
    """What the table shows besides outcomes: p-values, the closer share, alarms when rows were hidden."""
    numbers = {f"p {result.letter}": result.p_value for result in gate.gates if result.p_value is not None}
    closer = results.get("closer_share")
    if isinstance(closer, CheckResult) and isinstance(closer.figure, Figure):
        numbers["closer_share"] = closer.figure.value
    attacks = results.get("attacks")
    if isinstance(attacks, MembershipResult):
        for name, attack in attacks.attacks.items():
            if isinstance(attack.figure, Figure) and attack.se:
                numbers[f"rank {name}"] = float(stats.norm.sf((attack.figure.value - 0.5) / attack.se))
    for part in ("holdout", "power"):
        found = results.get(part)
        for measure in found.measures if isinstance(found, CheckResult) else ():
            if measure.name == "blind_baseline" and measure.p_value is not None:
                numbers["p K"] = measure.p_value
            if measure.name == "detected" and measure.value is not None:
                numbers[f"alarms with {measure.about} hidden rows"] = measure.value
    return numbers
