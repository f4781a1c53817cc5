"""What is learnt of a column that identifies: forms, shares and counts that at least k subjects stand behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import Pii, is_text
from synth.data.metadata import Role, Table
from synth.data.rules import UniqueRule
from synth.data.standins.patterns import learn_forms, learn_integers

BLOCK = 4096
"""Rows that share a sequence of entities; entities never straddle blocks."""

_DIGITS = {Pii.PHONE, Pii.CARD_NUMBER, Pii.NATIONAL_ID, Pii.CN_RESIDENT_ID}
_WIDE = {pa.int64(), pa.uint64()}
"""Integers that hold the numbers of `_DIGITS`."""


def learn_column(
    name: str, cells: pa.ChunkedArray, spec: Table, entities: npt.NDArray[np.int64], k: int
) -> dict[str, Any]:
    """What a column's stand-ins need: see `Standins.columns`."""
    column, kind = spec.columns[name], cells.type
    present = cells.is_valid().to_numpy()
    n_missing, n_present = len(np.unique(entities[~present])), len(np.unique(entities[present]))
    unique = _is_unique(name, spec)
    found: dict[str, Any] = {
        "arrow": str(kind),
        "unique": unique,
        "missing": float(1 - present.mean()) if min(n_missing, n_present) >= k and not unique else 0.0,
        "distinct": 0,
    }
    if not unique and name not in spec.entity_key and column.pii is None:
        found["distinct"] = max(pc.count_distinct(cells).as_py(), 1)
    if n_present < k:
        return found | ({"kind": "names", "name": name} if is_text(kind) else {"kind": "serial" if unique else "none"})
    if column.pii is not None and (is_text(kind) or (kind in _WIDE and column.pii in _DIGITS)):
        return found | {"kind": "pii", "pii": column.pii.value}
    values, subjects = cells.drop_null(), entities[present]
    if is_text(kind):
        forms = learn_forms(values.to_pylist(), subjects, k)
        return found | ({"kind": "forms", "forms": forms} if forms else {"kind": "names", "name": name})
    if pat.is_integer(kind):
        return found | learn_integers(values.to_numpy(), subjects, k)
    if pat.is_date(kind) or pat.is_timestamp(kind):
        return found | {"kind": "moments"} | _moments(values, kind, subjects, k)
    return found | {"kind": "serial" if pat.is_floating(kind) or pat.is_decimal(kind) else "none"}


def _moments(values: pa.ChunkedArray, kind: pa.DataType, subjects: npt.NDArray[np.int64], k: int) -> dict[str, int]:
    """Regular moments from the first of January of a usual year on, at the usual distance."""
    ticks = np.sort(values.cast(pa.int32() if pat.is_date32(kind) else pa.int64()).to_numpy().astype(np.int64))
    step = int(np.median(np.diff(ticks))) if len(ticks) > 1 else 1
    year = _usual_year(pc.year(values.cast(pa.date32(), safe=False)).to_numpy(), subjects, k)
    first = pa.scalar(datetime(year, 1, 1)).cast(pa.timestamp("us"))
    if pat.is_timestamp(kind):
        return {"start": int(first.cast(pa.timestamp(kind.unit), safe=False).value), "step": max(step, 1)}
    day = 1 if pat.is_date32(kind) else 86_400_000
    return {"start": first.cast(pa.date32()).value * day, "step": max(step, day)}


def _usual_year(years: npt.NDArray[np.int64], subjects: npt.NDArray[np.int64], k: int) -> int:
    """The year nearest to the median that at least k subjects have, or 2000."""
    pairs = np.unique(np.stack([years, subjects]), axis=1)
    found, counts = np.unique(pairs[0], return_counts=True)
    shared = found[counts >= k]
    return int(shared[np.argmin(np.abs(shared - np.median(years)))]) if len(shared) else 2000


def _is_unique(name: str, spec: Table) -> bool:
    """Whether no two rows may share a value: told so, or the one of a primary key's columns that makes it unique."""
    if _is_unique_alone(name, spec):
        return True
    keys = [n for n in spec.primary_key if spec.columns[n].role is Role.KEY and n not in spec.entity_key]
    return keys[-1:] == [name] and not any(_is_unique_alone(n, spec) for n in spec.primary_key)


def _is_unique_alone(name: str, spec: Table) -> bool:
    rules = (rule for rule in spec.rules if isinstance(rule, UniqueRule) and not rule.within)
    return spec.primary_key == (name,) or any(rule.columns == (name,) for rule in rules)


def learn_runs(spec: Table, entities: npt.NDArray[np.int64], k: int) -> tuple[tuple[int, float], ...]:
    """Rows per entity: neighbouring counts are pooled until each stands for k entities, at their mean."""
    if not spec.entity_key or len(entities) == 0 or spec.primary_key == spec.entity_key:
        return ()
    counts = np.sort(np.bincount(entities))
    counts = counts[counts > 0]
    if len(counts) < k or counts[-1] == 1:
        return ()
    runs, start = [], 0
    while start < len(counts):
        stop = int(np.searchsorted(counts, counts[min(start + k, len(counts)) - 1], side="right"))
        if len(counts) - stop < k:
            stop = len(counts)
        runs.append((max(round(float(counts[start:stop].mean())), 1), (stop - start) / len(counts)))
        start = stop
    return tuple((min(rows, BLOCK), share) for rows, share in runs)
