"""Relations between columns: found where there are any, and nowhere else."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from synth.data.detect import detect
from synth.data.entities import entity_codes
from synth.data.relations import find_relations
from synth.data.rules_text import describe

RNG = np.random.Generator(np.random.PCG64(7))
N = 2000
A, B, C = RNG.integers(0, 500, N), RNG.integers(0, 300, N), RNG.integers(1, 40, N)
MONEY = np.round(RNG.lognormal(8, 1, N), 2)
OTHER = np.round(RNG.lognormal(7, 1, N), 2)
SPENT = (A > 99) * MONEY


def found(table: pa.Table) -> dict[str, int]:
    """Descriptions and exceptions."""
    spec = detect({"t": table}).tables["t"].model_copy(update={"rules": (), "guessed": {}, "offered": ()})
    relations = find_relations(table, spec, entity_codes(table, spec))
    return {describe(relation.rule): relation.exceptions for relation in relations}


CITIES = np.array(["paris", "lyon", "rome", "milan", "bonn"])
CITY = RNG.integers(0, 5, N)
STARTS = RNG.integers(0, 2000, N).astype("datetime64[D]")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"a": A, "b": B, "total": A + B}, "total = a + b"),
        ({"a": A, "b": B, "c": C, "total": A + B + C}, "total = a + b + c"),
        ({"a": MONEY, "b": OTHER, "t": np.round(MONEY + OTHER, 2)}, "t = a + b"),
        ({"a": A + 1, "c": C, "product": (A + 1) * C}, "product = c * a"),
        ({"money": MONEY, "log_money": np.log(MONEY)}, "log_money = log(money)"),
        ({"a": A, "log_a": np.round(np.log1p(A), 6)}, "log_a = log(1 + a)"),
        ({"money": MONEY, "spent": SPENT, "any": (SPENT > 0).astype(int)}, "any = positive(spent)"),
        ({"celsius": A / 10, "fahrenheit": np.round(A / 10 * 1.8 + 32, 2)}, "fahrenheit = 32.0 + (1.8 * celsius)"),
        ({"a": A, "copy": A}, "copy = a"),
        ({"city": CITIES[CITY], "country": np.array(["fr", "fr", "it", "it", "de"])[CITY]},
         "(city, country) is one of observed combinations"),
        ({"start": STARTS, "end": STARTS + RNG.integers(0, 200, N)}, "start <= end"),
    ],
)  # fmt: skip
def test_relation_without_exceptions_is_found(columns: dict[str, np.ndarray], expected: str) -> None:
    assert found(pa.table(columns)).get(expected) == 0


def test_relation_with_few_exceptions_is_offered_with_their_number() -> None:
    log = np.log(MONEY)
    log[:7] += 1
    assert found(pa.table({"money": MONEY, "log_money": log})) == {"log_money = log(money)": 7}


def test_relation_with_many_exceptions_is_none() -> None:
    log = np.log(MONEY)
    log[: N // 20] += 1
    assert found(pa.table({"money": MONEY, "log_money": log})) == {}


def test_results_are_computed_from_others_and_never_from_themselves() -> None:
    table = pa.table({"a": A, "b": A, "c": A, "d": np.where(A > 0, np.log(np.maximum(A, 1)), 0.0)})
    formulas = [text for text, exceptions in found(table).items() if exceptions == 0]
    results = [text.split(" = ")[0] for text in formulas]
    assert len(results) == len(set(results)) == 3


def test_columns_without_relation_give_none() -> None:
    # Chance control: the probability of any wrong dependency is below 1e-6 a table, of a formula far less; 30 tables.
    for seed in range(30):
        rng = np.random.Generator(np.random.PCG64(seed))
        table = pa.table(
            {
                "n": rng.normal(size=300),
                "m": rng.lognormal(size=300),
                "i": rng.integers(0, 9, 300),
                "j": rng.integers(0, 2, 300),
                "s": CITIES[rng.integers(0, 5, 300)],
                "rare": (rng.random(300) < 0.02).astype(int),
            }
        )
        assert found(table) == {}, seed


def test_values_of_fewer_than_k_subjects_determine_nothing() -> None:
    codes = np.repeat(np.arange(N // 4), 4)
    country = np.array(["fr", "it", "de"])[RNG.integers(0, 3, N // 4)][codes]
    assert found(pa.table({"code_of": [f"c{i}" for i in codes], "country": country})) == {}


def test_identifying_columns_take_no_part() -> None:
    table = pa.table({"customer_id": A, "twice": A * 2})
    assert found(table) == {}
