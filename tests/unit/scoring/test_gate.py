"""The gate, gate by gate: what passes, what fails, and that no gap ever passes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from synth.scoring.gate import FAMILY_WISE, holm, judge
from synth.scoring.policy import policy
from synth.scoring.results import AttackResult, CheckResult, CopiesResult, Measure, MembershipResult, PartResult
from synth.scoring.scorecard import Figure, Gate, NotAssessed
from synth.scoring.verdict import Context

ZERO = Figure(value=0.0, n=1000, better="lower", ideal=0.0)
CONTEXT = Context(synthetic_rows=1000)


def check(*measures: Measure) -> CheckResult:
    return CheckResult(figure=ZERO, measures=measures)


def risk(name: str, value: float = 0.0, se: float = 0.005, **more: Any) -> Measure:
    asked = {"name": name, "value": value, "se": se, "upper": value + 1.645 * se, "n": 5000} | more
    return Measure.model_validate(asked)


def attack(**changes: Measure) -> AttackResult:
    measures = {
        "auc": risk("auc", 0.5),
        "tpr": risk("tpr", 0.01, 0.002),
        "top": Measure(name="top", n=5000, p_value=0.5),
        "isolated": Measure(name="isolated", n=5000, p_value=0.5),
        "isolated_auc_200": risk("isolated_auc_200", 0.5, 0.02),
        "isolated_auc_400": risk("isolated_auc_400", 0.5, 0.02),
    } | changes
    return AttackResult(figure=ZERO, measures=tuple(measures.values()))


def attacks(**changes: Measure) -> MembershipResult:
    return MembershipResult(figure=ZERO, attacks={"a": attack(**changes), "b": attack()})


def copies(p: float | None = 1.0, unseen: int = 5000) -> CopiesResult:
    return CopiesResult(figure=ZERO, share=ZERO, control=ZERO, p_value=p, unseen=unseen)


def good() -> dict[str, PartResult]:
    """Results of a file that passes everywhere."""
    return {
        "copies": copies(),
        "attacks": attacks(),
        "identifiers": check(Measure(name="identifier", about="mail", n=900, attack=0, control=0, p_value=1.0)),
        "metadata_leak": check(Measure(name="few_people", about="ward", n=900, attack=0)),
        "holdout": check(
            Measure(name="blind_baseline", value=0.5, se=0.01, n=5000, p_value=0.5),
            Measure(name="entity_overlap", n=5000, attack=0),
        ),
        "singling_out": check(risk("singling_out")),
        "linkability": check(risk("linkability")),
        "attribute_inference": check(risk("inference", about="income (trees)")),
        "disclosure": check(risk("rep_u"), risk("disco", about="income")),
        "power": check(Measure(name="limit_of_detection", n=1000, value=10.0)),
    }


def judged(level: str = "L2", context: Context = CONTEXT, **changes: PartResult | None) -> Gate:
    return with_results(changes, level, context)


def with_results(changes: Mapping[str, PartResult | None], level: str = "L2", context: Context = CONTEXT) -> Gate:
    results = {name: result for name, result in {**good(), **changes}.items() if result is not None}
    return judge(policy(level), results, context)


def of(gate: Gate, letter: str) -> str:
    return next(g.outcome for g in gate.gates if g.letter == letter)


@pytest.mark.parametrize("level", ["L0", "L1", "L2", "L3"])
def test_a_file_without_fault_passes_at_each_level(level: str) -> None:
    gate = judged(level)
    assert gate.outcome == "PASS", gate.findings
    assert of(gate, "L") == "NOT APPLICABLE"
    assert gate.findings == ()


GAP = "INSUFFICIENT EVIDENCE"
CASES: list[tuple[str, str, dict[str, PartResult | None]]] = [
    ("A", "FAIL", {"identifiers": check(
        Measure(name="identifier", about="m", n=900, attack=1, control=0, p_value=0.5))}),
    ("A", GAP, {"identifiers": check(Measure(name="identifier", about="m", n=900, attack=1, control=1, p_value=0.7))}),
    ("A", "FAIL", {"identifiers": check(
        Measure(name="identifier", about="m", n=900, attack=9, control=1, p_value=0.001))}),
    ("A", GAP, {"identifiers": check(
        Measure(name="identifier_by_chance", about="m", n=900, attack=9, control=1, p_value=0.005))}),
    ("A", "FAIL", {"identifiers": check(
        Measure(name="identifier_by_chance", about="m", n=900, attack=99, control=1, p_value=1e-9))}),
    ("B", "FAIL", {"copies": copies(1e-6)}),
    ("B", GAP, {"copies": copies(0.005)}),
    ("B", "PASS", {"copies": copies(0.02)}),
    ("B", GAP, {"copies": copies(1.0, unseen=499)}),
    ("B", GAP, {"copies": copies(None)}),
    ("C", "FAIL", {"attacks": attacks(top=Measure(name="top", n=5000, p_value=1e-6))}),
    ("C", GAP, {"attacks": attacks(top=Measure(name="top", n=499, p_value=0.5))}),
    ("C", GAP, {"attacks": attacks(top=Measure(name="top", n=5000, not_assessed="stopped"))}),
    ("F", GAP, {"attacks": attacks(isolated=Measure(name="isolated", n=5000, not_assessed="stopped"))}),
    ("D", "FAIL", {"attacks": attacks(tpr=risk("tpr", 0.2, 0.01))}),
    ("D", GAP, {"attacks": attacks(tpr=risk("tpr", 0.045, 0.01))}),
    ("D", GAP, {"attacks": attacks(tpr=risk("tpr", 0.01, 0.002, n=999))}),
    ("D", GAP, {"attacks": attacks(tpr=Measure(name="tpr", not_assessed="few"))}),
    ("E", "FAIL", {"attacks": attacks(auc=risk("auc", 0.7))}),
    ("E", GAP, {"attacks": attacks(auc=risk("auc", 0.578))}),
    ("F", "FAIL", {"attacks": attacks(isolated=Measure(name="isolated", n=5000, p_value=1e-6))}),
    ("F", GAP, {"attacks": attacks(isolated=Measure(name="isolated", n=5000, p_value=0.004))}),
    ("F", "FAIL", {"attacks": attacks(isolated_auc_200=risk("isolated_auc_200", 0.9, 0.02))}),
    ("F", GAP, {"attacks": attacks(isolated_auc_200=Measure(name="isolated_auc_200", not_assessed="few"))}),
    ("G", "FAIL", {"linkability": check(risk("linkability", 0.5))}),
    ("G", GAP, {"linkability": check(risk("linkability", 0.05, 0.04))}),
    ("G", GAP, {"linkability": check(risk("linkability", n=999))}),
    ("G", GAP, {"singling_out": None}),
    ("G", GAP, {"singling_out": CheckResult(figure=NotAssessed(not_assessed="stopped"))}),
    ("G", "PASS", {"attribute_inference": check(risk("inference"), risk("inference", se=0.2, exhaustive=True))}),
    ("G", "PASS", {"attribute_inference": check(
        risk("inference"), risk("inference", 0.08, 0.01, n=199, exhaustive=True))}),
    ("G", GAP, {"attribute_inference": check(
        risk("inference"), risk("inference", 0.08, 0.01, n=200, exhaustive=True))}),
    ("G", GAP, {"attribute_inference": check(risk("inference"), risk("inference", 0.5, 0.2, exhaustive=True))}),
    ("G", "FAIL", {"attribute_inference": check(risk("inference"), risk("inference", 0.9, 0.1, exhaustive=True))}),
    ("H", "FAIL", {"disclosure": check(risk("disco", 0.2))}),
    ("H", GAP, {"disclosure": None}),
    ("I", "FAIL", {"metadata_leak": check(Measure(name="few_people", about="ward", n=900, attack=1))}),
    ("J", GAP, {"power": check(Measure(name="limit_of_detection", n=1000, value=20.0))}),
    ("J", GAP, {"power": check(Measure(name="limit_of_detection", n=1000, not_assessed="none found"))}),
    ("J", GAP, {"power": None}),
    ("L", GAP, {}),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "outcome", "changes"), CASES)
def test_each_gate_decides_as_the_policy_says(letter: str, outcome: str, changes: dict[str, PartResult | None]) -> None:
    made_here = Context(synthetic_rows=1000, fixed=False)
    gate = with_results(changes, context=made_here if letter == "L" else CONTEXT)
    assert of(gate, letter) == outcome
    assert gate.outcome == outcome, "the worst gate decides"
    if outcome != "PASS":
        assert any(finding.about == f"gate {letter}" for finding in gate.findings)


@pytest.mark.parametrize("part", [*good()])
def test_no_part_that_is_missing_or_stopped_lets_a_file_pass(part: str) -> None:
    stopped = good()[part].model_copy(update={"figure": NotAssessed(not_assessed="stopped"), "measures": ()})
    stopped = stopped.model_copy(update={"attacks": {}, "p_value": None})
    for result in (None, stopped):
        assert with_results({part: result}).outcome == GAP


def blind(p: float = 0.5, people: int = 5000, overlap: int = 0) -> CheckResult:
    return check(
        Measure(name="blind_baseline", value=0.6, se=0.01, n=5000, p_value=p),
        Measure(name="entity_overlap", n=people, attack=overlap),
    )


def test_a_control_group_that_cannot_be_trusted_decides_nothing() -> None:
    for control in (blind(p=0.001), blind(overlap=1)):
        gate = judged(holdout=control, copies=copies(1e-9))
        assert gate.outcome == GAP
        assert {g.letter for g in gate.gates if g.outcome == GAP} == set("BCDEFGHK")
    absolute = check(Measure(name="few_people", about="ward", n=900, attack=1))
    assert judged(holdout=blind(p=0.001), metadata_leak=absolute).outcome == "FAIL"


def test_few_people_are_for_an_expert_but_hide_no_failure() -> None:
    assert judged(holdout=blind(people=999)).outcome == GAP
    assert judged(holdout=blind(people=999), copies=copies(1e-9)).outcome == "FAIL"


def test_the_worst_of_three_draws_counts() -> None:
    def three(**second: PartResult) -> Gate:
        draws = ({"attacks": attacks(), "copies": copies()} | second, {"attacks": attacks(), "copies": copies()})
        return judged(context=Context(synthetic_rows=1000, fixed=False, draws=draws))

    assert three().outcome == "PASS"
    assert three(copies=copies(1e-6)).outcome == "FAIL"
    assert three(attacks=attacks(auc=risk("auc", 0.9))).outcome == "FAIL"


def test_the_least_p_value_of_copies_counts_for_as_many_files_as_were_made() -> None:
    same = {"copies": copies(0.5), "attacks": attacks()}
    context = Context(synthetic_rows=1000, fixed=False, draws=(same, same))
    assert of(judged(context=context, copies=copies(0.004)), "B") == "PASS", "three times 0.004 is above 0.01"
    assert of(judged(context=context, copies=copies(0.003)), "B") == GAP


def test_holm_adjusts_step_by_step() -> None:
    assert holm({"a": 0.006, "b": 0.5}) == []
    assert holm({"a": 0.004, "b": 0.009}) == ["a", "b"]
    assert holm({"a": FAMILY_WISE}) == ["a"]
    assert holm({}) == []
