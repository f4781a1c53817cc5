"""Partial matches: with how many columns, and which, a synthetic row agrees with some real row.

Threat model: none; shows where copies that were changed in a column or two would lie.
Statistic: for synthetic rows, the most columns in which one of equally many train or unseen rows has the very same
values; the sets of columns in which the best match differs, for matches in all but at most two columns. Unseen rows
say what chance gives. Shown, and no gate.
Cost: at most 2,000 synthetic rows x 5,000 real rows of each kind x columns.
Source: own; the idea of unique exact matches in NIST's SDNist, extended to all but a few columns.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from synth.scoring.columns import MISSING, shared_codes
from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.matched import matched
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Ints, Samples, draw, scored_columns
from synth.scoring.scorecard import ColumnSet, Figure
from synth.texts import say

TITLE = say("Partial matches")
THREAT = say("None: shows in which columns synthetic rows agree with real ones, beside what chance gives.")
ROWS = 2_000
REAL_ROWS = 5_000
MOST_SETS = 8
MOST_MISSED = 2
"""Columns in which a match may differ and still be listed."""

STEP = 50


def matched_columns(samples: Samples) -> CheckResult:
    """Compares rows; the headline is the share of synthetic rows that match a train row in all but two columns.

    Raises:
        NotScorableError: too few rows, or a single column.
    """
    names = scored_columns(samples.spec)
    if len(names) < 3:
        raise NotScorableError("needs three scored columns")
    parts = matched(samples, at_most=REAL_ROWS)
    synthetic = draw(parts.synthetic, ROWS, samples.rng("matched columns"))
    tables = (parts.train, parts.control, synthetic)
    codes = [shared_codes([table[name] for table in tables])[0] for name in names]
    train, control, rows = (np.column_stack([column[i] for column in codes]).astype(np.int32) for i in range(3))
    best = [_best(rows, side) for side in (train, control)]
    n = len(rows)
    shares = [float(((~agrees).sum(axis=1) <= MOST_MISSED).mean()) for agrees in best]
    measures = [
        Measure(
            name="columns_matched",
            about=say("at least {m} of {all} columns", m=m, all=len(names)),
            n=n,
            attack=float((best[0].sum(axis=1) >= m).mean()),
            control=float((best[1].sum(axis=1) >= m).mean()),
        )
        for m in range(max(len(names) - 5, 1), len(names) + 1)
    ]
    figure = Figure(value=shares[0] - shares[1], n=n, better="lower", ideal=0.0)
    return CheckResult(figure=figure, measures=tuple(measures), sets=_sets(best, names, samples.k))


def _best(rows: NDArray[np.int32], real: NDArray[np.int32]) -> NDArray[np.bool_]:
    """In which columns each row agrees with the real row that it agrees with most; a missing value agrees with none."""
    out = []
    for start in range(0, len(rows), STEP):
        part = rows[start : start + STEP]
        agree = (part[:, None, :] == real[None, :, :]) & (part != MISSING)[:, None, :]
        chosen = agree.sum(axis=2, dtype=np.int16).argmax(axis=1)
        out.append(agree[np.arange(len(part)), chosen])
    return np.vstack(out)


def _sets(best: list[NDArray[np.bool_]], names: list[str], k: int) -> tuple[ColumnSet, ...]:
    """The most frequent sets of columns in which best matches differ; sets of fewer than k rows are left out."""
    counts = [_missed(agrees) for agrees in best]
    n = len(best[0])
    common = sorted(counts[0] | counts[1], key=lambda missed: (-counts[0][missed], missed))
    listed = [missed for missed in common if counts[0][missed] >= k][:MOST_SETS]
    return tuple(
        ColumnSet(
            columns=tuple(names[j] for j in missed),
            attack=counts[0][missed] / n,
            control=counts[1][missed] / n,
            n=n,
        )
        for missed in listed
    )


def _missed(agrees: NDArray[np.bool_]) -> Counter[tuple[int, ...]]:
    near: Ints = np.flatnonzero((~agrees).sum(axis=1) <= MOST_MISSED)
    return Counter(tuple(np.flatnonzero(~agrees[i]).tolist()) for i in near)
