"""What the benchmark of leaking generators makes, on a table small enough to look at."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import leaky_made as made
from benchmarks.leaky_generators import GENERATORS, _cell
from benchmarks.leaky_worlds import ROLES, World, cut, with_roles, without_missing
from synth.data.metadata import Column, ColumnType, Metadata, Role, Table

SPEC = Table(
    columns={
        "who": Column(type=ColumnType.INTEGER, role=Role.KEY),
        "x": Column(type=ColumnType.DECIMAL),
        "n": Column(type=ColumnType.INTEGER),
        "c": Column(type=ColumnType.CATEGORY),
    },
    entity_key=("who",),
)


def rows(n: int) -> pa.Table:
    rng = np.random.default_rng(n)
    values = {"who": rng.integers(0, n // 2, n), "x": rng.normal(size=n), "n": rng.integers(0, 9, n)}
    return pa.table({**values, "c": pa.array(rng.choice(["a", "b"], n), mask=rng.random(n) < 0.1)})


@pytest.fixture
def world() -> World:
    train, holdout, reference, fresh = cut(rows(400), SPEC, 90, 4)
    return World("t", Metadata(tables={"t": SPEC}), train, holdout, reference, fresh)


def test_parts_share_no_entity_and_are_no_larger_than_asked(world: World) -> None:
    parts = [set(part["who"].to_pylist()) for part in (world.train, world.holdout, world.reference, world.fresh)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert all(80 < part.num_rows <= 90 for part in (world.train, world.holdout, world.reference, world.fresh))


def test_copies_are_rows_of_train_and_moved_ones_are_near_but_never_equal(world: World) -> None:
    copied, moved = (make(world, made.Options()) for make in (made.copies, made.jittered))
    train = {tuple(row.values()) for row in world.train.to_pylist()}
    assert {tuple(row.values()) for row in copied.to_pylist()} <= train
    distance = np.abs(moved["x"].to_numpy() - copied["x"].to_numpy())
    assert distance.min() > 0
    assert distance.max() < 5 * made.JITTER * np.std(world.train["x"].to_numpy())
    assert moved["c"].equals(copied["c"])


def test_smote_makes_new_rows_within_what_train_has(world: World) -> None:
    new = made.smote(world, made.Options())
    assert new.num_rows == world.train.num_rows
    x, train = new["x"].to_numpy(), world.train["x"].to_numpy()
    assert train.min() <= x.min() <= x.max() <= train.max()
    assert len(np.intersect1d(x, train)) == 0
    assert (np.mod(new["n"].to_numpy(), 1) == 0).all()
    assert set(new["c"].to_pylist()) == {"a", "b", None}


def test_what_cannot_be_run_is_skipped_with_a_reason(world: World) -> None:
    with pytest.raises(made.SkippedError, match="--argn"):
        GENERATORS["argn"].make(world, made.Options())


def test_a_level_is_told_by_its_gates() -> None:
    assert _cell({"gates": {"A": "PASS", "L": "NOT APPLICABLE"}}) == "PASS"
    assert _cell({"gates": {"B": "FAIL", "C": "FAIL", "G": "INSUFFICIENT EVIDENCE"}}) == "FAIL B C; insufficient G"


def test_roles_are_those_declared_and_keys_stay_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROLES, "t", {Role.SECRET: ("x", "who"), Role.QUASI_IDENTIFIER: ("n",)})
    columns = with_roles(Metadata(tables={"t": SPEC}), "t").tables["t"].columns
    assert [column.role for column in columns.values()] == [
        Role.KEY, Role.SECRET, Role.QUASI_IDENTIFIER, Role.FEATURE,
    ]  # fmt: skip


def test_rows_with_a_gap_are_left_out() -> None:
    whole = without_missing(rows(400))
    assert 0 < whole.num_rows < 400
    assert whole["c"].null_count == 0
