"""The gates one by one: what each looks at, and what it says before Holm's procedure has spoken (see `gate`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from synth.scoring.deep import evaluated
from synth.scoring.estimates import Estimate
from synth.scoring.policy import GateRule
from synth.scoring.results import CheckResult, CopiesResult, Measure, MembershipResult, PartResult
from synth.scoring.scorecard import NotAssessed, Outcome
from synth.scoring.significance import combined

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
    return Verdict(NONE, "The policy does not ask for it.")


def _gap(result: PartResult | None) -> Verdict:
    if result is None:
        return Verdict(GAP, "Not run in this tier.")
    reason = result.figure.not_assessed if isinstance(result.figure, NotAssessed) else "nothing was measured"
    return Verdict(GAP, f"Not assessed: {reason}.")


def _measures(results: Results, part: str, *names: str) -> list[Measure]:
    result = results.get(part)
    if isinstance(result, MembershipResult):
        found = sorted(result.attacks.items())  # a result that was stored has its keys sorted
        return [
            m.model_copy(update={"about": m.about or name}) for name, a in found for m in a.measures if m.name in names
        ]
    return [m for m in result.measures if m.name in names] if isinstance(result, CheckResult) else []


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
        reason = f"values of real entities of train are in {where} ({int(worst.attack or 0)} in the worst)."
        if met and all((m.p_value or 1) >= ALARMING for m in absolute):
            return Verdict(GAP, f"Perhaps by chance, for unseen entities are met as well: {reason}", None, worst)
        return Verdict(FAIL, reason[0].upper() + reason[1:], None, worst)
    chance = _measures(results, "identifiers", "identifier_by_chance")
    p = min((min(1.0, (m.p_value or 1.0) * len(chance)) for m in chance), default=None)
    worst = min(chance, key=lambda m: m.p_value or 1.0, default=Measure(name="identifier"))
    return _tested(p, worst, "names, addresses or words of train entities than of unseen ones", "No identifier found.")


def _few_people(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule, context
    result = results.get("metadata_leak")
    if result is None or isinstance(result.figure, NotAssessed):
        return _gap(result)
    found = [m for m in _measures(results, "metadata_leak", "few_people") if m.attack]
    if not found:
        return Verdict(PASS, "No category or extreme of too few people is shown.")
    where = ", ".join(f"`{m.about}`" for m in found[:5]) + (" and others" if len(found) > 5 else "")
    return Verdict(FAIL, f"Undeclared categories or extremes of too few people are in {where}.", None, found[0])


# --- gates that are tests ---


def _copies(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    result = results.get("copies")
    if not isinstance(result, CopiesResult) or result.p_value is None or isinstance(result.figure, NotAssessed):
        return _gap(result)
    measure = Measure(name="copies", value=result.figure.value, upper=result.figure.ci_high, n=result.unseen)
    verdict = _tested(result.p_value, measure, "unique train rows are met than unseen ones", "No more than chance.")
    return _with_evidence(verdict, result.unseen, rule.evidence, "unseen rows")


def _top(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _combined(results, "top", rule.evidence, "members are among the highest scores", "targets of each kind")


def _combined(results: Results, name: str, evidence: int, more: str, what: str) -> Verdict:
    found = [m for m in _measures(results, "attacks", name) if m.p_value is not None]
    if not found:
        return _gap(results.get("attacks"))
    p = combined(m.p_value for m in found if m.p_value is not None)
    worst = min(found, key=lambda m: m.p_value or 1.0)
    verdict = _tested(p, worst, f"{more} than chance puts there", "No more than chance.")
    return _with_evidence(verdict, min(m.n for m in found), evidence, what)


def _tested(p: float | None, worst: Measure, more: str, fine: str) -> Verdict:
    if p is None or p >= ALARMING:
        return Verdict(PASS, fine, p, worst)
    shown = "< 1e-9" if p < 1e-9 else f"= {p:.2g}"
    return Verdict(GAP, f"More {more} (p {shown}).", p, worst)


def _with_evidence(verdict: Verdict, n: int, evidence: int, what: str) -> Verdict:
    if verdict.outcome == PASS and n < evidence:
        verdict.outcome, verdict.reason = GAP, f"Rests on {n:,} {what}; the policy asks for {evidence:,}."
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
        return Verdict(GAP, f"{_named(missing[0])} not assessed: {missing[0].not_assessed}.", p, missing[0])
    if not asked:
        return Verdict(GAP, f"Too few {what} can be made.", p, measures[0])
    thin = [m for m in asked if m.n < rule.evidence and not m.exhaustive]
    worst = max(asked, key=lambda m: m.upper or 0)
    bound = f"{_named(worst)} has an upper bound of {worst.upper:.3f}; the limit is {rule.limit:g}."
    if (worst.upper or 0) > rule.limit:
        return Verdict(GAP, bound, p, worst)
    if thin:
        thinnest = min(thin, key=lambda m: m.n)
        told = f"{_named(thinnest)} rests on {thinnest.n:,} {what}; the policy asks for {rule.evidence:,}."
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
    return f"{measure.name.replace('_', ' ').capitalize()} ({measure.about})" if measure.about else measure.name


def _rate(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _limit(_measures(results, "attacks", "tpr"), rule, "non-members", results.get("attacks"))


def _average(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _limit(_measures(results, "attacks", "auc"), rule, "non-members", results.get("attacks"))


def _isolated(results: Results, rule: GateRule, context: Context) -> Verdict:
    """(a) the AUC on the most isolated of the policy's number, and (b) the nested test."""
    del context
    name = f"isolated_auc_{rule.evidence}"
    bare = rule.model_copy(update={"evidence": 0})  # the number of records is the evidence
    first = _limit(_measures(results, "attacks", name), bare, "isolated records", results.get("attacks"))
    second = _combined(results, "isolated", 0, "isolated members stand out", "isolated records")
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
    return _limit(measures, rule, "attacks", None)


def _disclosure(results: Results, rule: GateRule, context: Context) -> Verdict:
    del context
    return _limit(_measures(results, "disclosure", "rep_u", "disco"), rule, "people", results.get("disclosure"))


# --- gates about the review itself ---


def _power(results: Results, rule: GateRule, context: Context) -> Verdict:
    assert rule.limit is not None, "a policy states the limit"
    found = _measures(results, "power", "limit_of_detection")
    if not found:
        return _gap(results.get("power"))
    most = max(rule.limit * context.synthetic_rows, 10)
    [measure] = found
    if measure.value is None:
        return Verdict(GAP, f"Copies of real rows would not have been noticed: {measure.not_assessed}.", None, measure)
    told = (
        f"{int(measure.value):,} copied rows are noticed in 95 % of trials; the policy asks for {int(most):,} or fewer."
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
        return Verdict(GAP, f"{int(overlap[0].attack):,} entities are in train and in the control.", None, overlap[0])
    if blind[0].p_value < rule.limit:
        told = f"Train and unseen rows can be told apart without the file (AUC {blind[0].value:.3f})."
        return Verdict(GAP, told, None, blind[0])
    if overlap[0].n < rule.evidence:
        told = f"{overlap[0].n:,} people are behind the train rows; below {rule.evidence:,} an expert decides."
        return Verdict(GAP, told, None, blind[0], trusted=True)
    told = "Train and unseen rows cannot be told apart without the file."
    return Verdict(PASS, told, None, blind[0], trusted=True)


def _volume(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule
    if context.fixed:
        return Verdict(NONE, "The file was made elsewhere; nothing more can be drawn.")
    if len(context.draws) < 2:
        return Verdict(GAP, "One draw of the generator was judged; three independent ones are asked for.")
    draws = f"{len(context.draws) + 1} independent draws were judged"
    if context.quota <= context.synthetic_rows:
        return Verdict(PASS, f"{draws}; the worst counts.")
    reached = evaluated(results, context)
    if reached < context.quota:
        gap = f"The quota is {context.quota:,} rows; the attacks were run at {reached:,}."
        return Verdict(GAP, gap, None, Measure(name="rows", n=reached))
    return Verdict(PASS, f"{draws}, and the quota of {context.quota:,} rows; the worst counts.")


def _age(results: Results, rule: GateRule, context: Context) -> Verdict:
    del results, context
    assert rule.limit is not None, "a policy states the limit"
    told = f"The report is new; it holds for {rule.limit:g} days. Other releases of the same people: not stated."
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
