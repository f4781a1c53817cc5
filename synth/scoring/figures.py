"""A number with its uncertainty, or the reason why there is none: what every scorecard is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from synth.texts import Said, say


class Model(BaseModel):
    """Strict base: unknown fields are errors, instances are immutable, no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Figure(Model):
    """A number with its uncertainty.

    Attributes:
        value: the estimate.
        ci_low, ci_high: 95 % interval, or None where the statistic is exact for these files (no sampling model).
        n: how many rows or entities it rests on.
        better: which way is better; "ideal" where both sides of `ideal` are worse.
        ideal: value of a perfect synthetic dataset.
    """

    value: float
    ci_low: float | None = None
    ci_high: float | None = None
    n: int = Field(ge=0)
    better: Literal["higher", "lower", "ideal"]
    ideal: float


class NotAssessed(Model):
    """Why a figure could not be computed; never counts as good."""

    not_assessed: Said


AnyFigure = Figure | NotAssessed


class Measured(Model):
    """A figure beside its floor (independent columns) and its ceiling (unseen real rows in place of synthetic ones)."""

    value: AnyFigure
    floor: AnyFigure
    ceiling: AnyFigure


UNRUN = NotAssessed(not_assessed=say("this part was not run"))
UNMEASURED = Measured(value=UNRUN, floor=UNRUN, ceiling=UNRUN)
