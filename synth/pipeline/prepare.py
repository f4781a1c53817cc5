"""What surrounds every engine: it learns a table without identifiers and derived columns, and its rows get both back.

Fitting: columns that identify, columns that a rule derives, and free text are taken away. Sampling: derived columns are
computed, rows that break a rule are drawn again, and identifiers get stand-ins. All engines keep rules that way, and
none of them sees a name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from synth.data.derive import Derived, find_derived, rebuild, without_derived
from synth.data.entities import entity_codes
from synth.data.metadata import ColumnType, Metadata, Rule, Table
from synth.data.rules import UniqueRule, columns_of
from synth.data.rules_check import Mask, violations
from synth.data.rules_observed import resolve_observed
from synth.data.standins import Standins, fit_standins

FILE = "preparation.json"


@dataclass(frozen=True)
class Preparation:
    """How rows of an engine become rows of the table.

    Attributes:
        table: name.
        spec: the table's metadata, as confirmed.
        rules: concrete rules that every row keeps, and uniqueness over learnt columns.
        derived: columns to compute.
        standins: for the columns that identify.
    """

    table: str
    spec: Table
    rules: tuple[Rule, ...]
    derived: tuple[Derived, ...]
    standins: Standins

    @classmethod
    def fit(cls, table: str, train: pa.Table, metadata: Metadata, k: int) -> Self:
        """Learns from train rows, with at least k subjects behind everything that is kept."""
        spec = metadata.tables[table]
        entities = entity_codes(train, spec)
        rules, _ = resolve_observed(spec.rules, train, entities, k)
        derived = find_derived(train, spec, rules, spec.identifying, entities, k)
        return cls(table, spec, rules, derived, fit_standins(train, spec, entities, k))

    def learnt(self, metadata: Metadata) -> Metadata:
        """The metadata of what the engine learns; the entity key stays, for k counts entities."""
        texts = {name for name, column in self.spec.columns.items() if column.type is ColumnType.TEXT}
        away = (self.spec.identifying | texts) - set(self.spec.entity_key)
        names = [name for name in without_derived(self.spec, self.derived) if name not in away]
        names = names or list(self.spec.columns)[:1]  # an engine needs a column, and may learn nothing of it
        held = set(names)
        table = Table(
            columns={name: self.spec.columns[name] for name in names},
            entity_key=self.spec.entity_key,
            target=self.spec.target if self.spec.target in held else None,
            sequence_key=self.spec.sequence_key if held.issuperset(self.spec.sequence_key) else (),
            sequence_index=self.spec.sequence_index if self.spec.sequence_index in held else None,
            sequence_step=self.spec.sequence_step if self.spec.sequence_index in held else None,
            locale=self.spec.locale,
            rules=tuple(rule for rule in self.rules if columns_of(rule) <= held),
        )
        return metadata.model_copy(update={"tables": {self.table: table}})

    def rebuilt(self, rows: pa.Table) -> tuple[pa.Table, Mask]:
        """Rows of an engine with their derived columns, and which of them break a rule or lie beyond a range."""
        names = [name for name in rows.column_names if name not in self.spec.identifying]
        rows, broken = rebuild(rows.select(names), self.spec, self.rules, self.derived)
        for rule in self.rules:
            if not isinstance(rule, UniqueRule) and columns_of(rule) <= set(rows.column_names):
                broken = broken | violations(rows, rule, self.spec)
        return rows, broken

    @property
    def uniques(self) -> tuple[UniqueRule, ...]:
        """What must be unique over the whole table and is not so because of a stand-in that is."""
        rules = [rule for rule in self.rules if isinstance(rule, UniqueRule)]
        if self.spec.primary_key:
            rules.append(UniqueRule(columns=self.spec.primary_key))
        return tuple(rule for rule in rules if not set(rule.columns) & self.standins.unique)

    def completed(self, rows: pa.Table, numbers: range, seed: int) -> pa.Table:
        """Adds stand-ins for the rows with these numbers, and puts the columns in order; free text is missing."""
        made = self.standins.make(numbers, rows, seed, self.table)
        columns = []
        for name, column in self.spec.columns.items():
            if name in made:
                columns.append(made[name])
            elif name in rows.column_names:
                columns.append(rows[name])
            else:
                columns.append(pa.nulls(rows.num_rows, column.arrow_type))
        return pa.table(columns, names=list(self.spec.columns))

    def save(self, folder: Path) -> None:
        """Writes `preparation.json`."""
        data = {
            "format": 1,
            "metadata": json.loads(Metadata(tables={self.table: _alone(self.spec)}).to_json()),
            "rules": [rule.model_dump(mode="json", by_alias=True) for rule in self.rules],
            "derived": [item.to_json() for item in self.derived],
            "standins": self.standins.to_json(),
        }
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)  # columns keep their order
        (folder / FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads what `save` wrote."""
        data: Mapping[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        [(name, spec)] = Metadata.parse(data["metadata"]).tables.items()
        rules = Table.model_validate({"columns": spec.columns, "rules": data["rules"]}).rules
        derived = tuple(map(Derived.from_json, data["derived"]))
        return cls(name, spec, rules, derived, Standins.from_json(data["standins"]))


def _alone(spec: Table) -> Table:
    """The spec without links to other tables, which a generator of one table does not need."""
    return spec.model_copy(update={"foreign_keys": (), "offered": (), "rules": ()})
