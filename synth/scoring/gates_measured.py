"""Gates B to H: tests of "no more than chance", and limits on upper bounds, over the measures of attacks and checks."""

from __future__ import annotations

from collections.abc import Sequence

from synth.scoring.estimates import Estimate
from synth.scoring.measure_names import MEASURES
from synth.scoring.policy import GateRule
from synth.scoring.results import CopiesResult, Measure, PartResult
from synth.scoring.scorecard import NotAssessed
from synth.scoring.significance import combined
from synth.scoring.verdict import GAP, PASS, Context, Results, Verdict, measures_of, p_of, shown, tested, unrun
from synth.texts import say

SUSPICIOUS = 0.05
MISSES_ONCE_IN_20 = 3.29
"""Standard errors between no excess and the limit at which the upper bound stays below it 19 times of 20."""

LEAST_MADE = 200
"""Attacks below which an excess risk says nothing, even where no more can be made."""


# --- gates that are tests ---


def copies(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate B: unique train rows met more often than unseen ones."""
    del context
    result = results.get("copies")
    if not isinstance(result, CopiesResult) or result.p_value is None or isinstance(result.figure, NotAssessed):
        return unrun(result)
    measure = Measure(name="copies", value=result.figure.value, upper=result.figure.ci_high, n=result.unseen)
    more = say("More unique train rows are met than unseen ones (p {p}).", p=shown(result.p_value))
    verdict = tested(result.p_value, measure, more, say("No more than chance."))
    return _with_evidence(verdict, result.unseen, rule.evidence, say("unseen rows"))


def top(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate C: members among the highest scores."""
    del context
    more = say("More members are among the highest scores than chance puts there")
    return _combined(results, "top", rule.evidence, more, say("targets of each kind"))


def _combined(results: Results, name: str, evidence: int, more: str, what: str) -> Verdict:
    tried = measures_of(results, "attacks", name)
    found = [m for m in tried if m.p_value is not None]
    if not found:
        return unrun(results.get("attacks"))
    p = combined(map(p_of, found))
    worst = min(found, key=p_of)
    verdict = tested(p, worst, say("{more} (p {p}).", more=more, p=shown(p)), say("No more than chance."))
    if verdict.outcome == PASS and len(found) < len(tried):
        return _unassessed(next(m for m in tried if m.p_value is None), p)
    return _with_evidence(verdict, min(m.n for m in found), evidence, what)


def _unassessed(measure: Measure, p: float | None) -> Verdict:
    told = say("{what} not assessed: {reason}.", what=_named(measure), reason=measure.not_assessed)
    return Verdict(GAP, told, p, measure)


def _with_evidence(verdict: Verdict, n: int, evidence: int, what: str) -> Verdict:
    if verdict.outcome == PASS and n < evidence:
        verdict.outcome = GAP
        verdict.reason = say("Rests on {n:,} {what}; the policy asks for {least:,}.", n=n, what=what, least=evidence)
    return verdict


# --- gates that are limits ---


def _limit(measures: Sequence[Measure], rule: GateRule, what: str, gap: PartResult | None) -> Verdict:
    """PASS where every upper bound is within the limit on enough evidence; the p-value is Bonferroni's over them."""
    assert rule.limit is not None, "a policy states the limit"
    if not measures:
        return unrun(gap)
    known = [m for m in measures if m.value is not None and m.upper is not None and m.n > 0]
    p_values = [min(1.0, _p_above(m, rule.limit) * len(known)) for m in known]
    p = min(p_values, default=None)
    asked = [m for m in measures if _is_asked(m, rule)]
    missing = [m for m in asked if m.value is None or m.upper is None]
    if missing:
        return _unassessed(missing[0], p)
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


def rate(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate D: members found at 1 % false alarms."""
    del context
    return _limit(measures_of(results, "attacks", "tpr"), rule, say("non-members"), results.get("attacks"))


def average(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate E: AUC of each attack."""
    del context
    return _limit(measures_of(results, "attacks", "auc"), rule, say("non-members"), results.get("attacks"))


def isolated(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate F: (a) the AUC on the most isolated of the policy's number, and (b) the nested test."""
    del context
    name = f"isolated_auc_{rule.evidence}"
    bare = rule.model_copy(update={"evidence": 0})  # the number of records is the evidence
    first = _limit(measures_of(results, "attacks", name), bare, say("isolated records"), results.get("attacks"))
    more = say("More isolated members stand out than chance puts there")
    second = _combined(results, "isolated", 0, more, say("isolated records"))
    worse = second if second.outcome != PASS else first
    return Verdict(worse.outcome, worse.reason, second.p_value, worse.worst, limit_p=first.p_value)


def excess(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate G: singling out, linkability, inference beyond the control."""
    del context
    parts = {"singling_out": ("singling_out",), "linkability": ("linkability",),
             "attribute_inference": ("inference", "inference_of_a_value")}  # fmt: skip
    for part in parts:
        result = results.get(part)
        if result is None or isinstance(result.figure, NotAssessed):
            return unrun(result)
    measures = [m for part, names in parts.items() for m in measures_of(results, part, *names)]
    return _limit(measures, rule, say("attacks"), None)


def disclosure(results: Results, rule: GateRule, context: Context) -> Verdict:
    """Gate H: repU and DiSCO beyond the control."""
    del context
    return _limit(measures_of(results, "disclosure", "rep_u", "disco"), rule, say("people"), results.get("disclosure"))
