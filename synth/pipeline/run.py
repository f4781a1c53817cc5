"""A whole run: seed files in, a folder with synthetic table, generator, scorecard and report out; or nothing.

Everything is made in a work area beside the output folder (`.NAME.work`) and moved there by one rename at the end. The
work area is kept after a crash or a cancellation, so that the same command resumes from the finished steps and the
checkpoints in it; it is removed after success and after bad input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from synth.data.entities import entity_codes
from synth.data.metadata import Metadata
from synth.pipeline.artefacts import Source, check_artefacts
from synth.pipeline.executor import Executor
from synth.pipeline.further import draw_again, draw_volumes
from synth.pipeline.ingest import IngestSpec, digest_files
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.lineage import data_lineage, lineage
from synth.pipeline.publish import check_out, write_result
from synth.pipeline.request import Request, RunRequest, ScoreRequest
from synth.pipeline.rules import checked_rules
from synth.pipeline.stages import (
    Data,
    Made,
    Runner,
    Settings,
    Volumes,
    Wanted,
    generate,
    judge,
)
from synth.pipeline.task import CancelToken, Event
from synth.pipeline.twins import run_twins
from synth.pipeline.workarea import WorkArea
from synth.registry import engine_spec
from synth.scoring.assemble import assemble
from synth.scoring.privacy.twins import unassessed
from synth.scoring.results import PartResult
from synth.scoring.scorecard import Scorecard, Timing
from synth.scoring.statement import column_uses
from synth.scoring.verdict import Context
from synth.texts import say

FLOOR = "independent"
"""The engine of the floor: what every figure is worth when no relation between columns is kept."""

OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class RunResult:
    """Where the result is, and the scorecard in it."""

    out: Path
    scorecard: Scorecard


def run(request: RunRequest, executor: Executor, on_event: OnEvent, cancel: CancelToken | None = None) -> RunResult:
    """Makes and judges a synthetic table.

    Raises:
        InvalidInputError: the request or its files are not usable; nothing was written.
        SynthError: see `Executor.run`; running the same again resumes.
    """
    request.check()
    check_out(request.out, replace=request.replace)
    with WorkArea(request.out) as area:
        runner = Runner(executor, area.objects.url, on_event, cancel or CancelToken())
        spec, data = _ingest(runner, request)
        settings = _settings(request)
        own, floor = _make(runner, request, data)
        again = Wanted(own.plan.engine, own.rows, own.plan.engine)
        draws = draw_again(runner, data, again, own, settings) if request.tier != "quick" else {}
        quota, volumes = max(request.quota or 0, own.rows), Volumes()
        if request.tier == "deep":
            volumes = draw_volumes(runner, data, again, own, settings, quota)
        results, score_s = judge(
            runner, data, settings, synthetic=own.key, floor=floor.key, draws=draws, volumes=volumes
        )
        if request.tier == "deep":
            results["synthetic"]["twins"] = run_twins(runner, data, own, settings)
        rules = checked_rules(runner, data, own.key, request.policy.k)
        timing = Timing(
            fit_s=own.fit_s,
            fit_cpu_s=own.fit_cpu_s,
            sample_s=own.sample_s,
            score_s=score_s,
            rows_per_s=own.rows / own.sample_s,
        )
        plan = own.plan.model_dump(mode="json", exclude={"threads"})
        origin = _lineage(request, spec, data, plan=plan)
        card = _card(request, data, results, own.plan.engine, {"synthetic": own.rows}, timing, origin, quota)
        card = card.model_copy(update=rules)
        metadata = Metadata.from_json(data.metadata)
        card = write_result(area, card, metadata=metadata, synthetic=own.key, model=own.model)
        _check_result(area, data, card.k)
        area.publish()
    return RunResult(request.out, card)


def score(request: ScoreRequest, executor: Executor, on_event: OnEvent, cancel: CancelToken | None = None) -> RunResult:
    """Judges a synthetic table that was made elsewhere; a floor is made for it.

    Raises:
        InvalidInputError: the request or its files are not usable; nothing was written.
        SynthError: see `Executor.run`; running the same again resumes.
    """
    request.check()
    check_out(request.out)
    with WorkArea(request.out) as area:
        runner = Runner(executor, area.objects.url, on_event, cancel or CancelToken())
        spec, data = _ingest(runner, request)
        rows = min(data.rows["synthetic"], data.rows["train"])
        wanted = {"floor": Wanted(FLOOR, rows, "floor", rules=False)}
        floor = generate(runner, data, wanted, _settings(request))["floor"]
        synthetic = data.keys["synthetic"]
        results, score_s = judge(runner, data, _settings(request), synthetic=synthetic, floor=floor.key, draws={})
        if request.tier == "deep":
            results["synthetic"]["twins"] = unassessed(
                say("the file was made elsewhere; twins need its engine"), excused=True
            )
        card = _card(request, data, results, "unknown", {}, Timing(score_s=score_s), _lineage(request, spec, data))
        rules = checked_rules(runner, data, data.keys["synthetic"], card.k)
        judged = {name: digest for path, digest in spec.digests.items() if (name := _judged(request, path))}
        card = card.model_copy(update=rules | {"digests": judged})
        card = write_result(area, card, metadata=Metadata.from_json(data.metadata))
        _check_result(area, data, card.k)
        area.publish()
    return RunResult(request.out, card)


def _judged(request: ScoreRequest, path: str) -> str:
    """Name of a file if it is the one to judge, or in the folder that is."""
    wanted = request.synthetic.absolute()
    return Path(path).name if wanted in {Path(path), *Path(path).parents} else ""


def _check_result(area: WorkArea, data: Data, k: int) -> None:
    """Nothing is published that holds a value of fewer than k subjects of the seed."""
    _, spec = Metadata.from_json(data.metadata).only_table()
    train = area.objects.read_table(data.keys["train"])
    seed = pa.concat_tables([train, *(area.objects.read_table(data.keys[part]) for part in ("holdout", "reference"))])
    sources = [Source.of(rows, entity_codes(rows, spec), k) for rows in (train, seed)]
    check_artefacts(area.staging, sources[0].with_texts_of(sources[1]))


def _ingest(runner: Runner, request: Request) -> tuple[IngestSpec, Data]:
    """Reads the files in this process: they are this machine's, and bad ones are told before any cluster starts."""
    holdout = getattr(request, "holdout", None)
    files = [path.absolute() for path in (*request.seed_files, *request.other_files())]
    spec = IngestSpec(
        seed_files=tuple(str(path.absolute()) for path in request.seed_files),
        digests=digest_files(files),
        metadata=Metadata.load(request.metadata).to_json() if request.metadata else "",
        holdout_share=holdout if isinstance(holdout, float) else 0,
        holdout=_absolute(holdout) if isinstance(holdout, Path) else "",
        reference=_absolute(request.reference),
        synthetic=_absolute(request.synthetic) if isinstance(request, ScoreRequest) else "",
        target=request.target or "",
        keep=request.keep if isinstance(request, RunRequest) else (),
        level=request.level,
        split_seed=request.seed,
    )
    here = Runner(InlineExecutor(), runner.objects, runner.on_event, runner.cancel)
    event = here.stage({"read": spec.task("read", runner.objects)})["read"]
    runner.resumed = here.resumed
    return spec, Data.of(event.result)


def _absolute(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())


def _settings(request: Request) -> Settings:
    settings = Settings(request.policy.k, request.seed, tier=request.tier)
    if isinstance(request, RunRequest):
        return replace(settings, budget_s=request.time_budget_s, shards=request.shards, twins=request.twins)
    return settings


def _make(runner: Runner, request: RunRequest, data: Data) -> tuple[Made, Made]:
    """The synthetic table and its floor, which never needs more rows than train has."""
    engine = engine_spec(request.engine).name
    rows = data.rows["train"] if request.rows is None else request.rows
    wanted = {
        "synthetic": Wanted(engine, rows, engine),
        "floor": Wanted(FLOOR, min(rows, data.rows["train"]), "floor", rules=False),
    }
    made = generate(runner, data, wanted, _settings(request))
    return made["synthetic"], made["floor"]


def _card(
    request: Request,
    data: Data,
    results: Mapping[str, Mapping[str, PartResult]],
    engine: str,
    rows: Mapping[str, int],
    timing: Timing,
    origin: Mapping[str, Any],
    quota: int = 0,
) -> Scorecard:
    return assemble(
        results,
        table=data.table,
        engine=engine,
        rows={**data.rows, **rows},
        policy=request.policy,
        tier=request.tier,
        context=Context(
            synthetic_rows=rows.get("synthetic", data.rows.get("synthetic", 0)),
            fixed=isinstance(request, ScoreRequest),
            quota=quota,
        ),
        timing=timing,
        lineage=origin,
        columns=column_uses(Metadata.from_json(data.metadata).only_table()[1]),
        statement=request.statement,
    )


def _lineage(request: Request, spec: IngestSpec, data: Data, **more: Any) -> dict[str, Any]:
    how = "given file" if spec.holdout else f"{spec.holdout_share:g} of the entities"
    return lineage(
        data=data_lineage(spec.digests),
        seed_rows=data.seed_rows,
        split={"seed": spec.split_seed, "holdout": how, "reference": "given file" if spec.reference else "half of it"},
        level=request.level,
        policy={"name": request.policy.name, "version": request.policy.version},
        seed=request.seed,
        **more,
    )
