"""Feature matrices for gradient-boosted trees: numbers as they are, categories as codes, missing as NaN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Table
from synth.scoring.columns import MISSING, numbers, shared_codes

Floats = NDArray[np.float64]

ROUNDS = 150
"""Boosting rounds of every judge (design.md section 6)."""

FREQUENT = 254
"""Categories that keep their own code; the rest share one, because the trees take at most 255."""


def matrix(tables: Sequence[pa.Table], spec: Table, names: Sequence[str]) -> tuple[list[Floats], NDArray[np.bool_]]:
    """Feature matrices of several tables in one coding.

    Args:
        tables: one or more tables that hold `names`.
        spec: tells numbers and times from categories.
        names: columns to use, in order.

    Returns:
        one matrix a table, each of shape (rows, len(names)), and which columns are categories, shape (len(names),).
    """
    columns = [_column([table[name] for table in tables], spec.columns[name].type.is_ordered) for name in names]
    nominal = np.array([not spec.columns[name].type.is_ordered for name in names], dtype=bool)
    return [np.column_stack([column[part] for column in columns]) for part in range(len(tables))], nominal


def informative(learn: Floats) -> NDArray[np.bool_]:
    """Which columns of a feature matrix hold any number, shape (columns,); trees cannot bin one that holds none."""
    return np.asarray(~np.isnan(learn).all(axis=0))


def judge_settings(nominal: NDArray[np.bool_], seed: int) -> dict[str, Any]:
    """Settings of the trees that judge: `ROUNDS` rounds, declared categories, scikit-learn's defaults otherwise."""
    return {"max_iter": ROUNDS, "categorical_features": nominal, "random_state": seed % 2**32}


def frequent_codes(codes: Sequence[NDArray[np.int64]], keep: int) -> list[NDArray[np.int64]]:
    """Codes renumbered by falling frequency; from `keep` on all are `keep`. `MISSING` stays."""
    pooled = np.concatenate(list(codes))
    counts = np.bincount(pooled[pooled != MISSING])
    place = np.empty(len(counts) + 1, dtype=np.int64)
    place[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(counts)), keep)
    place[-1] = MISSING
    return [place[part] for part in codes]


def _column(parts: Sequence[pa.ChunkedArray], ordered: bool) -> list[Floats]:
    if ordered:
        return [np.where(np.isfinite(values), values, _beyond(values)) for values in map(numbers, parts)]
    codes = frequent_codes(shared_codes(parts)[0], FREQUENT)
    return [np.where(part == MISSING, np.nan, part.astype(np.float64)) for part in codes]


def _beyond(values: Floats) -> Floats:
    """Infinities as the largest float, which the trees accept; NaN stays."""
    return np.nan_to_num(values, nan=np.nan, posinf=np.finfo(np.float64).max, neginf=np.finfo(np.float64).min)
