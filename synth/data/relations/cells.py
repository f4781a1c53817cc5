"""The columns of a table as numbers and codes, with what is known of their rounding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.grid import significant_digits
from synth.data.metadata import Column, ColumnType, Table
from synth.data.rules_values import as_numbers

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MAX_CODES = 1000
"""Columns with more different values are no determinants and no dependents."""

_SAMPLE = 2000


@dataclass(frozen=True)
class Cells:
    """What the searches look at.

    Attributes:
        table: all rows.
        spec: its metadata.
        entities: subject of each row, shape (n_rows,).
        k: fewest subjects.
        sample: places of at most 2,000 rows, spread over the table.
    """

    table: pa.Table
    spec: Table
    entities: Codes
    k: int
    sample: npt.NDArray[np.intp]

    @classmethod
    def of(cls, table: pa.Table, spec: Table, entities: Codes, k: int, seed: int) -> Cells:
        """Draws the sample."""
        n = table.num_rows
        rng = np.random.Generator(np.random.PCG64(seed))
        sample = np.sort(rng.choice(n, min(n, _SAMPLE), replace=False))
        return cls(table, spec, entities, k, sample)

    @cached_property
    def numbers(self) -> dict[str, Floats]:
        """Number columns that are not constant, NaN where missing or a declared stand-in for missing."""
        found = {}
        for name, column in self._learnt():
            if column.type in {ColumnType.INTEGER, ColumnType.DECIMAL}:
                values = as_numbers(self.table[name])
                codes = [value for value in column.missing_values if isinstance(value, int | float)]
                values = np.where(np.isin(values, codes), np.nan, values) if codes else values
                if (~np.isnan(values)).any() and np.nanmin(values) < np.nanmax(values):
                    found[name] = values
        return found

    @cached_property
    def codes(self) -> dict[str, Codes]:
        """Columns of few values as codes 0, 1, ..., -1 where missing."""
        found = {}
        for name, column in self._learnt():
            if column.type not in {ColumnType.CATEGORY, ColumnType.BOOLEAN, ColumnType.INTEGER}:
                continue
            cells = self.table[name].combine_chunks()
            if pat.is_null(cells.type):
                continue
            head = pc.count_distinct(cells.take(pa.array(self.sample))).as_py()
            if head > len(self.sample) / 2 or pc.count_distinct(cells).as_py() not in range(2, MAX_CODES + 1):
                continue
            indices = cells.dictionary_encode().indices.fill_null(-1)
            found[name] = indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return found

    @cached_property
    def moments(self) -> dict[str, Floats]:
        """Date and datetime columns."""
        kinds = {ColumnType.DATE, ColumnType.DATETIME}
        return {n: as_numbers(self.table[n]) for n, column in self._learnt() if column.type in kinds}

    def _learnt(self) -> list[tuple[str, Column]]:
        return [(name, column) for name, column in self.spec.columns.items() if name not in self.spec.identifying]

    def rounding(self, name: str) -> Floats:
        """Half a unit of the last digit that each cell of a number column has, shape (n_rows,)."""
        return self._rounding[name]

    @cached_property
    def _rounding(self) -> dict[str, Floats]:
        return {
            name: _half_units(values, self.spec.columns[name], self.sample) for name, values in self.numbers.items()
        }


def _half_units(values: Floats, column: Column, sample: npt.NDArray[np.intp]) -> Floats:
    """By the column's grid, or by the significant digits that it shows.

    Files printed from single precision have 7; then the computation was rounded too, by a unit in its last place.
    """
    if column.step is not None:
        grid = np.full(len(values), column.step / 2)
    elif column.type is ColumnType.INTEGER:
        return np.zeros(len(values))
    else:
        grid = np.zeros(len(values))
    seen = values[sample][~np.isnan(values[sample])]
    digits = significant_digits(seen) if column.step is not None else 0
    if not digits:
        return grid
    with np.errstate(divide="ignore"):
        exponent = np.floor(np.log10(np.abs(np.where(values == 0, 1, values))))
    single = np.spacing(np.abs(np.nan_to_num(values)).astype(np.float32)).astype(np.float64)
    return np.asarray(np.maximum(grid, 0.5 * 10.0 ** (exponent - digits + 1) + single))
