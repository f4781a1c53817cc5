"""In/out twins: the engine is fitted again on halves of train, as many times as there are twins, side by side.

A twin goes the whole way of the real fit: its own preparation, the same plan, a file of the same share of rows. The
file stays in the task's memory; only distances to train rows are stored, and these are deleted after scoring. Nothing
of a twin is ever in a result.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from synth.data.entities import entity_codes
from synth.data.metadata import Metadata, Table
from synth.errors import CancelledError, SynthError
from synth.pipeline.draw import drawn_rows, made_unique, seed_of
from synth.pipeline.firewall import firewall
from synth.pipeline.generate import prepared
from synth.pipeline.once import MakeSpec
from synth.pipeline.stages import Data, Made, Runner, Settings, grant
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Event, Events
from synth.registry import engine_class
from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.twins import Ints, Mask, affordable, halves, judged, statistics, targets, unassessed
from synth.scoring.results import TwinsResult
from synth.storage.objects import Objects
from synth.synthesizer import Closeable
from synth.texts import say

SLOW_S = 60.0
"""Seconds of wall time of the real fit beyond which its engine gets no twins."""


class TwinSpec(MakeSpec):
    """The real fit, which of how many twins this is, and the seed that the halves are drawn by; `rows` of the file."""

    twin: int
    twins: int
    split_seed: int


class TwinsSpec(StepSpec):
    """Keys of the twins' statistics, in order, and what they were made from."""

    keys: tuple[str, ...]
    table: str
    metadata: str
    train: str
    rows: int
    split_seed: int


def twin(spec: dict[str, Any], objects: Objects) -> Events:
    """One twin; the result names the key of its statistics, or the code of the error that stopped it."""
    wanted = TwinSpec.model_validate(spec)
    try:
        with firewall("a twin"):
            try:
                yield from _twin(wanted, objects)
            except NotScorableError as gap:
                yield Event(kind="done", done=1, message="not scorable", result={"gap": str(gap)})
    except CancelledError:
        raise
    except SynthError as error:  # the run goes on: the gate hears of it
        yield Event(kind="done", done=1, message="stopped", result={"fault": error.code})


def _twin(wanted: TwinSpec, objects: Objects) -> Events:
    pool, chosen, inside = _pool(wanted, objects, wanted.twins, wanted.rows)
    half = pool.filter(pa.array(inside[:, wanted.twin]))
    n_rows = max(1, round(wanted.rows * half.num_rows / pool.num_rows))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="synth-")))
        engine = engine_class(wanted.plan.engine)()
        if isinstance(engine, Closeable):
            stack.callback(engine.close)
        preparation, learnt, train = prepared(wanted, objects, half)
        for step in engine.fit(train, learnt, wanted.plan, seed=wanted.seed, checkpoints=folder):
            yield Event(done=step.done, total=step.total, message=step.message)

        def draw(rows: range, seed: int) -> Iterator[pa.Table]:
            for tables in engine.sample({wanted.table: rows}, conditions=None, seed=seed):
                yield tables[wanted.table]

        pieces = drawn_rows(draw, preparation, range(n_rows), wanted.seed)
        made = pa.concat_tables(made_unique(pieces, draw, preparation, n_rows, wanted.seed))
    found = statistics(pool, chosen, made, _spec(wanted.metadata, wanted.table))
    key = f"{wanted.home}/statistics.npy"
    stream = io.BytesIO()
    np.save(stream, found, allow_pickle=False)
    objects.put(key, stream.getvalue())
    yield Event(kind="done", done=1, message=f"{n_rows:,} rows, not kept", result={"key": key})


def twins(spec: dict[str, Any], objects: Objects) -> Events:
    """Judges all twins; the result is a `TwinsResult` as JSON."""
    wanted = TwinsSpec.model_validate(spec)
    yield Event(message="likelihood ratios")
    pool, chosen, inside = _pool(wanted, objects, len(wanted.keys), wanted.rows)
    found = np.stack([np.load(io.BytesIO(objects.get(key)), allow_pickle=False) for key in wanted.keys], axis=1)
    who = entity_codes(pool, _spec(wanted.metadata, wanted.table))[chosen]
    rng = np.random.default_rng(seed_of(wanted.split_seed, "twins bootstrap"))
    result = judged(found, inside[chosen], who, rng)
    yield Event(kind="done", done=1, message=f"{len(wanted.keys)} twins", result=result.model_dump(mode="json"))


def _spec(metadata: str, table: str) -> Table:
    return Metadata.from_json(metadata).tables[table]


def _pool(wanted: TwinSpec | TwinsSpec, objects: Objects, twins: int, rows: int) -> tuple[pa.Table, Ints, Mask]:
    """Train, which of its rows are attacked, and which rows each twin sees; the same in every task."""
    pool, spec = objects.read_table(wanted.train), _spec(wanted.metadata, wanted.table)
    rng = np.random.default_rng(seed_of(wanted.split_seed, "twins"))
    inside = halves(entity_codes(pool, spec), twins, rng)
    return pool, targets(pool.num_rows, rng, affordable(pool, rows // 2, spec)), inside


def run_twins(runner: Runner, data: Data, made: Made, settings: Settings) -> TwinsResult:
    """Fits, samples and judges all twins of the engine that made the table."""
    if made.fit_s > SLOW_S:
        return unassessed(say("one fit of this engine takes more than {s:.0f} s", s=SLOW_S), excused=True)
    specs = [
        TwinSpec(
            plan=made.plan,
            table=data.table,
            metadata=data.metadata,
            train=data.keys["train"],
            seed=seed_of(settings.seed, "twin", i),
            rows=made.rows,
            twin=i,
            twins=settings.twins,
            split_seed=settings.seed,
        )
        for i in range(settings.twins)
    ]
    asked = grant(runner, made.plan.engine)
    events = runner.stage({i: s.task(f"twin {i + 1}", runner.objects, asked) for i, s in enumerate(specs)})
    results = [events[i].result for i in range(len(specs))]
    if stopped := [r["fault"] for r in results if "fault" in r]:
        return unassessed(
            say("{n} of {all} twins stopped ({why})", n=len(stopped), all=len(results), why=stopped[0]), excused=False
        )
    if gaps := [r["gap"] for r in results if "gap" in r]:
        return unassessed(gaps[0], excused=False)
    spec = TwinsSpec(
        keys=tuple(r["key"] for r in results),
        table=data.table,
        metadata=data.metadata,
        train=data.keys["train"],
        rows=made.rows,
        split_seed=settings.seed,
    )
    found = runner.stage({"twins": spec.task("judge the twins", runner.objects)})["twins"].result
    for key in spec.keys:
        Objects(runner.objects).delete(key)
    return TwinsResult.model_validate(found)
