"""What the columns, keys and rules of a seed dataset mean; detected, then confirmed by a person.

Metadata is data about the *schema*. It holds bounds and categories only where a person declared them, so that a
generator never learns the true extremes of a column from here (design.md 5.6, gate I).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from synth.data import metadata_text
from synth.data.columns import Column, ColumnType, Guess, Model, Pii, Role, Scalar
from synth.data.metadata_faults import faults_of, faults_of_schema
from synth.data.rules import Rule
from synth.errors import Fault, InvalidInputError, InvalidMetadataError, raise_all

__all__ = [
    "Column",
    "ColumnType",
    "ForeignKey",
    "Guess",
    "Metadata",
    "Model",
    "Offer",
    "Pii",
    "Role",
    "Rule",
    "Scalar",
    "Table",
]


class ForeignKey(Model):
    """`columns` here point at `references` of table `table`."""

    columns: tuple[str, ...] = Field(min_length=1)
    table: str
    references: tuple[str, ...] = Field(min_length=1)


class Offer(Model):
    """Something that detection found but does not use: a person may copy it into its field.

    Attributes:
        field: of the table.
        columns: where the field is a key; one for a sequence index.
        foreign_key: where the field is `foreign_keys`.
        rule: where the field is `rules`.
        guess: why, and how sure.
        exceptions: rows that break it.
    """

    field: Literal["primary_key", "foreign_keys", "entity_key", "sequence_key", "sequence_index", "rules"]
    columns: tuple[str, ...] = ()
    foreign_key: ForeignKey | None = None
    rule: Rule | None = None
    guess: Guess
    exceptions: int = Field(default=0, ge=0)


class Table(Model):
    """One table.

    Attributes:
        columns: by name, in file order.
        primary_key: columns that identify a row.
        foreign_keys: links to other tables.
        entity_key: columns that identify the entity (person, device) that rows belong to; splits and k count entities.
        sequence_key: columns that group rows into sequences.
        sequence_index: column that orders a sequence.
        sequence_step: usual distance of two rows of a sequence in the index' unit (seconds for times, days for dates).
        locale: language and place of the people in the rows, such as "zh_CN"; decides what stands in for their names.
        target: column that a downstream task predicts.
        rules: what must hold in every row, see `synth.data.rules`.
        guessed: what detection believes and nobody confirmed yet, by field name; of lists with the place ("rules/0").
        offered: what detection found but does not use unasked.
    """

    columns: dict[str, Column] = Field(min_length=1)
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    entity_key: tuple[str, ...] = ()
    sequence_key: tuple[str, ...] = ()
    sequence_index: str | None = None
    sequence_step: float | None = Field(default=None, gt=0)
    locale: str = ""
    target: str | None = None
    rules: tuple[Rule, ...] = ()
    guessed: dict[str, Guess] = Field(default_factory=dict)
    offered: tuple[Offer, ...] = ()

    @property
    def identifying(self) -> frozenset[str]:
        """Columns whose values stand for a person or a row: never learnt, they get stand-ins.

        A primary key of several columns may be made of traits (a shop and a date), so its members count only where
        their role says so.
        """
        named = {*self.entity_key, *(self.primary_key if len(self.primary_key) == 1 else ())}
        roles = {Role.KEY, Role.DIRECT_IDENTIFIER}
        found = (n for n, column in self.columns.items() if column.role in roles or column.pii is not None)
        return frozenset({*found, *named})


class Metadata(Model):
    """All tables of a seed dataset.

    Attributes:
        version: of this schema.
        name: of the seed dataset, for people.
        population: whom the rows are about; releases of one population share a ledger.
        tables: by name, at least one.

    Raises:
        InvalidMetadataError: keys, bounds, categories, zones or rules contradict the columns; lists every fault.
    """

    version: Literal[1] = 1
    name: str = ""
    population: str = ""
    tables: dict[str, Table] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        raise_all(faults_of(self), InvalidMetadataError)
        return self

    @classmethod
    def parse(cls, data: object) -> Self:
        """Reads the plain form: mappings, lists and scalars.

        Raises:
            InvalidMetadataError: lists every fault with its JSON pointer, without any value.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise InvalidMetadataError(*faults_of_schema(error)) from None  # its text echoes values

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Reads YAML 1.2 (see `metadata_text`); `to_yaml` writes what reads back equal."""
        return cls.parse(metadata_text.read_yaml(text))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads JSON; `to_json` writes what reads back equal."""
        return cls.parse(metadata_text.read_json(text))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a .yaml, .yml or .json file.

        Raises:
            InvalidInputError: no such file, or not UTF-8.
            InvalidMetadataError: see `parse`.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(_unreadable(path, type(error).__name__)) from None
        return cls.from_json(text) if path.suffix == ".json" else cls.from_yaml(text)

    def to_yaml(self) -> str:
        """The short form that a person can edit: defaults are left out."""
        return metadata_text.write_yaml(self._plain())

    def to_json(self) -> str:
        """The same as `to_yaml`, in JSON; dates and times are ISO text."""
        return metadata_text.write_json(self._plain())

    def save(self, path: Path) -> None:
        """Writes a .json file as JSON and any other as YAML; a reader never sees half a file."""
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_text(self.to_json() if path.suffix == ".json" else self.to_yaml(), encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema that editors use; published as `configs/metadata.schema.json`."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **cls.model_json_schema()}

    def only_table(self) -> tuple[str, Table]:
        """Name and table, where there is exactly one.

        Raises:
            InvalidInputError: there are several.
        """
        if len(self.tables) > 1:
            raise InvalidInputError(
                Fault(
                    "several-tables",
                    "this step works on one table",
                    f"the metadata has {len(self.tables)}",
                    "give it one table, or use an engine for several tables",
                )
            )
        return next(iter(self.tables.items()))

    def _plain(self) -> dict[str, Any]:
        return {"version": self.version, **self.model_dump(by_alias=True, exclude_defaults=True)}


def _unreadable(path: Path, reason: str) -> Fault:
    return Fault(
        "metadata-unreadable",
        "the metadata must be a readable UTF-8 file",
        f"reading it gave {reason}",
        "check the path and the encoding",
        where=str(path),
    )
