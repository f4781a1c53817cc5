"""Combinations that train rows show, as concrete rules: only those that at least k subjects share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synth.data.metadata import Rule
from synth.data.rules import CombinationsRule


def resolve_observed(
    rules: Sequence[Rule], train: pa.Table, entities: npt.NDArray[np.int64], k: int
) -> tuple[tuple[Rule, ...], tuple[int, ...]]:
    """Replaces "observed" by the combinations of at least k subjects; missing cells are `None`.

    Returns:
        The rules in their order, and the places of those without any such combination, which are left out.
    """
    resolved = [_resolved(rule, train, entities, k) for rule in rules]
    kept = tuple(rule for rule in resolved if rule is not None)
    return kept, tuple(i for i, rule in enumerate(resolved) if rule is None)


def _resolved(rule: Rule, train: pa.Table, entities: npt.NDArray[np.int64], k: int) -> Rule | None:
    if not isinstance(rule, CombinationsRule) or rule.allowed != "observed":
        return rule
    names = list(rule.columns)
    distinct = train.select(names).append_column("\0entity", pa.array(entities)).group_by([*names, "\0entity"])
    counts = distinct.aggregate([]).group_by(names).aggregate([([], "count_all")])
    held = counts.filter(pa.array(counts["count_all"].to_numpy() >= k)).select(names)
    rows = [tuple(map(_plain, row.values())) for row in held.to_pylist()]
    rows.sort(key=lambda row: [(value is None, str(value)) for value in row])
    return rule.model_copy(update={"allowed": tuple(rows)}) if rows else None


def _plain(value: Any) -> Any:
    """A cell as metadata write it: dates and times as ISO text, decimals as numbers."""
    if isinstance(value, date | time):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
