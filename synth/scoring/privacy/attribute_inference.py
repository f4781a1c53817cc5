"""Attribute inference: a secret is guessed from all that is known about a person (WP29 05/2014, criterion 3).

Threat model: the attacker holds the synthetic file and every other column of the target's row.
Statistic: the guess of (a) the nearest synthetic row's secret and (b) trees trained on synthetic rows; right where it
is the category, or a number within 5 % of the mean of both sizes (so -5 and 5 differ), or a time within 5 % of the
quartiles' distance. Excess risk over unseen people: what is guessed about both alike is knowledge of the population.
Per secret; for those whose value is not the one that most have, which an overall rate hides; and per value of a secret
that 100 people on either side have.
Interval: delta method by entity.
Cost: per secret a fit on at most 20,000 rows and targets x synthetic rows.
Source: Giomi et al. (2023), https://arxiv.org/abs/2211.10459; the tree model after the same authors' advice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from synth.data.metadata import Column, ColumnType
from synth.scoring.columns import numbers, shared_codes
from synth.scoring.estimates import NotScorableError
from synth.scoring.features import frequent_codes, informative, matrix
from synth.scoring.privacy.matched import Matched, excess_measure, figure_of, matched, placed, rates, secrets_of
from synth.scoring.privacy.neighbours import nearest
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples, scored_columns
from synth.scoring.significance import Floats, excess
from synth.texts import say

TITLE = say("Attribute inference")
THREAT = say("Someone who knows all other columns of a person's row guesses the secret from the synthetic file.")
TARGETS = 5000
LEARN_ROWS = 10_000
TOLERANCE = 0.05
CLASSES = 20
ROUNDS = 50
LEAST_OF_A_VALUE = 100
MOST_SECRETS = 40

Mask = NDArray[np.bool_]


def attribute_inference(samples: Samples) -> CheckResult:
    """Tries both attacks for every secret.

    Raises:
        NotScorableError: too few rows, no secret, or nothing that is known beside it.
    """
    names = scored_columns(samples.spec)
    secrets, declared = secrets_of(samples)
    if len(names) < 2 or not secrets:
        raise NotScorableError("needs a secret and another scored column")
    parts = matched(samples, TARGETS, LEARN_ROWS)
    measures: list[Measure] = []
    for secret in secrets[:MOST_SECRETS]:
        measures += _of_secret(samples, parts, secret, [name for name in names if name != secret], declared)
    measures += [
        Measure(name="inference", about=name, not_assessed=say("only {most} secrets are tried", most=MOST_SECRETS))
        for name in secrets[MOST_SECRETS:]
    ]
    known = [m for m in measures if m.name == "inference" and m.value is not None]
    if not known:
        raise NotScorableError("no secret could be tried")
    return CheckResult(figure=figure_of(max(known, key=lambda m: m.value or 0)), measures=tuple(measures))


def _of_secret(samples: Samples, parts: Matched, secret: str, known: list[str], declared: bool) -> Iterator[Measure]:
    column = samples.spec.columns[secret]
    tables = (parts.synthetic, parts.train, parts.control)
    truth = _truth([table[secret] for table in tables], column)
    held = np.isfinite(truth[0])
    if held.sum() < 2 or np.ptp(truth[0][held]) == 0:
        yield Measure(
            name="inference", about=secret, exhaustive=True, not_assessed=say("constant in the synthetic file")
        )
        return
    guesses = {
        say("{column} (nearest row)", column=secret): _by_nearest(samples, parts, known, truth[0]),
        say("{column} (trees)", column=secret): _by_trees(samples, parts, known, truth[0], column),
    }
    for about, guessed in guesses.items():
        right = [_right(g, t, column, truth[0]) for g, t in zip(guessed, truth[1:], strict=True)]
        yield _measured(about, right, parts, declared)
        if not column.type.is_ordered:
            yield from _by_value(about, right, truth, parts)


def _truth(cells: list[pa.ChunkedArray], column: Column) -> list[Floats]:
    """The secrets as numbers, NaN where missing; categories as codes by falling frequency."""
    if column.type.is_ordered:
        return [np.where(np.isfinite(values), values, np.nan) for values in map(numbers, cells)]
    return [np.where(c < 0, np.nan, c).astype(np.float64) for c in frequent_codes(shared_codes(cells)[0], 10**9)]


def _by_nearest(samples: Samples, parts: Matched, known: list[str], truth: Floats) -> list[Floats]:
    """The secret of the nearest synthetic row, for targets of train and control."""
    train, control, synthetic = placed(parts, samples, known)
    return [truth[nearest(side, synthetic, 1)[1][:, 0]] for side in (train, control)]


def _by_trees(samples: Samples, parts: Matched, known: list[str], truth: Floats, column: Column) -> list[Floats]:
    """What trees that learnt synthetic rows say, for targets of train and control."""
    tables = (parts.synthetic, parts.train, parts.control)
    sides, nominal = matrix(tables, samples.spec, known)
    held = np.isfinite(truth)
    told = informative(sides[0][held])
    if not told.any():
        return [np.full(len(part), np.nan) for part in sides[1:]]
    sides, nominal = [side[:, told] for side in sides], nominal[told]
    settings: dict[str, Any] = {
        "max_iter": ROUNDS, "categorical_features": nominal, "random_state": samples.seed % 2**32,
        "early_stopping": False,
    }  # fmt: skip
    if column.type.is_ordered:
        model = HistGradientBoostingRegressor(loss="absolute_error", **settings).fit(sides[0][held], truth[held])
    else:
        classes = np.minimum(truth[held], CLASSES)
        if len(np.unique(classes)) < 2:
            return [np.full(len(part), classes[0]) for part in sides[1:]]
        model = HistGradientBoostingClassifier(**settings).fit(sides[0][held], classes)
    return [np.asarray(model.predict(part), dtype=np.float64) for part in sides[1:]]


def _right(guess: Floats, truth: Floats, column: Column, synthetic: Floats) -> Floats:
    """1 where the guess is right, 0 where not; a missing secret is nobody's to guess (NaN)."""
    if not column.type.is_ordered:
        right = guess == truth
    elif column.type in {ColumnType.INTEGER, ColumnType.DECIMAL}:
        right = np.abs(guess - truth) <= TOLERANCE * (np.abs(guess) + np.abs(truth)) / 2
    else:
        low, high = np.nanquantile(synthetic, [0.25, 0.75])
        right = np.abs(guess - truth) <= TOLERANCE * (high - low)
    return np.where(np.isnan(truth), np.nan, right * 1.0)


def _measured(about: str, right: list[Floats], parts: Matched, declared: bool) -> Measure:
    keep = [~np.isnan(side) for side in right]
    if min(k.sum() for k in keep) == 0:
        return Measure(name="inference", about=about, exhaustive=True, not_assessed=say("missing in all targets"))
    success, control = (side[k] for side, k in zip(right, keep, strict=True))
    if min(len(success), len(control)) < 2:
        return Measure(name="inference", about=about, exhaustive=not declared, not_assessed=say("too few such people"))
    estimate = excess(success, control, parts.who_train[keep[0]], parts.who_control[keep[1]])
    return excess_measure("inference", about, estimate, rates(success, control), exhaustive=not declared)


def _by_value(about: str, right: list[Floats], truth: list[Floats], parts: Matched) -> Iterator[Measure]:
    """People with another value than most, and people with each such value."""
    values, counts = np.unique(truth[0][~np.isnan(truth[0])], return_counts=True)
    modal = values[counts.argmax()]
    rarer = say("{about}, people with a rarer value", about=about)
    groups = [(rarer, 2, [~np.isnan(t) & (t != modal) for t in truth[1:]])]
    groups += [
        (say("{about}, value {i}", about=about, i=i), LEAST_OF_A_VALUE, [t == value for t in truth[1:]])
        for i, value in enumerate(values, start=1)
        if value != modal
    ]
    for named, least, keep in groups:
        if min(k.sum() for k in keep) < least:
            continue
        success, control = (side[k] for side, k in zip(right, keep, strict=True))
        estimate = excess(success, control, parts.who_train[keep[0]], parts.who_control[keep[1]])
        told = rates(success, control)
        yield excess_measure("inference_of_a_value", named, estimate, told, exhaustive=True)
