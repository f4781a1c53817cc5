"""The step that fits and samples at once releases what an engine holds, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from synth.data.detect import detect
from synth.data.write import write_parquet
from synth.pipeline import once
from synth.pipeline.once import MakeSpec, make
from synth.storage.objects import Objects
from synth.synthesizer import Plan, Progress

closed: list[str] = []


class Holding:
    """An engine that holds something, and fails where its plan says so."""

    def fit(self, train: Any, metadata: Any, plan: Plan, *, seed: int, checkpoints: Path) -> Iterator[Progress]:
        yield Progress(done=0, total=1)
        if plan.config.get("fails"):
            raise RuntimeError

    def sample(self, rows: dict[str, range], *, conditions: Any, seed: int) -> Iterator[Any]:
        yield {name: pa.table({"a": range(numbers.start, numbers.stop)}) for name, numbers in rows.items()}

    def close(self) -> None:
        closed.append("yes")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSpec:
    monkeypatch.setattr(once, "engine_class", lambda name: Holding)
    closed.clear()
    table = pa.table({"a": range(50)})
    objects = Objects(tmp_path)
    with objects.writing("train.parquet") as path:
        write_parquet(table, path)
    metadata = detect({"t": table}).to_json()
    plan = Plan(engine="holding", k=5)
    return MakeSpec(plan=plan, table="t", metadata=metadata, train="train.parquet", seed=0, rows=20)


def test_done_gives_rows_and_releases(spec: MakeSpec, tmp_path: Path) -> None:
    objects = Objects(tmp_path)
    last = list(make(spec.model_dump(mode="json"), objects))[-1]
    assert objects.read_table(last.result["key"]).num_rows == 20
    assert closed == ["yes"]


def test_a_failure_releases(spec: MakeSpec, tmp_path: Path) -> None:
    failing = spec.model_copy(update={"plan": spec.plan.model_copy(update={"config": {"fails": True}})})
    with pytest.raises(RuntimeError):
        list(make(failing.model_dump(mode="json"), Objects(tmp_path)))
    assert closed == ["yes"]


def test_a_cancellation_releases(spec: MakeSpec, tmp_path: Path) -> None:
    events = make(spec.model_dump(mode="json"), Objects(tmp_path))
    next(events), next(events)
    events.close()
    assert closed == ["yes"]
