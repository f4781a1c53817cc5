"""Reading a CSV file: every cell as text first, then each column as the type that all its cells share.

Reading as text costs about twice the file in memory, and makes the types depend on the whole file, not on its first
block.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pv

from synth.data.formats import name_faults, no_rows
from synth.data.infer import typed
from synth.errors import Fault, InvalidInputError, raise_all

_BLOCK_BYTES = 1 << 23
_DELIMITERS = ",;\t|"


def read_csv(path: Path, *, as_text: Collection[str] = ()) -> pa.Table:
    """Reads a UTF-8 CSV file, plain or gzipped, with a header line.

    The delimiter is the one of comma, semicolon, tab and bar that the header has most of. Quoted cells may span lines.
    An empty cell is missing; a quoted empty cell (`""`) is an empty text. Types: see `synth.data.infer`.

    Args:
        path: ends in .csv or .csv.gz.
        as_text: columns to leave as text whatever they look like, because metadata says so.

    Raises:
        InvalidInputError: not UTF-8, no header or rows, bad column names, rows of another width, or not CSV.
    """
    try:
        header, delimiter = _header(path)
        columns = _text_columns(path, header, delimiter)
    except (pa.ArrowException, csv.Error, OSError, EOFError, zlib.error, UnicodeDecodeError):
        raise InvalidInputError(_diagnosis(path)) from None  # the libraries' own messages may hold cells
    for i, name in enumerate(header):
        if name not in as_text:
            columns[i] = typed(columns[i])  # frees the text of this column
    return pa.table(columns, names=header)


def _header(path: Path) -> tuple[list[str], str]:
    """Column names and delimiter."""
    with _opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        first_line = text.readline()
        delimiter = max(_DELIMITERS, key=first_line.count)  # the comma, where there is none at all
        text.seek(0)
        rows = csv.reader(text, delimiter=delimiter)
        header = next(rows, [])
        if not header:
            raise InvalidInputError(_no_header(path))
        if next(rows, None) is None:
            raise InvalidInputError(no_rows(path))
    return header, delimiter


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    with path.open("rb") as file:
        if path.name.lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield unzipped
        else:
            yield file


class _Ragged:
    """Counts the rows of another width that Arrow meets."""

    def __init__(self) -> None:
        self.count = 0
        self.first: int | None = None

    def leave_out(self, row: pv.InvalidRow) -> str:
        self.count += 1
        if self.first is None and row.number is not None:
            self.first = row.number - 1  # Arrow counts the header as row 1
        return "skip"


def _text_columns(path: Path, header: Sequence[str], delimiter: str) -> list[pa.ChunkedArray]:
    faults = name_faults(header, path)
    ragged = _Ragged()
    table = _arrow_read(path, header, delimiter, ragged, threads=True)
    if ragged.count:
        numbered = _Ragged()  # Arrow numbers rows only where it reads with one thread
        _arrow_read(path, header, delimiter, numbered, threads=False)
        faults.append(_ragged_rows(path, len(header), numbered))
    raise_all(faults)
    if table.column_names != list(header) or _ends_in_open_quote(path, table):
        raise InvalidInputError(_malformed(path))
    columns: list[pa.ChunkedArray] = table.columns
    return columns


def _ends_in_open_quote(path: Path, table: pa.Table) -> bool:
    """True where an unclosed quote made the rest of the file one cell, which Arrow does not report."""
    last = table.columns[-1][-1].as_py() if table.num_rows else None
    if last is None or "\n" not in last:
        return False
    with _opened(path) as file:
        return not deque(file, maxlen=1)[0].rstrip(b"\r\n").endswith(b'"')


def _arrow_read(path: Path, header: Sequence[str], delimiter: str, ragged: _Ragged, *, threads: bool) -> pa.Table:
    """All cells as text."""
    compression = "gzip" if path.name.lower().endswith(".gz") else None
    with pa.input_stream(str(path), compression=compression) as file:
        return pv.read_csv(
            file,
            read_options=pv.ReadOptions(use_threads=threads, block_size=_BLOCK_BYTES),
            parse_options=pv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=len(header) > 1,  # in a single column an empty line is a missing cell
                invalid_row_handler=ragged.leave_out,
            ),
            convert_options=pv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _diagnosis(path: Path) -> Fault:
    """Why the libraries gave up, found out without their messages."""
    number = 0
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, start=1):  # noqa: B007 - used after the loop
                line.decode()
    except UnicodeDecodeError:
        rule, fact = "a CSV file must be encoded as UTF-8", f"line {number} is not"
        return Fault("not-utf8", rule, fact, "save it as UTF-8", where=str(path))
    except (OSError, EOFError, zlib.error):
        rule, fact = "the file must be readable to its end", "it is cut off or damaged"
        return Fault("broken-file", rule, fact, "write or copy it again", where=str(path))
    return _malformed(path)


def _malformed(path: Path) -> Fault:
    rule, fact = "the file must be CSV with a header line", "it cannot be read as such"
    remedy = f"check its quotes, and that no row is longer than {_BLOCK_BYTES >> 20} MiB"
    return Fault("broken-csv", rule, fact, remedy, where=str(path))


def _no_header(path: Path) -> Fault:
    rule, fact = "the first line must name the columns", "the file or its first line is empty"
    return Fault("empty-file", rule, fact, "put a header line first", where=str(path))


def _ragged_rows(path: Path, width: int, ragged: _Ragged) -> Fault:
    rule = f"every row must have as many cells as the header ({width})"
    fact = f"{ragged.count} have more or fewer, the first is row {ragged.first} (without header and empty lines)"
    return Fault("ragged-rows", rule, fact, "mend these rows; quote cells that hold the delimiter", where=str(path))
