"""The space in which attacks measure distance: train quantile ranks and categories.

    distance² = sum over numbers and times of (difference of ranks)² + number of categories that differ

A rank is the share of train values below plus half the share of equal ones, in [0, 1]. A missing number has rank 1/2
and differs from a present one like a category. This equals one-hot categories / sqrt 2 (design.md section 6).
Ranks press the tails together, where isolated people are; with `tails` the rank's normal score / 3.5 takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from synth.data.metadata import Table
from synth.scoring.columns import numbers, shared_codes
from synth.scoring.features import frequent_codes
from synth.scoring.samples import scored_columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """Rows in the space: `ranks` of shape (rows, numbers), `codes` of shape (rows, categories)."""

    ranks: Floats
    codes: Ints

    def __len__(self) -> int:
        return len(self.ranks)


def points(tables: Sequence[pa.Table], train: pa.Table, spec: Table, *, tails: bool = False) -> list[Points]:
    """Places several tables in the space that `train` spans (of tails: whatever rows, best of nobody attacked).

    Codes count from 0 by falling frequency.
    """
    ranks: list[list[Floats]] = []
    codes: list[list[Ints]] = []
    for name in scored_columns(spec):
        columns = [table[name] for table in tables]
        if not spec.columns[name].type.is_ordered:
            coded = shared_codes(columns)[0]
            codes.append(frequent_codes([part + 1 for part in coded], np.iinfo(np.int64).max))
            continue
        values = [numbers(column) for column in columns]
        placed = _ranks(values, numbers(train[name]))
        ranks.append([_normal_scores(part, train.num_rows) for part in placed] if tails else placed)
        absent = [np.isnan(part).astype(np.int64) for part in values]
        if any(part.any() for part in absent):
            codes.append(absent)
    return [
        Points(_stacked([c[i] for c in ranks], table), _stacked([c[i] for c in codes], table, np.int64))
        for i, table in enumerate(tables)
    ]


def _ranks(parts: list[Floats], train: Floats) -> list[Floats]:
    known = np.sort(train[~np.isnan(train)])
    ranks = []
    for values in parts:
        below, upto = (np.searchsorted(known, values, side=side) for side in ("left", "right"))
        ranks.append(np.where(np.isnan(values), 0.5, (below + upto) / (2 * max(len(known), 1))))
    return ranks


TAIL_SCALE = 3.5
"""Normal score of one of a few thousand: it brings the range of a number to that of a category."""


def _normal_scores(ranks: Floats, n: int) -> Floats:
    edge = 0.5 / max(n, 1)
    return np.asarray(stats.norm.ppf(np.clip(ranks, edge, 1 - edge)) / TAIL_SCALE)


def _stacked(columns: list[NDArray], table: pa.Table, dtype: type = np.float64) -> NDArray:  # type: ignore[type-arg]
    return np.column_stack(columns).astype(dtype) if columns else np.zeros((table.num_rows, 0), dtype=dtype)
