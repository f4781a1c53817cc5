"""Single checks of privacy on tables small enough to work out, and what went wrong in other tools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from synth.data.metadata import Column, ColumnType, Pii, Role, Table
from synth.scoring.estimates import Estimate
from synth.scoring.parts import PARTS
from synth.scoring.privacy.attribute_inference import _right
from synth.scoring.privacy.disclosure import _told, _unique_in_both
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples
from synth.scoring.significance import combined, enrichment_p, excess, rank_p, tpr_at, upper

N = 300


def measures(part: str, samples: Samples) -> list[Measure]:
    result = PARTS[part](samples)
    assert isinstance(result, CheckResult)
    return list(result.measures)


def people(seed: int, names: list[str]) -> pa.Table:
    """Unique words with characters that have tripped other tools, and numbers of both signs."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N) - 1
    words = [f"{names[i % len(names)]}{seed}-{i}" for i in range(N)]
    return pa.table({"word": words, "x": x, "y": -3 * x + rng.normal(size=N), "z": rng.normal(size=N)})


SPEC = Table(
    columns={
        "word": Column(type=ColumnType.CATEGORY),
        "x": Column(type=ColumnType.DECIMAL, role=Role.QUASI_IDENTIFIER),
        "y": Column(type=ColumnType.DECIMAL, role=Role.SECRET),
        "z": Column(type=ColumnType.DECIMAL),
    }
)


def copied(names: list[str], *, fresh: bool = False) -> Samples:
    train, holdout, reference, other = (people(seed, names) for seed in range(4))
    return Samples(train, holdout, reference, other if fresh else train, SPEC, k=5, seed=0)


@pytest.mark.parametrize("names", [["plain"], ["o'brien"], ['say "hi"', "back\\slash"], ["李娜"], ["😀"]])
@pytest.mark.parametrize("part", ["singling_out", "linkability", "attribute_inference"])
def test_a_copy_is_a_full_risk_whatever_its_characters(part: str, names: list[str]) -> None:
    worst = max(m.value or 0 for m in measures(part, copied(names)))
    assert worst > 0.9
    fresh = [m for m in measures(part, copied(names, fresh=True)) if m.value is not None]
    assert all(abs(m.value or 0) < 4.9 * max(m.se or 0, 0.02) for m in fresh)


def test_singling_out_divides_by_the_attacks_that_were_made() -> None:
    """Six predicates can be made; all of them succeed on a copy."""
    spec = Table(columns={"c": Column(type=ColumnType.CATEGORY), "d": Column(type=ColumnType.CATEGORY)})
    cells = ["a"] * (N - 3) + ["u", "v", "w"]
    train = pa.table({"c": cells, "d": list(reversed(cells))})
    unseen = pa.table({"c": ["a"] * N, "d": ["a"] * N})
    [one] = [m for m in measures("singling_out", Samples(train, unseen, unseen, train, spec, k=5, seed=0))
             if m.about == "one column"]  # fmt: skip
    assert (one.n, one.attack, one.exhaustive) == (6, 1.0, True)


def numbers(seed: int, n: int = N) -> pa.Table:
    """The same people are extreme in each column."""
    rng = np.random.default_rng(seed)
    common = rng.standard_t(4, size=n)
    return pa.table({name: common + 0.3 * rng.normal(size=n) for name in "abcdef"})


def test_singling_out_knows_that_predicates_are_about_the_same_people() -> None:
    """The error is larger than that of as many independent predicates, and so is the spread over honest files."""
    spec = Table(columns={name: Column(type=ColumnType.DECIMAL) for name in "abcdef"})
    found = []
    for seed in range(12):
        train, holdout, reference, made = (numbers(4 * seed + i, 60) for i in range(4))
        samples = Samples(train, holdout, reference, made, spec, k=5, seed=seed)
        [*_, several, tenths] = measures("singling_out", samples)
        assert several.about == "several columns"
        assert tenths.about == "several columns by tenths"
        assert several.attack is not None
        assert several.se is not None
        assert several.value is not None
        assert several.se > 1.2 * np.sqrt(2 * several.attack * (1 - several.attack) / several.n)
        found.append(several.value / several.se)
    # chi-square with 12 degrees of freedom is outside 2.2 to 32.9 in 1 of 500 cases
    assert 2.2 < np.square(found).sum() < 32.9


def test_singling_out_needs_exactly_one_match() -> None:
    """Two people in train fit whatever fits the one synthetic row that was made of them."""
    train = pa.concat_tables([numbers(0, N // 2)] * 2)
    spec = Table(columns={name: Column(type=ColumnType.DECIMAL) for name in "abcdef"})
    for measure in measures("singling_out", Samples(train, numbers(1), numbers(2), numbers(0, N // 2), spec, 5, 0)):
        assert measure.attack == 0


def test_rank_test_equals_the_exact_one_and_scipys() -> None:
    rng = np.random.default_rng(0)
    for m, n, digits in ((5, 7, 9), (40, 30, 1), (200, 180, 0), (9, 300, 0)):
        a, b = np.round(rng.normal(0.5, 1, m), digits), np.round(rng.normal(size=n), digits)
        assert rank_p(a, b) == pytest.approx(stats.mannwhitneyu(a, b, alternative="greater").pvalue)
    assert rank_p(np.zeros(50), np.zeros(50)) == 1.0


def test_every_check_is_the_same_again() -> None:
    samples = copied(["plain"], fresh=True)
    for part in ("singling_out", "linkability", "attribute_inference", "power", "holdout"):
        assert measures(part, samples) == measures(part, samples)


@pytest.mark.parametrize(
    ("guess", "truth", "right"),
    [(-5.0, 5.0, 0), (-900.0, -5.0, 0), (-5.1, -5.0, 1), (5.1, 5.0, 1), (0.0, 0.0, 1), (0.1, 0.0, 0)],
)
def test_numbers_are_right_by_size_and_sign(guess: float, truth: float, right: int) -> None:
    column = Column(type=ColumnType.DECIMAL)
    assert _right(np.array([guess]), np.array([truth]), column, np.array([0.0, 1.0]))[0] == right
    assert np.isnan(_right(np.array([guess]), np.array([np.nan]), column, np.array([0.0, 1.0]))[0])


def test_disclosure_hand_worked() -> None:
    real, synthetic = np.array([0, 1, 1, 2]), np.array([0, 2, 2, 3])
    assert _unique_in_both(real, synthetic).tolist() == [1, 0, 0, 0]
    told = _told(real, np.array([7, 7, 7, 8]), synthetic, np.array([7, 8, 8, 9]))
    assert told.tolist() == [1, 0, 0, 1]
    assert _told(real, np.array([7, 7, 7, 8]), synthetic, np.array([7, 8, 9, 9])).tolist() == [1, 0, 0, 0]


def test_excess_hand_worked() -> None:
    who = np.arange(4)
    assert excess(np.array([1.0, 1, 0, 0]), np.zeros(4), who, who).value == 0.5
    assert excess(np.ones(4), np.array([1.0, 0, 0, 0]), who, who).value == 1.0
    assert excess(np.ones(4), np.array([1.0, 1, 1, 0]), who, who).value == 0.5, "the divisor is at least one half"
    assert upper(excess(np.zeros(4), np.zeros(4), who, who)) == pytest.approx(1 - 0.05**0.25)
    assert upper(Estimate(0.1, 0.02, 100)) == pytest.approx(0.1 + 1.645 * 0.02, abs=1e-4)
    one = np.zeros(4, dtype=np.int64)
    assert excess(np.ones(4), np.zeros(4), one, one).se == np.inf


def test_combined_p_values() -> None:
    assert combined([]) == 1.0
    assert combined([0.03]) == pytest.approx(0.03)
    assert combined([0.01] * 5) == pytest.approx(0.01)
    assert combined([1e-4, 1.0, 1.0, 1.0]) < 1e-3, "a test that saw nothing does not drown one that did"
    assert combined([1e-200, 0.5]) < 1e-100
    assert combined([1.0, 1.0]) == 1.0


def test_enrichment_breaks_ties_by_chance() -> None:
    """Were ties broken by place, insiders, who come first, would always be on top."""
    found = [enrichment_p(np.zeros(50), np.zeros(50), [10], np.random.default_rng(i))[0] for i in range(200)]
    assert 0.3 < np.mean(found) < 0.8
    assert enrichment_p(np.ones(50), np.zeros(50), [10, 60], np.random.default_rng(0)) == pytest.approx(
        [5.9e-4], rel=0.01
    )


def test_true_positive_rate_of_no_attack_and_of_a_perfect_one() -> None:
    rng = np.random.default_rng(0)
    who = np.arange(1000)
    value, bound = tpr_at(rng.normal(size=1000), rng.normal(size=1000), who, who, 0.01, rng)
    assert abs(value.value - 0.01) < 4.9 * 0.0052
    assert value.value < bound < 0.05
    assert tpr_at(np.ones(1000), np.zeros(1000), who, who, 0.01, rng)[0].value == 1.0
    assert tpr_at(np.zeros(1000), np.zeros(1000), who, who, 0.01, rng)[0].value == pytest.approx(0.01)


def test_facts_of_few_people_are_counted_by_column() -> None:
    spec = Table(
        columns={
            "ward": Column(type=ColumnType.CATEGORY),
            "declared": Column(type=ColumnType.CATEGORY, categories=("a", "b", "rare")),
            "fine": Column(type=ColumnType.DECIMAL),
            "coarse": Column(type=ColumnType.INTEGER),
        }
    )
    usual: dict[str, list[Any]] = {
        "ward": ["n", "s"] * 50,
        "declared": ["a", "b"] * 50,
        "fine": [0.5] * 100,
        "coarse": [1, 2] * 50,
    }
    unseen = pa.table(usual)
    rare = {"ward": "rare", "declared": "rare", "fine": 98765.43, "coarse": 90}
    train = pa.table({name: [rare[name], *cells[1:]] for name, cells in usual.items()})
    found = {m.about: m.attack for m in measures("metadata_leak", Samples(train, unseen, unseen, train, spec, 5, 0))}
    assert found == {"ward": 1, "declared": 0, "fine": 1, "coarse": 0}
    found = {m.about: m.attack for m in measures("metadata_leak", Samples(train, unseen, unseen, unseen, spec, 5, 0))}
    assert set(found.values()) == {0}


def test_identifiers_of_one_person_are_counted_and_shared_ones_are_not() -> None:
    spec = Table(columns={"mail": Column(type=ColumnType.TEXT, pii=Pii.EMAIL), "x": Column(type=ColumnType.DECIMAL)})

    def rows(first: int) -> pa.Table:
        return pa.table(
            {"mail": ["info@hospital.test", *(f"p{first + i}@mail.test" for i in range(49))], "x": [0.0] * 50}
        )

    train, unseen, made = rows(0), rows(1000), rows(2000)
    [clean] = measures("identifiers", Samples(train, unseen, unseen[:0], made, spec, k=5, seed=0))
    assert clean.attack == 0, "what both sides have is nobody's own"
    leaky = made.set_column(0, "mail", pa.array(["p7@mail.test"] * 50))
    [found] = measures("identifiers", Samples(train, unseen, unseen[:0], leaky, spec, k=5, seed=0))
    assert (found.name, found.attack, found.control) == ("identifier", 1, 0)


def test_power_draws_how_hidden_rows_stand_out() -> None:
    rng = np.random.default_rng(3)
    train, holdout, reference, made = (pa.table({n: rng.standard_t(4, 600) for n in "abc"}) for _ in range(4))
    spec = Table(columns={name: Column(type=ColumnType.DECIMAL) for name in "abc"})
    result = PARTS["power"](Samples(train, holdout, reference, made, spec, k=5, seed=0))
    assert isinstance(result, CheckResult)
    [curve] = result.curves
    # A hidden row is at distance 0, and of continuous values nobody else's is.
    assert (curve.name, curve.y[0]) == ("spiked_roc", 1.0)
    assert curve.x[-1] == curve.y[-1] == 1.0
