"""What one column means, and the Arrow types that may hold it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.types as pat
from pydantic import BaseModel, ConfigDict, Field, model_validator

Scalar = bool | int | float | datetime | date | time | str


class ColumnType(StrEnum):
    """How the values of a column are to be understood; the physical Arrow type is kept beside it."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    CATEGORY = "category"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    TEXT = "text"

    @property
    def is_ordered(self) -> bool:
        """True where values have a distance: numbers and times."""
        return self in {self.INTEGER, self.DECIMAL, self.DATE, self.TIME, self.DATETIME}


class Role(StrEnum):
    """What a column is for; privacy attacks and identifier handling read it."""

    FEATURE = "feature"
    KEY = "key"
    DIRECT_IDENTIFIER = "direct_identifier"
    QUASI_IDENTIFIER = "quasi_identifier"
    SECRET = "secret"  # noqa: S105 - the word of the attack literature for a sensitive attribute


class Pii(StrEnum):
    """What kind of personal identifier a column holds; decides what stands in for its values."""

    PERSON_NAME = "person_name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    USER_NAME = "user_name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    CARD_NUMBER = "card_number"
    IBAN = "iban"
    IP_ADDRESS = "ip_address"
    CN_RESIDENT_ID = "cn_resident_id"
    NATIONAL_ID = "national_id"


class Model(BaseModel):
    """Strict base: unknown fields are errors, instances are immutable, numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Guess(Model):
    """Why detection believes something, and how sure it is: 1 is certain, 0.5 a toss-up. Never holds a cell."""

    reason: str
    confidence: float = Field(ge=0, le=1)


class Column(Model):
    """One column.

    Attributes:
        type: how values are understood.
        arrow: the physical Arrow type to give back, as `str(pyarrow.DataType)`; empty means the type's default.
        role: what the column is for.
        unit: unit of measure, free text ("kg", "kWh", "USD").
        minimum, maximum: declared bounds, inclusive, in the column's own values; numbers, or ISO dates and times.
        categories: declared categories (in order where `ordered`).
        ordered: True where the categories have an order.
        nullable: may be missing.
        step: grid of the values (0.01 for cents; seconds for times, days for dates); None where there is none.
        timezone: IANA zone in which a datetime is understood; empty for wall-clock time.
        pii: kind of personal identifier; None where it is none.
        missing_values: values of the column that stand for a missing cell (-200, 999, "?"). Text markers in a column of
            another type are read as missing; numbers stay in the rows, are given back exactly, and count as no number.
        description: for people.
        guessed: what detection believes and nobody confirmed yet, by field name.
    """

    type: ColumnType
    arrow: str = ""
    role: Role = Role.FEATURE
    unit: str = ""
    minimum: Scalar | None = None
    maximum: Scalar | None = None
    categories: tuple[Scalar, ...] | None = None
    ordered: bool = False
    nullable: bool = True
    step: float | None = Field(default=None, gt=0)
    timezone: str = ""
    pii: Pii | None = None
    missing_values: tuple[Scalar, ...] = ()
    description: str = ""
    guessed: dict[str, Guess] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read_iso(cls, data: Any) -> Any:
        """Reads ISO text in bounds and categories as dates and times, so that YAML, JSON and Python agree."""
        if not isinstance(data, dict):
            return data
        read = _READERS.get(_temporal_name(str(data.get("type")), str(data.get("arrow", ""))), _iso_text)
        changed = {name: read(data[name]) for name in ("minimum", "maximum") if name in data}
        if isinstance(data.get("categories"), list | tuple):
            changed["categories"] = tuple(read(value) for value in data["categories"])
        return {**data, **changed}

    @property
    def arrow_type(self) -> pa.DataType:
        """The physical type: what `arrow` says, or the default of `type`."""
        if self.arrow:
            return parse_arrow(self.arrow)
        if self.type is ColumnType.DATETIME:
            return pa.timestamp("us", self.timezone or None)
        return DEFAULT_ARROW[self.type]


def _temporal_name(type_: str, arrow: str) -> str:
    """The temporal type whose values the column holds: its own, or for categories that of the physical type."""
    prefixes = {"date": "date", "time3": "time", "time6": "time", "timestamp": "datetime"}
    if type_ != ColumnType.CATEGORY:
        return type_
    return next((name for prefix, name in prefixes.items() if arrow.startswith(prefix)), type_)


def _iso_text(value: object) -> object:
    return value.isoformat() if isinstance(value, date | time) else value


def _reader(kind: type[date] | type[time]) -> Callable[[object], object]:
    def read(value: object) -> object:
        if kind is datetime and type(value) is date:
            return datetime(value.year, value.month, value.day)
        try:
            return kind.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return value  # stays text and is reported as a value of the wrong type

    return read


_READERS: Mapping[str, Callable[[object], object]] = {
    "integer": lambda value: value,
    "decimal": lambda value: value,
    "date": _reader(date),
    "time": _reader(time),
    "datetime": _reader(datetime),
}

DEFAULT_ARROW: Mapping[ColumnType, pa.DataType] = {
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DECIMAL: pa.float64(),
    ColumnType.CATEGORY: pa.string(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIME: pa.time64("us"),
    ColumnType.DATETIME: pa.timestamp("us"),
    ColumnType.TEXT: pa.string(),
}

_DECIMAL = re.compile(r"decimal(32|64|128|256)\((\d{1,2}), (-?\d{1,2})\)")
_ZONED = re.compile(r"timestamp\[(s|ms|us|ns), tz=([\w+\-:/]{1,64})\]")


def parse_arrow(text: str) -> pa.DataType:
    """The inverse of `str(pyarrow.DataType)` for the types that a column may have.

    >>> parse_arrow("decimal128(10, 2)")
    Decimal128Type(decimal128(10, 2))

    Raises:
        ValueError: no such type, or one that a column may not have.
    """
    if match := _DECIMAL.fullmatch(text):
        make = getattr(pa, f"decimal{match[1]}", None)
        if make is None:
            raise ValueError("this version of Arrow has no such decimal type")
        return make(int(match[2]), int(match[3]))
    if match := _ZONED.fullmatch(text):
        return pa.timestamp(match[1], match[2])
    kind = pa.type_for_alias(text)
    if not is_supported(kind):
        raise ValueError("not a type of a column")
    return kind


def is_number(kind: pa.DataType) -> bool:
    """True for integers, floats and decimals."""
    return bool(pat.is_integer(kind) or pat.is_floating(kind) or pat.is_decimal(kind))


def is_text(kind: pa.DataType) -> bool:
    """True for text of any offset width."""
    return bool(pat.is_string(kind) or pat.is_large_string(kind))


def is_supported(kind: pa.DataType) -> bool:
    """True for the flat types that a column may have; nested, binary, duration and extension types are not."""
    return is_number(kind) or is_text(kind) or any(test(kind) for test in _OTHER_TESTS)


_OTHER_TESTS = (pat.is_boolean, pat.is_date, pat.is_time, pat.is_timestamp, pat.is_null)

FITS: Mapping[ColumnType, Callable[[pa.DataType], bool]] = {
    ColumnType.INTEGER: is_number,
    ColumnType.DECIMAL: lambda kind: bool(pat.is_floating(kind) or pat.is_decimal(kind)),
    ColumnType.CATEGORY: is_supported,
    ColumnType.BOOLEAN: pat.is_boolean,
    ColumnType.DATE: pat.is_date,
    ColumnType.TIME: pat.is_time,
    ColumnType.DATETIME: pat.is_timestamp,
    ColumnType.TEXT: is_text,
}
"""Which physical types may hold a column type; the null type (all cells missing) may hold any."""
