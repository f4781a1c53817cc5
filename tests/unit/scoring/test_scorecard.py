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
from synth.scoring import parts
from synth.scoring.assemble import assemble
from synth.scoring.parts import ALONE, ATTACKS, CHECKS, PARTS, SUBJECTS, blank, tasks
from synth.scoring.policy import policy
from synth.scoring.results import MembershipResult, PartResult
from synth.scoring.samples import Samples, ceiling_of
from synth.scoring.schema import schema_text
from synth.scoring.scorecard import Figure, NotAssessed, Scorecard, Timing
from synth.scoring.verdict import Context

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
    for subject, part in (*tasks("quick"), ("floor", "attacks")):
        results[subject][part] = PARTS[part](subjects[subject])
    return results


def card(results: Mapping[str, Mapping[str, PartResult]], level: str = "L1") -> Scorecard:
    return assemble(
        results,
        table="t",
        engine="trees",
        rows={"train": 120},
        policy=policy(level),
        context=Context(synthetic_rows=120),
        tier="quick",
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
    gaps = {leaf["not_assessed"]["text"] for leaf in leaves if "value" not in leaf}
    assert gaps == {  # of a table without large groups, rare categories and sequences, and of a file alone
        "no column divides the rows into groups of at least 100 entities",
        "no category is held by at least k entities and fewer than 1 % of the real rows",
        "the metadata names no column that orders rows in time",
        "the check of rules was not run",
    } | {gap for gap in gaps if "beyond" in gap}
    assert [column.column for column in first.fidelity.columns] == list(samples.spec.columns)
    assert all(isinstance(column.floor, Figure) for column in first.fidelity.columns)
    assert len(first.fidelity.pairs) == 10
    assert {attack.name for attack in first.privacy.attacks} == set(ATTACKS)
    assert first.gate.outcome == "INSUFFICIENT EVIDENCE"


def test_scorecard_of_a_copy_fails_and_says_so(make_samples: Make) -> None:
    samples = make_samples(120)
    copier = card(run_all(replace(samples, synthetic=samples.train)))
    assert copier.gate.outcome == "FAIL"
    assert {"gate B", "gate C"} <= {f.about for f in copier.gate.findings if f.severity == "alarm"}
    assert copier.findings[0].severity == "alarm"
    worst = copier.privacy.worst_attack.value
    assert isinstance(worst, Figure)
    assert worst.value == max(a.auc.value.value for a in copier.privacy.attacks if isinstance(a.auc.value, Figure))


def test_scorecard_without_results_is_a_list_of_gaps() -> None:
    empty = card({})
    leaves = every_figure(json.loads(empty.model_dump_json()))
    assert leaves
    assert all("not run" in leaf["not_assessed"]["text"] for leaf in leaves)
    assert empty.gate.outcome == "INSUFFICIENT EVIDENCE"
    assert any(finding.severity == "warning" and finding.about == "gate B" for finding in empty.gate.findings)
    assert {gate.outcome for gate in empty.gate.gates} == {"INSUFFICIENT EVIDENCE", "NOT APPLICABLE", "PASS"}
    assert [gate.letter for gate in empty.gate.gates if gate.outcome == "PASS"] == ["N"]
    assert not any(finding.severity == "good" for finding in empty.findings)


def test_worst_attack_with_a_gap_is_a_gap(make_samples: Make) -> None:
    results = run_all(make_samples(60))
    attacks = results["synthetic"]["attacks"]
    assert isinstance(attacks, MembershipResult)
    results["synthetic"]["attacks"] = blank("attacks", "no reference")
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
    for name in set(PARTS) - {"c2st", "utility", "trtr"}:  # these have a test of their own
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


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"identifiers"}))  # which looks at texts and keys
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

    result = parts.guarded("attacks", broken, make_samples(5))
    assert isinstance(result, MembershipResult)
    assert isinstance(result.figure, NotAssessed)
    assert "ValueError" in result.figure.not_assessed
    assert "CANARY" not in result.model_dump_json()


def test_parts_can_be_sent_to_another_process() -> None:
    assert set(pickle.loads(pickle.dumps(dict(PARTS)))) == set(PARTS)


def test_tasks_cover_all_parts_and_run_some_for_the_file_alone() -> None:
    standard, quick = tasks("standard"), tasks("quick")
    assert len(standard) == len(set(standard)) == 3 * (len(PARTS) - len(ALONE)) + len(ALONE)
    assert set(quick) < set(standard)
    dear = {name for name, check in CHECKS.items() if check.tier == "standard"}
    assert set(standard) - set(quick) == {("floor", "attacks"), *(("synthetic", part) for part in dear)}


def test_schema_published_is_current() -> None:
    published = Path(synth.__file__).parents[1] / "configs" / "scorecard.schema.json"
    if not published.exists():  # an installed wheel
        published = Path(synth.__file__).parent / "_configs" / "scorecard.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json.loads(schema_text())
