"""What a gate may say, and what all gates share: results in, measures out, a gap that never passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from synth.scoring.parts import ATTACKS
from synth.scoring.results import CheckResult, Measure, MembershipResult, PartResult
from synth.scoring.scorecard import NotAssessed, Outcome
from synth.texts import say

ALARMING = 0.01
"""p below which a gate that is a test does not pass."""

FAIL: Outcome = "FAIL"
PASS: Outcome = "PASS"  # noqa: S105 - an outcome
GAP: Outcome = "INSUFFICIENT EVIDENCE"
NONE: Outcome = "NOT APPLICABLE"

Results = Mapping[str, PartResult]


@dataclass
class Verdict:
    """What a gate found, before Holm's procedure has spoken.

    Attributes:
        outcome: PASS, INSUFFICIENT EVIDENCE or NOT APPLICABLE, or FAIL where something may not occur at all.
        reason: one sentence: names and numbers, never a cell.
        p_value: of the gate's null hypothesis; None where it is no test.
        worst: the measure that decided.
        limit_p: of a second null hypothesis, where the gate has both a test and a limit.
        trusted: of gate K: the control group is one.
    """

    outcome: Outcome
    reason: str
    p_value: float | None = None
    worst: Measure = field(default_factory=lambda: Measure(name=""))
    limit_p: float | None = None
    trusted: bool = False

    @property
    def p_values(self) -> list[float]:
        """Of all its hypotheses."""
        return [p for p in (self.p_value, self.limit_p) if p is not None]


@dataclass(frozen=True)
class Context:
    """What the gates may need besides results.

    Attributes:
        synthetic_rows: in the file.
        fixed: the file was made elsewhere, so nothing more can be drawn from its model.
        draws: results of further files of the same generator, by part; the worst counts.
        quota: rows that may ever leave, the file's own among them; 0 for as many as the file has.
        volumes: results at larger numbers of rows of the same generator; those within the quota count.
    """

    synthetic_rows: int = 0
    fixed: bool = True
    draws: tuple[Results, ...] = ()
    quota: int = 0
    volumes: Mapping[int, Results] = field(default_factory=dict)


def not_asked() -> Verdict:
    """Of a gate that the policy leaves out."""
    return Verdict(NONE, say("The policy does not ask for it."))


def unrun(result: PartResult | None) -> Verdict:
    """Of a gate whose part was not run, or measured nothing."""
    if result is None:
        return Verdict(GAP, say("Not run in this tier."))
    reason = result.figure.not_assessed if isinstance(result.figure, NotAssessed) else say("nothing was measured")
    return Verdict(GAP, say("Not assessed: {reason}.", reason=reason))


def _title(attack: str) -> str:
    return ATTACKS[attack].title if attack in ATTACKS else attack


def measures_of(results: Results, part: str, *names: str) -> list[Measure]:
    """Measures of a part by their names, each attack's with its title."""
    result = results.get(part)
    if isinstance(result, MembershipResult):
        found = sorted(result.attacks.items())  # a result that was stored has its keys sorted
        return [
            m.model_copy(update={"about": m.about or _title(name)})
            for name, a in found
            for m in a.measures
            if m.name in names
        ]
    return [m for m in result.measures if m.name in names] if isinstance(result, CheckResult) else []


def p_of(measure: Measure) -> float:
    """1 where there is no test; a p-value of exactly 0 is one."""
    return 1.0 if measure.p_value is None else measure.p_value


def tested(p: float | None, worst: Measure, more: str, fine: str) -> Verdict:
    """PASS unless p is alarming; then a gap, until Holm's procedure makes it a failure."""
    if p is None or p >= ALARMING:
        return Verdict(PASS, fine, p, worst)
    return Verdict(GAP, more, p, worst)


def shown(p: float | None) -> str:
    """A p-value for people."""
    return "-" if p is None else "< 1e-9" if p < 1e-9 else f"= {p:.2g}"
