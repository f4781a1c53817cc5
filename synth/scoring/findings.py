"""Plain sentences about a scorecard, for a reader who decides: what is good, what deviates most, what attacks say.

The limits between good, note and warning are chosen for the eye and stated here; only the gate decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from synth.scoring.findings_finer import finer
from synth.scoring.scorecard import (
    AnyFigure,
    Attack,
    Fidelity,
    Figure,
    Finding,
    Measured,
    NotAssessed,
    Privacy,
    Utility,
)
from synth.texts import Arg, say

Severity = Literal["good", "note", "warning", "alarm"]

TOLD_APART = (0.6, 0.8)
"""C2ST (or its mirror image at 0.5): good up to the first, a warning from the second."""

BEHIND_CEILING = (0.02, 0.1)
"""The same for a score's gap to its ceiling, where independent columns are no floor."""

WAY_TO_FLOOR = (0.25, 0.75)
"""The same for the share of the way from ceiling to floor."""

GAIN_LOST = (0.1, 0.1)
"""The same for the share of TRTR's gain over guessing that TSTR loses."""

LEAK = (0.55, 0.60)
"""AUC of an attack whose interval lies above guessing: a warning from the first, an alarm from the second."""

WEAK = 0.9
"""Columns and pairs that score less are named, the worst `WORST_NAMED` of each."""

WORST_NAMED = 3


def findings(fidelity: Fidelity, utility: Utility, privacy: Privacy) -> tuple[Finding, ...]:
    """All findings, the gravest first."""
    found = [*_fidelity(fidelity), *_columns(fidelity), *_pairs(fidelity), *_utility(utility), *_privacy(privacy)]
    found += finer(fidelity)
    order = ("alarm", "warning", "note", "good")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def _graded(value: float, limits: tuple[float, float]) -> Severity:
    return "good" if value <= limits[0] else "warning" if value >= limits[1] else "note"


def _fidelity(fidelity: Fidelity) -> Iterator[Finding]:
    c2st = fidelity.c2st.value
    if isinstance(c2st, NotAssessed):
        yield _gap("c2st", say("Telling synthetic from real rows"), c2st)
    else:
        text = say(
            "A classifier tells synthetic from unseen real rows with an AUC of {auc}; 0.5 is ideal.", auc=_shown(c2st)
        )
        yield Finding(severity=_graded(max(c2st.value, 1 - c2st.value), TOLD_APART), about="c2st", text=text)
    yield _placed("shapes", say("Columns one by one"), fidelity.shapes)
    yield _placed("trends", say("Pairs of columns"), fidelity.trends)


def _placed(about: str, title: str, measured: Measured) -> Finding:
    """Where a score lies between its floor and its ceiling."""
    figure, floor, ceiling = measured.value, measured.floor, measured.ceiling
    if isinstance(figure, NotAssessed):
        return _gap(about, title, figure)
    if isinstance(floor, NotAssessed) or isinstance(ceiling, NotAssessed):
        text = say(
            "{title} agree with the real rows to {score} of 1; there is no floor and ceiling to compare with.",
            title=title,
            score=_shown(figure),
        )
        return Finding(severity="note", about=about, text=text)
    text = say(
        "{title} agree with the real rows to {score} of 1 (real rows reach {ceiling:.3f}, independent columns "
        "{floor:.3f}).",
        title=title,
        score=_shown(figure),
        ceiling=ceiling.value,
        floor=floor.value,
    )
    behind, span = ceiling.value - figure.value, ceiling.value - floor.value
    # Independent columns have the right shapes, and may have the right trends where nothing hangs together.
    if about == "shapes" or span <= BEHIND_CEILING[0]:
        return Finding(severity=_graded(behind, BEHIND_CEILING), about=about, text=text)
    return Finding(severity=_graded(behind / span, WAY_TO_FLOOR), about=about, text=text)


def _columns(fidelity: Fidelity) -> Iterator[Finding]:
    scores = [(column.score.value, column.column) for column in fidelity.columns if isinstance(column.score, Figure)]
    for value, name in sorted(scores)[:WORST_NAMED]:
        if value < WEAK:
            text = say(
                "Column `{column}` has the wrong distribution (shape {score:.3f} of 1).", column=name, score=value
            )
            yield Finding(severity="warning", about=name, text=text)
    for column in fidelity.columns:
        if isinstance(column.score, NotAssessed):
            yield _gap(column.column, say("Shape of column `{column}`", column=column.column), column.score)


def _pairs(fidelity: Fidelity) -> Iterator[Finding]:
    pairs = sorted((pair for pair in fidelity.pairs if pair.counted), key=lambda pair: pair.score)
    for pair in pairs[:WORST_NAMED]:
        if pair.score < WEAK:
            text = say(
                "`{first}` and `{second}` do not hang together as in real rows (trend {score:.3f} of 1).",
                first=pair.first,
                second=pair.second,
                score=pair.score,
            )
            yield Finding(severity="warning", about=f"{pair.first}, {pair.second}", text=text)


def _utility(utility: Utility) -> Iterator[Finding]:
    tstr, trtr = utility.tstr.value, utility.trtr
    if isinstance(tstr, NotAssessed):
        yield _gap("utility", say("Utility"), tstr)
        return
    metric, guess = ("AUC", 0.5) if utility.metric == "auc" else ("R2", 0.0)
    target = f"`{utility.target}`"
    if utility.target_guessed:
        target = say("{column} (a guessed target)", column=target)
    reached: dict[str, Arg] = {"target": target, "score": _shown(tstr), "metric": metric}
    if isinstance(trtr, NotAssessed):
        text = say(
            "A model of {target} trained on synthetic rows reaches {score} {metric} on unseen real rows; there are no "
            "train rows to compare with.",
            **reached,
        )
        yield Finding(severity="note", about="utility", text=text)
        return
    text = say(
        "A model of {target} trained on synthetic rows reaches {score} {metric} on unseen real rows, trained on real "
        "rows {real:.3f}.",
        **reached,
        real=trtr.value,
    )
    if trtr.value <= guess:
        text = say("{told} The target cannot be predicted from real rows.", told=text)
        yield Finding(severity="note", about="utility", text=text)
        return
    lost = (trtr.value - tstr.value) / (trtr.value - guess)
    yield Finding(severity=_graded(lost, GAIN_LOST), about="utility", text=text)


def _privacy(privacy: Privacy) -> Iterator[Finding]:
    excess = privacy.copies.excess.value
    if isinstance(excess, NotAssessed):
        yield _gap("copies", say("Verbatim copies"), excess)
    else:
        share, control = _percent(privacy.copies.share), _percent(privacy.copies.control)
        text = say(
            "{share} of synthetic rows equal a unique training row; chance explains {control}.",
            share=share,
            control=control,
        )
        more = excess.ci_low is not None and excess.ci_low > 0
        yield Finding(severity="alarm" if more else "good", about="copies", text=text)
    for attack in privacy.attacks:
        yield _attack(attack)


def _attack(attack: Attack) -> Finding:
    figure = attack.auc.value
    if isinstance(figure, NotAssessed):
        return _gap(attack.name, attack.title, figure)
    text = say(
        "{attack}: tells training rows from unseen ones with an AUC of {auc}; 0.5 is guessing.",
        attack=attack.title,
        auc=_shown(figure),
    )
    caught = _tpr_at(attack, 0.01)
    if caught is not None:
        text = say(
            "{told} While wrongly accusing 1 % of others it finds {found:.1%} of training rows.",
            told=text,
            found=caught,
        )
    severity: Severity = "good"
    if figure.ci_low is not None and figure.ci_low > figure.ideal:
        severity = "alarm" if figure.value >= LEAK[1] else "warning" if figure.value >= LEAK[0] else "note"
    return Finding(severity=severity, about=attack.name, text=text)


def _tpr_at(attack: Attack, fpr: float) -> float | None:
    if attack.roc is None or fpr not in attack.roc.fpr:
        return None
    return attack.roc.tpr[attack.roc.fpr.index(fpr)]


def _gap(about: str, title: str, gap: NotAssessed) -> Finding:
    text = say("{what}: not assessed, {reason}.", what=title, reason=gap.not_assessed)
    return Finding(severity="warning", about=about, text=text)


def _shown(figure: Figure) -> str:
    if figure.ci_low is None or figure.ci_high is None:
        return f"{figure.value:.3f}"
    return say("{value:.3f} ({low:.3f} to {high:.3f})", value=figure.value, low=figure.ci_low, high=figure.ci_high)


def _percent(figure: AnyFigure) -> str:
    return f"{figure.value:.2%}" if isinstance(figure, Figure) else say("an unknown share")
