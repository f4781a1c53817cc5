"""Controls with known answers: a copy, independent columns, and unseen real rows in place of synthetic ones.

The error probability of each test is 1e-6 over all its assertions (4.9 standard deviations two-sided), so
that it passes for any seed; the standard deviation of an AUC under "no difference" is sqrt((m + n + 1) / (12 m n)).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from synth.data.metadata import Column, ColumnType, Table
from synth.scoring.assemble import assemble
from synth.scoring.estimates import auc
from synth.scoring.fidelity.c2st import c2st
from synth.scoring.fidelity.trends import trends
from synth.scoring.parts import PARTS, tasks
from synth.scoring.policy import policy
from synth.scoring.privacy.copies import copies
from synth.scoring.results import MembershipResult, PartResult
from synth.scoring.samples import Samples, ceiling_of
from synth.scoring.scorecard import Figure, Scorecard, Timing
from synth.scoring.verdict import Context

pytestmark = pytest.mark.statistical

N = 1500
SPEC = Table(
    columns={
        "height": Column(type=ColumnType.DECIMAL),
        "weight": Column(type=ColumnType.DECIMAL),
        "visits": Column(type=ColumnType.INTEGER),
        "group": Column(type=ColumnType.CATEGORY),
        "ward": Column(type=ColumnType.CATEGORY),
        "ill": Column(type=ColumnType.BOOLEAN),
    },
    target="ill",
)


def population(n: int, seed: int) -> pa.Table:
    """A mixed table with strong relations and missing values."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    group = np.digitize(z + 0.2 * rng.normal(size=n), [-1, 0, 1])
    return pa.table(
        {
            "height": 170 + 10 * z,
            "weight": pa.array(70 + 10 * (0.9 * z + 0.3 * rng.normal(size=n)), mask=rng.random(n) < 0.05),
            "visits": pa.array(rng.poisson(np.exp(0.5 * z)), pa.int64()),
            "group": pa.array(np.array(["low", "mid", "O'Neil", "高"])[group]),
            "ward": pa.array((group + (rng.random(n) < 0.2)).astype(str), mask=rng.random(n) < 0.05),
            "ill": pa.array(z + 0.5 * rng.normal(size=n) > 0.5),
        }
    )


def world(seed: int = 0) -> Samples:
    """Train, holdout and reference; a fresh sample of the population as synthetic rows."""
    parts = [population(N, 100 * seed + part) for part in range(4)]
    return Samples(parts[0], parts[1], parts[2], parts[3], spec=SPEC, k=5, seed=seed)


def independent(table: pa.Table, seed: int = 0) -> pa.Table:
    rng = np.random.default_rng(seed)
    return pa.table({name: table[name].take(pa.array(rng.permutation(table.num_rows))) for name in table.column_names})


def figure_of(result: PartResult) -> Figure:
    assert isinstance(result.figure, Figure), result.figure
    return result.figure


def scorecard(samples: Samples) -> Scorecard:
    subjects = {
        "synthetic": samples,
        "floor": replace(samples, synthetic=independent(samples.train)),
        "ceiling": ceiling_of(samples),
    }
    results: dict[str, dict[str, PartResult]] = {subject: {} for subject in subjects}
    for subject, part in tasks("quick"):
        results[subject][part] = PARTS[part](subjects[subject])
    context = Context(synthetic_rows=samples.synthetic.num_rows)
    return assemble(
        results, table="t", engine="e", rows={}, policy=policy("L1"), context=context, tier="quick", timing=Timing(),
        lineage={},
    )  # fmt: skip


def attack_on(samples: Samples, name: str) -> Figure:
    result = PARTS["attacks"](samples)
    assert isinstance(result, MembershipResult)
    return figure_of(result.attacks[name])


def lower(figure: Figure) -> float:
    assert figure.ci_low is not None
    return figure.ci_low


def upper(figure: Figure) -> float:
    assert figure.ci_high is not None
    return figure.ci_high


@pytest.mark.parametrize("noise", [0.0, 1e-6])
def test_copy_of_train_is_flagged_by_both_attacks(noise: float) -> None:
    samples = world()
    rows = samples.train
    heights = rows["height"].to_numpy() + noise * np.random.default_rng(0).normal(size=N)
    samples = replace(samples, synthetic=rows.set_column(0, "height", pa.array(heights)))
    nearest, ratio = (attack_on(samples, name) for name in ("nearest_distance", "density_ratio"))
    # Members are at (nearly) no distance, non-members at a continuous one.
    assert nearest.value > 0.99
    # The 5th neighbour dilutes a copy: the ratio sees it weakly but surely, at 4.9 sd of guessing.
    assert ratio.value - 0.5 > 4.9 * np.sqrt((2 * N + 1) / (12 * N * N))


def test_copy_of_train_is_flagged_by_copies_and_fails() -> None:
    samples = world()
    card = scorecard(replace(samples, synthetic=samples.train))
    excess = card.privacy.copies.excess
    assert isinstance(excess.value, Figure)
    assert lower(excess.value) > 0.9
    assert card.gate.outcome == "FAIL"
    assert {finding.about for finding in card.gate.findings if finding.severity == "alarm"} >= {"gate B"}


def test_a_twentieth_of_verbatim_rows_is_found_by_copies() -> None:
    samples = world()
    mixed = pa.concat_tables([samples.train[: N // 20], samples.synthetic[N // 20 :]])
    result = copies(replace(samples, synthetic=mixed))
    assert result.p_value is not None
    assert result.p_value < 1e-9
    assert lower(figure_of(result)) > 0.03


def test_independent_columns_fail_trends_and_c2st() -> None:
    samples = world()
    shuffled = replace(samples, synthetic=independent(samples.train))
    assert upper(figure_of(trends(shuffled))) < lower(figure_of(trends(samples))) - 0.1
    assert lower(figure_of(c2st(shuffled))) > 0.8
    assert figure_of(PARTS["shapes"](shuffled)).value > 0.95
    assert upper(figure_of(PARTS["utility"](shuffled))) < lower(figure_of(PARTS["trtr"](shuffled)))


@pytest.mark.parametrize("seed", range(3))
def test_unseen_real_rows_sit_at_the_ceiling(seed: int) -> None:
    ceiling = ceiling_of(world(seed))
    m, n = N, ceiling.holdout.num_rows
    tolerance = 4.9 * np.sqrt((m + n + 1) / (12 * m * n))
    for attack in ("nearest_distance", "density_ratio"):
        assert abs(attack_on(ceiling, attack).value - 0.5) < tolerance
    # Three disjoint folds of a third of each side: the variance of their mean is a third of one fold's.
    fold = min(ceiling.synthetic.num_rows, ceiling.unseen.num_rows) // 3
    assert abs(figure_of(c2st(ceiling)).value - 0.5) < 4.9 * np.sqrt((2 * fold + 1) / (12 * fold * fold) / 3)
    result = copies(ceiling)
    assert figure_of(result).value < 0.01
    assert result.p_value is not None
    assert result.p_value > 1e-6
    assert figure_of(trends(ceiling)).value > 0.9


def test_unseen_real_rows_do_not_fail_the_gate() -> None:
    card = scorecard(world())
    assert card.gate.outcome == "INSUFFICIENT EVIDENCE"
    assert not [finding for finding in card.findings if finding.severity == "alarm"]


def test_auc_interval_of_clustered_rows_covers_the_truth() -> None:
    """400 draws in which an entity's rows share a shift; treating rows as independent would cover about 70 %."""
    covered, naive, draws = 0, 0, 400
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        who = np.repeat(np.arange(40), 5)
        inside, outside = (np.repeat(rng.normal(size=40), 5) + 0.3 * rng.normal(size=200) for _ in range(2))
        low, high = auc(inside, outside, who, who).interval()
        covered += low <= 0.5 <= high
        low, high = auc(inside, outside, np.arange(200), np.arange(200)).interval()
        naive += low <= 0.5 <= high
    # Binomial at 0.95 with 400 draws: below 350 has probability 3e-9; 0.93 (the small-sample loss) below 350: 2e-5.
    assert covered > stats.binom.ppf(1e-6, draws, 0.93)
    assert naive < stats.binom.ppf(1e-6, draws, 0.93)


def test_copies_p_value_of_honest_files_is_not_too_small() -> None:
    """200 fresh files of a coarse population, where chance matches abound: p is at most uniform."""
    p_values = []
    spec = Table(columns={name: Column(type=ColumnType.CATEGORY) for name in "abc"})
    for seed in range(200):
        rng = np.random.default_rng(seed)
        parts = [
            pa.table({name: rng.integers(0, 9, size).astype(str) for name in "abc"}) for size in (400, 150, 150, 400)
        ]
        result = copies(Samples(parts[0], parts[1], parts[2], parts[3], spec=spec, k=5, seed=seed))
        assert result.p_value is not None
        p_values.append(result.p_value)
    below = [int(np.sum(np.array(p_values) <= level)) for level in (0.05, 0.2)]
    # Super-uniform: the counts are at most binomial at 1 - 5e-7.
    assert below[0] <= stats.binom.ppf(1 - 5e-7, 200, 0.05)
    assert below[1] <= stats.binom.ppf(1 - 5e-7, 200, 0.2)
    # Power: were the control not scaled by size, all would be small; a coarse test has some values below one half.
    assert np.median(p_values) > 0.3
