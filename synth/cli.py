"""The command line. Exit codes: 0 done, 1 failed, 2 bad input, 3 gate not passed (with --require-pass), 130 stopped.

Commands import what they need when they run, so that `synth --help` is quick.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth.errors import Fault, InvalidInputError, raise_all
from synth.terminal import Terminal, paths_of, scorecard_table

if TYPE_CHECKING:
    from synth.pipeline.executor import Executor
    from synth.pipeline.run import RunResult
    from synth.scoring.statement import Statement

app = typer.Typer(
    help="Synthetic data with evidence: make it, judge it, and see what it gives away.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


class Where(StrEnum):
    """The executors that a command can be told to use."""

    RAY = "ray"
    INLINE = "inline"


class Tier(StrEnum):
    """How much is tested."""

    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"


Seed = Annotated[list[Path], typer.Argument(help="Seed files, or folders with one file per table.", show_default=False)]
Out = Annotated[Path, typer.Option(help="Folder for the result; must be new or empty.", show_default=False)]
MetadataFile = Annotated[Path | None, typer.Option("--metadata", help="Metadata; detected if not given.")]
Reference = Annotated[Path | None, typer.Option(help="Further unseen rows; half of the holdout if not given.")]
Target = Annotated[str | None, typer.Option(help="Column that a downstream task predicts.")]
Level = Annotated[str, typer.Option("--level", "--policy", help="L0 to L3: whom the data is for.")]
Sector = Annotated[str, typer.Option("--sector", help="Preset that tightens the level; see `synth sectors`.")]
Thoroughness = Annotated[
    Tier, typer.Option("--tier", help="How much is tested; quick can never pass, deep fits the engine again.")
]
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        help="What the report says about the release: recipient=, purpose=, legal_basis=, population=, classified_by=, "
        "other_releases= or ledger=TEXT. May be repeated.",
    ),
]
RandomSeed = Annotated[int, typer.Option("--seed", help="Of every random choice.")]
ExecutorName = Annotated[Where, typer.Option("--executor", help="Where the work runs.")]
RayAddress = Annotated[
    str | None, typer.Option(help="host:port of a running Ray cluster; its token is read from RAY_AUTH_TOKEN.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON lines for machines.")]


@app.command()
def run(
    seed_files: Seed,
    out: Out,
    metadata: MetadataFile = None,
    engine: Annotated[str, typer.Option(help="See `synth engines`.")] = "auto",
    rows: Annotated[
        int | None, typer.Option(help="Rows to make; as many as the engine learnt from by default.")
    ] = None,
    seed: RandomSeed = 0,
    level: Level = "L1",
    sector: Sector = "",
    tier: Thoroughness = Tier.STANDARD,
    state: States = None,
    holdout: Annotated[str, typer.Option(help="Share of the seed's entities that judge, or a file of rows.")] = "0.2",
    reference: Reference = None,
    target: Target = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Column to learn although it identifies; no names above L0.")
    ] = None,
    quota: Annotated[
        int | None, typer.Option(help="Rows that may ever leave; those of the table by default. Needs --tier deep.")
    ] = None,
    time_budget: Annotated[str, typer.Option(help="CPU time for the fit, such as 60s, 5m or 1h.")] = "60s",
    executor: ExecutorName = Where.RAY,
    ray_address: RayAddress = None,
    json: Json = False,
) -> None:
    """Makes a synthetic table from seed files and judges it."""
    terminal = Terminal(machine=json)
    with terminal.command(out) as cancel, closing(_executor(executor, ray_address)) as where:
        from synth.pipeline import run as pipeline
        from synth.pipeline.request import RunRequest

        request = RunRequest(
            seed_files=tuple(seed_files),
            out=out,
            metadata=metadata,
            engine=engine,
            rows=rows,
            seed=seed,
            level=level,
            sector=sector,
            tier=tier.value,
            statement=_statement(state or []),
            holdout=_share_or_file(holdout),
            reference=reference,
            target=target,
            keep=tuple(keep or ()),
            quota=quota,
            time_budget_s=_seconds(time_budget),
        )
        result = pipeline.run(request, where, terminal.event, cancel)
    _show(terminal, result)


@app.command()
def score(
    train: Annotated[Path, typer.Option(help="Rows that the model saw.", show_default=False)],
    holdout: Annotated[Path, typer.Option(help="Rows that it never saw.", show_default=False)],
    synthetic: Annotated[Path, typer.Option(help="Rows to judge, made by any tool.", show_default=False)],
    out: Out,
    reference: Reference = None,
    metadata: MetadataFile = None,
    target: Target = None,
    seed: RandomSeed = 0,
    level: Level = "L1",
    sector: Sector = "",
    tier: Thoroughness = Tier.STANDARD,
    state: States = None,
    require_pass: Annotated[bool, typer.Option("--require-pass", help="Exit with 3 unless the gate passes.")] = False,
    executor: ExecutorName = Where.RAY,
    ray_address: RayAddress = None,
    json: Json = False,
) -> None:
    """Judges a synthetic table that any tool made."""
    terminal = Terminal(machine=json)
    with terminal.command(out) as cancel, closing(_executor(executor, ray_address)) as where:
        from synth.pipeline import run as pipeline
        from synth.pipeline.request import ScoreRequest

        request = ScoreRequest(
            seed_files=(train,),
            out=out,
            metadata=metadata,
            holdout=holdout,
            reference=reference,
            synthetic=synthetic,
            target=target,
            seed=seed,
            level=level,
            sector=sector,
            tier=tier.value,
            statement=_statement(state or []),
        )
        result = pipeline.score(request, where, terminal.event, cancel)
    _show(terminal, result)
    if require_pass and result.scorecard.gate.outcome != "PASS":
        raise typer.Exit(3)


@app.command()
def detect(
    seed_files: Seed,
    out: Annotated[Path, typer.Option(help="New .yaml or .json file.", show_default=False)],
    from_sdv: Annotated[Path | None, typer.Option(help="Metadata of SDV (JSON), which win over guesses.")] = None,
    to_sdv: Annotated[Path | None, typer.Option(help="New JSON file with the metadata in SDV's form.")] = None,
    json: Json = False,
) -> None:
    """Writes the metadata that Synth reads from the files, for a person to confirm."""
    terminal = Terminal(machine=json)
    with terminal.command():
        from synth.data.detect import detect as detect_metadata
        from synth.data.read import read_tables
        from synth.data.sdv_metadata import adopted, read_sdv, write_sdv
        from synth.pipeline.resample import new_file_fault
        from synth.profile import profile, readable

        raise_all([fault for path in (out, to_sdv) if path and (fault := new_file_fault(path))])
        theirs, notes = read_sdv(from_sdv) if from_sdv else (None, [])
        tables = read_tables(seed_files)
        metadata = detect_metadata(tables)
        metadata = adopted(metadata, theirs) if theirs else metadata
        found = profile(tables, metadata)
        metadata.save(out)
        notes += write_sdv(metadata, to_sdv) if to_sdv else []
    for name, table in found.items():
        for part in readable(name, table):
            terminal.table(part)
    guesses = sum(len(column.guessed) for table in metadata.tables.values() for column in table.columns.values())
    value = {"out": str(out), "tables": len(metadata.tables), "guesses": guesses, "notes": notes, "profile": found}
    lines = [f"  not translated: {note}" for note in notes]
    terminal.result(value, f"{out}: {len(metadata.tables)} table(s), {guesses} guess(es) to confirm", *lines)


@app.command()
def sample(
    generator: Annotated[Path, typer.Argument(help="Folder DIR/generator of a run.", show_default=False)],
    rows: Annotated[int, typer.Option(help="Rows to make.", show_default=False)],
    out: Annotated[Path, typer.Option(help="New file.", show_default=False)],
    seed: RandomSeed = 0,
    json: Json = False,
) -> None:
    """Makes rows from a generator, without the seed data."""
    terminal = Terminal(machine=json)
    with terminal.command() as cancel:
        from synth.pipeline.resample import sample_to_file
        from synth.pipeline.task import Event

        def on_rows(done: int) -> None:
            terminal.event(Event(task="sample", done=done, total=rows, message=f"{done:,} rows"))
            cancel.check()

        sample_to_file(generator, rows, seed, out, on_rows)
    terminal.result({"out": str(out), "rows": rows, "seed": seed}, f"{out}: {rows:,} rows")


@app.command()
def engines(json: Json = False) -> None:
    """Lists the engines: licence, what they can do, and whether they can be used here."""
    terminal = Terminal(machine=json)
    with terminal.command():
        from synth.registry import engine_specs, why_unavailable

        specs = engine_specs()
        reasons = {name: why_unavailable(name) for name in specs}
    cards = [spec.model_dump(mode="json") | {"unavailable": reasons[name]} for name, spec in specs.items()]
    terminal.result({"engines": cards})
    from rich.table import Table

    table = Table()
    for heading in ("name", "title", "licence", "can do", "available"):
        table.add_column(heading)
    for name, spec in specs.items():
        can = [key.replace("_", " ") for key, value in spec.capabilities if value not in (False, "none")]
        table.add_row(name, spec.title, spec.licence, ", ".join(can), reasons[name] or "yes")
    terminal.table(table)


@app.command()
def sectors(json: Json = False) -> None:
    """Lists the presets of sectors: what each tightens, when a report expires, and who must agree."""
    terminal = Terminal(machine=json)
    with terminal.command():
        from synth.scoring.policy import policy, presets

        found = {name: policy("L1", name) for name in presets()}
    terminal.result({"sectors": {name: p.model_dump(mode="json") for name, p in found.items()}})
    from rich.table import Table

    table = Table()
    for heading in ("name", "title", "L1 is judged by", "k", "expires after", "looked at besides"):
        table.add_column(heading)
    for name, p in found.items():
        title = p.title.partition(":")[0]
        table.add_row(name, title, p.level, str(p.k), f"{p.expiry_days} days", "; ".join(p.checks))
    terminal.table(table)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the result; an earlier demo in it is replaced.")] = Path(
        "demo-output"
    ),
    executor: ExecutorName = Where.RAY,
    json: Json = False,
) -> None:
    """Runs the whole way on real data: 20,190 person-years of the RAND health insurance experiment."""
    terminal = Terminal(machine=json)
    with terminal.command(out) as cancel, closing(_executor(executor, None)) as where:
        from synth.demo import demo_request
        from synth.pipeline import run as pipeline

        with tempfile.TemporaryDirectory(prefix="synth-demo-") as scratch:
            request = demo_request(out, Path(scratch) / "metadata.yaml")
            result = pipeline.run(request, where, terminal.event, cancel)
    _show(terminal, result)


def main() -> None:
    """Runs the command line."""
    app(prog_name="synth")


def _executor(name: Where, ray_address: str | None) -> Executor:
    if name is Where.INLINE:
        if ray_address is not None:
            rule, fact = "--ray-address goes with --executor ray", "the executor is inline"
            raise InvalidInputError(Fault("ray-address-inline", rule, fact, "leave out one of the two"))
        from synth.pipeline.inline import InlineExecutor

        return InlineExecutor()
    from synth.pipeline.on_ray import RayExecutor

    return RayExecutor(ray_address)


def _show(terminal: Terminal, result: RunResult) -> None:
    card, out = result.scorecard, result.out
    terminal.table(scorecard_table(card))
    value = {
        "out": str(out),
        "scorecard": str(out / "scorecard.json"),
        "gate": card.gate.outcome,
        "rows": card.rows,
        "timing": card.timing.model_dump(),
    }
    findings = [f"  {finding.severity}: {finding.text}" for finding in (*card.findings, *card.gate.findings)]
    gate = f"Gate at {card.gate.policy}: {card.gate.outcome}"
    terminal.result(value, gate, *findings, "Written:", *paths_of(out))


def _statement(told: list[str]) -> Statement:
    from synth.scoring.statement import Statement

    parts = [text.partition("=") for text in told]
    rule = "--state takes KEY=TEXT with " + ", ".join(Statement.model_fields)
    faults = [
        Fault("state", rule, f"it is {text!r}", 'pass one such as recipient="the registry\'s researchers"')
        for text, (key, equals, value) in zip(told, parts, strict=True)
        if key not in Statement.model_fields or not equals or not value.strip()
    ]
    names = [key for key, _, _ in parts]
    faults += [
        Fault(
            "state-twice", "a key is stated once", f"{key} is stated {names.count(key)} times", "leave out the others"
        )
        for key in sorted({key for key in names if names.count(key) > 1})
    ]
    raise_all(faults)
    return Statement(**{key: value.strip() for key, _, value in parts})


def _share_or_file(text: str) -> float | Path:
    try:
        return float(text)
    except ValueError:
        return Path(text)


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if match is None:
        rule = "--time-budget must be a number with s, m or h"
        raise InvalidInputError(Fault("time-budget", rule, f"it is {text!r}", "pass one such as 60s"))
    return float(match[1]) * _UNITS[match[2]]


if __name__ == "__main__":
    main()
