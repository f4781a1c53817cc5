"""The step that judges: one part of scoring for one subject, and the typed results on the way back."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from synth.data.metadata import Metadata
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Event, Events
from synth.scoring.parts import PARTS, blank
from synth.scoring.results import PartResult
from synth.scoring.samples import Samples, ceiling_of, scored_columns
from synth.storage.objects import Objects


class ScoreSpec(StepSpec):
    """One part for one subject. The other fields are keys of Parquet objects; the ceiling needs no `synthetic`.

    With `further`, its first rows follow those of `synthetic`, `rows` in all.
    """

    subject: str
    part: str
    train: str
    holdout: str
    reference: str
    synthetic: str
    metadata: str
    k: int
    seed: int
    threads: int
    further: str = ""
    rows: int = 0


def score(spec: dict[str, Any], objects: Objects) -> Events:
    """Runs a part; the result is its `PartResult` as JSON."""
    wanted = ScoreSpec.model_validate(spec)
    yield Event(message=wanted.part)
    result = PARTS[wanted.part](_samples(wanted, objects))
    yield Event(kind="done", done=1, message=wanted.part, result=result.model_dump(mode="json"))


def _samples(spec: ScoreSpec, objects: Objects) -> Samples:
    _, table = Metadata.from_json(spec.metadata).only_table()
    # Only the search for identifiers looks at columns that identify, and at texts; only time at the key of sequences.
    columns = (
        list(table.columns) if spec.part in {"identifiers", "time"} else [*scored_columns(table), *table.entity_key]
    )
    parts = {name: objects.read_table(getattr(spec, name), columns) for name in ("train", "holdout", "reference")}
    if spec.subject == "ceiling":
        empty = parts["holdout"].slice(0, 0)
        return ceiling_of(Samples(**parts, synthetic=empty, spec=table, k=spec.k, seed=spec.seed, threads=spec.threads))
    with objects.open_parquet(spec.synthetic) as file:
        # A file made elsewhere may lack the entity key, which says nothing in synthetic rows.
        synthetic = file.read(columns=[name for name in columns if name in file.schema_arrow.names])
    if spec.further:
        more = _first(objects, spec.further, spec.rows - synthetic.num_rows, synthetic.column_names)
        synthetic = pa.concat_tables([synthetic, more], promote_options="permissive")
    return Samples(**parts, synthetic=synthetic, spec=table, k=spec.k, seed=spec.seed, threads=spec.threads)


def _first(objects: Objects, key: str, rows: int, columns: list[str]) -> pa.Table:
    """The first rows of a table, without the rest of it in memory."""
    pieces, missing = [], rows
    with objects.open_parquet(key) as file:
        for batch in file.iter_batches(columns=columns):
            pieces.append(batch.slice(0, missing))
            missing -= pieces[-1].num_rows
            if not missing:
                break
    assert not missing, "the further draw holds the rows of the largest volume"
    return pa.Table.from_batches(pieces)


def result_from_json(part: str, value: Any) -> PartResult:
    """The typed result of a part from what `score` handed back."""
    return type(blank(part, "")).model_validate(value)
