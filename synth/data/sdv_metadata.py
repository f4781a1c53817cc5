"""Metadata in the form of SDV (METADATA_SPEC_VERSION V1), in and out.

What the other form has no place for is told in notes and lost: units, bounds, roles, rules, entity keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.types as pat

from synth.data.columns import Column, ColumnType, Pii, Role
from synth.data.metadata import ForeignKey, Metadata, Table
from synth.errors import Fault, InvalidMetadataError, raise_all

VERSION = "V1"

_SDTYPES = {
    ColumnType.INTEGER: "numerical",
    ColumnType.DECIMAL: "numerical",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "datetime",
    ColumnType.DATETIME: "datetime",
    ColumnType.CATEGORY: "categorical",
    ColumnType.TIME: "unknown",
    ColumnType.TEXT: "unknown",
}
_PII = {
    Pii.PERSON_NAME: "name",
    Pii.GIVEN_NAME: "first_name",
    Pii.FAMILY_NAME: "last_name",
    Pii.USER_NAME: "user_name",
    Pii.EMAIL: "email",
    Pii.PHONE: "phone_number",
    Pii.ADDRESS: "street_address",
    Pii.CARD_NUMBER: "credit_card_number",
    Pii.IBAN: "iban",
    Pii.IP_ADDRESS: "ipv4_address",
    Pii.CN_RESIDENT_ID: "ssn",
    Pii.NATIONAL_ID: "ssn",
}
_FROM_PII = {sdtype: pii for pii, sdtype in _PII.items() if pii is not Pii.CN_RESIDENT_ID}


def to_sdv(metadata: Metadata) -> tuple[dict[str, Any], list[str]]:
    """The metadata in SDV's form, and notes of what has no place in it."""
    notes: list[str] = []
    tables = {name: _table_to_sdv(name, table, notes) for name, table in metadata.tables.items()}
    relations = [
        {
            "parent_table_name": key.table,
            "parent_primary_key": key.references[0],
            "child_table_name": name,
            "child_foreign_key": key.columns[0],
        }
        for name, table in metadata.tables.items()
        for key in table.foreign_keys
        if _is_simple(name, key, metadata, notes)
    ]
    for relation in relations:
        column = tables[relation["child_table_name"]]["columns"]
        column[relation["child_foreign_key"]] = {"sdtype": "id"}
    return {"METADATA_SPEC_VERSION": VERSION, "tables": tables, "relationships": relations}, notes


def _is_simple(name: str, key: ForeignKey, metadata: Metadata, notes: list[str]) -> bool:
    fits = len(key.columns) == 1 and metadata.tables[key.table].primary_key == key.references and key.table != name
    if not fits:
        notes.append(f"{name}: a foreign key to `{key.table}` is left out")
    return fits


def _table_to_sdv(name: str, table: Table, notes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"columns": {c: _column_to_sdv(c, spec, table) for c, spec in table.columns.items()}}
    if len(table.primary_key) == 1:
        found["primary_key"] = table.primary_key[0]
    if len(table.sequence_key) == 1 and table.sequence_index:
        found["sequence_key"], found["sequence_index"] = table.sequence_key[0], table.sequence_index
        found["columns"][table.sequence_key[0]] = {"sdtype": "id"}
    lost = {
        "rules": bool(table.rules),
        "the entity key": bool(table.entity_key) and table.entity_key != table.sequence_key,
        "a key of several columns": len(table.primary_key) > 1 or len(table.sequence_key) > 1,
        "units, bounds and codes for missing": any(
            c.unit or c.minimum is not None or c.maximum is not None or c.missing_values for c in table.columns.values()
        ),
    }
    notes += [f"{name}: {what} left out" for what, is_lost in lost.items() if is_lost]
    return found


def _column_to_sdv(name: str, column: Column, table: Table) -> dict[str, Any]:
    if column.pii is not None:
        return {"sdtype": _PII[column.pii], "pii": True} if table.primary_key != (name,) else {"sdtype": "id"}
    if column.role is Role.KEY or name in table.primary_key:
        return {"sdtype": "id"}
    sdtype = _SDTYPES[column.type]
    if sdtype == "datetime" and not pat.is_date(column.arrow_type):
        return {"sdtype": sdtype, "datetime_format": "%Y-%m-%d %H:%M:%S"}
    return {"sdtype": sdtype, "datetime_format": "%Y-%m-%d"} if sdtype == "datetime" else {"sdtype": sdtype}


def read_sdv(path: Path) -> tuple[Metadata, list[str]]:
    """Reads the JSON file that SDV saves; see `from_sdv`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        rule, fact = "metadata of SDV must be a readable JSON file", "it is not"
        raise InvalidMetadataError(Fault("sdv-form", rule, fact, "save them anew with SDV", str(path))) from None
    return from_sdv(data if isinstance(data, dict) else {})


def write_sdv(metadata: Metadata, path: Path) -> list[str]:
    """Writes a new JSON file that SDV loads; returns notes of what has no place in it."""
    described, notes = to_sdv(metadata)
    with path.open("x", encoding="utf-8") as file:
        json.dump(described, file, indent=1, ensure_ascii=False)
    return notes


def from_sdv(data: Mapping[str, Any]) -> tuple[Metadata, list[str]]:
    """Metadata from SDV's form, and notes of what was not understood; physical types come from the data later.

    Raises:
        InvalidMetadataError: not of version V1, or it contradicts itself.
    """
    if data.get("METADATA_SPEC_VERSION") != VERSION or not isinstance(data.get("tables"), dict):
        rule, fact = f"metadata of SDV must be of version {VERSION}, with tables", "they are not"
        raise InvalidMetadataError(Fault("sdv-version", rule, fact, "save them anew with SDV 1.0 or later"))
    notes: list[str] = []
    try:
        return Metadata.parse({"version": 1, "tables": _tables_from_sdv(data, notes)}), notes
    except (AttributeError, TypeError, KeyError):  # its parts are not the mappings and names that they must be
        rule, fact = f"metadata of SDV must follow its form {VERSION}", "some part does not"
        raise InvalidMetadataError(Fault("sdv-form", rule, fact, "save them anew with SDV")) from None


def adopted(detected: Metadata, theirs: Metadata) -> Metadata:
    """Detected metadata, with all that a person told SDV in place of guesses; physical types stay those of the data.

    Raises:
        InvalidMetadataError: a table or column of theirs is not in the data; lists every one.
    """
    faults = []
    tables = dict(detected.tables)
    for name, table in theirs.tables.items():
        known = tables[name].columns if name in tables else {}
        lacking = [column for column in table.columns if column not in known]
        faults += [_not_there(f"{name}.{column}") for column in lacking]
        if not lacking:
            tables[name] = _adopted(tables[name], table)
    raise_all(faults, InvalidMetadataError)
    return Metadata.from_json(detected.model_copy(update={"tables": tables}).to_json())  # checked as a whole


def _adopted(detected: Table, theirs: Table) -> Table:
    columns = dict(detected.columns)
    for name, told in theirs.columns.items():
        seen = columns[name]
        numbers = {ColumnType.INTEGER, ColumnType.DECIMAL}
        same = told.type is seen.type or {told.type, seen.type} <= numbers or told.pii or told.role is Role.KEY
        moments = {told.type, seen.type} <= {ColumnType.DATE, ColumnType.DATETIME}
        change: dict[str, Any] = {"role": told.role, "pii": told.pii, "guessed": {}}
        if told.type is ColumnType.CATEGORY:
            change |= {"type": told.type, "step": None, "minimum": None, "maximum": None}
        elif not same and not moments:
            change |= {"type": told.type, "arrow": "", "step": None, "minimum": None, "maximum": None}
        columns[name] = seen.model_copy(update=change)
    keys = ("primary_key", "foreign_keys", "sequence_key", "sequence_index")
    said = {key: getattr(theirs, key) for key in keys if getattr(theirs, key)}
    guessed = {field: guess for field, guess in detected.guessed.items() if field.partition("/")[0] not in said}
    return detected.model_copy(update={"columns": columns, "guessed": guessed, **said})


def _not_there(where: str) -> Fault:
    rule, fact = "metadata of SDV must be of these files", "the files have no such column"
    return Fault("sdv-column", rule, fact, "name the files that they were made for", where=where)


def _tables_from_sdv(data: Mapping[str, Any], notes: list[str]) -> dict[str, dict[str, Any]]:
    tables = {str(name): _table_from_sdv(str(name), table, notes) for name, table in data["tables"].items()}
    for relation in data.get("relationships", []):
        child, parent = str(relation.get("child_table_name")), str(relation.get("parent_table_name"))
        ends = {
            "columns": [relation.get("child_foreign_key")],
            "table": parent,
            "references": [relation.get("parent_primary_key")],
        }
        if child in tables:
            tables[child].setdefault("foreign_keys", []).append(ends)
            _same_type(tables, child, parent, ends)
    return tables


def _same_type(tables: dict[str, dict[str, Any]], child: str, parent: str, ends: Mapping[str, Any]) -> None:
    """SDV calls both sides ids; so both are texts here unless the parent says otherwise."""
    column, reference = ends["columns"][0], ends["references"][0]
    if parent in tables and reference in tables[parent]["columns"] and column in tables[child]["columns"]:
        tables[child]["columns"][column]["type"] = tables[parent]["columns"][reference]["type"]


def _table_from_sdv(name: str, table: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    columns = {str(c): _column_from_sdv(f"{name}.{c}", spec, notes) for c, spec in table.get("columns", {}).items()}
    found: dict[str, Any] = {"columns": columns}
    for key in ("primary_key", "sequence_key"):
        if value := table.get(key):
            found[key] = [value] if isinstance(value, str) else list(value)
    if table.get("sequence_index"):
        found["sequence_index"] = table["sequence_index"]
    known = {"columns", "primary_key", "sequence_key", "sequence_index"}
    notes += [f"{name}: `{key}` is not understood" for key in table if key not in known]
    return found


def _column_from_sdv(place: str, spec: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    sdtype = str(spec.get("sdtype"))
    if sdtype in _FROM_PII:
        return {"type": "text", "role": "direct_identifier", "pii": _FROM_PII[sdtype].value}
    types = {"numerical": "decimal", "categorical": "category", "boolean": "boolean", "datetime": "datetime"}
    if sdtype == "numerical" and str(spec.get("computer_representation", "")).startswith(("Int", "UInt")):
        return {"type": "integer"}
    if sdtype == "datetime" and not any(mark in str(spec.get("datetime_format", "%H")) for mark in ("%H", "%I", "%M")):
        return {"type": "date"}
    if sdtype == "id":
        return {"type": "text", "role": "key"}
    if sdtype not in types:
        notes.append(f"{place}: `{sdtype}` is read as text")
    return {"type": types.get(sdtype, "text")}
