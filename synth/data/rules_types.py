"""Do the sides of a rule belong together: a number is not compared with a text, a logarithm is not taken of one.

Such a rule would be broken by every row, or by none; so it is refused with the metadata.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import TYPE_CHECKING

import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.rules import (
    AllOf,
    AnyOf,
    Call,
    ColumnCompared,
    ColumnIn,
    ColumnMissing,
    ColumnRef,
    CombinationsRule,
    Compared,
    Condition,
    Constant,
    Expression,
    FormulaRule,
    IfThenRule,
    Literal_,
    Not,
    iso,
)

if TYPE_CHECKING:
    from synth.data.columns import Column
    from synth.data.metadata import Rule

Kinds = frozenset[str]
"""What a side can be: any of "number" (truth values too), "text", "date" (moments too) and "time"."""

ANY: Kinds = frozenset({"number", "text", "date", "time"})
_KEEPS_TIME = {"add", "subtract", "maximum", "minimum"}


def mismatches(rule: Rule, columns: Mapping[str, Column]) -> Iterator[str]:
    """What does not belong together, in words with column names and kinds, never a value."""
    if isinstance(rule, Compared):
        yield from _sides(rule.left, rule.right, columns)
    elif isinstance(rule, IfThenRule):
        yield from _condition(rule.condition, columns)
        yield from _condition(rule.consequence, columns)
    elif isinstance(rule, FormulaRule):
        yield from _operands(rule.equals, columns)
        if of_column(columns.get(rule.column)) == {"text"}:
            yield f"`{rule.column}` is text, and a formula gives numbers"
    elif isinstance(rule, CombinationsRule) and rule.allowed != "observed":
        for name, values in zip(rule.columns, zip(*rule.allowed, strict=True), strict=True):
            yield from _values(name, values, columns)


def _condition(node: Condition, columns: Mapping[str, Column]) -> Iterator[str]:
    if isinstance(node, Compared):
        yield from _sides(node.left, node.right, columns)
    elif isinstance(node, ColumnCompared):
        yield from _values(node.column, (node.value,), columns)
    elif isinstance(node, ColumnIn):
        yield from _values(node.column, node.values, columns)
    elif isinstance(node, Not):
        yield from _condition(node.condition, columns)
    elif isinstance(node, AllOf | AnyOf):
        for part in node.conditions:
            yield from _condition(part, columns)
    else:
        assert isinstance(node, ColumnMissing)


def _sides(left: Expression, right: Expression, columns: Mapping[str, Column]) -> Iterator[str]:
    yield from _operands(left, columns)
    yield from _operands(right, columns)
    a, b = _kinds(left, columns), _kinds(right, columns)
    if not a & b:
        yield f"{_named(left)} is {_words(a)} and {_named(right)} is {_words(b)}"


def _values(name: str, values: tuple[Literal_ | None, ...], columns: Mapping[str, Column]) -> Iterator[str]:
    kinds = of_column(columns.get(name))
    n = sum(value is not None and not of_constant(value) & kinds for value in values)
    if n:
        yield f"`{name}` is {_words(kinds)}, and {n} of the values beside it cannot be"


def _operands(node: Expression, columns: Mapping[str, Column]) -> Iterator[str]:
    if isinstance(node, Call):
        for part in node.of:
            if _kinds(part, columns) == {"text"}:
                yield f"`{node.op}` is taken of {_named(part)}, which is text"
            yield from _operands(part, columns)


def _kinds(node: Expression, columns: Mapping[str, Column]) -> Kinds:
    if isinstance(node, ColumnRef):
        return of_column(columns.get(node.column))
    if isinstance(node, Constant):
        return of_constant(node.value)
    kinds = frozenset().union(*(_kinds(part, columns) for part in node.of)) if node.op in _KEEPS_TIME else frozenset()
    return (kinds - {"text"}) | {"number"}  # the difference of two dates is a number


def of_column(column: Column | None) -> Kinds:
    """What the cells of a column are; anything where there is no such column or it holds nothing."""
    if column is None:
        return ANY
    try:
        kind = column.arrow_type
    except ValueError:  # another fault
        return ANY
    if pat.is_null(kind):
        return ANY
    if is_text(kind):
        return frozenset({"text"})
    if pat.is_time(kind):
        return frozenset({"time"})
    return frozenset({"date"}) if pat.is_temporal(kind) else frozenset({"number"})


def of_constant(value: Literal_) -> Kinds:
    """What a constant can be: text that reads as a date or a time can be both."""
    if not isinstance(value, str):
        return frozenset({"number"})
    read = iso(value)
    return frozenset({"text", *(["date"] if isinstance(read, date) else ["time"] if isinstance(read, time) else [])})


def _named(node: Expression) -> str:
    if isinstance(node, ColumnRef):
        return f"`{node.column}`"
    return "a constant" if isinstance(node, Constant) else f"a value of `{node.op}`"


def _words(kinds: Kinds) -> str:
    return " or ".join(sorted(kinds))
