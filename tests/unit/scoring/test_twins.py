"""In/out twins: the ratio by hand and by brute force, blindness to the label that is guessed, and worst records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.likelihood import likelihood_ratios
from synth.scoring.privacy.twins import average, discoveries, gaps, halves, judged, recognised, unassessed
from synth.scoring.results import Measure
from synth.scoring.scorecard import Figure, NotAssessed

Array = NDArray[Any]


def coins(n: int, twins: int, rng: np.random.Generator) -> Array:
    return halves(np.arange(n), twins, rng)


def measure(measures: tuple[Measure, ...], name: str) -> Measure:
    return next(m for m in measures if m.name == name)


def test_ratio_by_hand() -> None:
    inside = np.array([[True, False] * 3] * 2)
    # First pair to be judged; the others give means 4 and 0, then 1 and -1, and residuals of 1.
    x = np.array([[4.0, 0.0, 3.0, 1.0, 5.0, -1.0], [4.0, 0.0, 2.0, 0.0, 0.0, -2.0]])
    scores = likelihood_ratios(x[:, :, None], inside)
    # V = 8 / (2 records x 2 sides x 1) = 2. Shifts 4 and 2 have mean 3 and variance 1, below their noise 2 V / 2 = 2,
    # so both are 3. Middles are 2 and 0: 3 / 2 x (4 - 2), 3 / 2 x (0 - 2), 3 / 2 x (4 - 0), 3 / 2 x (0 - 0).
    assert scores[:, :2].tolist() == pytest.approx(np.array([[3.0, -3.0], [6.0, 0.0]]))


def test_ratio_equals_that_of_two_densities(rng: np.random.Generator) -> None:
    n, twins = 40, 8
    inside = coins(n, twins, rng)
    x = rng.normal(size=(n, twins, 2)) + inside[:, :, None] * rng.normal(3.0, 2.0, size=(n, 1, 2))
    pair, rest = [2, 3], [0, 1, 4, 5, 6, 7]
    means, residuals = [], []
    for i in range(n):
        sides = [[x[i, j] for j in rest if inside[i, j] == side] for side in (True, False)]
        means.append([np.mean(side, axis=0) for side in sides])
        residuals += [value - np.mean(side, axis=0) for side in sides for value in side]
    cov = sum(np.outer(r, r) for r in residuals) / (n * 2 * 2)
    shift = np.array([a - b for a, b in means])
    kept = np.clip(1 - 2 * np.diag(cov) / 3 / shift.var(axis=0), 0, 1)
    assert (kept > 0).all()
    shift = shift.mean(axis=0) + kept * (shift - shift.mean(axis=0))
    expected = [
        [
            stats.multivariate_normal((a + b + d) / 2, cov).logpdf(x[i, j])
            - stats.multivariate_normal((a + b - d) / 2, cov).logpdf(x[i, j])
            for j in pair
            for a, b, d in [((means[i][0] + means[i][1]) / 2, (means[i][0] + means[i][1]) / 2, shift[i])]
        ]
        for i in range(n)
    ]
    assert likelihood_ratios(x, inside)[:, pair] == pytest.approx(np.array(expected))


def test_scores_of_a_pair_do_not_know_its_labels_nor_its_other_records(rng: np.random.Generator) -> None:
    inside = coins(50, 8, rng)
    x = rng.normal(size=(50, 8, 2)) + inside[:, :, None]
    before = likelihood_ratios(x, inside)[:, 4:6]
    flipped = inside.copy()
    flipped[::2, 4:6] = ~flipped[::2, 4:6]
    assert np.array_equal(likelihood_ratios(x, flipped)[:, 4:6], before)
    moved = x.copy()
    moved[0, 4] += 5.0
    after = likelihood_ratios(moved, inside)[:, 4:6]
    assert np.array_equal(np.delete(after.ravel(), 0), np.delete(before.ravel(), 0))
    assert after[0, 0] != before[0, 0]


def test_noise_is_told_at_one_half_whatever_the_label(rng: np.random.Generator) -> None:
    """A judgement by all other twins, not all other pairs, gives 0.452 here: nine standard errors below one half."""
    inside = coins(4000, 6, rng)
    # Records of different difficulty; alpha 1e-6 over two sides: 4.9 standard errors.
    x = rng.normal(size=(4000, 6, 1)) + 10 * rng.normal(size=(4000, 1, 1))
    found = average(likelihood_ratios(x, inside), inside, np.arange(4000))
    assert abs(found.value - 0.5) < 4.9 * found.se
    assert found.se < 0.006


def test_p_values_of_permuted_labels_are_uniform(rng: np.random.Generator) -> None:
    x, ps, signs = rng.normal(size=(200, 8, 2)), [], []
    for _ in range(300):
        inside = coins(200, 8, rng)
        found = average(likelihood_ratios(x, inside), inside, np.arange(200))
        ps.append(float(stats.norm.sf((found.value - 0.5) / found.se)))
        signs.append(recognised(x, inside, np.arange(200)).p_value or 0.0)
    # One sample, alpha 1e-6: 2.69 / sqrt(n). The sign tests are of counts, so they may only be too large.
    assert stats.kstest(ps, "uniform").statistic < 2.69 / np.sqrt(300)
    assert np.mean(np.array(signs) <= 0.05) <= 0.05 + 4.9 * np.sqrt(0.05 * 0.95 / 300)


def test_a_shift_is_found_with_its_interval_by_entity(rng: np.random.Generator) -> None:
    who = np.repeat(np.arange(500), 2)
    inside = halves(who, 8, rng)
    x = np.repeat(rng.normal(size=(500, 8, 1)), 2, axis=0) + 1.0 * inside[:, :, None]
    result = judged(x, inside, who, rng)
    assert isinstance(result.figure, Figure)
    # A shift of one standard deviation, were all known: Phi(1 / sqrt 2) = 0.76; means of three cost some of it.
    assert 0.68 < result.figure.value < 0.76
    assert (result.twins, result.rows, result.figure.n) == (8, 1000, 500)
    doubled = average(likelihood_ratios(x, inside), inside, np.arange(1000))
    se = measure(result.measures, "auc").se
    assert se == pytest.approx(doubled.se * np.sqrt(2), rel=0.02), "two equal rows say no more than one"
    rate = measure(result.measures, "tpr_10")
    assert rate.value is not None
    assert rate.upper is not None
    assert 0.15 < rate.value < rate.upper < 0.5
    assert measure(result.measures, "tpr").n == 500


def test_few_entities_leave_the_rate_out(rng: np.random.Generator) -> None:
    inside = coins(100, 6, rng)
    result = judged(rng.normal(size=(100, 6, 1)), inside, np.arange(100), rng)
    assert "needs 500" in measure(result.measures, "tpr").not_assessed


def test_halves_keep_entities_whole_and_pairs_complete(rng: np.random.Generator) -> None:
    who = np.array([0, 0, 1, *range(2, 100)])
    inside = halves(who, 8, rng)
    assert inside.shape == (101, 8)
    assert (inside[0] == inside[1]).all()
    assert (inside.sum(axis=1) == 4).all()
    assert (inside[1:, ::2].sum(axis=0) == 50).all()
    assert len({tuple(column) for column in inside.T}) == 8
    with pytest.raises(NotScorableError, match="has 29"):
        halves(np.arange(29), 8, rng)


def test_copied_entities_are_recognised_and_counted(rng: np.random.Generator) -> None:
    n, copied = 1000, 30
    inside = coins(n, 8, rng)
    x = rng.normal(size=(n, 8, 1))
    x[:copied] += 8.0 * inside[:copied, :, None]
    found = recognised(x, inside, np.arange(n))
    assert found.p_value is not None
    assert found.p_value <= 5 * 2**-20, "the first 20 signs are right, and five sizes are looked at"
    assert found.value is not None
    assert copied - 3 <= found.value <= copied + 10
    assert found.control == 62.5
    assert recognised(x, ~inside, np.arange(n)).value == 0, "farther where it was in is no recognition"


def test_gap_is_of_the_nearest_row_and_has_the_sign_of_the_side() -> None:
    inside = np.array([[True, False], [True, False], [False, True]])
    x = np.array([[[1.0], [2.0]], [[5.0], [0.0]], [[1.0], [4.0]]])
    scale = np.array([-1.0, 5.0, -3.0]).std()
    assert gaps(x, inside, np.array([0, 0, 1])) * scale == pytest.approx(np.array([[3.0], [3.0]]))


def test_discoveries_stop_where_one_in_ten_may_be_false() -> None:
    assert discoveries(np.array([True] * 10)) == 10
    assert discoveries(np.array([True] * 10 + [False] + [True] * 9)) == 10
    assert discoveries(np.array([True] * 10 + [False] + [True] * 10)) == 20
    assert discoveries(np.zeros(0, bool)) == 0


def test_excused_twins_leave_no_measure() -> None:
    assert unassessed("too slow", excused=True).measures == ()
    gap = unassessed("stopped", excused=False)
    assert isinstance(gap.figure, NotAssessed)
    assert {m.name for m in gap.measures} == {"auc", "tpr", "tpr_10"}
