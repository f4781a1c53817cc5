"""Equally many train rows and unseen rows: what attacks with a control group are tried on."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from synth.data.metadata import Role
from synth.scoring.estimates import Estimate, NotScorableError
from synth.scoring.privacy.space import Points, points
from synth.scoring.results import Measure
from synth.scoring.samples import Ints, Samples, draw, entities, scored_columns
from synth.scoring.scorecard import Figure
from synth.scoring.significance import Floats, upper
from synth.texts import say

LEAST_ROWS = 30
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Matched:
    """Rows of train and of nobody in train, equally many, and the synthetic rows that the attacker holds.

    Attributes:
        train, control, synthetic: rows.
        who_train, who_control: entity of each.
    """

    train: pa.Table
    control: pa.Table
    synthetic: pa.Table
    who_train: Ints
    who_control: Ints


def matched(samples: Samples, at_most: int = MOST_ROWS, synthetic: int = MOST_ROWS) -> Matched:
    """Draws them; holdout and reference together are the control.

    Raises:
        NotScorableError: fewer than 30 rows of a kind, or no scored column.
    """
    n = min(samples.train.num_rows, samples.unseen.num_rows, at_most)
    if min(n, samples.synthetic.num_rows) < LEAST_ROWS:
        raise NotScorableError("needs at least {least} train, unseen and synthetic rows", least=LEAST_ROWS)
    if not scored_columns(samples.spec):
        raise NotScorableError("no column is scored: all are keys, identifiers or free text")
    rng = samples.rng("matched")
    train, control = draw(samples.train, n, rng), draw(samples.unseen, n, rng)
    who = (entities(train, samples.spec), entities(control, samples.spec))
    return Matched(train, control, draw(samples.synthetic, synthetic, rng), *who)


def secrets_of(samples: Samples) -> tuple[list[str], bool]:
    """Columns whose cells an attacker wants, and whether somebody classified them.

    Where no column has the role secret, every scored column that is no quasi-identifier counts as one.
    """
    names = scored_columns(samples.spec)
    declared = [name for name in names if samples.spec.columns[name].role is Role.SECRET]
    if declared:
        return declared, True
    return [name for name in names if samples.spec.columns[name].role is not Role.QUASI_IDENTIFIER], False


def excess_measure(
    name: str, about: str, estimate: Estimate, rates: tuple[float, float], *, exhaustive: bool = False
) -> Measure:
    """The measure of a risk beyond the control's."""
    known = estimate.se < float("inf")
    return Measure(
        name=name,
        about=about,
        value=estimate.value if known else None,
        se=estimate.se if known else None,
        upper=min(upper(estimate), 1.0) if known else 1.0,
        n=estimate.n,
        attack=rates[0],
        control=rates[1],
        exhaustive=exhaustive,
        not_assessed="" if known else say("the control succeeds always, or too few entities were attacked"),
    )


def rates(success: Floats, control: Floats) -> tuple[float, float]:
    """Both success rates."""
    return float(success.mean()), float(control.mean())


def figure_of(measure: Measure) -> Figure:
    """The headline of an excess risk."""
    value, se = measure.value or 0.0, measure.se or 0.0
    reach = 1.96 * se
    return Figure(
        value=value, ci_low=max(value - reach, -1.0), ci_high=min(value + reach, 1.0), n=measure.n, better="lower",
        ideal=0.0,
    )  # fmt: skip


def placed(parts: Matched, samples: Samples, names: list[str]) -> tuple[Points, Points, Points]:
    """Train, control and synthetic rows in the attackers' space, by some columns alone."""
    spec = samples.spec.model_copy(
        update={"columns": {name: samples.spec.columns[name] for name in names}, "entity_key": (), "primary_key": ()}
    )
    train, control, synthetic = points([parts.train, parts.control, parts.synthetic], samples.train, spec)
    return train, control, synthetic
