"""Nominal parts: categories and booleans as tokens, most frequent first."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from synth.data.entities import subjects_per_code

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class NominalCodec:
    """Value <-> token for one nominal part.

    Tokens are 0..V-1 for kept values by descending frequency, then one for *rare* (values of fewer than k subjects,
    where together they have k) and one for missing (where k subjects lack a value). Rare decodes to a kept value drawn
    by frequency: the mass stays, the value never leaves. Where a person declared the categories, it decodes to any of
    the declared ones that are not kept, all alike: whether one of them occurs in the rows at all is then a fact that
    the column does not tell.

    Attributes:
        values: the kept values, in their own Arrow type.
        shares: their frequencies, shape (V,), sum 1 where V > 0.
        has_rare, has_missing: whether these tokens exist.
        spare: declared values that are not kept.
    """

    values: pa.Array
    shares: npt.NDArray[np.float64]
    has_rare: bool
    has_missing: bool
    spare: pa.Array

    @classmethod
    def fit(
        cls, column: pa.ChunkedArray, entities: npt.NDArray[np.int64], k: int, declared: tuple[Any, ...] = ()
    ) -> Self:
        """Learns which values k subjects share; that a category is declared makes its name public, not its presence."""
        ids, distinct = _dictionary(column)
        subjects = subjects_per_code(ids, entities, len(distinct) + 1)
        counts = np.bincount(ids, minlength=len(distinct) + 1)[: len(distinct)]
        keep = subjects[:-1] >= k
        rare_subjects = len(np.unique(entities[np.append(~keep, False)[ids]]))
        order = np.flatnonzero(keep)[np.argsort(-counts[keep], kind="stable")]
        shares = counts[order] / max(counts[order].sum(), 1)
        values = distinct.take(pa.array(order))
        has_rare = bool(rare_subjects >= k and len(order) > 0)
        return cls(values, shares, has_rare, bool(subjects[-1] >= k), _not_among(values, declared))

    @property
    def n_tokens(self) -> int:
        """Kept values, plus rare and missing where they exist; at least 1."""
        return max(len(self.values) + self.has_rare + self.has_missing, 1)

    @property
    def is_empty(self) -> bool:
        """True where no value is shared by k subjects; decodes to missing."""
        return len(self.values) == 0

    def encode(self, column: pa.ChunkedArray) -> Ints:
        """Tokens, shape (n,); a value that is not kept becomes rare, or the most frequent where rare is no token."""
        found = pc.index_in(column, value_set=self.values) if len(self.values) else pa.nulls(len(column), pa.int32())
        tokens: Ints = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int32)
        missing = column.is_null().to_numpy(zero_copy_only=False)
        rare = (tokens < 0) & ~missing
        tokens[rare] = len(self.values) if self.has_rare else 0
        tokens[missing] = self.n_tokens - 1 if self.has_missing else 0
        return tokens

    def decode(self, tokens: Ints, rng: np.random.Generator) -> pa.Array:
        """Values, length n, null for missing; `rng` draws the stand-ins of rare values."""
        if self.is_empty:
            return pa.nulls(len(tokens), self.values.type)
        index = tokens.copy()
        if self.has_rare:
            rare = tokens == len(self.values)
            index[rare] = self._stand_ins(int(rare.sum()), rng)
        mask = tokens >= len(self.values) + self.has_rare
        return pa.concat_arrays([self.values, self.spare]).take(pa.array(index, mask=mask))

    def _stand_ins(self, n: int, rng: np.random.Generator) -> Ints:
        """Places of what rare decodes to, in the kept values followed by the spare ones."""
        if len(self.spare):
            return (len(self.values) + rng.integers(len(self.spare), size=n)).astype(np.int32)
        return rng.choice(len(self.values), size=n, p=self.shares).astype(np.int32)

    def to_json(self) -> dict[str, Any]:
        """JSON form; values travel as an Arrow IPC stream, so that every type comes back as it was."""
        return {
            "values": _stream(self.values),
            "shares": self.shares.tolist(),
            "rare": self.has_rare,
            "missing": self.has_missing,
            "spare": _stream(self.spare),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        values, spare = (_unstream(data[name]) for name in ("values", "spare"))
        return cls(values, np.asarray(data["shares"], np.float64), bool(data["rare"]), bool(data["missing"]), spare)


def _dictionary(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """(ids, distinct values in a fixed order); missing has the id after the last value."""
    distinct = column.unique().drop_null()
    distinct = distinct.take(pc.sort_indices(distinct))
    ids = pc.index_in(column, value_set=distinct) if len(distinct) else pa.nulls(len(column), pa.int32())
    return pc.fill_null(ids, len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64), distinct


def _not_among(values: pa.Array, declared: tuple[Any, ...]) -> pa.Array:
    """The declared ones that are not among the values, in the same type."""
    known = set(values.to_pylist())
    return pa.array([value for value in declared if value not in known], values.type)


def _stream(values: pa.Array) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("values", values.type)])) as writer:
        writer.write_table(pa.table({"values": values}))
    return base64.b64encode(sink.getvalue().to_pybytes()).decode()


def _unstream(text: str) -> pa.Array:
    return pa.ipc.open_stream(base64.b64decode(text)).read_all()["values"].combine_chunks()
