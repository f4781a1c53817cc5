"""What stand-ins a table needs, learnt from train rows, and the stand-ins of any rows.

Kept are forms, shares and counts that at least k subjects stand behind; no value of a column that identifies is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import Pii, is_text, parse_arrow
from synth.data.metadata import Table
from synth.data.standins.learn import BLOCK, learn_column, learn_runs
from synth.data.standins.numbers import hashed, key_of, uniforms
from synth.data.standins.patterns import as_kind, fill, integers
from synth.data.standins.people import People
from synth.data.standins.pools import DEFAULT_LOCALE, is_locale
from synth.errors import Fault

_WOMEN = {"f", "female", "woman", "w", "women", "女", "女性", "weiblich", "femme", "mujer", "femenino", "feminino"}
_MEN = {"m", "male", "man", "men", "男", "男性", "männlich", "homme", "hombre", "masculino"}
_BIRTH_WORDS = ("birth", "dob", "出生", "geburt", "naissance", "nacimiento")
_SEX_NAMES = {"sex", "gender", "性别", "geschlecht", "sexe", "sexo", "genero", "género"}


@dataclass(frozen=True)
class Standins:
    """Stand-ins for the columns of one table.

    Attributes:
        columns: by name, what to make: `kind`, Arrow type, share of missing cells, and what the kind needs.
        runs: rows per entity and how often, pooled to k entities each; empty where each row is an entity.
        locale: of the people.
        sex, birth: columns that tell sex and birth date, or an empty string.
    """

    columns: Mapping[str, dict[str, Any]]
    runs: tuple[tuple[int, float], ...]
    locale: str
    sex: str = ""
    birth: str = ""

    @property
    def unique(self) -> set[str]:
        """Columns in which no two rows share a value."""
        return {name for name, column in self.columns.items() if column["unique"]}

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "columns": dict(self.columns),
            "runs": [list(run) for run in self.runs],
            "locale": self.locale,
            "sex": self.sex,
            "birth": self.birth,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        runs = tuple((int(rows), float(share)) for rows, share in data["runs"])
        return cls(data["columns"], runs, data["locale"], data["sex"], data["birth"])

    def make(self, rows: range, modelled: pa.Table, seed: int, table: str) -> dict[str, pa.Array]:
        """Values for rows with these numbers; they depend on seed, table, number and the row's own cells alone.

        Args:
            rows: numbers of the rows.
            modelled: the other columns of the same rows.
            seed: of the sample.
            table: name of the table.
        """
        if not self.columns:
            return {}
        numbers = np.arange(rows.start, rows.stop, dtype=np.int64)
        entities = self.entities(numbers, seed, table)
        female, born = self._female(modelled), self._born(modelled)
        people = People(self.locale, entities, numbers, key_of("people", seed, table), female, born)
        return {name: self._column(name, numbers, entities, people, seed, table) for name in self.columns}

    def entities(self, numbers: npt.NDArray[np.int64], seed: int, table: str) -> npt.NDArray[np.int64]:
        """The entity of each row: the number of its first row."""
        if not self.runs:
            return numbers
        found = np.empty(len(numbers), np.int64)
        lengths = np.array([rows for rows, _ in self.runs])
        shares = np.cumsum([share for _, share in self.runs])
        for block in np.unique(numbers // BLOCK):
            draws = uniforms(np.arange(BLOCK) + block * BLOCK, key_of("runs", seed, table))
            ends = np.cumsum(lengths[np.searchsorted(shares, draws, side="right").clip(max=len(lengths) - 1)])
            starts = np.concatenate([[0], ends])
            mine = numbers // BLOCK == block
            place = numbers[mine] % BLOCK
            found[mine] = block * BLOCK + starts[np.searchsorted(starts, place, side="right") - 1]
        return found

    def _column(
        self,
        name: str,
        numbers: npt.NDArray[np.int64],
        entities: npt.NDArray[np.int64],
        people: People,
        seed: int,
        table: str,
    ) -> pa.Array:
        column = self.columns[name]
        kind, key = parse_arrow(column["arrow"]), key_of(seed, table, name)
        counters = numbers if column["unique"] else entities
        if column["distinct"]:
            counters = (hashed(counters, key_of(key, "value")) % np.uint64(column["distinct"])).astype(np.int64)
        values = _values(column, kind, counters, key, people)
        draws = uniforms(numbers if column["distinct"] else entities, key_of(key, "missing"))
        missing = draws < column["missing"]  # unique columns have none
        return pc.if_else(pa.array(missing), pa.scalar(None, kind), values) if missing.any() else values

    def _female(self, modelled: pa.Table) -> Sequence[bool | None]:
        """Unknown where entities have several rows: those may differ, and the first may lie in another part."""
        if self.runs or not self.sex or self.sex not in modelled.column_names:
            return [None] * modelled.num_rows
        words = [str(value).strip().lower() for value in modelled[self.sex].to_pylist()]
        known = dict.fromkeys(_WOMEN, True) | dict.fromkeys(_MEN, False)
        return [known.get(word) for word in words]

    def _born(self, modelled: pa.Table) -> Sequence[date | None]:
        if self.runs or not self.birth or self.birth not in modelled.column_names:
            return [None] * modelled.num_rows
        born: list[date | None] = modelled[self.birth].cast(pa.date32(), safe=False).to_pylist()
        return born


def _values(
    column: dict[str, Any], kind: pa.DataType, counters: npt.NDArray[np.int64], key: int, people: People
) -> pa.Array:
    if column["kind"] == "pii":
        texts = people.make(Pii(column["pii"]), column["unique"])
        if is_text(kind):
            return pa.array(texts, kind)
        digits = ["".join(filter(str.isdigit, text))[-18:] for text in texts]
        return as_kind(np.array([int(text or 0) for text in digits]), kind)
    if column["kind"] == "forms":
        forms = [(form, share) for form, share in column["forms"]]
        return pa.array(fill(forms, counters, key), kind)
    if column["kind"] == "moments":
        ticks = pa.array(column["start"] + counters * column["step"])
        return (ticks.cast(pa.int32(), safe=False) if pat.is_date32(kind) else ticks).cast(kind, safe=False)
    if column["kind"] in {"serial", "digits"}:
        return as_kind(integers(column, counters, key, kind), kind)
    if column["kind"] == "names":
        return pa.array([f"{column['name']}-{number + 1:08d}" for number in counters.tolist()], kind)
    return pa.nulls(len(counters), kind)


def fit_standins(train: pa.Table, spec: Table, entities: npt.NDArray[np.int64], k: int) -> Standins:
    """Learns what stand-ins must look like.

    Args:
        train: rows.
        spec: the table's metadata.
        entities: subject of each row, shape (n_rows,).
        k: fewest subjects behind anything that is kept.
    """
    names = [name for name in spec.columns if name in spec.identifying]
    columns = {name: learn_column(name, train[name], spec, entities, k) for name in names}
    sex = next((name for name in spec.columns if name.lower() in _SEX_NAMES and name not in columns), "")
    dates = (name for name in spec.columns if any(word in name.lower() for word in _BIRTH_WORDS))
    birth = next((n for n in dates if n not in columns and pat.is_temporal(train.schema.field(n).type)), "")
    return Standins(columns, learn_runs(spec, entities, k), spec.locale or DEFAULT_LOCALE, sex, birth)


def locale_faults(spec: Table) -> list[Fault]:
    """What is wrong with the locale of a table: nothing, or that nobody knows it."""
    if not spec.locale or is_locale(spec.locale):
        return []
    return [
        Fault(
            "locale-unknown",
            "the locale must be one that stand-ins exist for",
            f'it is "{spec.locale}"',
            'write language and country as in "en_US" or "zh_CN", or leave it out',
            where="locale",
        )
    ]
