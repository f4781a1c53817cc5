"""A slow twin of the rule checker: row by row in exact fractions, written from docstrings alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from synth.data.metadata import Column, ColumnType, Table
from synth.data.rules import (
    AllOf,
    AnyOf,
    Call,
    ColumnCompared,
    ColumnIn,
    ColumnMissing,
    ColumnRef,
    CombinationsRule,
    ComparisonRule,
    FormulaRule,
    IfThenRule,
    Not,
    RangeRule,
    Rule,
    SumRule,
    UniqueRule,
)

Row = Mapping[str, Any]
DAY_S = 86_400
EPOCH = datetime(1970, 1, 1)


def broken(rows: Sequence[Row], rule: Rule, spec: Table) -> list[bool]:
    """Whether each row breaks the rule."""
    if isinstance(rule, UniqueRule):
        return _repetitions(rows, rule, spec)
    return [_breaks(row, rule, spec) for row in rows]


def _breaks(row: Row, rule: Rule, spec: Table) -> bool:
    if isinstance(rule, ComparisonRule):
        return truth(rule, row, spec) is False
    if isinstance(rule, RangeRule):
        cell = value_of(row, rule.column, spec)
        low, high = (_read(bound, spec.columns[rule.column]) for bound in (rule.minimum, rule.maximum))
        return cell is not None and ((low is not None and cell < low) or (high is not None and cell > high))
    if isinstance(rule, IfThenRule):
        return truth(rule.condition, row, spec) is True and truth(rule.consequence, row, spec) is False
    if isinstance(rule, CombinationsRule):
        cells = tuple(value_of(row, name, spec) for name in rule.columns)
        columns = [spec.columns[name] for name in rule.columns]
        return all(tuple(map(_read, listed, columns)) != cells for listed in rule.allowed)
    if isinstance(rule, SumRule):
        parts = [value_of(row, name, spec) for name in rule.parts]
        total: Any = None if None in parts else sum(parts)
        return _differ(value_of(row, rule.total, spec), total, rule.tolerance, spec.columns[rule.total])
    assert isinstance(rule, FormulaRule)
    return _differ(
        value_of(row, rule.column, spec), worth(rule.equals, row, spec), rule.tolerance, spec.columns[rule.column]
    )


def _differ(cell: Any, value: Any, tolerance: float, column: Column) -> bool:
    half = Fraction(1, 2) if column.type is ColumnType.INTEGER else 0
    return cell is not None and value is not None and abs(cell - value) > Fraction(Decimal(repr(tolerance))) + half


def _repetitions(rows: Sequence[Row], rule: UniqueRule, spec: Table) -> list[bool]:
    seen: set[tuple[Any, ...]] = set()
    result = []
    for row in rows:
        key = tuple(value_of(row, name, spec) for name in (*rule.columns, *rule.within))
        result.append(None not in key and key in seen)
        seen.add(key)
    return result


def value_of(row: Row, name: str, spec: Table) -> Any:
    """The meaning of a cell: text, an exact number, days or seconds; None where missing."""
    cell, column = row[name], spec.columns[name]
    if cell is None or cell != cell or cell in column.missing_values:
        return None
    if isinstance(cell, float):
        return Fraction(Decimal(repr(cell)))
    if isinstance(cell, datetime):
        naive = cell.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) if cell.tzinfo else cell
        return Fraction(round((naive - EPOCH).total_seconds() * 10**6), 10**6)
    if isinstance(cell, date):
        return Fraction((cell - EPOCH.date()).days)
    return Fraction(cell) if isinstance(cell, bool | int | Decimal) else cell


def _read(constant: Any, column: Column) -> Any:
    if constant is None or column.type in {ColumnType.TEXT, ColumnType.CATEGORY}:
        return constant
    if column.type is ColumnType.DATE:
        return Fraction((date.fromisoformat(constant) - EPOCH.date()).days)
    if column.type is ColumnType.DATETIME:
        moment = datetime.fromisoformat(constant)
        if column.timezone:
            moment = moment.replace(tzinfo=ZoneInfo(column.timezone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        return Fraction(round((moment - EPOCH).total_seconds()))
    return Fraction(Decimal(repr(constant))) if isinstance(constant, float) else Fraction(constant)


def worth(expression: Any, row: Row, spec: Table, beside: Column | None = None) -> Any:
    """The exact value of an expression, None where it has none; constants are read as `beside` is."""
    if isinstance(expression, ColumnRef):
        return value_of(row, expression.column, spec)
    if not isinstance(expression, Call):
        return _read(expression.value, beside or Column(type=ColumnType.DECIMAL))
    column = next((spec.columns[part.column] for part in expression.of if isinstance(part, ColumnRef)), None)
    column = column if column and column.type in {ColumnType.DATE, ColumnType.DATETIME} else None
    reads = [worth(part, row, spec, column if _is_text(part) else None) for part in expression.of]
    if any(value is None for value in reads):
        return None
    try:
        return FUNCTIONS[expression.op](*reads)
    except ZeroDivisionError:
        return None


def _is_text(expression: Any) -> bool:
    return isinstance(getattr(expression, "value", None), str)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": lambda *parts: sum(parts),
    "multiply": lambda *parts: math.prod(parts),
    "maximum": max,
    "minimum": min,
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "absolute": abs,
    "floor": lambda a: Fraction(math.floor(a)),
    "round": lambda a: Fraction(round(a)),
    "positive": lambda a: Fraction(a > 0),
}
"""The functions whose values are fractions."""

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def truth(condition: Any, row: Row, spec: Table) -> bool | None:
    """True, false, or None where it is unknown."""
    if isinstance(condition, AllOf):
        parts = [truth(part, row, spec) for part in condition.conditions]
        return False if False in parts else None if None in parts else True
    if isinstance(condition, AnyOf):
        parts = [truth(part, row, spec) for part in condition.conditions]
        return True if True in parts else None if None in parts else False
    if isinstance(condition, Not):
        part = truth(condition.condition, row, spec)
        return None if part is None else not part
    if isinstance(condition, ColumnMissing):
        return (value_of(row, condition.column, spec) is None) is condition.missing
    if isinstance(condition, ColumnIn):
        cell, column = value_of(row, condition.column, spec), spec.columns[condition.column]
        return None if cell is None else cell in [_read(value, column) for value in condition.values]
    if isinstance(condition, ColumnCompared):
        column = spec.columns[condition.column]
        return _compare(value_of(row, condition.column, spec), condition.op, _read(condition.value, column), column)
    sides = condition.left, condition.right
    column_or_none = next((spec.columns[side.column] for side in sides if isinstance(side, ColumnRef)), None)
    left, right = (worth(side, row, spec, column_or_none) for side in sides)
    return _compare(left, condition.op, right, column_or_none)


def _compare(left: Any, op: str, right: Any, column: Column | None) -> bool | None:
    if left is None or right is None:
        return None
    if column is not None and column.ordered and op not in {"==", "!="}:
        assert column.categories is not None
        if left not in column.categories or right not in column.categories:
            return None
        left, right = column.categories.index(left), column.categories.index(right)
    return OPERATORS[op](left, right)
