"""The one list of file formats that Synth reads and writes, and the faults that files of any format can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from synth.errors import Fault

SUFFIXES = (".parquet", ".csv", ".csv.gz")
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


def _duplicate(name: str, count: int, path: Path) -> Fault:
    rule, fact = "column names must differ", f"{count} columns are named `{name}`"
    return Fault("column-duplicate", rule, fact, "rename them", where=str(path))
