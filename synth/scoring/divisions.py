"""Groups of people that may be shown: by each quasi-identifier, and by categories and booleans of few values.

At most 12 columns, quasi-identifiers first; of a number that is a quasi-identifier its quarters, whose edges are facts
of single people and are not told. A group has at least max(k, 100) real entities; smaller ones are "(other)" together,
and are not shown where even those are too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.entities import subjects_per_code
from synth.data.metadata import Role, Table
from synth.scoring.columns import MISSING, numbers, shared_codes
from synth.scoring.samples import scored_columns
from synth.texts import say

COLUMNS, VALUES, LEAST = 12, 20, 100
OTHER, ABSENT = say("(other)"), say("(missing)")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Division:
    """A column that divides rows into groups.

    Attributes:
        column: name.
        labels: of the groups.
        codes: group of each row, by table; -1 in none that is shown.
    """

    column: str
    labels: tuple[str, ...]
    codes: tuple[Ints, ...]


def divisions(spec: Table, k: int, who: Ints, tables: Sequence[pa.Table]) -> list[Division]:
    """The columns that divide the rows into at least two groups that may be shown.

    Args:
        spec: the table's metadata.
        k: of the samples.
        who: entity of each row of the first table, by which groups are defined.
        tables: real rows, then any others to divide in the same way.
    """
    names = [n for n in scored_columns(spec) if spec.columns[n].role is Role.QUASI_IDENTIFIER]
    names += [n for n in scored_columns(spec) if n not in names and not spec.columns[n].type.is_ordered]
    found = (_division(n, spec, max(k, LEAST), who, tables) for n in names)
    return [division for division in found if division is not None and len(division.labels) > 1][:COLUMNS]


def _division(name: str, spec: Table, least: int, who: Ints, tables: Sequence[pa.Table]) -> Division | None:
    columns = [table[name] for table in tables]
    if spec.columns[name].type.is_ordered:
        codes, labels = _quarters([numbers(column) for column in columns])
    else:
        codes, values = shared_codes(columns)
        labels = [str(value) for value in values.to_pylist()]
        quasi = spec.columns[name].role is Role.QUASI_IDENTIFIER
        if not quasi and np.count_nonzero(np.bincount(codes[0] + 1, minlength=1)[1:]) > VALUES:
            return None
    size = len(labels)
    codes = [np.where(part == MISSING, size, part) for part in codes]
    large = subjects_per_code(codes[0], who, size + 1) >= least
    kept = np.flatnonzero(large)
    place = np.full(size + 1, len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    shown = [([*labels, ABSENT])[code] for code in kept]
    codes = [place[part] for part in codes]
    if subjects_per_code(codes[0], who, len(kept) + 1)[-1] >= least:
        return Division(name, (*shown, OTHER), tuple(codes))
    return Division(name, tuple(shown), tuple(np.where(part == len(kept), -1, part) for part in codes))


def _quarters(sides: list[Floats]) -> tuple[list[Ints], list[str]]:
    held = sides[0][~np.isnan(sides[0])]
    if not len(held):
        return [np.full(len(side), MISSING, dtype=np.int64) for side in sides], []
    edges = np.quantile(held, [0.25, 0.5, 0.75], method="higher")
    codes = [np.where(np.isnan(side), MISSING, np.searchsorted(edges, side, side="right")) for side in sides]
    return codes, [say("quarter {i}", i=i + 1) for i in range(4)]
