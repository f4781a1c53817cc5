"""In/out twins of generators whose answer is known, by the populations of `benchmarks.privacy_tests`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from benchmarks.privacy_tests.worlds import Floats, fresh, jittered, kernel, lonely, people, spec_of, table
from synth.scoring.privacy.twins import halves, judged, statistics
from synth.scoring.results import Measure

pytestmark = pytest.mark.statistical

Generator = Callable[[Floats, np.random.Generator], Floats]


def measured(generator: Generator, seed: int, n: int = 1000, twins: int = 8) -> dict[str, Measure]:
    """All measures of one trial."""
    rng = np.random.default_rng(seed)
    pool, who = people(n, rng), np.arange(n)
    inside = halves(who, twins, rng)
    files = [table(generator(pool[inside[:, j]], rng)) for j in range(twins)]
    found = np.stack([statistics(table(pool), who, file, spec_of()) for file in files], axis=1)
    return {m.name: m for m in judged(found, inside, who, rng).measures}


def test_a_fresh_generator_is_guessing() -> None:
    """Twenty worlds, alpha 1e-6: the mean of their standardised AUC is within 4.9 / sqrt 20 of 0, and so is no single
    one beyond 5.5 (alpha / 20); its spread is that of the interval."""
    trials = [measured(fresh, seed) for seed in range(20)]
    z = np.array([((t["auc"].value or 0) - 0.5) / (t["auc"].se or 1) for t in trials])
    assert abs(z.mean()) < 4.9 / np.sqrt(20)
    assert abs(z).max() < 5.5
    # 95 % bounds hold in 19 of 20 trials: Binomial(20, 0.05) exceeds 8 with probability 4e-7 (alpha 1e-6).
    assert sum((t["auc"].upper or 0) < 0.5 for t in trials) <= 8
    assert sum((t["tpr"].upper or 0) < 0.01 for t in trials) <= 8
    assert sum((t["recognised"].p_value or 0) < 0.05 for t in trials) <= 8
    assert sum(t["recognised"].value or 0 for t in trials) <= 20, "the false discovery rate is 10 %"


@pytest.mark.parametrize(
    ("generator", "least", "found"),
    [(jittered, 0.95, 0.9), (partial(kernel, width=0.1), 0.75, 0.35), (partial(kernel, width=0.3), 0.58, 0.03)],
)
def test_a_generator_that_memorises_is_found(generator: Generator, least: float, found: float) -> None:
    measures = measured(generator, 7)
    auc, tpr = measures["auc"], measures["tpr"]
    assert auc.value is not None
    assert auc.se is not None
    assert tpr.value is not None
    assert auc.value - 4.9 * auc.se > 0.5
    assert auc.value > least
    assert tpr.value > found
    assert (measures["recognised"].p_value or 0) < 1e-6
    assert (measures["recognised"].value or 0) > 20


def test_a_few_isolated_people_are_found_by_the_worst_records() -> None:
    measures = measured(partial(lonely, count=20), 7, n=2000)
    assert (measures["recognised"].p_value or 0) < 1e-3
    assert (measures["recognised"].value or 0) >= 10
