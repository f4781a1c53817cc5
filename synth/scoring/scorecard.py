"""The scorecard: fidelity, utility and privacy figures, each with interval and sample size, and their context.

A figure is never a bare float and never silently absent: it is `Figure` or `NotAssessed` (design.md section 4).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from synth.scoring.figures import AnyFigure, Figure, Measured, Model, NotAssessed
from synth.scoring.scorecard_fidelity import (
    ColumnShape,
    Fidelity,
    Group,
    MissingRate,
    PairTrend,
    RareValues,
    Tails,
    TimeTrait,
    Utility,
)
from synth.scoring.scorecard_privacy import (
    Attack,
    Check,
    ColumnSet,
    Copies,
    Curve,
    Deep,
    Privacy,
    Risk,
    Roc,
    Twins,
    Volume,
)
from synth.scoring.statement import ColumnUse, Statement
from synth.texts import Said, say

__all__ = [
    "AnyFigure",
    "Attack",
    "Check",
    "ColumnSet",
    "ColumnShape",
    "ColumnUse",
    "Copies",
    "Curve",
    "Deep",
    "Fidelity",
    "Figure",
    "Finding",
    "Gate",
    "GateResult",
    "Group",
    "Measured",
    "MissingRate",
    "Model",
    "NotAssessed",
    "Outcome",
    "PairTrend",
    "Privacy",
    "RareValues",
    "Risk",
    "Roc",
    "RuleOutcome",
    "Scorecard",
    "Statement",
    "Tails",
    "Tier",
    "TimeTrait",
    "Timing",
    "Twins",
    "Utility",
    "Volume",
]

SCORECARD_VERSION: Literal[1] = 1

Tier = Literal["quick", "standard", "deep"]
"""How much is tested."""


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
