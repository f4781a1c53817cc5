"""Fidelity and privacy of `synth run` with its defaults, by PROTOCOL.md: `python -m benchmarks.fidelity`.

Prints a table of means over seeds with their spread and the required figures, appends a JSON line a run to
`benchmarks/results/fidelity.jsonl`, and ends with 1 where a required figure is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.measure import circumstances, run_measured
from benchmarks.tables import TABLES, train_and_test

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "fidelity.jsonl"
LIMITS = json.loads((HERE / "thresholds.json").read_text())
FIGURES = (
    "fit_cpu_s",
    "c2st",
    "worst_attack",
    "trend_error",
    "shape_error",
    "tstr",
    "trtr",
    "copies_excess",
    "copies_low",
)


def main() -> None:
    """Runs the tables and seeds asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(LIMITS["fidelity"]), help=f"of {', '.join(TABLES)}")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--executor", default="ray", help="inline measures without Ray's own processes")
    args = parser.parse_args()
    rows = [
        measured(name, int(seed), args.engine, args.executor)
        for name in args.tables.split(",")
        for seed in args.seeds.split(",")
    ]
    missed = report(rows)
    sys.exit(1 if missed else 0)


PROTOCOL_ATTACKS = ("nearest_distance", "density_ratio")
"""The two of PROTOCOL.md; a scorecard has more."""


def measured(name: str, seed: int, engine: str, executor: str) -> dict[str, Any]:
    """One run of the command on one table; appends its row to the results."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for part, table in zip(("train", "test"), train_and_test(name), strict=True):
            pq.write_table(table, work / f"{part}.parquet")
        command = [str(Path(sys.executable).parent / "synth"), "run", str(work / "train.parquet")]
        command += ["--holdout", str(work / "test.parquet"), "--out", str(work / "out"), "--seed", str(seed)]
        command += [
            "--engine",
            engine,
            "--executor",
            executor,
            "--target",
            TABLES[name].target,
            "--tier",
            "quick",
            "--json",
        ]
        usage = run_measured(command)
        if usage.code != 0:
            sys.exit(f"{name}, seed {seed}: synth run ended with {usage.code}\n{usage.output[-3000:]}")
        card = json.loads((work / "out" / "scorecard.json").read_text())
    row = {
        "table": name,
        "seed": seed,
        "engine": card["engine"],
        "executor": executor,
        **figures_of(card),
        "wall_s": round(usage.wall_s, 1),
        "cpu_s": round(usage.cpu_s, 1),
        "peak_gb": round(usage.peak_bytes / 1e9, 2),
        **circumstances(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(row) + "\n")
    print(f"{name} seed {seed}: " + ", ".join(f"{k} {row[k]:.4g}" for k in (*FIGURES, "wall_s") if row[k] is not None))
    return row


def figures_of(card: dict[str, Any]) -> dict[str, float | None]:
    """The protocol's figures from a scorecard; None where it was not assessed."""
    fidelity, privacy, timing = card["fidelity"], card["privacy"], card["timing"]

    def value(figure: dict[str, Any]) -> float | None:
        return figure.get("value")

    aucs = [value(attack["auc"]["value"]) for attack in privacy["attacks"] if attack["name"] in PROTOCOL_ATTACKS]
    known = [auc for auc in aucs if auc is not None]
    shapes, trends = value(fidelity["shapes"]["value"]), value(fidelity["trends"]["value"])
    return {
        "c2st": value(fidelity["c2st"]["value"]),
        "worst_attack": max(known) if len(known) == len(PROTOCOL_ATTACKS) else None,
        "trend_error": None if trends is None else 1 - trends,
        "shape_error": None if shapes is None else 1 - shapes,
        "tstr": value(card["utility"]["tstr"]["value"]),
        "trtr": value(card["utility"]["trtr"]),
        "copies_excess": value(privacy["copies"]["excess"]["value"]),
        "copies_low": privacy["copies"]["excess"]["value"].get("ci_low"),
        "fit_cpu_s": timing["fit_cpu_s"],
        "fit_s": timing["fit_s"],
        "rows_per_s": timing["rows_per_s"],
    }


def report(rows: list[dict[str, Any]]) -> list[str]:
    """Prints means, spreads and limits; returns what was missed. Copies count where their interval excludes 0."""
    missed = []
    print(f"\n{'table':12}" + "".join(f"{figure:>24}" for figure in FIGURES))
    for name in dict.fromkeys(row["table"] for row in rows):
        cells = []
        for figure in FIGURES:
            values = [row[figure] for row in rows if row["table"] == name and row[figure] is not None]
            if not values:
                cells.append("not assessed")
                continue
            mean, spread = statistics.fmean(values), statistics.pstdev(values)
            limit = {**LIMITS["fidelity"].get(name, {}), "copies_low": LIMITS["copies_low"]}.get(figure)
            cells.append(f"{mean:.4g} ± {spread:.2g}" + (f" (<= {limit})" if limit is not None else ""))
            if limit is not None and mean > limit:
                missed.append(f"{name}: {figure} {mean:.4g} is above {limit}")
        print(f"{name:12}" + "".join(f"{cell:>24}" for cell in cells))
    print("\n" + ("\n".join(missed) if missed else "all required figures are met"))
    return missed


if __name__ == "__main__":
    main()
