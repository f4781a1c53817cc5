"""Subgroups, rare categories, tails, missing cells and time, with values computed by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Role, Table
from synth.scoring.divisions import divisions
from synth.scoring.estimates import NotScorableError
from synth.scoring.fidelity.missing import missing
from synth.scoring.fidelity.rare import rare
from synth.scoring.fidelity.sides import figure
from synth.scoring.fidelity.subgroups import subgroups
from synth.scoring.fidelity.tails import tails
from synth.scoring.fidelity.time import time
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure, NotAssessed

DECIMAL, CATEGORY = Column(type=ColumnType.DECIMAL), Column(type=ColumnType.CATEGORY)


def samples(real: pa.Table, synthetic: pa.Table, spec: Table, k: int = 5) -> Samples:
    return Samples(real, real.slice(0, 0), real.slice(0, 0), synthetic, spec, k=k, seed=0)


def value(found: object) -> float:
    assert isinstance(found, Figure)
    return found.value


def test_figure_of_known_groups_is_the_jackknife() -> None:
    values = np.r_[0.5, 0.5 + 0.01 * np.array([1, -1] * 5)]
    found = figure(values, 10)
    # Variance 9 / 10 * 10 * 0.01^2, and t of 9 degrees of freedom is 2.262157.
    assert found.ci_low == pytest.approx(0.5 - 2.262157 * 0.03, abs=1e-6)
    assert found.ci_high == pytest.approx(0.5 + 2.262157 * 0.03, abs=1e-6)
    assert figure(np.r_[0.5, np.full(10, np.nan)], 10).ci_low is None
    assert figure(np.ones(11), 100, trials=10).ci_low == pytest.approx(0.025**0.1)


def test_rare_counts_what_the_file_has() -> None:
    spec = Table(columns={"c": CATEGORY})
    # Of 1,000 rows: r1 and r2 have 6, few has 4 (below k), 984 are common.
    real = pa.table({"c": ["common"] * 984 + ["r1"] * 6 + ["r2"] * 6 + ["few"] * 4})
    synthetic = pa.table({"c": ["common"] * 97 + ["r1"] * 2 + ["few"]})
    found = rare(samples(real, synthetic, spec))
    assert value(found.figure) == 0.5
    (column,) = found.columns
    assert (column.values, column.real_share, column.synthetic_share) == (2, 0.012, 0.02)
    assert value(column.share) == pytest.approx(0.008)
    with pytest.raises(NotScorableError):
        rare(samples(real, synthetic, spec, k=7))


def test_tails_of_known_numbers() -> None:
    spec = Table(columns={"x": DECIMAL})
    real = pa.table({"x": np.arange(1001.0)})  # quantiles 10 and 990, with 10 values beyond each
    synthetic = pa.table({"x": np.r_[np.full(2, 0.0), np.full(94, 500.0), np.full(4, 1500.0)]})
    (column,) = tails(samples(real, synthetic, spec)).columns
    assert value(column.below) == pytest.approx(0.02)
    assert value(column.above) == pytest.approx(0.04)
    assert isinstance(column.below, Figure)
    assert column.below.ideal == pytest.approx(10 / 1001)
    share = 10 / 1001
    assert value(column.score) == pytest.approx((share / 0.02 + share / 0.04) / 2)
    # Synthetic quantiles 0 and 1500 are off by -10 and 510 of 980, shown in whole percents.
    assert value(column.low_error) == -0.01
    assert value(column.high_error) == 0.52


def test_tails_of_fewer_than_k_entities_are_not_shown() -> None:
    spec = Table(columns={"x": DECIMAL})
    table = pa.table({"x": np.arange(1001.0)})
    assert value(tails(samples(table, table, spec, k=10)).figure) == 1.0
    with pytest.raises(NotScorableError):
        tails(samples(table, table, spec, k=11))
    lumped = pa.table({"x": np.r_[np.zeros(500), np.arange(501.0)]})  # nothing is below the 1 % quantile
    (column,) = tails(samples(lumped, lumped, spec)).columns
    assert isinstance(column.below, NotAssessed)
    assert isinstance(column.low_error, NotAssessed)
    assert value(column.score) == 1.0


def test_missing_rates_and_pattern_by_hand() -> None:
    spec = Table(columns={"a": DECIMAL, "b": CATEGORY})
    full, gap = 1.0, None
    real = pa.table({"a": [full] * 80 + [gap] * 20, "b": ["x"] * 80 + [None] * 20})
    # The same rates, but never together: patterns (0,0) .8 and (1,1) .2 against (0,0) .6, (1,0) .2 and (0,1) .2.
    synthetic = pa.table({"a": [full] * 80 + [gap] * 20, "b": [None] * 20 + ["x"] * 80})
    found = missing(samples(real, synthetic, spec))
    assert value(found.figure) == pytest.approx(0.6)
    assert [(c.real, c.synthetic, value(c.difference)) for c in found.columns] == [(0.2, 0.2, 0.0)] * 2


def test_missing_cells_of_few_entities_are_not_shown() -> None:
    spec = Table(columns={"a": DECIMAL})
    real = pa.table({"a": [1.0] * 96 + [None] * 4})
    (column,) = missing(samples(real, real, spec)).columns
    assert (column.real, column.synthetic) == (None, None)
    assert isinstance(column.difference, NotAssessed)
    assert missing(samples(real, real, spec, k=4)).columns[0].real == 0.04
    with pytest.raises(NotScorableError, match="no cell"):
        missing(samples(real.slice(0, 90), real.slice(0, 90), spec))


def two_groups(low: int, high: int) -> pa.Table:
    """200 rows of g = a with x = p, and of b `low` rows with p and `high` with q."""
    return pa.table({"g": ["a"] * 200 + ["b"] * (low + high), "x": ["p"] * (200 + low) + ["q"] * high})


def test_subgroups_put_the_worst_first() -> None:
    spec = Table(columns={"g": CATEGORY, "x": CATEGORY})
    found = subgroups(samples(two_groups(150, 150), two_groups(30, 270), spec))
    # Within b the shares of p are .5 and .1; within p those of a are 4 / 7 and 20 / 23; within q nothing differs.
    by_group = {(g.column, g.group): g for g in found.groups}
    assert value(by_group["g", "b"].shape) == pytest.approx(0.6)
    assert value(by_group["g", "a"].shape) == 1.0
    assert value(by_group["x", "p"].shape) == pytest.approx(1 - (20 / 23 - 4 / 7))
    assert value(by_group["x", "q"].shape) == 1.0
    assert (found.groups[0].column, found.groups[0].group) == ("g", "b")
    assert value(found.figure) == pytest.approx(0.6)
    group = by_group["x", "q"]
    assert (group.entities, group.real_share, group.synthetic_share) == (150, 0.3, 0.54)
    assert value(group.share) == pytest.approx(0.24)


def test_subgroups_never_show_small_groups() -> None:
    spec = Table(columns={"g": CATEGORY, "x": CATEGORY})
    names = ["a"] * 200 + ["b"] * 99 + ["c"] * 99
    table = pa.table({"g": names, "x": ["p"] * 398})
    assert [(g.group, g.entities) for g in subgroups(samples(table, table, spec)).groups if g.column == "g"] == [
        ("a", 200),
        ("(other)", 198),
    ]
    alone = table.slice(0, 299)  # b alone is too small even for "(other)"
    with pytest.raises(NotScorableError):
        subgroups(samples(alone, alone, spec))
    assert "a" in {g.group for g in subgroups(samples(table, table, spec, k=198)).groups}
    keyed = two_groups(100, 100).append_column("id", pa.array(np.arange(400) // 4))
    keys = Table(columns={**spec.columns, "id": Column(type=ColumnType.INTEGER)}, entity_key=("id",))
    with pytest.raises(NotScorableError):  # entities count, not rows
        subgroups(samples(keyed, keyed, keys))


def test_divisions_cut_quasi_identifiers_into_quarters() -> None:
    spec = Table(columns={"age": Column(type=ColumnType.INTEGER, role=Role.QUASI_IDENTIFIER), "x": DECIMAL})
    table = pa.table({"age": np.arange(800), "x": np.zeros(800)})
    (division,) = divisions(spec, 5, np.arange(800), (table, pa.table({"age": [0, 200, 799, 10_000, None]})))
    assert division.labels == ("quarter 1", "quarter 2", "quarter 3", "quarter 4")
    assert np.bincount(division.codes[0]).tolist() == [200] * 4
    assert division.codes[1].tolist() == [0, 1, 3, 3, -1]


START = datetime(2020, 1, 1)
SEQUENCES = Table(
    columns={
        "who": Column(type=ColumnType.INTEGER, role=Role.KEY),
        "when": Column(type=ColumnType.DATETIME),
        "x": DECIMAL,
    },
    sequence_key=("who",),
    sequence_index="when",
)


def sequences(n: int, length: int, seed: int, *, memory: float, step: int = 1) -> pa.Table:
    """Autoregressive sequences of equal length, in random row order."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, length))
    for i in range(1, length):
        x[:, i] = memory * x[:, i - 1] + np.sqrt(1 - memory**2) * x[:, i]
    order = rng.permutation(n * length)
    when = [START + timedelta(days=step * int(i % length)) for i in order]
    return pa.table({"who": order // length, "when": pa.array(when, pa.timestamp("s")), "x": x.ravel()[order]})


def test_time_sees_lost_memory_and_wrong_steps() -> None:
    real = sequences(50, 100, 0, memory=0.9)
    found = time(samples(real, sequences(50, 50, 1, memory=0.0, step=2), SEQUENCES))
    by_name = {trait.about: trait for trait in found.traits}
    assert value(by_name["sequence length"].score) == 0.0
    assert value(by_name["time step"].score) == 0.0
    memory = by_name["x"]
    assert memory.real is not None
    assert memory.synthetic is not None
    # Standard deviations below 0.01 and 0.02; the own mean takes off 0.04 and 0.02.
    assert memory.real == pytest.approx(0.87, abs=0.06)
    assert memory.synthetic == pytest.approx(-0.02, abs=0.1)
    assert value(memory.score) == pytest.approx(1 - (memory.real - memory.synthetic) / 2)
    same = time(samples(real, real, SEQUENCES))
    assert value(same.figure) == 1.0


def test_time_of_one_sequence_by_hand() -> None:
    # Each sequence is 0, 1, 2, 3: about its mean the products are .75 - .25 + .75, the squares 2.75 and 2.75.
    table = pa.table(
        {
            "who": np.repeat(np.arange(30), 4),
            "when": pa.array([START + timedelta(days=i) for i in range(4)] * 30, pa.timestamp("s")),
            "x": np.tile([0.0, 1.0, 2.0, 3.0], 30) + 10 * np.repeat(np.arange(30.0), 4),
        }
    )
    shuffled = table.take(pa.array(np.random.default_rng(0).permutation(120)))
    trait = next(t for t in time(samples(shuffled, table, SEQUENCES)).traits if t.about == "x")
    assert trait.real == pytest.approx(1.25 / 2.75)
    assert trait.synthetic == pytest.approx(1.25 / 2.75)


def test_time_of_a_constant_column_says_nothing() -> None:
    table = sequences(30, 7, 0, memory=0.5)
    flat = table.set_column(2, "x", pa.array(np.full(210, 518.67)))  # whose mean is off by rounding
    assert {trait.about for trait in time(samples(flat, flat, SEQUENCES)).traits} == {"sequence length", "time step"}


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"sequence_index": None}, "orders rows in time"),
        ({"sequence_key": ()}, "all rows are one sequence"),
    ],
)
def test_time_without_an_index_gives_a_reason(update: dict[str, object], reason: str) -> None:
    table = sequences(30, 4, 0, memory=0.5)
    with pytest.raises(NotScorableError, match=reason):
        time(samples(table, table, SEQUENCES.model_copy(update=update)))
    with pytest.raises(NotScorableError, match="lacks"):
        time(samples(table, table.drop_columns(["who"]), SEQUENCES))
