from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import r2_score

from synth.scoring.estimates import Estimate, NotScorableError, auc, jackknifed, r2, roc


def alone(values: np.ndarray) -> np.ndarray:
    return np.arange(len(values))


def test_auc_with_ties_equals_pairwise_definition(rng: np.random.Generator) -> None:
    positive, negative = rng.integers(0, 6, 40).astype(float), rng.integers(0, 5, 30).astype(float)
    beats = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    estimate = auc(positive, negative, alone(positive), alone(negative))
    assert estimate.value == pytest.approx(beats.mean())
    delong = beats.mean(1).var(ddof=1) / 40 + beats.mean(0).var(ddof=1) / 30
    assert estimate.se == pytest.approx(np.sqrt(delong))


def test_auc_all_tied_is_guessing() -> None:
    ones = np.ones(50)
    assert auc(ones, ones, alone(ones), alone(ones)).value == 0.5


def test_auc_every_row_repeated_by_its_entity_keeps_the_error(rng: np.random.Generator) -> None:
    positive, negative = rng.normal(0.5, 1, 60), rng.normal(size=50)
    once = auc(positive, negative, alone(positive), alone(negative))
    many = auc(np.repeat(positive, 9), np.repeat(negative, 9), np.repeat(np.arange(60), 9), np.repeat(np.arange(50), 9))
    assert many.value == pytest.approx(once.value)
    assert many.se == pytest.approx(once.se)


def test_auc_perfect_separation_has_an_exact_bound() -> None:
    estimate = auc(np.ones(20), np.zeros(30), np.arange(20), np.arange(30))
    low, high = estimate.interval()
    assert (estimate.value, high) == (1.0, 1.0)
    assert low == pytest.approx(stats.binomtest(20, 20).proportion_ci(0.95, "exact").low)
    assert estimate.p_above(0.6) == pytest.approx(0.6**20)


def test_auc_single_entity_has_no_interval() -> None:
    estimate = auc(np.array([1.0, 0.2]), np.array([0.0, 0.5]), np.zeros(2, dtype=int), np.arange(2))
    figure = estimate.figure(4, "lower", 0.5)
    assert figure.ci_low == 0.0
    assert figure.ci_high == 1.0
    assert estimate.p_above(0.6) == pytest.approx(0.5)


def test_p_above_is_one_sided() -> None:
    estimate = Estimate(0.70, 0.05, 100)
    assert estimate.p_above(0.60) == pytest.approx(stats.norm.sf(2))
    assert estimate.p_above(0.80) == pytest.approx(stats.norm.cdf(2))


def test_r2_equals_scikit_learn_and_may_be_negative(rng: np.random.Generator) -> None:
    truth = rng.normal(size=80)
    for predicted in (truth + 0.5 * rng.normal(size=80), -truth):
        estimate = r2(truth, predicted, alone(truth))
        assert estimate.value == pytest.approx(r2_score(truth, predicted))
        low, high = estimate.interval()
        assert low < estimate.value < high


def test_r2_constant_truth_is_not_scorable() -> None:
    with pytest.raises(NotScorableError, match="constant"):
        r2(np.ones(5), np.zeros(5), np.arange(5))


def test_jackknifed_of_a_mean_equals_students_interval(rng: np.random.Generator) -> None:
    groups = rng.random(10) / 10 + 0.45  # equal groups: the jackknife of a mean is the classical interval
    without = (groups.sum() - groups) / 9
    figure = jackknifed(float(groups.mean()), without, 10)
    reach = stats.t.ppf(0.975, 9) * groups.std(ddof=1) / np.sqrt(10)
    assert figure.ci_low == pytest.approx(groups.mean() - reach)
    assert figure.ci_high == pytest.approx(groups.mean() + reach)


def test_roc_ties_make_a_straight_line() -> None:
    grid, tpr = roc(np.ones(1000), np.ones(20_000))
    np.testing.assert_allclose(tpr, grid)
    assert {0.001, 0.01, 0.1, 1.0} <= set(grid.tolist())
    assert len(grid) <= 62


def test_roc_separated_is_one_and_reversed_is_zero() -> None:
    high, low = np.linspace(1, 2, 500), np.linspace(-2, -1, 500)
    assert (roc(high, low)[1] == 1).all()
    grid, tpr = roc(low, high)
    assert (tpr[grid < 1] == 0).all()


def test_roc_rates_without_ten_rows_behind_are_left_out() -> None:
    grid, _ = roc(np.arange(100.0), np.arange(250.0))
    assert grid.min() >= 10 / 250
    assert len(roc(np.arange(5.0), np.arange(5.0))[0]) == 0


def test_roc_matches_counting(rng: np.random.Generator) -> None:
    positive, negative = rng.normal(1, 1, 1000), rng.normal(size=1000)
    grid, tpr = roc(positive, negative)
    at = grid.tolist().index(0.1)
    assert tpr[at] == pytest.approx((positive > np.sort(negative)[-101]).mean(), abs=0.01)
