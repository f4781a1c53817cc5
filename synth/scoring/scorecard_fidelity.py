"""The scorecard's figures of fidelity and utility."""

from __future__ import annotations

from typing import Literal

from synth.scoring.figures import UNMEASURED, UNRUN, AnyFigure, Measured, Model
from synth.texts import Said


class ColumnShape(Model):
    """Marginal agreement of one column and the two histograms behind its plot.

    Attributes:
        column: name.
        kind: "numeric" (KS complement) or "categorical" (TV complement).
        score: 1 is equal distributions.
        floor: the same for independent columns.
        bins: labels or left edges; bins that hold 1 to k-1 real subjects are merged into a neighbour or into "other".
        real, synthetic: shares per bin, each sums to 1.
    """

    column: str
    kind: Literal["numeric", "categorical"]
    score: AnyFigure
    floor: AnyFigure
    bins: tuple[str | float, ...] = ()
    real: tuple[float, ...] = ()
    synthetic: tuple[float, ...] = ()


class PairTrend(Model):
    """Agreement of the association of two columns; 1 is equal.

    Attributes:
        first, second: column names.
        score: of the synthetic rows.
        floor: the same for independent columns; None where it could not be computed.
        counted: the columns hang together in the real rows, so that the pair counts in the mean.
    """

    first: str
    second: str
    score: float
    floor: float | None
    counted: bool = True


class Group(Model):
    """A subgroup of at least max(k, 100) real entities: is the file as good for them as for all?

    Attributes:
        column: that divides the rows.
        group: its value; of a number "quarter 1" (lowest) to "quarter 4"; "(other)" are the small groups together.
        entities: real ones in the group.
        real_share, synthetic_share: of all rows.
        share: synthetic less real share, 0 is ideal.
        shape: mean shape of the other columns within the group; 1 is best.
        ceiling: the same of unseen real rows, which are fewer; small samples score lower.
        tstr, trtr: score of the two models on the group's unseen rows.
    """

    column: str
    group: Said
    entities: int
    real_share: float
    synthetic_share: float
    share: AnyFigure
    shape: AnyFigure
    ceiling: AnyFigure = UNRUN
    tstr: AnyFigure = UNRUN
    trtr: AnyFigure = UNRUN


class RareValues(Model):
    """Categories of a column that at least k entities, but fewer than 1 % of the real rows have.

    Attributes:
        column: name.
        values: how many such categories there are.
        recall: share of them that the synthetic rows have; 1 is best.
        real_share, synthetic_share: of rows that have any of them.
        share: synthetic less real share, 0 is ideal.
    """

    column: str
    values: int
    recall: AnyFigure
    real_share: float
    synthetic_share: float
    share: AnyFigure


class Tails(Model):
    """The two ends of a number or time.

    Attributes:
        column: name.
        below, above: share of synthetic values beyond the real 1 % and 99 % quantile; ideal is the real share.
        low_error, high_error: synthetic less real quantile, as a share of the distance between the two real ones,
            rounded to whole percents, so that no real cell can be computed from it.
        score: mean over both ends of the smaller by the larger share; 1 is best.
    """

    column: str
    below: AnyFigure
    above: AnyFigure
    low_error: AnyFigure
    high_error: AnyFigure
    score: AnyFigure


class MissingRate(Model):
    """Shares of missing cells; real and synthetic are None where 1 to k-1 real entities lack (or have) a value."""

    column: str
    real: float | None
    synthetic: float | None
    difference: AnyFigure


class TimeTrait(Model):
    """What holds from row to row of a sequence.

    Attributes:
        about: a column (lag-1 autocorrelation within sequences), or "sequence length", or "time step".
        kind: "autocorrelation" (score 1 - |difference| / 2) or "distribution" (KS complement).
        real, synthetic: the autocorrelations.
        score: 1 is best.
    """

    about: str
    kind: Literal["autocorrelation", "distribution"]
    real: float | None = None
    synthetic: float | None = None
    score: AnyFigure


class Fidelity(Model):
    """How close synthetic rows are to real ones.

    Shapes and trends compare with train, as in sdmetrics and the literature; C2ST with holdout and reference together.

    Attributes:
        shapes, trends, c2st: headlines.
        columns, pairs: behind shapes and trends.
        worst_group: lowest mean shape of a subgroup; `groups` has all, worst first.
        rare: share of rare categories that the file has; `rare_columns` by column, worst first.
        tails: agreement of the shares at both ends of numbers; `tail_columns` by column, worst first.
        missing: agreement of the joint pattern of missing cells; `missing_columns` by column, worst first.
        time: agreement from row to row, where the metadata names sequences; `time_traits` worst first.
    """

    shapes: Measured
    trends: Measured
    c2st: Measured
    columns: tuple[ColumnShape, ...]
    pairs: tuple[PairTrend, ...]
    worst_group: Measured = UNMEASURED
    groups: tuple[Group, ...] = ()
    rare: Measured = UNMEASURED
    rare_columns: tuple[RareValues, ...] = ()
    tails: Measured = UNMEASURED
    tail_columns: tuple[Tails, ...] = ()
    missing: Measured = UNMEASURED
    missing_columns: tuple[MissingRate, ...] = ()
    time: Measured = UNMEASURED
    time_traits: tuple[TimeTrait, ...] = ()


class Utility(Model):
    """Train on synthetic, test on real (`tstr`), beside train on real (`trtr`); AUC or R2 on unseen real rows.

    `gap` is trtr - tstr on the same rows, with a paired interval; 0 is ideal, lower is better.
    """

    target: str | None
    target_guessed: bool
    task: Literal["classification", "regression"] | None
    metric: Literal["auc", "r2"] | None
    tstr: Measured
    trtr: AnyFigure
    gap: AnyFigure = UNRUN
