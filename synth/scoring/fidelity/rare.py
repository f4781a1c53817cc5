"""Rare categories: does the file have them, and as often as it should?

Statistic: of the categories that at least k real entities, but fewer than 1 % of the real rows have, the share that
appears in the synthetic rows. A file of fewer rows than the real one has fewer of them by chance: see the ceiling.
Interval: delete-a-group jackknife over 10 groups of entities; which categories count as rare is taken as given. Where
all or none appear, and would without any group: Clopper and Pearson's over the categories.
Cost: well under a second for 100,000 rows x 30 columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.data.entities import subjects_per_code
from synth.scoring.columns import shared_codes
from synth.scoring.estimates import NotScorableError
from synth.scoring.fidelity.sides import Sides, figure, ratio, sides_of
from synth.scoring.results import RareResult
from synth.scoring.samples import Samples, scored_columns
from synth.scoring.scorecard import Figure, RareValues

RARE = 0.01

Floats = NDArray[np.float64]


def rare(samples: Samples) -> RareResult:
    """Recall of rare categories; 1 is best.

    Raises:
        NotScorableError: a side has no rows, or no category is rare.
    """
    sides = sides_of(samples, "rare")
    names = [n for n in scored_columns(samples.spec) if not samples.spec.columns[n].type.is_ordered]
    found = [(name, *counted) for name in names if (counted := _counts(sides, name)) is not None]
    if not found:
        raise NotScorableError("no category is held by at least k entities and fewer than 1 % of the real rows")
    columns = [_column(sides, name, real, synthetic) for name, real, synthetic in found]
    recalled = np.concatenate([synthetic > 0 for _, _, synthetic in found], axis=1).mean(axis=1)
    recalled_of = sum(column.values for column in columns)
    columns.sort(key=lambda column: column.recall.value if isinstance(column.recall, Figure) else 2.0)
    return RareResult(figure=figure(recalled, sides.n, trials=recalled_of), columns=tuple(columns))


def _counts(sides: Sides, name: str) -> tuple[Floats, Floats] | None:
    """Rows with each rare category, by side, shape (1 + GROUPS, categories); None where there is none."""
    codes, values = shared_codes(sides.pair(name))
    if not len(values):
        return None
    real, synthetic = sides.counts(codes, len(values))
    chosen = (subjects_per_code(codes[0], sides.who, len(values)) >= sides.k) & (real[0] < RARE * sides.real.num_rows)
    return (real[:, chosen], synthetic[:, chosen]) if chosen.any() else None


def _column(sides: Sides, name: str, real: Floats, synthetic: Floats) -> RareValues:
    wholes = sides.counts([np.zeros(len(g), np.int64) for g in sides.groups], 1)
    shares = [ratio(side.sum(axis=1), whole[:, 0]) for side, whole in zip((real, synthetic), wholes, strict=True)]
    return RareValues(
        column=name,
        values=real.shape[1],
        recall=figure((synthetic > 0).mean(axis=1), sides.n, trials=real.shape[1]),
        real_share=float(shares[0][0]),
        synthetic_share=float(shares[1][0]),
        share=figure(shares[1] - shares[0], sides.n, better="ideal", ideal=0.0, least=-1.0),
    )
