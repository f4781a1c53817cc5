"""Every engine keeps every rule, makes exactly the rows asked for, and never sees a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from synth.data.detect import detect
from synth.data.metadata import Metadata, Pii, Role, Table
from synth.data.rules_check import violations
from synth.errors import SampleShortfallError
from synth.pipeline.draw import Draw, drawn_rows, made_unique
from synth.pipeline.prepare import Preparation
from synth.registry import engine_class, engine_specs
from synth.synthesizer import BLOCK_ROWS, Plan

N = 1500
RNG = np.random.Generator(np.random.PCG64(11))
A, B = RNG.integers(0, 200, N), RNG.integers(0, 200, N)
LOW, HIGH = np.minimum(A, B), np.maximum(A, B)
CITY = RNG.integers(0, 4, N)
SEED = pa.table(
    {
        "id": [f"K{i:05d}" for i in range(N)],
        "mail": [f"person{i}@mail.test" for i in range(N)],
        "low": LOW,
        "high": HIGH,
        "sum": LOW + HIGH,
        "money": np.round(RNG.lognormal(8, 1, N), 2),
        "city": np.array(["paris", "lyon", "rome", "bonn"])[CITY],
        "country": np.array(["fr", "fr", "it", "de"])[CITY],
        "child": (A < 60),
        "wage": np.where(A < 60, 0, B * 10),
        "slot": RNG.permutation(N * 2)[:N],
        "text": [f"some words of the free kind number {i}" for i in range(N)],
    }
)
LOGS = [float(f"{x:.6e}") for x in np.log(SEED["money"].to_numpy())]
SEED = SEED.append_column("log_money", pa.array(LOGS))
LOG = {"op": "log", "of": [{"column": "money"}]}
RULES: dict[str, list[dict[str, Any]]] = {
    "comparison": [{"kind": "comparison", "left": {"column": "low"}, "op": "<=", "right": {"column": "high"}}],
    "range": [{"kind": "range", "column": "low", "minimum": 20, "maximum": 150}],
    "if_then": [{"kind": "if_then", "if": {"column": "child", "op": "==", "value": True},
                 "then": {"column": "wage", "op": "==", "value": 0}}],
    "sum": [{"kind": "sum", "total": "sum", "parts": ["low", "high"]}],
    "formula": [{"kind": "formula", "column": "log_money", "equals": LOG}],
    "observed": [{"kind": "combinations", "columns": ["city", "country"]}],
    "allowed": [{"kind": "combinations", "columns": ["city", "country"], "allowed": [["rome", "it"], ["bonn", "de"]]}],
    "unique": [{"kind": "unique", "columns": ["low", "slot"]}],
}  # fmt: skip
RULES["circle"] = [
    *RULES["sum"],
    {"kind": "formula", "column": "low", "equals": {"op": "subtract", "of": [{"column": "sum"}, {"column": "high"}]}},
]
RULES["all"] = [
    rule for name in ("comparison", "range", "if_then", "sum", "formula", "observed") for rule in RULES[name]
]
ENGINES = [name for name, spec in engine_specs().items() if not spec.extra]


def metadata_of(rules: list[dict[str, Any]]) -> Metadata:
    plain = detect({"t": SEED}).tables["t"].model_copy(update={"rules": (), "guessed": {}, "offered": ()})
    return Metadata(tables={"t": Table.model_validate({**plain.model_dump(by_alias=True), "rules": rules})})


def prepared(engine: str, rules: list[dict[str, Any]], folder: Path) -> tuple[Draw, Preparation]:
    metadata = metadata_of(rules)
    preparation = Preparation.fit("t", SEED, metadata, 5)
    learnt = preparation.learnt(metadata)
    model = engine_class(engine)()
    config = type(model).plan({"t": N}, learnt, {"n_trees": 3}, 60.0)
    names = list(learnt.tables["t"].columns)
    assert not {"id", "mail", "text"} & set(names)
    plan = Plan(engine=engine, k=5, config=config)
    list(model.fit({"t": SEED.select(names)}, learnt, plan, seed=0, checkpoints=folder / "checkpoints"))
    preparation.save(folder)

    def draw(rows: range, seed: int) -> Iterator[pa.Table]:
        for tables in model.sample({"t": rows}, conditions=None, seed=seed):
            yield tables["t"]

    return draw, Preparation.load(folder)


def drawn(draw: Draw, preparation: Preparation, rows: range, seed: int = 1) -> pa.Table:
    return pa.concat_tables(drawn_rows(draw, preparation, rows, seed))


# Independent columns meet all these rules together too seldom: that they say so is tested below.
CASES = [(engine, name) for engine in ENGINES for name in RULES if (engine, name) != ("independent", "all")]


@pytest.mark.parametrize(("engine", "name"), CASES)
def test_no_row_breaks_a_rule_and_the_count_is_exact(engine: str, name: str, tmp_path: Path) -> None:
    draw, preparation = prepared(engine, RULES[name], tmp_path)
    rows = range(6000)
    pieces = drawn_rows(draw, preparation, rows, 1)
    made = pa.concat_tables(made_unique(pieces, draw, preparation, len(rows), 1))
    assert made.num_rows == len(rows)
    assert made.schema.equals(SEED.schema.remove_metadata())
    assert len(preparation.rules) == len(RULES[name])
    for rule in preparation.rules:
        assert not violations(made, rule, preparation.spec).any()


def test_rows_do_not_depend_on_shards(tmp_path: Path) -> None:
    draw, preparation = prepared("trees", RULES["all"], tmp_path)
    n = 2 * BLOCK_ROWS + 100
    whole = drawn(draw, preparation, range(n))
    parts = [drawn(draw, preparation, range(s, min(s + BLOCK_ROWS, n))) for s in range(0, n, BLOCK_ROWS)]
    assert pa.concat_tables(parts).combine_chunks().equals(whole.combine_chunks())


def test_identifiers_get_stand_ins_and_no_source_value_is_kept(tmp_path: Path) -> None:
    draw, preparation = prepared("trees", [], tmp_path)
    made = drawn(draw, preparation, range(5000))
    spec = preparation.spec
    assert (spec.columns["mail"].pii, spec.columns["id"].role) == (Pii.EMAIL, Role.KEY)
    assert len(set(made["id"].to_pylist())) == 5000
    assert all(key.startswith("K") and len(key) == 6 for key in made["id"].to_pylist())
    assert not set(made["mail"].to_pylist()) & set(SEED["mail"].to_pylist())
    assert made["text"].null_count == 5000
    assert "mail.test" not in (tmp_path / "preparation.json").read_text()


def test_rules_that_no_row_keeps_end_with_the_rows_reached(tmp_path: Path) -> None:
    never = [{"kind": "range", "column": "low", "minimum": 10_000}]
    draw, preparation = prepared("independent", never, tmp_path)
    with pytest.raises(SampleShortfallError, match="0 of 10 were reached"):
        drawn(draw, preparation, range(10))


def test_unique_rows_that_run_out_end_with_the_rows_reached(tmp_path: Path) -> None:
    draw, preparation = prepared("independent", [{"kind": "unique", "columns": ["child"]}], tmp_path)
    with pytest.raises(SampleShortfallError, match="2 of 50 were reached"):
        list(made_unique(drawn_rows(draw, preparation, range(50), 0), draw, preparation, 50, 0))


def test_engine_that_makes_fewer_rows_is_told(tmp_path: Path) -> None:
    draw, preparation = prepared("independent", [], tmp_path)
    for change in (-1, 1):

        def wrong(rows: range, seed: int, change: int = change) -> Iterator[pa.Table]:
            yield from draw(range(rows.start, rows.stop + change), seed)

        with pytest.raises(SampleShortfallError, match="it made"):
            drawn(wrong, preparation, range(100))


def test_computed_columns_show_as_many_digits_as_the_source(tmp_path: Path) -> None:
    draw, preparation = prepared("trees", RULES["formula"], tmp_path)
    made = drawn(draw, preparation, range(2000))["log_money"].to_pylist()
    assert preparation.derived[0].digits == 7
    assert all(value == float(f"{value:.6e}") for value in made)
