"""Prints the relations that are found in each benchmark table and in the demo's, with exceptions and seconds.

SYNTH_BENCH_DATA=... python -m benchmarks.relations [TABLE ...]
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

from benchmarks.tables import data_folder
from synth.data.detect import detect
from synth.data.entities import entity_codes
from synth.data.read import read_table
from synth.data.relations import find_relations
from synth.data.rules_text import describe


def main() -> None:
    """Goes through all tables."""
    found = importlib.util.find_spec("statsmodels")
    files = sorted(data_folder().glob("*/*.parquet"))
    if found is not None and found.origin is not None:
        files.append(Path(found.origin).parent / "datasets" / "randhie" / "src" / "randhie.csv")
    for file in files:
        name = f"{file.parent.name}/{file.stem}"
        if len(sys.argv) > 1 and not any(word in name for word in sys.argv[1:]):
            continue
        table = read_table(file)
        spec = detect({"t": table}).tables["t"].model_copy(update={"rules": (), "offered": ()})
        start = time.perf_counter()
        relations = find_relations(table, spec, entity_codes(table, spec))
        print(f"{name}: {table.num_rows:,} x {table.num_columns}, {time.perf_counter() - start:.2f} s")
        for relation in relations:
            print(f"    {describe(relation.rule)}    exceptions {relation.exceptions:,} of {relation.checked:,}")


if __name__ == "__main__":
    main()
