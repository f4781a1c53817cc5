"""Plain sentences about subgroups, rare categories, tails, missing cells and time: the gravest only.

A sentence is said only where the interval leaves chance out; what was not assessed is in the tables, not here, because
most tables have no sequences, and many no missing cells and no rare categories.
"""

from __future__ import annotations

from collections.abc import Iterator

from synth.scoring.scorecard import Fidelity, Figure, Finding, Group, MissingRate

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
            text = (
                f"Rows with {group.column!r} = {group.group!r} are less like real ones (shape {shape.value:.3f} of 1) "
            )
            yield _warning(group.column, f"{text}than rows in general ({whole.value:.3f}).")


def _models(groups: tuple[Group, ...]) -> Iterator[Finding]:
    for group in groups:
        tstr, trtr = group.tstr, group.trtr
        if not (isinstance(tstr, Figure) and isinstance(trtr, Figure)) or tstr.ci_high is None or trtr.ci_low is None:
            continue
        if tstr.value <= trtr.value - LOST and tstr.ci_high < trtr.ci_low:
            text = f"For rows with {group.column!r} = {group.group!r} a model trained on synthetic rows is worse "
            yield _warning(group.column, f"{text}({tstr.value:.3f}) than one trained on real rows ({trtr.value:.3f}).")


def _rare(fidelity: Fidelity) -> Iterator[Finding]:
    ceiling = fidelity.rare.ceiling
    reached = ceiling.value if isinstance(ceiling, Figure) else 1.0
    for column in fidelity.rare_columns:
        recall = column.recall
        if isinstance(recall, Figure) and recall.value < min(FOUND, reached):
            text = f"Of {column.values} rare categories of {column.column!r} the file has {recall.value:.0%}."
            yield _warning(column.column, text)


def _tails(fidelity: Fidelity) -> Iterator[Finding]:
    for column in fidelity.tail_columns:
        score = column.score
        if isinstance(score, Figure) and score.ci_high is not None and score.ci_high < TAIL:
            text = (
                f"Extremes of {column.column!r} are too rare or too frequent (tails agree to {score.value:.3f} of 1)."
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
            text = f"{rate.column!r} is missing in {rate.synthetic:.1%} of synthetic and {rate.real:.1%} of real rows."
            yield _warning(rate.column, text)


def _time(fidelity: Fidelity) -> Iterator[Finding]:
    figure = fidelity.time.value
    if isinstance(figure, Figure) and figure.value < WEAK_TIME:
        text = f"Rows do not follow each other as in real sequences (time structure {figure.value:.3f} of 1). "
        yield _warning("time", text + "Engines that make rows one by one cannot keep it.")
