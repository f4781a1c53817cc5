"""Shape error of the token encoder alone: `python -m benchmarks.round_trip`.

Every column of every table with at least 5,000 rows is encoded and decoded; the error is the KS distance (ordered) or
the total variation (nominal) between the column before and after. Categories that fewer than k subjects share are meant
to change; their mass is subtracted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.tables import TABLES, train_and_test
from synth.data.detect import detect
from synth.data.encoding import TableEncoder
from synth.data.encoding.physical import to_floats
from synth.data.encoding.table import is_ordered
from synth.data.entities import entity_codes
from synth.data.metadata import Column

LIMIT = json.loads((Path(__file__).parent / "thresholds.json").read_text())["round_trip_shape_error"]
K = 5


def main() -> None:
    """Prints the worst column of each table."""
    missed = False
    for name in TABLES:
        table = train_and_test(name)[0]
        spec = detect({name: table}).tables[name]
        encoder = TableEncoder.fit(table, spec, entity_codes(table, spec), K)
        decoded = encoder.decode(encoder.encode(table), 0, table.num_rows, np.random.default_rng(0))
        modelled = [c for c in table.column_names if c not in encoder.identifying and c in encoder.codecs]
        errors = {c: error(table[c], decoded[c], spec.columns[c]) for c in modelled}
        worst = max(errors, key=lambda c: errors[c])
        missed |= errors[worst] > LIMIT
        print(f"{name:12} {table.num_rows:7,} rows {len(errors):3} columns, worst {worst}: {100 * errors[worst]:.3f} %")
    print("misses the limit" if missed else f"all within {100 * LIMIT} %")
    sys.exit(int(missed))


def error(before: pa.ChunkedArray, after: pa.ChunkedArray, column: Column) -> float:
    """Shape error of one column, in [0, 1], lower is better."""
    if is_ordered(column):
        pairs = zip(to_floats(before, column), to_floats(after, column), strict=True)
        return max(ks(a[~np.isnan(a)], b[~np.isnan(b)]) for a, b in pairs)
    counts = [
        {str(v["values"]): v["counts"] for v in pc.value_counts(side.combine_chunks()).to_pylist()}
        for side in (before, after)
    ]
    rare = sum(count for count in counts[0].values() if count < K)
    changed = sum(abs(counts[0].get(v, 0) - counts[1].get(v, 0)) for v in {*counts[0], *counts[1]}) / 2
    return float(max(changed - rare, 0) / len(before))


def ks(a: np.ndarray[tuple[int], np.dtype[np.float64]], b: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Largest difference of two empirical distribution functions."""
    grid = np.union1d(a, b)
    f, g = (np.searchsorted(np.sort(x), grid, side="right") / max(len(x), 1) for x in (a, b))
    return float(np.max(np.abs(f - g), initial=0.0))


if __name__ == "__main__":
    main()
