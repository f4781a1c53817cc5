"""Order, limits and readings of the page, and the number formats."""

from __future__ import annotations

import numpy as np
import pytest

from synth.report import words
from synth.report.attacks import copied, identified, read_curve
from synth.report.page import Page
from synth.scoring.scorecard import NotAssessed, Roc
from tests.unit.report.build import attack, gaps, scorecard


def test_findings_of_mixed_severity_come_gravest_first() -> None:
    assert [finding.severity for finding in Page(scorecard()).findings()] == ["alarm", "warning", "note", "good"]


def test_columns_come_worst_first_and_not_assessed_last() -> None:
    card = scorecard()
    gap = card.fidelity.columns[0].model_copy(update={"score": NotAssessed(not_assessed="no values"), "column": "gap"})
    fidelity = card.fidelity.model_copy(update={"columns": (gap, *card.fidelity.columns)})

    names = [row.shape.column for row in Page(card.model_copy(update={"fidelity": fidelity})).columns()]

    assert names[0] == "age"
    assert names[-1] == "gap"


def test_columns_with_missing_values_report_them_beside_the_chart() -> None:
    rows = {row.shape.column: row for row in Page(scorecard()).columns()}

    assert [label for label, _, _ in rows["hours_per_week"].unplaced] == ["(missing)"]
    assert rows["workclass"].unplaced == ()


def test_pairs_come_worst_first() -> None:
    listed = Page(scorecard()).pairs().listed

    assert [pair.score for pair in listed] == sorted(pair.score for pair in listed)


def test_read_curve_at_one_percent_reads_between_the_points() -> None:
    one = attack("a", "A", 0.1).model_copy(update={"roc": Roc(fpr=(0.005, 0.015, 1), tpr=(0.02, 0.04, 1))})

    row = read_curve(one, 0)

    assert row.found == pytest.approx(0.03)
    assert row.chance is not None
    assert row.chance[0] < 0.01 < row.chance[1]


@pytest.mark.parametrize(
    "change",
    [
        {"roc": None},
        {"non_members": 99},
        {"members": 0},
        {"roc": Roc(fpr=(0.05, 1), tpr=(0.1, 1))},
        {"roc": Roc(fpr=(), tpr=())},
    ],
)
def test_read_curve_that_does_not_reach_one_percent_reads_nothing(change: dict[str, object]) -> None:
    row = read_curve(attack("a", "A", 0.1).model_copy(update=change), 0)

    assert row.found is None
    assert row.chance is None


def test_sentences_name_the_best_attack_and_chance() -> None:
    card = scorecard()
    rows = [read_curve(one, 0) for one in card.privacy.attacks]

    copies, membership = copied(card), identified(rows)

    assert copies is not None
    assert membership is not None

    assert "0.12 %" in copies
    assert "0.078 %" in copies
    assert words.percent(max(row.found or 0 for row in rows)) in membership


def test_sentences_without_figures_are_none() -> None:
    assert copied(gaps("x")) is None
    assert identified([]) is None


@pytest.mark.parametrize(
    ("value", "text"), [(0.98765, "0.988"), (-0.00001, "0.000"), (-0.25, "-0.250"), (0.0, "0.000"), (1.0, "1.000")]
)
def test_number_has_three_decimals_and_no_negative_zero(value: float, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.00 %"), (1, "100.0 %"), (0.0123, "1.23 %"), (0.00043, "0.043 %"), (-0.00043, "-0.043 %")]
)
def test_percent_keeps_small_shares_apart(value: float, text: str) -> None:
    assert words.percent(value) == text


def test_flatten_of_nested_lineage_joins_keys_and_names_gaps() -> None:
    lineage = {"a_b": {"c": 1, "d": None}, "e": [1, "x"], "f": [], "g": [{"h": True}], "i": {}}

    assert list(words.flatten(lineage)) == [
        ("a b / c", "1"),
        ("a b / d", "not stated"),
        ("e", "1, x"),
        ("f", "none"),
        ("g / 1 / h", "True"),
        ("i", "not stated"),
    ]


def test_describe_of_a_gap_gives_its_reason() -> None:
    assert words.describe(NotAssessed(not_assessed="no rows")) == "not assessed (no rows)"


def test_roc_band_belongs_to_the_smallest_attack_with_a_curve() -> None:
    card = scorecard()
    small = attack("s", "Small", 0.1).model_copy(update={"non_members": 500})
    blind = attack("b", "Blind", 0.1).model_copy(update={"non_members": 2, "roc": None})
    privacy = card.privacy.model_copy(update={"attacks": (*card.privacy.attacks, small, blind)})

    _, _, sized = Page(card.model_copy(update={"privacy": privacy})).roc()

    assert sized is not None
    assert sized.name == "s"


def test_shares_of_the_fixture_sum_to_one() -> None:
    for shape in scorecard().fidelity.columns:
        assert np.isclose(sum(shape.real), 1)
        assert np.isclose(sum(shape.synthetic), 1)
