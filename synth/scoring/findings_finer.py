"""Plain sentences about subgroups, rare categories, tails, missing cells and time: the gravest only.

A sentence is said only where the interval leaves chance out; what was not assessed is in the tables, not here, because
most tables have no sequences, and many no missing cells and no rare categories.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.scoring.scorecard import Fidelity, Figure, Finding, Group, MissingRate
from synth.texts import say

BEHIND = 0.1
"""A group's shape is named where it is so far below all rows' shape and below what unseen rows reach."""

LOST = 0.05
"""A group's TSTR is named where it is so far below its TRTR, and the two intervals do not touch."""

FOUND = 0.5
"""Rare categories are named where fewer of a column's are in the file, and unseen rows have more."""

TAIL = 0.5
"""Tails are named where the shares beyond the quantiles agree less."""

OFF = 0.02
"""Missing rates are named where they are off by more."""

WEAK_TIME = 0.9


def finer(fidelity: Fidelity) -> Iterator[Finding]:
    """Warnings, at most one of each kind."""
    shapes = fidelity.shapes.value
    if isinstance(shapes, Figure):
        yield from list(_groups(fidelity.groups, shapes))[:1]
    yield from list(_models(fidelity.groups))[:1]
    yield from list(_rare(fidelity))[:1]
    yield from list(_tails(fidelity))[:1]
    yield from list(_missing(fidelity.missing_columns))[:1]
    yield from _time(fidelity)


def _warning(about: str, text: str) -> Finding:
    return Finding(severity="warning", about=about, text=text)


def _groups(groups: tuple[Group, ...], whole: Figure) -> Iterator[Finding]:
    for group in groups:
        shape, unseen = group.shape, group.ceiling
        if not isinstance(shape, Figure) or shape.ci_high is None:
            continue
        reached = min(whole.value, unseen.value) if isinstance(unseen, Figure) else whole.value
        if shape.value <= reached - BEHIND and shape.ci_high < reached:
            text = say(
                "Rows with `{column}` = {group} are less like real ones (shape {shape:.3f} of 1) than rows in general "
                "({whole:.3f}).",
                column=group.column,
                group=group.group,
                shape=shape.value,
                whole=whole.value,
            )
            yield _warning(group.column, text)


def _models(groups: tuple[Group, ...]) -> Iterator[Finding]:
    for group in groups:
        tstr, trtr = group.tstr, group.trtr
        if not (isinstance(tstr, Figure) and isinstance(trtr, Figure)) or tstr.ci_high is None or trtr.ci_low is None:
            continue
        if tstr.value <= trtr.value - LOST and tstr.ci_high < trtr.ci_low:
            text = say(
                "For rows with `{column}` = {group} a model trained on synthetic rows is worse ({tstr:.3f}) than one "
                "trained on real rows ({trtr:.3f}).",
                column=group.column,
                group=group.group,
                tstr=tstr.value,
                trtr=trtr.value,
            )
            yield _warning(group.column, text)


def _rare(fidelity: Fidelity) -> Iterator[Finding]:
    ceiling = fidelity.rare.ceiling
    reached = ceiling.value if isinstance(ceiling, Figure) else 1.0
    for column in fidelity.rare_columns:
        recall = column.recall
        if isinstance(recall, Figure) and recall.value < min(FOUND, reached):
            text = say(
                "Of {n} rare categories of `{column}` the file has {share:.0%}.",
                n=column.values,
                column=column.column,
                share=recall.value,
            )
            yield _warning(column.column, text)


def _tails(fidelity: Fidelity) -> Iterator[Finding]:
    for column in fidelity.tail_columns:
        score = column.score
        if isinstance(score, Figure) and score.ci_high is not None and score.ci_high < TAIL:
            text = say(
                "Extremes of `{column}` are too rare or too frequent (tails agree to {score:.3f} of 1).",
                column=column.column,
                score=score.value,
            )
            yield _warning(column.column, text)


def _missing(rates: tuple[MissingRate, ...]) -> Iterator[Finding]:
    for rate in rates:
        off = rate.difference
        if not isinstance(off, Figure) or rate.real is None or rate.synthetic is None:
            continue
        if off.ci_low is None or off.ci_high is None or off.ci_low <= 0 <= off.ci_high:
            continue
        if abs(off.value) > OFF:
            text = say(
                "`{column}` is missing in {synthetic:.1%} of synthetic and {real:.1%} of real rows.",
                column=rate.column,
                synthetic=rate.synthetic,
                real=rate.real,
            )
            yield _warning(rate.column, text)


def _time(fidelity: Fidelity) -> Iterator[Finding]:
    figure = fidelity.time.value
    if isinstance(figure, Figure) and figure.value < WEAK_TIME:
        text = say(
            "Rows do not follow each other as in real sequences (time structure {score:.3f} of 1). Engines that make "
            "rows one by one cannot keep it.",
            score=figure.value,
        )
        yield _warning("time", text)
