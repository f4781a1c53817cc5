"""The step that checks the rules: how many seed rows and how many synthetic rows break each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from synth.data.entities import entity_codes
from synth.data.metadata import Metadata, Rule, Table
from synth.data.rules import columns_of
from synth.data.rules_check import check_rules
from synth.data.rules_observed import resolve_observed
from synth.data.rules_text import describe
from synth.pipeline.stages import Data, Runner
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Event, Events
from synth.scoring.scorecard import RuleOutcome
from synth.storage.objects import Objects


class CheckSpec(StepSpec):
    """Keys of the seed's parts and of the synthetic rows, metadata, and the k of the counts."""

    parts: tuple[str, ...]
    train: str
    synthetic: str
    metadata: str
    k: int


def check(spec: dict[str, Any], objects: Objects) -> Events:
    """Checks every rule; the result is a list of `RuleOutcome` as JSON."""
    wanted = CheckSpec.model_validate(spec)
    _, table = Metadata.from_json(wanted.metadata).only_table()
    yield Event(message=f"{len(table.rules)} rules")
    outcomes = _outcomes(wanted, table, objects) if table.rules else []
    result = [outcome.model_dump(mode="json") for outcome in outcomes]
    yield Event(kind="done", done=1, message=f"{len(result)} rules", result=result)


def _outcomes(spec: CheckSpec, table: Table, objects: Objects) -> list[RuleOutcome]:
    columns = list(table.columns)
    train = objects.read_table(spec.train, columns)
    seed = pa.concat_tables(objects.read_table(part, columns) for part in spec.parts)
    with objects.open_parquet(spec.synthetic) as file:
        synthetic = file.read()
    return [_outcome(table, i, rule, train, seed, synthetic, spec.k) for i, rule in enumerate(table.rules)]


def _outcome(
    table: Table, place: int, rule: Rule, train: pa.Table, seed: pa.Table, synthetic: pa.Table, k: int
) -> RuleOutcome:
    guess = table.guessed.get(f"rules/{place}")
    common: dict[str, Any] = {
        "rule": describe(rule),
        "kind": rule.kind,
        "origin": "declared" if guess is None else "found",
    }
    concrete, _ = resolve_observed([rule], train, entity_codes(train, table), k)
    if not concrete or not _has_columns(rule, synthetic):
        return RuleOutcome(**common, seed_rows=seed.num_rows, synthetic_rows=synthetic.num_rows)
    real, made = (check_rules(rows, table, concrete)[0] for rows in (seed, synthetic))
    seed_broken = None if 0 < real.broken < k else real.broken
    return RuleOutcome(
        **common,
        checked=True,
        seed_broken=seed_broken,
        seed_rows=real.rows,
        synthetic_broken=made.broken,
        synthetic_rows=made.rows,
    )


def _has_columns(rule: Rule, rows: pa.Table) -> bool:
    return columns_of(rule) <= set(rows.column_names)


def checked_rules(runner: Runner, data: Data, synthetic: str, k: int) -> tuple[RuleOutcome, ...]:
    """Runs the step."""
    keys: Mapping[str, str] = data.keys
    spec = CheckSpec(
        parts=tuple(keys[part] for part in ("train", "holdout", "reference")),
        train=keys["train"],
        synthetic=synthetic,
        metadata=data.metadata,
        k=k,
    )
    event = runner.stage({"rules": spec.task("check rules", runner.objects)})["rules"]
    return tuple(RuleOutcome.model_validate(item) for item in event.result)
