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
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.formats import suffix_of, unsupported
from synth.data.write_rows import json_lines, write_xlsx
from synth.errors import Fault, InvalidInputError

ROW_GROUP_ROWS = 65_536
"""Rows of each Parquet row group but the last, however the rows arrive."""


def write_table(table: pa.Table, path: Path, *, defuse: bool = True) -> int:
    """Writes a table in the format that the path's suffix names; replaces an existing file only when done.

    CSV is UTF-8 with texts in quotes, so that a missing cell and an empty text stay apart when `read` reads them. What
    `read` gave comes back from any format as it was, where the format has room for it; Parquet and Arrow hold all.

    Args:
        table: to write.
        path: of the file.
        defuse: put an apostrophe before each text and column name that a spreadsheet would run as a formula, in the
            formats that spreadsheets open; False writes the texts as they are.

    Returns:
        How many texts got an apostrophe.

    Raises:
        InvalidInputError: a suffix outside `formats.SUFFIXES`, or more than an XLSX sheet holds.
    """
    suffix = suffix_of(path)
    if not suffix:
        raise InvalidInputError(unsupported(path))
    n_defused = 0
    if defuse and suffix in _SPREADSHEETS:
        table, n_defused = defused(table)
    WRITERS[suffix](table, path)
    return n_defused


_SPREADSHEETS = {".csv", ".csv.gz", ".xlsx"}
_FORMULA = r"^[=+\-@\t\r\x00\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""First characters that make a spreadsheet run a cell (OWASP ASVS 5.0, 1.2.10), their full-width forms too."""


def defused(table: pa.Table) -> tuple[pa.Table, int]:
    """Texts and column names that a spreadsheet would run get a leading apostrophe, numbers do not; and their count."""
    names = table.column_names
    running = pc.match_substring_regex(pa.array(names, pa.string()), _FORMULA).to_pylist()
    table = table.rename_columns([f"'{name}" if runs else name for name, runs in zip(names, running, strict=True)])
    count = sum(running)
    for i, field in enumerate(table.schema):
        if is_text(field.type):
            cells = table.column(i)
            runs = pc.fill_null(pc.match_substring_regex(cells, _FORMULA), False)
            if n := pc.sum(runs).as_py() or 0:
                count += n
                quoted = pc.binary_join_element_wise(pa.scalar("'", field.type), cells, pa.scalar("", field.type))
                table = table.set_column(i, field, pc.if_else(runs, quoted, cells))
    return table, count


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


def _with_points(table: pa.Table) -> pa.Table:
    """Floats that are all whole as decimals with one place, so that "2.0" is written and read as a float again."""
    for i, field in enumerate(table.schema):
        cells = table.column(i)
        if pat.is_floating(field.type) and cells.null_count < len(cells):
            largest = pc.max(pc.abs(cells)).as_py()
            if largest < _WHOLE and pc.all(pc.equal(pc.floor(cells), cells)).as_py():
                table = table.set_column(i, field.name, cells.cast(pa.float64()).cast(pa.decimal128(17, 1)))
    return table


_WHOLE = 10.0**15
"""Larger floats are written with an exponent anyway."""


def _write_csv(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file:
        pv.write_csv(_with_points(table), file)


def _write_csv_gz(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped:
        pv.write_csv(_with_points(table), zipped)


def _write_arrow(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file, pa.ipc.new_file(file, table.schema.remove_metadata()) as writer:
        writer.write_table(table.combine_chunks(), max_chunksize=ROW_GROUP_ROWS)


def _write_jsonl(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file:
        file.writelines(json_lines(table))


def _write_jsonl_gz(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped:
        zipped.writelines(json_lines(table))


def _write_xlsx(table: pa.Table, path: Path) -> None:
    with _replacing(path) as file:
        write_xlsx(table, file, path)


def _write_parquet(table: pa.Table, path: Path) -> None:
    write_parquet(table, path)


WRITERS: Mapping[str, Callable[[pa.Table, Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".csv.gz": _write_csv_gz,
    ".jsonl": _write_jsonl,
    ".jsonl.gz": _write_jsonl_gz,
    ".xlsx": _write_xlsx,
    ".arrow": _write_arrow,
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
