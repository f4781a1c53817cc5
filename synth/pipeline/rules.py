"""The step that checks the rules: how many seed rows and how many synthetic rows break each of them."""

from __future__ import annotations

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
    concrete, dropped = resolve_observed(table.rules, train, entity_codes(train, table), spec.k)
    kept = [i for i in range(len(table.rules)) if i not in dropped]
    by_place = dict(zip(kept, concrete, strict=True))
    return [_outcome(table, i, by_place.get(i), seed, synthetic, spec.k) for i in range(len(table.rules))]


def _outcome(
    table: Table, place: int, concrete: Rule | None, seed: pa.Table, synthetic: pa.Table, k: int
) -> RuleOutcome:
    rule = table.rules[place]
    outcome = RuleOutcome(
        rule=describe(rule),
        kind=rule.kind,
        origin="found" if f"rules/{place}" in table.guessed else "declared",
        seed_rows=seed.num_rows,
        synthetic_rows=synthetic.num_rows,
    )
    if concrete is None or not columns_of(rule) <= set(synthetic.column_names):
        return outcome
    real, made = (check_rules(rows, table, [concrete])[0].broken for rows in (seed, synthetic))
    counts = {"seed_broken": None if 0 < real < k else real, "synthetic_broken": made}
    return outcome.model_copy(update={"checked": True, **counts})


def checked_rules(runner: Runner, data: Data, synthetic: str, k: int) -> tuple[RuleOutcome, ...]:
    """Runs the step."""
    spec = CheckSpec(
        parts=tuple(data.keys[part] for part in ("train", "holdout", "reference")),
        train=data.keys["train"],
        synthetic=synthetic,
        metadata=data.metadata,
        k=k,
    )
    event = runner.stage({"rules": spec.task("check rules", runner.objects)})["rules"]
    return tuple(RuleOutcome.model_validate(item) for item in event.result)
