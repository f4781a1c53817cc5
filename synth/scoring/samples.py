"""The rows that a scorecard is made from, and the two stand-ins that give its figures a scale.

Three subjects are scored in the same way: the synthetic file, the *floor* (independent columns) and the *ceiling*
(unseen real rows in place of synthetic ones). A subject is a `Samples` whose `synthetic` was replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.entities import entity_codes
from synth.data.metadata import ColumnType, Table
from synth.errors import Fault, raise_all

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Samples:
    """The parts of one table, disjoint by entity, and the synthetic rows to judge.

    Attributes:
        train: rows that the model saw; members in attacks. May have no rows: then nothing is said about privacy.
        holdout: rows that the model never saw; non-members in attacks.
        reference: further unseen rows, which an attacker may hold; may have no rows.
        synthetic: the rows to judge.
        spec: what the columns mean.
        k: cells of fewer subjects are not shown.
        seed: of every random choice in scoring.
        threads: CPU threads that scoring may use; does not change a result.

    Raises:
        InvalidInputError: a part lacks a column that it needs; all such faults together.
    """

    train: pa.Table
    holdout: pa.Table
    reference: pa.Table
    synthetic: pa.Table
    spec: Table
    k: int
    seed: int
    threads: int = 1

    def __post_init__(self) -> None:
        needed = {"synthetic": scored_columns(self.spec)}
        for part in ("train", "holdout", "reference"):
            needed[part] = [*needed["synthetic"], *self.spec.entity_key]
        raise_all([fault for part, names in needed.items() for fault in _missing(part, getattr(self, part), names)])

    @cached_property
    def unseen(self) -> pa.Table:
        """Holdout and reference rows together, scored and key columns only: what C2ST and utility judge against."""
        names = [*scored_columns(self.spec), *self.spec.entity_key]
        parts = [part.select(names) for part in (self.holdout, self.reference) if part.num_rows]
        return pa.concat_tables(parts or [self.holdout.select(names)], promote_options="permissive")

    @cached_property
    def unseen_all(self) -> pa.Table:
        """The same rows with all columns that both parts have, identifying ones too."""
        names = [name for name in self.holdout.column_names if name in self.reference.column_names]
        parts = [part.select(names) for part in (self.holdout, self.reference) if part.num_rows]
        return pa.concat_tables(parts or [self.holdout.select(names)], promote_options="permissive")

    @cached_property
    def compared(self) -> pa.Table:
        """What shapes and trends are compared with: train, as in sdmetrics and the literature; unseen rows without it.

        A copier scores full marks here, and so it should: these figures say how well the file describes the data that
        it was made from. C2ST, utility and the attacks judge with rows that no model saw.
        """
        return self.train.select(self.unseen.column_names) if self.train.num_rows else self.unseen

    def rng(self, purpose: str) -> np.random.Generator:
        """The random generator of one purpose; independent of the order in which parts run."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence((self.seed, crc32(purpose.encode())))))


def scored_columns(spec: Table) -> list[str]:
    """Columns that are compared, in order: all but those that identify and free text.

    Left out are the roles key and direct identifier, the entity, primary and sequence keys, and the type text: equal
    values there are either forbidden or without meaning, and their distances say nothing.
    """
    keys = spec.identifying | set(spec.sequence_key)
    return [name for name, column in spec.columns.items() if name not in keys and column.type is not ColumnType.TEXT]


def ordered_columns(spec: Table) -> list[str]:
    """Scored columns whose values have a distance: numbers and times."""
    return [name for name in scored_columns(spec) if spec.columns[name].type.is_ordered]


def entities(table: pa.Table, spec: Table) -> Ints:
    """Shape (rows,): number of the entity that each row belongs to; every row its own where there is no entity key.

    Synthetic rows may lack the key column: then each row is its own, too.
    """
    if not set(spec.entity_key) <= set(table.column_names):
        return np.arange(table.num_rows, dtype=np.int64)
    return entity_codes(table, spec)


def draw(table: pa.Table, at_most: int, rng: np.random.Generator) -> pa.Table:
    """At most so many rows, drawn without replacement and kept in order."""
    return table if table.num_rows <= at_most else table.take(pa.array(draw_places(table.num_rows, at_most, rng)))


def draw_places(n_rows: int, at_most: int, rng: np.random.Generator) -> Ints:
    """Which rows `draw` takes."""
    if n_rows <= at_most:
        return np.arange(n_rows, dtype=np.int64)
    return np.sort(rng.choice(n_rows, at_most, replace=False)).astype(np.int64)


def ceiling_of(samples: Samples) -> Samples:
    """A seeded half of the holdout, by entity, stands in as synthetic rows; the other half stays holdout."""
    who = entities(samples.holdout, samples.spec)
    order = samples.rng("ceiling").permutation(int(who.max()) + 1 if len(who) else 0)
    stands_in = np.isin(who, order[: len(order) // 2])
    return replace(
        samples,
        synthetic=samples.holdout.filter(pa.array(stands_in)),
        holdout=samples.holdout.filter(pa.array(~stands_in)),
    )


def _missing(part: str, table: pa.Table, names: list[str]) -> list[Fault]:
    return [
        Fault(
            code="column-missing",
            rule="every part must hold the scored columns, and real rows their entity key",
            fact=f"the {part} rows lack {name!r}",
            remedy="add the column, or take it out of the metadata",
            where=f"{part}.{name}",
        )
        for name in names
        if name not in table.column_names
    ]
