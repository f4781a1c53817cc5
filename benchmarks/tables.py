"""The benchmark tables and how each is split; PROTOCOL.md says why."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

VARIABLE = "SYNTH_BENCH_DATA"
TRAIN_SHARE = 0.7


@dataclass(frozen=True)
class BenchTable:
    """One table: its files under the data folder, the columns that are dropped, and its target."""

    train: str
    test: str | None
    target: str
    drop: tuple[str, ...] = ()


TABLES: dict[str, BenchTable] = {
    "adult": BenchTable("adult/train.parquet", "adult/test.parquet", "income"),
    "magic": BenchTable("magic/magic.parquet", None, "class"),
    "california": BenchTable("california/california.parquet", None, "MedHouseVal"),
    "default": BenchTable("default/default.parquet", None, "default payment next month", ("ID",)),
    "shoppers": BenchTable("shoppers/shoppers.parquet", None, "Revenue"),
    "beijing": BenchTable("beijing/beijing.parquet", None, "pm2.5", ("datetime",)),
    "king_county": BenchTable("king_county/king_county.parquet", None, "price", ("id", "date")),
}


def data_folder() -> Path:
    """The folder of benchmark tables; ends the program with a message where there is none."""
    folder = os.environ.get(VARIABLE, "")
    if not folder or not Path(folder).is_dir():
        sys.exit(f"{VARIABLE} must name the folder of benchmark tables, but is {folder!r}; set it.")
    return Path(folder)


def train_and_test(name: str) -> tuple[pa.Table, pa.Table]:
    """Both parts of a table: its own files, or 70/30 by numpy PCG64 with seed 0."""
    spec, folder = TABLES[name], data_folder()
    whole = pq.read_table(folder / spec.train).drop_columns(list(spec.drop)).replace_schema_metadata(None)
    if spec.test is not None:
        return whole, pq.read_table(folder / spec.test).drop_columns(list(spec.drop)).replace_schema_metadata(None)
    order = np.random.Generator(np.random.PCG64(0)).permutation(whole.num_rows)
    cut = int(TRAIN_SHARE * whole.num_rows)
    return whole.take(order[:cut]), whole.take(order[cut:])
