"""Which entity (person, device) each row belongs to; splits and k count entities, not rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synth.data.metadata import Table
from synth.errors import Fault, InvalidInputError

Codes = npt.NDArray[np.int64]


def entity_codes(table: pa.Table, spec: Table) -> Codes:
    """Dense codes 0, 1, ... of the entity that each row belongs to, in order of first appearance.

    Without an entity key each row is an entity. So is a row whose key is missing, wholly or in part: two people whose
    number nobody wrote down are not one person.

    Args:
        table: rows, as `conform` gives them.
        spec: the table's metadata.

    Returns:
        Codes, shape (n_rows,).

    Raises:
        InvalidInputError: the table lacks a column of the entity key.
    """
    if not spec.entity_key:
        return np.arange(table.num_rows, dtype=np.int64)
    return key_codes(table, spec.entity_key)


def key_codes(table: pa.Table, names: Sequence[str]) -> Codes:
    """Dense codes of the distinct combinations of some columns; each row with a missing cell is alone."""
    absent = [name for name in names if name not in table.column_names]
    if absent:
        raise InvalidInputError(*map(_absent, absent))
    codes = np.zeros(table.num_rows, dtype=np.int64)
    missing = np.zeros(table.num_rows, dtype=bool)
    for name in names:
        column, is_missing = _column_codes(table.column(name))
        missing |= is_missing
        codes = _dense(codes * (int(column.max(initial=0)) + 1) + column)
    codes[missing] = table.num_rows + np.arange(int(missing.sum()))
    return _dense(codes)


def subjects_per_code(codes: Codes, entities: Codes, n_codes: int) -> Codes:
    """Different subjects of the rows of each code 0..n_codes-1, shape (n_codes,); rows of other codes do not count."""
    held = (codes >= 0) & (codes < n_codes)
    width = int(entities.max(initial=0)) + 1
    pairs = np.unique(codes[held] * width + entities[held])
    return np.bincount(pairs // width, minlength=n_codes).astype(np.int64)


def first_subjects(order: npt.NDArray[np.intp], entities: Codes, k: int) -> npt.NDArray[np.intp]:
    """The shortest head of some rows that k subjects share; nothing where there are fewer."""
    _, first = np.unique(entities[order], return_index=True)
    return order[: np.sort(first)[k - 1] + 1] if len(first) >= k else order[:0]


def _column_codes(column: pa.ChunkedArray) -> tuple[Codes, npt.NDArray[np.bool_]]:
    """Codes of the values (0 where missing, below the number of rows) and where they are missing (also NaN)."""
    missing = pc.is_null(column, nan_is_null=True).to_numpy().astype(bool)
    indices = [chunk.indices for chunk in column.dictionary_encode().chunks]
    codes = pa.chunked_array(indices, pa.int32()).fill_null(0).to_numpy().astype(np.int64)
    return codes, missing


def _dense(codes: Codes) -> Codes:
    """Renumbers by first appearance; every product of two such columns stays below 2^63 for fewer than 2^31 rows."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _absent(name: str) -> Fault:
    return Fault(
        "column-missing",
        "the table must have every column of its entity key",
        f"`{name}` is not there",
        "add the column or change the key",
        where=name,
    )
