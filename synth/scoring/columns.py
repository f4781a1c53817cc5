"""Arrow columns as numpy arrays: numbers with NaN for missing, and codes that are equal where values are equal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MISSING = -1
"""Code of a missing value: null or NaN."""


def numbers(column: pa.ChunkedArray) -> Floats:
    """Shape (rows,): the values as float64, times as seconds; NaN where missing. Infinities stay."""
    column = _decoded(column)
    kind = column.type
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("us")), pa.timestamp("us")
    if pa.types.is_time(kind):
        column = column.cast(pa.time64("us"))
    elif pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_duration(kind):
        column = column.cast(pa.duration("us"), safe=False)
    if pa.types.is_temporal(kind):
        return _floats(column.cast(pa.int64())) / 1e6
    return _floats(column)


def shared_codes(columns: Sequence[pa.ChunkedArray]) -> tuple[list[Ints], pa.Array]:
    """Codes of one column in several tables: equal codes mean equal raw values, `MISSING` is missing.

    Values are compared as they are, never as escaped or formatted text; -0.0 equals 0.0 and NaN is missing. Where the
    tables disagree on the type, numbers are compared as float64 and the rest as text.

    Returns:
        codes by table, each of shape (rows,), and the values that the codes 0, 1, ... stand for.
    """
    unified = _unified([_decoded(column) for column in columns])
    encoded = pa.chunked_array([chunk for column in unified for chunk in column.chunks], type=unified[0].type)
    dictionary = encoded.combine_chunks().dictionary_encode()
    codes = dictionary.indices.fill_null(MISSING).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.split(codes, np.cumsum([len(column) for column in columns])[:-1]), dictionary.dictionary


def row_codes(codes: Sequence[Sequence[Ints]]) -> list[Ints]:
    """Codes of whole rows of several tables, from `codes[column][table]`: equal codes mean equal rows.

    Exact, without hashing: the rows are told apart column by column.
    """
    rows = np.zeros(sum(len(part) for part in codes[0]), dtype=np.int64)
    for column in codes:
        values = np.concatenate(list(column)) + 1
        rows = np.unique(rows * (values.max(initial=0) + 1) + values, return_inverse=True)[1]
    return np.split(rows, np.cumsum([len(part) for part in codes[0]])[:-1])


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def _unified(columns: list[pa.ChunkedArray]) -> list[pa.ChunkedArray]:
    kinds = {column.type for column in columns} - {pa.null()} or {pa.string()}
    if len(kinds) == 1:
        kind = kinds.pop()
        kind = pa.large_string() if pa.types.is_string(kind) else kind
    elif all(_is_number(kind) for kind in kinds):
        kind = pa.float64()
    elif all(pa.types.is_timestamp(kind) or pa.types.is_date(kind) for kind in kinds):
        kind = pa.timestamp("us")
    else:
        kind = pa.large_string()
    columns = [column.cast(kind, safe=False) for column in columns]
    return [_plain_floats(column) for column in columns] if pa.types.is_floating(kind) else columns


def _plain_floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    values = pc.add(column, pa.scalar(0.0, column.type))
    return pc.if_else(pc.is_nan(values), pa.scalar(None, column.type), values)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )
