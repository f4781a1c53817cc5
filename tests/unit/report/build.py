"""Builds the scorecards that the report's tests render: realistic in shape, hostile in names, free of chance."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import combinations
from math import erf, exp

from synth.scoring.scorecard import (
    Attack,
    ColumnShape,
    Copies,
    Fidelity,
    Figure,
    Finding,
    Gate,
    Measured,
    NotAssessed,
    PairTrend,
    Privacy,
    Roc,
    Scorecard,
    Timing,
    Utility,
)

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
