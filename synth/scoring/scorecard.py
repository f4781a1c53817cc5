"""The scorecard: fidelity, utility and privacy figures, each with interval and sample size, and their context.

A figure is never a bare float and never silently absent: it is `Figure` or `NotAssessed` (design.md section 4).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

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

    not_assessed: str


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


class Fidelity(Model):
    """How close synthetic rows are to real ones.

    Shapes and trends compare with train, as in sdmetrics and the literature; C2ST with holdout and reference together.
    """

    shapes: Measured
    trends: Measured
    c2st: Measured
    columns: tuple[ColumnShape, ...]
    pairs: tuple[PairTrend, ...]


class Utility(Model):
    """Train on synthetic, test on real (`tstr`), beside train on real (`trtr`); AUC or R2 on unseen real rows."""

    target: str | None
    target_guessed: bool
    task: Literal["classification", "regression"] | None
    metric: Literal["auc", "r2"] | None
    tstr: Measured
    trtr: AnyFigure


class Roc(Model):
    """Points of an attack's ROC curve on a fixed grid of false positive rates (not one point a row)."""

    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


class Risk(Model):
    """One measure of a check: a rate of success, the control's, and the excess; or a count; or why there is none.

    Attributes:
        name: stable.
        about: attack, column or predicate, for people.
        value: the estimate, with upper its one-sided 95 % bound.
        attack, control: the two rates or counts behind it.
        n: entities, or attacks made.
        p_value: of "no more than chance", where it is tested.
        not_assessed: why there is no number.
    """

    name: str
    about: str = ""
    value: float | None = None
    upper: float | None = None
    attack: float | None = None
    control: float | None = None
    n: int = 0
    p_value: float | None = None
    not_assessed: str = ""


class Check(Model):
    """A check of privacy: its headline and all measures."""

    name: str
    title: str
    threat: str
    figure: AnyFigure
    risks: tuple[Risk, ...] = ()


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
    title: str
    threat: str
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
    text: str


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
    title: str
    outcome: Outcome
    reason: str
    about: str = ""
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
    timing: Timing = Timing()
    lineage: dict[str, Any] = Field(default_factory=dict)
