"""What can be wrong with metadata: faults of its form (from pydantic) and contradictions between its fields.

Every fault is placed by a JSON pointer (RFC 6901) and names columns and counts, never a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from synth.data.columns import FITS, Column, ColumnType
from synth.data.rules import RangeRule, SumRule, columns_of
from synth.data.rules_types import mismatches
from synth.errors import Fault

if TYPE_CHECKING:
    from synth.data.metadata import ForeignKey, Metadata, Table

Place = tuple[int | str, ...]

_TEXTLIKE = {ColumnType.CATEGORY, ColumnType.TEXT}

_FORM_RULES: Mapping[str, str] = {
    "key": "a name must be text (in YAML a number in quotes)",
    "missing": "this field must be present",
    "extra_forbidden": "only fields of the schema are allowed",
    "literal_error": "the value must be {expected}",
    "enum": "the value must be {expected}",
    "greater_than": "the number must be greater than {gt}",
    "greater_than_equal": "the number must be at least {ge}",
    "too_short": "there must be at least {min_length} of these",
    "union_tag_invalid": "the value must be one of {expected_tags}",
    "union_tag_not_found": "this must have one of the forms that the schema names",
    "finite_number": "the number must be finite",
    "value_error": "{error}",
}
"""Wordings by pydantic's error type; filled from the schema's side of the error alone, so that no value is echoed."""


def faults_of_schema(error: ValidationError) -> list[Fault]:
    """Faults of form, one per place."""
    found: dict[str, Fault] = {}
    for item in error.errors(include_input=False, include_url=False):
        place = _pointer(_without_tags(item["loc"]))
        kind = "key" if place.endswith("/[key]") else item["type"]
        wording = _FORM_RULES.get(kind, f"the value must have the type that the schema asks for ({kind})")
        rule = wording.format_map(item.get("ctx", {}))
        found.setdefault(place, Fault("metadata-form", rule, "it is not so", "mend the metadata there", where=place))
    return list(found.values())


def _without_tags(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drops what pydantic adds to tell classes of a union apart: `kind` after a rule's place, and bracketed tags."""
    n = {"rules": 4, "offered": 5}.get(str(place[2]) if len(place) > 2 else "", len(place))
    if len(place) <= n or (n == 5 and place[4] != "rule"):
        return place
    return place[:n] + tuple(part for part in place[n + 1 :] if not str(part).startswith("<"))


def _pointer(place: Iterable[int | str]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def faults_of(metadata: Metadata) -> list[Fault]:
    """Contradictions between fields, all of them."""
    faults: list[Fault] = []
    for name, table in metadata.tables.items():
        place = ("tables", name)
        faults += _table_name(name, place)
        for column_name, column in table.columns.items():
            faults += _column(column_name, column, (*place, "columns", column_name))
        faults += _keys(table, place)
        faults += _foreign_keys(metadata, table, place)
        faults += _rules(table, place)
        faults += _offers(table, place)
    return faults


def _table_name(name: str, place: Place) -> Iterator[Fault]:
    """Tables are written to files of their name, so a name must not lead elsewhere."""
    if not name or name.startswith(".") or any(char in '/\\:*?"<>|' or ord(char) < 32 for char in name):
        rule = "a table's name must serve as the name of a file"
        yield _fault("table-name", rule, "this one does not", "rename the table", place)


def _column(name: str, column: Column, place: Place) -> Iterator[Fault]:
    if not name:
        yield _fault("column-name", "a column must have a name", "this one is empty", "name the column", place)
    yield from _arrow(column, place)
    yield from _bounds(column, place)
    yield from _categories(column, place)
    if column.step is not None and not column.type.is_ordered:
        yield _only_for(column, "step", "numbers and times", place)
    if column.timezone and column.type is not ColumnType.DATETIME:
        yield _only_for(column, "timezone", "datetimes", place)
    if column.timezone and not is_zone(column.timezone):
        rule, remedy = "`timezone` must be a name of the IANA time zone database", 'write one such as "Europe/Paris"'
        yield _fault("timezone-unknown", rule, "this one is not", remedy, (*place, "timezone"))


def _only_for(column: Column, field: str, types: str, place: Place) -> Fault:
    rule, fact = f"only {types} may have `{field}`", f"the type is {column.type}"
    return _fault(f"{field}-not-allowed", rule, fact, f"drop `{field}` or change the type", (*place, field))


def _arrow(column: Column, place: Place) -> Iterator[Fault]:
    rule = f"`arrow` must name an Arrow type that can hold the column's type ({column.type})"
    remedy = "drop it to have the default, or name another"
    try:
        kind = column.arrow_type
    except ValueError:
        yield _fault("arrow-unknown", rule, "it names no such type", remedy, (*place, "arrow"))
        return
    if str(kind) != "null" and not FITS[column.type](kind):
        yield _fault("arrow-type", rule, f"it is {kind}", remedy, (*place, "arrow"))


def _bounds(column: Column, place: Place) -> Iterator[Fault]:
    bounds = {name: value for name in ("minimum", "maximum") if (value := getattr(column, name)) is not None}
    if bounds and not column.type.is_ordered:
        yield _only_for(column, next(iter(bounds)), "numbers and times", place)
        return
    yield from _bound_faults(column, bounds, place)


def _bound_faults(column: Column, bounds: Mapping[str, object], place: Place) -> Iterator[Fault]:
    """Bounds of the column's type and in order; `bounds` holds those that are set."""
    wrong = [name for name, value in bounds.items() if not _fits(column.type, value)]
    for name in wrong:
        rule, remedy = f"`{name}` must be of the column's type ({column.type})", "write it as the column's values are"
        yield _fault("bound-type", rule, "it is of another type", remedy, (*place, name))
    if wrong or len(bounds) < 2:
        return
    try:
        in_order = bounds["minimum"] <= bounds["maximum"]  # type: ignore[operator]
    except TypeError:  # one with a UTC offset, one without
        rule, remedy = "both bounds must have a UTC offset or none", "write both the same way"
        yield _fault("bound-type", rule, "only one has", remedy, place)
        return
    if not in_order:
        rule = "`minimum` must not be above `maximum`"
        yield _fault("bounds-order", rule, "it is", "swap or mend them", (*place, "minimum"))


def _fits(kind: ColumnType, value: object) -> bool:
    if kind is ColumnType.INTEGER:
        return type(value) is int
    if kind is ColumnType.DECIMAL:
        return type(value) in {int, float}
    wanted = {ColumnType.DATE: date, ColumnType.TIME: time, ColumnType.DATETIME: datetime}
    return type(value) is wanted.get(kind, str)


def _categories(column: Column, place: Place) -> Iterator[Fault]:
    if column.categories is None:
        if column.ordered:
            rule, remedy = "`ordered` needs `categories`, whose order it is", "declare them in order, or drop `ordered`"
            yield _fault("ordered-without-categories", rule, "there are none", remedy, (*place, "ordered"))
        return
    place = (*place, "categories")
    if column.type is not ColumnType.CATEGORY:
        yield _only_for(column, "categories", "columns of type category", place[:-1])
    n = len(column.categories)
    if n == 0:
        remedy = "list them, or drop the field"
        yield _fault("categories-empty", "`categories` must not be empty", "it is", remedy, place)
    if len({type(value) for value in column.categories}) > 1:
        rule, remedy = "all categories must be of one type", "put quotes around all of them, or around none"
        yield _fault("categories-type", rule, "they are of several", remedy, place)
    elif (n_unique := len(set(column.categories))) < n:
        rule = "each category must be listed once"
        yield _fault("categories-repeated", rule, f"{n - n_unique} are repeated", "drop the repetitions", place)


def is_zone(name: str) -> bool:
    """True for a name in the IANA time zone database."""
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _keys(table: Table, place: Place) -> Iterator[Fault]:
    for field in ("primary_key", "entity_key", "sequence_key"):
        yield from _known(table, getattr(table, field), (*place, field))
    for field in ("sequence_index", "target"):
        name = getattr(table, field)
        yield from _known(table, () if name is None else (name,), (*place, field))
    index = table.columns.get(table.sequence_index or "")
    if index is not None and not index.type.is_ordered:
        rule, remedy = "`sequence_index` must be a number, a date or a time", "name a column that orders the rows"
        yield _fault("index-not-ordered", rule, f"its type is {index.type}", remedy, (*place, "sequence_index"))


def _known(table: Table, names: Sequence[str], place: Place) -> Iterator[Fault]:
    for name in dict.fromkeys(names):
        if name not in table.columns:
            rule, remedy = "only columns of the table may be named", "mend the name or add the column"
            yield _fault("column-unknown", rule, f"there is no column `{name}`", remedy, place)
    if len(set(names)) < len(names):
        rule = "each column may be named once"
        yield _fault("column-repeated", rule, "a column is named twice", "drop the repetition", place)


def _foreign_keys(metadata: Metadata, table: Table, place: Place) -> Iterator[Fault]:
    for i, key in enumerate(table.foreign_keys):
        here = (*place, "foreign_keys", i)
        yield from _known(table, key.columns, (*here, "columns"))
        if len(key.columns) != len(key.references):
            rule, fact = (
                "`columns` and `references` must pair up",
                f"there are {len(key.columns)} and {len(key.references)}",
            )
            yield _fault("foreign-key-length", rule, fact, "name as many of both", here)
        parent = metadata.tables.get(key.table)
        if parent is None:
            rule, remedy = "a foreign key must point at a table of the metadata", "mend the name or add the table"
            yield _fault("table-unknown", rule, f"there is no table `{key.table}`", remedy, (*here, "table"))
        else:
            yield from _known(parent, key.references, (*here, "references"))
            yield from _pair_types(table, parent, key, here)


def _pair_types(table: Table, parent: Table, key: ForeignKey, place: Place) -> Iterator[Fault]:
    for name, reference in zip(key.columns, key.references, strict=False):
        child, target = table.columns.get(name), parent.columns.get(reference)
        if child and target and child.type is not target.type and {child.type, target.type} != _TEXTLIKE:
            rule, remedy = "a foreign key and its reference must be of one type", "change the type of one of them"
            fact = f"`{name}` is {child.type} and `{reference}` is {target.type}"
            yield _fault("foreign-key-type", rule, fact, remedy, place)


def _rules(table: Table, place: Place) -> Iterator[Fault]:
    for i, rule in enumerate(table.rules):
        here = (*place, "rules", i)
        yield from _known(table, sorted(columns_of(rule)), here)
        if isinstance(rule, RangeRule) and (column := table.columns.get(rule.column)):
            ranged = Column.model_validate({"type": column.type, "minimum": rule.minimum, "maximum": rule.maximum})
            yield from _bounds(ranged, here)
        if isinstance(rule, SumRule):
            yield from _sum(table, rule, here)
        for fact in mismatches(rule, table.columns):
            remedy = "mend the rule, or the type of a column"
            yield _fault("rule-types", "the parts of a rule must belong together", fact, remedy, here)


def _offers(table: Table, place: Place) -> Iterator[Fault]:
    for i, offer in enumerate(table.offered):
        names = {*offer.columns, *(columns_of(offer.rule) if offer.rule else ())}
        names |= set(offer.foreign_key.columns) if offer.foreign_key else set()
        yield from _known(table, sorted(names), (*place, "offered", i))


def _sum(table: Table, rule: SumRule, place: Place) -> Iterator[Fault]:
    named = (rule.total, *rule.parts)
    numbers = {ColumnType.INTEGER, ColumnType.DECIMAL}
    others = [name for name in named if name in table.columns and table.columns[name].type not in numbers]
    if others:
        fact = f"{', '.join(f'`{name}`' for name in others)} are not"
        yield _fault("sum-not-numbers", "a sum must be of numbers", fact, "name number columns", place)
    if len(set(named)) < len(named):
        remedy = "drop the repetition"
        yield _fault("column-repeated", "each column may stand once in a sum", "one stands twice", remedy, place)


def _fault(code: str, rule: str, fact: str, remedy: str, place: Place) -> Fault:
    return Fault(code, rule, fact, remedy, where=_pointer(place))
