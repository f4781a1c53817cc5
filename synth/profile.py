"""What detection found, for people to read and for machines: names, counts and reasons, never a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
from rich.markup import escape
from rich.table import Table as RichTable

from synth.data.metadata import Column, Metadata, Offer, Table
from synth.data.rules_text import describe

K = 5
"""Counts from 1 to `K` - 1 are shown as "<5"."""


def profile(tables: Mapping[str, pa.Table], metadata: Metadata) -> dict[str, Any]:
    """The profile as JSON.

    Args:
        tables: as read.
        metadata: as detected from them.
    """
    return {name: _table(tables[name], spec) for name, spec in metadata.tables.items()}


def _table(rows: pa.Table, spec: Table) -> dict[str, Any]:
    return {
        "rows": rows.num_rows,
        "columns": [_column(name, rows[name], column) for name, column in spec.columns.items()],
        "keys": list(_keys(spec)),
        "rules": [describe(rule) for rule in spec.rules],
        "offered": [_offer(offer) for offer in spec.offered],
        "locale": spec.locale,
    }


def _column(name: str, cells: pa.ChunkedArray, column: Column) -> dict[str, Any]:
    distinct = 0 if pat.is_null(cells.type) else pc.count_distinct(cells, mode="only_valid").as_py()
    reasons = {about: guess.model_dump() for about, guess in column.guessed.items()}
    return {
        "name": name,
        "type": column.type.value,
        "role": column.role.value,
        "pii": None if column.pii is None else column.pii.value,
        "unit": column.unit,
        "step": column.step,
        "missing": _count(cells.null_count),
        "missing_values": len(column.missing_values),
        "distinct": _count(distinct),
        "guessed": reasons,
    }


def _count(n: int) -> int | str:
    return n if n == 0 or n >= K else f"<{K}"


def _keys(spec: Table) -> Iterator[dict[str, Any]]:
    for field in ("primary_key", "entity_key", "sequence_key", "sequence_index"):
        value = getattr(spec, field)
        if value:
            guess = spec.guessed.get(field)
            columns = [value] if isinstance(value, str) else list(value)
            found: dict[str, Any] = {"field": field, "columns": columns, "step": None}
            if field == "sequence_index":
                found["step"] = spec.sequence_step
            yield found | ({} if guess is None else guess.model_dump())
    for i, key in enumerate(spec.foreign_keys):
        guess = spec.guessed.get(f"foreign_keys/{i}")
        target = f"{key.table}.{', '.join(key.references)}"
        found = {"field": "foreign_keys", "columns": list(key.columns), "to": target}
        yield found | ({} if guess is None else guess.model_dump())


def _offer(offer: Offer) -> dict[str, Any]:
    what = ", ".join(offer.columns)
    if offer.foreign_key is not None:
        key = offer.foreign_key
        what = f"{', '.join(key.columns)} -> {key.table}.{', '.join(key.references)}"
    if offer.rule is not None:
        what = describe(offer.rule)
    return {"field": offer.field, "what": what, "exceptions": _count(offer.exceptions), **offer.guess.model_dump()}


def readable(name: str, found: Mapping[str, Any]) -> Iterator[RichTable]:
    """The profile of one table as tables for a terminal: its columns, then its keys, rules and offers."""
    columns = RichTable(title=f"{escape(name)}: {found['rows']:,} rows", title_justify="left")
    for heading in ("column", "type", "role", "missing", "different", "unit, step", "sure", "why"):
        columns.add_column(heading)
    for column in found["columns"]:
        guesses = {k: g for k, g in column["guessed"].items() if k in {"type", "role", "pii", "missing_values", "unit"}}
        role = column["role"] if column["pii"] is None else f"{column['role']}: {column['pii']}"
        sure = min((guess["confidence"] for guess in guesses.values()), default=1.0)
        why = "; ".join(dict.fromkeys(guess["reason"] for guess in guesses.values()))
        grid = ", ".join(str(part) for part in (column["unit"], column["step"]) if part)
        cells = (column["name"], column["type"], role, str(column["missing"]), str(column["distinct"]), grid)
        columns.add_row(*(escape(cell) for cell in (*cells, f"{sure:.0%}", why)))
    yield columns
    rest = RichTable(title_justify="left")
    for heading in ("found", "what", "sure", "why"):
        rest.add_column(heading)
    for key in found["keys"]:
        what = ", ".join(key["columns"]) + (f" -> {key['to']}" if "to" in key else "")
        what += f", step {key['step']:g}" if key.get("step") else ""
        rest.add_row(key["field"], escape(what), f"{key.get('confidence', 1):.0%}", escape(key.get("reason", "")))
    for rule in found["rules"]:
        rest.add_row("rule, kept", escape(rule), "", "holds in all rows")
    for offer in found["offered"]:
        what = f"{offer['field']}, offered"
        rest.add_row(what, escape(offer["what"]), f"{offer['confidence']:.0%}", escape(offer["reason"]))
    if rest.row_count:
        yield rest
