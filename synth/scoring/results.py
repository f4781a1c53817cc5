"""What the parts of scoring hand back: typed, JSON-able, and complete even where a figure is `NotAssessed`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synth.scoring.scorecard import (
    AnyFigure,
    ColumnSet,
    ColumnShape,
    Curve,
    Group,
    MissingRate,
    Model,
    NotAssessed,
    RareValues,
    Roc,
    Tails,
    TimeTrait,
)
from synth.texts import Said, say


class PartResult(Model):
    """Base: the part's headline figure."""

    figure: AnyFigure


class ShapesResult(PartResult):
    """Mean shape, and each column's; `floor` in `columns` is filled in when the scorecard is put together."""

    columns: tuple[ColumnShape, ...] = ()


class ScoredPair(Model):
    """Score of one pair, and whether it counts in the mean (the columns hang together in the real rows)."""

    first: str
    second: str
    score: float
    counted: bool


class TrendsResult(PartResult):
    """Mean trend over the pairs that count, and every pair's score."""

    pairs: tuple[ScoredPair, ...] = ()


class UtilityResult(PartResult):
    """How well a model trained on one file predicts unseen real rows."""

    target: str | None = None
    target_guessed: bool = False
    task: Literal["classification", "regression"] | None = None
    metric: Literal["auc", "r2"] | None = None


class GroupScore(Model):
    """Score of a model on the unseen rows of a group."""

    column: str
    group: str
    tstr: AnyFigure
    trtr: AnyFigure


class PairedResult(UtilityResult):
    """TRTR (`figure`), how much TSTR is below it on the same rows, and both by subgroup."""

    gap: AnyFigure = NotAssessed(not_assessed=say("there is no TRTR to compare with"))
    groups: tuple[GroupScore, ...] = ()


class GroupsResult(PartResult):
    """The worst group's shape, and every group's."""

    groups: tuple[Group, ...] = ()


class RareResult(PartResult):
    """Recall over all rare categories, and by column."""

    columns: tuple[RareValues, ...] = ()


class TailsResult(PartResult):
    """Mean agreement at the ends, and by column."""

    columns: tuple[Tails, ...] = ()


class MissingResult(PartResult):
    """Agreement of the joint pattern, and of each column's rate."""

    columns: tuple[MissingRate, ...] = ()


class TimeResult(PartResult):
    """Mean agreement over all traits, and each."""

    traits: tuple[TimeTrait, ...] = ()


class Measure(Model):
    """What a gate tests: an estimate with its upper bound, or a p-value; or why there is neither.

    Attributes:
        name: stable, as the policy names it.
        about: what it was measured on, for people: an attack, a column, a value's column; never a value.
        value: the estimate; None for a test.
        se: its standard error.
        upper: one-sided 95 % upper bound.
        n: entities in the smaller class, or attacks made.
        attack, control: the two rates behind an excess.
        p_value: of "no more than chance"; None where the policy's limit is needed for one.
        exhaustive: every attack that can be made was made, so that more evidence cannot be had.
    not_assessed: why there is no number; empty where there is.
    """

    name: str
    about: Said = ""
    value: float | None = None
    se: float | None = None
    upper: float | None = None
    n: int = Field(default=0, ge=0)
    attack: float | None = None
    control: float | None = None
    p_value: float | None = None
    exhaustive: bool = False
    not_assessed: Said = ""


class CheckResult(PartResult):
    """A check of privacy: its headline, all that gates test, and what is drawn beside."""

    measures: tuple[Measure, ...] = ()
    sets: tuple[ColumnSet, ...] = ()
    curves: tuple[Curve, ...] = ()


class AttackResult(PartResult):
    """AUC of a membership attack, with what the gate needs to test it.

    Attributes:
        se: standard error of the AUC.
        entities: entities in the smaller class.
        roc: the curve.
        members, non_members, synthetic: rows used.
    measures: rates, tops and isolated records, for the gate.
    """

    measures: tuple[Measure, ...] = ()
    se: float | None = None
    entities: int = Field(default=0, ge=0)
    roc: Roc | None = None
    members: int = 0
    non_members: int = 0
    synthetic: int = 0


class MembershipResult(PartResult):
    """All membership attacks, by name; `figure` is the worst AUC."""

    attacks: dict[str, AttackResult] = Field(default_factory=dict)


class CopiesResult(PartResult):
    """Excess of verbatim copies (`figure`), its two terms, the p-value of "no more than chance", and unseen rows."""

    share: AnyFigure
    control: AnyFigure
    unseen: int = 0
    p_value: float | None = None


class TwinsResult(PartResult):
    """AUC of in/out twins (`figure`), with what the gate needs to test it.

    Attributes:
        measures: AUC and rates, and the entities that are recognised.
        twins: fits.
        rows: of the pool that were attacked.
        excused: there are no twins for a reason that is not held against the file.
    """

    measures: tuple[Measure, ...] = ()
    twins: int = 0
    rows: int = 0
    excused: bool = False
