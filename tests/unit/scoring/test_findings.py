"""Severities and texts of findings, on a hand-made scorecard."""

from __future__ import annotations

from typing import Any

import pytest

from synth.scoring.findings import findings
from synth.scoring.scorecard import (
    AnyFigure,
    Attack,
    ColumnShape,
    Copies,
    Fidelity,
    Figure,
    Finding,
    Measured,
    NotAssessed,
    PairTrend,
    Privacy,
    Roc,
    Utility,
)

GAP = NotAssessed(not_assessed="too few rows")


def figure(value: float, spread: float = 0.01, ideal: float = 1.0) -> Figure:
    return Figure(value=value, ci_low=value - spread, ci_high=value + spread, n=100, better="ideal", ideal=ideal)


def measured(value: AnyFigure, floor: AnyFigure = GAP, ceiling: AnyFigure = GAP) -> Measured:
    return Measured(value=value, floor=floor, ceiling=ceiling)


def made(**changes: Any) -> dict[str, Finding]:
    """Findings by what they are about; `changes` replace single parts of a good file."""
    parts: dict[str, Any] = {
        "shapes": measured(figure(0.98), figure(0.99), figure(0.99)),
        "trends": measured(figure(0.97), figure(0.75), figure(0.98)),
        "c2st": measured(figure(0.52, ideal=0.5)),
        "columns": (),
        "pairs": (),
        "tstr": figure(0.90),
        "trtr": figure(0.92),
        "excess": figure(0.0, ideal=0.0),
        "auc": figure(0.505, ideal=0.5),
        "roc": None,
    } | changes
    utility = Utility(
        target="t",
        target_guessed=False,
        task="classification",
        metric="auc",
        tstr=measured(parts["tstr"]),
        trtr=parts["trtr"],
    )
    attack = Attack(
        name="attack",
        title="An attack",
        threat="",
        auc=measured(parts["auc"]),
        roc=parts["roc"],
        members=50,
        non_members=50,
    )
    privacy = Privacy(
        copies=Copies(share=figure(0.02), control=figure(0.01), excess=measured(parts["excess"])),
        attacks=(attack,),
        worst_attack=measured(parts["auc"]),
    )
    fidelity = Fidelity(**{name: parts[name] for name in ("shapes", "trends", "c2st", "columns", "pairs")})
    return {finding.about: finding for finding in findings(fidelity, utility, privacy)}


def test_findings_of_a_good_file_are_all_good() -> None:
    assert {finding.severity for finding in made().values()} == {"good"}


@pytest.mark.parametrize(
    ("about", "change", "severity"),
    [
        ("c2st", {"c2st": measured(figure(0.70, ideal=0.5))}, "note"),
        ("c2st", {"c2st": measured(figure(0.90, ideal=0.5))}, "warning"),
        ("c2st", {"c2st": measured(figure(0.10, ideal=0.5))}, "warning"),
        ("c2st", {"c2st": measured(GAP)}, "warning"),
        ("shapes", {"shapes": measured(figure(0.93), figure(0.99), figure(0.99))}, "note"),
        ("shapes", {"shapes": measured(figure(0.80), figure(0.99), figure(0.99))}, "warning"),
        ("trends", {"trends": measured(figure(0.86), figure(0.75), figure(0.98))}, "note"),
        ("trends", {"trends": measured(figure(0.76), figure(0.75), figure(0.98))}, "warning"),
        ("trends", {"trends": measured(figure(0.97), figure(0.98), figure(0.98))}, "good"),
        ("trends", {"trends": measured(figure(0.97))}, "note"),
        ("trends", {"trends": measured(GAP)}, "warning"),
        ("utility", {"tstr": figure(0.80)}, "warning"),
        ("utility", {"tstr": figure(0.51), "trtr": figure(0.5)}, "note"),
        ("utility", {"trtr": GAP}, "note"),
        ("utility", {"tstr": GAP}, "warning"),
        ("copies", {"excess": figure(0.02, ideal=0.0)}, "alarm"),
        ("copies", {"excess": figure(-0.02, ideal=0.0)}, "good"),
        ("copies", {"excess": GAP}, "warning"),
        ("attack", {"auc": figure(0.52, ideal=0.5)}, "note"),
        ("attack", {"auc": figure(0.56, ideal=0.5)}, "warning"),
        ("attack", {"auc": figure(0.65, ideal=0.5)}, "alarm"),
        ("attack", {"auc": figure(0.65, spread=0.2, ideal=0.5)}, "good"),
        ("attack", {"auc": GAP}, "warning"),
    ],
)
def test_findings_grade_each_deviation(about: str, change: dict[str, Any], severity: str) -> None:
    found = made(**change)
    assert found[about].severity == severity
    assert [finding.severity for name, finding in found.items() if name != about] == ["good"] * 5


def test_findings_come_gravest_first() -> None:
    found = made(auc=figure(0.7, ideal=0.5), tstr=GAP, c2st=measured(figure(0.7, ideal=0.5)))
    assert [finding.severity for finding in found.values()] == ["alarm", "warning", "note", "good", "good", "good"]


def test_findings_name_the_three_worst_columns_and_pairs() -> None:
    columns = tuple(
        ColumnShape(column=f"c{i}", kind="numeric", score=figure(0.5 + i / 20), floor=GAP) for i in range(10)
    )
    pairs = tuple(
        PairTrend(first=f"c{i}", second="d", score=0.5 + i / 20, floor=None, counted=i != 1) for i in range(10)
    )
    found = made(columns=columns, pairs=pairs)
    assert {"c0", "c1", "c2"} == {name for name in found if name in {column.column for column in columns}}
    assert {"c0, d", "c2, d", "c3, d"} == {name for name in found if name.endswith(", d")}


def test_findings_column_without_score_is_named() -> None:
    found = made(columns=(ColumnShape(column="empty", kind="numeric", score=GAP, floor=GAP),))
    assert found["empty"].severity == "warning"
    assert "not assessed" in found["empty"].text


def test_findings_quote_the_true_positive_rate_where_it_is_measured() -> None:
    assert "30.0%" in made(roc=Roc(fpr=(0.01, 1.0), tpr=(0.3, 1.0)))["attack"].text
    assert "accusing" not in made(roc=Roc(fpr=(0.1, 1.0), tpr=(0.3, 1.0)))["attack"].text
