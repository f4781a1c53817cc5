"""The gate: may this file leave? The worst gate decides; a crash or a gap never passes.

Statistics (equivalence testing: the burden of proof lies on the release):

    PASS                    the one-sided 95 % upper bound of every measure is within the limit, on enough evidence;
                            a gate that is a test passes where its p-value is at least 0.01
    FAIL                    the null hypothesis "within the limit" or "no more than chance" is rejected, by Holm's
                            procedure over all gates at a family-wise 1 %; or something that may not occur was found
    INSUFFICIENT EVIDENCE   neither, or the check could not be run
    NOT APPLICABLE          the policy does not ask for it, or there is nothing to ask

PASS of all gates needs no correction (intersection-union); FAIL is corrected, so that an honest file is condemned in at
most 1 of 100 cases. Where the control group cannot be trusted (gate K), gates that lean on it are INSUFFICIENT.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from synth.scoring.deep import judged_draws, with_twins
from synth.scoring.gates import GATES
from synth.scoring.parts import ATTACKS
from synth.scoring.policy import GateRule, Policy
from synth.scoring.results import CopiesResult, MembershipResult
from synth.scoring.scorecard import Finding, Gate, GateResult
from synth.scoring.verdict import FAIL, GAP, NONE, PASS, Context, Results, Verdict, not_asked
from synth.texts import say

FAMILY_WISE = 0.01

TITLES: Mapping[str, str] = {
    "A": say("Identifiers"),
    "B": say("Verbatim copies"),
    "C": say("Highest scores"),
    "D": say("Members found at 1 % false alarms"),
    "E": say("Membership on average"),
    "F": say("Isolated records"),
    "G": say("Singling out, linking, inference"),
    "H": say("Disclosure by keys"),
    "I": say("Facts of few people"),
    "J": say("Power of the tests"),
    "K": say("The control group"),
    "L": say("Volume"),
    "N": say("Age"),
}
LEANS_ON_CONTROL = frozenset("BCDEFGH")


def judge(policy: Policy, results: Results, context: Context) -> Gate:
    """Outcome of each gate and of all.

    Args:
        policy: limits.
        results: of the synthetic file, by part; a part that is absent was not run.
        context: see `Context`.
    """
    results = with_twins(_with_draws(results, dict(judged_draws(context))))
    verdicts = {
        letter: run(results, policy.gates[letter], context) if letter in policy.gates else not_asked()
        for letter, run in GATES.items()
    }
    hypotheses = {f"{letter}{i}": p for letter, v in verdicts.items() for i, p in enumerate(v.p_values)}
    for name in holm(hypotheses):
        verdicts[name[0]].outcome = FAIL
    if "K" in policy.gates and not verdicts["K"].trusted:
        for letter in LEANS_ON_CONTROL & verdicts.keys():
            if verdicts[letter].outcome in {PASS, FAIL}:
                verdicts[letter].outcome = GAP
                reason = verdicts[letter].reason
                verdicts[letter].reason = say("{reason} The control group cannot be trusted (gate K).", reason=reason)
    gates = tuple(_result(letter, v, policy.gates.get(letter)) for letter, v in verdicts.items())
    outcomes = {gate.outcome for gate in gates}
    outcome = next((o for o in (FAIL, GAP) if o in outcomes), PASS)
    assert outcome != NONE
    return Gate(
        policy=policy.name,
        version=policy.version,
        level=policy.level,
        outcome=outcome,
        gates=gates,
        findings=tuple(_findings(gates)),
    )


def _with_draws(results: Results, draws: Mapping[str, Results]) -> Results:
    """Copies and attacks of all draws as if they were of one file: every measure must be within its limit."""
    merged = dict(results)
    attacks, copied = results.get("attacks"), results.get("copies")
    for label, draw in draws.items():
        more, other = draw.get("attacks"), draw.get("copies")
        if isinstance(attacks, MembershipResult) and isinstance(more, MembershipResult):
            named = {_of_draw(name, label): attack for name, attack in more.attacks.items()}
            attacks = attacks.model_copy(update={"attacks": {**attacks.attacks, **named}})
        if isinstance(copied, CopiesResult) and isinstance(other, CopiesResult) and other.p_value is not None:
            worse = other if copied.p_value is None or other.p_value < copied.p_value else copied
            copied = worse
    if isinstance(copied, CopiesResult) and copied.p_value is not None:
        copied = copied.model_copy(update={"p_value": min(1.0, copied.p_value * (1 + len(draws)))})
    merged |= {name: result for name, result in (("attacks", attacks), ("copies", copied)) if result is not None}
    return merged


def _of_draw(attack: str, label: str) -> str:
    return say("{attack}, {label}", attack=ATTACKS[attack].title if attack in ATTACKS else attack, label=label)


def holm(p_values: Mapping[str, float], level: float = FAMILY_WISE) -> list[str]:
    """Names of the hypotheses that Holm's step-down procedure rejects at a family-wise level, smallest p first.

    >>> holm({"a": 0.004, "b": 0.2, "c": 0.0001})
    ['c', 'a']
    """
    rejected: list[str] = []
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        if p > level / (len(p_values) - place):
            break
        rejected.append(name)
    return rejected


def _result(letter: str, verdict: Verdict, rule: GateRule | None) -> GateResult:
    worst = verdict.worst
    return GateResult(
        letter=letter,
        title=TITLES[letter],
        outcome=verdict.outcome,
        reason=verdict.reason,
        about=worst.about,
        value=worst.value,
        upper=worst.upper,
        limit=None if rule is None else rule.limit,
        n=worst.n,
        p_value=verdict.p_value,
    )


def _findings(gates: Sequence[GateResult]) -> Iterator[Finding]:
    for outcome, severity in ((FAIL, "alarm"), (GAP, "warning")):
        for gate in gates:
            if gate.outcome == outcome:
                text = say("Gate {letter}, {title}: {reason}", letter=gate.letter, title=gate.title, reason=gate.reason)
                yield Finding.model_validate({"severity": severity, "about": f"gate {gate.letter}", "text": text})
