"""The vectorised checker against the slow twin, and contradictions against rows that keep the rules, at random."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from synth.data.metadata import Table
from synth.data.rules import CombinationsRule, Rule, columns_of
from synth.data.rules_check import violations
from synth.data.rules_conflict import find_conflict
from tests.unit.data import rule_twin

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
EXAMPLES = 25
ZONE = "Europe/Paris"
GRADES = ("low", "mid", "high")

SPEC = Table.model_validate(
    {
        "columns": {
            "i": {"type": "integer", "missing_values": [-9]},
            "j": {"type": "integer", "arrow": "int16"},
            "big": {"type": "integer"},
            "huge": {"type": "integer", "arrow": "uint64"},
            "f": {"type": "decimal"},
            "g": {"type": "decimal"},
            "m": {"type": "decimal", "arrow": "decimal128(12, 2)"},
            "b": {"type": "boolean"},
            "s": {"type": "category"},
            "u": {"type": "text", "arrow": "large_string"},
            "o": {"type": "category", "categories": list(GRADES), "ordered": True},
            "p": {"type": "category", "categories": list(GRADES), "ordered": True},
            "d": {"type": "date"},
            "e": {"type": "date"},
            "t": {"type": "datetime", "arrow": "timestamp[ms]"},
            "z": {"type": "datetime", "timezone": ZONE},
            "y": {"type": "datetime", "timezone": ZONE, "arrow": f"timestamp[ns, tz={ZONE}]"},
        }
    }
)


def random_rows(seed: int, n: int) -> list[dict[str, Any]]:
    """Few different values, so that equalities happen; a fifth of the cells missing."""
    rng = np.random.default_rng(seed)

    def moment(zone: str | None) -> datetime:
        return datetime(2020, 3, 28, tzinfo=ZoneInfo(zone) if zone else None) + timedelta(hours=int(rng.integers(72)))

    def row() -> dict[str, Any]:
        small = rng.integers(-5, 6, 6)
        cells: dict[str, Any] = {
            "i": int(small[0]) if rng.random() < 0.9 else -9,
            "j": int(small[1]),
            "big": 2**53 + int(small[2]),
            "huge": 2**63 + int(small[3]),
            "f": [*(small / 10).tolist(), float("nan")][int(rng.integers(7))],
            "g": float(small[4]) / 10,
            "m": Decimal(int(small[5])) / 10,
            "b": bool(rng.random() < 0.5),
            "s": str(rng.choice(["x", "y", "1"])),
            "u": str(rng.choice(["x", "y", "z"])),
            "o": str(rng.choice([*GRADES, "none"])),
            "p": str(rng.choice(GRADES)),
            "d": date(2020, 2, 27) + timedelta(days=int(rng.integers(5))),
            "e": date(2020, 2, 27) + timedelta(days=int(rng.integers(5))),
            "t": moment(None),
            "z": moment(ZONE),
            "y": moment(ZONE),
        }
        return {name: None if rng.random() < 0.2 else cell for name, cell in cells.items()}

    return [row() for _ in range(n)]


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([(name, column.arrow_type) for name, column in SPEC.columns.items()])
    return pa.Table.from_pylist(rows, schema)


COMPARATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
TENTHS = st.integers(-5, 5).map(lambda n: n / 10)
NUMBERS = st.one_of(st.integers(-5, 5), TENTHS)
ARITHMETIC = ["i", "j", "f", "g", "m", "b"]
CONSTANTS: dict[str, st.SearchStrategy[Any]] = {
    "i": NUMBERS,
    "j": NUMBERS,
    "big": st.integers(2**53 - 5, 2**53 + 5),
    "huge": st.integers(2**63 - 5, 2**63 + 5),
    "f": NUMBERS,
    "g": NUMBERS,
    "m": NUMBERS,
    "b": st.booleans(),
    "s": st.sampled_from(["x", "y", "1"]),
    "u": st.sampled_from(["x", "q"]),
    "o": st.sampled_from(GRADES),
    "p": st.sampled_from(GRADES),
    "d": st.sampled_from(["2020-02-28", "2020-02-29", "2020-03-01"]),
    "e": st.sampled_from(["2020-02-28", "2020-02-29"]),
    "t": st.sampled_from(["2020-03-28", "2020-03-29T05:00:00"]),
    "z": st.sampled_from(["2020-03-28", "2020-03-29T05:00:00"]),
    "y": st.sampled_from(["2020-03-29", "2020-03-29T05:00:00"]),
}
PAIRS = [("i", "j"), ("i", "f"), ("big", "huge"), ("big", "i"), ("huge", "huge"), ("f", "g"), ("m", "i"), ("m", "g")]
PAIRS += [("d", "e"), ("z", "y"), ("o", "p"), ("t", "t"), ("big", "m"), ("huge", "m"), ("huge", "f"), ("b", "i")]
NOMINAL = {"s", "u"}


def expressions() -> st.SearchStrategy[Any]:
    """Expressions of small numbers, whose exact values are fractions of a hundred or so."""
    leaves = st.one_of(
        st.sampled_from(ARITHMETIC).map(lambda name: {"column": name}),
        NUMBERS.map(lambda value: {"value": value}),
        st.just({"op": "subtract", "of": [{"column": "d"}, {"column": "e"}]}),
        st.just({"op": "subtract", "of": [{"column": "e"}, {"value": "2020-02-29"}]}),
        st.just({"op": "subtract", "of": [{"column": "z"}, {"column": "y"}]}),
    )

    def calls(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        unary = st.sampled_from(["absolute", "floor", "negate", "positive", "round"])
        several = st.sampled_from(["add", "maximum", "minimum", "multiply"])
        return st.one_of(
            st.tuples(unary, st.lists(of, min_size=1, max_size=1)),
            st.tuples(st.sampled_from(["divide", "subtract"]), st.lists(of, min_size=2, max_size=2)),
            st.tuples(several, st.lists(of, min_size=2, max_size=3)),
        ).map(lambda call: {"op": call[0], "of": call[1]})

    return st.recursive(leaves, calls, max_leaves=4)


@st.composite
def atoms(draw: st.DrawFn) -> dict[str, Any]:
    form = draw(st.integers(0, 4))
    name = draw(st.sampled_from(sorted(CONSTANTS)))
    if form == 0:
        return {"column": name, "missing": draw(st.booleans())}
    if form == 1:
        return {"column": name, "in": draw(st.lists(CONSTANTS[name], min_size=1, max_size=3))}
    if form == 2:
        op = draw(st.sampled_from(["==", "!="]) if name in NOMINAL else COMPARATORS)
        return {"column": name, "op": op, "value": draw(CONSTANTS[name])}
    if form == 3:
        return {"left": draw(expressions()), "op": draw(COMPARATORS), "right": draw(expressions())}
    left, right = draw(st.sampled_from([*PAIRS, *((b, a) for a, b in PAIRS)]))
    return {"left": {"column": left}, "op": draw(COMPARATORS), "right": {"column": right}}


CONDITIONS = st.recursive(
    atoms(),
    lambda of: st.one_of(
        st.lists(of, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(of, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        of.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)


@st.composite
def rules(draw: st.DrawFn, kinds: tuple[str, ...]) -> Rule:
    kind = draw(st.sampled_from(kinds))
    if kind == "comparison":
        plain = atoms().filter(lambda atom: "left" in atom)
        return RULE.validate_python({"kind": kind, **draw(plain)})
    if kind == "range":
        name = draw(st.sampled_from(sorted(set(CONSTANTS) - NOMINAL - {"o", "p", "b"})))
        low, high = draw(CONSTANTS[name]), draw(st.none() | CONSTANTS[name])
        return RULE.validate_python({"kind": kind, "column": name, "minimum": low, "maximum": high})
    if kind == "if_then":
        return RULE.validate_python({"kind": kind, "if": draw(CONDITIONS), "then": draw(CONDITIONS)})
    if kind == "sum":
        names = draw(st.permutations(ARITHMETIC))
        parts = names[1 : draw(st.integers(2, 4))]
        tolerance = draw(st.sampled_from([0.0, 0.1, 0.5]))
        return RULE.validate_python({"kind": kind, "total": names[0], "parts": parts, "tolerance": tolerance})
    if kind == "formula":
        tolerance = draw(st.sampled_from([0.0, 0.1, 0.5]))
        name = draw(st.sampled_from(ARITHMETIC))
        return RULE.validate_python(
            {"kind": kind, "column": name, "equals": draw(expressions()), "tolerance": tolerance}
        )
    names = draw(st.lists(st.sampled_from(sorted(CONSTANTS)), min_size=2, max_size=3, unique=True))
    if kind == "unique":
        return RULE.validate_python({"kind": kind, "columns": names[:1], "within": names[1:]})
    listed = st.tuples(*(st.none() | CONSTANTS[name] for name in names))
    allowed = draw(st.lists(listed, min_size=1, max_size=8))
    return RULE.validate_python({"kind": kind, "columns": names, "allowed": allowed})


KINDS = ("comparison", "range", "if_then", "sum", "formula", "unique", "combinations")


KINDS = ("comparison", "range", "if_then", "sum", "formula", "unique", "combinations")


@pytest.mark.parametrize("kind", KINDS)
def test_violations_random_rule_equal_those_of_the_slow_twin(kind: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(seed=st.integers(0, 2**32 - 1), rule=rules((kind,)))
    def agree(seed: int, rule: Rule) -> None:
        spec = SPEC
        if isinstance(rule, CombinationsRule):  # these list numbers that stand for a missing cell
            spec = SPEC.model_copy(update={"columns": {**SPEC.columns, "i": SPEC.columns["j"]}})
        rows = random_rows(seed, 40)
        assert violations(as_table(rows), rule, SPEC).tolist() == rule_twin.broken(rows, rule, spec)

    agree()


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return float(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


@settings(max_examples=EXAMPLES, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), many=st.lists(rules(KINDS), min_size=4, max_size=10))
def test_rules_that_a_full_row_keeps_are_no_contradiction_even_with_all_its_cells_fixed(
    seed: int, many: list[Rule]
) -> None:
    full = [row for row in random_rows(seed, 400) if None not in row.values() and row["o"] in GRADES]
    full = [row for row in full if row["f"] == row["f"] and row["i"] != -9]
    kept = [rule for rule in many if full and not rule_twin.broken(full[:1], rule, SPEC)[0]]
    names = sorted({name for rule in kept for name in columns_of(rule)})
    fixed = [
        {"kind": "comparison", "left": {"column": name}, "op": "==", "right": {"value": _plain(full[0][name])}}
        for name in names
    ]
    pinned = (*kept, *map(RULE.validate_python, fixed))
    assert find_conflict(SPEC.model_copy(update={"rules": pinned})) is None
