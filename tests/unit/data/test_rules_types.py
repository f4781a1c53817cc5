"""Rules whose parts do not belong together are refused with the metadata."""

from __future__ import annotations

from typing import Any

import pytest

from synth.data.metadata import Metadata
from synth.errors import InvalidMetadataError

COLUMNS: dict[str, Any] = {
    "n": {"type": "integer"},
    "x": {"type": "decimal"},
    "b": {"type": "boolean"},
    "t": {"type": "category"},
    "code": {"type": "category", "arrow": "int64"},
    "d": {"type": "date"},
    "m": {"type": "datetime"},
    "c": {"type": "time"},
    "nothing": {"type": "category", "arrow": "null"},
}


def col(name: str) -> dict[str, str]:
    return {"column": name}


def compared(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "comparison", "left": left, "op": "<=", "right": right}


def call(op: str, *of: dict[str, Any]) -> dict[str, Any]:
    return {"op": op, "of": list(of)}


def then(condition: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "if_then", "if": {"column": "b", "op": "==", "value": True}, "then": condition}


def parse(*rules: dict[str, Any]) -> Metadata:
    return Metadata.parse({"version": 1, "tables": {"t": {"columns": COLUMNS, "rules": list(rules)}}})


@pytest.mark.parametrize(
    ("rule", "fact"),
    [
        (compared(col("n"), col("t")), "`n` is number and `t` is text"),
        (compared(col("d"), {"value": 3}), "`d` is date and a constant is number"),
        (compared(col("d"), col("c")), "`d` is date and `c` is time"),
        (compared(col("x"), {"value": "high"}), "`x` is number and a constant is text"),
        (compared(call("log", col("t")), col("x")), "`log` is taken of `t`, which is text"),
        (compared(call("add", col("n"), call("negate", col("t"))), col("x")), "`negate` is taken of `t`"),
        (then({"column": "t", "op": "==", "value": 3}), "`t` is text, and 1 of the values"),
        (then({"column": "code", "in": [1, "two", "three"]}), "`code` is number, and 2 of the values"),
        (then({"all": [{"not": {"column": "d", "op": ">", "value": "yesterday"}}]}), "`d` is date, and 1"),
        (then({"any": [compared(col("c"), col("n")) | {"kind": None}]}), "`c` is time and `n` is number"),
        ({"kind": "formula", "column": "t", "equals": col("n")}, "`t` is text, and a formula gives numbers"),
        ({"kind": "combinations", "columns": ["t", "n"], "allowed": [["a", 1], [2, "b"]]}, "1 of the values"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(rule: dict[str, Any], fact: str) -> None:
    for condition in rule.get("then", {}).get("any", []):
        condition.pop("kind")
    with pytest.raises(InvalidMetadataError) as caught:
        parse(rule)
    assert {fault.code for fault in caught.value.faults} == {"rule-types"}
    assert fact in str(caught.value)
    assert all(fault.where == "/tables/t/rules/0" for fault in caught.value.faults)
    assert "yesterday" not in str(caught.value)


@pytest.mark.parametrize(
    "rule",
    [
        compared(col("n"), col("x")),
        compared(col("d"), col("m")),
        compared(col("d"), {"value": "2020-01-01"}),
        compared(call("subtract", col("m"), col("d")), {"value": 30}),
        compared(call("add", col("d"), {"value": 7}), col("m")),
        compared(call("maximum", col("c"), {"value": "06:00"}), col("c")),
        compared(col("t"), {"value": "2020-01-01"}),
        compared(col("nothing"), col("d")),
        compared(col("b"), {"value": 1}),
        then({"column": "t", "in": ["a", "b"]}),
        then({"column": "code", "in": [1, 2]}),
        then({"column": "d", "missing": True}),
        {"kind": "formula", "column": "x", "equals": call("log", col("n"))},
        {"kind": "combinations", "columns": ["t", "n"], "allowed": [["a", 1], [None, 2]]},
        {"kind": "combinations", "columns": ["t", "d"]},
        {"kind": "unique", "columns": ["t", "d"]},
    ],
)
def test_parts_that_belong_together_are_taken(rule: dict[str, Any]) -> None:
    assert len(parse(rule).tables["t"].rules) == 1


def test_all_rules_are_told_together() -> None:
    with pytest.raises(InvalidMetadataError) as caught:
        parse(compared(col("n"), col("t")), compared(col("n"), col("x")), compared(col("d"), col("b")))
    assert [fault.where for fault in caught.value.faults] == ["/tables/t/rules/0", "/tables/t/rules/2"]
