from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from synth.data.metadata import Column, ColumnType, Table
from synth.scoring.parts import PARTS
from synth.scoring.privacy.copies import copies
from synth.scoring.results import MembershipResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure

N = 60


def figures(result: Any) -> tuple[Figure, Figure, Figure]:
    found = result.share, result.control, result.figure
    assert all(isinstance(figure, Figure) for figure in found)
    return found


def one_column(train: list[Any], holdout: list[Any], synthetic: list[Any]) -> Samples:
    spec = Table(columns={"c": Column(type=ColumnType.CATEGORY)})
    first, second = pa.table({"c": train}), pa.table({"c": holdout})
    return Samples(first, second, second[:0], pa.table({"c": synthetic}), spec, k=5, seed=0)


def test_copies_hand_worked() -> None:
    train = [f"t{i}" for i in range(N - 2)] + ["twice", "twice"]
    holdout = [f"h{i}" for i in range(N - 1)] + ["t0"]  # t0 is in both, so it is not unique
    synthetic = ["t1", "t1", "t2", "h5", "twice", "t0", "fresh", None, "fresh", "fresh"]
    share, control, excess = figures(copies(one_column(train, holdout, synthetic)))
    assert (share.value, control.value, excess.value) == pytest.approx((0.3, 0.1, 0.2))
    assert share.ci_low is None
    assert share.n == 10


def test_copies_control_is_scaled_to_the_size_of_train() -> None:
    share, control, _ = figures(
        copies(one_column([f"t{i}" for i in range(3 * N)], [f"h{i}" for i in range(N)], ["t1", "h1", "x", "y"]))
    )
    assert (share.value, control.value) == pytest.approx((0.25, 0.75))


@pytest.mark.parametrize("pattern", ["O'Brien {}", '"{}"', "back\\{}", "中文{}", "🙂{}", " {} ", "{}, NULL"])
def test_copies_of_text_with_quotes_are_found(pattern: str) -> None:
    train = [pattern.format(i) for i in range(N)]
    result = copies(one_column(train, [f"h{i}" for i in range(N)], train))
    share, _, excess = figures(result)
    assert share.value == 1.0
    assert excess.ci_low is not None
    assert excess.ci_low > 0.5
    assert result.p_value is not None
    assert result.p_value < 1e-12


@pytest.mark.parametrize(
    ("copied", "original"),
    [(-0.0, 0.0), (float("nan"), None), (None, float("nan")), (-900.0, -900.0), (1e300, 1e300), (0.1, 0.1)],
)
def test_copies_of_odd_numbers_are_found(copied: float | None, original: float | None) -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "c": Column(type=ColumnType.CATEGORY)})
    rest = [float(i) + 0.5 for i in range(N - 1)]
    real = pa.table({"x": pa.array([*rest, original], pa.float64()), "c": ["a"] * N})
    unseen = pa.table({"x": [float(i) for i in range(100, 100 + N)], "c": ["a"] * N})
    made = pa.table({"x": pa.array([copied], pa.float64()), "c": ["a"]})
    share, _, _ = figures(copies(Samples(real, unseen, unseen[:0], made, spec, k=5, seed=0)))
    assert share.value == 1.0


def test_copies_neighbouring_huge_integers_are_not_copies() -> None:
    spec = Table(columns={"x": Column(type=ColumnType.INTEGER)})
    real = pa.table({"x": [2**60 + 2 * i for i in range(N)]})
    unseen = pa.table({"x": list(range(N))})
    made = pa.table({"x": [2**60 + 2 * i + 1 for i in range(N)]})
    share, _, _ = figures(copies(Samples(real, unseen, unseen[:0], made, spec, k=5, seed=0)))
    assert share.value == 0.0


def test_copies_all_categorical_copy_is_flagged(rng: np.random.Generator) -> None:
    """sdmetrics 0.32 calls such a copy perfectly protected, because ties count as "closer to the holdout"."""
    spec = Table(columns={name: Column(type=ColumnType.CATEGORY) for name in "abcd"})
    train, holdout, reference = (
        pa.table({name: rng.integers(0, 9, 400).astype(str) for name in "abcd"}) for _ in range(3)
    )
    samples = Samples(train, holdout, reference, train, spec, k=5, seed=0)
    result = copies(samples)
    assert result.p_value is not None
    assert result.p_value < 1e-12
    attacks = PARTS["attacks"](samples)
    assert isinstance(attacks, MembershipResult)
    for attack in ("nearest_distance", "density_ratio"):
        figure = attacks.attacks[attack].figure
        assert isinstance(figure, Figure)
        assert figure.ci_low is not None
        assert figure.ci_low > 0.5


def test_copies_low_cardinality_chance_matches_are_absorbed(rng: np.random.Generator) -> None:
    spec = Table(columns={name: Column(type=ColumnType.CATEGORY) for name in "abc"})
    parts = [pa.table({name: rng.integers(0, 9, 300).astype(str) for name in "abc"}) for _ in range(4)]
    result = copies(Samples(parts[0], parts[1], parts[2], parts[3], spec, k=5, seed=0))
    share, _, excess = figures(result)
    assert share.value > 0.01
    # A fresh sample of the population: one-sided p is super-uniform, so it is below 1e-6 once in a million seeds.
    assert result.p_value is not None
    assert result.p_value > 1e-6
    assert excess.ci_low is not None
    assert excess.ci_high is not None
    assert excess.ci_low < excess.value < excess.ci_high


def test_copies_one_entity_with_many_copied_rows_is_one_piece_of_evidence() -> None:
    columns = {"id": Column(type=ColumnType.CATEGORY), "c": Column(type=ColumnType.CATEGORY)}
    spec = Table(columns=columns, entity_key=("id",))
    train = pa.table({"id": ["one"] * N + [f"p{i}" for i in range(N)], "c": [f"t{i}" for i in range(2 * N)]})
    unseen = pa.table({"id": [f"q{i}" for i in range(N)], "c": [f"h{i}" for i in range(N)]})
    result = copies(Samples(train, unseen, unseen[:0], train[:N], spec, k=5, seed=0))
    assert figures(result)[0].value == 1.0
    # One of 61 train and 60 unseen entities is matched.
    assert result.p_value == pytest.approx(stats.hypergeom.sf(0, 121, 61, 1))


def test_copies_none_has_an_honest_upper_bound() -> None:
    result = copies(one_column([f"t{i}" for i in range(N)], [f"h{i}" for i in range(N)], [f"s{i}" for i in range(100)]))
    _, control, excess = figures(result)
    assert excess.value == 0.0
    assert control.ci_high == pytest.approx(3.689 / 100, rel=1e-3)  # -ln(0.025) rows of 100
    assert excess.ci_low == pytest.approx(-3.689 / 100, rel=1e-3)
    assert result.p_value == 1.0


def test_copies_few_rows_is_not_assessed(make_samples: Callable[..., Samples]) -> None:
    result = PARTS["copies"](make_samples(10))
    assert not isinstance(result.figure, Figure)
    assert "10" in result.figure.not_assessed
