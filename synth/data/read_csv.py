"""Reading a CSV file: every cell as text first, then each column as the type that all its cells share.

Reading as text costs about twice the file in memory, and makes the types depend on the whole file, not on its first
block.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from synth.data.csv_encoding import Utf8, guessed_encoding, marked_encoding
from synth.data.formats import name_faults, no_rows, opened
from synth.data.infer import typed
from synth.data.limits import Watch
from synth.errors import Fault, InvalidInputError, raise_all

_BLOCK_BYTES = 1 << 23
_DELIMITERS = ",;\t|"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


def read_csv(path: Path, *, as_text: Collection[str] = ()) -> pa.Table:
    """Reads a CSV file, plain or gzipped, with a header line.

    The encoding is UTF-8, or what `csv_encoding` finds. The delimiter is the one of comma, semicolon, tab and bar that
    the header has most of outside quotes. Quoted cells may span lines. An empty cell is missing; a quoted empty cell
    (`""`) is an empty text. Types: see `synth.data.infer`.

    Args:
        path: ends in .csv or .csv.gz.
        as_text: columns to leave as text whatever they look like, because metadata says so.

    Raises:
        InvalidInputError: no encoding fits, no header or rows, bad column names, rows of another width, beyond the
            limits, or not CSV.
    """
    watch = Watch(path)
    try:
        watch.unpack()
    except (OSError, EOFError, zlib.error):
        raise InvalidInputError(_diagnosis(path)) from None
    source = _Source(path, marked_encoding(path) or "utf-8")
    try:
        columns, header = _read(source, watch)
    except (pa.ArrowException, csv.Error, OSError, EOFError, zlib.error, UnicodeDecodeError):
        # the libraries' own messages may hold cells
        if source.encoding != "utf-8" or _diagnosis(path).code != "not-utf8":
            raise InvalidInputError(_diagnosis(path, source.encoding)) from None
        columns, header = _read_guessed(path, watch)
    for i, name in enumerate(header):
        if name not in as_text:
            columns[i] = typed(columns[i])  # frees the text of this column
    return pa.table(columns, names=header)


@dataclass(frozen=True)
class _Source:
    """A file and its encoding."""

    path: Path
    encoding: str

    @contextmanager
    def text(self) -> Iterator[io.TextIOWrapper]:
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with opened(self.path) as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
            yield text

    @contextmanager
    def utf8(self) -> Iterator[pa.NativeFile]:
        if self.encoding == "utf-8":
            compression = "gzip" if self.path.name.lower().endswith(".gz") else None
            with pa.input_stream(str(self.path), compression=compression) as file:
                yield file
        else:
            with self.text() as text, pa.PythonFile(Utf8(text), "r") as file:
                yield file


def _read(source: _Source, watch: Watch) -> tuple[list[pa.ChunkedArray], list[str]]:
    header, delimiter = _header(source, watch)
    columns = _text_columns(source, header, delimiter)
    watch.add(n_rows=len(columns[0]))
    watch.cells(len(columns[0]) * len(columns))
    for name, column in zip(header, columns, strict=True):
        watch.cell(pc.max(pc.binary_length(column)).as_py() or 0, name)
    return columns, header


def _read_guessed(path: Path, watch: Watch) -> tuple[list[pa.ChunkedArray], list[str]]:
    encoding = guessed_encoding(path)
    if encoding is None:
        raise InvalidInputError(_diagnosis(path))
    try:
        return _read(_Source(path, encoding), watch)
    except (pa.ArrowException, csv.Error, OSError, EOFError, zlib.error, UnicodeError):
        raise InvalidInputError(_malformed(path)) from None


def _header(source: _Source, watch: Watch) -> tuple[list[str], str]:
    """Column names and delimiter."""
    with source.text() as text:
        first_line = text.readline(watch.limits.cell_bytes)
        if _CONTROL.search(first_line):
            raise InvalidInputError(_binary(source.path))
        bare = re.sub(r'"[^"]*"', "", first_line)
        delimiter = max(_DELIMITERS, key=bare.count)  # the comma, where there is none at all
        watch.columns(bare.count(delimiter) + 1)
        text.seek(0)
        rows = csv.reader(text, delimiter=delimiter)
        header = next(rows, [])
        if not header:
            raise InvalidInputError(_no_header(source.path))
        if next(rows, None) is None:
            raise InvalidInputError(no_rows(source.path))
    return header, delimiter


class _Ragged:
    """Counts the rows of another width that Arrow meets; it numbers them only where it reads with one thread."""

    def __init__(self) -> None:
        self.count = 0
        self.first: int | None = None

    def leave_out(self, row: pv.InvalidRow) -> str:
        self.count += 1
        if self.first is None and row.number is not None:
            self.first = row.number - 1  # Arrow counts the header as row 1
        return "skip"


def _text_columns(source: _Source, header: Sequence[str], delimiter: str) -> list[pa.ChunkedArray]:
    path = source.path
    faults = name_faults(header, path)
    try:
        table = _arrow_read(source, header, delimiter)
    except pa.ArrowInvalid:
        if source.encoding == "utf-8" and _diagnosis(path).code == "not-utf8":
            raise  # the count below decodes such rows, and complains on standard error where they are no UTF-8
        ragged = _Ragged()
        _arrow_read(source, header, delimiter, ragged)
        raise_all([*faults, *([_ragged_rows(path, len(header), ragged)] if ragged.count else [])])
        raise
    raise_all(faults)
    if table.column_names != list(header) or _ends_in_open_quote(source, table):
        raise InvalidInputError(_malformed(path))
    columns: list[pa.ChunkedArray] = table.columns
    return columns


def _ends_in_open_quote(source: _Source, table: pa.Table) -> bool:
    """True where an unclosed quote made the rest of the file one cell, which Arrow does not report."""
    last = table.columns[-1][-1].as_py() if table.num_rows else None
    if last is None or "\n" not in last:
        return False
    with source.text() as text:
        return not deque(text, maxlen=1)[0].rstrip("\r\n").endswith('"')


def _arrow_read(source: _Source, header: Sequence[str], delimiter: str, ragged: _Ragged | None = None) -> pa.Table:
    """All cells as text; rows of another width are refused, or counted where `ragged` is given."""
    with source.utf8() as file:
        return pv.read_csv(
            file,
            read_options=pv.ReadOptions(use_threads=ragged is None, block_size=_BLOCK_BYTES),
            parse_options=pv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=len(header) > 1,  # in a single column an empty line is a missing cell
                invalid_row_handler=ragged and ragged.leave_out,
            ),
            convert_options=pv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _diagnosis(path: Path, encoding: str = "utf-8") -> Fault:
    """Why the libraries gave up, found out without their messages."""
    number = 0
    try:
        with opened(path) as file:
            for number, line in enumerate(file, start=1):  # noqa: B007 - used after the loop
                if encoding == "utf-8":
                    line.decode()
    except UnicodeDecodeError:
        rule = "a CSV file must be text in UTF-8, or in an encoding that its letters tell"
        fact = f"line {number} is not UTF-8, and no other encoding fits"
        return Fault("not-utf8", rule, fact, "save it as UTF-8", where=str(path))
    except (OSError, EOFError, zlib.error):
        rule, fact = "the file must be readable to its end", "it is cut off or damaged"
        return Fault("broken-file", rule, fact, "write or copy it again", where=str(path))
    return _malformed(path)


def _malformed(path: Path) -> Fault:
    rule, fact = "the file must be CSV with a header line", "it cannot be read as such"
    remedy = f"check its quotes, and that no row is longer than {_BLOCK_BYTES >> 20} MiB"
    return Fault("broken-csv", rule, fact, remedy, where=str(path))


def _binary(path: Path) -> Fault:
    rule, fact = "a CSV file must be text", "it begins with bytes that no text has"
    return Fault("not-text", rule, fact, "check what it is, and rename it", where=str(path))


def _no_header(path: Path) -> Fault:
    rule, fact = "the first line must name the columns", "the file or its first line is empty"
    return Fault("empty-file", rule, fact, "put a header line first", where=str(path))


def _ragged_rows(path: Path, width: int, ragged: _Ragged) -> Fault:
    rule = f"every row must have as many cells as the header ({width})"
    fact = f"{ragged.count} have more or fewer, the first is row {ragged.first} (without header and empty lines)"
    return Fault("ragged-rows", rule, fact, "mend these rows; quote cells that hold the delimiter", where=str(path))
