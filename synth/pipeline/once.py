"""The step for engines whose models cannot be stored: fit and sample in one task, with no generator left behind."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa

from synth.data.write import write_parquet
from synth.pipeline.draw import drawn_rows, made_unique
from synth.pipeline.generate import FitSpec, prepared
from synth.pipeline.task import Event, Events
from synth.registry import engine_class
from synth.storage.objects import Objects
from synth.synthesizer import Closeable


class MakeSpec(FitSpec):
    """What rows are made from, and how many."""

    rows: int


def make(spec: dict[str, Any], objects: Objects) -> Events:
    """Fits an engine and samples from it; the result names the key of the rows, and seconds of both parts.

    A cancellation ends the engine as well: what it holds outside this process is released with the step.

    Raises:
        SampleShortfallError: too few rows keep the rules.
    """
    wanted, start, cpu_start = MakeSpec.model_validate(spec), time.perf_counter(), _cpu_seconds()
    yield Event(message="reading train rows")
    engine = engine_class(wanted.plan.engine)()
    preparation, learnt, train = prepared(wanted, objects)

    def draw(rows: range, seed: int) -> Iterator[pa.Table]:
        for tables in engine.sample({wanted.table: rows}, conditions=None, seed=seed):
            yield tables[wanted.table]

    key, pieces, made = f"{wanted.home}/synthetic.parquet", [], 0
    with ExitStack() as stack:
        if isinstance(engine, Closeable):
            stack.callback(engine.close)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="synth-")))
        for step in engine.fit(train, learnt, wanted.plan, seed=wanted.seed, checkpoints=folder):
            yield Event(done=step.done, total=step.total, message=step.message)
        fit_s = time.perf_counter() - start
        for piece in drawn_rows(draw, preparation, range(wanted.rows), wanted.seed):
            pieces.append(piece)
            made += piece.num_rows
            yield Event(done=made, total=wanted.rows, message="rows")
        with objects.writing(key) as path:
            write_parquet(made_unique(iter(pieces), draw, preparation, wanted.rows, wanted.seed), path)
    seconds = {"fit_s": fit_s, "sample_s": time.perf_counter() - start - fit_s, "cpu_s": _cpu_seconds() - cpu_start}
    result = {"key": key, **seconds}
    yield Event(kind="done", done=wanted.rows, total=wanted.rows, message=f"{wanted.rows:,} rows", result=result)


def _cpu_seconds() -> float:
    """Of this process and of the children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
