"""What in/out twins find of an engine, beside the worst attack of the battery.

python -m benchmarks.twins [--table adult] [--rows 5000] [--twins 8] [--only trees ...]

Train: the first rows of a seeded permutation of the table's train file; holdout and reference: two disjoint draws of
its test file. Engines: `trees` as it is planned; `trees` over-fitted (one tree of nine tenths of the rows, leaves of
10, k = 1: its settings allow no smaller ones); the same with leaves of a single row and without the choice of the leaf
size by unseen rows, which only a patch of the engine can do; and `swap`, which hands out train rows with three in ten
cells taken from other rows, for a generator that memorises. Prints the table that docs/privacy-tests.md shows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa

from benchmarks.tables import train_and_test
from synth.data.conform import conform
from synth.data.detect import detect
from synth.data.metadata import Metadata
from synth.pipeline.draw import drawn_rows, seed_of
from synth.pipeline.prepare import Preparation
from synth.registry import engine_class
from synth.scoring.parts import PARTS
from synth.scoring.privacy.twins import halves, judged, statistics
from synth.scoring.results import MembershipResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure
from synth.synthesizer import Plan
from synth_models.forest.settings import ForestSettings
from synth_models.trees import settings_of

TABLE = "t"
OVERFITTED = {"n_trees": 1, "bag_share": 0.9, "leaf_sizes": (10,)}

Make = Callable[[pa.Table, int], pa.Table]


def trees(train: pa.Table, seed: int, metadata: Metadata, config: dict[str, Any], k: int, planned: int) -> pa.Table:
    """As many rows as were learnt, by the way of `synth run`; the plan is that of `planned` rows, for twins too."""
    engine = engine_class("trees")()
    preparation = Preparation.fit(TABLE, train, metadata, k)
    learnt = preparation.learnt(metadata)
    resolved = engine_class("trees").plan({TABLE: planned}, learnt, config, 60.0)
    plan = Plan(engine="trees", k=k, config=resolved)

    def draw(rows: range, draw_seed: int) -> Iterator[pa.Table]:
        for tables in engine.sample({TABLE: rows}, conditions=None, seed=draw_seed):
            yield tables[TABLE]

    with tempfile.TemporaryDirectory(prefix="synth-") as folder:
        rows = {TABLE: train.select(list(learnt.tables[TABLE].columns))}
        for _ in engine.fit(rows, learnt, plan, seed=seed, checkpoints=Path(folder)):
            pass
        return pa.concat_tables(drawn_rows(draw, preparation, range(train.num_rows), seed))


def single_leaves(train: pa.Table, seed: int, make: Make) -> pa.Table:
    """Trees whose leaves are single rows."""

    def settings(plan: Plan) -> ForestSettings:
        return settings_of(plan).model_copy(update={"min_leaf": 1, "leaf_sizes": (1,)})

    def first(*_: object) -> int:
        return 0

    with patch("synth_models.trees.settings_of", settings), patch("synth_models.forest.grow.largest_good", first):
        return make(train, seed)


def swap(train: pa.Table, seed: int, share: float = 0.3) -> pa.Table:
    """Train rows in which a share of the cells is that of another row."""
    rng = np.random.default_rng(seed)
    n = train.num_rows
    columns = [
        train[name].take(pa.array(np.where(rng.random(n) < share, rng.integers(n, size=n), np.arange(n))))
        for name in train.column_names
    ]
    return pa.table(columns, names=train.column_names)


def samples_of(table: str, rows: int) -> tuple[Samples, Metadata]:
    """Train, holdout and reference of a benchmark table, with nothing synthetic yet."""
    rng = np.random.default_rng(0)
    train, test = train_and_test(table)
    train = train.take(pa.array(rng.permutation(train.num_rows)[:rows]))
    order = rng.permutation(test.num_rows)
    metadata = detect({TABLE: train})
    rest = (order[:rows], order[rows : 2 * rows])
    raw = [train, *(test.take(pa.array(places)) for places in rest)]
    a, b, c = (conform({TABLE: part}, metadata)[TABLE] for part in raw)
    spec = metadata.tables[TABLE]
    return Samples(a, b, c, synthetic=a[:0], spec=spec, k=5, seed=0), metadata


def battery(samples: Samples) -> list[float]:
    """AUC, and members found at 1 % and 10 % false alarms, each of the attack that is worst in it."""
    found = PARTS["attacks"](samples)
    assert isinstance(found, MembershipResult)
    worst = [0.0, 0.0, 0.0]
    for attack in found.attacks.values():
        assert isinstance(attack.figure, Figure)
        assert attack.roc is not None
        rates = [float(np.interp(f, attack.roc.fpr, attack.roc.tpr)) for f in (0.01, 0.1)]
        worst = [max(a, b) for a, b in zip(worst, [attack.figure.value, *rates], strict=True)]
    return worst


def twins(samples: Samples, make: Make, count: int) -> dict[str, Any]:
    """The measures of the twins by name."""
    n = samples.train.num_rows
    who = np.arange(n)
    inside = halves(who, count, np.random.default_rng(seed_of(0, "twins")))
    found = [
        statistics(
            samples.train,
            who,
            make(samples.train.filter(pa.array(inside[:, j])), seed_of(0, "twin", j)),
            samples.spec,
        )
        for j in range(count)
    ]
    result = judged(np.stack(found, axis=1), inside, who, np.random.default_rng(0))
    return {m.name: m for m in result.measures}


def main() -> None:
    """Prints a row an engine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", default="adult")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--twins", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    samples, metadata = samples_of(asked.table, asked.rows)
    overfitted = partial(trees, metadata=metadata, config=OVERFITTED, k=1, planned=asked.rows)
    engines: dict[str, Make] = {
        "trees": partial(trees, metadata=metadata, config={}, k=5, planned=asked.rows),
        "trees, over-fitted": overfitted,
        "trees, leaves of 1": partial(single_leaves, make=overfitted),
        "swap of 30 % of the cells": swap,
    }
    print("| engine | | AUC | found at 1 % | found at 10 % | stand out | recognised, by chance | p |")
    print("|" + " --- |" * 8)
    for name, make in engines.items():
        if asked.only and name not in asked.only:
            continue
        start = time.perf_counter()
        file = replace(samples, synthetic=make(samples.train, 0))
        worst = " | ".join(f"{x:.3f}" for x in battery(file))
        print(f"| {name} | worst of the battery | {worst} | | | |", flush=True)
        m = twins(samples, make, asked.twins)
        rates = " | ".join(f"{m[x].value:.3f} (to {m[x].upper:.3f})" for x in ("auc", "tpr", "tpr_10"))
        seen = m["recognised"]
        p = "< 1e-9" if seen.p_value < 1e-9 else f"{seen.p_value:.2g}"
        told = f"{rates} | {seen.value:.0f} | {seen.attack:.0f}, {seen.control:.0f} | {p} |"
        print(f"| | {asked.twins} twins | {told}", flush=True)
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
