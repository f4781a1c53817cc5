from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Role, Table
from synth.errors import InvalidInputError
from synth.scoring.samples import Samples, ceiling_of, draw, entities, scored_columns

Make = Callable[..., Samples]


def test_scored_columns_leaves_out_what_identifies() -> None:
    category = ColumnType.CATEGORY
    spec = Table(
        columns={
            "id": Column(type=ColumnType.INTEGER),
            "person": Column(type=category),
            "foreign": Column(type=category, role=Role.KEY),
            "name": Column(type=category, role=Role.DIRECT_IDENTIFIER),
            "note": Column(type=ColumnType.TEXT),
            "zip": Column(type=category, role=Role.QUASI_IDENTIFIER),
            "age": Column(type=ColumnType.INTEGER),
        },
        primary_key=("id",),
        entity_key=("person",),
    )
    assert scored_columns(spec) == ["zip", "age"]


def test_samples_missing_columns_are_reported_together(make_samples: Make) -> None:
    good = make_samples(10)
    with pytest.raises(InvalidInputError) as caught:
        make_samples(10, train=good.train.drop_columns(["size"]), synthetic=good.train.drop_columns(["kind", "when"]))
    assert {fault.where for fault in caught.value.faults} == {"train.size", "synthetic.kind", "synthetic.when"}


def test_unseen_is_holdout_and_reference(make_samples: Make) -> None:
    samples = make_samples(10)
    assert samples.unseen.num_rows == 20
    assert samples.unseen["size"].to_pylist() == (
        samples.holdout["size"].to_pylist() + samples.reference["size"].to_pylist()
    )


def test_compared_is_train_or_unseen_rows_without_it(make_samples: Make) -> None:
    samples = make_samples(10)
    assert samples.compared["size"].to_pylist() == samples.train["size"].to_pylist()
    alone = make_samples(10, train=samples.train[:0])
    assert alone.compared["size"].to_pylist() == alone.unseen["size"].to_pylist()


def test_ceiling_halves_the_holdout_without_overlap(make_samples: Make) -> None:
    samples = make_samples(101)
    ceiling = ceiling_of(samples)
    assert {ceiling.synthetic.num_rows, ceiling.holdout.num_rows} == {50, 51}
    halves = ceiling.synthetic["when"].to_pylist() + ceiling.holdout["when"].to_pylist()
    assert sorted(halves) == sorted(samples.holdout["when"].to_pylist())
    assert ceiling_of(samples).synthetic.equals(ceiling.synthetic)
    assert ceiling.train is samples.train


def test_ceiling_keeps_entities_together() -> None:
    spec = Table(
        columns={"id": Column(type=ColumnType.INTEGER), "x": Column(type=ColumnType.DECIMAL)}, entity_key=("id",)
    )
    rows = pa.table({"id": np.repeat(np.arange(20), 5), "x": np.arange(100.0)})
    ceiling = ceiling_of(Samples(rows, rows, rows, rows, spec, k=5, seed=1))
    assert not set(ceiling.synthetic["id"].to_pylist()) & set(ceiling.holdout["id"].to_pylist())
    assert ceiling.synthetic.num_rows == 50


def test_entities_without_key_column_are_rows(make_samples: Make) -> None:
    samples = make_samples(10)
    assert entities(samples.synthetic, samples.spec).tolist() == list(range(10))
    keyed = samples.spec.model_copy(update={"entity_key": ("kind",)})
    assert len(set(entities(samples.train, keyed).tolist())) < 10


def test_draw_keeps_order_and_never_repeats(rng: np.random.Generator) -> None:
    table = pa.table({"x": np.arange(1000)})
    drawn = draw(table, 100, rng)["x"].to_pylist()
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 100
    assert draw(table, 1000, rng) is table
