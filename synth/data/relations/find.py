"""The search for relations: each kind in turn, no relation twice, and no column computed from itself.

A relation without exceptions is kept exactly; one with exceptions (at most 1 % of the rows) may only be offered
(design.md section 4). Identifying columns, free text and declared stand-ins for missing take no part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synth.data.metadata import Guess, Rule, Table
from synth.data.relations.cells import Cells
from synth.data.relations.dependencies import dependencies_of
from synth.data.relations.functions import functions_of
from synth.data.relations.orders import orders_of
from synth.data.relations.sums import sums_of
from synth.data.rules import ComparisonRule, FormulaRule, SumRule, columns_of


@dataclass(frozen=True)
class Relation:
    """A relation between columns.

    Attributes:
        rule: in the language of metadata.
        guess: why, and how sure.
        exceptions: rows that break it; 0 where it may be kept.
        checked: rows in which all its cells are there.
    """

    rule: Rule
    guess: Guess
    exceptions: int
    checked: int


def find_relations(
    table: pa.Table, spec: Table, entities: npt.NDArray[np.int64], k: int = 5, seed: int = 0
) -> list[Relation]:
    """Finds sums, products, functions of one column, dependencies and orders.

    Args:
        table: rows.
        spec: its metadata, without rules.
        entities: subject of each row, shape (n_rows,).
        k: fewest subjects behind a value that determines another.
        seed: of the sample that suggests candidates; every row is checked.
    """
    cells = Cells.of(table, spec, entities, k, seed)
    formulas = _Formulas()
    for found in functions_of(cells):
        formulas.add(found.rule, found.exceptions, found.checked)
    for rule, exceptions, checked in sums_of(cells, set(formulas.exact)):
        formulas.add(rule, exceptions, checked)
    relations = list(formulas.relations())
    for pair, broken, checked in dependencies_of(cells, set(formulas.exact)):
        relations.append(_relation(pair, broken, checked, 0.8))
    for order, broken, checked in orders_of(cells, formulas.implied()):
        relations.append(_relation(order, broken, checked, 0.7))
    return sorted(relations, key=lambda relation: relation.exceptions > 0)


class _Formulas:
    """Formulas that can be computed one after the other; the first for a column counts, exact ones before others."""

    def __init__(self) -> None:
        self.exact: dict[str, tuple[FormulaRule | SumRule, int]] = {}
        self._offered: dict[str, tuple[FormulaRule | SumRule, int, int]] = {}

    def add(self, rule: FormulaRule | SumRule, exceptions: int, checked: int) -> None:
        """Takes a formula, unless its column has one or it would close a circle."""
        result = rule.total if isinstance(rule, SumRule) else rule.column
        if exceptions:
            if not any(columns_of(rule) == columns_of(other) for other, *_ in self._offered.values()):
                self._offered.setdefault(result, (rule, exceptions, checked))
        elif result not in self.exact and result not in self._needed(columns_of(rule) - {result}):
            self.exact[result] = rule, checked

    def _needed(self, names: set[str]) -> set[str]:
        """The names and all that they are computed from."""
        needed, more = set(names), set(names)
        while more:
            rules = [self.exact[name][0] for name in more if name in self.exact]
            more = {name for rule in rules for name in columns_of(rule)} - needed
            needed |= more
        return needed

    def relations(self) -> Iterator[Relation]:
        """The formulas, and those with exceptions for columns and pairs without an exact one."""
        for rule, checked in self.exact.values():
            yield _relation(rule, 0, checked, 0.99)
        known = [columns_of(rule) for rule, _ in self.exact.values()]
        for result, (rule, exceptions, checked) in self._offered.items():
            if result not in self.exact and columns_of(rule) not in known:
                yield _relation(rule, exceptions, checked, 0.6)

    def implied(self) -> set[tuple[str, str]]:
        """Orders that need no rule: between columns that are computed from a common one."""
        roots = {name: self._needed({name}) for rule, _ in self.exact.values() for name in columns_of(rule)}
        return {(a, b) for a in roots for b in roots if a != b and roots[a] & roots[b]}


def _relation(rule: Rule, exceptions: int, checked: int, confidence: float) -> Relation:
    what = "order" if isinstance(rule, ComparisonRule) else "relation"
    reason = f"the {what} holds in all {checked:,} rows with these cells"
    if exceptions:
        reason = f"the {what} holds in {1 - exceptions / checked:.2%} of the rows with these cells"
    return Relation(rule, Guess(reason=reason, confidence=confidence if not exceptions else 0.5), exceptions, checked)
