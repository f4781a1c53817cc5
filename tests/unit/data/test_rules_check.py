"""Which rows break a rule, against the same rules judged one row at a time in plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.data.detect import detect
from synth.data.metadata import Table
from synth.data.rules import AllOf, AnyOf, ColumnCompared, ColumnIn, ColumnMissing, CombinationsRule, IfThenRule, Not
from synth.data.rules_check import check_rules, computed, violations
from synth.data.rules_observed import resolve_observed
from synth.data.rules_text import describe


def spec_of(table: pa.Table, rules: list[dict[str, Any]]) -> Table:
    plain = detect({"t": table}).tables["t"].model_copy(update={"rules": (), "guessed": {}, "offered": ()})
    return Table.model_validate({**plain.model_dump(by_alias=True), "rules": rules})


def broken(table: pa.Table, rule: dict[str, Any], **columns: Any) -> list[int]:
    spec = spec_of(table, [rule])
    if columns:
        changed = {name: spec.columns[name].model_copy(update=update) for name, update in columns.items()}
        spec = spec.model_copy(update={"columns": {**spec.columns, **changed}})
    return np.flatnonzero(violations(table, spec.rules[0], spec)).tolist()


PLAIN = pa.table(
    {
        "a": [1, 2, None, 4, 5],
        "b": [1, 1, 1, None, 9],
        "x": [0.1, 0.2, 0.3, 0.4, None],
        "y": [0.2, 0.1, 0.0, 0.4, 1.0],
        "s": ["u", "v", None, "u", "w"],
        "f": [True, False, None, True, False],
    }
)


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ({"kind": "comparison", "left": {"column": "a"}, "op": "<=", "right": {"column": "b"}}, [1]),
        ({"kind": "comparison", "left": {"column": "a"}, "op": "!=", "right": {"value": 5}}, [4]),
        ({"kind": "comparison", "left": {"value": 2}, "op": "<", "right": {"column": "a"}}, [0, 1]),
        ({"kind": "comparison", "left": {"column": "s"}, "op": "==", "right": {"value": "u"}}, [1, 4]),
        ({"kind": "comparison", "left": {"column": "a"}, "op": "==", "right": {"value": "u"}}, [0, 1, 3, 4]),
        ({"kind": "range", "column": "a", "minimum": 2, "maximum": 4}, [0, 4]),
        ({"kind": "range", "column": "x", "maximum": 0.25}, [2, 3]),
        ({"kind": "sum", "total": "a", "parts": ["b", "y"], "tolerance": 0.15}, [1, 4]),
        ({"kind": "if_then", "if": {"column": "s", "in": ["u"]}, "then": {"column": "a", "op": "<", "value": 3}}, [3]),
        ({"kind": "if_then", "if": {"column": "f", "op": "==", "value": True},
          "then": {"column": "b", "missing": False}}, [3]),
        ({"kind": "if_then", "if": {"not": {"column": "s", "op": "==", "value": "u"}},
          "then": {"column": "a", "op": "==", "value": 2}}, [4]),
        ({"kind": "combinations", "columns": ["s", "f"], "allowed": [["u", True], [None, None]]}, [1, 4]),
        ({"kind": "unique", "columns": ["b"]}, [1, 2]),
        ({"kind": "unique", "columns": ["b"], "within": ["s"]}, []),
    ],
)  # fmt: skip
def test_violations_are_the_rows_that_break_the_rule(rule: dict[str, Any], rows: list[int]) -> None:
    assert broken(PLAIN, rule) == rows


def test_float_sums_hold_up_to_the_last_places() -> None:
    table = pa.table({"t": [0.3, 0.3001], "a": [0.1, 0.1], "b": [0.2, 0.2]})
    free = {"t": {"step": None}, "a": {"step": None}, "b": {"step": None}}
    assert broken(table, {"kind": "sum", "total": "t", "parts": ["a", "b"]}, **free) == [1]


def test_formula_of_a_column_on_a_grid_holds_to_half_a_step() -> None:
    table = pa.table({"p": [0.33, 0.34], "a": [1, 1], "b": [3, 3]})
    rule = {"kind": "formula", "column": "p", "equals": {"op": "divide", "of": [{"column": "a"}, {"column": "b"}]}}
    assert broken(table, rule, p={"step": 0.01}) == [1]


def test_large_integers_and_decimals_are_compared_exactly() -> None:
    table = pa.table({"a": [2**60, 2**60], "b": [2**60, 2**60 + 1]})
    assert broken(table, {"kind": "comparison", "left": {"column": "a"}, "op": "==", "right": {"column": "b"}}) == [1]
    cents = pa.array([Decimal("12345678901234567.01"), Decimal("12345678901234567.02")], pa.decimal128(20, 2))
    other = pa.array([Decimal("12345678901234567.01")] * 2, pa.decimal128(20, 2))
    equal = {"kind": "comparison", "left": {"column": "a"}, "op": "==", "right": {"column": "b"}}
    assert broken(pa.table({"a": cents, "b": other}), equal) == [1]


def test_dates_compare_with_iso_text_and_their_difference_is_in_days() -> None:
    table = pa.table({"start": [date(2020, 1, 1), date(2020, 3, 1)], "end": [date(2020, 1, 31), date(2020, 5, 1)]})
    late = {"kind": "comparison", "left": {"column": "start"}, "op": "<", "right": {"value": "2020-02-01"}}
    assert broken(table, late) == [1]
    stay = {"op": "subtract", "of": [{"column": "end"}, {"column": "start"}]}
    assert broken(table, {"kind": "comparison", "left": stay, "op": "<=", "right": {"value": 30}}) == [1]


def test_moments_with_and_without_zones_compare_by_the_clock_on_the_wall() -> None:
    noon = datetime(2020, 7, 1, 10)
    table = pa.table(
        {
            "paris": pa.array([noon, noon], pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "Europe/Paris")),
            "clock": pa.array([datetime(2020, 7, 1, 12), noon], pa.timestamp("us")),
        }
    )
    equal = {"kind": "comparison", "left": {"column": "paris"}, "op": "==", "right": {"column": "clock"}}
    assert broken(table, equal) == [1]
    at = {"kind": "range", "column": "paris", "minimum": "2020-07-01T12:00:00"}
    assert broken(table, at) == []


def test_ordered_categories_compare_by_their_declared_order() -> None:
    table = pa.table({"grade": ["low", "high", "mid", "new", None]})
    rule = {"kind": "comparison", "left": {"column": "grade"}, "op": "<=", "right": {"value": "mid"}}
    assert broken(table, rule, grade={"categories": ("low", "mid", "high"), "ordered": True}) == [1]


def compare(left: Any, op: str, right: Any) -> dict[str, Any]:
    return {"kind": "comparison", "left": left, "op": op, "right": right}


def test_integers_beyond_63_bits_and_truth_values_compare_with_other_numbers() -> None:
    table = pa.table({"u": pa.array([2**63 + 1, 3], pa.uint64()), "i": [3, 3], "x": [1.5, 3.0], "f": [True, False]})
    assert broken(table, compare({"column": "u"}, "<=", {"column": "i"})) == [0]
    assert broken(table, compare({"column": "x"}, ">=", {"column": "u"})) == [0]
    assert broken(table, compare({"column": "u"}, "<", {"value": 2**63 + 1})) == [0]
    assert broken(table, compare({"column": "f"}, "==", {"op": "positive", "of": [{"column": "i"}]})) == [1]
    assert broken(table, compare({"column": "f"}, "<", {"column": "i"})) == []


def test_constants_are_the_decimals_that_are_written_in_every_type_of_number() -> None:
    kinds = [pa.float32(), pa.float64(), pa.decimal128(5, 1)]
    for kind in kinds:
        cells = [Decimal("0.1"), Decimal("0.2")] if pa.types.is_decimal(kind) else [0.1, 0.2]
        table = pa.table({"x": pa.array(cells, kind), "s": ["a", "b"]})
        assert broken(table, compare({"column": "x"}, "==", {"value": 0.1})) == [1], kind
        allowed = {"kind": "combinations", "columns": ["x", "s"], "allowed": [[0.1, "a"]]}
        assert broken(table, allowed) == [1], kind
    whole = {"kind": "combinations", "columns": ["a", "f"], "allowed": [[1.5, True], [2.0, False]]}
    assert broken(pa.table({"a": [1, 2], "f": [True, False]}), whole) == [0]


def test_observed_combinations_of_decimals_and_dates_hold_in_the_rows_that_showed_them() -> None:
    cents = pa.array([Decimal("0.10"), Decimal("123456789012.34"), None], pa.decimal128(20, 2))
    table = pa.table({"m": cents, "d": [date(2020, 1, 1), None, date(2021, 1, 1)]})
    kept, dropped = resolve_observed([CombinationsRule(columns=("m", "d"))], table, np.arange(3), 1)
    assert dropped == ()
    assert not violations(table, kept[0], spec_of(table, [])).any()


def test_numbers_that_stand_for_a_missing_cell_are_missing() -> None:
    table = pa.table({"a": [5, -200, -200], "b": [1, 1, -200], "c": [7, -200, -200]})
    codes = {name: {"missing_values": (-200,)} for name in "abc"}
    assert broken(table, {"kind": "range", "column": "a", "minimum": 0}, **codes) == []
    assert broken(table, {"kind": "sum", "total": "c", "parts": ["a", "b"], "tolerance": 0.1}, **codes) == [0]
    assert broken(table, {"kind": "unique", "columns": ["a"]}, **codes) == []
    absent = {"kind": "if_then", "if": {"column": "a", "missing": True}, "then": {"column": "b", "missing": True}}
    assert broken(table, absent, **codes) == [1]
    spec = spec_of(table, [{"kind": "sum", "total": "c", "parts": ["a", "b"]}])
    spec = spec.model_copy(update={"columns": {n: c.model_copy(update=codes[n]) for n, c in spec.columns.items()}})
    assert computed(spec.rules[0], table, spec).to_pylist() == [6, None, None]  # type: ignore[arg-type]


def test_text_constants_in_differences_are_read_as_the_moments_beside_them() -> None:
    utc = [datetime(2020, 1, 1, 5), datetime(2020, 1, 1, 4)]
    table = pa.table(
        {
            "clock": pa.array([datetime(2020, 1, 1), datetime(2021, 1, 1)], pa.timestamp("us")),
            "paris": pa.array(utc, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "Europe/Paris")),
            "day": pa.array([date(2020, 1, 1), date(2020, 1, 2)]),
        }
    )

    def since(column: str, value: Any) -> dict[str, Any]:
        return {"op": "subtract", "of": [{"column": column}, value]}

    zero = {"value": 0}
    assert broken(table, compare(since("clock", {"value": "2020-06-01"}), "<=", zero)) == [1]
    assert broken(table, compare(since("paris", {"value": "2020-01-01T06:00:00"}), ">=", zero)) == [1]
    # 2021-01-01 lies 365 days after 2020-01-02, in seconds because one side is a datetime
    assert broken(table, compare(since("clock", {"column": "day"}), "==", {"value": 365 * 86_400})) == [0]
    # beside wall-clock time, 05:00 and 04:00 UTC are 06:00 and 05:00 on the wall in Paris
    assert broken(table, compare(since("paris", {"column": "day"}), "==", {"value": 6 * 3600})) == [1]
    due = {"op": "add", "of": [{"column": "day"}, {"value": 1}]}
    assert broken(table, compare(due, "<=", {"value": "2020-01-02"})) == [1]


def test_formula_that_copies_a_column_rounds_to_the_grid_of_its_own() -> None:
    table = pa.table({"whole": [1, 1, 2], "x": [0.6, 1.5, 0.6]})
    rule = {"kind": "formula", "column": "whole", "equals": {"column": "x"}}
    assert broken(table, rule) == [2]
    spec = spec_of(table, [rule])
    assert computed(spec.rules[0], table, spec).to_pylist() == [1, 2, 1]  # type: ignore[arg-type]


CELL = st.none() | st.integers(-3, 3)
ATOMS = st.one_of(
    st.builds(ColumnCompared, column=st.sampled_from("ab"), op=st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
              value=st.integers(-2, 2)),
    st.builds(lambda column, values: ColumnIn(column=column, values=tuple(values)), st.sampled_from("ab"),
              st.lists(st.integers(-2, 2), min_size=1, max_size=3)),
    st.builds(ColumnMissing, column=st.sampled_from("ab"), missing=st.booleans()),
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda parts: AllOf(conditions=tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: AnyOf(conditions=tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: Not(condition=part), inner),
    ),
    max_leaves=6,
)


def truth(condition: Any, row: Mapping[str, int | None]) -> bool | None:
    """Three-valued logic, one row at a time."""
    if isinstance(condition, AllOf | AnyOf):
        values = [truth(part, row) for part in condition.conditions]
        deciding = isinstance(condition, AnyOf)
        return deciding if deciding in values else None if None in values else not deciding
    if isinstance(condition, Not):
        inner = truth(condition.condition, row)
        return None if inner is None else not inner
    cell = row[condition.column]
    if isinstance(condition, ColumnMissing):
        return (cell is None) == condition.missing
    if cell is None:
        return None
    if isinstance(condition, ColumnIn):
        return cell in condition.values
    signs = {"==": cell == condition.value, "!=": cell != condition.value, "<": cell < condition.value}
    signs |= {"<=": cell <= condition.value, ">": cell > condition.value, ">=": cell >= condition.value}
    return bool(signs[condition.op])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12), CONDITIONS, CONDITIONS)
def test_if_then_agrees_with_rows_judged_one_by_one(rows: list[tuple[Any, Any]], first: Any, then: Any) -> None:
    table = pa.table({name: pa.array([row[i] for row in rows], pa.int64()) for i, name in enumerate("ab")})
    spec = Table.model_validate({"columns": {"a": {"type": "integer"}, "b": {"type": "integer"}}})
    rule = IfThenRule(condition=first, consequence=then)
    expected = [
        truth(first, dict(zip("ab", row, strict=True))) is True
        and truth(then, dict(zip("ab", row, strict=True))) is False
        for row in rows
    ]
    assert violations(table, rule, spec).tolist() == expected


def test_computed_columns_keep_rule_type_and_grid() -> None:
    table = pa.table({"n": [1, 2, None], "x": [0.5, 0.0, 2.0], "y": [1.25, 0.0, 3.0], "c": [7, 7, 7]})
    rules: list[dict[str, Any]] = [
        {"kind": "sum", "total": "c", "parts": ["n", "n2"]},
        {"kind": "formula", "column": "y", "equals": {"op": "log", "of": [{"column": "x"}]}},
    ]
    table = table.append_column("n2", pa.array([10, 20, 30]))
    spec = spec_of(table, rules)
    spec = spec.model_copy(
        update={"columns": {**spec.columns, "y": spec.columns["y"].model_copy(update={"step": 0.01})}}
    )
    total, log = (computed(rule, table, spec) for rule in spec.rules)  # type: ignore[arg-type]
    assert total.to_pylist() == [11, 22, None]
    assert total.type == pa.int64()
    assert log.to_pylist() == [round(math.log(0.5), 2), None, round(math.log(2), 2)]


def test_observed_combinations_keep_those_of_k_subjects_only() -> None:
    table = pa.table({"a": ["x"] * 5 + ["y"] * 4 + [None] * 5, "b": [1] * 9 + [2] * 5})
    rule = CombinationsRule(columns=("a", "b"))
    kept, dropped = resolve_observed([rule, rule], table, np.arange(14), 5)
    assert [r.allowed for r in kept] == [(("x", 1), (None, 2))] * 2  # type: ignore[union-attr]
    assert dropped == ()
    one_subject = np.zeros(14, np.int64)
    assert resolve_observed([rule], table, one_subject, 5) == ((), (0,))


def test_check_rules_counts_rows_and_describes_without_cells() -> None:
    rules: list[dict[str, Any]] = [
        {"kind": "sum", "total": "a", "parts": ["b", "y"]},
        {"kind": "combinations", "columns": ["s", "f"], "allowed": [["CANARY-5417", True]]},
    ]
    spec = spec_of(PLAIN, rules)
    checks = check_rules(PLAIN, spec, spec.rules)
    assert [(check.kind, check.broken, check.rows) for check in checks] == [("sum", 2, 5), ("combinations", 5, 5)]
    assert checks[0].description == "a = b + y"
    assert "CANARY" not in "".join(check.description for check in checks)
    assert describe(spec.rules[1]) == "(s, f) is one of 1 combinations"
