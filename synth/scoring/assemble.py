"""Puts the results of all parts and subjects together into a scorecard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from synth.scoring.deep import PREFIX, deep, volumes_of
from synth.scoring.findings import findings
from synth.scoring.gate import judge
from synth.scoring.parts import ATTACKS, CHECKS, SUBJECTS, blank
from synth.scoring.policy import Policy
from synth.scoring.results import (
    AttackResult,
    CheckResult,
    CopiesResult,
    GroupsResult,
    Measure,
    MembershipResult,
    MissingResult,
    PairedResult,
    PartResult,
    RareResult,
    ShapesResult,
    TailsResult,
    TimeResult,
    TrendsResult,
    UtilityResult,
)
from synth.scoring.scorecard import (
    Attack,
    Check,
    Copies,
    Fidelity,
    Figure,
    Group,
    Measured,
    NotAssessed,
    PairTrend,
    Privacy,
    Risk,
    Scorecard,
    Tier,
    Timing,
    Utility,
)
from synth.scoring.significance import Z_ONE_SIDED
from synth.scoring.statement import ColumnUse, Statement
from synth.scoring.verdict import Context
from synth.texts import say

Results = Mapping[str, Mapping[str, PartResult]]
R = TypeVar("R", bound=PartResult)


def assemble(
    results: Results,
    *,
    table: str,
    engine: str,
    rows: Mapping[str, int],
    policy: Policy,
    context: Context,
    tier: Tier,
    timing: Timing,
    lineage: Mapping[str, Any],
    columns: tuple[ColumnUse, ...] = (),
    statement: Statement | None = None,
) -> Scorecard:
    """The scorecard of one table.

    Args:
        results: `results[subject][part]`; what is missing is shown as not assessed.
        table: name of the table.
        engine: who made the synthetic rows.
        rows: counts by part.
        policy: that the gate judges by; cells of fewer than its k subjects are not shown.
        context: what the gate needs to know besides results.
        tier: how much was tested.
        timing: seconds by stage.
        lineage: data digest, split, plan, seed, versions.
        columns: of the seed, as the review took them.
        statement: what people said about the release.
    """
    fidelity, utility, privacy = _fidelity(results), _utility(results), _privacy(results)
    context = replace(context, draws=_draws(results), volumes=volumes_of(results))
    if tier == "deep":
        privacy = privacy.model_copy(update={"deep": deep(results.get("synthetic", {}), context)})
    return Scorecard(
        table=table,
        engine=engine,
        rows=dict(rows),
        k=policy.k,
        tier=tier,
        fidelity=fidelity,
        utility=utility,
        privacy=privacy,
        gate=judge(policy, results.get("synthetic", {}), context),
        findings=findings(fidelity, utility, privacy),
        timing=timing,
        lineage=dict(lineage),
        columns=columns,
        statement=statement or Statement(),
    )


def _draws(results: Results) -> tuple[Mapping[str, PartResult], ...]:
    """Results of further draws, whose subjects are not among the three."""
    return tuple(
        found for subject, found in results.items() if subject not in SUBJECTS and not subject.startswith(PREFIX)
    )


def _of(results: Results, subject: str, part: str, kind: type[R]) -> R:
    found = results.get(subject, {}).get(part)
    if found is None:
        found = blank(part, say("the part {part} was not run for the {subject}", part=part, subject=subject))
    assert isinstance(found, kind), f"{part} must hand back {kind.__name__}"
    return found


def _measured(results: Results, part: str) -> Measured:
    value, floor, ceiling = (_of(results, subject, part, PartResult).figure for subject in SUBJECTS)
    return Measured(value=value, floor=floor, ceiling=ceiling)


def _fidelity(results: Results) -> Fidelity:
    columns, column_floor = (_of(results, subject, "shapes", ShapesResult).columns for subject in SUBJECTS[:2])
    pairs, pair_floor = (_of(results, subject, "trends", TrendsResult).pairs for subject in SUBJECTS[:2])
    floors = {column.column: column.score for column in column_floor}
    trends = {(pair.first, pair.second): pair.score for pair in pair_floor}
    no_floor = NotAssessed(not_assessed=say("the floor has no score for this column"))
    return Fidelity(
        shapes=_measured(results, "shapes"),
        trends=_measured(results, "trends"),
        c2st=_measured(results, "c2st"),
        columns=tuple(column.model_copy(update={"floor": floors.get(column.column, no_floor)}) for column in columns),
        pairs=tuple(PairTrend(**pair.model_dump(), floor=trends.get((pair.first, pair.second))) for pair in pairs),
        worst_group=_measured(results, "subgroups"),
        groups=_groups(results),
        rare=_measured(results, "rare"),
        rare_columns=_of(results, "synthetic", "rare", RareResult).columns,
        tails=_measured(results, "tails"),
        tail_columns=_of(results, "synthetic", "tails", TailsResult).columns,
        missing=_measured(results, "missing"),
        missing_columns=_of(results, "synthetic", "missing", MissingResult).columns,
        time=_measured(results, "time"),
        time_traits=_of(results, "synthetic", "time", TimeResult).traits,
    )


def _groups(results: Results) -> tuple[Group, ...]:
    """Groups with what unseen rows reach, and with the two models' scores; worst first, as they came."""
    unseen = {(g.column, g.group): g.shape for g in _of(results, "ceiling", "subgroups", GroupsResult).groups}
    models = {(g.column, g.group): g for g in _of(results, "synthetic", "trtr", PairedResult).groups}
    no_ceiling = NotAssessed(not_assessed="there are too few unseen rows")
    no_model = NotAssessed(not_assessed="no model was judged on this group")
    found = []
    for group in _of(results, "synthetic", "subgroups", GroupsResult).groups:
        key = (group.column, group.group)
        tstr, trtr = (models[key].tstr, models[key].trtr) if key in models else (no_model, no_model)
        update = {"ceiling": unseen.get(key, no_ceiling), "tstr": tstr, "trtr": trtr}
        found.append(group.model_copy(update=update))
    return tuple(found)


def _utility(results: Results) -> Utility:
    of_file = _of(results, "synthetic", "utility", UtilityResult)
    of_train = _of(results, "synthetic", "trtr", PairedResult)
    told = of_file if of_file.target is not None else of_train
    return Utility(
        target=told.target,
        target_guessed=told.target_guessed,
        task=told.task,
        metric=told.metric,
        tstr=_measured(results, "utility"),
        trtr=of_train.figure,
        gap=of_train.gap if isinstance(of_train.figure, Figure) else of_train.figure,
    )


def _privacy(results: Results) -> Privacy:
    copies = _of(results, "synthetic", "copies", CopiesResult)
    return Privacy(
        copies=Copies(share=copies.share, control=copies.control, excess=_measured(results, "copies")),
        attacks=tuple(_attack(results, name) for name in ATTACKS),
        worst_attack=_measured(results, "attacks"),
        checks=tuple(_check(results, name) for name in CHECKS if name in results.get("synthetic", {})),
    )


def _check(results: Results, name: str) -> Check:
    found, card = _of(results, "synthetic", name, CheckResult), CHECKS[name]
    return Check(
        name=name,
        title=card.title,
        threat=card.threat,
        figure=found.figure,
        risks=_risks(found.measures),
        sets=found.sets,
        curves=found.curves,
    )


def _risks(measures: tuple[Measure, ...]) -> tuple[Risk, ...]:
    return tuple(_risk(measure) for measure in measures)


def _risk(measure: Measure) -> Risk:
    """With both bounds where there is an error; a check may have an upper bound that is more exact."""
    told = Risk(**measure.model_dump(exclude={"se", "exhaustive"}))
    if measure.value is None or measure.se is None:
        return told
    reach = Z_ONE_SIDED * measure.se
    upper = measure.value + reach if measure.upper is None else measure.upper
    return told.model_copy(update={"lower": measure.value - reach, "upper": upper})


def _attack(results: Results, name: str) -> Attack:
    of = {subject: _of(results, subject, "attacks", MembershipResult) for subject in SUBJECTS}
    tried = {subject: result.attacks.get(name) or AttackResult(figure=result.figure) for subject, result in of.items()}
    found = tried["synthetic"]
    value, floor, ceiling = (tried[subject].figure for subject in SUBJECTS)
    return Attack(
        name=name,
        title=ATTACKS[name].title,
        threat=ATTACKS[name].threat,
        auc=Measured(value=value, floor=floor, ceiling=ceiling),
        roc=found.roc,
        members=found.members,
        non_members=found.non_members,
        risks=_risks(found.measures),
    )
