"""`synth run` on a large CSV: wall time and peak memory of all processes, `python -m benchmarks.scale`.

The table is made of numbers, heavy tails, categories, dates and missing values that depend on each other; it is written
to a temporary folder and removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from benchmarks.measure import circumstances, run_measured

HERE = Path(__file__).parent
LIMITS = json.loads((HERE / "thresholds.json").read_text())["scale"]
CHUNK = 100_000


def main() -> None:
    """Writes the CSV, runs the command, prints and checks the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=LIMITS["rows"])
    parser.add_argument("--columns", type=int, default=LIMITS["columns"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.csv"
        write_csv(file, args.rows, args.columns)
        size_mb = file.stat().st_size / 1e6
        command = [
            str(Path(sys.executable).parent / "synth"),
            "run",
            str(file),
            "--out",
            f"{folder}/out",
            "--tier",
            "quick",
            "--json",
        ]
        usage = run_measured(command)
        card = Path(folder) / "out" / "scorecard.json"
        figures = json.loads(card.read_text()) if card.exists() else None
    row = {
        "rows": args.rows,
        "columns": args.columns,
        "csv_mb": round(size_mb),
        "wall_s": round(usage.wall_s),
        "cpu_s": round(usage.cpu_s),
        "peak_gb": round(usage.peak_bytes / 1e9, 2),
        "exit": usage.code,
        "c2st": figures and figures["fidelity"]["c2st"]["value"].get("value"),
        "timing": figures and figures["timing"],
        **circumstances(),
    }
    print(json.dumps(row, indent=1))
    with (HERE / "results" / "scale.jsonl").open("a") as results:
        results.write(json.dumps(row) + "\n")
    if usage.code != 0:
        print(usage.output[-3000:])
    within = usage.code == 0 and row["peak_gb"] <= LIMITS["peak_gb"] and row["wall_s"] <= LIMITS["wall_s"]
    print("within the limits" if within else f"misses a limit: {LIMITS}")
    sys.exit(0 if within else 1)


def write_csv(file: Path, n_rows: int, n_columns: int) -> None:
    """Writes a CSV in pieces, so that making it needs little memory."""
    rng = np.random.default_rng(0)
    writer: pc.CSVWriter | None = None
    for start in range(0, n_rows, CHUNK):
        table = _piece(rng, min(CHUNK, n_rows - start), n_columns)
        writer = writer or pc.CSVWriter(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _piece(rng: np.random.Generator, n: int, n_columns: int) -> pa.Table:
    factor = rng.normal(size=n)
    columns: dict[str, pa.Array] = {}
    for j in range(n_columns):
        noisy = 0.7 * factor + 0.7 * rng.normal(size=n)
        match j % 5:
            case 0:
                columns[f"amount_{j}"] = pa.array(np.round(np.exp(noisy + 5), 2))
            case 1:
                columns[f"count_{j}"] = pa.array(rng.poisson(np.exp(noisy / 2)))
            case 2:
                columns[f"group_{j}"] = pa.array(np.array(list("abcdefgh"))[np.digitize(noisy, np.linspace(-2, 2, 7))])
            case 3:
                columns[f"score_{j}"] = pa.array(np.round(noisy, 4), mask=rng.random(n) < 0.1)
            case _:
                days = np.clip((noisy * 400 + 18_000), 0, 25_000).astype(np.int32)
                columns[f"day_{j}"] = pa.array(days, pa.int32()).cast(pa.date32())
    return pa.table(columns)


if __name__ == "__main__":
    main()
