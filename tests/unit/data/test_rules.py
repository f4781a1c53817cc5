import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from synth.data.rules import (
    Call,
    ColumnRef,
    CombinationsRule,
    ComparisonRule,
    Constant,
    FormulaRule,
    RangeRule,
    Rule,
    UniqueRule,
    columns_of,
)

RULE: TypeAdapter[Rule] = TypeAdapter(Rule)

FORMS = {
    '{kind: comparison, left: {column: a}, op: "<=", right: {column: b}}': {"a", "b"},
    "{kind: range, column: age, minimum: 0, maximum: 120}": {"age"},
    '{kind: if_then, if: {column: status, in: [child]}, then: {column: income, op: "==", value: 0}}': {
        "status",
        "income",
    },
    "{kind: sum, total: living, parts: [above, basement], tolerance: 0.5}": {"living", "above", "basement"},
    "{kind: formula, column: l, equals: {op: log, of: [{column: income}]}, tolerance: 1.0e-6}": {"l", "income"},
    "{kind: combinations, columns: [country, city], allowed: [[FR, Paris], [FR, null]]}": {"country", "city"},
    "{kind: combinations, columns: [country, city], allowed: observed}": {"country", "city"},
    "{kind: unique, columns: [number], within: [house]}": {"number", "house"},
    """{kind: if_then,
        if: {all: [{column: a, missing: false}, {any: [{column: b, op: ">", value: 1}, {not: {column: c, in: [x]}}]}]},
        then: {left: {op: subtract, of: [{column: d}, {value: 2020-01-01}]}, op: ">=", right: {value: 0}}}""": set(
        "abcd"
    ),
}


@pytest.mark.parametrize(("text", "columns"), FORMS.items())
def test_columns_of_each_form_names_all_columns(text: str, columns: set[str]) -> None:
    assert columns_of(RULE.validate_python(yaml.safe_load(text))) == columns


@pytest.mark.parametrize("text", FORMS)
def test_rule_dumped_without_defaults_reads_back_equal(text: str) -> None:
    rule = RULE.validate_python(yaml.safe_load(text))
    plain = RULE.dump_python(rule, by_alias=True, exclude_defaults=True)
    assert plain["kind"] == rule.kind
    assert RULE.validate_python(plain) == rule
    assert RULE.validate_json(RULE.dump_json(rule, by_alias=True)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "{kind: range, column: age}",
        "{kind: range, column: age, minimum: 0, extra: 1}",
        "{kind: formula, column: a, equals: {op: log, of: [{column: b}, {column: c}]}}",
        "{kind: formula, column: a, equals: {op: divide, of: [{column: b}]}}",
        "{kind: formula, column: a, equals: {op: add, of: [{column: b}]}}",
        "{kind: formula, column: a, equals: {op: system, of: [{value: ls}]}}",
        "{kind: formula, column: a, equals: {}}",
        "{kind: formula, column: a, equals: {column: b}, tolerance: -1}",
        "{kind: combinations, columns: [a, b], allowed: [[1]]}",
        "{kind: combinations, columns: [a, b], allowed: []}",
        "{kind: combinations, columns: [a]}",
        "{kind: unique, columns: []}",
        "{kind: sum, total: a, parts: []}",
        '{kind: if_then, if: {column: a, missing: "yes"}, then: {column: b, missing: true}}',
        "{kind: python, code: exit}",
        "{column: a}",
    ],
)
def test_rule_malformed_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        RULE.validate_python(yaml.safe_load(text))


def test_rule_dates_become_iso_text() -> None:
    rule = RULE.validate_python(yaml.safe_load("{kind: range, column: born, minimum: 1900-01-31}"))
    assert isinstance(rule, RangeRule)
    assert rule.minimum == "1900-01-31"


def test_rule_truth_value_and_number_stay_apart() -> None:
    allowed = ((True, 1), (False, 0.0))
    rule = CombinationsRule(columns=("a", "b"), allowed=allowed)
    assert rule.allowed != "observed"
    assert [[type(value) for value in row] for row in rule.allowed] == [[bool, int], [bool, float]]


def test_rule_instances_are_immutable_and_hashable() -> None:
    rule = ComparisonRule(left=ColumnRef(column="a"), op="<", right=Constant(value=1))
    assert len({rule, ComparisonRule(left=ColumnRef(column="a"), op="<", right=Constant(value=1))}) == 1
    with pytest.raises(ValidationError):
        rule.op = ">"


def test_formula_nested_expression_counts_operands() -> None:
    bmi = Call(
        op="divide", of=(ColumnRef(column="kg"), Call(op="power", of=(ColumnRef(column="m"), Constant(value=2))))
    )
    assert columns_of(FormulaRule(column="bmi", equals=bmi)) == {"bmi", "kg", "m"}
    assert columns_of(UniqueRule(columns=("a",))) == {"a"}
