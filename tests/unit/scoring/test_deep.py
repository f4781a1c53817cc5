"""What the deep tier brings to the gate: twins in D and E, volumes up to the quota in B to F and L."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from synth.scoring.deep import deep, volume_subject, volumes_of
from synth.scoring.gate import judge
from synth.scoring.policy import policy
from synth.scoring.privacy.twins import unassessed
from synth.scoring.results import (
    AttackResult,
    CheckResult,
    CopiesResult,
    Measure,
    MembershipResult,
    PartResult,
    TwinsResult,
)
from synth.scoring.scorecard import Figure, Gate, NotAssessed
from synth.scoring.verdict import Context

ZERO = Figure(value=0.0, n=1000, better="lower", ideal=0.0)
HALF = Figure(value=0.5, n=1000, better="lower", ideal=0.5)


def attacks(rows: int, auc: float = 0.5, tpr: float = 0.01) -> MembershipResult:
    measures = (
        Measure(name="auc", value=auc, se=0.005, upper=auc + 0.008, n=5000),
        Measure(name="tpr", value=tpr, se=0.002, upper=tpr + 0.003, n=5000),
    )
    return MembershipResult(figure=HALF, attacks={"a": AttackResult(figure=HALF, measures=measures, synthetic=rows)})


def copies(p: float = 1.0) -> CopiesResult:
    return CopiesResult(figure=ZERO, share=ZERO, control=ZERO, p_value=p, unseen=5000)


def parts(rows: int, **changes: float) -> dict[str, PartResult]:
    return {"attacks": attacks(rows, **changes), "copies": copies()}


def twins(auc: float = 0.5, tpr: float = 0.01) -> TwinsResult:
    measures = [Measure(name=n, value=v, se=0.002, upper=v + 0.003, n=5000) for n, v in (("auc", auc), ("tpr", tpr))]
    told = Measure(name="recognised", value=0, attack=60, control=62.5, n=5000, p_value=0.5)
    return TwinsResult(figure=HALF, measures=(*measures, told), twins=8, rows=5000)


def context(quota: int = 0, **volumes: Mapping[str, PartResult]) -> Context:
    held = {int(name.removeprefix("n")): found for name, found in volumes.items()}
    return Context(synthetic_rows=1000, fixed=False, draws=(parts(1000), parts(1000)), quota=quota, volumes=held)


def judged(found: Mapping[str, PartResult], where: Context | None = None) -> Gate:
    blind = Measure(name="blind_baseline", value=0.5, se=0.01, n=5000, p_value=0.5)
    trusted = CheckResult(figure=ZERO, measures=(blind, Measure(name="entity_overlap", n=5000, attack=0)))
    return judge(policy("L2"), {**parts(1000), "holdout": trusted, **found}, where or context())


def of(gate: Gate, letter: str) -> tuple[str, str]:
    return next((g.outcome, g.reason) for g in gate.gates if g.letter == letter)


GAP = "INSUFFICIENT EVIDENCE"


@pytest.mark.parametrize(
    ("found", "average", "rate"),
    [
        (twins(), "PASS", "PASS"),
        (twins(auc=0.7), "FAIL", "PASS"),
        (twins(tpr=0.2), "PASS", "FAIL"),
        (twins(auc=0.579), GAP, "PASS"),
        (unassessed("2 of 8 twins stopped", excused=False), GAP, GAP),
        (unassessed("too slow", excused=True), "PASS", "PASS"),
    ],
)
def test_twins_are_a_further_attack(found: TwinsResult, average: str, rate: str) -> None:
    gate = judged({"twins": found})
    assert (of(gate, "E")[0], of(gate, "D")[0]) == (average, rate)
    if GAP in {average, rate}:
        assert "twins" in of(gate, "E")[1]


def test_volumes_within_the_quota_are_judged_and_others_are_not() -> None:
    leak = parts(10_000, auc=0.8)
    assert of(judged({}, context(10_000, n3000=parts(3000), n10000=leak)), "E")[0] == "FAIL"
    assert "10,000 rows" in of(judged({}, context(10_000, n3000=parts(3000), n10000=leak)), "E")[1]
    assert of(judged({}, context(3000, n3000=parts(3000), n10000=leak)), "E")[0] == "PASS"
    copied = {"attacks": attacks(3000), "copies": copies(1e-9)}
    assert of(judged({}, context(3000, n3000=copied)), "B")[0] == "FAIL"


def test_a_quota_that_was_not_evaluated_is_insufficient() -> None:
    assert of(judged({}, context(0)), "L")[0] == "PASS"
    assert of(judged({}, context(1000)), "L")[0] == "PASS"
    outcome, reason = of(judged({}, context(5000, n3000=parts(3000))), "L")
    assert outcome == GAP
    assert "5,000" in reason
    assert "3,000" in reason
    assert of(judged({}, context(5000)), "L")[0] == GAP
    assert of(judged({}, context(5000, n5000=parts(5000))), "L")[0] == "PASS"
    for found in (twins(), unassessed("too slow", excused=True)):
        assert "run at 1,000" in of(judged({"twins": found}, context(5000)), "L")[1]
    thinned = parts(4000)
    assert of(judged({}, context(5000, n5000=thinned)), "L")[0] == GAP, "attacks looked at fewer rows than are held"


def test_a_volume_whose_attack_is_a_gap_was_not_evaluated() -> None:
    broken = MembershipResult(
        figure=HALF, attacks={"a": AttackResult(figure=NotAssessed(not_assessed="x"), synthetic=5000)}
    )
    assert of(judged({}, context(5000, n5000={"attacks": broken, "copies": copies()})), "L")[0] == GAP


def test_the_section_has_the_curve_and_the_twins() -> None:
    found = deep({**parts(1000, tpr=0.02), "twins": twins()}, context(3000, n3000=parts(3000), n10000=parts(10_000)))
    assert [(v.rows, v.evaluated, v.judged) for v in found.volumes] == [
        (1000, 1000, True), (3000, 3000, True), (10_000, 10_000, False)]  # fmt: skip
    assert found.volumes[0].found == 0.02
    assert found.quota == 3000
    assert found.twins is not None
    assert (found.twins.twins, found.twins.rows, len(found.twins.risks)) == (8, 5000, 3)
    excused = deep({"twins": unassessed("made elsewhere", excused=True)}, Context(synthetic_rows=10))
    assert excused.twins is not None
    assert isinstance(excused.twins.auc, NotAssessed)


def test_volumes_are_told_from_draws_by_name() -> None:
    found = volumes_of({volume_subject(30): parts(30), "draw 2": parts(1), volume_subject(4): parts(4)})
    assert list(found) == [4, 30]
