"""What every registered model must do with every table of the zoo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from synth.data.detect import detect
from synth.data.metadata import Metadata
from synth.errors import NotFittedError
from synth.registry import engine_class, engine_specs
from synth.synthesizer import BLOCK_ROWS, Plan, Synthesizer
from tests.zoo import ZOO

K = 5
SMALL = {"n_trees": 3}

pytestmark = pytest.mark.parametrize("engine", [n for n, s in engine_specs().items() if not s.extra])


def fitted(engine: str, table: pa.Table, folder: Path, seed: int = 0, threads: int = 1) -> tuple[Synthesizer, Metadata]:
    """A generator of a small plan."""
    model, metadata = engine_class(engine)(), detect({"t": table})
    config = type(model).plan({"t": table.num_rows}, metadata, SMALL, 60.0)
    plan = Plan(engine=engine, k=K, threads=threads, config=config)
    steps = list(model.fit({"t": table}, metadata, plan, seed=seed, checkpoints=folder / "checkpoints"))
    assert [s.done for s in steps] == sorted(s.done for s in steps)
    assert steps[-1].done == steps[-1].total
    return model, metadata


def drawn(model: Synthesizer, rows: range, seed: int = 1) -> pa.Table:
    """Rows of the only table."""
    return pa.concat_tables(tables["t"] for tables in model.sample({"t": rows}, conditions=None, seed=seed))


@pytest.mark.parametrize("name", ZOO)
def test_sample_any_table_gives_exact_rows_and_schema(engine: str, name: str, tmp_path: Path) -> None:
    model, _ = fitted(engine, ZOO[name], tmp_path)
    for n in (1, 257):
        table = drawn(model, range(n))
        assert table.num_rows == n
        assert table.schema.equals(ZOO[name].schema.remove_metadata())


@pytest.mark.parametrize("name", ZOO)
def test_save_then_load_samples_the_same(engine: str, name: str, tmp_path: Path) -> None:
    model, _ = fitted(engine, ZOO[name], tmp_path)
    model.save(tmp_path / "generator")
    again = engine_class(engine).load(tmp_path / "generator")
    assert drawn(again, range(300)).equals(drawn(model, range(300)))


@pytest.mark.parametrize("name", ["mixed", "datetimes", "cjk"])
def test_fit_twice_writes_the_same_bytes_whatever_the_threads(engine: str, name: str, tmp_path: Path) -> None:
    files = []
    for run, threads in (("a", 1), ("b", 3)):
        model, _ = fitted(engine, ZOO[name], tmp_path / run, threads=threads)
        model.save(tmp_path / run / "generator")
        folder = tmp_path / run / "generator"
        files.append({p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()})
    assert files[0] == files[1]
    assert files[0]


def test_another_seed_gives_another_sample(engine: str, tmp_path: Path) -> None:
    model, _ = fitted(engine, ZOO["mixed"], tmp_path)
    assert not drawn(model, range(200), seed=1).equals(drawn(model, range(200), seed=2))


def test_sample_by_shards_gives_the_same_rows(engine: str, tmp_path: Path) -> None:
    model, _ = fitted(engine, ZOO["mixed"], tmp_path)
    n = 2 * BLOCK_ROWS + 100
    whole = drawn(model, range(n))
    shards = [drawn(model, range(s, min(s + BLOCK_ROWS, n))) for s in range(0, n, BLOCK_ROWS)]
    assert pa.concat_tables(shards).combine_chunks().equals(whole.combine_chunks())


def test_fit_stopped_and_resumed_equals_uninterrupted(engine: str, tmp_path: Path) -> None:
    table = ZOO["mixed"]
    whole, metadata = fitted(engine, table, tmp_path / "whole")
    config = engine_class(engine).plan({"t": table.num_rows}, metadata, SMALL, 60.0)
    plan = Plan(engine=engine, k=K, config=config)

    def steps(model: Synthesizer) -> Iterator[object]:
        return model.fit({"t": table}, metadata, plan, seed=0, checkpoints=tmp_path / "cut")

    first = steps(engine_class(engine)())
    for _ in range(4):
        next(first)
    first.close()  # type: ignore[attr-defined]
    kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "cut").iterdir()}
    assert kept
    resumed = engine_class(engine)()
    list(steps(resumed))
    assert {n: (tmp_path / "cut" / n).stat().st_mtime_ns for n in kept} == kept, "finished columns are not learnt again"
    assert drawn(resumed, range(300)).equals(drawn(whole, range(300)))


def test_sample_before_fit_is_refused(engine: str) -> None:
    with pytest.raises(NotFittedError):
        next(iter(engine_class(engine)().sample({"t": range(1)}, conditions=None, seed=0)))


def test_values_of_fewer_than_k_subjects_never_leave(engine: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    n = 400
    city = np.array(["north", "south"])[rng.integers(0, 2, n)].astype(object)
    city[: K - 1] = "canary-town"
    number = rng.normal(50, 5, n)
    number[: K - 1] = 987_654_321.25
    repeated = np.concatenate([np.full(30, 777_777), rng.integers(0, 1000, n - 30)])
    person = np.arange(n)
    person[:30] = 1_000_000  # thirty rows, one subject
    table = pa.table({"city": list(city), "number": number, "repeated": repeated, "person_id": person})
    metadata = detect({"t": table})
    spec = metadata.tables["t"].model_copy(update={"entity_key": ("person_id",), "primary_key": ()})
    metadata = metadata.model_copy(update={"tables": {"t": spec}})
    model = engine_class(engine)()
    plan = Plan(engine=engine, k=K, config=type(model).plan({"t": n}, metadata, SMALL, 60.0))
    list(model.fit({"t": table}, metadata, plan, seed=0, checkpoints=tmp_path / "checkpoints"))
    model.save(tmp_path / "generator")
    sample = drawn(model, range(5000))
    assert "canary-town" not in sample["city"].to_pylist()
    assert 987_654_321.25 not in sample["number"].to_pylist()
    assert 777_777 not in sample["repeated"].to_pylist()
    text = b"".join(p.read_bytes() for p in (tmp_path / "generator").rglob("*.json"))
    assert b"canary-town" not in text
    assert b"987654321" not in text
    assert b"777777" not in text
    assert json.loads((tmp_path / "generator" / "trees.json").read_text())["table"] == "t"


def test_identifying_columns_get_new_unique_values(engine: str, tmp_path: Path) -> None:
    table = pa.table({"customer_id": [f"C-{i * 7919 % 100_003}" for i in range(500)], "x": list(range(500))})
    metadata = detect({"t": table})
    spec = metadata.tables["t"].model_copy(update={"primary_key": ("customer_id",)})
    metadata = metadata.model_copy(update={"tables": {"t": spec}})
    model = engine_class(engine)()
    plan = Plan(engine=engine, k=K, config=type(model).plan({"t": 500}, metadata, SMALL, 60.0))
    list(model.fit({"t": table}, metadata, plan, seed=0, checkpoints=tmp_path))
    ids = drawn(model, range(BLOCK_ROWS + 10))["customer_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    assert not set(ids) & set(table["customer_id"].to_pylist())
