"""The gates, by letter: what each says before Holm's procedure has spoken (see `gate`).

Here are those that count (A, I) and those about the review itself (J to N); B to H are in `gates_measured`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from synth.scoring import gates_measured as measured
from synth.scoring.deep import evaluated
from synth.scoring.policy import GateRule
from synth.scoring.results import Measure
from synth.scoring.scorecard import NotAssessed
from synth.scoring.verdict import (
    ALARMING,
    FAIL,
    GAP,
    NONE,
    PASS,
    Context,
    Results,
    Verdict,
    measures_of,
    p_of,
    shown,
    tested,
    unrun,
)
from synth.texts import say

# --- gates that count ---


def _identifiers(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule, context
    result = results.get("identifiers")
    if result is None or isinstance(result.figure, NotAssessed):
        return unrun(result)
    absolute = [m for m in measures_of(results, "identifiers", "identifier") if m.attack]
    if absolute:
        worst = max(absolute, key=lambda m: m.attack or 0)
        met = any(m.control for m in absolute)
        where = ", ".join(f"`{m.about}`" for m in absolute)
        count = int(worst.attack or 0)
        if met and all(p_of(m) >= ALARMING for m in absolute):
            told = say(
                "Values of real entities of train are in {where} ({count} in the worst); perhaps by chance, for unseen "
                "entities are met as well.",
                where=where,
                count=count,
            )
            return Verdict(GAP, told, None, worst)
        told = say("Values of real entities of train are in {where} ({count} in the worst).", where=where, count=count)
        return Verdict(FAIL, told, None, worst)
    chance = measures_of(results, "identifiers", "identifier_by_chance")
    p = min((min(1.0, p_of(m) * len(chance)) for m in chance), default=None)
    worst = min(chance, key=p_of, default=Measure(name="identifier"))
    more = say("More names, addresses or words of train entities than of unseen ones (p {p}).", p=shown(p))
    return tested(p, worst, more, say("No identifier found."))


def _few_people(results: Results, rule: GateRule, context: Context) -> Verdict:
    del rule, context
    result = results.get("metadata_leak")
    if result is None or isinstance(result.figure, NotAssessed):
        return unrun(result)
    found = [m for m in measures_of(results, "metadata_leak", "few_people") if m.attack]
    if not found:
        return Verdict(PASS, say("No category or extreme of too few people is shown."))
    where = ", ".join(f"`{m.about}`" for m in found[:5]) + (", ..." if len(found) > 5 else "")
    told = say("Undeclared categories or extremes of too few people are in {where}.", where=where)
    return Verdict(FAIL, told, None, found[0])


# --- gates about the review itself ---


def _power(results: Results, rule: GateRule, context: Context) -> Verdict:
    assert rule.limit is not None, "a policy states the limit"
    found = measures_of(results, "power", "limit_of_detection")
    if not found:
        return unrun(results.get("power"))
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
    blind = measures_of(results, "holdout", "blind_baseline")
    overlap = measures_of(results, "holdout", "entity_overlap")
    if not blind or not overlap or blind[0].p_value is None:
        return unrun(results.get("holdout"))
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
    "B": measured.copies,
    "C": measured.top,
    "D": measured.rate,
    "E": measured.average,
    "F": measured.isolated,
    "G": measured.excess,
    "H": measured.disclosure,
    "I": _few_people,
    "J": _power,
    "K": _control,
    "L": _volume,
    "N": _age,
}
