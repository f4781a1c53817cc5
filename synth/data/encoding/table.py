"""All columns of a table as parts, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pat

from synth.data.encoding.nominal import NominalCodec
from synth.data.encoding.ordered import MISSING_U, OrderedCodec
from synth.data.encoding.physical import codes_of, from_floats, offset_of, part_suffixes, to_floats, within_seen
from synth.data.metadata import Column, ColumnType, Table


@dataclass(frozen=True)
class Codes:
    """One part of n rows.

    Attributes:
        tokens: int32 (n,); for ordered parts `CONTINUOUS` where `u` says the rest.
        u: float64 (n,) position of ordered parts, in [0, 1] or `MISSING_U`; None for nominal parts.
    """

    tokens: npt.NDArray[np.int32]
    u: npt.NDArray[np.float64] | None = None

    def take(self, index: npt.NDArray[np.intp]) -> Codes:
        """The rows of `index`."""
        return Codes(self.tokens[index], None if self.u is None else self.u[index])


Codec = OrderedCodec | NominalCodec
Values = npt.NDArray[np.float64] | npt.NDArray[np.int32]
"""Of one part, shape (n,): numbers of an ordered one, NaN for missing; tokens of a nominal one."""


@dataclass(frozen=True)
class TableEncoder:
    """Columns <-> parts, fitted on train rows with at least k subjects behind every kept value.

    Columns that identify (keys, direct identifiers, the entity key) and free text are not modelled: keys come back as
    new serial values, text as missing.

    Attributes:
        columns: metadata by name, in table order.
        identifying: names of columns that get serial values.
        codecs: by part name; a date-time `t` has the parts `t:day` and `t:time`.
        offsets: of integer columns beyond 2^53, by column.
    """

    columns: Mapping[str, Column]
    identifying: frozenset[str]
    codecs: Mapping[str, Codec]
    offsets: Mapping[str, int]

    @classmethod
    def fit(cls, table: pa.Table, spec: Table, entities: npt.NDArray[np.int64], k: int) -> Self:
        """Learns every column's codecs from train rows; `entities` as `entity_codes` gives them."""
        identifying = spec.identifying
        codecs: dict[str, Codec] = {}
        offsets: dict[str, int] = {}
        for name, column in spec.columns.items():
            if name in identifying or column.type is ColumnType.TEXT:
                continue
            array = table[name]
            if not is_ordered(column):
                codecs[name] = NominalCodec.fit(array, entities, k, column.categories or ())
                continue
            offsets[name] = offset_of(array, column)
            parts = to_floats(array, column, offsets[name])
            codes = codes_of(column, offsets[name])
            for suffix, values in zip(part_suffixes(column), parts, strict=True):
                codecs[name + suffix] = OrderedCodec.fit(values, entities, k, codes)
        columns = {name: within_seen(column, table[name], entities, k) for name, column in spec.columns.items()}
        return cls(columns, identifying, codecs, {n: o for n, o in offsets.items() if o})

    def encode(self, table: pa.Table) -> dict[str, Codes]:
        """Codes by part; any rows of the same columns are accepted, seen in training or not."""
        return dict(self._encode(table))

    def _encode(self, table: pa.Table) -> Iterator[tuple[str, Codes]]:
        for name, column in self._modelled():
            if not is_ordered(column):
                codec = self.codecs[name]
                assert isinstance(codec, NominalCodec)
                yield name, Codes(codec.encode(table[name]))
                continue
            parts = to_floats(table[name], column, self.offsets.get(name, 0))
            for suffix, values in zip(part_suffixes(column), parts, strict=True):
                codec = self.codecs[name + suffix]
                assert isinstance(codec, OrderedCodec)
                yield name + suffix, Codes(*codec.encode(values))

    def decode(self, codes: Mapping[str, Codes], first_row: int, n_rows: int, rng: np.random.Generator) -> pa.Table:
        """Rows of the original columns, order and types.

        Args:
            codes: by part, each of n_rows.
            first_row: number of the first row in the whole synthetic table; makes serial values unique.
            n_rows: how many.
            rng: draws stand-ins for rare categories.
        """
        return self.assemble(self.values(codes), first_row, n_rows, rng)

    def values(self, codes: Mapping[str, Codes]) -> dict[str, Values]:
        """What each part's codes stand for: numbers in units of the column, not yet on its grid, or tokens."""
        found: dict[str, Values] = {}
        for name, part in codes.items():
            codec = self.codecs[name]
            if isinstance(codec, NominalCodec):
                found[name] = part.tokens
            else:
                assert part.u is not None
                found[name] = codec.decode(part.tokens, part.u)
        return found

    def assemble(self, values: Mapping[str, Values], first_row: int, n_rows: int, rng: np.random.Generator) -> pa.Table:
        """Rows from values of the parts, on the columns' grids and within their bounds; arguments as of `decode`."""
        rows = range(first_row, first_row + n_rows)
        arrays = [self._assemble(name, column, values, rows, rng) for name, column in self.columns.items()]
        return pa.table(arrays, names=list(self.columns))

    def _assemble(
        self, name: str, column: Column, values: Mapping[str, Values], rows: range, rng: np.random.Generator
    ) -> pa.Array:
        if name in self.identifying:
            return serial_values(name, column, rows)
        if column.type is ColumnType.TEXT:
            return pa.nulls(len(rows), column.arrow_type)
        if not is_ordered(column):
            codec = self.codecs[name]
            assert isinstance(codec, NominalCodec)
            return codec.decode(values[name].astype(np.int32), rng).cast(column.arrow_type)
        parts = tuple(values[name + suffix].astype(np.float64) for suffix in part_suffixes(column))
        return from_floats(parts, column, self.offsets.get(name, 0))

    def _modelled(self) -> Iterator[tuple[str, Column]]:
        for name, column in self.columns.items():
            if name not in self.identifying and column.type is not ColumnType.TEXT:
                yield name, column

    def to_json(self) -> dict[str, Any]:
        """JSON form of everything learnt."""
        return {
            "columns": {name: column.model_dump(mode="json") for name, column in self.columns.items()},
            "identifying": sorted(self.identifying),
            "codecs": {
                name: {"kind": "ordered" if isinstance(codec, OrderedCodec) else "nominal", **codec.to_json()}
                for name, codec in self.codecs.items()
            },
            "offsets": dict(self.offsets),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        kinds: dict[str, type[OrderedCodec] | type[NominalCodec]] = {"ordered": OrderedCodec, "nominal": NominalCodec}
        codecs = {name: kinds[codec["kind"]].from_json(codec) for name, codec in data["codecs"].items()}
        columns = {name: Column.model_validate(column) for name, column in data["columns"].items()}
        return cls(columns, frozenset(data["identifying"]), codecs, data["offsets"])


def is_ordered(column: Column) -> bool:
    """True where the column's parts are ordered; categories and booleans are nominal."""
    return column.type.is_ordered


def serial_values(name: str, column: Column, rows: range) -> pa.Array:
    """New values for an identifying column: row numbers from 1, as text `NAME-00000001`; missing for other types."""
    kind = column.arrow_type
    numbers = np.arange(rows.start + 1, rows.stop + 1, dtype=np.int64)
    if pat.is_integer(kind) or pat.is_floating(kind):
        return pa.array(numbers).cast(kind, safe=False)
    if pat.is_string(kind) or pat.is_large_string(kind):
        return pa.array([f"{name}-{number:08d}" for number in numbers], kind)
    return pa.nulls(len(rows), kind)


__all__ = ["MISSING_U", "Codec", "Codes", "TableEncoder"]
