"""How large a file may be, and become: the one place for the limits of reading."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from synth.data.formats import opened
from synth.errors import Fault, InvalidInputError

_CHUNK = 8 << 20


@dataclass(frozen=True)
class Limits:
    """Limits of one file.

    Attributes:
        file_bytes: size on disk.
        expanded_bytes: size after decompression, or in memory.
        ratio: expanded to packed size; counts once `RATIO_FROM` bytes came out, for small files pack well.
        rows, columns: of a table.
        cells: of a table, rows times columns, filled or not.
        cell_bytes: of one text cell, as UTF-8.
        depth: of nested objects.
        seconds: of reading one file.
    """

    file_bytes: int = 16 << 30
    expanded_bytes: int = 32 << 30
    ratio: int = 100
    rows: int = 100_000_000
    columns: int = 10_000
    cells: int = 4_000_000_000
    cell_bytes: int = 1 << 20
    depth: int = 8
    seconds: float = 3600.0


LIMITS = Limits()

RATIO_FROM = 10 << 20

EMPTY_FROM = 50_000_000
"""Cells from which empty ones are told apart from filled ones: a file must bring a byte for every `CELLS_PER_BYTE`."""

COLUMNAR_RATIO_FROM = 1 << 30
"""Of formats that hold columns: tables of a few different values pack a thousandfold, and are none the worse."""

CELLS_PER_BYTE = 10
"""Of what comes out of a file that is written row by row; a filled cell takes more than a byte there."""


@dataclass
class Watch:
    """Counts what comes out of a file while it is read, and stops at a limit.

    Attributes:
        path: of the file.
        limits: of the file.
        expanded: bytes so far.
        rows: so far.
        ratio_from: expanded bytes from which the ratio counts.
    """

    path: Path
    limits: Limits = LIMITS
    expanded: int = 0
    rows: int = 0
    ratio_from: int = RATIO_FROM
    _packed: int = field(init=False)
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._packed = self.path.stat().st_size
        self._start = time.monotonic()
        if self._packed > self.limits.file_bytes:
            raise self._too_much("file-too-large", "bytes", self.limits.file_bytes)

    def add(self, n_bytes: int = 0, n_rows: int = 0) -> None:
        """Counts further bytes and rows.

        Raises:
            InvalidInputError: a limit is passed.
        """
        self.expanded += n_bytes
        self.rows += n_rows
        self.packed(self.expanded, self.ratio_from)
        if self.rows > self.limits.rows:
            raise self._too_much("too-many-rows", "rows", self.limits.rows)
        if time.monotonic() - self._start > self.limits.seconds:
            raise self._too_much("too-slow", "seconds of reading", int(self.limits.seconds))

    def unpack(self) -> None:
        """Expands a packed file once without keeping it: quick, and a bomb is told before a parser meets it.

        Raises:
            InvalidInputError: a limit is passed; also the errors of a damaged file.
        """
        if self.path.name.lower().endswith(".gz"):
            with opened(self.path) as file:
                while chunk := file.read(_CHUNK):
                    self.add(len(chunk))
            self.expanded = 0

    def columns(self, n: int) -> None:
        """Checks the number of columns.

        Raises:
            InvalidInputError: there are too many.
        """
        if n > self.limits.columns:
            raise self._too_much("too-many-columns", "columns", self.limits.columns)

    def cells(self, n: int, *, sparse: bool = False) -> None:
        """Checks the number of cells, rows times columns.

        Args:
            n: of them so far.
            sparse: the file need not write empty cells, so that few bytes may stand for many.

        Raises:
            InvalidInputError: there are too many, or nearly all are empty.
        """
        if n > self.limits.cells:
            raise self._too_much("too-many-cells", "cells", self.limits.cells)
        if sparse and n > max(EMPTY_FROM, CELLS_PER_BYTE * self.expanded):
            raise self._too_much("too-many-cells", "cells for each of its bytes", CELLS_PER_BYTE)

    def packed(self, n_bytes: int, ratio_from: int) -> None:
        """Checks what will come out, by what the file says of itself, before anything of it does.

        Raises:
            InvalidInputError: it is too much.
        """
        if n_bytes > self.limits.expanded_bytes:
            raise self._too_much("file-too-large", "expanded bytes", self.limits.expanded_bytes)
        if n_bytes > max(ratio_from, self.limits.ratio * max(self._packed, 1)):
            raise self._too_much("compression-ratio", "times its packed size", self.limits.ratio)

    def cell(self, n_bytes: int, column: str) -> None:
        """Checks the largest cell of a column.

        Raises:
            InvalidInputError: it is too large.
        """
        if n_bytes > self.limits.cell_bytes:
            rule, fact = f"a cell must have at most {self.limits.cell_bytes:,} bytes", f"`{column}` has a larger one"
            raise InvalidInputError(Fault("cell-too-large", rule, fact, "shorten or drop it", where=str(self.path)))

    def texts(self, texts: Iterable[str | None], column: str) -> None:
        """Checks the largest text of a column.

        Raises:
            InvalidInputError: it is too large.
        """
        self.cell(max((len(text.encode()) for text in texts if text), default=0), column)

    def _too_much(self, code: str, what: str, limit: int) -> InvalidInputError:
        rule, remedy = (
            f"a file must have at most {limit:,} {what}",
            "split it, or check whether it is what it should be",
        )
        return InvalidInputError(Fault(code, rule, "it has more", remedy, where=str(self.path)))
