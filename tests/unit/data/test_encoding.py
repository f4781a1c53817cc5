"""The token encoder: round trips, protection by k, grids and types."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.data.detect import detect
from synth.data.encoding import CONTINUOUS, MISSING_U, NominalCodec, OrderedCodec, TableEncoder
from synth.data.entities import entity_codes
from synth.data.metadata import Column, ColumnType, Table
from tests.zoo import ZOO

K = 5
Floats = npt.NDArray[np.float64]


def rows_are_subjects(n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(n, dtype=np.int64)


def round_trip(table: pa.Table, spec: Table | None = None, k: int = K) -> pa.Table:
    spec = spec or detect({"t": table}).tables["t"]
    encoder = TableEncoder.fit(table, spec, entity_codes(table, spec), k)
    again = TableEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    return again.decode(encoder.encode(table), 0, table.num_rows, np.random.default_rng(0))


def ks(a: Floats, b: Floats) -> float:
    grid = np.union1d(a, b)
    cdf = [np.searchsorted(np.sort(x), grid, side="right") / len(x) for x in (a, b)]
    return float(np.max(np.abs(cdf[0] - cdf[1])))


CONTINUOUS_LAWS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "cauchy": lambda rng, n: rng.standard_cauchy(n),
    "lognormal": lambda rng, n: rng.lognormal(10, 2, n),
    "zero_inflated": lambda rng, n: np.where(rng.random(n) < 0.9, 0.0, rng.lognormal(8, 1, n)),
    "heaped": lambda rng, n: np.where(rng.random(n) < 0.3, np.round(rng.normal(50, 20, n), -1), rng.normal(50, 20, n)),
    "capped": lambda rng, n: np.minimum(rng.exponential(1, n), 2.0),
    "two_clusters": lambda rng, n: rng.normal(size=n) + 1000 * rng.integers(0, 2, n),
}


@pytest.mark.parametrize("law", CONTINUOUS_LAWS)
def test_ordered_round_trip_keeps_the_shape_within_a_cell(law: str) -> None:
    n = 5000
    values = CONTINUOUS_LAWS[law](np.random.default_rng(1), n)
    codec = OrderedCodec.fit(values, rows_are_subjects(n), K)
    decoded = codec.decode(*codec.encode(values))
    # Each run holds max(K, n / 1024) = K values, which the round trip may move within their run, and a run more at each
    # side of an atom: 2 K / n = 0.2 %, the required bound.
    assert ks(values, decoded) <= 0.002


def test_ordered_few_distinct_values_come_back_exactly() -> None:
    values = np.repeat(np.arange(40.0), 20)
    codec = OrderedCodec.fit(values, rows_are_subjects(len(values)), K)
    assert np.array_equal(codec.decode(*codec.encode(values)), values)
    assert len(codec.knot_values) == 0


def test_ordered_extremes_are_means_of_k_subjects() -> None:
    values = np.concatenate([np.linspace(0, 1, 995), [10.0, 20.0, 30.0, 40.0, 1000.0]])
    codec = OrderedCodec.fit(values, rows_are_subjects(1000), K)
    inner = codec.knot_values[1:-1]
    assert inner[-1] == pytest.approx(np.mean([10, 20, 30, 40, 1000]))
    assert 1000.0 not in codec.knot_values


def test_ordered_value_of_one_subject_in_many_rows_is_no_atom() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([np.full(50, 7.5), rng.integers(0, 5, 450)])
    entities = np.concatenate([np.zeros(50), np.arange(1, 451)]).astype(np.int64)
    codec = OrderedCodec.fit(values, entities, K)
    assert 7.5 not in codec.atom_values
    assert 7.5 not in codec.knot_values
    assert set(codec.atom_values) == {0.0, 1.0, 2.0, 3.0, 4.0}


def test_ordered_runs_hold_k_subjects_each() -> None:
    rng = np.random.default_rng(3)
    entities = np.sort(rng.integers(0, 700, 6000))  # rows of one subject have similar values
    values = entities + rng.random(6000)
    codec = OrderedCodec.fit(values, entities, 20)
    tokens, u = codec.encode(values)
    inner_u = codec.knot_u[1:-1]
    bounds = (inner_u[1:] + inner_u[:-1]) / 2
    run = np.searchsorted(bounds, u)
    # A run's members are not stored; those nearest to its knot must at least come from about as many subjects.
    subjects = [len(set(entities[run == j])) for j in range(len(inner_u))]
    assert min(subjects) >= 20 - 2  # a neighbour on either side may fall across the midpoint of two knots
    assert (tokens == CONTINUOUS).all()


@pytest.mark.parametrize(("n_missing", "kept"), [(K - 1, False), (K, True)])
def test_ordered_missing_is_kept_from_k_subjects_on(n_missing: int, kept: bool) -> None:
    values = np.concatenate([np.full(n_missing, np.nan), np.arange(50.0)])
    codec = OrderedCodec.fit(values, rows_are_subjects(len(values)), K)
    tokens, u = codec.encode(values)
    assert codec.has_missing is kept
    assert np.isnan(codec.decode(tokens, u)).sum() == (n_missing if kept else 0)
    assert bool((u == MISSING_U).any()) is kept


def test_ordered_too_few_subjects_keeps_nothing() -> None:
    codec = OrderedCodec.fit(np.array([41.0]), rows_are_subjects(1), K)
    assert codec.is_empty
    assert np.isnan(codec.decode(*codec.encode(np.array([41.0, 5.0])))).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e12, 1e12), st.integers(-5, 5).map(float), st.just(float("nan"))), max_size=120),
    st.integers(1, 20),
    st.integers(1, 30),
)
def test_ordered_any_values_encode_to_valid_codes(values: list[float], k: int, n_subjects: int) -> None:
    array = np.array(values, np.float64)
    codec = OrderedCodec.fit(array, np.arange(len(array)) % n_subjects, k)
    tokens, u = codec.encode(array)
    assert ((tokens >= CONTINUOUS) & (tokens < max(codec.n_tokens, 1))).all()
    assert (((u >= 0) & (u <= 1)) | (u == MISSING_U)).all()
    decoded = codec.decode(tokens, u)
    if not codec.is_empty:
        assert np.array_equal(np.isnan(decoded), np.isnan(array) & codec.has_missing)
        present = decoded[~np.isnan(decoded)]
        if len(present) and len(codec.atom_values):
            assert np.isin(array[np.isin(array, codec.atom_values)], present).all()
    assert (np.diff(codec.knot_values) >= 0).all()
    assert (np.diff(codec.knot_u) >= 0).all()


def test_nominal_rare_values_become_a_kept_one() -> None:
    column = pa.chunked_array([["a"] * 60 + ["b"] * 30 + [f"rare {i}" for i in range(10)]])
    codec = NominalCodec.fit(column, rows_are_subjects(100), K)
    tokens = codec.encode(column)
    assert codec.values.to_pylist() == ["a", "b"]
    assert codec.has_rare
    assert (tokens[90:] == 2).all()
    decoded = codec.decode(tokens, np.random.default_rng(0)).to_pylist()
    assert decoded[:90] == column.to_pylist()[:90]
    assert set(decoded) == {"a", "b"}


def test_nominal_stand_ins_of_rare_values_follow_the_kept_shares() -> None:
    column = pa.chunked_array([["a"] * 600 + ["b"] * 400 + [f"rare {i}" for i in range(1000)]])
    codec = NominalCodec.fit(column, rows_are_subjects(2000), K)
    drawn = codec.decode(codec.encode(column), np.random.default_rng(0)).to_pylist()[1000:]
    # 4.9 sqrt(p (1 - p) / n) at alpha 1e-6, p = 0.6, n = 1,000.
    assert abs(drawn.count("a") / 1000 - 0.6) < 4.9 * np.sqrt(0.24 / 1000)


def test_nominal_rare_declared_category_is_as_frequent_as_one_that_nobody_has() -> None:
    """That a category is declared makes its name public; that a single person has it must not show."""
    column = pa.chunked_array([["a"] * 600 + ["hers"] + [f"other {i}" for i in range(399)]])
    declared = ("a", "hers", "never seen", "nor this")
    codec = NominalCodec.fit(column, rows_are_subjects(1000), K, declared=declared)
    assert codec.values.to_pylist() == ["a"]
    again = NominalCodec.from_json(codec.to_json())
    for one in (codec, again):
        drawn = one.decode(one.encode(column), np.random.default_rng(0)).to_pylist()
        counts = [drawn.count(name) for name in declared]
        assert counts[0] == 600
        assert sum(counts) == 1000
        # Each of the three has a third of 400; 5 standard deviations: wrong once in 600,000 for each.
        assert all(abs(count - 400 / 3) < 5 * np.sqrt(400 * 2 / 9) for count in counts[1:])


def test_nominal_declared_category_with_enough_people_keeps_its_share() -> None:
    column = pa.chunked_array([["a"] * 60 + ["b"] * K])
    codec = NominalCodec.fit(column, rows_are_subjects(60 + K), K, declared=("b", "c", "a"))
    assert codec.decode(codec.encode(column), np.random.default_rng(0)).to_pylist() == column.to_pylist()


def test_nominal_missing_and_unseen_values_encode() -> None:
    column = pa.chunked_array([["a"] * 20 + ["b"] * 10 + [None] * 10])
    codec = NominalCodec.fit(column, rows_are_subjects(40), K)
    tokens = codec.encode(pa.chunked_array([["b", None, "unseen"]]))
    assert tokens.tolist() == [1, 2, 0]
    assert codec.decode(tokens, np.random.default_rng(0)).to_pylist() == ["b", None, "a"]


def test_nominal_counts_subjects_not_rows() -> None:
    column = pa.chunked_array([["common"] * 50 + ["hers"] * 50])
    entities = np.concatenate([np.arange(50), np.full(50, 99)])
    codec = NominalCodec.fit(column, entities, K)
    assert codec.values.to_pylist() == ["common"]


@pytest.mark.parametrize("name", ZOO)
def test_table_round_trip_keeps_schema_and_rows(name: str) -> None:
    table = ZOO[name]
    decoded = round_trip(table)
    assert decoded.schema.equals(table.schema.remove_metadata())
    assert decoded.num_rows == table.num_rows


def test_table_without_protection_comes_back_exactly() -> None:
    n = 200
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "whole": rng.integers(-5, 5, n),
            "beyond": pa.array(rng.integers(0, 50, n) + 2**60),
            "cents": np.round(rng.integers(0, 90, n) * 0.1, 1),
            "flag": rng.random(n) < 0.5,
            "day": pa.array(rng.integers(-700_000, 2_000_000, n) // 50_000 * 50_000, pa.int32()).cast(pa.date32()),
            "moment": pa.array(rng.integers(0, 40, n) * 3_600_000_000 * 25, pa.int64()).cast(
                pa.timestamp("us", "Asia/Tokyo")
            ),
            "city": np.array(["東京", "大阪"])[rng.integers(0, 2, n)],
        }
    )
    assert round_trip(table, k=1).equals(table)


def test_decimal_steps_come_back_as_the_same_doubles() -> None:
    values = np.round(np.random.default_rng(0).random(3000) * 1000, 2)
    decoded = round_trip(pa.table({"x": values}))["x"].to_numpy()
    assert np.array_equal(decoded, np.round(decoded, 2))
    assert all(len(repr(float(x)).split(".")[1]) <= 2 for x in decoded)


def test_declared_bounds_clip_the_tails() -> None:
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL, minimum=0.0, maximum=1.0)})
    values = np.random.default_rng(0).normal(0.5, 1, 1000)
    decoded = round_trip(pa.table({"x": values}), spec)["x"].to_numpy()
    assert (decoded.min(), decoded.max()) == (0.0, 1.0)


def test_skipped_and_repeated_wall_clock_times_decode() -> None:
    zone = pa.timestamp("us", "Europe/Paris")
    hours = np.arange(datetime(2024, 3, 30).timestamp(), datetime(2024, 4, 2).timestamp(), 1800.0)
    moments = pa.array((hours * 1e6).astype(np.int64)).cast(zone)
    decoded = round_trip(pa.table({"t": moments}), k=1)["t"].combine_chunks()
    assert decoded.type == zone
    assert decoded.equals(moments)


def test_dates_of_all_ages_survive() -> None:
    days = pa.array([date(1, 1, 1)] * 10 + [date(1677, 1, 1)] * 10 + [date(9999, 12, 31)] * 10)
    assert round_trip(pa.table({"d": days}))["d"].combine_chunks().equals(days)


def test_infinite_values_count_as_missing() -> None:
    values = np.concatenate([np.full(10, np.inf), np.full(10, -np.inf), np.arange(50.0)])
    spec = Table(columns={"x": Column(type=ColumnType.DECIMAL)})
    assert round_trip(pa.table({"x": values}), spec)["x"].null_count == 20
