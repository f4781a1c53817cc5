"""The stages of a run: which tasks go side by side, and what one stage hands to the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

from synth.pipeline.executor import Executor
from synth.pipeline.generate import FitSpec, MergeSpec, PlanSpec, SampleSpec
from synth.pipeline.once import MakeSpec
from synth.pipeline.score import ScoreSpec, result_from_json
from synth.pipeline.task import CancelToken, Event, Task
from synth.registry import engine_spec
from synth.scoring.deep import volume_subject
from synth.scoring.parts import DRAWN, tasks
from synth.scoring.results import PartResult
from synth.scoring.scorecard import Tier
from synth.synthesizer import BLOCK_ROWS, Plan, Resources

K = TypeVar("K")


@dataclass
class Runner:
    """Runs stages of tasks one after the other.

    Attributes:
        executor: where they run.
        objects: URL of the store.
        on_event: told every event.
        cancel: stops the run.
        resumed: whether any result was found, not made; then wall times say nothing.
    """

    executor: Executor
    objects: str
    on_event: Callable[[Event], None]
    cancel: CancelToken
    resumed: bool = field(default=False, init=False)

    def stage(self, tasks: Mapping[K, Task]) -> dict[K, Event]:
        """Runs tasks side by side; returns the last event of each. Tasks that do the same work are run once."""
        unique: dict[str, Task] = {}
        for task in tasks.values():
            unique.setdefault(task.marker, task)
        last: dict[str, Event] = {}
        for event in self.executor.run(list(unique.values()), cancel=self.cancel):
            self.on_event(event)
            if event.kind == "done":
                last[event.task] = event
                self.resumed |= event.resumed
        return {key: last[unique[task.marker].name] for key, task in tasks.items()}


@dataclass(frozen=True)
class Data:
    """The seed in the store.

    Attributes:
        table: name of the table.
        metadata: as JSON.
        keys: of the Parquet objects, by part.
        rows: by part.
        seed_rows: of the seed files.
    """

    table: str
    metadata: str
    keys: Mapping[str, str]
    rows: Mapping[str, int]
    seed_rows: int

    @classmethod
    def of(cls, result: Any) -> Data:
        """From what the step `ingest` handed back."""
        keys = {part: f"{result['home']}/{part}.parquet" for part in result["rows"]}
        return cls(result["table"], result["metadata"], keys, result["rows"], result["seed_rows"])


@dataclass(frozen=True)
class Wanted:
    """A synthetic table to make: engine, rows, the word for it in events, and whether its rows keep the rules."""

    engine: str
    rows: int
    label: str
    rules: bool = True


@dataclass(frozen=True)
class Settings:
    """What holds for all tables: k, seed, CPU seconds for a fit, shards (None for one a CPU), tier, and twins."""

    k: int
    seed: int
    budget_s: float = 60.0
    shards: int | None = None
    tier: Tier = "standard"
    twins: int = 8


@dataclass(frozen=True)
class Made:
    """A synthetic table: its key and rows, the prefix of its generator, its plan, and seconds of work.

    The prefix is empty where the engine's models cannot be stored.
    """

    key: str
    rows: int
    model: str
    plan: Plan
    fit_s: float
    fit_cpu_s: float
    sample_s: float


def generate(runner: Runner, data: Data, wanted: Mapping[str, Wanted], settings: Settings) -> dict[str, Made]:
    """Plans, fits, samples and merges several tables side by side, by name of the subject."""
    plans = _plan(runner, data, wanted, settings)
    at_once = {
        subject: want for subject, want in wanted.items() if not engine_spec(want.engine).capabilities.persistable
    }
    made = _make(runner, data, at_once, plans, settings.seed)
    wanted = {subject: want for subject, want in wanted.items() if subject not in made}
    plans = {subject: plans[subject] for subject in wanted}
    fits = _fit(runner, data, wanted, plans, settings.seed)
    models = {subject: event.result["model"] for subject, event in fits.items()}
    shards = sample_shards(runner, data, wanted, models, settings)
    merged = merge_shards(runner, wanted, models, shards, settings)
    return made | {
        subject: Made(
            key=merged[subject].result["key"],
            rows=wanted[subject].rows,
            model=models[subject],
            plan=plans[subject],
            fit_s=fits[subject].seconds,
            fit_cpu_s=fits[subject].result["cpu_s"],
            sample_s=max(event.seconds for event in shards[subject]) + merged[subject].seconds,
        )
        for subject in wanted
    }


def _plan(runner: Runner, data: Data, wanted: Mapping[str, Wanted], settings: Settings) -> dict[str, Plan]:
    specs = {
        subject: PlanSpec(
            engine=want.engine,
            config=engine_spec(want.engine).config,
            k=settings.k,
            threads=int(grant(runner, want.engine).cpus),
            n_rows={data.table: data.rows["train"]},
            metadata=data.metadata,
            budget_s=settings.budget_s,
        )
        for subject, want in wanted.items()
    }
    tasks = {subject: spec.task(f"plan {wanted[subject].label}", runner.objects) for subject, spec in specs.items()}
    return {subject: Plan.model_validate(event.result) for subject, event in runner.stage(tasks).items()}


def grant(runner: Runner, engine: str) -> Resources:
    """What the engine's card asks for, with no more CPUs than there are: a small machine fits with fewer threads."""
    asked = engine_spec(engine).resources
    return asked.model_copy(update={"cpus": max(1, int(min(asked.cpus, runner.executor.resources.cpus)))})


def _fit(
    runner: Runner, data: Data, wanted: Mapping[str, Wanted], plans: Mapping[str, Plan], seed: int
) -> dict[str, Event]:
    return runner.stage(
        {
            subject: FitSpec(**_learning(data, wanted[subject], plan, seed)).task(
                f"fit {wanted[subject].label}", runner.objects, grant(runner, plan.engine)
            )
            for subject, plan in plans.items()
        }
    )


def _learning(data: Data, want: Wanted, plan: Plan, seed: int) -> dict[str, Any]:
    """The fields of a `FitSpec`."""
    return {
        "plan": plan,
        "table": data.table,
        "metadata": data.metadata,
        "train": data.keys["train"],
        "seed": seed,
        "rules": want.rules,
    }


def _make(
    runner: Runner, data: Data, wanted: Mapping[str, Wanted], plans: Mapping[str, Plan], seed: int
) -> dict[str, Made]:
    """Tables of engines whose models cannot be stored."""
    tasks = {
        subject: MakeSpec(**_learning(data, want, plans[subject], seed), rows=want.rows).task(
            f"make {want.label}", runner.objects, grant(runner, want.engine)
        )
        for subject, want in wanted.items()
    }
    return {
        subject: Made(
            key=event.result["key"],
            rows=wanted[subject].rows,
            model="",
            plan=plans[subject],
            fit_s=event.result["fit_s"],
            fit_cpu_s=event.result["cpu_s"],
            sample_s=event.result["sample_s"],
        )
        for subject, event in runner.stage(tasks).items()
    }


def sample_shards(
    runner: Runner, data: Data, wanted: Mapping[str, Wanted], models: Mapping[str, str], settings: Settings
) -> dict[str, list[Event]]:
    """Samples tables in shards, side by side."""
    n_shards = max(1, int(runner.executor.resources.cpus)) if settings.shards is None else settings.shards
    tasks = {}
    for subject, want in wanted.items():
        ranges = shards_of(want.rows, n_shards)
        for i, part in enumerate(ranges):
            spec = SampleSpec(
                engine=want.engine,
                model=models[subject],
                table=data.table,
                start=part.start,
                stop=part.stop,
                seed=settings.seed,
            )
            tasks[subject, i] = spec.task(f"sample {want.label} {i + 1}/{len(ranges)}", runner.objects)
    events = runner.stage(tasks)
    return {subject: [event for (whose, _), event in events.items() if whose == subject] for subject in wanted}


def merge_shards(
    runner: Runner,
    wanted: Mapping[str, Wanted],
    models: Mapping[str, str],
    shards: Mapping[str, list[Event]],
    settings: Settings,
) -> dict[str, Event]:
    """Joins each table's shards."""
    tasks = {}
    for subject, events in shards.items():
        spec = MergeSpec(
            parts=tuple(event.result["key"] for event in events),
            rows=wanted[subject].rows,
            engine=wanted[subject].engine,
            model=models[subject],
            seed=settings.seed,
        )
        tasks[subject] = spec.task(f"merge {wanted[subject].label}", runner.objects)
    return runner.stage(tasks)


def shards_of(rows: int, shards: int) -> list[range]:
    """Cuts rows into at most so many ranges of nearly equal size, each starting on a block boundary.

    >>> shards_of(10_000, 2)
    [range(0, 8192), range(8192, 10000)]
    """
    blocks = -(-rows // BLOCK_ROWS)
    count = min(shards, blocks)
    cuts = [-(-blocks * i // count) * BLOCK_ROWS for i in range(count)] + [rows]
    return [range(start, stop) for start, stop in pairwise(cuts)]


@dataclass(frozen=True)
class Volumes:
    """Numbers of rows that somebody may hold: those of the file, then those of a further draw whose key this is."""

    key: str = ""
    rows: tuple[int, ...] = ()


def judge(
    runner: Runner,
    data: Data,
    settings: Settings,
    *,
    synthetic: str,
    floor: str,
    draws: Mapping[str, str],
    volumes: Volumes = Volumes(),
) -> tuple[dict[str, dict[str, PartResult]], float | None]:
    """Runs all parts of scoring side by side.

    Args:
        runner: of the run.
        data: the parts to judge against.
        settings: of the run.
        synthetic: key of the synthetic rows.
        floor: key of the floor's rows.
        draws: keys of further draws of the same generator, by subject.
        volumes: larger numbers of rows to repeat the attacks at.

    Returns:
        Results by subject and part, and seconds of wall time; None where results were found, not made.
    """
    held = {volume_subject(rows): rows for rows in volumes.rows}
    rows_of = {"synthetic": synthetic, "floor": floor, "ceiling": "", **draws, **dict.fromkeys(held, synthetic)}
    start = time.perf_counter()
    scored = {
        (subject, part): ScoreSpec(
            subject=subject,
            part=part,
            train=data.keys["train"],
            holdout=data.keys["holdout"],
            reference=data.keys["reference"],
            synthetic=rows_of[subject],
            metadata=data.metadata,
            k=settings.k,
            seed=settings.seed,
            threads=1,
            further=volumes.key if subject in held else "",
            rows=held.get(subject, 0),
        ).task(f"score {part} of {subject}", runner.objects)
        for subject, part in (
            *tasks(settings.tier),
            *((subject, part) for subject in (*draws, *held) for part in DRAWN),
        )
    }
    results: dict[str, dict[str, PartResult]] = {subject: {} for subject in rows_of}
    for (subject, part), event in runner.stage(scored).items():
        results[subject][part] = result_from_json(part, event.result)
    return results, None if runner.resumed else time.perf_counter() - start
