"""How long the review takes: `python -m benchmarks.review_speed [--rows 12500 25000 50000 100000] [--columns 30]`.

A table of correlated columns, half of them numbers and half categories, as many synthetic as train rows and a quarter
as many unseen ones, is judged by all parts in one process, as `synth score` judges. Prints wall and CPU seconds and
peak memory (resident, of the process) by tier and size, the dearest parts, and the exponent of rows in CPU seconds;
appends a row to results/review_speed.jsonl.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import circumstances
from synth.data.metadata import Column, ColumnType, Metadata, Role, Table
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.stages import Data, Runner, Settings, judge
from synth.pipeline.task import CancelToken, Event
from synth.scoring.scorecard import Tier
from synth.storage.objects import Objects

RESULTS = Path(__file__).parent / "results" / "review_speed.jsonl"
SIZES = (12_500, 25_000, 50_000, 100_000)
UNSEEN = 0.25
FACTORS = 5
"""Hidden numbers that make the columns hang together."""

SHOWN = 6


def rows_of(n: int, columns: int, rng: np.random.Generator) -> pa.Table:
    """N rows: numbers with heavy tails, and categories of 3 to 40 values."""
    mix = np.random.default_rng(1).normal(size=(FACTORS, columns))
    values = rng.normal(size=(n, FACTORS)) @ mix + rng.standard_t(4, size=(n, columns))
    cells: dict[str, Any] = {}
    for i in range(columns):
        if i % 2:
            cuts = np.linspace(-5, 5, 2 + 37 * i // columns)
            cells[f"c{i}"] = np.char.add("v", np.digitize(values[:, i], cuts).astype(str))
        else:
            cells[f"x{i}"] = values[:, i]
    return pa.table(cells)


def metadata(columns: int) -> Metadata:
    """The first two columns are quasi-identifiers, the last two secrets."""
    roles = [Role.QUASI_IDENTIFIER] * 2 + [Role.FEATURE] * (columns - 4) + [Role.SECRET] * 2
    spec = {
        f"{'c' if i % 2 else 'x'}{i}": Column(type=ColumnType.CATEGORY if i % 2 else ColumnType.DECIMAL, role=role)
        for i, role in enumerate(roles)
    }
    return Metadata(tables={"people": Table(columns=spec)})


def _write(objects: Objects, name: str, rows: pa.Table) -> None:
    with objects.writing(f"{name}.parquet") as path:
        pq.write_table(rows, path)


def one(n: int, columns: int, tier: Tier) -> dict[str, Any]:
    """Judges one table in this process."""
    rng = np.random.default_rng(n)
    sizes = {"train": n, "holdout": int(n * UNSEEN / 2), "reference": int(n * UNSEEN / 2), "synthetic": n}
    parts: dict[str, float] = {}

    def told(event: Event) -> None:
        if event.kind == "done":  # one after the other in this process
            parts[event.task.removeprefix("score ")] = time.process_time() - cpu - sum(parts.values())

    with tempfile.TemporaryDirectory() as folder:
        objects = Objects(Path(folder) / "store")
        for name, size in sizes.items():
            _write(objects, name, rows_of(size, columns, rng))
        train = objects.read_table("train.parquet")
        mixed = {name: train[name].take(pa.array(rng.permutation(n))) for name in train.column_names}
        _write(objects, "floor", pa.table(mixed))
        del train, mixed
        keys = {name: f"{name}.parquet" for name in sizes}
        data = Data("people", metadata(columns).to_json(), keys, sizes, n)
        runner = Runner(InlineExecutor(), objects.url, told, CancelToken())
        wall, cpu = time.perf_counter(), time.process_time()
        settings = Settings(k=5, seed=0, tier=tier)
        judge(runner, data, settings, synthetic="synthetic.parquet", floor="floor.parquet", draws={})
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    dear = sorted(parts.items(), key=lambda part: -part[1])
    return {
        "rows": n, "columns": columns, "tier": tier, "wall_s": round(wall, 1), "cpu_s": round(cpu, 1),
        "peak_gb": round(peak / 1e9, 2), "parts": {k: round(v, 1) for k, v in dear},
    }  # fmt: skip


def main() -> None:
    """Each size and tier in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--tiers", nargs="*", default=["quick", "standard"])
    parser.add_argument("--one", action="store_true", help="in this process, as JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one(asked.rows[0], asked.columns, asked.tiers[0])))
        return
    for tier in asked.tiers:
        cpu = []
        for n in asked.rows:
            command = [sys.executable, "-m", "benchmarks.review_speed", "--one", "--rows", str(n),
                       "--columns", str(asked.columns), "--tiers", tier]  # fmt: skip
            row = json.loads(
                subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
            )
            cpu.append(row["cpu_s"])
            dear = ", ".join(f"{part} {s:g}" for part, s in list(row["parts"].items())[:SHOWN])
            print(f"{tier:8} {n:7,} x {asked.columns}  wall {row['wall_s']:6.1f} s  CPU {row['cpu_s']:6.1f} s  "
                  f"peak {row['peak_gb']:.2f} GB  dearest (CPU s): {dear}", flush=True)  # fmt: skip
            with RESULTS.open("a") as file:
                file.write(json.dumps(row | circumstances()) + "\n")
        if len(cpu) > 1:
            slope = np.polyfit(np.log(asked.rows), np.log(cpu), 1)[0]
            print(f"{tier:8} CPU seconds grow with rows to the power of {slope:.2f}", flush=True)


if __name__ == "__main__":
    main()
