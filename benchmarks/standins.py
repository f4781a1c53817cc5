"""Speed of stand-ins in one process and one thread: `python -m benchmarks.standins`."""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import pyarrow as pa

from synth.data.metadata import Table
from synth.data.standins import fit_standins

ROWS = 200_000
REPEATS = 3
LIMIT = 20_000
KINDS = ("person_name", "email", "phone")


def main() -> None:
    """Prints rows per second of a name, an e-mail, a phone number and a key; pools are drawn before."""
    missed = False
    columns = {kind: {"type": "text", "pii": kind, "role": "direct_identifier"} for kind in KINDS}
    columns |= {"key": {"type": "text", "role": "key"}}
    cells = {kind: [f"text {i}" for i in range(1000)] for kind in KINDS} | {"key": [f"A-{i:07d}" for i in range(1000)]}
    for locale in ("en_US", "zh_CN", "de_DE"):
        spec = Table.model_validate({"columns": columns, "primary_key": ["key"], "locale": locale})
        standins = fit_standins(pa.table(cells), spec, np.arange(1000), 5)
        modelled = pa.table({"x": np.zeros(ROWS)})
        standins.make(range(10), modelled.slice(0, 10), 0, "table")
        rates = []
        for seed in range(REPEATS):
            start = time.process_time()
            standins.make(range(ROWS), modelled, seed, "table")
            rates.append(ROWS / (time.process_time() - start))
        rate = statistics.median(rates)
        print(f"{locale}: {rate:,.0f} rows/s of CPU time (limit {LIMIT:,}; {REPEATS} x {ROWS:,} rows)")
        missed |= rate < LIMIT
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
