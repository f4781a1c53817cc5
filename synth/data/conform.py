"""Brings tables into the form that their metadata describes: these columns, in this order, of these physical types."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from synth.data.cast import as_type, count_failures
from synth.data.columns import is_text
from synth.data.metadata import Column, Metadata, Table
from synth.data.read import plain
from synth.errors import Fault, raise_all


def conform(tables: Mapping[str, pa.Table], metadata: Metadata) -> dict[str, pa.Table]:
    """Casts every column to its `arrow_type` and puts columns and tables in the order of the metadata.

    No value changes its meaning, see `cast.as_type`; values outside declared bounds or categories stay.

    Raises:
        InvalidInputError: tables or columns that are missing or unknown, or cells that do not fit their column's type;
            lists every fault of every table, with counts and without cells.
    """
    faults = [_missing_table(name) for name in metadata.tables if name not in tables]
    faults += [_unknown_table(name) for name in tables if name not in metadata.tables]
    conformed: dict[str, pa.Table] = {}
    for name, spec in metadata.tables.items():
        if name in tables:
            conformed[name] = _table(tables[name], spec, name, faults)
    raise_all(faults)
    return conformed


def conform_table(table: pa.Table, spec: Table, *, name: str = "") -> pa.Table:
    """The same for one table; `name` is only for messages.

    Raises:
        InvalidInputError: as `conform`.
    """
    faults: list[Fault] = []
    conformed = _table(table, spec, name, faults)
    raise_all(faults)
    return conformed


def _table(table: pa.Table, spec: Table, name: str, faults: list[Fault]) -> pa.Table:
    faults += [_missing_column(column, name) for column in spec.columns if column not in table.column_names]
    faults += [_unknown_column(column, name) for column in table.column_names if column not in spec.columns]
    present = [column for column in spec.columns if column in table.column_names]
    columns = {column: _column(table.column(column), spec, column, name, faults) for column in present}
    return pa.table(columns)


def _column(cells: pa.ChunkedArray, spec: Table, column: str, table: str, faults: list[Fault]) -> pa.ChunkedArray:
    cells, kind = _without_markers(plain(cells), spec.columns[column]), spec.columns[column].arrow_type
    where = f"{table}.{column}" if table else column
    try:
        result = as_type(cells, kind)
    except pa.ArrowInvalid:
        faults.append(_wrong_cells(where, kind, max(count_failures(cells, kind), 1), len(cells)))
        return cells
    if result is None:
        faults.append(_wrong_type(where, cells.type, kind))
        return cells
    return result


def _without_markers(cells: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Texts that metadata declare as missing are missing in a column that is no text."""
    markers = [value for value in column.missing_values if isinstance(value, str)]
    if not markers or not is_text(cells.type) or is_text(column.arrow_type):
        return cells
    return pc.if_else(pc.is_in(cells, pa.array(markers, cells.type)), pa.scalar(None, cells.type), cells)


def _missing_table(name: str) -> Fault:
    rule, remedy = "every table of the metadata must be there", "add its file, or take it out of the metadata"
    return Fault("table-missing", rule, f"there is no table `{name}`", remedy, where=name)


def _unknown_table(name: str) -> Fault:
    rule, remedy = "every table must be in the metadata", "add it to the metadata, or leave its file out"
    return Fault("table-unknown", rule, f"there is no table `{name}`", remedy, where=name)


def _missing_column(column: str, table: str) -> Fault:
    rule, remedy = "every column of the metadata must be in the table", "add it, or take it out of the metadata"
    return Fault("column-missing", rule, f"`{column}` is not", remedy, where=table)


def _unknown_column(column: str, table: str) -> Fault:
    rule, remedy = "every column must be in the metadata", "add it to the metadata, or drop it"
    return Fault("column-unknown", rule, f"`{column}` is not", remedy, where=table)


def _wrong_cells(where: str, kind: pa.DataType, n: int, n_rows: int) -> Fault:
    rule, fact = f"the cells must fit the type {kind}", f"{n} of {n_rows} do not"
    return Fault("cells-do-not-fit", rule, fact, "mend these cells, or change the type in the metadata", where=where)


def _wrong_type(where: str, source: pa.DataType, kind: pa.DataType) -> Fault:
    rule, fact = f"the column must be of a type that can become {kind}", f"it is {source}"
    return Fault("type-does-not-fit", rule, fact, "convert the column, or change the type in the metadata", where=where)
