"""The step that checks the rules: how many seed rows and how many synthetic rows break each, and any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import TypeAdapter

from synth.data.entities import entity_codes
from synth.data.metadata import Metadata, Rule, Table
from synth.data.rules import columns_of
from synth.data.rules_check import check_rules, violations
from synth.data.rules_observed import resolve_observed
from synth.data.rules_text import describe
from synth.pipeline.stages import Data, Runner
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Event, Events
from synth.scoring.estimates import Estimate, clustered_variance
from synth.scoring.samples import entities
from synth.scoring.scorecard import AnyFigure, NotAssessed, RuleOutcome
from synth.storage.objects import Objects
from synth.texts import say


class CheckSpec(StepSpec):
    """Keys of the seed's parts and of the synthetic rows, metadata, and the k of the counts."""

    parts: tuple[str, ...]
    train: str
    synthetic: str
    metadata: str
    k: int


def check(spec: dict[str, Any], objects: Objects) -> Events:
    """Checks every rule; the result is the fields `rules` and `rule_adherence` of a scorecard as JSON."""
    wanted = CheckSpec.model_validate(spec)
    _, table = Metadata.from_json(wanted.metadata).only_table()
    yield Event(message=f"{len(table.rules)} rules")
    outcomes, adherence = _outcomes(wanted, table, objects) if table.rules else ([], NO_RULES)
    result = {
        "rules": [outcome.model_dump(mode="json") for outcome in outcomes],
        "rule_adherence": adherence.model_dump(mode="json"),
    }
    yield Event(kind="done", done=1, message=f"{len(outcomes)} rules", result=result)


NO_RULES = NotAssessed(not_assessed=say("the metadata has no rules"))


def _outcomes(spec: CheckSpec, table: Table, objects: Objects) -> tuple[list[RuleOutcome], AnyFigure]:
    columns = list(table.columns)
    train = objects.read_table(spec.train, columns)
    seed = pa.concat_tables(objects.read_table(part, columns) for part in spec.parts)
    with objects.open_parquet(spec.synthetic) as file:
        synthetic = file.read()
    concrete, dropped = resolve_observed(table.rules, train, entity_codes(train, table), spec.k)
    kept = [i for i in range(len(table.rules)) if i not in dropped]
    by_place = dict(zip(kept, concrete, strict=True))
    outcomes = [_outcome(table, i, by_place.get(i), seed, synthetic, spec.k) for i in range(len(table.rules))]
    return outcomes, adherence(synthetic, concrete, table)


def adherence(synthetic: pa.Table, rules: Sequence[Rule], spec: Table) -> AnyFigure:
    """Share of synthetic rows that break none of the rules whose columns they have; 1 is ideal.

    Interval: per entity where the rows have a key; Clopper and Pearson's where no row, or every row, breaks one.
    """
    checked = [rule for rule in rules if columns_of(rule) <= set(synthetic.column_names)]
    if not (checked and synthetic.num_rows):
        return NotAssessed(not_assessed=say("no rule could be checked on a synthetic row"))
    kept = ~np.any([violations(synthetic, rule, spec) for rule in checked], axis=0)
    who, share = entities(synthetic, spec), float(kept.mean())
    se = float(np.sqrt(clustered_variance((kept - share) / len(kept), who)))
    return Estimate(share, se, len(np.unique(who))).figure(len(kept), "higher", 1.0)


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


def checked_rules(runner: Runner, data: Data, synthetic: str, k: int) -> dict[str, Any]:
    """Runs the step; the fields `rules` and `rule_adherence` of a scorecard."""
    spec = CheckSpec(
        parts=tuple(data.keys[part] for part in ("train", "holdout", "reference")),
        train=data.keys["train"],
        synthetic=synthetic,
        metadata=data.metadata,
        k=k,
    )
    event = runner.stage({"rules": spec.task("check rules", runner.objects)})["rules"]
    figure: AnyFigure = TypeAdapter(AnyFigure).validate_python(event.result["rule_adherence"])
    return {
        "rules": tuple(RuleOutcome.model_validate(item) for item in event.result["rules"]),
        "rule_adherence": figure,
    }
