"""The scorecard: fidelity, utility and privacy figures, each with interval and sample size, and their context.

A figure is never a bare float and never silently absent: it is `Figure` or `NotAssessed` (design.md section 4).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synth.scoring.statement import ColumnUse, Statement
from synth.texts import Said, say

SCORECARD_VERSION: Literal[1] = 1

Tier = Literal["quick", "standard", "deep"]
"""How much is tested."""


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


UNRUN = NotAssessed(not_assessed=say("this part was not run"))
UNMEASURED = Measured(value=UNRUN, floor=UNRUN, ceiling=UNRUN)


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


class Roc(Model):
    """Points of an attack's ROC curve on a fixed grid of false positive rates (not one point a row)."""

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


class Risk(Model):
    """One measure of a check: a rate of success, the control's, and the excess; or a count; or why there is none.

    Attributes:
        name: stable.
        about: attack, column or predicate, for people.
        value: the estimate, with lower and upper its one-sided 95 % bounds.
        attack, control: the two rates or counts behind it.
        n: entities, or attacks made.
        p_value: of "no more than chance", where it is tested.
        not_assessed: why there is no number.
    """

    name: str
    about: Said = ""
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    attack: float | None = None
    control: float | None = None
    n: int = 0
    p_value: float | None = None
    not_assessed: Said = ""


class ColumnSet(Model):
    """Columns in which synthetic rows differ from the real row that is nearest to them.

    Attributes:
        columns: names; none where the rows agree in all.
        attack, control: share of synthetic rows whose best match in train, or among unseen rows, is such.
        n: synthetic rows.
    """

    columns: tuple[str, ...]
    attack: float
    control: float
    n: int


class Curve(Model):
    """A curve for people to look at, on a fixed grid of shares.

    Attributes:
        name: stable.
        x: values, rising.
        y: share of rows at or below.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


class Check(Model):
    """A check of privacy: its headline, all measures, and what is drawn beside."""

    name: str
    title: Said
    threat: Said
    figure: AnyFigure
    risks: tuple[Risk, ...] = ()
    sets: tuple[ColumnSet, ...] = ()
    curves: tuple[Curve, ...] = ()


class Attack(Model):
    """A membership attack: AUC of telling train rows from holdout rows.

    Attributes:
        name: stable name in the registry of attacks.
        title: for people.
        threat: what the attacker holds and wants.
        auc: 0.5 means no better than guessing.
        roc: curve on a fixed grid.
        members, non_members: sizes.
    """

    name: str
    title: Said
    threat: Said
    auc: Measured
    roc: Roc | None
    members: int
    non_members: int
    risks: tuple[Risk, ...] = ()


class Copies(Model):
    """Verbatim copies of rows that are unique in train, beside the same count for the control (holdout) rows.

    Attributes:
        share: synthetic rows that equal a unique train row, as a share of synthetic rows.
        control: the same against equally many holdout rows; chance coincidences.
        excess: share - control.
    """

    share: AnyFigure
    control: AnyFigure
    excess: Measured


class Twins(Model):
    """Membership by in/out twins: the engine fitted again on halves of train (docs/privacy-tests.md).

    Attributes:
        title, threat: for people.
        auc: of telling rows that a twin saw from those it did not; 0.5 means no better than guessing.
        twins: fits.
        rows: of train that were attacked.
        risks: AUC and rates, and the entities recognised in all pairs (`attack`) beside chance (`control`).
    """

    title: str
    threat: str
    auc: AnyFigure
    twins: int = 0
    rows: int = 0
    risks: tuple[Risk, ...] = ()


class Volume(Model):
    """The membership attacks and copies when somebody holds so many rows of the generator.

    Attributes:
        rows: held, the file's own among them.
        evaluated: of these that every attack looked at.
        auc: of the worst attack.
        found: worst share of members found at 1 % false alarms; None where it was not measured.
        copies: excess of verbatim copies.
        judged: within the quota, so that the gate looks at it.
    """

    rows: int
    evaluated: int
    auc: AnyFigure
    found: float | None = None
    copies: AnyFigure
    judged: bool = False


class Deep(Model):
    """What the deep tier adds; `quota` is the rows that may ever leave."""

    quota: int | None = None
    twins: Twins | None = None
    volumes: tuple[Volume, ...] = ()


class Privacy(Model):
    """What attackers who hold the synthetic file learn about who was in train."""

    copies: Copies
    attacks: tuple[Attack, ...]
    worst_attack: Measured
    checks: tuple[Check, ...] = ()
    deep: Deep | None = None


class Finding(Model):
    """One plain sentence for a reader who decides."""

    severity: Literal["good", "note", "warning", "alarm"]
    about: str
    text: Said


Outcome = Literal["PASS", "FAIL", "INSUFFICIENT EVIDENCE", "NOT APPLICABLE"]


class GateResult(Model):
    """One gate.

    Attributes:
        letter: A to N, see docs/privacy-tests.md.
        title: for people.
        outcome: of this gate.
        reason: one sentence with names and numbers.
        about: the attack or column that decided.
        value, upper: of the measure that decided, with its one-sided 95 % upper bound; None where it is no estimate.
        limit: of the policy.
        n: entities or attacks behind the measure.
        p_value: of the gate's null hypothesis, where it is tested.
    """

    letter: str
    title: Said
    outcome: Outcome
    reason: Said
    about: Said = ""
    value: float | None = None
    upper: float | None = None
    limit: float | None = None
    n: int = 0
    p_value: float | None = None


class Gate(Model):
    """Outcome under a policy; the worst gate decides and a gap never passes."""

    policy: str
    version: str = ""
    level: str = ""
    outcome: Outcome
    gates: tuple[GateResult, ...] = ()
    findings: tuple[Finding, ...] = ()


class RuleOutcome(Model):
    """A rule of the metadata, and how many rows break it.

    Attributes:
        rule: in words.
        kind: of the rule.
        origin: "declared" by a person, or "found" in the seed rows without exception.
        checked: False where no combination of k subjects makes it concrete, or the file lacks its columns.
        seed_broken: seed rows that break it; None where they are between 1 and k-1, or not checked.
        synthetic_broken: synthetic rows that break it; None where not checked.
        seed_rows, synthetic_rows: how many there are.
    """

    rule: str
    kind: str
    origin: Literal["declared", "found"]
    checked: bool = False
    seed_broken: int | None = None
    seed_rows: int
    synthetic_broken: int | None = None
    synthetic_rows: int


class Timing(Model):
    """Seconds of wall time by stage, of CPU time for the fit; the only part that differs between two equal runs."""

    fit_s: float | None = None
    fit_cpu_s: float | None = None
    sample_s: float | None = None
    score_s: float | None = None
    rows_per_s: float | None = None


class Scorecard(Model):
    """Everything measured about one synthetic table.

    Attributes:
        version: of this schema.
        table: name of the table.
        engine: who made the synthetic rows; "unknown" for files made elsewhere.
        rows: counts by part: train, holdout, reference, synthetic.
        k: cells of fewer subjects are not shown.
        tier: how much was tested.
        rules: of the metadata, with counts.
        columns: of the seed, as the review took them.
        statement: what people said about the release that is asked for.
        digests: SHA-256 of the files that the report is about, by name.
        rule_adherence: share of synthetic rows that break none of the checked rules.
        lineage: data digest, split, plan, seed, versions.
    """

    version: Literal[1] = SCORECARD_VERSION
    table: str
    engine: str
    rows: dict[str, int]
    k: int
    tier: Tier = "standard"
    fidelity: Fidelity
    utility: Utility
    privacy: Privacy
    gate: Gate
    findings: tuple[Finding, ...] = ()
    rules: tuple[RuleOutcome, ...] = ()
    columns: tuple[ColumnUse, ...] = ()
    statement: Statement = Statement()
    digests: dict[str, str] = Field(default_factory=dict)
    rule_adherence: AnyFigure = NotAssessed(not_assessed=say("the check of rules was not run"))
    timing: Timing = Timing()
    lineage: dict[str, Any] = Field(default_factory=dict)
