"""Builds the scorecards that the report's tests render: realistic in shape, hostile in names, free of chance."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import combinations
from math import erf, exp
from typing import Any

from synth.data.columns import Pii, Role
from synth.scoring.gate import TITLES
from synth.scoring.parts import CHECKS
from synth.scoring.scorecard import (
    Attack,
    Check,
    ColumnSet,
    ColumnShape,
    Copies,
    Curve,
    Fidelity,
    Figure,
    Finding,
    Gate,
    GateResult,
    Measured,
    NotAssessed,
    Outcome,
    PairTrend,
    Privacy,
    Risk,
    Roc,
    Scorecard,
    Timing,
    Utility,
)
from synth.scoring.statement import ColumnUse, Statement
from synth.texts import say

HOSTILE = "</script><img src=x onerror=alert(1)>"
HOSTILE_NAME = '"><svg onload=alert(2)>{{7*7}}<!--'
NUMBERS = ("age", "hours_per_week", "capital_gain", "admitted", "arrival", "体重")
CATEGORIES = ("workclass", "marital_status", "occupation", "性別", "native_country", HOSTILE_NAME)
LABELS = {
    "workclass": ("Private", "Self-emp-not-inc", "Local-gov", "State-gov", "Self-emp-inc", "Federal-gov", "(other)"),
    "marital_status": ("Married-civ-spouse", "Never-married", "Divorced", "Widowed", "Separated", HOSTILE),
    "occupation": tuple(f"Occupation {i:02d}" for i in range(17)),
    "性別": ("男", "女", "回答しない"),
    "native_country": ("United-States", "Mexico", "Philippines", "Germany", "other", "(other)"),
    HOSTILE_NAME: ("yes", "no", ""),
}


def figure(value: float, spread: float | None, n: int, better: str = "higher", ideal: float = 1.0) -> Figure:
    """A figure with a symmetrical interval, or none."""
    low, high = (None, None) if spread is None else (value - spread, value + spread)
    return Figure.model_validate(
        {"value": value, "ci_low": low, "ci_high": high, "n": n, "better": better, "ideal": ideal}
    )


def numeric(i: int, name: str) -> ColumnShape:
    """A bell of 20 bins, the last two merged away, with a share of missing values in every second column."""
    start, width = 10.0 * i, 2.5 * (i + 1)
    missing = 0.03 if i % 2 else 0.0
    edges: tuple[str | float, ...] = tuple(start + width * b for b in range(18))
    if name == "admitted":
        edges = tuple((date(2019, 1, 1) + timedelta(days=30 * b)).isoformat() for b in range(18))
    if name == "arrival":
        edges = tuple(time(5 + b).isoformat() for b in range(18))
    real = tuple(exp(-((b - 7 - i / 2) ** 2) / 14) for b in range(18))
    synthetic = tuple(exp(-((b - 7.6 - i / 3) ** 2) / (14 + 2 * i)) for b in range(18))
    tail: tuple[str, ...] = ("(missing)",) if missing else ()
    return ColumnShape(
        column=name,
        kind="numeric",
        score=figure(0.9321 + 0.0101 * i, 0.006, 16281),
        floor=figure(0.98, None, 16281),
        bins=edges + tail,
        real=_shares(real, missing),
        synthetic=_shares(synthetic, missing * 1.3),
    )


def categorical(i: int, name: str) -> ColumnShape:
    """Shares that fall off like 1 / rank, the synthetic ones a little flatter."""
    n = len(LABELS[name])
    return ColumnShape(
        column=name,
        kind="categorical",
        score=figure(0.9412 + 0.0093 * i, 0.004, 16281),
        floor=NotAssessed(not_assessed="floor table had no rows") if i == 5 else figure(0.985, None, 16281),
        bins=LABELS[name],
        real=_shares(tuple(1 / (r + 1) for r in range(n)), 0.0),
        synthetic=_shares(tuple(1 / (r + 1.3) for r in range(n)), 0.0),
    )


def attack(name: str, title: str, lift: float) -> Attack:
    """An attack whose curve is that of two normal scores `lift` standard deviations apart."""
    grid = tuple(10 ** (-3 + k / 20) for k in range(61))
    auc = 0.5 + erf(lift / 2) / 2
    return Attack(
        name=name,
        title=title,
        threat="Holds the synthetic file and one person's full row; wants to know if it was used in training.",
        auc=Measured(
            value=figure(auc, 0.0061, 24420, "ideal", 0.5),
            floor=figure(0.5009, 0.0061, 24420, "ideal", 0.5),
            ceiling=figure(0.4987, 0.0061, 24420, "ideal", 0.5),
        ),
        roc=Roc(fpr=grid, tpr=tuple(min(1.0, x ** (1 / (1 + 3 * lift))) for x in grid)),
        members=32561,
        non_members=8141,
    )


def fidelity() -> Fidelity:
    """Twelve columns and their 66 pairs."""
    columns = [numeric(i, name) for i, name in enumerate(NUMBERS)]
    columns += [categorical(i, name) for i, name in enumerate(CATEGORIES)]
    names = [column.column for column in columns]
    pairs = [
        PairTrend(
            first=a,
            second=b,
            score=1 - 0.37 * ((i * 37) % 66 / 66) ** 3,
            floor=None if i == 5 else 0.81 - 0.002 * i,
            counted=i % 3 > 0,
        )
        for i, (a, b) in enumerate(combinations(names, 2))
    ]
    return Fidelity(
        shapes=Measured(
            value=figure(0.9731, 0.0021, 16281),
            floor=figure(0.9852, None, 16281),
            ceiling=figure(0.9911, 0.0008, 16281),
        ),
        trends=Measured(
            value=figure(0.9513, 0.0032, 16281),
            floor=figure(0.8127, None, 16281),
            ceiling=figure(0.9842, 0.0011, 16281),
        ),
        c2st=Measured(
            value=figure(0.5304, 0.0057, 32562, "ideal", 0.5),
            floor=figure(0.9423, 0.0024, 32562, "ideal", 0.5),
            ceiling=figure(0.5012, 0.0061, 32562, "ideal", 0.5),
        ),
        columns=tuple(columns),
        pairs=tuple(pairs),
    )


def privacy() -> Privacy:
    """Copies a little above chance and two attacks, one of which sees something."""
    nearest = attack("dcr", "Nearest synthetic row", 0.004)
    ratio = attack("density-ratio", "Density ratio, 5th neighbour", 0.03)
    excess = Measured(
        value=figure(0.00043, 0.00021, 32561, "lower", 0.0),
        floor=figure(0.0, None, 32561, "lower", 0.0),
        ceiling=NotAssessed(not_assessed="needs a second holdout of at least 1,000 rows"),
    )
    copies = Copies(
        share=figure(0.00121, 0.0003, 32561, "lower", 0.0),
        control=figure(0.00078, 0.0003, 32561, "lower", 0.0),
        excess=excess,
    )
    return Privacy(copies=copies, attacks=(nearest, ratio), worst_attack=ratio.auc)


def scorecard() -> Scorecard:
    """A full scorecard with hostile names, gaps with reasons and findings of every severity."""
    return Scorecard(
        table="adult census",
        engine="trees",
        rows={"train": 32561, "holdout": 8141, "reference": 8140, "synthetic": 32561},
        k=5,
        fidelity=fidelity(),
        utility=Utility(
            target="income",
            target_guessed=True,
            task="classification",
            metric="auc",
            tstr=Measured(
                value=figure(0.9152, 0.0041, 16281),
                floor=figure(0.5021, 0.0102, 16281),
                ceiling=figure(0.9214, 0.0043, 16281),
            ),
            trtr=figure(0.9271, 0.0037, 16281),
        ),
        privacy=privacy(),
        gate=Gate(
            policy="L1",
            outcome="INSUFFICIENT EVIDENCE",
            findings=(
                Finding(severity="warning", about="power", text="Too few outsiders to see a leak of 1 in 1,000 rows."),
                Finding(severity="note", about="volume", text="Not applicable: only one file was drawn."),
            ),
        ),
        findings=(
            Finding(severity="good", about="utility", text="A model trained on synthetic rows loses 0.012 of AUC."),
            Finding(
                severity="note", about="pairs", text="The association of age and 体重 is weaker than in real rows."
            ),
            Finding(severity="alarm", about="attack", text="One attack tells insiders from outsiders beyond chance."),
            Finding(severity="warning", about="columns", text=f"Column {HOSTILE_NAME} was scored on few rows."),
        ),
        timing=Timing(fit_s=1.52, sample_s=0.12, score_s=41.7, rows_per_s=270_113.0),
        lineage={
            "data": {"digest": "sha256:5f1c" + "9a" * 30, "file": "adult.parquet"},
            "split": {"seed": 0, "holdout": 0.2, "by": None},
            "plan": {"engine": "trees", "k": 5, "config": {"trees": 20, "leaf": 17}},
            "seed": 0,
            "versions": {"synth": "0.1.0", "scikit-learn": "1.7.2"},
            "parents": [],
        },
    )


def gate(letter: str, outcome: Outcome, value: float | None = None, upper: float | None = None) -> GateResult:
    """A gate, as `judge` makes it; those with a value have a limit of 0.6."""
    return GateResult(
        letter=letter,
        title=TITLES[letter],
        outcome=outcome,
        reason=say(
            "{what} has an upper bound of {upper:.3f}; the limit is {limit:g}.", what="AUC", upper=upper, limit=0.6
        )
        if upper is not None
        else say("No more than chance."),
        value=value,
        upper=upper,
        limit=None if value is None else 0.6,
        n=1000,
    )


def check(name: str, *risks: Risk, **more: Any) -> Check:
    """A check with a headline."""
    card = CHECKS[name]
    known = figure(0.5, 0.01, 1000, "lower", 0.0)
    return Check(name=name, title=card.title, threat=card.threat, figure=known, risks=risks, **more)


def reviewed() -> Scorecard:
    """The same with gates, checks, roles and a statement: every section of the report has something to say."""
    card, curve = scorecard(), tuple(i / 20 for i in range(1, 20))
    excess: dict[str, Any] = {"attack": 0.41, "control": 0.38, "value": 0.03, "lower": 0.01, "upper": 0.05, "n": 900}
    checks = (
        check("identifiers", Risk(name="identifier", about=HOSTILE_NAME, attack=0, control=0, n=900)),
        check("metadata_leak"),
        check("holdout", Risk(name="blind_baseline", value=0.503, p_value=0.4, n=900),
              Risk(name="entity_overlap", attack=0, n=32561)),
        check("closer_share", curves=tuple(Curve(name=f"{name}_{side}", x=curve, y=curve)
              for name in ("distance", "distance_ratio") for side in ("train", "unseen"))),
        check("matched_columns", sets=(ColumnSet(columns=("age", HOSTILE), attack=0.02, control=0.01, n=2000),)),
        check("at_risk",
              Risk(name="auc_by_isolation", about=say("tenth {i}", i=1), value=0.52, lower=0.5, upper=0.54, n=90),
              Risk(name="auc_by_group", about=say("{column}: {group}", column="sex", group="f"), value=0.5, lower=0.48,
                   upper=0.52, n=90)),
        check("singling_out", Risk(name="singling_out", about=say("one column"), **excess)),
        check("attribute_inference", Risk(name="inference", about=say("{column} (trees)", column=HOSTILE), **excess),
              Risk(name="inference", about="capital", not_assessed=say("missing in all targets"))),
        check("power", Risk(name="detected", about="0", value=0.0), Risk(name="detected", about="10", value=1.0),
              Risk(name="limit_of_detection", value=10, n=32561)),
    )  # fmt: skip
    gates = tuple(gate(letter, "PASS") for letter in "ABC")
    gates += (
        gate("E", "PASS", 0.52, 0.54),
        gate("F", "FAIL", 0.66, 0.7),
        gate("G", "INSUFFICIENT EVIDENCE", 0.2, 0.61),
    )
    gates += (gate("L", "NOT APPLICABLE"), gate("N", "PASS").model_copy(update={"limit": 90.0}))
    return card.model_copy(
        update={
            "privacy": card.privacy.model_copy(update={"checks": checks}),
            "gate": card.gate.model_copy(update={"outcome": "FAIL", "gates": gates, "version": "1", "level": "L2"}),
            "statement": Statement(recipient="registry <researchers>", purpose="method development"),
            "columns": (
                ColumnUse(column="age", type="integer", role=Role.QUASI_IDENTIFIER, guessed=True),
                ColumnUse(column=HOSTILE_NAME, type="category", role=Role.SECRET, sensitive=True),
                ColumnUse(column="mail", type="text", role=Role.DIRECT_IDENTIFIER, pii=Pii.EMAIL),
            ),
            "digests": {"synthetic.parquet": "ab" * 32},
        }
    )


def gaps(reason: str) -> Scorecard:
    """A scorecard in which nothing could be assessed: one row, one column, no attack."""
    gap = NotAssessed(not_assessed=reason)
    none = Measured(value=gap, floor=gap, ceiling=gap)
    return Scorecard(
        table="one",
        engine="unknown",
        rows={},
        k=5,
        fidelity=Fidelity(
            shapes=none,
            trends=none,
            c2st=none,
            columns=(ColumnShape(column="only", kind="numeric", score=gap, floor=gap),),
            pairs=(),
        ),
        utility=Utility(target=None, target_guessed=False, task=None, metric=None, tstr=none, trtr=gap),
        privacy=Privacy(copies=Copies(share=gap, control=gap, excess=none), attacks=(), worst_attack=none),
        gate=Gate(policy="L1", outcome="INSUFFICIENT EVIDENCE"),
    )


def wide(n: int) -> Scorecard:
    """A scorecard of n numeric columns and all their pairs."""
    base = scorecard()
    columns = tuple(numeric(i % 6, f"column {i:03d}") for i in range(n))
    pairs = tuple(
        PairTrend(first=a.column, second=b.column, score=0.5 + ((i * 7919) % 9973) / 20_000, floor=0.5)
        for i, (a, b) in enumerate(combinations(columns, 2))
    )
    return base.model_copy(update={"fidelity": base.fidelity.model_copy(update={"columns": columns, "pairs": pairs})})


def _shares(weights: tuple[float, ...], missing: float) -> tuple[float, ...]:
    total = sum(weights)
    shares = tuple(weight / total * (1 - missing) for weight in weights)
    return (*shares, missing) if missing else shares
