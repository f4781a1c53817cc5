"""Puts the results of all parts and subjects together into a scorecard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from synth.scoring.findings import findings
from synth.scoring.gate import judge
from synth.scoring.parts import ATTACKS, SUBJECTS, blank
from synth.scoring.results import AttackResult, CopiesResult, PartResult, ShapesResult, TrendsResult, UtilityResult
from synth.scoring.scorecard import (
    AnyFigure,
    Attack,
    Copies,
    Fidelity,
    Figure,
    Measured,
    NotAssessed,
    PairTrend,
    Privacy,
    Scorecard,
    Timing,
    Utility,
)

Results = Mapping[str, Mapping[str, PartResult]]
R = TypeVar("R", bound=PartResult)


def assemble(
    results: Results,
    *,
    table: str,
    engine: str,
    rows: Mapping[str, int],
    k: int,
    policy: str,
    timing: Timing,
    lineage: Mapping[str, Any],
) -> Scorecard:
    """The scorecard of one table.

    Args:
        results: `results[subject][part]`; what is missing is shown as not assessed.
        table: name of the table.
        engine: who made the synthetic rows.
        rows: counts by part.
        k: cells of fewer subjects are not shown.
        policy: level that the gate judges by.
        timing: seconds by stage.
        lineage: data digest, split, plan, seed, versions.

    Raises:
        InvalidInputError: there is no such policy.
    """
    fidelity, utility, privacy = _fidelity(results), _utility(results), _privacy(results)
    attacks = {
        name: (card.title, _of(results, "synthetic", f"attack/{name}", AttackResult)) for name, card in ATTACKS.items()
    }
    return Scorecard(
        table=table,
        engine=engine,
        rows=dict(rows),
        k=k,
        fidelity=fidelity,
        utility=utility,
        privacy=privacy,
        gate=judge(policy, _of(results, "synthetic", "copies", CopiesResult), attacks),
        findings=findings(fidelity, utility, privacy),
        timing=timing,
        lineage=dict(lineage),
    )


def _of(results: Results, subject: str, part: str, kind: type[R]) -> R:
    found = results.get(subject, {}).get(part)
    found = blank(part, f"the part {part} was not run for the {subject}") if found is None else found
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
    no_floor = NotAssessed(not_assessed="the floor has no score for this column")
    return Fidelity(
        shapes=_measured(results, "shapes"),
        trends=_measured(results, "trends"),
        c2st=_measured(results, "c2st"),
        columns=tuple(column.model_copy(update={"floor": floors.get(column.column, no_floor)}) for column in columns),
        pairs=tuple(PairTrend(**pair.model_dump(), floor=trends.get((pair.first, pair.second))) for pair in pairs),
    )


def _utility(results: Results) -> Utility:
    of_file = _of(results, "synthetic", "utility", UtilityResult)
    of_train = _of(results, "synthetic", "trtr", UtilityResult)
    told = of_file if of_file.target is not None else of_train
    return Utility(
        target=told.target,
        target_guessed=told.target_guessed,
        task=told.task,
        metric=told.metric,
        tstr=_measured(results, "utility"),
        trtr=of_train.figure,
    )


def _privacy(results: Results) -> Privacy:
    copies = _of(results, "synthetic", "copies", CopiesResult)
    return Privacy(
        copies=Copies(share=copies.share, control=copies.control, excess=_measured(results, "copies")),
        attacks=tuple(_attack(results, name) for name in ATTACKS),
        worst_attack=Measured(
            **{
                field: _worst([_of(results, subject, f"attack/{name}", PartResult).figure for name in ATTACKS])
                for field, subject in zip(("value", "floor", "ceiling"), SUBJECTS, strict=True)
            }
        ),
    )


def _attack(results: Results, name: str) -> Attack:
    found = _of(results, "synthetic", f"attack/{name}", AttackResult)
    return Attack(
        name=name,
        title=ATTACKS[name].title,
        threat=ATTACKS[name].threat,
        auc=_measured(results, f"attack/{name}"),
        roc=found.roc,
        members=found.members,
        non_members=found.non_members,
    )


def _worst(figures: list[AnyFigure]) -> AnyFigure:
    """The largest AUC; not assessed where any attack is not, because a gap must not look good."""
    assessed = [figure for figure in figures if isinstance(figure, Figure)]
    if len(assessed) < len(figures):
        gaps = [figure.not_assessed for figure in figures if isinstance(figure, NotAssessed)]
        return NotAssessed(not_assessed=f"{len(gaps)} of {len(figures)} attacks were not assessed: {gaps[0]}")
    return max(assessed, key=lambda figure: figure.value)
