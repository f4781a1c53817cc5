"""What all membership attacks share: whom they are tried on, and how their scores become a figure.

Members are drawn from train and non-members from the holdout, up to 20,000 each; synthetic rows up to 200,000. Where
rows x columns make that too dear (`WORK`), fewer are drawn, down to 5,000 of each kind before the synthetic rows are
thinned. The sizes used are part of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.scoring.estimates import NotScorableError, auc, roc
from synth.scoring.privacy.neighbours import width
from synth.scoring.privacy.space import Points, points
from synth.scoring.results import AttackResult
from synth.scoring.samples import Samples, draw, entities, scored_columns
from synth.scoring.scorecard import Roc

Floats = NDArray[np.float64]

TARGETS = 20_000
LEAST_TARGETS = 5_000
SYNTHETIC = 200_000
REFERENCE = 200_000
LEAST_ROWS = 30
WORK = 1e12
"""Multiplications that one attack may spend, about 30 s on one core."""

SELECTION = 40
"""Choosing candidates costs as much as so many multiplications per pair (measured)."""


@dataclass(frozen=True)
class World:
    """What an attack may look at: the targets (members first) and the rows that the attacker holds."""

    targets: Points
    synthetic: Points
    reference: Points


def membership(samples: Samples, score: Callable[[World], Floats]) -> AttackResult:
    """Tries an attack; `score` gives each target a number that is higher the more it looks like a member.

    Raises:
        NotScorableError: fewer than 30 members, non-members or synthetic rows, or no scored column.
    """
    counts = {"train": samples.train, "holdout": samples.holdout, "synthetic": samples.synthetic}
    short = [f"{table.num_rows} {name} rows" for name, table in counts.items() if table.num_rows < LEAST_ROWS]
    if short:
        raise NotScorableError(f"needs at least {LEAST_ROWS} rows of each kind, has {' and '.join(short)}")
    if not scored_columns(samples.spec):
        raise NotScorableError("no column is scored: all are keys, identifiers or free text")
    members, others, synthetic, reference = _drawn(samples)
    parts = points([members, others, synthetic, reference], samples.train, samples.spec)
    world = World(_joined(parts[0], parts[1]), parts[2], parts[3])
    inside, outside = np.split(score(world), [len(parts[0])])
    estimate = auc(inside, outside, entities(members, samples.spec), entities(others, samples.spec))
    fpr, tpr = roc(inside, outside)
    n = members.num_rows + others.num_rows
    return AttackResult(
        figure=estimate.figure(n, "lower", 0.5),
        se=estimate.se if np.isfinite(estimate.se) else None,
        entities=estimate.n,
        roc=Roc(fpr=tuple(fpr.tolist()), tpr=tuple(tpr.tolist())) if len(fpr) else None,
        members=members.num_rows,
        non_members=others.num_rows,
        synthetic=synthetic.num_rows,
    )


def _drawn(samples: Samples) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    rng = samples.rng("membership")
    synthetic, reference = draw(samples.synthetic, SYNTHETIC, rng), draw(samples.reference, REFERENCE, rng)
    cost = SELECTION + width(*points([synthetic, reference], samples.train, samples.spec))
    targets = int(np.clip(WORK / cost / (synthetic.num_rows + reference.num_rows) / 2, LEAST_TARGETS, TARGETS))
    members, others = draw(samples.train, targets, rng), draw(samples.holdout, targets, rng)
    affordable = WORK / cost / (members.num_rows + others.num_rows)
    share = min(1.0, affordable / (synthetic.num_rows + reference.num_rows))
    if share < 1:
        synthetic = draw(synthetic, max(LEAST_TARGETS, int(share * synthetic.num_rows)), rng)
        reference = draw(reference, max(LEAST_TARGETS, int(share * reference.num_rows)), rng)
    return members, others, synthetic, reference


def _joined(first: Points, second: Points) -> Points:
    return Points(np.vstack([first.ranks, second.ranks]), np.vstack([first.codes, second.codes]))
