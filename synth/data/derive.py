"""Columns that follow from others by a rule: taken out of what a model learns, and computed again for its rows.

A sum or a formula of the metadata makes its result such a column. Where the result is missing just where the rule has
no value, a model does not see it at all. Otherwise the model still learns it, for the sake of its missing cells and of
the rows in which the rule has no value; every other cell is replaced by the computed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.entities import first_subjects
from synth.data.grid import significant_digits, to_digits
from synth.data.metadata import Rule, Table
from synth.data.rules import FormulaRule, SumRule, columns_of
from synth.data.rules_check import Mask, computed


@dataclass(frozen=True)
class Derived:
    """One derived column.

    Attributes:
        column: its name.
        rule: place of its rule among the rules.
        learnt: the model still sees it, see the module.
        low, high: means of the values of the k lowest and the k highest subjects of train, between which computed
            numbers must stay; None where there are none.
        digits: significant digits that the values of train show, to which computed ones are rounded; 0 for all.
    """

    column: str
    rule: int
    learnt: bool
    low: float | None = None
    high: float | None = None
    digits: int = 0

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return dict(self.__dict__)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        return cls(**data)


def result_of(rule: Rule) -> str | None:
    """The column that a rule defines, if any."""
    if isinstance(rule, SumRule):
        return rule.total
    return rule.column if isinstance(rule, FormulaRule) else None


def find_derived(
    train: pa.Table,
    spec: Table,
    rules: Sequence[Rule],
    identifying: Iterable[str],
    entities: npt.NDArray[np.int64],
    k: int,
) -> tuple[Derived, ...]:
    """Which columns can be computed, in an order in which each has what it needs.

    Args:
        train: rows.
        spec: the table's metadata.
        rules: of the metadata; the first that defines a column counts.
        identifying: columns that get stand-ins, which no rule can define.
        entities: subject of each row, shape (n_rows,).
        k: fewest subjects behind a bound.
    """
    return tuple(
        _derived(train, spec, rules[i], i, entities, k) for i in _in_order(rules, {*identifying}, set(spec.columns))
    )


def _in_order(rules: Sequence[Rule], barred: set[str], names: set[str]) -> Iterator[int]:
    """Places of rules whose result the columns so far give.

    Of rules that define each other in a circle the last gives way: its column is learnt, and the rule checked.
    """
    open_rules = {i: result for i, rule in enumerate(rules) if (result := result_of(rule)) in names - barred}
    first = {result: i for i, result in reversed(open_rules.items())}
    waiting = {i: columns_of(rules[i]) - {result} for result, i in first.items()}
    waiting = {i: needs for i, needs in waiting.items() if open_rules[i] not in needs and not needs & barred}
    while waiting:
        results = {open_rules[i] for i in waiting}
        ready = [i for i, needs in sorted(waiting.items()) if not needs & results]
        if not ready:
            waiting.pop(max(waiting))
            continue
        yield from ready
        waiting = {i: needs for i, needs in waiting.items() if i not in ready}


def _derived(train: pa.Table, spec: Table, rule: Rule, place: int, entities: npt.NDArray[np.int64], k: int) -> Derived:
    assert isinstance(rule, SumRule | FormulaRule)
    column = result_of(rule)
    assert column is not None
    held = train[column]
    missing = [array.is_null().to_numpy(zero_copy_only=False) for array in (held, computed(rule, train, spec))]
    differ = len(np.unique(entities[missing[0] != missing[1]]))
    low, high = protected_range(held, entities, k)
    return Derived(column, place, learnt=differ >= k, low=low, high=high, digits=_digits(held))


def _digits(cells: pa.ChunkedArray) -> int:
    return significant_digits(cells.drop_null().slice(0, _SAMPLE).to_numpy()) if pat.is_floating(cells.type) else 0


_SAMPLE = 5000
"""Cells that are looked at for their digits."""


def protected_range(
    cells: pa.ChunkedArray, entities: npt.NDArray[np.int64], k: int
) -> tuple[float | None, float | None]:
    """Means of the values of the k lowest and of the k highest subjects; None for what is no number or too few."""
    kind = cells.type
    if not (pat.is_integer(kind) or pat.is_floating(kind) or pat.is_decimal(kind)):
        return None, None
    values = pc.cast(cells, pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    order = np.argsort(values, kind="stable")[: int((~np.isnan(values)).sum())]
    ends = (first_subjects(rows, entities, k) for rows in (order, order[::-1]))
    low, high = (_mean(values, rows) for rows in ends)
    return low, high


def _mean(values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]) -> float | None:
    return float(values[rows].mean()) if len(rows) else None


def without_derived(spec: Table, derived: Iterable[Derived]) -> list[str]:
    """Names of the columns that a model learns."""
    dropped = {item.column for item in derived if not item.learnt}
    return [name for name in spec.columns if name not in dropped]


def rebuild(rows: pa.Table, spec: Table, rules: Sequence[Rule], derived: Sequence[Derived]) -> tuple[pa.Table, Mask]:
    """Adds or replaces the derived columns.

    Returns:
        The rows, and which of them lie beyond the range of a derived column, shape (n_rows,).
    """
    beyond = np.zeros(rows.num_rows, bool)
    for item in derived:
        rule = rules[item.rule]
        assert isinstance(rule, SumRule | FormulaRule)
        values = computed(rule, rows, _gridless(spec, item.column) if item.digits else spec)  # rounded once, not twice
        if item.digits:
            plain = values.fill_null(np.nan).to_numpy(zero_copy_only=False)
            values = pa.array(to_digits(plain, item.digits), values.type, mask=np.isnan(plain))
        if item.learnt:
            own = rows[item.column].combine_chunks()
            values = pc.if_else(own.is_null(), own, pc.if_else(values.is_null(), own, values))
            rows = rows.set_column(rows.column_names.index(item.column), item.column, values)
        else:
            rows = rows.append_column(item.column, values)
        beyond |= _beyond(values, item)
    return rows, beyond


def _gridless(spec: Table, name: str) -> Table:
    column = spec.columns[name].model_copy(update={"step": None})
    return spec.model_copy(update={"columns": {**spec.columns, name: column}})


def _beyond(values: pa.Array, item: Derived) -> Mask:
    if item.low is None or item.high is None:
        return np.zeros(len(values), bool)
    numbers = (
        pc.cast(values, pa.float64(), safe=False).fill_null((item.low + item.high) / 2).to_numpy(zero_copy_only=False)
    )
    return np.asarray((numbers < item.low) | (numbers > item.high))
