"""The gates one by one: what each looks at, and what it says before Holm's procedure has spoken (see `gate`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from synth.scoring.deep import evaluated
from synth.scoring.estimates import Estimate
from synth.scoring.parts import ATTACKS
from synth.scoring.policy import GateRule
from synth.scoring.results import CheckResult, CopiesResult, Measure, MembershipResult, PartResult
from synth.scoring.scorecard import NotAssessed, Outcome
from synth.scoring.significance import combined
from synth.texts import say

ALARMING = 0.01
SUSPICIOUS = 0.05
MISSES_ONCE_IN_20 = 3.29
"""Standard errors between no excess and the limit at which the upper bound stays below it 19 times of 20."""

LEAST_MADE = 200
"""Attacks below which an excess risk says nothing, even where no more can be made."""

FAIL: Outcome = "FAIL"
PASS: Outcome = "PASS"  # noqa: S105 - an outcome
GAP: Outcome = "INSUFFICIENT EVIDENCE"
NONE: Outcome = "NOT APPLICABLE"

Results = Mapping[str, PartResult]

MEASURES: Mapping[str, str] = {
    "auc": say("AUC"),
    "tpr": say("Members found"),
    "isolated_auc_200": say("AUC on the 200 most isolated"),
    "isolated_auc_400": say("AUC on the 400 most isolated"),
    "singling_out": say("Singling out"),
    "linkability": say("Linkability"),
    "inference": say("Inference"),
    "inference_of_a_value": say("Inference of a value"),
    "rep_u": say("Unique records met (repU)"),
    "disco": say("Secrets disclosed (DiSCO)"),
}
"""What people call the measures that have limits."""


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


def _gap(result: PartResult | None) -> Verdict:
    if result is None:
        return Verdict(GAP, say("Not run in this tier."))
    reason = result.figure.not_assessed if isinstance(result.figure, NotAssessed) else say("nothing was measured")
    return Verdict(GAP, say("Not assessed: {reason}.", reason=reason))


def _title(attack: str) -> str:
    return ATTACKS[attack].title if attack in ATTACKS else attack


def _measures(results: Results, part: str, *names: str) -> list[Measure]:
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


def _p_of(measure: Measure) -> float:
    """1 where there is no test; a p-value of exactly 0 is one."""
    return 1.0 if measure.p_value is None else measure.p_value


# --- gates that count ---


def _identifiers(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule, context
    result = results.get("identifiers")
    if result is None or isinstance(result.figure, NotAssessed):
        return _gap(result)
    absolute = [m for m in _measures(results, "identifiers", "identifier") if m.attack]
    if absolute:
        worst = max(absolute, key=lambda m: m.attack or 0)
        met = any(m.control for m in absolute)
        where = ", ".join(f"`{m.about}`" for m in absolute)
        count = int(worst.attack or 0)
        if met and all(_p_of(m) >= ALARMING for m in absolute):
            told = say(
                "Values of real entities of train are in {where} ({count} in the worst); perhaps by chance, for unseen "
                "entities are met as well.",
                where=where,
                count=count,
            )
            return Verdict(GAP, told, None, worst)
        told = say("Values of real entities of train are in {where} ({count} in the worst).", where=where, count=count)
        return Verdict(FAIL, told, None, worst)
    chance = _measures(results, "identifiers", "identifier_by_chance")
    p = min((min(1.0, _p_of(m) * len(chance)) for m in chance), default=None)
    worst = min(chance, key=_p_of, default=Measure(name="identifier"))
    more = say("More names, addresses or words of train entities than of unseen ones (p {p}).", p=_shown(p))
    return _tested(p, worst, more, say("No identifier found."))


def _few_people(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule, context
    result = results.get("metadata_leak")
    if result is None or isinstance(result.figure, NotAssessed):
        return _gap(result)
    found = [m for m in _measures(results, "metadata_leak", "few_people") if m.attack]
    if not found:
        return Verdict(PASS, say("No category or extreme of too few people is shown."))
    where = ", ".join(f"`{m.about}`" for m in found[:5]) + (", ..." if len(found) > 5 else "")
    told = say("Undeclared categories or extremes of too few people are in {where}.", where=where)
    return Verdict(FAIL, told, None, found[0])


# --- gates that are tests ---


def _copies(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    result = results.get("copies")
    if not isinstance(result, CopiesResult) or result.p_value is None or isinstance(result.figure, NotAssessed):
        return _gap(result)
    measure = Measure(name="copies", value=result.figure.value, upper=result.figure.ci_high, n=result.unseen)
    more = say("More unique train rows are met than unseen ones (p {p}).", p=_shown(result.p_value))
    verdict = _tested(result.p_value, measure, more, say("No more than chance."))
    return _with_evidence(verdict, result.unseen, rule.evidence, say("unseen rows"))


def _top(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    more = say("More members are among the highest scores than chance puts there")
    return _combined(results, "top", rule.evidence, more, say("targets of each kind"))


def _combined(results: Results, name: str, evidence: int, more: str, what: str) -> Verdict:
    found = [m for m in _measures(results, "attacks", name) if m.p_value is not None]
    if not found:
        return _gap(results.get("attacks"))
    p = combined(m.p_value for m in found if m.p_value is not None)
    worst = min(found, key=_p_of)
    verdict = _tested(p, worst, say("{more} (p {p}).", more=more, p=_shown(p)), say("No more than chance."))
    return _with_evidence(verdict, min(m.n for m in found), evidence, what)


def _tested(p: float | None, worst: Measure, more: str, fine: str) -> Verdict:
    if p is None or p >= ALARMING:
        return Verdict(PASS, fine, p, worst)
    return Verdict(GAP, more, p, worst)


def _shown(p: float | None) -> str:
    return "-" if p is None else "< 1e-9" if p < 1e-9 else f"= {p:.2g}"


def _with_evidence(verdict: Verdict, n: int, evidence: int, what: str) -> Verdict:
    if verdict.outcome == PASS and n < evidence:
        verdict.outcome, verdict.reason = (
            GAP,
            say("Rests on {n:,} {what}; the policy asks for {least:,}.", n=n, what=what, least=evidence),
        )
    return verdict


# --- gates that are limits ---


def _limit(measures: Sequence[Measure], rule: GateRule, what: str, gap: PartResult | None) -> Verdict:
    """PASS where every upper bound is within the limit on enough evidence; the p-value is Bonferroni's over them."""
    assert rule.limit is not None, "a policy states the limit"
    if not measures:
        return _gap(gap)
    known = [m for m in measures if m.value is not None and m.upper is not None and m.n > 0]
    p_values = [min(1.0, _p_above(m, rule.limit) * len(known)) for m in known]
    p = min(p_values, default=None)
    asked = [m for m in measures if _is_asked(m, rule)]
    missing = [m for m in asked if m.value is None or m.upper is None]
    if missing:
        told = say("{what} not assessed: {reason}.", what=_named(missing[0]), reason=missing[0].not_assessed)
        return Verdict(GAP, told, p, missing[0])
    if not asked:
        return Verdict(GAP, say("Too few {what} can be made.", what=what), p, measures[0])
    thin = [m for m in asked if m.n < rule.evidence and not m.exhaustive]
    worst = max(asked, key=lambda m: m.upper or 0)
    bound = say(
        "{what} has an upper bound of {upper:.3f}; the limit is {limit:g}.",
        what=_named(worst),
        upper=worst.upper or 0.0,
        limit=rule.limit,
    )
    if (worst.upper or 0) > rule.limit:
        return Verdict(GAP, bound, p, worst)
    if thin:
        thinnest = min(thin, key=lambda m: m.n)
        told = say(
            "{measure} rests on {n:,} {what}; the policy asks for {least:,}.",
            measure=_named(thinnest),
            n=thinnest.n,
            what=what,
            least=rule.evidence,
        )
        return Verdict(GAP, told, p, thinnest)
    return Verdict(PASS, bound, p, worst)


def _is_asked(measure: Measure, rule: GateRule) -> bool:
    """Whether a PASS needs this measure.

    Where all attacks that can be made were made and they are few, or its spread is such that a file without any excess
    would often miss the limit, more evidence cannot be had: it then counts only if it speaks against the file.
    """
    if not measure.exhaustive:
        return True
    if measure.value is None or measure.se is None or measure.n < LEAST_MADE:
        return False
    assert rule.limit is not None, "a policy states the limit"
    return MISSES_ONCE_IN_20 * measure.se <= rule.limit or _p_above(measure, rule.limit) < SUSPICIOUS


def _p_above(measure: Measure, limit: float) -> float:
    if measure.value is None or measure.se is None:
        return 1.0
    return Estimate(measure.value, measure.se, measure.n).p_above(limit)


def _named(measure: Measure) -> str:
    name = MEASURES.get(measure.name, measure.name)
    return say("{measure} ({about})", measure=name, about=measure.about) if measure.about else name


def _rate(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _limit(_measures(results, "attacks", "tpr"), rule, say("non-members"), results.get("attacks"))


def _average(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _limit(_measures(results, "attacks", "auc"), rule, say("non-members"), results.get("attacks"))


def _isolated(results: Results, rule: GateRule, context: Context) -> Verdict:
    """(a) the AUC on the most isolated of the policy's number, and (b) the nested test."""
    del context
    name = f"isolated_auc_{rule.evidence}"
    bare = rule.model_copy(update={"evidence": 0})  # the number of records is the evidence
    first = _limit(_measures(results, "attacks", name), bare, say("isolated records"), results.get("attacks"))
    more = say("More isolated members stand out than chance puts there")
    second = _combined(results, "isolated", 0, more, say("isolated records"))
    worse = second if second.outcome != PASS else first
    return Verdict(worse.outcome, worse.reason, second.p_value, worse.worst, limit_p=first.p_value)


def _excess(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    parts = {"singling_out": ("singling_out",), "linkability": ("linkability",),
             "attribute_inference": ("inference", "inference_of_a_value")}  # fmt: skip
    for part in parts:
        result = results.get(part)
        if result is None or isinstance(result.figure, NotAssessed):
            return _gap(result)
    measures = [m for part, names in parts.items() for m in _measures(results, part, *names)]
    return _limit(measures, rule, say("attacks"), None)


def _disclosure(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _limit(_measures(results, "disclosure", "rep_u", "disco"), rule, say("people"), results.get("disclosure"))


# --- gates about the review itself ---


def _power(results: Results, rule: GateRule, context: Context) -> Verdict:
    assert rule.limit is not None, "a policy states the limit"
    found = _measures(results, "power", "limit_of_detection")
    if not found:
        return _gap(results.get("power"))
    most = max(rule.limit * context.synthetic_rows, 10)
    [measure] = found
    if measure.value is None:
        told = say("Copies of real rows would not have been noticed: {reason}.", reason=measure.not_assessed)
        return Verdict(GAP, told, None, measure)
    told = say(
        "{n:,} copied rows are noticed in 95 % of trials; the policy asks for {most:,} or fewer.",
        n=int(measure.value),
        most=int(most),
    )
    return Verdict(PASS if measure.value <= most else GAP, told, None, measure)


def _control(results: Results, rule: GateRule, context: Context) -> Verdict:
    assert rule.limit is not None, "a policy states the limit"
    del context
    blind = _measures(results, "holdout", "blind_baseline")
    overlap = _measures(results, "holdout", "entity_overlap")
    if not blind or not overlap or blind[0].p_value is None:
        return _gap(results.get("holdout"))
    if overlap[0].attack:
        told = say("{n:,} entities are in train and in the control.", n=int(overlap[0].attack))
        return Verdict(GAP, told, None, overlap[0])
    if blind[0].p_value < rule.limit:
        told = say(
            "Train and unseen rows can be told apart without the file (AUC {auc:.3f}).", auc=blind[0].value or 0.0
        )
        return Verdict(GAP, told, None, blind[0])
    if overlap[0].n < rule.evidence:
        told = say(
            "{n:,} people are behind the train rows; below {least:,} an expert decides.",
            n=overlap[0].n,
            least=rule.evidence,
        )
        return Verdict(GAP, told, None, blind[0], trusted=True)
    told = say("Train and unseen rows cannot be told apart without the file.")
    return Verdict(PASS, told, None, blind[0], trusted=True)


def _volume(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule
    if context.fixed:
        return Verdict(NONE, say("The file was made elsewhere; nothing more can be drawn."))
    if len(context.draws) < 2:
        return Verdict(GAP, say("One draw of the generator was judged; three independent ones are asked for."))
    draws = say("{n} independent draws were judged", n=len(context.draws) + 1)
    if context.quota <= context.synthetic_rows:
        return Verdict(PASS, say("{draws}; the worst counts.", draws=draws))
    reached = evaluated(results, context)
    if reached < context.quota:
        gap = say(
            "The quota is {quota:,} rows; the attacks were run at {reached:,}.", quota=context.quota, reached=reached
        )
        return Verdict(GAP, gap, None, Measure(name="rows", n=reached))
    told = say("{draws}, and the quota of {quota:,} rows; the worst counts.", draws=draws, quota=context.quota)
    return Verdict(PASS, told)


def _age(results: Results, rule: GateRule, context: Context) -> Verdict:
    del results, context
    assert rule.limit is not None, "a policy states the limit"
    told = say("The report is new; it holds for {days:g} days.", days=rule.limit)
    return Verdict(PASS, told)


GATES: Mapping[str, Callable[[Results, GateRule, Context], Verdict]] = {
    "A": _identifiers,
    "B": _copies,
    "C": _top,
    "D": _rate,
    "E": _average,
    "F": _isolated,
    "G": _excess,
    "H": _disclosure,
    "I": _few_people,
    "J": _power,
    "K": _control,
    "L": _volume,
    "N": _age,
}
