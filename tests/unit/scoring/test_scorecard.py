"""Parts, gate, findings and the whole scorecard."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import synth
from synth.data.metadata import Column, ColumnType, Table
from synth.errors import InvalidInputError
from synth.scoring import parts
from synth.scoring.assemble import assemble
from synth.scoring.gate import FAMILY_WISE, holm, judge
from synth.scoring.parts import ATTACKS, PARTS, SUBJECTS, TASKS, blank
from synth.scoring.results import AttackResult, CopiesResult, PartResult
from synth.scoring.samples import Samples, ceiling_of
from synth.scoring.schema import schema_text
from synth.scoring.scorecard import Figure, NotAssessed, Scorecard, Timing

Make = Callable[..., Samples]


def run_all(samples: Samples) -> dict[str, dict[str, PartResult]]:
    rng = np.random.default_rng(0)
    train = samples.train
    shuffled = {n: train[n].take(pa.array(rng.permutation(train.num_rows))) for n in train.column_names}
    subjects = {
        "synthetic": samples,
        "floor": replace(samples, synthetic=pa.table(shuffled)),
        "ceiling": ceiling_of(samples),
    }
    results: dict[str, dict[str, PartResult]] = {subject: {} for subject in SUBJECTS}
    for subject, part in TASKS:
        results[subject][part] = PARTS[part](subjects[subject])
    return results


def card(results: Mapping[str, Mapping[str, PartResult]], policy: str = "L1") -> Scorecard:
    return assemble(
        results,
        table="t",
        engine="trees",
        rows={"train": 120},
        k=5,
        policy=policy,
        timing=Timing(),
        lineage={"seed": 0},
    )


def every_figure(node: Any) -> list[dict[str, Any]]:
    """Leaves of a scorecard's JSON that are figures or gaps."""
    if isinstance(node, dict):
        if "not_assessed" in node or "better" in node:
            return [node]
        return [leaf for child in node.values() for leaf in every_figure(child)]
    return [leaf for child in node for leaf in every_figure(child)] if isinstance(node, list) else []


def test_scorecard_of_a_whole_run_is_complete_and_repeatable(make_samples: Make) -> None:
    samples = make_samples(120)
    first, second = card(run_all(samples)), card(run_all(samples))
    assert first == second
    assert Scorecard.model_validate_json(first.model_dump_json()) == first
    leaves = every_figure(json.loads(first.model_dump_json()))
    assert len(leaves) > 20
    assert all("value" in leaf for leaf in leaves)
    assert [column.column for column in first.fidelity.columns] == list(samples.spec.columns)
    assert all(isinstance(column.floor, Figure) for column in first.fidelity.columns)
    assert len(first.fidelity.pairs) == 10
    assert {attack.name for attack in first.privacy.attacks} == set(ATTACKS)
    assert first.gate.outcome == "INSUFFICIENT EVIDENCE"


def test_scorecard_of_a_copy_fails_and_says_so(make_samples: Make) -> None:
    samples = make_samples(120)
    copier = card(run_all(replace(samples, synthetic=samples.train)))
    assert copier.gate.outcome == "FAIL"
    assert {"copies", "nearest_distance"} <= {f.about for f in copier.gate.findings if f.severity == "alarm"}
    assert copier.findings[0].severity == "alarm"
    worst = copier.privacy.worst_attack.value
    assert isinstance(worst, Figure)
    assert worst.value == max(a.auc.value.value for a in copier.privacy.attacks if isinstance(a.auc.value, Figure))


def test_scorecard_without_results_is_a_list_of_gaps() -> None:
    empty = card({})
    leaves = every_figure(json.loads(empty.model_dump_json()))
    assert leaves
    assert all("not run" in leaf["not_assessed"] for leaf in leaves)
    assert empty.gate.outcome == "INSUFFICIENT EVIDENCE"
    assert any(finding.severity == "warning" and finding.about == "copies" for finding in empty.gate.findings)
    assert not any(finding.severity == "good" for finding in empty.findings)


def test_worst_attack_with_a_gap_is_a_gap(make_samples: Make) -> None:
    results = run_all(make_samples(60))
    results["synthetic"]["attack/density_ratio"] = blank("attack/density_ratio", "no reference")
    worst = card(results).privacy.worst_attack
    assert isinstance(worst.value, NotAssessed)
    assert "no reference" in worst.value.not_assessed
    assert isinstance(worst.floor, Figure)


ZOO: dict[str, pa.Table] = {
    "no rows": pa.table({"x": pa.array([], pa.float64()), "c": pa.array([], pa.string())}),
    "one row": pa.table({"x": [1.0], "c": ["a"]}),
    "all missing": pa.table({"x": pa.nulls(50, pa.float64()), "c": pa.nulls(50, pa.string())}),
    "null type": pa.table({"x": pa.nulls(50), "c": pa.nulls(50)}),
    "constant": pa.table({"x": np.ones(50), "c": ["a"] * 50}),
    "duplicates": pa.table({"x": np.repeat([1.0, 2.0], 25), "c": ["a", "b"] * 25}),
    "infinite": pa.table({"x": [float("inf"), float("-inf"), float("nan"), 0.0, 1.0] * 10, "c": ["'", '"'] * 25}),
    "plain": pa.table({"x": np.arange(50.0), "c": [f"{i % 3}" for i in range(50)]}),
}


@pytest.mark.parametrize("real", ZOO)
@pytest.mark.parametrize("synthetic", ZOO)
def test_parts_of_odd_tables_give_a_figure_or_a_reason(real: str, synthetic: str) -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "c": Column(type=ColumnType.CATEGORY)})
    rows = ZOO[real]
    samples = Samples(rows, rows, rows, ZOO[synthetic], spec, k=5, seed=0)
    for name in set(PARTS) - {"c2st", "utility", "trtr"}:
        figure = PARTS[name](samples).figure
        assert isinstance(figure, Figure) or len(figure.not_assessed) > 10
        assert "stopped" not in getattr(figure, "not_assessed", ""), name


@pytest.mark.parametrize("name", ["c2st", "utility", "trtr"])
@pytest.mark.parametrize("odd", ZOO)
def test_judges_of_odd_tables_give_a_figure_or_a_reason(name: str, odd: str) -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "c": Column(type=ColumnType.CATEGORY)})
    for target in (None, "x"):
        spec = spec.model_copy(update={"target": target})
        for samples in (
            Samples(ZOO["plain"], ZOO["plain"], ZOO["plain"], ZOO[odd], spec, k=5, seed=0),
            Samples(ZOO[odd], ZOO[odd], ZOO[odd], ZOO["plain"], spec, k=5, seed=0),
        ):
            figure = PARTS[name](samples).figure
            assert isinstance(figure, Figure) or "stopped" not in figure.not_assessed, figure


@pytest.mark.parametrize("part", PARTS)
def test_parts_without_scored_columns_give_a_reason(part: str, make_samples: Make) -> None:
    text = Table(columns={name: Column(type=ColumnType.TEXT) for name in make_samples(5).spec.columns})
    figure = PARTS[part](make_samples(60, spec=text)).figure
    assert isinstance(figure, NotAssessed)
    assert "stopped" not in figure.not_assessed


def test_parts_library_error_becomes_a_reason_without_its_text(
    make_samples: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Samples) -> PartResult:
        raise ValueError("could not convert string to float: 'CANARY'")

    result = parts._guarded("attack/nearest_distance", broken, make_samples(5))
    assert isinstance(result, AttackResult)
    assert isinstance(result.figure, NotAssessed)
    assert "ValueError" in result.figure.not_assessed
    assert "CANARY" not in result.model_dump_json()


def test_parts_can_be_sent_to_another_process() -> None:
    assert set(pickle.loads(pickle.dumps(dict(PARTS)))) == set(PARTS)


def test_tasks_cover_all_parts_and_run_trtr_once() -> None:
    assert len(TASKS) == len(set(TASKS)) == 3 * (len(PARTS) - 1) + 1
    assert ("synthetic", "trtr") in TASKS


def attack(value: float, se: float | None = 0.01) -> AttackResult:
    figure = Figure(value=value, n=2000, better="lower", ideal=0.5)
    return AttackResult(figure=figure, se=se, entities=1000)


def some_copies(p_value: float | None) -> CopiesResult:
    figure = Figure(value=0.0, n=100, better="lower", ideal=0.0)
    return CopiesResult(figure=figure, share=figure, control=figure, p_value=p_value)


@pytest.mark.parametrize(
    ("p_value", "auc", "policy", "outcome"),
    [
        (1.0, 0.5, "L1", "INSUFFICIENT EVIDENCE"),
        (0.02, 0.5, "L1", "INSUFFICIENT EVIDENCE"),
        (0.004, 0.5, "L1", "FAIL"),
        (0.006, 0.5, "L1", "INSUFFICIENT EVIDENCE"),  # Holm: 0.01 / 2
        (1.0, 0.59, "L1", "INSUFFICIENT EVIDENCE"),
        (1.0, 0.66, "L1", "FAIL"),
        (1.0, 0.59, "L3", "FAIL"),
        (1.0, 0.59, "L2", "INSUFFICIENT EVIDENCE"),
    ],
)
def test_judge_fails_only_on_clear_evidence(p_value: float, auc: float, policy: str, outcome: str) -> None:
    gate = judge(policy, some_copies(p_value), {"a": ("A", attack(auc))})
    assert gate.outcome == outcome
    assert any(finding.about == "gate" for finding in gate.findings)


def test_judge_unknown_policy_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="L9"):
        judge("L9", some_copies(1.0), {})


def test_holm_adjusts_step_by_step() -> None:
    assert holm({"a": 0.006, "b": 0.5}) == []
    assert holm({"a": 0.004, "b": 0.009}) == ["a", "b"]
    assert holm({"a": FAMILY_WISE}) == ["a"]
    assert holm({}) == []


def test_schema_published_is_current() -> None:
    published = Path(synth.__file__).parents[1] / "configs" / "scorecard.schema.json"
    if not published.exists():  # an installed wheel
        published = Path(synth.__file__).parent / "_configs" / "scorecard.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json.loads(schema_text())
