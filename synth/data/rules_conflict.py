"""Rules that contradict each other: found by a solver (Z3), and told as the smallest set of them.

Rules contradict where some column that they mention could hold no value in any row, or where comparisons, ranges, sums
and formulas leave no row that has all their cells: a missing cell is no way out.
Declared bounds and categories take part. What has no linear form (logarithms, products of columns, ...), mixes dates
with datetimes or zones with wall-clock time, or orders categories without an order says nothing here, so a set that is
told does contradict, and a contradiction through such rules may be overlooked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.types as pat

from synth.data.columns import Column, ColumnType
from synth.data.metadata import Rule, Table
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
    Node,
    Not,
    RangeRule,
    SumRule,
    columns_of,
)
from synth.data.rules_text import describe
from synth.data.rules_values import constant_number, decimal_of
from synth.errors import Fault

TIMEOUT_MS = 2000
_MAX_ALLOWED = 500
"""Longer lists of combinations take no part: they say little, and cost much."""


_ARITHMETIC = (ComparisonRule, RangeRule, SumRule, FormulaRule)


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _is_counted(column: Column) -> bool:
    return column.type in {ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.BOOLEAN}


@dataclass(frozen=True)
class Conflict:
    """The smallest set found: places in the table ("rules/2", "columns/age/minimum") and words for each."""

    column: str
    places: tuple[str, ...]
    words: tuple[str, ...]


def conflict_faults(spec: Table, where: str = "") -> list[Fault]:
    """The fault of contradicting rules, if they do."""
    conflict = find_conflict(spec)
    if conflict is None:
        return []
    told = "; ".join(f"{place}: {words}" for place, words in zip(conflict.places, conflict.words, strict=True))
    rule, fact = "rules must not contradict each other", f"with these `{conflict.column}` could hold no value: {told}"
    return [Fault("rules-contradict", rule, fact, "drop or mend one of them", where=where)]


def find_conflict(spec: Table) -> Conflict | None:
    """A smallest set of rules and declarations under which some column could hold no value; None where there is none.

    Each query ends after two seconds; what is not decided by then counts as no contradiction.
    """
    mentioned = (
        sorted(set().union(*(columns_of(rule) for rule in spec.rules)) & set(spec.columns)) if spec.rules else []
    )
    if not mentioned:
        return None
    model = _Model(spec)
    found = [conflict for name in mentioned if (conflict := model.conflict(model.facts, (name,))) is not None]
    if not found:
        compared = [rule for rule in spec.rules if isinstance(rule, _ARITHMETIC)]
        names = tuple(sorted({name for rule in compared for name in columns_of(rule)}))
        conflict = model.conflict(model.arithmetic(), names)
        found = [conflict] if conflict is not None else []
    return min(found, key=lambda conflict: len(conflict.places), default=None)


@dataclass
class _Model:
    """The table in the solver's terms: a number, and whether it is there, for each column."""

    spec: Table
    values: dict[str, Any] = field(default_factory=dict)
    present: dict[str, Any] = field(default_factory=dict)
    codes: dict[tuple[str, str], int] = field(default_factory=dict)
    facts: list[tuple[str, str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        import z3

        self.z3 = z3
        for name, column in self.spec.columns.items():
            whole = column.type not in {ColumnType.DECIMAL, ColumnType.TIME, ColumnType.DATETIME}
            self.values[name] = z3.Int(f"v:{name}") if whole else z3.Real(f"v:{name}")
            self.present[name] = z3.Bool(f"p:{name}")
        for name, column in self.spec.columns.items():
            self.facts += self._declared(name, column)
        for i, rule in enumerate(self.spec.rules):
            formula = self._rule(rule)
            if formula is not None:
                self.facts.append((f"rules/{i}", describe(rule), formula))

    def arithmetic(self) -> list[tuple[str, str, Any]]:
        """Facts of numbers and moments alone, without conditions on missing cells."""
        places = {f"rules/{i}" for i, rule in enumerate(self.spec.rules) if isinstance(rule, _ARITHMETIC)}
        return [fact for fact in self.facts if fact[0] in places or fact[0].startswith("columns/")]

    def conflict(self, facts: Sequence[tuple[str, str, Any]], names: tuple[str, ...]) -> Conflict | None:
        """The smallest set under which these columns are never there together."""
        core = self._core(facts, names)
        if core is None:
            return None
        smaller = list(core)
        for fact in core:  # what can go without the contradiction going goes
            rest = [other for other in smaller if other is not fact]
            if self._core(rest, names) is not None:
                smaller = rest
        if not any(place.startswith("rules/") for place, *_ in smaller):
            return None
        return Conflict(
            "`, `".join(names), tuple(place for place, *_ in smaller), tuple(words for _, words, _ in smaller)
        )

    def _core(self, facts: Sequence[tuple[str, str, Any]], names: tuple[str, ...]) -> list[tuple[str, str, Any]] | None:
        solver = self.z3.Solver()
        solver.set("timeout", TIMEOUT_MS)
        solver.add(*(self.present[name] for name in names))
        marks = [self.z3.Bool(f"fact:{i}") for i in range(len(facts))]
        for mark, (_, _, formula) in zip(marks, facts, strict=True):
            solver.add(self.z3.Implies(mark, formula))
        if solver.check(*marks) != self.z3.unsat:
            return None
        used = {str(mark) for mark in solver.unsat_core()}
        return [fact for mark, fact in zip(marks, facts, strict=True) if str(mark) in used]

    def _declared(self, name: str, column: Column) -> Iterator[tuple[str, str, Any]]:
        place, value, present = f"columns/{name}", self.values[name], self.present[name]
        if not column.nullable and "nullable" not in column.guessed:
            yield f"{place}/nullable", f"{name} is never missing", present
        for bound, holds in (("minimum", value.__ge__), ("maximum", value.__le__)):
            declared = getattr(column, bound)
            plain = declared if isinstance(declared, int | float | None) else declared.isoformat()
            if plain is not None and (constant := self._constant(plain, name)) is not None:
                yield f"{place}/{bound}", f"{bound} of {name}", self.z3.Implies(present, holds(constant))
        if column.categories:
            allowed = [self._equals(name, category) for category in column.categories]
            yield f"{place}/categories", f"categories of {name}", self.z3.Implies(present, self.z3.Or(*allowed))

    def _constant(self, value: Any, name: str) -> Any | None:
        """A constant beside a column: numbers and moments as numbers, other texts as codes of their own.

        None where it is no value of the column's type, so that neither order nor equality is known here.
        """
        column = self.spec.columns[name]
        if column.type in {ColumnType.CATEGORY, ColumnType.TEXT}:
            if column.ordered and column.categories and value in column.categories:
                return self.z3.IntVal(column.categories.index(value))
            return self.z3.IntVal(self.codes.setdefault((name, str(value)), 1_000_000 + len(self.codes)))
        if isinstance(value, str):
            kind = column.arrow_type
            number = constant_number(value, kind) if pat.is_temporal(kind) else math.nan
            return None if math.isnan(number) else self.z3.RealVal(repr(number))
        return self.z3.RealVal(str(decimal_of(value))) if _is_counted(column) else None

    def _equals(self, name: str, value: Any) -> Any:
        constant = self._constant(value, name)
        return self.z3.BoolVal(False) if constant is None else self.values[name] == constant

    def _against(self, name: str, op: str, value: Any) -> Any | None:
        """A column compared with a constant; None where it has no form here."""
        column = self.spec.columns[name]
        is_word = column.type in {ColumnType.CATEGORY, ColumnType.TEXT}
        if is_word and op not in {"==", "!="} and value not in ((column.ordered and column.categories) or ()):
            return None
        constant = self._constant(value, name)
        return None if constant is None else self._sign(op)(self.values[name], constant)

    def _rule(self, rule: Rule) -> Any | None:
        """The rule as a formula; None where it has no form here."""
        if isinstance(rule, ComparisonRule):
            return self._holds_where_present(self._compare(rule.left, rule.op, rule.right), rule)
        if isinstance(rule, RangeRule):
            bounds = [(bound, op) for bound, op in ((rule.minimum, ">="), (rule.maximum, "<=")) if bound is not None]
            parts = [part for bound, op in bounds if (part := self._against(rule.column, op, bound)) is not None]
            return self.z3.Implies(self.present[rule.column], self.z3.And(*parts))
        if isinstance(rule, SumRule):
            difference = self.values[rule.total] - sum(self.values[part] for part in rule.parts)
            return self._holds_where_present(self._within(difference, rule.tolerance, rule.total), rule)
        if isinstance(rule, FormulaRule):
            value = None if self._mixes(rule) else self._expression(rule.equals, rule.column)
            if value is None or self._is_text(rule.column):
                return None
            difference = self.values[rule.column] - value
            return self._holds_where_present(self._within(difference, rule.tolerance, rule.column), rule)
        if isinstance(rule, IfThenRule):
            first, then = self._condition(rule.condition), self._condition(rule.consequence)
            if first is None or then is None:
                return None
            return self.z3.Implies(first[0], self.z3.Not(then[1]))
        return self._combinations(rule) if isinstance(rule, CombinationsRule) else None

    def _within(self, difference: Any, tolerance: float, name: str) -> Any:
        column = self.spec.columns[name]
        half = column.step / 2 if column.step else 0.5 if column.type in {ColumnType.INTEGER, ColumnType.DATE} else 0.0
        slack = self.z3.RealVal(repr(float(tolerance + half)))
        return self.z3.And(difference <= slack, -difference <= slack)

    def _combinations(self, rule: CombinationsRule) -> Any | None:
        if rule.allowed == "observed" or len(rule.allowed) > _MAX_ALLOWED:
            return None
        rows = [
            self.z3.And(*(self._cell_is(name, value) for name, value in zip(rule.columns, row, strict=True)))
            for row in rule.allowed
        ]
        return self.z3.Or(*rows)

    def _cell_is(self, name: str, value: Any) -> Any:
        if value is None:
            return self.z3.Not(self.present[name])
        return self.z3.And(self.present[name], self._equals(name, value))

    def _holds_where_present(self, formula: Any | None, rule: Node) -> Any | None:
        if formula is None:
            return None
        return self.z3.Implies(self.z3.And(*(self.present[name] for name in columns_of(rule))), formula)

    def _sign(self, op: str) -> Callable[[Any, Any], Any]:
        return {
            "==": lambda a, b: a == b,
            "!=": lambda a, b: a != b,
            "<": lambda a, b: a < b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            ">=": lambda a, b: a >= b,
        }[op]

    def _compare(self, left: Expression, op: str, right: Expression) -> Any | None:
        if isinstance(left, Constant) and isinstance(right, ColumnRef):
            return self._against(right.column, _FLIPPED.get(op, op), left.value)
        if isinstance(left, ColumnRef) and isinstance(right, Constant):
            return self._against(left.column, op, right.value)
        if self._mixes(left, right):
            return None
        a, b = self._expression(left), self._expression(right)
        return None if a is None or b is None else self._sign(op)(a, b)

    def _mixes(self, *nodes: Node) -> bool:
        """True where dates and times meet that are not counted alike."""
        kinds = [self.spec.columns[name].arrow_type for node in nodes for name in columns_of(node)]
        return len({(kind.id, bool(getattr(kind, "tz", None))) for kind in kinds if pat.is_temporal(kind)}) > 1

    def _is_text(self, *names: str) -> bool:
        return any(self.spec.columns[name].type in {ColumnType.CATEGORY, ColumnType.TEXT} for name in names)

    def _expression(self, expression: Expression, beside: str | None = None) -> Any | None:
        """Linear forms only; a text constant is read as the column beside it."""
        if isinstance(expression, ColumnRef):
            return None if self._is_text(expression.column) else self.values[expression.column]
        if isinstance(expression, Constant):
            if isinstance(expression.value, str):
                return None if beside is None else self._constant(expression.value, beside)
            return self.z3.RealVal(str(decimal_of(expression.value)))
        assert isinstance(expression, Call)
        named = next((part.column for part in expression.of if isinstance(part, ColumnRef)), None)
        parts: list[Any] = [self._expression(part, named) for part in expression.of]
        if any(part is None for part in parts):
            return None
        if expression.op == "add":
            return sum(parts)
        if expression.op in {"subtract", "negate"}:
            return parts[0] - parts[1] if len(parts) == 2 else -parts[0]
        constants = [part for part in expression.of if isinstance(part, Constant)]
        if expression.op == "multiply" and len(constants) >= len(parts) - 1 and len(parts) == 2:
            return parts[0] * parts[1]
        return None

    def _condition(self, condition: Condition) -> tuple[Any, Any] | None:
        """(is true, is false): neither where a cell is missing."""
        z3 = self.z3
        if isinstance(condition, AllOf | AnyOf):
            pairs = [self._condition(part) for part in condition.conditions]
            if any(pair is None for pair in pairs):
                return None
            known = [pair for pair in pairs if pair is not None]
            both, either = (z3.And, z3.Or) if isinstance(condition, AllOf) else (z3.Or, z3.And)
            return both(*(true for true, _ in known)), either(*(false for _, false in known))
        if isinstance(condition, Not):
            inner = self._condition(condition.condition)
            return None if inner is None else (inner[1], inner[0])
        if isinstance(condition, ColumnMissing):
            missing = z3.Not(self.present[condition.column])
            return (missing, z3.Not(missing)) if condition.missing else (z3.Not(missing), missing)
        formula = self._simple(condition)
        if formula is None:
            return None
        there = z3.And(*(self.present[name] for name in columns_of(condition)))
        return z3.And(there, formula), z3.And(there, z3.Not(formula))

    def _simple(self, condition: Condition) -> Any | None:
        if isinstance(condition, ColumnIn):
            return self.z3.Or(*(self._equals(condition.column, each) for each in condition.values))
        if isinstance(condition, ColumnCompared):
            return self._against(condition.column, condition.op, condition.value)
        assert isinstance(condition, Compared)
        return self._compare(condition.left, condition.op, condition.right)
