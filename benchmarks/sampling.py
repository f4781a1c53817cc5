"""Sampling speed of a fitted `trees` in one process and one thread: `python -m benchmarks.sampling`."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.tables import train_and_test
from synth.data.detect import detect
from synth.registry import engine_class
from synth.synthesizer import Plan

LIMITS = json.loads((Path(__file__).parent / "thresholds.json").read_text())["sampling_rows_per_s"]
ROWS = 200_000
REPEATS = 3


def main() -> None:
    """Prints rows per second, decoding to Arrow included."""
    missed = False
    for name, limit in LIMITS.items():
        train = train_and_test(name)[0]
        metadata, engine = detect({name: train}), engine_class("trees")
        config = engine.plan({name: train.num_rows}, metadata, {}, 60.0)
        model = engine()
        with tempfile.TemporaryDirectory() as folder:
            plan = Plan(engine="trees", k=5, threads=2, config=config)
            for _ in model.fit({name: train}, metadata, plan, seed=0, checkpoints=Path(folder)):
                pass
        rates = []
        for seed in range(REPEATS):
            start = time.process_time()
            n = sum(t[name].num_rows for t in model.sample({name: range(ROWS)}, conditions=None, seed=seed))
            rates.append(n / (time.process_time() - start))
        print(
            f"{name}: {statistics.median(rates):,.0f} rows/s of CPU time (limit {limit:,}; {REPEATS} x {ROWS:,} rows)"
        )
        missed |= statistics.median(rates) < limit
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
