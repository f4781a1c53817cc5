"""Defects that were found in other tools, one regression test each, so that we do not repeat them.

Each test says which tool and version had the defect and what our rule is. `ELSEWHERE` names those that have their test
in another file. Found by reading the named versions and, for anonymeter and sdmetrics, by running them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.data.metadata import Column, ColumnType, Pii, Role, Table
from synth.data.split import split
from synth.scoring.gate import judge
from synth.scoring.parts import PARTS
from synth.scoring.policy import policy
from synth.scoring.privacy.attribute_inference import _right
from synth.scoring.privacy.neighbours import nearest
from synth.scoring.privacy.space import points
from synth.scoring.privacy.world import world_of
from synth.scoring.results import AttackResult, CheckResult, CopiesResult, Measure, MembershipResult, PartResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure
from synth.scoring.significance import excess, tpr_at, upper
from synth.scoring.verdict import Context

ELSEWHERE: Mapping[str, str] = {
    "anonymeter 1.1.0 escapes quotes before it compares": (
        "test_checks.py::test_a_copy_is_a_full_risk_whatever_its_characters"
    ),
    "anonymeter 1.1.0 divides by attacks that were wanted, not made": (
        "test_checks.py::test_singling_out_divides_by_the_attacks_that_were_made"
    ),
    "anonymeter 1.1.0 calls every negative guess right": "test_checks.py::test_numbers_are_right_by_size_and_sign",
    "anonymeter 1.1.0 draws without a seed": "test_checks.py::test_every_check_is_the_same_again",
}


@pytest.mark.parametrize("place", ELSEWHERE.values())
def test_defect_tested_elsewhere_still_has_its_test(place: str) -> None:
    file, name = place.split("::")
    assert re.search(rf"^def {name}\(", (Path(__file__).parent / file).read_text(encoding="utf-8"), re.MULTILINE)


ZERO = Figure(value=0.0, n=1000, better="lower", ideal=0.0)


def gate_of(letter: str, **results: PartResult) -> str:
    """What one gate says at L1, with nothing but these results."""
    gates = judge(policy("L1"), {"holdout": TRUSTED, **results}, Context(synthetic_rows=1000)).gates
    return next(g.outcome for g in gates if g.letter == letter)


def check(*measures: Measure) -> CheckResult:
    return CheckResult(figure=ZERO, measures=measures)


def attack(*measures: Measure) -> MembershipResult:
    return MembershipResult(figure=ZERO, attacks={"a": AttackResult(figure=ZERO, measures=measures)})


TRUSTED = check(
    Measure(name="blind_baseline", value=0.5, se=0.01, n=5000, p_value=0.5),
    Measure(name="entity_overlap", n=5000, attack=0),
)


@pytest.mark.parametrize(
    ("made", "outcome"), [(6, "INSUFFICIENT EVIDENCE"), (199, "INSUFFICIENT EVIDENCE"), (500, "PASS")]
)
def test_few_attacks_are_no_evidence_of_safety(made: int, outcome: str) -> None:
    """anonymeter 1.1.0 only logs that fewer attacks were made. Ours: too few are INSUFFICIENT, always."""
    quiet = Measure(name="singling_out", value=0.0, se=0.001, upper=0.002, n=made, exhaustive=True)
    others = {
        name: check(Measure(name=measure, value=0.0, se=0.001, upper=0.002, n=made, exhaustive=True))
        for name, measure in (("linkability", "linkability"), ("attribute_inference", "inference"))
    }
    assert gate_of("G", singling_out=check(quiet), **others) == outcome


NUMBER = st.floats(-1e9, 1e9).map(lambda x: round(x, 6))


@given(NUMBER, NUMBER)
def test_a_number_is_inferred_whatever_its_sign(guess: float, truth: float) -> None:
    """NeMo 0.1.16 asks `diff < tolerance * truth`: nothing negative or 0 can be inferred. Ours: symmetric in sign."""
    column, file = Column(type=ColumnType.DECIMAL), np.array([0.0, 1.0])

    def right(a: float, b: float) -> float:
        return float(_right(np.array([a]), np.array([b]), column, file)[0])

    assert right(guess, truth) == right(-guess, -truth)
    assert right(truth, truth) == 1.0, "negative numbers and 0, too"
    assert guess * truth >= 0 or right(guess, truth) == 0.0


def test_a_tie_is_no_sign_of_safety(rng: np.random.Generator) -> None:
    """sdmetrics 0.32.0 counts a tie as "not closer to train": copied categories score a perfect 1.0. Ours: ties split.

    Nearly every cell of this table is on both sides, so the share must say "cannot tell" (0.5), and the test for copies
    must still see the copy where cells are rare (`test_copies_all_categorical_copy_is_flagged`).
    """
    spec = Table(columns={name: Column(type=ColumnType.CATEGORY) for name in "ab"})
    train, holdout, reference = (pa.table({name: rng.integers(0, 3, 400).astype(str) for name in "ab"}) for _ in "123")
    share = PARTS["closer_share"](Samples(train, holdout, reference, train, spec, k=5, seed=0)).figure
    assert isinstance(share, Figure)
    assert share.value == 0.5


def names_of(people: int) -> PartResult:
    """What the check of identifiers says of a file with the names of all of train and of nobody else."""
    spec = Table(columns={"name": Column(type=ColumnType.TEXT, role=Role.DIRECT_IDENTIFIER, pii=Pii.PERSON_NAME),
                          "x": Column(type=ColumnType.INTEGER)})  # fmt: skip
    train, holdout, reference = (
        pa.table({"name": [f"N{part}x{i}" for i in range(people)], "x": range(people)}) for part in "ABC"
    )
    result = PARTS["identifiers"](Samples(train, holdout, reference, train, spec, k=5, seed=0))
    assert isinstance(result, CheckResult)
    assert [m.p_value for m in result.measures] == [0.0], "it underflows"
    return result


BY_LETTER: dict[str, Callable[[], dict[str, PartResult]]] = {
    "A": lambda: {"identifiers": names_of(400)},
    "B": lambda: {"copies": CopiesResult(figure=ZERO, share=ZERO, control=ZERO, p_value=0.0, unseen=5000)},
    "C": lambda: {"attacks": attack(Measure(name="top", n=5000, p_value=0.0))},
    "F": lambda: {"attacks": attack(Measure(name="isolated", n=5000, p_value=0.0))},
}


@pytest.mark.parametrize("letter", ["A", "B", "C", "F"])
def test_the_worst_score_there_is_counts(letter: str) -> None:
    """NeMo 0.1.16 asks `if component.score.score:` and leaves the worst score, 0.0, out. Ours: only None is missing.

    A p-value that underflows to 0.0 is the strongest evidence that there can be.
    """
    assert gate_of(letter, **BY_LETTER[letter]()) == "FAIL"


def test_the_nearest_row_of_a_copied_row_is_itself(rng: np.random.Generator) -> None:
    """NeMo 0.1.16 sorts dictionary keys (places) instead of distances in mixed tables. Ours: a copy finds its place."""
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "c": Column(type=ColumnType.CATEGORY)})
    rows = pa.table({"x": rng.normal(size=500), "c": rng.integers(0, 4, 500).astype(str)})
    order = rng.permutation(500)
    here, there = points([rows, rows.take(pa.array(order))], rows, spec)
    found, which = nearest(here, there, 3)
    assert (order[which[:, 0]] == np.arange(500)).all()
    assert (np.diff(found, axis=1) >= 0).all()


@pytest.mark.parametrize("persons", [200, 1000])
def test_reference_and_non_members_share_nobody(persons: int) -> None:
    """synthcity 0.2.12 takes the first and the last k rows of one frame, which overlap below 2k. Ours: three ways."""
    spec = Table(
        columns={"person": Column(type=ColumnType.INTEGER), "x": Column(type=ColumnType.INTEGER)},
        entity_key=("person",),
    )
    who = np.arange(3 * persons) % persons
    parts = split(pa.table({"person": who, "x": who}), spec, seed=0)
    world = world_of(Samples(parts.train, parts.holdout, parts.reference, parts.train, spec, k=5, seed=0))
    sides = [set(side["x"].to_pylist()) for side in (world.members, world.others, world.reference)]
    assert all(sides)
    assert sum(map(len, sides)) == len(set.union(*sides))


@pytest.mark.parametrize("n", [30, 500, 2000])
def test_an_attack_without_false_alarms_has_finite_bounds(n: int, rng: np.random.Generator) -> None:
    """TAPAS' effective epsilon is a plain ratio, infinite without false positives. Ours: bounds, never a bare ratio.

    We print no effective epsilon; a bound at 100 % successes and none in the control, and at the reverse, is finite and
    rests on n: without any success, by the rule of three.
    """
    who = np.arange(n)
    sure, none = excess(np.ones(n), np.zeros(n), who, who), excess(np.zeros(n), np.zeros(n), who, who)
    assert (sure.value, none.value) == (1.0, 0.0)
    assert upper(sure) == 1.0
    assert upper(none) == pytest.approx(3 / n, rel=0.06)
    rate, bound = tpr_at(np.ones(n), np.zeros(n), who, who, 0.01, rng)
    assert (rate.value, bound) == (1.0, 1.0)


def test_a_rate_at_few_false_alarms_needs_people_behind_it(make_samples: Callable[..., Samples]) -> None:
    """Synth-MIA interpolates the rate at 0.1 % false alarms from 250 non-members. Ours: not measurable, and said so."""
    result = PARTS["attacks"](make_samples(n=250))
    assert isinstance(result, MembershipResult)
    for found in result.attacks.values():
        [rate] = [m for m in found.measures if m.name == "tpr"]
        assert rate.value is None
        assert "non-members" in rate.not_assessed
        assert found.roc is not None
        assert min(found.roc.fpr) >= 10 / 250
