"""The checker against the constraint checks of sdmetrics (MIT), where both know the kind of rule."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth.data.metadata import Table
from synth.data.rules_check import violations

constraints = pytest.importorskip(
    "sdmetrics.multi_table.statistical.constraints", reason="the optional extra crosscheck is not installed"
)

N = 500


def total_of(data: pd.DataFrame) -> pd.Series[Any]:
    """The formula that sdmetrics is given."""
    return data["low"] + data["high"]


def random_table() -> pa.Table:
    rng = np.random.Generator(np.random.PCG64(11))
    low, high = rng.integers(0, 20, N), rng.integers(0, 20, N)
    return pa.table(
        {
            "low": low,
            "mid": rng.integers(0, 20, N),
            "high": high,
            "total": low + high + (rng.random(N) < 0.2),
            "country": rng.choice(["FR", "DE"], N),
            "city": rng.choice(["Paris", "Berlin", "Lyon"], N),
        }
    )


def less(op: str) -> list[dict[str, Any]]:
    return [{"kind": "comparison", "left": {"column": "low"}, "op": op, "right": {"column": "high"}}]


BETWEEN = [
    {"kind": "comparison", "left": {"column": "low"}, "op": "<", "right": {"column": "mid"}},
    {"kind": "comparison", "left": {"column": "mid"}, "op": "<", "right": {"column": "high"}},
]
ALLOWED = [["FR", "Paris"], ["FR", "Lyon"], ["DE", "Berlin"]]
SUM = [{"kind": "sum", "total": "total", "parts": ["low", "high"], "tolerance": 0.0}]


@pytest.mark.parametrize(
    ("name", "parameters", "rules"),
    [
        ("Inequality", {"low_column_name": "low", "high_column_name": "high"}, less("<=")),
        ("Inequality", {"low_column_name": "low", "high_column_name": "high", "strict_boundaries": True}, less("<")),
        ("Range", {"low_column_name": "low", "middle_column_name": "mid", "high_column_name": "high",
                   "strict_boundaries": True}, BETWEEN),
        ("FixedCombinations", {"column_names": ["country", "city"]},
         [{"kind": "combinations", "columns": ["country", "city"], "allowed": ALLOWED}]),
        ("ColumnFormula", {"input_column_names": ["low", "high"], "output_column_name": "total",
                           "formula_function_name": "total_of", "module_name": "sdmetrics_formula"}, SUM),
    ],
)  # fmt: skip
def test_rows_that_break_rules_are_those_that_sdmetrics_finds(
    name: str, parameters: dict[str, Any], rules: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sdmetrics_formula", sys.modules[__name__])
    table = random_table()
    types = {"country": "category", "city": "category"}
    columns: dict[str, Any] = {column: {"type": types.get(column, "integer")} for column in table.column_names}
    spec = Table.model_validate({"columns": columns, "rules": rules})

    kinds = {column: {"sdtype": "categorical" if column in types else "numerical"} for column in table.column_names}
    constraint = constraints.BaseConstraint.load_constraint_from_dict(
        {"class_name": name, "parameters": {**parameters, "table_name": "t"}}
    )
    metadata = {"tables": {"t": {"columns": kinds}}}
    known = pd.DataFrame(ALLOWED, columns=["country", "city"])
    real = table.to_pandas() if name != "FixedCombinations" else known.assign(low=0, mid=0, high=0, total=0)
    constraint.fit({"t": real}, metadata)
    expected = ~constraint.is_valid({"t": table.to_pandas()}, metadata)["t"].to_numpy()

    broken = np.any([violations(table, rule, spec) for rule in spec.rules], axis=0)
    assert 0 < expected.sum() < N
    assert broken.tolist() == expected.tolist()
