"""Share of synthetic rows that break no rule."""

from __future__ import annotations

import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Table
from synth.data.rules import RangeRule
from synth.pipeline.rules import adherence
from synth.scoring.scorecard import Figure, NotAssessed

NUMBER = Column(type=ColumnType.INTEGER)
SPEC = Table(columns={"a": NUMBER, "b": NUMBER, "c": NUMBER})
RULES = [RangeRule(column="a", minimum=0), RangeRule(column="b", minimum=0)]


def test_adherence_counts_a_row_once() -> None:
    rows = pa.table({"a": [-1, -1, 0, 0, 0], "b": [-1, 0, -1, 0, 0]})
    found = adherence(rows, RULES, SPEC)
    assert isinstance(found, Figure)
    assert found.value == 0.4
    assert found.n == 5
    assert found.ci_low is not None
    assert found.ci_low < 0.4


def test_adherence_of_clean_rows_has_an_exact_interval() -> None:
    rows = pa.table({"a": [0] * 10, "b": [0] * 10})
    found = adherence(rows, RULES, SPEC)
    assert isinstance(found, Figure)
    assert (found.value, found.ci_high) == (1.0, 1.0)
    assert found.ci_low == pytest.approx(0.025**0.1)


def test_adherence_counts_entities_not_rows() -> None:
    spec = Table(columns={**SPEC.columns, "id": NUMBER}, entity_key=("id",))
    rows = pa.table({"a": [0, 0, -1, -1] * 5, "b": [0] * 20, "id": [1, 1, 2, 2] * 5})
    one, alone = adherence(rows, RULES, spec), adherence(rows, RULES, SPEC)
    assert isinstance(one, Figure)
    assert isinstance(alone, Figure)
    assert one.ci_high is not None
    assert alone.ci_high is not None
    assert one.ci_high == 1.0 > alone.ci_high  # two people tell next to nothing


def test_adherence_without_rules_or_columns_gives_a_reason() -> None:
    rows = pa.table({"c": [1]})
    assert isinstance(adherence(rows, RULES, SPEC), NotAssessed)
    assert isinstance(adherence(rows.slice(0, 0), [], SPEC), NotAssessed)
