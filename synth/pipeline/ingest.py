"""The step from seed files to train, holdout and reference in the store; bad input ends here, with nothing written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from synth.data.conform import conform, conform_table
from synth.data.detect import detect
from synth.data.metadata import Metadata, Role, Table
from synth.data.read import read_table, read_tables
from synth.data.rules_conflict import conflict_faults
from synth.data.split import split
from synth.data.standins import locale_faults
from synth.data.write import write_parquet
from synth.errors import Fault, InvalidInputError, InvalidMetadataError, SynthError, UnsupportedByEngineError, raise_all
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Event, Events
from synth.scoring.samples import scored_columns
from synth.storage.objects import Objects

PARTS = ("train", "holdout", "reference")


class IngestSpec(StepSpec):
    """What to read and how to split it.

    Attributes:
        seed_files: files or folders.
        digests: of every file named here, so that a changed file is another input.
        metadata: as JSON; empty to detect it.
        holdout: a file; empty to take `holdout_share` of the seed's entities.
        reference: a file; empty for half of the holdout.
        target: column that a downstream task predicts; empty for what the metadata says.
        keep: columns that are learnt although they identify.
        level: whom the result is for.
        synthetic: a file to score against the parts; empty where it is still to be made.
        split_seed: of the split.
    """

    seed_files: tuple[str, ...]
    digests: dict[str, str]
    metadata: str = ""
    holdout_share: float = 0.2
    holdout: str = ""
    reference: str = ""
    target: str = ""
    keep: tuple[str, ...] = ()
    level: str = ""
    synthetic: str = ""
    split_seed: int = 0


def digest_files(paths: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of the bytes of all files, those of folders too, by path; missing ones are found out by reading."""
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    return {str(file): sha256_of(file) for file in files if file.is_file()}


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ingest(spec: dict[str, Any], objects: Objects) -> Events:
    """Reads, detects or takes the metadata, conforms, splits; the result names table, metadata, keys and rows.

    Raises:
        InvalidInputError: all faults of the first stage that has any.
        UnsupportedByEngineError: more than one table.
    """
    wanted = IngestSpec.model_validate(spec)
    yield Event(done=0, total=3, message="reading")
    name, table, metadata = _seed(wanted)
    parts = {"train": table} | _others(wanted, name, metadata)
    yield Event(done=1, total=3, message="splitting")
    n_seed = table.num_rows
    divided = split(
        table,
        metadata.tables[name],
        seed=wanted.split_seed,
        holdout_share=wanted.holdout_share,
        holdout=parts.get("holdout"),
        reference=parts.get("reference"),
    )
    parts |= {part: getattr(divided, part) for part in PARTS}
    del table, divided
    yield Event(done=2, total=3, message="storing")
    rows = {}
    for part in [*PARTS, *(["synthetic"] if wanted.synthetic else [])]:
        with objects.writing(f"{wanted.home}/{part}.parquet") as path:
            rows[part] = write_parquet(parts.pop(part), path)
    pa.default_memory_pool().release_unused()
    result = {"table": name, "metadata": metadata.to_json(), "home": wanted.home, "rows": rows, "seed_rows": n_seed}
    yield Event(kind="done", done=3, total=3, message=f"{n_seed:,} rows", result=result)


def _seed(spec: IngestSpec) -> tuple[str, pa.Table, Metadata]:
    known = Metadata.from_json(spec.metadata) if spec.metadata else None
    if known is not None and len(known.tables) > 1:
        raise UnsupportedByEngineError(_several(len(known.tables)))
    tables = read_tables([Path(path) for path in spec.seed_files], known)
    if len(tables) > 1:
        raise UnsupportedByEngineError(_several(len(tables)))
    metadata = detect(tables) if known is None else known
    if spec.target:
        metadata = _with_target(metadata, spec.target)
    name, table_spec = metadata.only_table()
    raise_all([*conflict_faults(table_spec, where=name), *locale_faults(table_spec)], InvalidMetadataError)
    if spec.keep:
        metadata = _keeping(metadata, spec.keep, spec.level)
    return name, conform(tables, metadata)[name], metadata


def _others(wanted: IngestSpec, name: str, metadata: Metadata) -> dict[str, pa.Table]:
    """The other files, in the form of the seed table; all their faults together."""
    spec = metadata.tables[name]
    others: dict[str, pa.Table] = {}
    faults: list[Fault] = []
    for part in ("holdout", "reference", "synthetic"):
        if path := getattr(wanted, part):
            try:
                table = read_table(Path(path), spec)
                others[part] = conform_table(table, _held(spec, table) if part == "synthetic" else spec, name=part)
            except SynthError as error:
                faults += error.faults
    raise_all(faults)
    return others


def _held(spec: Table, table: pa.Table) -> Table:
    """The spec without keys that the table lacks: a file made elsewhere need not have any, for they are not scored."""
    scored = scored_columns(spec)
    names = [name for name in spec.columns if name in scored or name in table.column_names]
    return spec.model_copy(update={"columns": {name: spec.columns[name] for name in names}})


def _keeping(metadata: Metadata, names: tuple[str, ...], level: str) -> Metadata:
    """Columns that a person wants back as they are become features; nobody's name ever does, but where there is nobody.

    Values of fewer than k subjects are still not kept.
    """
    name, table = metadata.only_table()
    faults = [_unknown_keep(column) for column in names if column not in table.columns]
    kept = [column for column in names if column in table.columns]
    named = {c for c, column in table.columns.items() if column.pii or column.role is Role.DIRECT_IDENTIFIER}
    direct = [column for column in kept if column in named]
    faults += [_direct_keep(column, level) for column in direct if level != "L0"]
    raise_all(faults)
    feature = {"role": Role.FEATURE, "pii": None}
    columns = {c: spec.model_copy(update=feature) if c in kept else spec for c, spec in table.columns.items()}
    keys = {f: tuple(c for c in getattr(table, f) if c not in kept) for f in ("primary_key", "entity_key")}
    return metadata.model_copy(update={"tables": {name: table.model_copy(update={"columns": columns, **keys})}})


def _unknown_keep(column: str) -> Fault:
    rule, fact = "--keep must name columns of the table", f"there is no column `{column}`"
    return Fault("keep-unknown", rule, fact, "name one of them", where="keep")


def _direct_keep(column: str, level: str) -> Fault:
    rule, fact = "direct identifiers are kept at level L0 only", f"`{column}` is one, and the level is {level}"
    return Fault("keep-identifier", rule, fact, "leave it out: it gets stand-ins", where="keep")


def _with_target(metadata: Metadata, target: str) -> Metadata:
    name, table = metadata.only_table()
    if target not in table.columns:
        raise InvalidInputError(
            Fault(
                "target-unknown",
                "the target must be a column of the table",
                f"{target!r} is not one of its {len(table.columns)} columns",
                "name one of them",
                where="target",
            )
        )
    return metadata.model_copy(update={"tables": {name: table.model_copy(update={"target": target})}})


def _several(count: int) -> Fault:
    return Fault(
        "several-tables",
        "a run of this version makes a single table",
        f"the seed dataset has {count}",
        "give one file, or a folder with one",
    )
