"""What the parts of scoring hand back: typed, JSON-able, and complete even where a figure is `NotAssessed`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from synth.scoring.scorecard import AnyFigure, ColumnShape, Model, Roc


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


class AttackResult(PartResult):
    """AUC of a membership attack, with what the gate needs to test it.

    Attributes:
        se: standard error of the AUC.
        entities: entities in the smaller class.
        roc: the curve.
        members, non_members, synthetic: rows used.
    """

    se: float | None = None
    entities: int = Field(default=0, ge=0)
    roc: Roc | None = None
    members: int = 0
    non_members: int = 0
    synthetic: int = 0


class CopiesResult(PartResult):
    """Excess of verbatim copies (`figure`), its two terms, and the p-value of "no more than chance"."""

    share: AnyFigure
    control: AnyFigure
    p_value: float | None = None
