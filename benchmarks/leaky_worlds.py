"""Real tables for `leaky_generators`: which rows the generators see, and which columns others know or want to know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.tables import data_folder
from synth.data.detect import detect
from synth.data.metadata import ColumnType, Metadata, Role, Table
from synth.scoring.samples import entities

ROWS = 5000
"""Most rows of a part."""

STRICTEST_K = 20
"""Of L3: a file that is judged at all levels hides what fewer people share."""

FILES: dict[str, tuple[str, ...]] = {
    "adult": ("adult/train.parquet", "adult/test.parquet"),
    "diabetes130": ("diabetes130/diabetes130.parquet",),
}

ROLES: dict[str, dict[Role, tuple[str, ...]]] = {
    "adult": {
        Role.QUASI_IDENTIFIER: ("age", "sex", "race", "education", "marital-status", "native-country"),
        Role.SECRET: ("income", "capital-gain"),
    },
    "diabetes130": {
        Role.QUASI_IDENTIFIER: ("race", "gender", "age", "payer_code", "time_in_hospital"),
        Role.SECRET: ("readmitted", "diag_1"),
    },
}
"""Whatever is not named here is a feature; keys stay keys."""

DECLARED: dict[str, tuple[str, ...]] = {"adult": (), "diabetes130": ("medical_specialty", "diag_1", "diag_2", "diag_3")}
"""Columns whose categories come from a public list (ICD-9, specialities), with every column of `DOSES`; the whole table
stands in for the list. Hundreds of codes belong to one or two people: undeclared, even unseen real rows fail gate I."""

DOSES = frozenset({"No", "Steady", "Up", "Down"})
"""What the columns of diabetes130 that are named after a medicine may say."""


@dataclass(frozen=True)
class World:
    """A table cut into four parts that share no entity.

    Attributes:
        name: of the table, here and in `metadata`.
        metadata: as it is detected, with the roles declared.
        train: what every generator sees.
        holdout, reference: never seen by any.
        fresh: further unseen rows; the best file there could be.
    """

    name: str
    metadata: Metadata
    train: pa.Table
    holdout: pa.Table
    reference: pa.Table
    fresh: pa.Table

    @property
    def spec(self) -> Table:
        """What the columns mean."""
        return self.metadata.tables[self.name]


def world_of(name: str, rows: int = ROWS, *, declared: bool = True) -> World:
    """Reads a table and cuts it by entity, in the order of PCG64 with seed 0; `declared`: categories too."""
    folder = data_folder()
    whole = pa.concat_tables(pq.read_table(folder / file) for file in FILES[name]).replace_schema_metadata(None)
    metadata = with_roles(detect({name: whole}), name)
    if declared:
        metadata = with_categories(metadata, name, whole)
    parts = cut(whole, metadata.tables[name], rows, 4)
    return World(name, metadata, *parts)


def with_roles(metadata: Metadata, name: str) -> Metadata:
    """Metadata with the roles of `ROLES`."""
    known = {column: role for role, columns in ROLES[name].items() for column in columns}
    table = metadata.tables[name]
    columns = {}
    for column, spec in table.columns.items():
        role = spec.role if spec.role is Role.KEY else known.get(column, Role.FEATURE)
        columns[column] = spec.model_copy(update={"role": role})
    return metadata.model_copy(update={"tables": {name: table.model_copy(update={"columns": columns})}})


def with_categories(metadata: Metadata, name: str, whole: pa.Table) -> Metadata:
    """Metadata with the categories of `DECLARED` and `DOSES`."""
    table = metadata.tables[name]
    columns = dict(table.columns)
    for column, spec in columns.items():
        if spec.type is not ColumnType.CATEGORY:
            continue
        values = sorted(value for value in pc.unique(whole[column]).to_pylist() if value is not None)
        if column in DECLARED[name] or set(values) <= DOSES:
            columns[column] = spec.model_copy(update={"categories": tuple(values)})
    return metadata.model_copy(update={"tables": {name: table.model_copy(update={"columns": columns})}})


def cut(whole: pa.Table, spec: Table, rows: int, parts: int) -> list[pa.Table]:
    """Parts of at most so many rows, disjoint by entity; whatever entity would exceed a part opens the next."""
    who = entities(whole, spec)
    order = np.random.Generator(np.random.PCG64(0)).permutation(int(who.max()) + 1)
    held = np.bincount(who)[order]
    part = np.full(len(order), -1)
    room, at = rows, 0
    for place, count in enumerate(held):
        if count > room:
            at, room = at + 1, rows
        if at == parts:
            break
        part[order[place]], room = at, room - count
    return [whole.filter(pc.equal(pa.array(part[who]), i)) for i in range(parts)]


def without_missing(rows: pa.Table) -> pa.Table:
    """The rows in which nothing is missing."""
    full = pa.array([True] * rows.num_rows)
    for column in rows.columns:
        full = pc.and_(full, pc.is_valid(column))
    return rows.filter(full)
