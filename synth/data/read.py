"""Reading seed datasets: a file, or a folder with one file per table, as plain Arrow tables.

Plain means: Arrow's encodings of one value type (dictionary, large, view) are that type, NaN is missing, and
column names are as in the file. Values are not changed otherwise: see `synth.data.infer` for CSV.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.formats import SUFFIXES, name_faults, no_rows, plain_type, stem_of, suffix_of, type_faults, unsupported
from synth.data.metadata import Metadata, Table
from synth.data.read_arrow import read_arrow, read_parquet
from synth.data.read_csv import read_csv
from synth.data.read_jsonl import read_jsonl
from synth.data.read_xlsx import read_xlsx
from synth.errors import Fault, InvalidInputError, raise_all

_BESIDE_TABLES = (".md", ".txt", ".yaml", ".yml", ".json")
"""Files that may lie in a folder of tables without being one."""


def read_tables(paths: Sequence[Path], metadata: Metadata | None = None) -> dict[str, pa.Table]:
    """Reads files and folders of files; a table is named as its file, without the suffix.

    Args:
        paths: files of the formats `formats.SUFFIXES`, and folders of such files.
        metadata: where known, columns that it holds as text are read as text, whatever their cells look like.

    Returns:
        Tables by name, in the order of `paths` and by name inside a folder.

    Raises:
        InvalidInputError: all faults of all files.
    """
    faults: list[Fault] = []
    files = [file for path in paths for file in _files(path, faults)]
    repeated = [name for name, count in Counter(map(stem_of, files)).items() if count > 1]
    faults += [_repeated_table(name) for name in repeated]
    tables: dict[str, pa.Table] = {}
    for file in files:
        spec = None if metadata is None else metadata.tables.get(stem_of(file))
        try:
            tables[stem_of(file)] = read_table(file, spec)
        except InvalidInputError as error:
            faults += error.faults
    if not files and not faults:
        faults.append(_no_files())
    raise_all(faults)
    return tables


def read_table(path: Path, spec: Table | None = None) -> pa.Table:
    """Reads one file.

    Args:
        path: a file of the formats `formats.SUFFIXES`.
        spec: where known, columns that it holds as text are read as text, whatever their cells look like.

    Raises:
        InvalidInputError: no such file, not readable as its suffix says, no rows, no columns, columns without a name of
            their own or of unsupported types, or numbers that are not finite; lists every fault of the file.
    """
    if not suffix_of(path):
        raise InvalidInputError(unsupported(path))
    if not path.is_file():
        raise InvalidInputError(_no_file(path))
    if path.stat().st_size == 0:
        raise InvalidInputError(_empty_file(path))
    columns = {} if spec is None else spec.columns
    as_text = {name for name, column in columns.items() if is_text(column.arrow_type)}
    table = READERS[suffix_of(path)](path, as_text)
    raise_all([*_shape_faults(table, path), *type_faults(table.schema, path)])
    table = pa.table([plain(column) for column in table.columns], names=table.column_names)
    raise_all(list(_infinite(table, path)))
    return table


def _read_csv(path: Path, as_text: Collection[str]) -> pa.Table:
    return read_csv(path, as_text=as_text)


def _typed(read: Callable[[Path], pa.Table]) -> Callable[[Path, Collection[str]], pa.Table]:
    """A reader of a format that holds types itself."""
    return lambda path, as_text: read(path)  # noqa: ARG005


READERS: Mapping[str, Callable[[Path, Collection[str]], pa.Table]] = {
    ".parquet": _typed(read_parquet),
    ".csv": _read_csv,
    ".csv.gz": _read_csv,
    ".jsonl": _typed(read_jsonl),
    ".jsonl.gz": _typed(read_jsonl),
    ".xlsx": _typed(read_xlsx),
    ".arrow": _typed(read_arrow),
}


def _files(path: Path, faults: list[Fault]) -> list[Path]:
    """The files of a path; what a folder holds beside tables is a fault, unless it is hidden or a document."""
    if not path.is_dir():
        return [path]
    inside = [item for item in sorted(path.iterdir()) if not item.name.startswith(".")]
    tables = [item for item in inside if suffix_of(item) and item.is_file()]
    others = [item for item in inside if item not in tables and item.suffix.lower() not in _BESIDE_TABLES]
    faults += map(unsupported, others)
    return tables


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same values as their plain type, with NaN as missing."""
    kind = plain_type(column.type)
    if kind != column.type:
        column = column.cast(kind)
    if pat.is_floating(kind) and pc.any(pc.is_nan(column)).as_py():
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    return column


def _shape_faults(table: pa.Table, path: Path) -> Iterator[Fault]:
    if table.num_columns == 0:
        rule = "a table must have at least one column"
        yield Fault("no-columns", rule, "it has none", "add columns", where=str(path))
    elif table.num_rows == 0:
        yield no_rows(path)
    yield from name_faults(table.column_names, path)


def _infinite(table: pa.Table, path: Path) -> Iterator[Fault]:
    for name, column in zip(table.column_names, table.columns, strict=True):
        n = pc.sum(pc.is_inf(column)).as_py() if pat.is_floating(column.type) else 0
        if n:
            rule, fact = "numbers must be finite", f"`{name}` has {n} that are not"
            yield Fault("not-finite", rule, fact, "replace them, or leave these cells empty", where=str(path))


def _no_file(path: Path) -> Fault:
    rule, remedy = "the file must exist", "check the path"
    return Fault("file-missing", rule, "there is none", remedy, where=str(path))


def _empty_file(path: Path) -> Fault:
    return Fault("empty-file", "the file must not be empty", "it has no bytes", "write it again", where=str(path))


def _repeated_table(name: str) -> Fault:
    rule, fact = "each table must come from one file", f"several files are named `{name}`"
    return Fault("table-duplicate", rule, fact, "rename one, or give only one")


def _no_files() -> Fault:
    rule = f"there must be at least one file of the formats {', '.join(SUFFIXES)}"
    return Fault("no-tables", rule, "there is none", "give a file, or a folder with one file per table")
