"""More rows from a generator folder that a run published, without the seed data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from synth.data.formats import suffix_of, unsupported
from synth.data.write import write_parquet, write_table
from synth.errors import Fault, raise_all
from synth.pipeline.generate import sample_pieces, unique_pieces
from synth.pipeline.publish import MODEL, read_head


def sample_to_file(generator: Path, rows: int, seed: int, out: Path, on_rows: Callable[[int], None]) -> None:
    """Samples rows into a new file of any format that Synth writes; the same rows as a run with this seed makes.

    Args:
        generator: folder that a run published.
        rows: to make, at least 1.
        seed: of the rows, at least 0.
        out: a file that does not exist yet.
        on_rows: told the number of rows so far.

    Raises:
        InvalidInputError: the folder is not a generator, or the request makes no sense; nothing was written.
    """
    head = read_head(generator)
    raise_all(list(_faults(rows, seed, out)))
    engine, folder, table = head["engine"], generator / MODEL, head["table"]
    drawn = sample_pieces(engine, folder, table, range(rows), seed)
    pieces = _counted(unique_pieces(engine, folder, table, drawn, rows, seed), on_rows)
    if suffix_of(out) == ".parquet":
        write_parquet(pieces, out)
    else:
        write_table(pa.concat_tables(pieces), out)


def _counted(pieces: Iterator[pa.Table], on_rows: Callable[[int], None]) -> Iterator[pa.Table]:
    made = 0
    for piece in pieces:
        made += piece.num_rows
        on_rows(made)
        yield piece


def _faults(rows: int, seed: int, out: Path) -> Iterator[Fault]:
    if rows < 1:
        yield Fault("rows", "the rows must be at least 1", f"they are {rows}", "ask for more", where="rows")
    if seed < 0:
        yield Fault("seed", "the seed must be at least 0", f"it is {seed}", "pass 0 or more", where="seed")
    if not suffix_of(out):
        yield unsupported(out)
    if (fault := new_file_fault(out)) is not None:
        yield fault


def new_file_fault(out: Path) -> Fault | None:
    """What keeps a file from being written anew, if anything; an existing file is never replaced."""
    rule = "--out must be a new file in a folder that exists"
    if out.exists():
        return Fault("out-exists", rule, "it exists", "name another file, or remove this one", where=str(out))
    if not out.absolute().parent.is_dir():
        return Fault("out-no-folder", rule, "its folder does not", "make the folder first", where=str(out))
    return None
