"""Intervals hold what they claim: the expected score of files of the same size, both sides drawn anew.

A true coverage of at least 0.93 gives fewer hits than allowed with a probability below 1e-6 a test (binomial), however
the trials fall; an interval of half the width holds about 0.67 and is found out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from synth.data.metadata import Column, ColumnType, Role, Table
from synth.scoring.fidelity.missing import missing
from synth.scoring.fidelity.shapes import shapes
from synth.scoring.fidelity.sides import sides_of
from synth.scoring.fidelity.subgroups import subgroups
from synth.scoring.fidelity.tails import tails
from synth.scoring.samples import Samples
from synth.scoring.scorecard import AnyFigure, Figure
from synth.scoring.utility import Judged, Target
from synth.scoring.utility_gap import gap

pytestmark = pytest.mark.statistical

TRIALS = 200
ALLOWED = int(stats.binom.ppf(1e-6, TRIALS, 0.93))
SPEC = Table(
    columns={
        "id": Column(type=ColumnType.INTEGER, role=Role.KEY),
        "x": Column(type=ColumnType.DECIMAL),
        "c": Column(type=ColumnType.CATEGORY),
    },
    entity_key=("id",),
)


def people(rng: np.random.Generator, n: int, shift: float) -> pa.Table:
    """Three rows a person, who has a level of her own and always the same category."""
    level, kind = np.repeat(rng.normal(size=n), 3), np.repeat(rng.random(n), 3)
    kinds = np.array(["a", "b"])[(kind > 0.6 + shift / 5).astype(int)]
    absent = np.repeat(rng.random(n) < 0.1 + shift / 10, 3)
    x = shift + level + 0.5 * rng.normal(size=3 * n)
    return pa.table({"id": np.repeat(np.arange(n), 3), "x": pa.array(x, mask=absent), "c": kinds})


def holds(found: list[AnyFigure], target: float | None = None) -> int:
    """How many intervals hold the target, or the mean of the values."""
    figures = [figure for figure in found if isinstance(figure, Figure)]
    assert len(figures) == len(found)
    aim = float(np.mean([figure.value for figure in figures])) if target is None else target
    bounds = [(f.ci_low, f.ci_high) for f in figures if f.ci_low is not None and f.ci_high is not None]
    return sum(low <= aim <= high for low, high in bounds)


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_intervals_hold_the_expected_score_of_files_with_entities(shift: float) -> None:
    rng = np.random.default_rng(int(10 * shift))
    found: dict[str, list[AnyFigure]] = {}
    for trial in range(TRIALS):
        real, synthetic = people(rng, 1000, 0.0), people(rng, 1000, shift)
        empty = real.slice(0, 0)
        samples = Samples(real, empty, empty, synthetic, SPEC, k=2, seed=trial)
        whole = shapes(samples)
        found.setdefault("shapes", []).append(whole.figure)
        for column in whole.columns:
            found.setdefault(column.column, []).append(column.score)
        group = next(g for g in subgroups(samples).groups if g.group == "a")
        found.setdefault("group", []).append(group.shape)
        found.setdefault("share", []).append(group.share)
        found.setdefault("above", []).append(tails(samples).columns[0].above)
        found.setdefault("missing", []).append(missing(samples).columns[0].difference)
    hits = {name: holds(figures) for name, figures in found.items()}
    assert min(hits.values()) >= ALLOWED, hits


def test_gap_holds_the_true_difference_of_two_fixed_models() -> None:
    rng = np.random.default_rng(5)

    def trial(task: str) -> AnyFigure:
        level = np.repeat(rng.normal(size=300), 3)
        signal = level + rng.normal(size=900)
        answers = [signal + noise * rng.normal(size=900) for noise in (2.0, 1.0)]
        who = np.repeat(np.arange(300), 3)
        classes = task == "classification"
        truth = (signal > 0).astype(np.int64) if classes else signal
        shown = [np.column_stack([-a, a]) for a in answers] if classes else answers
        target = Target("y", guessed=False, task="classification" if task == "classification" else "regression")
        models = [Judged(target, pa.table({"y": truth}), truth, each, who) for each in shown]
        return gap(*models)

    for task in ("classification", "regression"):
        hits = holds([trial(task) for _ in range(TRIALS)])
        assert hits >= ALLOWED, (task, hits)


def test_jackknife_groups_of_the_sides_keep_entities_together() -> None:
    table = people(np.random.default_rng(0), 50, 0.0)
    sides = sides_of(Samples(table, table, table, table, SPEC, k=2, seed=0), "any")
    assert all(len(set(group.reshape(-1, 3)[i])) == 1 for group in sides.groups for i in range(50))
