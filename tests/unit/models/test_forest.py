"""Conditional forests: laws, order of columns, spread draws, choice of leaf size, protection of donors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from synth.data.encoding import CONTINUOUS, MISSING_U, Codes
from synth_models.forest.grow import Forest, grow_forest, largest_good
from synth_models.forest.laws import fit_laws
from synth_models.forest.order import drawing_order, mutual_information, predictors
from synth_models.forest.settings import ForestSettings
from synth_models.forest.spread import spread_uniforms

SETTINGS = ForestSettings(n_trees=8)
Floats = npt.NDArray[np.float64]


def continuous(u: Floats) -> Codes:
    return Codes(np.full(len(u), CONTINUOUS, np.int32), u)


def nominal(tokens: npt.ArrayLike) -> Codes:
    return Codes(np.asarray(tokens, np.int32))


def forest(target: Codes, before: list[Codes], entities: npt.NDArray[np.int64] | None = None, seed: int = 0) -> Forest:
    n = len(target.tokens)
    sizes = [int(p.tokens.max()) + 1 if p.u is None else None for p in before]
    who = np.arange(n) if entities is None else entities
    return grow_forest(target, before, sizes, who, SETTINGS, np.random.default_rng(seed))


def sampled(model: Forest, before: list[Codes], rng: np.random.Generator) -> Codes:
    n = len(before[0].tokens)
    leaf = model.leaf_of(model.features(before), rng.integers(len(model.roots), size=n))
    return model.laws.draw(leaf, rng.random(n))


def test_law_of_tokens_draws_their_shares_in_order() -> None:
    laws = fit_laws(np.zeros(10, np.int64), nominal([2] * 7 + [0] * 3), 1, 2)
    uniform = np.array([0.0, 0.29, 0.31, 0.99])
    assert laws.draw(np.zeros(4, np.int64), uniform).tokens.tolist() == [0, 0, 2, 2]


def test_law_of_a_leaf_never_reaches_into_the_next() -> None:
    leaf = np.array([0, 0, 1, 1, 1])
    laws = fit_laws(leaf, nominal([5, 6, 7, 7, 8]), 2, 2)
    edges = np.array([0.0, np.nextafter(1.0, 0.0)])
    assert laws.draw(np.array([0, 0]), edges).tokens.tolist() == [5, 6]
    assert laws.draw(np.array([1, 1]), edges).tokens.tolist() == [7, 8]


def test_law_of_positions_is_the_quantile_function_through_means_of_donors() -> None:
    u = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    laws = fit_laws(np.zeros(6, np.int64), continuous(u), 1, 2)
    # Knots (.15, .35, .55) at mass (1/6, 3/6, 5/6), and half a stretch along the slope at both ends.
    drawn = laws.draw(np.zeros(5, np.int64), np.array([0.0, 1 / 6, 0.5, 5 / 6, 1 - 1e-12])).u
    assert drawn == pytest.approx([0.05, 0.15, 0.35, 0.55, 0.65], abs=1e-6)


def test_law_holds_no_position_of_a_donor() -> None:
    u = np.sort(np.random.default_rng(0).random(400))
    laws = fit_laws(np.repeat(np.arange(20), 20), continuous(u), 20, 2)
    stored = np.concatenate([laws.low, laws.high]).astype(np.float64)
    assert np.abs(stored[:, None] - u[None]).min() > 0
    assert len(laws.tokens) < len(u)


def test_law_keeps_atoms_missing_and_stretches_apart() -> None:
    tokens = np.array([0] * 5 + [CONTINUOUS] * 10 + [1] * 5, np.int32)
    u = np.concatenate([np.full(5, 0.1), np.linspace(0.3, 0.5, 10), np.full(5, MISSING_U)])
    laws = fit_laws(np.zeros(20, np.int64), Codes(tokens, u), 1, 2)
    drawn = laws.draw(np.zeros(1000, np.int64), (np.arange(1000) + 0.5) / 1000)
    assert drawn.u is not None
    assert [(drawn.tokens == t).sum() for t in (0, CONTINUOUS, 1)] == [250, 500, 250]
    assert set(drawn.u[drawn.tokens == 1]) == {np.float64(np.float32(MISSING_U))}
    inner = drawn.u[drawn.tokens == CONTINUOUS]
    assert 0.25 < inner.min() < inner.max() < 0.55


def test_law_survives_saving() -> None:
    u = np.random.default_rng(0).random(60)
    laws = fit_laws(np.repeat(np.arange(3), 20), continuous(u), 3, 2)
    again = type(laws).from_arrays(laws.to_arrays())
    at, uniform = np.array([0, 1, 2]), np.array([0.1, 0.5, 0.9])
    for name, array in laws.to_arrays().items():
        assert np.array_equal(again.to_arrays()[name], array)
    assert again.draw(at, uniform).u == pytest.approx(laws.draw(at, uniform).u, abs=0)


def test_spread_uniforms_are_uniform_for_similar_keys() -> None:
    n = 4096
    uniforms = spread_uniforms(np.repeat(np.arange(8), n // 8).astype(np.float32), np.random.default_rng(0))
    for part in np.split(uniforms, 8):
        # Weyl's sequence of n points has discrepancy below 2 log(n) / n; 512 points: 0.025.
        assert np.max(np.abs(np.sort(part) - (np.arange(512) + 0.5) / 512)) < 0.025


def test_spread_uniforms_depend_on_the_generator() -> None:
    keys = np.zeros(100, np.float32)
    first, again, other = (spread_uniforms(keys, np.random.default_rng(s)) for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_order_puts_few_values_first_then_follows_the_strongest_link() -> None:
    rng = np.random.default_rng(0)
    a = rng.random(4000)
    b = np.clip(a + rng.normal(0, 0.02, 4000), 0, 1)
    c = np.clip(b + rng.normal(0, 0.02, 4000), 0, 1)
    loose = rng.random(4000)
    sex = nominal((a > 0.5).astype(int))
    parts = [continuous(loose), continuous(c), continuous(b), continuous(a), sex]
    order = drawing_order(parts, mutual_information(parts, np.random.default_rng(1)))
    assert order == [4, 3, 2, 1, 0]


def test_mutual_information_of_a_copy_is_entropy_and_of_independent_columns_near_zero() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 4, 5000), rng.integers(0, 4, 5000)
    table = mutual_information([nominal(x), nominal(x), nominal(y)], rng)
    share = np.bincount(x) / len(x)
    assert table[0, 1] == pytest.approx(-np.sum(share * np.log(share)), abs=1e-6)
    # 2 n MI is chi-squared with 9 degrees of freedom; its 1 - 1e-6 quantile is 47.
    assert 2 * 5000 * table[0, 2] < 47
    assert np.allclose(table, table.T)


def test_predictors_keep_the_most_telling_in_drawing_order() -> None:
    information = np.array([[0.0, 0.3, 0.1, 0.2]] + [[0.0] * 4] * 3)
    assert predictors(0, [3, 2, 1], information, 2) == [3, 1]
    assert predictors(0, [3, 2, 1], information, 5) == [3, 2, 1]


def test_forest_of_unrelated_columns_is_the_margin() -> None:
    rng = np.random.default_rng(2)
    model = forest(continuous(rng.random(2000)), [continuous(rng.random(2000))])
    # The score prefers the margin unless trees win out of bag by chance; then their leaves are large.
    assert model.is_margin or len(model.laws.centre) / len(model.roots) < 5


def test_forest_follows_an_implication_exactly() -> None:
    rng = np.random.default_rng(0)
    group = nominal(rng.integers(0, 6, 3000))
    target = nominal(np.array([3, 1, 4, 1, 5, 2])[group.tokens])
    model = forest(target, [group])
    assert np.array_equal(sampled(model, [group], rng).tokens, target.tokens)


def test_forest_separates_spread_and_not_only_means() -> None:
    rng = np.random.default_rng(0)
    n = 6000
    wide = rng.integers(0, 2, n)
    u = np.where(wide == 1, rng.random(n), 0.5 + 0.01 * (rng.random(n) - 0.5))  # equal means
    before = [nominal(wide), continuous(rng.random(n))]
    drawn = sampled(forest(continuous(u), before), before, rng).u
    assert drawn is not None
    assert np.std(drawn[wide == 0]) < 0.05 < 0.25 < np.std(drawn[wide == 1])


def test_forest_leaves_hold_ten_subjects_not_ten_rows() -> None:
    rng = np.random.default_rng(0)
    entities = np.repeat(np.arange(150), 40)
    x = rng.random(150)[entities]
    u = np.clip(x + rng.normal(0, 0.001, len(x)), 0, 1)
    model = forest(continuous(u), [continuous(x)], entities)
    leaf = model.leaf_of(model.features([continuous(x)]), np.zeros(len(x), np.int64))
    subjects = [len(set(entities[leaf == number])) for number in np.unique(leaf)]
    assert len(subjects) > 1
    assert min(subjects) >= SETTINGS.min_leaf


@pytest.mark.statistical
def test_forest_samples_the_conditional_law() -> None:
    rng = np.random.default_rng(0)
    n = 20_000
    x = rng.random(n)
    u = np.clip(0.5 * x + 0.25 + 0.05 * rng.normal(size=n), 0, 1)
    drawn = sampled(forest(continuous(u), [continuous(x)]), [continuous(x)], rng).u
    assert drawn is not None
    for low in (0.1, 0.4, 0.7):
        inside = (x >= low) & (x < low + 0.1)
        grid = np.linspace(0, 1, 200)
        real, made = (np.searchsorted(np.sort(v[inside]), grid) / inside.sum() for v in (u, drawn))
        # Two samples of n' = about 2,000: 2.69 sqrt(2 / n') = 0.085 at alpha 1e-6; a shift of one sigma gives 0.38.
        assert np.max(np.abs(real - made)) < 2.69 * np.sqrt(2 / inside.sum())
        assert np.max(np.abs(real - np.roll(made, 10))) > 2.69 * np.sqrt(2 / inside.sum()), "the test has power"


def test_spread_uniform_of_any_row_is_uniform_over_generators() -> None:
    first = [spread_uniforms(np.zeros(3, np.float32), np.random.default_rng(seed))[0] for seed in range(2000)]
    # One sample of 2,000 against the uniform law: 2.69 / sqrt(2000) = 0.060 at alpha 1e-6.
    assert np.max(np.abs(np.sort(first) - (np.arange(2000) + 0.5) / 2000)) < 0.060


def test_largest_leaf_that_is_not_clearly_worse_wins() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=1000)
    same, slightly, clearly = noise, noise + 0.001 * rng.normal(size=1000), noise + 0.5
    assert largest_good(np.stack([same, slightly, clearly]), 2.0) == 1
    assert largest_good(np.stack([clearly, same, slightly + 0.5]), 2.0) == 1
    assert largest_good(np.stack([clearly, same + 0.01, same]), 0.0) == 2
    assert largest_good(np.empty((3, 0)), 2.0) == 2
