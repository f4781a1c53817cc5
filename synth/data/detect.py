"""Guesses the metadata of tables; every guess carries its reason and how sure it is, so that a person can mend it.

No bound and no category is taken from the data: metadata holds those that a person declares (design.md 5.6, gate I).
Numbers 0 and 1 stay integers: as numbers they carry the same information, and their physical type comes back. Whole
numbers that a file holds as floats stay decimals, on a grid of 1. Text is a category unless most values are unique.
ISO dates and times that a file holds as text become dates and times, also in what comes out. What is uncertain is
offered beside the metadata (`Table.offered`) and used by nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.conform import conform_table
from synth.data.entities import entity_codes
from synth.data.grid import step_of
from synth.data.infer import typed, typed_time
from synth.data.keys import Seen, mark_entity, mark_primary
from synth.data.metadata import Column, ColumnType, Metadata, Offer, Role, Table
from synth.data.metadata_faults import is_zone
from synth.data.pii import find_pii
from synth.data.references import composite_keys, with_references
from synth.data.relations import find_relations
from synth.data.roles import role_of, unit_of
from synth.data.sentinels import number_sentinels, text_markers
from synth.data.sequences import find_sequence

_MIN_TEXT_VALUES = 20
_SURE = 0.7
"""Confidence from which a kind of personal identifier is used, not only told."""

_MIN_RELATED_ROWS = 50
"""Fewer rows hold relations by chance; chosen, not tuned."""


def detect(tables: Mapping[str, pa.Table], *, name: str = "", k: int = 5) -> Metadata:
    """Guesses types, roles, personal identifiers, units, grids, missing codes, keys, sequences and relations.

    An entity key is set where a column's name says so and its values repeat; a wrong one only makes splits coarser, a
    missing one lets an entity stand on both sides.

    Args:
        tables: as `read_tables` gives them.
        name: of the seed dataset.
        k: fewest subjects behind a value that a relation rests on.
    """
    specs = {table_name: _table(rows) for table_name, rows in tables.items()}
    specs = {table_name: _with_relations(tables[table_name], spec, k) for table_name, spec in specs.items()}
    return Metadata(name=name, tables=with_references(tables, specs))


def _table(rows: pa.Table) -> Table:
    seen = [_seen(name, rows.column(i)) for i, name in enumerate(rows.column_names)]
    primary = mark_primary(seen)
    entity = mark_entity(seen, primary)
    for column in seen:
        _mark_meaning(column)
    guessed = {}
    if primary is not None:
        guessed["primary_key"] = primary.guesses["role"]
    if entity is not None:
        guessed["entity_key"] = entity.guesses["role"]
    table = Table(
        columns={column.name: _column(column) for column in seen},
        primary_key=() if primary is None else (primary.name,),
        entity_key=() if entity is None else (entity.name,),
        guessed=guessed,
        locale=_locale(seen),
        offered=() if primary else composite_keys(seen),
    )
    return find_sequence(seen, table)


def _seen(name: str, cells: pa.ChunkedArray) -> Seen:
    if is_text(cells.type):
        return _seen_text(name, cells)
    if pat.is_null(cells.type) or cells.null_count == len(cells):
        type_ = ColumnType.CATEGORY if pat.is_null(cells.type) else _physical_type(cells.type)
        seen = Seen(name, cells, type_)
        seen.say("type", "all cells are missing", 0.5)
        return seen
    return Seen(name, cells, _physical_type(cells.type))


def _seen_text(name: str, cells: pa.ChunkedArray) -> Seen:
    if cells.null_count < len(cells):
        times = typed_time(cells)
        if times is not None:
            seen = Seen(name, times, _physical_type(times.type))
            seen.say("type", "every cell is text in an ISO 8601 form", 0.95)
            return seen
        markers = text_markers(cells)
        if markers:
            numbers = typed(pc.if_else(pc.is_in(cells, pa.array(markers, cells.type)), None, cells))
            seen = Seen(name, numbers, _physical_type(numbers.type), missing_values=tuple(markers))
            seen.say("type", "every cell is a number but for markers of missing", 0.9)
            seen.say("missing_values", f"{len(markers)} text(s) among numbers", 0.9)
            return seen
    seen = Seen(name, cells, ColumnType.CATEGORY)
    is_free = seen.n_distinct >= _MIN_TEXT_VALUES and seen.n_distinct > seen.n_cells / 2
    seen.type = ColumnType.TEXT if is_free or _has_sentences(cells) else ColumnType.CATEGORY
    seen.say(
        "type", f"{seen.n_distinct} different values in {seen.n_cells} cells", 0.9 if seen.n_distinct < 50 else 0.7
    )
    return seen


def _has_sentences(cells: pa.ChunkedArray) -> bool:
    """True where the usual cell has many words, and cells seldom repeat."""
    head = cells.drop_null().slice(0, 1000)
    if len(head) == 0 or pc.count_distinct(head).as_py() < len(head) / 4:
        return False
    words = pc.add(pc.count_substring_regex(head, r"\S\s+\S"), 1)
    return bool(pc.quantile(words, 0.5)[0].as_py() >= 6)


def _mark_meaning(seen: Seen) -> None:
    """Unit, personal identifiers, role and codes for missing, of what is no key yet."""
    seen.unit = unit_of(seen.name) if seen.type in {ColumnType.INTEGER, ColumnType.DECIMAL} else ""
    if seen.unit:
        seen.say("unit", "the column's name ends in it", 0.8)
    if seen.n_cells and seen.type not in {ColumnType.BOOLEAN, ColumnType.DATE, ColumnType.TIME, ColumnType.DATETIME}:
        found = find_pii(seen.name, seen.cells)
        if found is not None and seen.role is not Role.KEY:
            seen.guesses["pii"] = found.guess
            if found.guess.confidence >= _SURE:
                seen.pii, seen.role, seen.locale = found.kind, Role.DIRECT_IDENTIFIER, found.locale
                seen.guesses["role"] = found.guess
    if seen.role is Role.FEATURE and (guess := role_of(seen.name, seen.type)) is not None:
        seen.role, seen.guesses["role"] = guess
    if seen.role not in {Role.KEY, Role.DIRECT_IDENTIFIER} and not seen.missing_values:
        codes = number_sentinels(seen.cells)
        if codes is not None:
            seen.guesses["missing_values"] = codes.guess
            seen.missing_values = codes.values if codes.is_sure else ()


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
    fields |= {"pii": seen.pii, "unit": seen.unit, "missing_values": seen.missing_values}
    if seen.cells.null_count == 0:
        fields["nullable"] = False
        seen.say("nullable", "no cell is missing", 0.9)
    step = step_of(seen.cells) if seen.type.is_ordered and seen.role not in {Role.KEY, Role.DIRECT_IDENTIFIER} else None
    if step is not None:
        fields["step"] = step
        seen.say("step", "every value is a multiple of it", 0.9)
    return Column(**fields, guessed=seen.guesses)


def _locale(seen: Sequence[Seen]) -> str:
    """The place of most personal identifiers, where their letters tell it."""
    hints = [column.locale for column in seen if column.locale]
    return max(hints, key=hints.count) if hints else ""


def _with_relations(rows: pa.Table, spec: Table, k: int) -> Table:
    if rows.num_rows < _MIN_RELATED_ROWS:
        return spec
    rows = conform_table(rows, spec)
    found = find_relations(rows, spec, entity_codes(rows, spec), k, seed=0)
    kept = [relation for relation in found if relation.exceptions == 0]
    offered = [
        Offer(field="rules", rule=relation.rule, guess=relation.guess, exceptions=relation.exceptions)
        for relation in found
        if relation.exceptions
    ]
    return spec.model_copy(
        update={
            "rules": tuple(relation.rule for relation in kept),
            "guessed": {**spec.guessed, **{f"rules/{i}": relation.guess for i, relation in enumerate(kept)}},
            "offered": (*spec.offered, *offered),
        }
    )
