"""Runs every benchmark table from end to end, and judges what comes out; a row limit keeps it short.

SYNTH_BENCH_DATA=... python -m benchmarks.all_tables [--rows 5000] [WORD ...]

For each table: seconds, violations of the rules that were found, and the score of sdmetrics' DiagnosticReport of
synthetic against train rows, which must be 1. Ends with 1 where a run fails, a rule is broken or the score is below 1.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sdmetrics.reports.single_table.diagnostic_report import DiagnosticReport

from benchmarks.tables import data_folder
from synth.data.conform import conform_table
from synth.data.metadata import Metadata
from synth.data.sdv_metadata import to_sdv
from synth.data.split import split
from synth.pipeline import run as pipeline
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.request import RunRequest


def main() -> None:
    """Goes through the tables whose name holds one of the words."""
    words = [word for word in sys.argv[1:] if not word.startswith("--") and not word.isdigit()]
    limit = next((int(word) for word in sys.argv[1:] if word.isdigit()), 5000)
    failed = 0
    for file in sorted(data_folder().glob("*/*.parquet")):
        name = f"{file.parent.name}/{file.stem}"
        if words and not any(word in name for word in words):
            continue
        start = time.perf_counter()
        try:
            told, good = _judged(file, limit)
        except Exception as error:  # noqa: BLE001 - the table of failures is the point
            told, good = f"FAILED {type(error).__name__}: {str(error)[:200]}", False
        failed += not good
        print(f"{name:45} {time.perf_counter() - start:6.1f} s  {told}", flush=True)
    print(f"{failed} table(s) failed")
    sys.exit(1 if failed else 0)


def _judged(file: Path, limit: int) -> tuple[str, bool]:
    with tempfile.TemporaryDirectory() as folder:
        seed, out = Path(folder) / file.name, Path(folder) / "out"
        pq.write_table(pq.read_table(file).slice(0, limit), seed)
        request = RunRequest(seed_files=(seed,), out=out, time_budget_s=10.0, tier="quick")
        card = pipeline.run(request, InlineExecutor(), lambda _: None).scorecard
        metadata = Metadata.load(out / "metadata.yaml")
        synthetic = pq.read_table(out / "synthetic.parquet")
        score, below = _diagnosed(pq.read_table(seed), synthetic, metadata)
    broken = sum(rule.synthetic_broken or 0 for rule in card.rules)
    told = f"{synthetic.num_rows:6,} rows  {len(card.rules):2} rules, {broken} broken  diagnostic {score:.4f} {below}"
    return told, broken == 0 and score == 1.0


def _diagnosed(seed: pa.Table, synthetic: pa.Table, metadata: Metadata) -> tuple[float, str]:
    """Score and what is below 1."""
    spec = next(iter(metadata.tables.values()))
    train = split(conform_table(seed, spec), spec, seed=0).train
    described = next(iter(to_sdv(metadata)[0]["tables"].values()))
    # A column in which no value has k subjects comes back missing, which no report can call valid.
    empty = [name for name in synthetic.column_names if synthetic[name].null_count == synthetic.num_rows]
    if len(empty) == len(described["columns"]):
        return 1.0, "no column has a value of k subjects"
    described["columns"] = {name: spec for name, spec in described["columns"].items() if name not in empty}
    train, synthetic = (rows.drop_columns(empty) for rows in (train, synthetic))
    report = DiagnosticReport()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report.generate(_frame(train), _frame(synthetic), described, verbose=False)
    details = report.get_details("Data Validity")
    below = [f"{row.Column} {row.Metric} {row.Score:.4f}" for row in details.itertuples() if row.Score < 1]
    return float(report.get_score()), "; ".join(below)


def _frame(table: pa.Table) -> pd.DataFrame:
    """Dates as moments, so that they compare; the rest as pandas has it."""
    for i, field in enumerate(table.schema):
        if pa.types.is_date(field.type) or (pa.types.is_timestamp(field.type) and field.type.tz):
            table = table.set_column(i, field.name, table.column(i).cast(pa.timestamp("us"), safe=False))
    nullable = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas(types_mapper=nullable.get)
    return frame


if __name__ == "__main__":
    main()
