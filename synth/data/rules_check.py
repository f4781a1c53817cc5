"""Which rows break a rule: the independent check of what sampling enforces, and of seed rows.

A rule is broken only where every cell that it compares or computes with is there (`synth.data.rules`); a number that
stands for a missing cell is not there, but in `combinations`, which list it. Columns and constants compare in their
own type, so that integers beyond 2^53, decimals and moments are exact; beside floats all numbers are floats. Computed
values are floats: they equal a cell within the rule's tolerance, half a step of the column's own grid, and a few units
in the last place of the largest term, so that 0.1 + 0.2 is 0.3 and a ratio fits a column of cents.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import Column, ColumnType, is_number
from synth.data.encoding.physical import from_floats
from synth.data.entities import key_codes
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
    Not,
    RangeRule,
    SumRule,
    columns_of,
)
from synth.data.rules_text import describe
from synth.data.rules_values import (
    Floats,
    Mask,
    Numbers,
    as_numbers,
    decimal_of,
    meeting,
    missing_as_null,
    numbers,
    scalar,
)

__all__ = ["Mask", "RuleCheck", "check_rules", "computed", "violations"]

ULPS = 16
"""Units in the last place that sums of a few terms may be off; chosen, not tuned."""


@dataclass(frozen=True)
class RuleCheck:
    """How many rows break a rule.

    Attributes:
        index: its place among the rules.
        kind: of the rule.
        columns: that it mentions, sorted.
        description: in words, from names and declared constants.
        broken, rows: counts.
    """

    index: int
    kind: str
    columns: tuple[str, ...]
    description: str
    broken: int
    rows: int


def check_rules(table: pa.Table, spec: Table, rules: Sequence[Rule]) -> list[RuleCheck]:
    """Counts broken rows for each rule; combinations must be concrete."""
    return [
        RuleCheck(
            i,
            rule.kind,
            tuple(sorted(columns_of(rule))),
            describe(rule),
            int(violations(table, rule, spec).sum()),
            table.num_rows,
        )
        for i, rule in enumerate(rules)
    ]


def violations(table: pa.Table, rule: Rule, spec: Table) -> Mask:
    """True where a row breaks the rule, shape (n_rows,).

    In `unique` the first row of equal ones breaks nothing. Combinations must be concrete, see `resolve_observed`.
    """
    if isinstance(rule, CombinationsRule):
        return _not_allowed(rule, missing_as_null(table, spec, rule.columns, codes=False))
    table = missing_as_null(table, spec, columns_of(rule))
    if isinstance(rule, ComparisonRule):
        return _false(*_compared(rule.left, rule.op, rule.right, table, spec))
    if isinstance(rule, RangeRule):
        return _outside(rule, table, spec)
    if isinstance(rule, IfThenRule):
        held, known = _truth(rule.condition, table, spec)
        return (held & known) & _false(*_truth(rule.consequence, table, spec))
    if isinstance(rule, SumRule | FormulaRule):
        return _unequal(rule, table, spec)
    codes = key_codes(table, [*rule.within, *rule.columns])
    first = np.unique(codes, return_index=True)[1]
    return ~np.isin(np.arange(table.num_rows), first)


def computed(rule: SumRule | FormulaRule, table: pa.Table, spec: Table) -> pa.Array:
    """The column that the rule defines, from the other columns: in its own type, on its grid, missing without a value.

    Bounds that a person declared for the column are left to checking: clipping would break the rule.
    """
    name = rule.total if isinstance(rule, SumRule) else rule.column
    column = spec.columns[name].model_copy(update={"minimum": None, "maximum": None})
    table = missing_as_null(table, spec, columns_of(rule) & set(table.column_names))
    values = _value(rule, table, spec).values
    if column.type is ColumnType.BOOLEAN:
        return pa.array(values > 0.5, mask=np.isnan(values))
    if (same := _same_column(rule, spec)) is not None:
        return table[same].combine_chunks().cast(column.arrow_type)
    if column.type is ColumnType.DATETIME:
        micros = pa.array(np.nan_to_num(values * 1e6).astype(np.int64), mask=np.isnan(values))
        return micros.cast(pa.timestamp("us", column.arrow_type.tz)).cast(column.arrow_type, safe=False)
    unit = 1e6 if column.type is ColumnType.TIME else 1.0
    return from_floats((values * unit,), column)


def _same_column(rule: SumRule | FormulaRule, spec: Table) -> str | None:
    """The column that a formula copies; None where it is rounded on the way to another type of number."""
    if not isinstance(rule, FormulaRule) or not isinstance(rule.equals, ColumnRef):
        return None
    kinds = [spec.columns[name].arrow_type for name in (rule.column, rule.equals.column)]
    return None if kinds[0] != kinds[1] and all(map(is_number, kinds)) else rule.equals.column


def _value(rule: SumRule | FormulaRule, table: pa.Table, spec: Table) -> Numbers:
    if isinstance(rule, FormulaRule):
        kind = spec.columns[rule.column].arrow_type
        return numbers(rule.equals, table, spec, kind if pat.is_temporal(kind) else None)
    parts = tuple(ColumnRef(column=part) for part in rule.parts)
    return numbers(Call(op="add", of=parts) if len(parts) > 1 else parts[0], table, spec)


def _unequal(rule: SumRule | FormulaRule, table: pa.Table, spec: Table) -> Mask:
    name = rule.total if isinstance(rule, SumRule) else rule.column
    if (same := _same_column(rule, spec)) is not None and rule.tolerance == 0:
        return _false(*_compared(ColumnRef(column=name), "==", ColumnRef(column=same), table, spec))
    held, value = as_numbers(table[name]), _value(rule, table, spec)
    allowed = rule.tolerance + _half_step(spec.columns[name]) + _rounding(value.scale, table[name].type)
    return np.asarray(np.abs(held - value.values) > allowed)  # NaN compares false: missing cells break nothing


def _half_step(column: Column) -> float:
    if column.step is not None:
        return column.step / 2
    return 0.5 if column.type in {ColumnType.INTEGER, ColumnType.DATE} else 0.0


def _rounding(scale: Floats, kind: pa.DataType) -> Floats:
    eps = np.finfo(np.float32 if pat.is_float32(kind) else np.float64).eps
    return np.asarray(np.nan_to_num(scale) * eps * ULPS)


def _false(held: Mask, known: Mask) -> Mask:
    return ~held & known


def _outside(rule: RangeRule, table: pa.Table, spec: Table) -> Mask:
    broken = np.zeros(table.num_rows, bool)
    column = ColumnRef(column=rule.column)
    for bound, op in ((rule.minimum, ">="), (rule.maximum, "<=")):
        if bound is not None:
            broken |= _false(*_compared(column, op, Constant(value=bound), table, spec))
    return broken


Pair = tuple[Mask, Mask]
"""Truth of a condition, and whether it is known."""


def _truth(condition: Condition, table: pa.Table, spec: Table) -> Pair:
    """Truth in three values: false decides `all`, true decides `any`, missing cells decide nothing."""
    if isinstance(condition, AllOf | AnyOf):
        pairs = [_truth(part, table, spec) for part in condition.conditions]
        is_all = isinstance(condition, AllOf)
        decided = np.any([known & (held != is_all) for held, known in pairs], axis=0)
        known = decided | np.all([known for _, known in pairs], axis=0)
        return np.where(decided, not is_all, is_all), known
    if isinstance(condition, Not):
        held, known = _truth(condition.condition, table, spec)
        return ~held, known
    if isinstance(condition, ColumnMissing):
        missing = table[condition.column].is_null().to_numpy()
        return missing == condition.missing, np.ones(table.num_rows, bool)
    column = ColumnRef(column=condition.column) if not isinstance(condition, Compared) else None
    if isinstance(condition, ColumnIn):
        assert column is not None
        pairs = [_compared(column, "==", Constant(value=value), table, spec) for value in condition.values]
        return np.any([held for held, _ in pairs], axis=0), pairs[0][1]
    if isinstance(condition, ColumnCompared):
        assert column is not None
        return _compared(column, condition.op, Constant(value=condition.value), table, spec)
    return _compared(condition.left, condition.op, condition.right, table, spec)


_ARROW: Mapping[str, Callable[[pa.ChunkedArray, object], pa.ChunkedArray]] = {
    "==": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_NUMPY = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compared(left: Expression, op: str, right: Expression, table: pa.Table, spec: Table) -> Pair:
    if isinstance(left, Constant) and isinstance(right, ColumnRef):
        flipped = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(op, op)
        return _compared(right, flipped, left, table, spec)
    if isinstance(left, ColumnRef) and isinstance(right, ColumnRef | Constant):
        return _compared_exactly(left.column, op, right, table, spec)
    beside = meeting((left, right), table)
    a, b = numbers(left, table, spec, beside), numbers(right, table, spec, beside)
    known = ~(a.missing | b.missing)
    slack = np.fmax(a.scale, b.scale) * np.finfo(np.float64).eps * ULPS
    close = np.abs(a.values - b.values) <= slack
    held = _NUMPY[op](a.values, b.values)
    return np.where(close, op in {"==", "<=", ">="}, held) & known, known


def _compared_exactly(name: str, op: str, right: ColumnRef | Constant, table: pa.Table, spec: Table) -> Pair:
    column, cells = spec.columns[name], table[name]
    if column.ordered and column.categories and op not in {"==", "!="}:
        return _compared_by_order(column, cells, op, right, table)
    other = table[right.column] if isinstance(right, ColumnRef) else _as_scalar(right.value, cells.type)
    missing = cells.is_null().to_numpy()
    if other is None:  # the constant is no value of this type: nothing equals it, and there is no order
        return np.full(table.num_rows, op == "!="), ~missing
    cells, other = _alike(cells, other)
    result = _ARROW[op](cells, other)
    return result.fill_null(False).to_numpy().astype(bool), result.is_valid().to_numpy().astype(bool)


def _as_scalar(value: object, kind: pa.DataType) -> pa.Scalar | None:
    """A constant beside cells: in their type, or as a decimal or float where they cannot hold it but have its order."""
    cell = scalar(value, kind)
    if cell is not None or isinstance(value, str) or not is_number(kind):
        return cell
    assert isinstance(value, int | float)
    try:
        return pa.scalar(decimal_of(value))
    except (pa.ArrowException, ValueError, OverflowError):
        return pa.scalar(float(value))


def _alike(cells: pa.ChunkedArray, other: pa.ChunkedArray | pa.Scalar) -> tuple[pa.ChunkedArray, object]:
    """Both sides in types that Arrow compares: wall clocks where one has no zone, floats for mixed kinds of numbers."""
    cells, other = (side.cast(pa.int8()) if pat.is_boolean(side.type) else side for side in (cells, other))
    kinds = (cells.type, other.type)
    if any(pat.is_null(kind) for kind in kinds):
        kind = kinds[1] if pat.is_null(kinds[0]) else kinds[0]
        return cells.cast(kind), other.cast(kind)
    if all(pat.is_date(kind) or pat.is_timestamp(kind) for kind in kinds) and any(map(pat.is_timestamp, kinds)):
        if not all(getattr(kind, "tz", None) for kind in kinds):
            cells, other = (
                pc.local_timestamp(side) if getattr(side.type, "tz", None) else side for side in (cells, other)
            )
    elif any(pat.is_floating(kind) for kind in kinds):
        cells, other = (pc.cast(side, pa.float64(), safe=False) for side in (cells, other))
    elif pat.is_uint64(kinds[0]) != pat.is_uint64(kinds[1]):
        cells, other = (_as_decimal(side) for side in (cells, other))
    return cells, other


def _as_decimal(side: pa.ChunkedArray | pa.Scalar) -> pa.ChunkedArray | pa.Scalar:
    return side.cast(pa.decimal128(20, 0)) if pat.is_integer(side.type) else side


def _compared_by_order(
    column: Column, cells: pa.ChunkedArray, op: str, right: ColumnRef | Constant, table: pa.Table
) -> Pair:
    order = pa.array(list(column.categories or ()), column.arrow_type)
    rank = pc.index_in(cells, value_set=order)
    if isinstance(right, ColumnRef):
        other: object = pc.index_in(table[right.column].cast(column.arrow_type), value_set=order)
    else:
        place = pc.index_in(pa.array([right.value], column.arrow_type), value_set=order)[0]
        other = place
    result = _ARROW[op](rank, other)
    return result.fill_null(False).to_numpy().astype(bool), result.is_valid().to_numpy().astype(bool)


def _not_allowed(rule: CombinationsRule, table: pa.Table) -> Mask:
    assert rule.allowed != "observed", "observed combinations are resolved before rows are checked"
    codes = np.zeros(table.num_rows, np.int64)
    allowed = np.zeros(len(rule.allowed), np.int64)
    fits = np.ones(len(rule.allowed), bool)
    for place, name in enumerate(rule.columns):
        kind = table.schema.field(name).type
        wanted = [scalar(row[place], kind) for row in rule.allowed]
        fits &= np.array([value is not None for value in wanted])
        values = pa.array([None if value is None else value.as_py() for value in wanted], kind)
        distinct = values.unique()
        codes = codes * (len(distinct) + 1) + _index(table[name], distinct)
        allowed = allowed * (len(distinct) + 1) + _index(values, distinct)
    return ~np.isin(codes, allowed[fits])


def _index(cells: pa.Array | pa.ChunkedArray, distinct: pa.Array) -> npt.NDArray[np.int64]:
    """Places among the distinct values, one more than the last for others; a missing cell is a value here."""
    found = pc.index_in(cells, value_set=distinct)
    places: npt.NDArray[np.int64] = found.fill_null(len(distinct)).to_numpy(zero_copy_only=False).astype(np.int64)
    return places
