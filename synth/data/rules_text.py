"""Rules in words, from column names and the constants that a person declared; combinations only by their number."""

from __future__ import annotations

from synth.data.metadata import Rule
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
    ComparisonRule,
    Condition,
    Constant,
    Expression,
    FormulaRule,
    IfThenRule,
    Not,
    RangeRule,
    SumRule,
)

_SIGNS = {"add": " + ", "subtract": " - ", "multiply": " * ", "divide": " / ", "power": " ^ "}


def describe(rule: Rule) -> str:
    """One line.

    >>> describe(SumRule(total="living", parts=("above", "basement")))
    'living = above + basement'
    """
    if isinstance(rule, SumRule):
        return f"{rule.total} = {' + '.join(rule.parts)}"
    if isinstance(rule, FormulaRule):
        return f"{rule.column} = {_expression(rule.equals)}"
    if isinstance(rule, ComparisonRule):
        return f"{_expression(rule.left)} {rule.op} {_expression(rule.right)}"
    if isinstance(rule, RangeRule):
        low, high = rule.minimum, rule.maximum
        return " <= ".join(str(x) for x in (low, rule.column, high) if x is not None)
    if isinstance(rule, IfThenRule):
        return f"if {_condition(rule.condition)} then {_condition(rule.consequence)}"
    if isinstance(rule, CombinationsRule):
        which = "observed" if rule.allowed == "observed" else str(len(rule.allowed))
        return f"({', '.join(rule.columns)}) is one of {which} combinations"
    within = f" within ({', '.join(rule.within)})" if rule.within else ""
    return f"({', '.join(rule.columns)}) is unique{within}"


def _expression(expression: Expression) -> str:
    if isinstance(expression, ColumnRef):
        return expression.column
    if isinstance(expression, Constant):
        return str(expression.value)
    parts = [_expression(part) for part in expression.of]
    if expression.op in _SIGNS:
        inner = [f"({text})" if isinstance(part, Call) and part.op in _SIGNS else text
                 for text, part in zip(parts, expression.of, strict=True)]  # fmt: skip
        return _SIGNS[expression.op].join(inner)
    return f"{expression.op}({', '.join(parts)})"


def _condition(condition: Condition) -> str:
    if isinstance(condition, AllOf | AnyOf):
        word = " and " if isinstance(condition, AllOf) else " or "
        return f"({word.join(map(_condition, condition.conditions))})"
    if isinstance(condition, Not):
        return f"not {_condition(condition.condition)}"
    if isinstance(condition, ColumnMissing):
        return f"{condition.column} is {'missing' if condition.missing else 'there'}"
    if isinstance(condition, ColumnIn):
        return f"{condition.column} in ({', '.join(map(str, condition.values))})"
    if isinstance(condition, ColumnCompared):
        return f"{condition.column} {condition.op} {condition.value}"
    assert isinstance(condition, Compared)
    return f"{_expression(condition.left)} {condition.op} {_expression(condition.right)}"
