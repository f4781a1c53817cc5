"""Contradicting rules: told as the smallest set, and never where rows can keep them."""

from __future__ import annotations

from typing import Any

import pytest

from synth.data.metadata import Table
from synth.data.rules_conflict import conflict_faults, find_conflict

COLUMNS = {
    "a": {"type": "integer"},
    "b": {"type": "integer"},
    "c": {"type": "decimal"},
    "s": {"type": "category"},
    "d": {"type": "date"},
}


def less(a: str, b: str) -> dict[str, Any]:
    return {"kind": "comparison", "left": {"column": a}, "op": "<", "right": {"column": b}}


def table(rules: list[dict[str, Any]], **columns: Any) -> Table:
    merged = {name: {**column, **columns.get(name, {})} for name, column in COLUMNS.items()}
    return Table.model_validate({"columns": merged, "rules": rules})


HIGH = {"kind": "range", "column": "a", "minimum": 10}
LOW = {"kind": "range", "column": "a", "maximum": 5}


@pytest.mark.parametrize(
    ("rules", "columns", "places"),
    [
        ([HIGH, LOW], {}, {"rules/0", "rules/1"}),
        ([less("a", "b"), HIGH, less("b", "a")], {}, {"rules/0", "rules/2"}),
        ([less("a", "c"), less("c", "b"), less("b", "a"), LOW], {}, {"rules/0", "rules/1", "rules/2"}),
        ([HIGH], {"a": {"maximum": 7}}, {"rules/0", "columns/a/maximum"}),
        ([{"kind": "sum", "total": "a", "parts": ["b"]}, {"kind": "range", "column": "b", "maximum": 3}, HIGH],
         {"b": {"nullable": False}}, {"rules/0", "rules/1", "rules/2", "columns/b/nullable"}),
        ([{"kind": "if_then", "if": {"column": "a", "missing": False}, "then": {"column": "s", "in": ["x"]}},
          {"kind": "combinations", "columns": ["s", "s2"], "allowed": [["y", "z"]]}],
         {"s2": {}}, {"rules/0", "rules/1"}),
        ([{"kind": "comparison", "left": {"column": "s"}, "op": "==", "right": {"value": "x"}}],
         {"s": {"categories": ["y", "z"]}}, {"rules/0", "columns/s/categories"}),
        ([{"kind": "range", "column": "d", "minimum": "2020-01-02", "maximum": "2020-01-01"}], {}, {"rules/0"}),
    ],
)  # fmt: skip
def test_contradiction_is_told_as_the_smallest_set(
    rules: list[dict[str, Any]], columns: dict[str, Any], places: set[str]
) -> None:
    if "s2" in columns:
        spec = Table.model_validate({"columns": {**COLUMNS, "s2": {"type": "category"}}, "rules": rules})
    elif any(rule["kind"] == "range" and rule.get("maximum") == "2020-01-01" for rule in rules):
        low = {"kind": "range", "column": "d", "minimum": "2020-01-02"}
        spec = table([{"kind": "range", "column": "d", "maximum": "2020-01-01"}, low])
        places = {"rules/0", "rules/1"}
    else:
        spec = table(rules, **columns)
    conflict = find_conflict(spec)
    assert conflict is not None
    assert set(conflict.places) == places
    [fault] = conflict_faults(spec)
    assert fault.code == "rules-contradict"


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [HIGH, less("a", "b")],
        [less("a", "b"), {"kind": "if_then", "if": {"column": "s", "op": "==", "value": "x"},
                          "then": {"column": "a", "missing": True}}],
        [{"kind": "formula", "column": "c", "equals": {"op": "log", "of": [{"column": "a"}]}}, HIGH],
        [{"kind": "comparison", "left": {"column": "s"}, "op": "!=", "right": {"value": "x"}}],
        [{"kind": "sum", "total": "a", "parts": ["b", "c"]}],
        [{"kind": "unique", "columns": ["a"]}, HIGH],
        [{"kind": "range", "column": "d", "minimum": "2020-01-01"}],
    ],
)  # fmt: skip
def test_rules_that_rows_can_keep_are_no_contradiction(rules: list[dict[str, Any]]) -> None:
    assert find_conflict(table(rules)) is None


def against(column: str, op: str, value: Any) -> dict[str, Any]:
    return {"kind": "comparison", "left": {"column": column}, "op": op, "right": {"value": value}}


@pytest.mark.parametrize(
    ("columns", "rules"),
    [
        ({"t": {"type": "datetime"}}, [against("t", ">=", "2020-01-01T00:00:00"), against("t", "<=", "2021-01-01")]),
        ({"t": {"type": "datetime", "minimum": "2020-01-01"}}, [against("t", "<=", "2021-01-01")]),
        ({"t": {"type": "datetime", "timezone": "UTC"}},
         [against("t", ">=", "2020-01-01T00:00:00+02:00"), against("t", "<=", "2019-12-31T23:00:00+00:00")]),
        ({"t": {"type": "datetime"}},
         [{"kind": "comparison", "left": {"op": "subtract", "of": [{"column": "t"}, {"value": "2020-01-01"}]},
           "op": "<=", "right": {"value": 0}}, against("t", ">=", "2019-01-01T00:00:00")]),
        ({"d": {"type": "date"}, "t": {"type": "datetime"}},
         [{"kind": "comparison", "left": {"column": "t"}, "op": "<=", "right": {"column": "d"}},
          against("t", ">=", "2000-01-01T00:00:00")]),
        ({"g": {"type": "category", "arrow": "int64"}}, [against("g", "<=", 5), against("g", ">=", 1)]),
        ({"a": {"type": "integer"}}, [against("a", "==", 2**53 + 1), against("a", ">", 2**53)]),
        ({"a": {"type": "integer"}}, [against("a", "!=", "u")]),
        ({"a": {"type": "integer"}, "b": {"type": "integer"}},
         [{"kind": "comparison", "left": {"op": "add", "of": [{"column": "a"}, {"column": "b"}]}, "op": "<",
           "right": {"value": "u"}}]),
    ],
)  # fmt: skip
def test_constants_are_read_in_the_type_of_the_column_beside_them(columns: Any, rules: list[dict[str, Any]]) -> None:
    assert find_conflict(Table.model_validate({"columns": columns, "rules": rules})) is None


def test_moments_contradict_across_a_date_and_an_offset() -> None:
    spec = {"columns": {"t": {"type": "datetime", "timezone": "Europe/Paris"}}}
    late, early = against("t", ">=", "2021-01-01"), against("t", "<=", "2020-12-31T22:59:59+00:00")
    conflict = find_conflict(Table.model_validate({**spec, "rules": [late, early]}))
    assert conflict is not None
    assert set(conflict.places) == {"rules/0", "rules/1"}
    meets = against("t", "<=", "2020-12-31T23:00:00+00:00")
    assert find_conflict(Table.model_validate({**spec, "rules": [late, meets]})) is None


def test_missing_cells_are_no_way_out_unless_a_rule_asks_for_them() -> None:
    only_missing = {
        "kind": "if_then",
        "if": {"column": "a", "missing": False},
        "then": {"column": "a", "missing": True},
    }
    assert find_conflict(table([only_missing])) is not None
