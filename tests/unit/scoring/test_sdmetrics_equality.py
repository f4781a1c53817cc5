"""Shapes and trends equal sdmetrics' own, without subsampling, on random tables with missing values."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Table
from synth.scoring.fidelity.shapes import shapes
from synth.scoring.fidelity.trends import trends
from synth.scoring.results import PartResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure

ConstantInputError = pytest.importorskip(
    "sdmetrics.errors", reason="the optional extra crosscheck is not installed"
).ConstantInputError

TYPES = {
    "x": ColumnType.DECIMAL,
    "y": ColumnType.DECIMAL,
    "z": ColumnType.INTEGER,
    "c": ColumnType.CATEGORY,
    "d": ColumnType.CATEGORY,
    "b": ColumnType.BOOLEAN,
    "t": ColumnType.DATETIME,
    "constant": ColumnType.DECIMAL,
    "empty": ColumnType.DECIMAL,
}
SDTYPES = {ColumnType.DATETIME: "datetime", ColumnType.CATEGORY: "categorical", ColumnType.BOOLEAN: "boolean"}
SPEC = Table(columns={name: Column(type=kind) for name, kind in TYPES.items()})


def frame(n: int, rng: np.random.Generator, shift: float) -> pd.DataFrame:
    x = rng.normal(size=n) + shift
    rows = pd.DataFrame(
        {
            "x": x,
            "y": np.round(2 * x + rng.normal(size=n), 1),
            "z": np.floor(np.abs(x) * 4),
            "c": rng.choice(["a", "b", "c's", '"d"'], n, p=[0.4, 0.3, 0.2, 0.1]).astype(object),
            "b": (rng.random(n) < 0.3).astype(object),
            "t": pd.Timestamp("2020-01-01") + pd.to_timedelta((1e6 * (x + 5)).astype(int), unit="s"),
            "constant": np.ones(n),
            "empty": np.full(n, np.nan),
        }
    )
    rows["d"] = np.where(x > 0, rows["c"], "中")
    for name in ("x", "z", "t"):
        rows.loc[rng.random(n) < 0.1, name] = None
    return rows[list(TYPES)]


def mean_shape(real: pd.DataFrame, synthetic: pd.DataFrame) -> float:
    columns = {name: {"sdtype": SDTYPES.get(kind, "numerical")} for name, kind in TYPES.items()}
    report = import_module("sdmetrics.reports.single_table._properties").ColumnShapes()
    return float(report.get_score(real.copy(), synthetic.copy(), {"columns": columns}))


def counted_trends(real: pd.DataFrame, synthetic: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Scores of the pairs that hang together, by sdmetrics' metrics with the thresholds of its QualityReport."""
    metrics, found = import_module("sdmetrics.column_pairs"), {}
    for first, second in combinations(TYPES, 2):
        pair = [first, second]
        ordered = [name for name in pair if TYPES[name].is_ordered]
        try:
            if len(ordered) == 2:
                score = metrics.CorrelationSimilarity.compute(
                    real[pair], synthetic[pair], real_correlation_threshold=0.5
                )
            else:
                sides = [side[pair].assign(**{n: as_number(side[n]) for n in ordered}) for side in (real, synthetic)]
                score = metrics.ContingencySimilarity.compute(
                    *sides, continuous_column_names=ordered or None, real_association_threshold=0.3
                )
        except (ConstantInputError, ValueError):  # constant or empty: the report gives NaN
            continue
        if not np.isnan(score):
            found[first, second] = score
    return found


def as_number(column: pd.Series[Any]) -> pd.Series[Any]:
    """Times as seconds, NaN where missing, as the report does before it cuts them."""
    if not pd.api.types.is_datetime64_any_dtype(column):
        return column
    return (column - pd.Timestamp(0)).dt.total_seconds()


def samples(real: pd.DataFrame, synthetic: pd.DataFrame) -> Samples:
    first, second = (pa.table({n: pa.array(f[n], from_pandas=True) for n in f}) for f in (real, synthetic))
    return Samples(first, first, first[:0], second, SPEC, k=5, seed=0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("case", ["plain", "far value", "new category", "missing categories"])
def test_shapes_and_trends_equal_sdmetrics(seed: int, case: str) -> None:
    rng = np.random.default_rng(seed)
    real, synthetic = frame(300 + 40 * seed, rng, 0.0), frame(257, rng, 0.3)
    if case == "far value":
        synthetic.loc[0, "y"] = 1000.0
    if case == "new category":
        synthetic["c"] = synthetic["c"].replace("a", "new")
    if case == "missing categories":
        for side in (real, synthetic):  # on every combination of both sides, see the note in trends.py
            side.loc[rng.random(len(side)) < 0.3, "b"] = None
    mine = samples(real, synthetic)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sdmetrics warns on import, on constant columns and on its own slices
        shape, expected = mean_shape(real, synthetic), counted_trends(real, synthetic)
    assert value(shapes(mine)) == pytest.approx(shape, abs=1e-6)
    counted = {(pair.first, pair.second): pair.score for pair in trends(mine).pairs if pair.counted}
    assert counted == pytest.approx(expected, abs=1e-6)
    assert len(counted) > 3
    assert value(trends(mine)) == pytest.approx(np.mean(list(expected.values())), abs=1e-6)


def value(result: PartResult) -> float:
    assert isinstance(result.figure, Figure)
    return result.figure.value


def test_shapes_column_without_values_is_left_out_and_named() -> None:
    rng = np.random.default_rng(0)
    real, synthetic = frame(200, rng, 0.0), frame(200, rng, 0.0)
    scores = {column.column: column.score for column in shapes(samples(real, synthetic)).columns}
    assert not isinstance(scores["empty"], Figure)
    assert isinstance(scores["constant"], Figure)


def test_trends_missing_category_equals_missing_category() -> None:
    """sdmetrics 0.32 fails to match missing with missing once a combination occurs on one side only."""
    rng = np.random.default_rng(0)
    first = np.array(["u", "v", None], dtype=object)[rng.integers(0, 3, 400)]
    only_real = first.copy()
    only_real[:1] = "w"
    tables = [pa.table({"c": list(values), "d": list(values)}) for values in (only_real, first)]
    spec = Table(columns={name: Column(type=ColumnType.CATEGORY) for name in ("c", "d")})
    result = trends(Samples(tables[0], tables[0], tables[0][:0], tables[1], spec, k=5, seed=0))
    assert result.pairs[0].score == pytest.approx(1 - 1 / 400)


def test_trends_pair_without_association_is_scored_but_not_counted(make_samples: Callable[..., Samples]) -> None:
    result = trends(make_samples(400))
    pairs = {(pair.first, pair.second): pair.counted for pair in result.pairs}
    assert pairs["size", "count"]
    assert not pairs["size", "when"]


def test_trends_independent_columns_score_low(make_samples: Callable[..., Samples]) -> None:
    good = make_samples(400)
    rng = np.random.default_rng(0)
    shuffled = pa.table({n: good.synthetic[n].take(rng.permutation(400)) for n in good.synthetic.column_names})
    assert value(trends(make_samples(400, synthetic=shuffled))) < value(trends(good)) - 0.1


def test_trends_far_value_moves_only_its_own_row(make_samples: Callable[..., Samples]) -> None:
    """sdmetrics' QualityReport would cut the synthetic sizes over another range and lose nearly all agreement."""
    good = make_samples(400)
    sizes = [1e6, *good.synthetic["size"].to_pylist()[1:]]
    moved = make_samples(400, synthetic=good.synthetic.set_column(0, "size", pa.array(sizes)))
    before, after = ({(p.first, p.second): p.score for p in trends(s).pairs} for s in (good, moved))
    assert abs(before["size", "kind"] - after["size", "kind"]) <= 1 / 400 + 1e-12
