"""Numbers and fixed sentences of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synth.scoring.scorecard import AnyFigure, Figure
from synth.texts import Text, say

OUTCOMES = {
    "PASS": say(
        "Every check of this policy that applies was run and no limit was exceeded. This is evidence for your "
        "decision, not a legal opinion."
    ),
    "FAIL": say(
        "At least one limit of this policy was exceeded. The synthetic rows should not leave under this policy; the "
        "findings say which check failed."
    ),
    "INSUFFICIENT EVIDENCE": say(
        "At least one check could not be run, or rests on too few rows to decide. Nothing here says that the rows "
        "leak, and nothing says that they do not: a gap never counts as a pass."
    ),
}

OUTCOME_NAMES = {
    "PASS": say("PASS"),
    "FAIL": say("FAIL"),
    "INSUFFICIENT EVIDENCE": say("INSUFFICIENT EVIDENCE"),
    "NOT APPLICABLE": say("NOT APPLICABLE"),
}

ROLE_NAMES = {
    "feature": say("feature"),
    "key": say("key"),
    "direct_identifier": say("direct identifier"),
    "quasi_identifier": say("quasi-identifier"),
    "secret": say("secret"),
}

TYPE_NAMES = {
    "integer": say("whole number"),
    "decimal": say("number"),
    "category": say("category"),
    "boolean": say("yes or no"),
    "date": say("date"),
    "time": say("time of day"),
    "datetime": say("date and time"),
    "text": say("text"),
}

PART_NAMES = {
    "train": say("train"),
    "holdout": say("holdout"),
    "reference": say("reference"),
    "synthetic": say("synthetic"),
}

SEVERITY_NAMES = {"alarm": say("alarm"), "warning": say("warning"), "note": say("note"), "good": say("good")}

NO_GUARANTEE = say("No formal privacy guarantee applies; the assurance below is empirical.")

NOT_PROMISED = (
    NO_GUARANTEE,
    say(
        "The synthetic rows were tested against the listed attacks only. An attacker with other knowledge, other "
        "releases of the same population or a better method may learn more."
    ),
    say(
        "That synthetic rows are no closer to training rows than to others proves nothing about privacy: the figure is "
        "shown because readers expect it, and decides nothing."
    ),
    say("Results hold for this file. They say nothing about another file from the same model."),
    say(
        "A high fidelity score says that the measured distributions agree. It does not say that every analysis on "
        "synthetic rows gives the answer that real rows would give."
    ),
)

NOT_MODELLED = (
    say("Attackers who train many copies of the model with and without one person (shadow models)."),
    say("Attackers who hold the model itself, its weights or its training log."),
    say("Attackers who join the file with another release or register of the same people."),
    say("Attackers who may ask the generator for rows under conditions of their choice, or for as many as they like."),
    say("Drift: people who differ from those behind the training rows may be described worse."),
)

METHODS = (
    (
        say("Real side"),
        say(
            "Holdout and reference rows, which no model saw. Training rows are used by the privacy tests and by TRTR "
            "only."
        ),
    ),
    (
        say("Floor and ceiling"),
        say(
            "The floor is the same figure for a table whose columns were drawn independently of each other. The "
            "ceiling is the same figure for unseen real rows in place of synthetic ones: nobody should expect to do "
            "better."
        ),
    ),
    (
        say("Column shapes"),
        say(
            "Numbers and times: 1 minus the Kolmogorov-Smirnov distance. Categories: 1 minus the total variation "
            "distance. The figure of the table is the mean over its columns; 1 means equal distributions."
        ),
    ),
    (
        say("Pair trends"),
        say(
            "Two numbers: 1 minus half the difference of their correlations. Otherwise: 1 minus the total variation "
            "distance of the joint table. The mean is over pairs that hang together in the real rows; the others are "
            "shown, but not counted. 1 means equal."
        ),
    ),
    (
        say("C2ST"),
        say(
            "Classifier two-sample test: AUC of a classifier that is trained to tell synthetic rows from real ones, "
            "judged on rows it did not see. 0.5 means that it cannot, 1 that it always can."
        ),
    ),
    (
        say("TSTR, TRTR"),
        say(
            "A model is trained on synthetic rows (TSTR) or on the real training rows (TRTR) and tested on unseen real "
            "rows. The closer the two, the more useful the synthetic rows are for that task."
        ),
    ),
    (
        say("Copies"),
        say(
            "Synthetic rows that equal a training row which nobody else has, less the same count for rows that were "
            "never used in training, scaled to as many rows: such coincidences happen by chance."
        ),
    ),
    (
        say("Membership attacks"),
        say(
            "Each attack scores every training row (insider) and every holdout row (outsider). AUC 0.5 means that it "
            "does no better than guessing. At each point the grey band holds 95 % of the curves of an attack that "
            "knows nothing, for these numbers of insiders and outsiders, each taken as a person of their own."
        ),
    ),
    (
        say("Small cells"),
        say("Histogram cells of fewer than k real subjects are merged before they reach this report."),
    ),
    (
        say("Intervals"),
        say("95 %. A figure without interval is a plain count or score of these files, with no sampling model."),
    ),
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


def describe(figure: AnyFigure, *, as_percent: bool = False) -> Text:
    """A figure in one line of text, for alternative texts: value, interval and n, or why it is absent."""
    if not isinstance(figure, Figure):
        return say("not assessed ({reason})", reason=figure.not_assessed)
    show = percent if as_percent else number
    value, n = show(figure.value), count(figure.n)
    if figure.ci_low is None or figure.ci_high is None:
        return say("{value}, n = {n}", value=value, n=n)
    low, high = show(figure.ci_low), show(figure.ci_high)
    return say("{value} (95 % interval {low} to {high}), n = {n}", value=value, low=low, high=high, n=n)


def direction(figure: Figure) -> Text:
    """Which way is better, in words."""
    if figure.better == "ideal":
        return say("{ideal:g} is ideal", ideal=figure.ideal)
    if figure.better == "higher":
        return say("higher is better, {ideal:g} is ideal", ideal=figure.ideal)
    return say("lower is better, {ideal:g} is ideal", ideal=figure.ideal)


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
