"""The steps from train rows to a synthetic table: plan, fit, sample (a shard of blocks each), merge.

An engine whose models cannot be stored is fitted and sampled by one step, see `once.py`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from synth.data.metadata import Metadata
from synth.data.write import ROW_GROUP_ROWS, write_parquet
from synth.pipeline.draw import Draw, drawn_rows, made_unique
from synth.pipeline.prepare import Preparation
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Event, Events
from synth.registry import engine_class
from synth.storage.objects import Objects
from synth.synthesizer import BLOCK_ROWS, Plan, Synthesizer, Tables

ENGINE = "engine"
"""Folder of the engine's own files in a generator, beside `preparation.json`."""


class PlanSpec(StepSpec):
    """What a plan is resolved from: engine, its settings, sizes and a budget in CPU seconds."""

    engine: str
    config: dict[str, Any] = Field(default_factory=dict)
    k: int
    threads: int
    n_rows: dict[str, int]
    metadata: str
    budget_s: float


class FitSpec(StepSpec):
    """What a generator is fitted from; `train` is the key of a Parquet object; `rules` whether its rows keep them."""

    plan: Plan
    table: str
    metadata: str
    train: str
    seed: int
    rules: bool = True


class SampleSpec(StepSpec):
    """A shard of rows: `start` on a block boundary, `stop` exclusive; `model` is the prefix of the generator."""

    engine: str
    model: str
    table: str
    start: int
    stop: int
    seed: int


class MergeSpec(StepSpec):
    """Keys of the shards, in order, the rows that they must have together, and the generator that they are of."""

    parts: tuple[str, ...]
    rows: int
    engine: str
    model: str
    seed: int


def plan(spec: dict[str, Any], objects: Objects) -> Events:  # noqa: ARG001 - every step has this form
    """Resolves a time budget once; the result is a `Plan`, kept so that a resumed run does not resolve it anew."""
    wanted = PlanSpec.model_validate(spec)
    metadata = Metadata.from_json(wanted.metadata)
    yield Event(message="choosing sizes")
    config = engine_class(wanted.engine).plan(wanted.n_rows, metadata, wanted.config, wanted.budget_s)
    resolved = Plan(engine=wanted.engine, k=wanted.k, threads=wanted.threads, config=config)
    yield Event(kind="done", done=1, message=f"plan for {wanted.engine}", result=resolved.model_dump(mode="json"))


def fit(spec: dict[str, Any], objects: Objects) -> Events:
    """Fits a generator and stores it; the result names its prefix and CPU time. Checkpoints outlive a crash only."""
    wanted, cpu_start = FitSpec.model_validate(spec), time.process_time()
    yield Event(message="reading train rows")
    synthesizer = engine_class(wanted.plan.engine)()
    preparation, learnt, train = prepared(wanted, objects)
    checkpoints = f"{wanted.home}/checkpoints"
    with objects.folder(checkpoints) as (folder, push):
        for step in synthesizer.fit(train, learnt, wanted.plan, seed=wanted.seed, checkpoints=folder):
            push()
            yield Event(done=step.done, total=step.total, message=step.message)
    with tempfile.TemporaryDirectory(prefix="synth-") as name:
        preparation.save(Path(name))
        synthesizer.save(Path(name) / ENGINE)
        objects.upload(Path(name), f"{wanted.home}/model")
    objects.delete(checkpoints)
    result = {"model": f"{wanted.home}/model", "cpu_s": time.process_time() - cpu_start}
    yield Event(kind="done", done=1, message="fitted", result=result)


def prepared(wanted: FitSpec, objects: Objects, rows: pa.Table | None = None) -> tuple[Preparation, Metadata, Tables]:
    """What surrounds the engine, and the metadata and train rows that it learns from, unless `rows` are given."""
    metadata = Metadata.from_json(wanted.metadata)
    rows = objects.read_table(wanted.train) if rows is None else rows
    if not wanted.rules:
        bare = {name: table.model_copy(update={"rules": ()}) for name, table in metadata.tables.items()}
        metadata = metadata.model_copy(update={"tables": bare})
    preparation = Preparation.fit(wanted.table, rows, metadata, wanted.plan.k)
    learnt = preparation.learnt(metadata)
    return preparation, learnt, {wanted.table: rows.select(list(learnt.tables[wanted.table].columns))}


def sample(spec: dict[str, Any], objects: Objects) -> Events:
    """Samples one shard into a Parquet object; the result names its key.

    Raises:
        SampleShortfallError: the engine made another number of rows than it was asked for.
    """
    wanted = SampleSpec.model_validate(spec)
    n_rows, key = wanted.stop - wanted.start, f"{wanted.home}/part.parquet"
    rows = range(wanted.start, wanted.stop)
    made, writer = 0, None
    with objects.folder(wanted.model) as (folder, _), objects.writing(key) as path, ExitStack() as stack:
        for piece in sample_pieces(wanted.engine, folder, wanted.table, rows, wanted.seed):
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, piece.schema, compression="zstd"))
            writer.write_table(piece)
            made += piece.num_rows
            yield Event(done=made, total=n_rows, message="rows")
    yield Event(kind="done", done=n_rows, total=n_rows, message="sampled", result={"key": key, "rows": n_rows})


def sample_pieces(engine: str, folder: Path, table: str, rows: range, seed: int) -> Iterator[pa.Table]:
    """The rows of a stored generator, piece by piece, and exactly as many as asked for.

    Raises:
        SampleShortfallError: the engine made another number, or too few rows keep the rules.
    """
    assert rows.start % BLOCK_ROWS == 0, "a shard must start on a block boundary"
    draw, preparation = _loaded(engine, folder, table)
    yield from drawn_rows(draw, preparation, rows, seed)


def unique_pieces(
    engine: str, folder: Path, table: str, pieces: Iterator[pa.Table], total: int, seed: int
) -> Iterator[pa.Table]:
    """The same rows without repetitions of what must be unique in the whole table, filled up at the end.

    Raises:
        SampleShortfallError: there are too few different rows.
    """
    draw, preparation = _loaded(engine, folder, table)
    yield from made_unique(pieces, draw, preparation, total, seed)


def _loaded(engine: str, folder: Path, table: str) -> tuple[Draw, Preparation]:
    """How to draw from a stored generator, which is read when something is drawn, and what surrounds it."""

    @cache
    def synthesizer() -> Synthesizer:
        return engine_class(engine).load(folder / ENGINE)

    def draw(rows: range, seed: int) -> Iterator[pa.Table]:
        for tables in synthesizer().sample({table: rows}, conditions=None, seed=seed):
            yield tables[table]

    return draw, Preparation.load(folder)


def merge(spec: dict[str, Any], objects: Objects) -> Events:
    """Joins shards into one Parquet object whose bytes do not tell how it was sharded; the result names its key."""
    wanted = MergeSpec.model_validate(spec)
    key = f"{wanted.home}/synthetic.parquet"
    yield Event(done=0, total=wanted.rows, message="joining shards")
    pieces = (pa.Table.from_batches([batch]) for part in wanted.parts for batch in _batches(objects, part))
    with objects.writing(key) as path, objects.folder(wanted.model) as (folder, _):
        table = Preparation.load(folder).table
        rows = write_parquet(unique_pieces(wanted.engine, folder, table, pieces, wanted.rows, wanted.seed), path)
    assert rows == wanted.rows, "shards hold exactly their rows"
    yield Event(kind="done", done=rows, total=rows, message=f"{rows:,} rows", result={"key": key, "rows": rows})


def _batches(objects: Objects, key: str) -> Iterator[pa.RecordBatch]:
    with objects.open_parquet(key) as file:
        yield from file.iter_batches(batch_size=ROW_GROUP_ROWS)
