"""The one list of file formats that Synth reads and writes, and the faults that files of any format can have."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.types as pat

from synth.data.columns import is_supported
from synth.errors import Fault

SUFFIXES = (".parquet", ".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".xlsx", ".arrow")
"""Suffixes of tables; a new one needs a reader in `read.READERS` and a writer in `write.WRITERS`."""


def suffix_of(path: Path) -> str:
    """The suffix among `SUFFIXES`, or an empty string; upper and lower case are the same.

    >>> suffix_of(Path("people.2024.CSV.gz"))
    '.csv.gz'
    """
    name = path.name.lower()
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")


def stem_of(path: Path) -> str:
    """The name of the table in a file: the file's name without its suffix.

    >>> stem_of(Path("people.2024.CSV.gz"))
    'people.2024'
    """
    return path.name[: len(path.name) - len(suffix_of(path))]


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    """The bytes of a file, unpacked where its name ends in .gz."""
    with path.open("rb") as file:
        if path.name.lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield unzipped
        else:
            yield file


def unsupported(path: Path) -> Fault:
    """The fault of a file in another format."""
    return Fault(
        "unsupported-format",
        f"a table must be a file of the formats {', '.join(SUFFIXES)}",
        "this one is not, by its name",
        "convert or rename it",
        where=str(path),
    )


def no_rows(path: Path) -> Fault:
    """The fault of a table without rows."""
    return Fault("no-rows", "a table must have at least one row", "it has none", "add rows", where=str(path))


def name_faults(names: Sequence[str], path: Path) -> list[Fault]:
    """Faults of column names: empty ones by position, repeated ones by name."""
    faults = [_duplicate(name, count, path) for name, count in Counter(names).items() if count > 1 and name.strip()]
    unnamed = [str(i) for i, name in enumerate(names, start=1) if not name.strip()]
    if unnamed:
        rule, fact = "every column must have a name", f"column {', '.join(unnamed)} has none"
        remedy = "name it, or drop it if it only numbers the rows"
        faults.append(Fault("column-unnamed", rule, fact, remedy, where=str(path)))
    return faults


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the same values without Arrow's encodings of it."""
    if pat.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pat.is_large_string(kind) or pat.is_string_view(kind):
        return pa.string()
    return pa.float32() if pat.is_float16(kind) else kind


def type_faults(schema: pa.Schema, path: Path) -> Iterator[Fault]:
    """Faults of columns whose type no column may have."""
    for field in schema:
        if not is_supported(plain_type(field.type)):
            kind = "nested" if pat.is_nested(field.type) else "not a number, text, truth value, date or time"
            rule, fact = "columns must be of flat types", f"`{field.name}` is {kind}"
            yield Fault("unsupported-type", rule, fact, "flatten, convert or drop it", where=str(path))


def _duplicate(name: str, count: int, path: Path) -> Fault:
    rule, fact = "column names must differ", f"{count} columns are named `{name}`"
    return Fault("column-duplicate", rule, fact, "rename them", where=str(path))
