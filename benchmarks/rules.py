"""Rules in sampling: violations in 100,000 rows of `trees` for each kind of rule, and the time beside sampling without.

python -m benchmarks.rules [ROWS]

Ends with 1 unless there is no violation and sampling with the rule takes at most 3 times as long as without.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from synth.data.rules_check import violations
from synth.pipeline.draw import drawn_rows, made_unique
from tests.contract.test_rules_kept import RULES, prepared

LIMIT = 3.0


def main() -> None:
    """Goes through the kinds."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    base, good = 0.0, True
    for name, rules in {"warm-up": [], "none": [], **RULES}.items():
        with tempfile.TemporaryDirectory() as folder:
            draw, preparation = prepared("trees", rules, Path(folder))
            start = time.perf_counter()
            pieces = drawn_rows(draw, preparation, range(n), 1)
            made = pa.concat_tables(made_unique(pieces, draw, preparation, n, 1))
            seconds = time.perf_counter() - start
        base = seconds if name in {"warm-up", "none"} else base
        broken = sum(int(violations(made, rule, preparation.spec).sum()) for rule in preparation.rules)
        good &= broken == 0 and seconds <= LIMIT * base
        print(f"{name:12} {made.num_rows:8,} rows  {broken} violations  {seconds / base:5.2f} times as long")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
