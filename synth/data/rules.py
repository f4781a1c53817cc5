"""The typed rule language of metadata: what must hold in every row. Data, not code: nothing is ever evaluated as text.

A rule is one of the classes below, told apart by `kind`; expressions and conditions are small trees, told apart by the
field that only they have. Enforcement in sampling is the work of `synth.data` readers of these trees.

    kind: comparison    {left: {column: a}, op: "<=", right: {column: b}}
    kind: range         {column: age, minimum: 0, maximum: 120}
    kind: if_then       {if: {column: status, in: [child]}, then: {column: income, op: "==", value: 0}}
    kind: sum           {total: living, parts: [above, basement], tolerance: 0.5}
    kind: formula       {column: log_income, equals: {op: log, of: [{column: income}]}, tolerance: 1.0e-6}
    kind: combinations  {columns: [country, city], allowed: [[FR, Paris], [FR, Lyon]]}  or  {..., allowed: observed}
    kind: unique        {columns: [number], within: [house]}

    expression          {column: a} | {value: 3} | {op: add, of: [expression, ...]}
    condition           {column: a, op: "<", value: 3} | {column: a, in: [x, y]} | {column: a, missing: true}
                        | {left: expression, op: "<", right: expression}
                        | {all: [condition, ...]} | {any: [condition, ...]} | {not: condition}

Meaning. A rule holds in a row where one of the cells that it compares or computes with is missing (as an SQL CHECK
does); a condition on a missing cell is false, except `missing: true`. In `unique` missing cells differ from each other;
in `combinations` a missing cell is written `null`. Dates and times are ISO 8601 text and are read in the column's type;
the difference of two dates is in days, of two times in seconds. `log` is natural; `positive` is 1 above zero and 0
otherwise. Where a function has no value (the logarithm of zero, a division by zero) the result is missing. Tolerances
are absolute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    model_serializer,
    model_validator,
)

Comparator = Literal["==", "!=", "<", "<=", ">", ">="]
Unary = Literal["absolute", "exp", "floor", "log", "negate", "positive", "round", "sqrt"]
Binary = Literal["divide", "power", "subtract"]
Variadic = Literal["add", "maximum", "minimum", "multiply"]


def _iso(value: object) -> object:
    """YAML reads unquoted dates as dates; rules keep them as ISO text, which JSON can hold too."""
    return value.isoformat() if isinstance(value, date | time) else value


def iso(text: str) -> date | datetime | time | str:
    """ISO text as what it says; other text stays."""
    for read in (date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return text


Literal_ = Annotated[StrictBool | StrictInt | StrictFloat | StrictStr, BeforeValidator(_iso)]
"""A constant in a rule: truth value, number or text (also ISO dates and times)."""


class Node(BaseModel):
    """Strict base: unknown fields are errors, instances are immutable and hashable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class ColumnRef(Node):
    """The cell of a column in the same row."""

    column: str


class Constant(Node):
    """The same value in every row."""

    value: Literal_


class Call(Node):
    """A function of expressions; one, two or at least two operands, see `Unary`, `Binary` and `Variadic`."""

    op: Unary | Binary | Variadic
    of: tuple[Expression, ...]

    @model_validator(mode="after")
    def _operand_count_fits(self) -> Call:
        n = len(self.of)
        fits = n == 1 if self.op in get_args(Unary) else n == 2 if self.op in get_args(Binary) else n >= 2
        if not fits:
            raise ValueError(f"`{self.op}` must not have {n} operands")
        return self


def _first_field(*fields: str) -> Any:
    """Tells classes of a union apart by the first of `fields` that a mapping or an instance has.

    Tags stand in angle brackets, so that a place in a pydantic error can be told from a field, see `metadata_faults`.
    """

    def choose(node: object) -> str | None:
        names = node if isinstance(node, dict) else _aliases(node)
        return next((f"<{field}>" for field in fields if field in names), None)

    return Discriminator(choose)


def _aliases(node: object) -> set[str]:
    return (
        {field.serialization_alias or name for name, field in type(node).model_fields.items()}
        if isinstance(node, Node)
        else set()
    )


Expression = Annotated[
    Annotated[Call, Tag("<op>")] | Annotated[ColumnRef, Tag("<column>")] | Annotated[Constant, Tag("<value>")],
    _first_field("op", "column", "value"),
]


class ColumnCompared(Node):
    """True where the cell compares so with a constant."""

    column: str
    op: Comparator
    value: Literal_


class ColumnIn(Node):
    """True where the cell is one of the values."""

    column: str
    values: tuple[Literal_, ...] = Field(validation_alias="in", serialization_alias="in", min_length=1)


class ColumnMissing(Node):
    """True where the cell is missing, or with `missing: false` where it is not."""

    column: str
    missing: StrictBool


class Compared(Node):
    """True where two expressions compare so."""

    left: Expression
    op: Comparator
    right: Expression


class AllOf(Node):
    """True where all conditions are."""

    conditions: tuple[Condition, ...] = Field(validation_alias="all", serialization_alias="all", min_length=1)


class AnyOf(Node):
    """True where at least one condition is."""

    conditions: tuple[Condition, ...] = Field(validation_alias="any", serialization_alias="any", min_length=1)


class Not(Node):
    """True where the condition is not."""

    condition: Condition = Field(validation_alias="not", serialization_alias="not")


Condition = Annotated[
    Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[Compared, Tag("<left>")]
    | Annotated[ColumnIn, Tag("<in>")]
    | Annotated[ColumnMissing, Tag("<missing>")]
    | Annotated[ColumnCompared, Tag("<op>")],
    _first_field("all", "any", "not", "left", "in", "missing", "op"),
]


class RuleNode(Node):
    """Base of rules: `kind` is written first and never left out as a default."""

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {"kind": type(self).model_fields["kind"].default, **handler(self)}


class ComparisonRule(RuleNode, Compared):
    """`left op right` holds."""

    kind: Literal["comparison"] = "comparison"


class RangeRule(RuleNode):
    """The column lies between the bounds, which belong to the range."""

    kind: Literal["range"] = "range"
    column: str
    minimum: Literal_ | None = None
    maximum: Literal_ | None = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> RangeRule:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a range must have a minimum or a maximum")
        return self


class IfThenRule(RuleNode):
    """Where `if` is true, `then` is true."""

    kind: Literal["if_then"] = "if_then"
    condition: Condition = Field(validation_alias="if", serialization_alias="if")
    consequence: Condition = Field(validation_alias="then", serialization_alias="then")


class SumRule(RuleNode):
    """`total` is the sum of `parts` within `tolerance`."""

    kind: Literal["sum"] = "sum"
    total: str
    parts: tuple[str, ...] = Field(min_length=1)
    tolerance: StrictFloat = Field(default=0.0, ge=0)


class FormulaRule(RuleNode):
    """`column` equals the expression within `tolerance`."""

    kind: Literal["formula"] = "formula"
    column: str
    equals: Expression
    tolerance: StrictFloat = Field(default=0.0, ge=0)


class CombinationsRule(RuleNode):
    """The cells of `columns` together are one of `allowed`, or one of those that the train rows show ("observed")."""

    kind: Literal["combinations"] = "combinations"
    columns: tuple[str, ...] = Field(min_length=2)
    allowed: Literal["observed"] | tuple[tuple[Literal_ | None, ...], ...] = "observed"

    @model_validator(mode="after")
    def _rows_are_as_wide_as_columns(self) -> CombinationsRule:
        if self.allowed != "observed" and (
            not self.allowed or any(len(row) != len(self.columns) for row in self.allowed)
        ):
            raise ValueError("`allowed` must have rows, each with one value per column")
        return self


class UniqueRule(RuleNode):
    """No two rows share the cells of `columns`, or none with the same cells of `within`."""

    kind: Literal["unique"] = "unique"
    columns: tuple[str, ...] = Field(min_length=1)
    within: tuple[str, ...] = ()


Rule = Annotated[
    ComparisonRule | RangeRule | IfThenRule | SumRule | FormulaRule | CombinationsRule | UniqueRule,
    Field(discriminator="kind"),
]

COLUMN_FIELDS = frozenset({"column", "columns", "total", "parts", "within"})
"""Fields of rules, expressions and conditions that hold column names."""


def columns_of(rule: Node) -> set[str]:
    """Names of all columns that a rule, condition or expression mentions.

    >>> sorted(columns_of(SumRule(total="living", parts=("above", "basement"))))
    ['above', 'basement', 'living']
    """
    return set(_columns(rule))


def _columns(node: Node) -> Iterator[str]:
    for name in type(node).model_fields:
        value = getattr(node, name)
        if name in COLUMN_FIELDS:
            yield from (value,) if isinstance(value, str) else value
        else:
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, Node):
                    yield from _columns(child)
