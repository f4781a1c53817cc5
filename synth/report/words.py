"""Numbers and fixed sentences of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synth.scoring.scorecard import AnyFigure, Figure

OUTCOMES = {
    "PASS": "Every check of this policy that applies was run and no limit was exceeded. This is evidence for your "
    "decision, not a legal opinion.",
    "FAIL": "At least one limit of this policy was exceeded. The synthetic rows should not leave under this policy; "
    "the findings say which check failed.",
    "INSUFFICIENT EVIDENCE": "At least one check could not be run, or rests on too few rows to decide. Nothing here "
    "says that the rows leak, and nothing says that they do not: a gap never counts as a pass.",
}

NOT_PROMISED = (
    "No formal privacy guarantee applies; the assurance below is empirical.",
    "The synthetic rows were tested against the listed attacks only. An attacker with other knowledge, other releases "
    "of the same population or a better method may learn more.",
    "That synthetic rows are no closer to training rows than to others proves nothing about privacy: the figure is "
    "shown because readers expect it, and decides nothing.",
    "Results hold for this file. They say nothing about another file from the same model.",
    "A high fidelity score says that the measured distributions agree. It does not say that every analysis on "
    "synthetic rows gives the answer that real rows would give.",
)

METHODS = (
    (
        "Real side",
        "Holdout and reference rows, which no model saw. Training rows are used by the privacy tests and by TRTR only.",
    ),
    (
        "Floor and ceiling",
        "The floor is the same figure for a table whose columns were drawn independently of each other. The ceiling is "
        "the same figure for unseen real rows in place of synthetic ones: nobody should expect to do better.",
    ),
    (
        "Column shapes",
        "Numbers and times: 1 minus the Kolmogorov-Smirnov distance. Categories: 1 minus the total variation distance. "
        "The figure of the table is the mean over its columns; 1 means equal distributions.",
    ),
    (
        "Pair trends",
        "Two numbers: 1 minus half the difference of their correlations. Otherwise: 1 minus the total variation "
        "distance of the joint table. The mean is over pairs that hang together in the real rows; the others are "
        "shown, but not counted. 1 means equal.",
    ),
    (
        "C2ST",
        "Classifier two-sample test: AUC of a classifier that is trained to tell synthetic rows from real ones, judged "
        "on rows it did not see. 0.5 means that it cannot, 1 that it always can.",
    ),
    (
        "TSTR, TRTR",
        "A model is trained on synthetic rows (TSTR) or on the real training rows (TRTR) and tested on unseen real "
        "rows. The closer the two, the more useful the synthetic rows are for that task.",
    ),
    (
        "Copies",
        "Synthetic rows that equal a training row which nobody else has, less the same count for rows that were never "
        "used in training, scaled to as many rows: such coincidences happen by chance.",
    ),
    (
        "Membership attacks",
        "Each attack scores every training row (insider) and every holdout row (outsider). AUC 0.5 means that it does "
        "no better than guessing. At each point the grey band holds 95 % of the curves of an attack that knows "
        "nothing, for these numbers of insiders and outsiders, each taken as a person of their own.",
    ),
    ("Small cells", "Histogram cells of fewer than k real subjects are merged before they reach this report."),
    ("Intervals", "95 %. A figure without interval is a plain count or score of these files, with no sampling model."),
)


def number(value: float, digits: int = 3) -> str:
    """Fixed decimals; never a negative zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def percent(value: float) -> str:
    """A share with enough decimals to tell small shares apart."""
    return f"{number(100 * value, 1 if abs(value) >= 0.1 else 2 if abs(value) >= 0.001 or value == 0 else 3)} %"


def count(value: int) -> str:
    """Thousands set apart."""
    return f"{value:,}"


def describe(figure: AnyFigure, *, as_percent: bool = False) -> str:
    """A figure in one line of text, for alternative texts: value, interval and n, or why it is absent."""
    if not isinstance(figure, Figure):
        return f"not assessed ({figure.not_assessed})"
    show = percent if as_percent else number
    interval = ""
    if figure.ci_low is not None and figure.ci_high is not None:
        interval = f" (95 % interval {show(figure.ci_low)} to {show(figure.ci_high)})"
    return f"{show(figure.value)}{interval}, n = {count(figure.n)}"


def direction(figure: Figure) -> str:
    """Which way is better, in words."""
    ideal = f"{figure.ideal:g}"
    return f"{ideal} is ideal" if figure.better == "ideal" else f"{figure.better} is better, {ideal} is ideal"


def flatten(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Lineage as lines: keys joined by ` / `, lists in one line, gaps written as "not stated"."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flatten(inner, (*path, str(key).replace("_", " ")))
    elif isinstance(value, (list, tuple)) and not any(isinstance(item, (Mapping, list, tuple)) for item in value):
        yield " / ".join(path), ", ".join(map(str, value)) or "none"
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value, start=1):
            yield from flatten(item, (*path, str(i)))
    else:
        yield " / ".join(path), "not stated" if value is None or value == {} else str(value)
