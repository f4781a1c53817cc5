from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Role, Table
from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.at_risk import at_risk
from synth.scoring.privacy.closer_share import closer_share
from synth.scoring.privacy.matched_columns import matched_columns
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure


def world(generator: Callable[[pa.Table], pa.Table], n: int = 1000, seed: int = 0) -> Samples:
    """Two groups of people, told apart by `sex`, each with three numbers."""
    rng = np.random.default_rng(seed)

    def rows() -> pa.Table:
        x = rng.standard_t(4, size=(n, 3))
        return pa.table({"sex": rng.choice(["f", "m"], n), "a": x[:, 0], "b": x[:, 1], "c": x[:, 2]})

    columns = {"sex": Column(type=ColumnType.CATEGORY, role=Role.QUASI_IDENTIFIER)}
    columns |= {name: Column(type=ColumnType.DECIMAL) for name in "abc"}
    columns["a"] = columns["a"].model_copy(update={"role": Role.QUASI_IDENTIFIER})
    train, holdout, reference, fresh = (rows() for _ in range(4))
    made = pa.concat_tables([generator(train), fresh])
    return Samples(train, holdout, reference, made, Table(columns=columns), k=11, seed=seed)


def test_group_that_was_copied_is_found_and_the_other_is_not() -> None:
    samples = world(lambda train: train.filter(pa.compute.equal(train["sex"], "f")))
    found = {str(m.about): m for m in at_risk(samples).measures if m.name == "auc_by_group"}
    assert found["sex: f"].value == pytest.approx(1.0, abs=0.01)
    other = found["sex: m"]
    # An honest AUC is within 4 standard errors of one half but for 1 seed in 15,000.
    assert other.value is not None
    assert other.se is not None
    assert abs(other.value - 0.5) < 4 * other.se
    assert {f"a: quarter {i}" for i in (1, 2, 3, 4)} <= set(found)


def test_isolated_people_that_were_copied_are_in_the_first_tenth() -> None:
    def lonely(train: pa.Table) -> pa.Table:
        size = sum(np.square(train[name].to_numpy()) for name in "abc")
        return train.take(pa.array(np.argsort(-size)[:100]))

    result = at_risk(world(lonely))
    by_tenth = [m.value or 0.0 for m in result.measures if m.name == "auc_by_isolation"]
    assert len(by_tenth) == 10
    assert by_tenth[0] == max(by_tenth) > 0.8
    assert isinstance(result.figure, Figure)
    assert result.figure.value == by_tenth[0]


def test_small_groups_are_not_shown() -> None:
    samples = world(lambda train: train[:0], n=60)
    assert not [m for m in at_risk(world(lambda t: t[:0], n=900)).measures if "missing" in m.about]
    with pytest.raises(NotScorableError, match="50 people of each kind"):
        at_risk(replace(samples, reference=samples.reference[:0]))


def test_partial_matches_name_the_columns_that_were_changed() -> None:
    def changed(train: pa.Table) -> pa.Table:
        part = train[:400]
        return part.set_column(2, "b", pa.array(part["b"].to_numpy() + 100.0))

    result = matched_columns(world(changed))
    assert result.sets[0].columns == ("b",)
    # 400 of the 1,400 synthetic rows, all of which are drawn.
    assert result.sets[0].attack == pytest.approx(400 / 1400)
    assert result.sets[0].control == 0
    told = {str(m.about): (m.attack, m.control) for m in result.measures}
    assert told["at least 3 of 4 columns"] == pytest.approx((400 / 1400, 0.0))
    assert told["at least 4 of 4 columns"] == (0.0, 0.0)


def test_partial_matches_of_fewer_than_k_rows_are_not_listed() -> None:
    assert matched_columns(world(lambda train: train[:10])).sets == ()
    assert matched_columns(world(lambda train: train[:11])).sets[0].columns == ()


def test_missing_cells_match_nothing() -> None:
    empty = pa.array([None] * 1000, pa.float64())
    samples = world(lambda train: train[:0])
    parts = {
        name: getattr(samples, name)[:1000]
        .set_column(2, "b", empty)
        .set_column(3, "c", empty)
        .set_column(1, "a", empty)
        for name in ("train", "holdout", "reference", "synthetic")
    }
    found = {str(m.about): m.attack for m in matched_columns(replace(samples, **parts)).measures}
    assert found["at least 1 of 4 columns"] == 1.0
    assert found["at least 2 of 4 columns"] == 0.0


def test_distance_curves_of_a_copy_start_at_zero_for_train_only() -> None:
    result = closer_share(world(lambda train: train))
    curves = {curve.name: curve for curve in result.curves}
    assert result.measures[0].n == 2000, "every synthetic row is asked which side is nearer"
    assert curves["distance_train"].x[5] == 0
    assert curves["distance_unseen"].x[5] > 0
    assert curves["distance_train"].y == pytest.approx(np.arange(1, 20) / 20)
    assert all(list(curve.x) == sorted(curve.x) for curve in curves.values())
    assert set(curves) == {"distance_train", "distance_unseen", "distance_ratio_train", "distance_ratio_unseen"}
