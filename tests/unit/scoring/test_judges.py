"""Parts that fit boosted trees: C2ST and utility, on a few hundred rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Role, Table
from synth.scoring.features import FREQUENT, frequent_codes, matrix
from synth.scoring.fidelity.c2st import c2st
from synth.scoring.parts import PARTS
from synth.scoring.results import UtilityResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure, NotAssessed
from synth.scoring.utility import target_of, tstr

Make = Callable[..., Samples]


def value(figure: Figure | NotAssessed) -> float:
    assert isinstance(figure, Figure)
    return figure.value


def test_matrix_category_has_the_same_code_in_all_tables() -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "c": Column(type=ColumnType.CATEGORY)})
    first = pa.table({"x": [1.0, None, float("inf")], "c": ["p", "q", None]})
    second = pa.table({"x": [2.0], "c": ["q"]})
    (a, b), nominal = matrix([first, second], spec, ["x", "c"])
    assert nominal.tolist() == [False, True]
    assert a[1, 1] == b[0, 1] != a[0, 1]
    assert np.isnan(a[1, 0])
    assert np.isnan(a[2, 1])
    assert np.isfinite(a[2, 0])


def test_frequent_codes_rare_ones_share_the_last() -> None:
    codes = np.repeat(np.arange(300), np.arange(300) + 1)
    (kept,) = frequent_codes([np.r_[codes, -1]], FREQUENT)
    assert kept.max() == FREQUENT
    assert kept[-1] == -1
    assert (kept[codes.tolist().index(299)], kept[0]) == (0, FREQUENT)


def test_c2st_file_that_is_wrong_is_told_apart(make_samples: Make) -> None:
    good = make_samples(150)
    moved = good.synthetic.set_column(0, "size", pa.array(np.full(150, 9.0)))
    assert value(c2st(replace(good, synthetic=moved)).figure) > 0.95
    figure = c2st(good).figure
    assert isinstance(figure, Figure)
    # 3 folds of 50 + 50 rows of one population: sd = sqrt(101 / (12 * 50 * 50) / 3) = 0.0335; 4.9 sd for 1e-6.
    assert abs(figure.value - 0.5) < 4.9 * 0.0335
    assert figure.n == 300


def test_c2st_many_categories_are_accepted(rng: np.random.Generator) -> None:
    spec = Table(columns={"c": Column(type=ColumnType.CATEGORY)})
    parts = [pa.table({"c": rng.integers(0, 3000, 200).astype(str)}) for _ in range(4)]
    assert 0 <= value(c2st(Samples(parts[0], parts[1], parts[2], parts[3], spec, k=5, seed=0)).figure) <= 1


def test_c2st_same_samples_twice_gives_the_same(make_samples: Make) -> None:
    assert c2st(make_samples(60)) == c2st(make_samples(60))


def test_target_declared_wins_over_guess(make_samples: Make) -> None:
    samples = make_samples(60)
    assert target_of(samples).name == "label"
    assert target_of(samples).guessed
    declared = target_of(replace(samples, spec=samples.spec.model_copy(update={"target": "size"})))
    assert (declared.name, declared.guessed, declared.task) == ("size", False, "regression")


def test_target_integer_with_two_values_is_a_classification(make_samples: Make) -> None:
    samples = make_samples(60)
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL), "y": Column(type=ColumnType.INTEGER)})
    rows = pa.table({"x": np.arange(60.0), "y": np.arange(60) % 2})
    assert target_of(replace(samples, train=rows, holdout=rows, reference=rows, synthetic=rows, spec=spec)).task == (
        "classification"
    )


@pytest.mark.parametrize(("target", "metric"), [("label", "auc"), ("kind", "auc"), ("size", "r2"), ("count", "r2")])
def test_utility_real_rows_beat_independent_columns(make_samples: Make, target: str, metric: str) -> None:
    samples = make_samples(300)
    samples = replace(samples, spec=samples.spec.model_copy(update={"target": target}))
    rng = np.random.default_rng(0)
    shuffled = pa.table({n: samples.synthetic[n].take(rng.permutation(300)) for n in samples.synthetic.column_names})
    good, bad = tstr(samples), tstr(replace(samples, synthetic=shuffled))
    assert (good.metric, good.target) == (metric, target)
    assert isinstance(good.figure, Figure)
    assert isinstance(bad.figure, Figure)
    assert good.figure.ci_low is not None
    assert bad.figure.ci_high is not None
    assert good.figure.ci_low > bad.figure.ci_high


def test_utility_binary_auc_equals_scikit_learn(make_samples: Make) -> None:
    from sklearn.metrics import roc_auc_score

    from synth.scoring.utility import _weighted_auc

    rng = np.random.default_rng(0)
    truth, p = rng.integers(0, 3, 200), rng.dirichlet(np.ones(3), 200)
    estimate = _weighted_auc(p, truth, np.arange(200))
    assert estimate.value == pytest.approx(roc_auc_score(truth, p, multi_class="ovr", average="weighted"))
    two = rng.random(200)
    binary = _weighted_auc(np.column_stack([1 - two, two]), (truth > 1).astype(np.int64), np.arange(200))
    assert binary.value == pytest.approx(roc_auc_score(truth > 1, two))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"label": pa.array([True] * 60)}, "fewer than two classes"),
        ({"label": pa.nulls(60, pa.bool_())}, "30 rows"),
    ],
)
def test_utility_useless_target_is_not_assessed(make_samples: Make, change: dict[str, pa.Array], reason: str) -> None:
    samples = make_samples(60)
    rows = samples.synthetic
    for name, cells in change.items():
        rows = rows.set_column(rows.column_names.index(name), name, cells)
    spec = samples.spec.model_copy(update={"target": "label"})
    result = PARTS["utility"](replace(samples, synthetic=rows, spec=spec))
    assert isinstance(result, UtilityResult)
    assert isinstance(result.figure, NotAssessed)
    assert reason in result.figure.not_assessed


def test_utility_identifier_as_target_is_not_assessed(make_samples: Make) -> None:
    samples = make_samples(60)
    columns = dict(samples.spec.columns)
    columns["label"] = columns["label"].model_copy(update={"role": Role.DIRECT_IDENTIFIER})
    spec = samples.spec.model_copy(update={"target": "label", "columns": columns})
    figure = PARTS["utility"](replace(samples, spec=spec)).figure
    assert isinstance(figure, NotAssessed)
    assert "identifier" in figure.not_assessed


def test_c2st_does_not_recognise_persons_who_have_many_rows(rng: np.random.Generator) -> None:
    spec = Table(
        columns={f"x{j}": Column(type=ColumnType.DECIMAL) for j in range(4)}
        | {"person": Column(type=ColumnType.INTEGER)},
        entity_key=("person",),
    )

    def rows(first_person: int) -> pa.Table:
        person = np.repeat(np.arange(100), 8) + first_person
        traits = rng.normal(size=(100, 4))[person - first_person]  # the same in all of a person's rows
        return pa.table({f"x{j}": traits[:, j] for j in range(4)} | {"person": person})

    parts = [rows(1000 * i) for i in range(4)]
    figure = c2st(Samples(parts[0], parts[1], parts[2].slice(0, 0), parts[3], spec, k=5, seed=0)).figure
    # One law, 2 x 100 persons decide: standard deviation of their AUC sqrt(201 / 12) / 100 = 0.041, times 4.9.
    assert abs(value(figure) - 0.5) < 4.9 * 0.041
