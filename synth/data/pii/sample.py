"""The cells of a column that the finders look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_text

MOST = 1_000
"""Different cells that are looked at."""

_LONGEST = 300
"""Letters of a cell from which it is free text, not one identifier."""

_EXACT = 2.0**53


@dataclass(frozen=True)
class Sample:
    """Different cells of one column as text, spread over the column.

    Attributes:
        cells: at most `MOST`, without surrounding space, none empty.
        is_number: the column holds numbers, not text.
        n_rows: rows that were looked at; far more than cells where few values repeat, as categories do.
    """

    cells: Sequence[str]
    is_number: bool
    n_rows: int

    def share(self, test: Callable[[str], object], *, most: int = MOST) -> float:
        """Share of cells that pass; 0 as soon as the first 40 show that most do not."""
        cells = self.few(most)
        head = cells[:: len(cells) // 40 + 1]
        if sum(bool(test(cell)) for cell in head) < 0.4 * len(head):
            return 0.0
        return sum(bool(test(cell)) for cell in cells) / len(cells)

    def few(self, most: int) -> Sequence[str]:
        """At most `most` cells, spread."""
        return self.cells[:: -(-len(self.cells) // most)]


def sample_of(column: pa.ChunkedArray) -> Sample | None:
    """The sample of a column; None where it holds nothing that could be an identifier (dates, fractions, free text)."""
    if pat.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    is_number = pat.is_integer(column.type) or pat.is_floating(column.type)
    if not (is_number or is_text(column.type)) or column.null_count == len(column):
        return None
    places = np.unique(np.linspace(0, len(column) - 1, min(len(column), 4 * MOST)).astype(np.int64))
    values = column.take(pa.array(places)).drop_null().unique()
    if pat.is_floating(column.type):
        whole = pc.equal(values, pc.floor(values))
        if len(values) == 0 or not pc.all(whole).as_py() or pc.max(pc.abs(values)).as_py() > _EXACT:
            return None
        values = values.cast(pa.int64())
    texts = values.cast(pa.large_string()).to_pylist()
    cells = [stripped for text in texts[:: len(texts) // MOST + 1] if (stripped := text.strip())]
    if not cells or (not is_number and sum(len(cell) > _LONGEST for cell in cells) > 0.2 * len(cells)):
        return None
    return Sample(cells, is_number, len(places))
