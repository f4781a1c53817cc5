"""Writing tables: whole or not at all, and the same bytes for the same rows."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from synth.data.formats import suffix_of, unsupported
from synth.errors import Fault, InvalidInputError

ROW_GROUP_ROWS = 65_536
"""Rows of each Parquet row group but the last, however the rows arrive."""


def write_table(table: pa.Table, path: Path) -> None:
    """Writes a table in the format that the path's suffix names; replaces an existing file only when done.

    CSV is UTF-8 with texts in quotes, so that a missing cell and an empty text stay apart when `read` reads them.

    Raises:
        InvalidInputError: a suffix outside `formats.SUFFIXES`.
    """
    suffix = suffix_of(path)
    if not suffix:
        raise InvalidInputError(unsupported(path))
    WRITERS[suffix](table, path)


def write_parquet(rows: pa.Table | Iterable[pa.Table | pa.RecordBatch], path: Path) -> int:
    """Writes a table, or pieces of one as they come, and returns the number of rows.

    The bytes depend on the rows, their types and Arrow's version alone: not on the size of the pieces, and not on the
    clock. At most one row group of pieces is held in memory.

    Raises:
        InvalidInputError: no piece came, so that the columns are unknown.
    """
    groups = _row_groups([rows] if isinstance(rows, pa.Table) else rows)
    first = next(groups, None)
    if first is None:
        rule, remedy = "a table to write must have columns", "pass at least one piece, which may have no rows"
        raise InvalidInputError(Fault("no-columns", rule, "no piece of it came", remedy, where=str(path)))
    n_rows = 0
    with _replacing(path) as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for group in chain([first], groups):
            writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
            n_rows += group.num_rows
    return n_rows


def _row_groups(pieces: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.Table]:
    """Tables of `ROW_GROUP_ROWS` rows and the rest, in one chunk each and without file-level metadata."""
    held: list[pa.Table] = []
    for piece in pieces:
        table = pa.Table.from_batches([piece]) if isinstance(piece, pa.RecordBatch) else piece
        held.append(table.replace_schema_metadata(None))
        if sum(table.num_rows for table in held) >= ROW_GROUP_ROWS:
            rows = pa.concat_tables(held)
            whole = rows.num_rows - rows.num_rows % ROW_GROUP_ROWS
            for start in range(0, whole, ROW_GROUP_ROWS):
                yield rows.slice(start, ROW_GROUP_ROWS).combine_chunks()
            held = [rows.slice(whole)]
    if held:
        yield pa.concat_tables(held).combine_chunks()  # perhaps without rows: then it still brings the columns


def _write_csv(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file:
        pv.write_csv(table, file)


def _write_csv_gz(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped:
        pv.write_csv(table, zipped)


def _write_parquet(table: pa.Table, path: Path) -> None:
    write_parquet(table, path)


WRITERS: Mapping[str, Callable[[pa.Table, Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".csv.gz": _write_csv_gz,
}


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when all went well, and leaves no trace otherwise."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
