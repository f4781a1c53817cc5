"""Guesses the metadata of tables; every guess carries its reason, so that a person can confirm or mend it.

No bound and no category is taken from the data: metadata holds those that a person declares (design.md 5.6, gate I).
Numbers 0 and 1 stay integers: as numbers they carry the same information, and their physical type comes back. Whole
numbers that a file holds as floats stay decimals, on a grid of 1. Text is a category unless most values are unique.
ISO dates and times that a file holds as text become dates and times, also in what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.grid import step_of
from synth.data.infer import typed_time
from synth.data.keys import Seen, mark_entity, mark_primary
from synth.data.metadata import Column, ColumnType, Guess, Metadata, Role, Table
from synth.data.metadata_faults import is_zone

_MIN_TEXT_VALUES = 20


def detect(tables: Mapping[str, pa.Table], *, name: str = "") -> Metadata:
    """Guesses types, physical types, missingness, grids, primary keys and entity keys.

    An entity key is set where a column's name says so and its values repeat; a wrong one only makes splits coarser, a
    missing one lets an entity stand on both sides.

    Args:
        tables: as `read_tables` gives them.
        name: of the seed dataset.
    """
    return Metadata(name=name, tables={table_name: _table(rows) for table_name, rows in tables.items()})


def _table(rows: pa.Table) -> Table:
    seen = [_seen(name, rows.column(i)) for i, name in enumerate(rows.column_names)]
    primary = mark_primary(seen)
    entity = mark_entity(seen, primary)
    return Table(
        columns={column.name: _column(column) for column in seen},
        primary_key=() if primary is None else (primary.name,),
        entity_key=() if entity is None else (entity.name,),
    )


def _seen(name: str, cells: pa.ChunkedArray) -> Seen:
    if is_text(cells.type):
        return _seen_text(name, cells)
    if pat.is_null(cells.type) or cells.null_count == len(cells):
        type_ = ColumnType.CATEGORY if pat.is_null(cells.type) else _physical_type(cells.type)
        return Seen(name, cells, type_, {"type": "all cells are missing"})
    return Seen(name, cells, _physical_type(cells.type))


def _seen_text(name: str, cells: pa.ChunkedArray) -> Seen:
    times = typed_time(cells) if cells.null_count < len(cells) else None
    if times is not None:
        return Seen(name, times, _physical_type(times.type), {"type": "every cell is text in an ISO 8601 form"})
    seen = Seen(name, cells, ColumnType.CATEGORY)
    if seen.n_distinct >= _MIN_TEXT_VALUES and seen.n_distinct > seen.n_cells / 2:
        seen.type = ColumnType.TEXT
    seen.reasons["type"] = f"{seen.n_distinct} different values in {seen.n_cells} cells"
    return seen


def _physical_type(kind: pa.DataType) -> ColumnType:
    if pat.is_integer(kind) or (pat.is_decimal(kind) and kind.scale == 0):
        return ColumnType.INTEGER
    tests = {
        ColumnType.DECIMAL: lambda kind: pat.is_floating(kind) or pat.is_decimal(kind),
        ColumnType.BOOLEAN: pat.is_boolean,
        ColumnType.DATE: pat.is_date,
        ColumnType.TIME: pat.is_time,
        ColumnType.DATETIME: pat.is_timestamp,
    }
    return next(type_ for type_, test in tests.items() if test(kind))


def _column(seen: Seen) -> Column:
    kind = seen.cells.type
    zone = kind.tz if pat.is_timestamp(kind) and kind.tz and is_zone(kind.tz) else ""
    fields: dict[str, Any] = {"type": seen.type, "arrow": str(kind), "timezone": zone, "role": seen.role}
    if seen.cells.null_count == 0:
        fields["nullable"] = False
        seen.reasons["nullable"] = "no cell is missing"
    step = step_of(seen.cells) if seen.type.is_ordered and seen.role is Role.FEATURE else None
    if step is not None:
        fields["step"] = step
        seen.reasons["step"] = "every value is a multiple of it"
    return Column(**fields, guessed={field: Guess(reason=why, confidence=0.9) for field, why in seen.reasons.items()})
