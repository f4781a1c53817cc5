"""A short form of `python -m benchmarks.privacy_tests`: worlds with a known answer, one or a few seeds each."""

from __future__ import annotations

import pytest

from benchmarks.privacy_tests.controls import CONTROLS
from benchmarks.privacy_tests.trials import Outcome

pytestmark = pytest.mark.statistical

ALWAYS_FAIL = ["T1", "T2", "T4", "T5", "T7/0.1", "T9", "T10/copy", "T16/mail", "T16/rare", "T16/text", "T18/copy"]
NEVER_DECIDED = ["T13", "T15/few", "T15/none", "T15/raise", "T15/nan"]
HONEST = ["T3/L2", "T10/fresh", "T11", "T12", "T14", "T18/fresh"]


def failed(outcome: Outcome) -> set[str]:
    return {gate.letter for gate in outcome.gate.gates if gate.outcome == "FAIL"}


@pytest.mark.parametrize("name", ALWAYS_FAIL)
def test_a_file_that_leaks_fails(name: str) -> None:
    assert CONTROLS[name].trial(1000).gate.outcome == "FAIL"


@pytest.mark.parametrize("name", NEVER_DECIDED)
def test_a_review_without_evidence_decides_nothing(name: str) -> None:
    assert CONTROLS[name].trial(1000).gate.outcome == "INSUFFICIENT EVIDENCE"


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_file_does_not_fail(name: str) -> None:
    """Holm's procedure condemns it in at most 1 of 100 cases; here are six, drawn once and for all."""
    assert CONTROLS[name].trial(1000).gate.outcome != "FAIL"


def test_a_fresh_sample_can_pass() -> None:
    assert any(CONTROLS["T3/L2"].trial(seed).gate.outcome == "PASS" for seed in range(1000, 1003))


def test_isolated_copies_are_found_where_distances_see_nothing() -> None:
    outcome = CONTROLS["T5"].trial(1000)
    assert failed(outcome) & {"C", "F"}
    assert "B" not in failed(outcome), "no row is verbatim"
    assert abs(outcome.numbers["closer_share"] - 0.5) < 0.03


def test_real_values_of_the_right_column_are_named_and_not_shown() -> None:
    for name, letter, column, value in (
        ("T16/mail", "A", "mail", "p17@mail.test"),
        ("T16/rare", "I", "ward", "east wing"),
        ("T16/text", "A", "note", "110101199003070134"),
    ):
        gate = CONTROLS[name].trial(1001).gate
        reason = next(g.reason for g in gate.gates if g.letter == letter)
        assert column in reason
        assert value not in gate.model_dump_json()
