"""SDV's models behind the contract: one that is quick to fit here, the networks in the statistical part."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth.data.detect import detect
from synth.data.metadata import Metadata
from synth.errors import EngineFailedError, NotFittedError, UnsupportedByEngineError
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.request import RunRequest
from synth.pipeline.run import run
from synth.registry import engine_class
from synth.synthesizer import BLOCK_ROWS, Closeable, Plan, Synthesizer
from tests.processes import survivors
from tests.zoo import ZOO

pytestmark = pytest.mark.skipif(find_spec("sdv") is None, reason="the optional extra sdv is not installed")

K = 5
COPULA = "sdv_gaussian_copula"


@pytest.fixture(autouse=True)
def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "default.yaml").write_text("engines: {sdv: {accept_busl: true}}")


def fitted(engine: str, table: pa.Table, folder: Path, config: dict[str, Any] | None = None) -> Synthesizer:
    model, metadata = engine_class(engine)(), detect({"t": table})
    settings = config if config is not None else type(model).plan({"t": table.num_rows}, metadata, {}, 0.1)
    plan = Plan(engine=engine, k=K, config=settings)
    steps = list(model.fit({"t": table}, metadata, plan, seed=0, checkpoints=folder))
    assert steps[-1].done == steps[-1].total
    return model


def drawn(model: Synthesizer, rows: range, seed: int = 1) -> pa.Table:
    return pa.concat_tables(tables["t"] for tables in model.sample({"t": rows}, conditions=None, seed=seed))


@pytest.mark.parametrize("engine", [COPULA, *(pytest.param(f"sdv_{n}", marks=pytest.mark.statistical) for n in (
    "ctgan", "tvae", "copulagan"))])  # fmt: skip
def test_sample_keeps_schema_rows_seed_and_shards(engine: str, tmp_path: Path) -> None:
    table = ZOO["mixed"]
    model = fitted(engine, table, tmp_path)
    assert isinstance(model, Closeable)
    n = BLOCK_ROWS + 100
    whole = drawn(model, range(n))
    assert whole.num_rows == n
    assert whole.schema.equals(table.schema.remove_metadata())
    assert any(len(set(column.to_pylist())) > 2 for column in whole.columns), "it drew something"
    second = drawn(model, range(BLOCK_ROWS, n))
    assert whole.slice(BLOCK_ROWS).combine_chunks().equals(second.combine_chunks()), "rows depend on their block"
    assert not drawn(model, range(100), seed=2).equals(drawn(model, range(100)))
    model.close()


@pytest.mark.parametrize("name", ["one_row", "all_null", "only_null", "one_column", "constant", "datetimes", "cjk"])
def test_odd_tables_give_rows_of_their_schema(name: str, tmp_path: Path) -> None:
    table = ZOO[name]
    rows = drawn(fitted(COPULA, table, tmp_path), range(50))
    assert rows.num_rows == 50
    assert rows.schema.equals(table.schema.remove_metadata())


def test_values_of_fewer_than_k_subjects_never_reach_sdv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    city = np.array(["north", "south"])[rng.integers(0, 2, 400)].astype(object)
    city[: K - 1] = "canary-town"
    number = rng.normal(50, 5, 400)
    number[: K - 1] = 987_654_321.25
    given: list[pa.Table] = []
    child = sys.modules[engine_class(COPULA).__module__]._Child
    monkeypatch.setattr(child, "give", lambda self, rows: given.append(rows))
    monkeypatch.setattr(child, "obey", lambda self, order: iter([]))
    fitted(COPULA, pa.table({"city": list(city), "number": number}), tmp_path)
    [rows] = given
    assert rows.column_names == ["c0", "c1"]
    assert set(rows["c0"].to_pylist()) <= {"0", "1", "2"}
    assert max(rows["c1"].to_pylist()) < 800_000_000, "a mean of the four and a fifth subject stands for them"


def test_closing_the_fit_ends_its_process(tmp_path: Path) -> None:
    model, metadata = engine_class(COPULA)(), detect({"t": ZOO["mixed"]})
    steps = model.fit({"t": ZOO["mixed"]}, metadata, Plan(engine=COPULA, k=K), seed=0, checkpoints=tmp_path)
    next(steps)
    child = model._child  # type: ignore[attr-defined]
    assert child._process.poll() is None
    steps.close()  # type: ignore[attr-defined]
    assert survivors([child._process.pid]) == []
    assert not Path(child._folder.name).exists()


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "synth_models.sdv_child", str(tmp_path), COPULA], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


def test_failure_of_sdv_tells_the_kind_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(EngineFailedError, match="answered `fit` with TypeError") as caught:
        fitted(COPULA, ZOO["mixed"], tmp_path, {"canary-4711": 1})
    assert "canary" not in str(caught.value)


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    model = fitted(COPULA, ZOO["mixed"], tmp_path)
    os.kill(model._child._process.pid, 9)  # type: ignore[attr-defined]
    with pytest.raises(EngineFailedError, match="the end of its process"):
        drawn(model, range(10))


def test_nothing_is_stored_and_nothing_sampled_before_a_fit(tmp_path: Path) -> None:
    model = engine_class(COPULA)()
    with pytest.raises(NotFittedError):
        drawn(model, range(1))
    for store in (model.save, type(model).load):
        with pytest.raises(UnsupportedByEngineError, match="pickled"):
            store(tmp_path)


def test_plan_turns_the_budget_into_epochs() -> None:
    metadata = detect({"t": ZOO["mixed"]})
    epochs = {
        budget: engine_class("sdv_ctgan").plan({"t": 5000}, metadata, {}, budget)["epochs"] for budget in (0.1, 13, 1e6)
    }
    assert epochs == {0.1: 1, 13: 10, 1e6: 300}
    assert engine_class("sdv_tvae").plan({"t": 5000}, metadata, {"epochs": 7}, 1.0)["epochs"] == 7
    assert engine_class(COPULA).plan({"t": 5000}, metadata, {}, 1.0) == {}


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    low = rng.integers(1, 90, 600)
    table = pa.table(
        {
            "customer_id": [f"C-{i:05d}" for i in range(600)],
            "low": low,
            "high": low + rng.integers(0, 20, 600),
            "region": pa.array(rng.choice(["north", "south", "east"], 600)),
        }
    )
    pq.write_table(table, tmp_path / "people.parquet")
    metadata = detect({"people": table})
    spec = metadata.tables["people"].model_copy(update={"primary_key": ("customer_id",)})
    data = json.loads(Metadata(tables={"people": spec}).to_json())
    data["tables"]["people"]["rules"] = [
        {"kind": "comparison", "left": {"column": "low"}, "op": "<=", "right": {"column": "high"}}
    ]
    Metadata.parse(data).save(tmp_path / "metadata.yaml")
    return tmp_path / "people.parquet"


def test_run_leaves_no_generator_and_keeps_rules_and_keys(seed_file: Path, tmp_path: Path) -> None:
    request = RunRequest(
        seed_files=(seed_file,), out=tmp_path / "out", metadata=tmp_path / "metadata.yaml", engine=COPULA, rows=5000
    )
    result = run(request, InlineExecutor(), lambda event: None)
    assert {path.name for path in result.out.iterdir()} == {
        "synthetic.parquet", "metadata.yaml", "scorecard.json", "report.html", "report-requester.html"}  # fmt: skip
    rows = pq.read_table(result.out / "synthetic.parquet")
    assert rows.num_rows == 5000
    assert all(a <= b for a, b in zip(rows["low"].to_pylist(), rows["high"].to_pylist(), strict=True))
    assert len(set(rows["customer_id"].to_pylist())) == 5000
    assert (result.scorecard.timing.fit_s or 0) > 0
    assert result.scorecard.lineage["plan"]["engine"] == COPULA
