"""Values of one subject, planted in a column of each kind, appear in nothing that a run writes or says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

N = 600
RNG = np.random.Generator(np.random.PCG64(5))
DAY = date(2019, 3, 1)
PEOPLE = [(("Ada", "Ben", "Cleo")[i % 3], ("Smith", "Jones")[i % 2]) for i in range(N)]
MOMENT = datetime(2021, 5, 4, 10, 0, tzinfo=UTC)
CANARIES: dict[str, object] = {
    "patient_id": "PX-777123",
    "full_name": "Zebulon Quackenbush",
    "email": "zebulon.quackenbush@canary.example",
    "phone": "+44 20 7946 0991",
    "address": "77 Canary Wharf Lane",
    "card": "4012888888881881",
    "iban": "GB33BUKB20201555555555",
    "ip": "203.0.113.77",
    "resident": "11010519491231002X",
    "ward": "canary ward seven",
    "note": "the canary said that it would never sing again",
    "visits": 748_392_617,
    "weight": 98_765.4321,
    "cost": Decimal("7654321.98"),
    "born": date(1877, 7, 17),
    "seen": datetime(1977, 7, 7, 7, 7, 7, tzinfo=UTC),
    "wakes": time(3, 33, 33),
}


def seed_table() -> pa.Table:
    """Ordinary rows, and one with the canaries; the ward's canary has four rows of four subjects, where k is five."""
    kinds: dict[str, list[Any]] = {
        "patient_id": [f"PX-{i:06d}" for i in range(N)],
        "full_name": [f"{a} {b}" for a, b in PEOPLE],
        "email": [f"person{i}@mail.example" for i in range(N)],
        "phone": [f"+44 20 7946 {i:04d}" for i in range(N)],
        "address": [f"{i} Station Road" for i in range(N)],
        "card": ["4111111111111111"] * N,
        "iban": ["DE89370400440532013000"] * N,
        "ip": [f"198.51.100.{i % 250}" for i in range(N)],
        "resident": ["110101199003070134"] * N,
        "ward": [["north", "south", "east"][i % 3] for i in range(N)],
        "note": [f"patient number {i} was seen and had nothing to say about it" for i in range(N)],
        "visits": [int(v) for v in RNG.integers(0, 30, N)],
        "weight": [float(v) for v in np.round(RNG.normal(70, 9, N), 3)],
        "cost": [Decimal(int(v)) / 100 for v in RNG.integers(100, 99_999, N)],
        "born": [DAY - timedelta(int(v)) for v in RNG.integers(8000, 30_000, N)],
        "seen": [MOMENT + timedelta(minutes=int(v)) for v in RNG.integers(0, 200_000, N)],
        "wakes": [time(6, int(v)) for v in RNG.integers(0, 60, N)],
        "smoker": [bool(v) for v in RNG.integers(0, 2, N)],
    }  # fmt: skip
    for name, value in CANARIES.items():
        kinds[name][77] = value
    for row in (78, 79, 80):
        kinds["ward"][row] = CANARIES["ward"]
    types = {"cost": pa.decimal128(12, 2), "seen": pa.timestamp("us", "UTC"), "wakes": pa.time64("us")}
    return pa.table({name: pa.array(values, types.get(name)) for name, values in kinds.items()})


TELLTALES = [
    *(str(value) for value in CANARIES.values()),
    "Zebulon", "Quackenbush", "canary", "748,392,617", "98765.4", "98,765", "7,654,321", "1977-07-07",
]  # fmt: skip


def found_in(folder: Path) -> Iterator[tuple[str, str]]:
    """Telltales in the names, the bytes or the cells of all files below a folder."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        texts = [path.name, path.read_bytes().decode("latin-1"), path.read_bytes().decode("utf-8", "ignore")]
        if path.suffix == ".parquet":
            texts += [str(cell) for column in pq.read_table(path).columns for cell in column.to_pylist()]
        if path.suffix == ".npz":
            arrays = np.load(path, allow_pickle=False)
            texts += [str(number) for name in arrays.files for number in arrays[name].ravel().tolist()]
        whole = "\n".join(texts)
        yield from ((path.name, word) for word in TELLTALES if word in whole)


def synth(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-m", "synth.cli", *map(str, arguments), "--executor", "inline"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    pq.write_table(seed_table(), folder / "seed.parquet")
    return folder


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_run_tells_nothing_planted(files: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    result = synth("run", files / "seed.parquet", "--out", tmp_path / "out", "--time-budget", "1s", *form)
    assert result.returncode == 0, result.stderr
    assert [word for word in TELLTALES if word in result.stdout + result.stderr] == []
    assert list(found_in(tmp_path)) == []


def test_the_search_finds_what_was_planted(files: Path) -> None:
    assert {word for _, word in found_in(files)} >= {str(value) for value in CANARIES.values()}


def test_scoring_a_file_that_replays_them_tells_nothing_planted(files: Path, tmp_path: Path) -> None:
    table = seed_table()
    pq.write_table(table.slice(0, 400), tmp_path / "train.parquet")
    pq.write_table(table.slice(400), tmp_path / "holdout.parquet")
    paths = {name: tmp_path / f"{name}.parquet" for name in ("train", "holdout")}
    result = synth("score", "--train", paths["train"], "--holdout", paths["holdout"], "--synthetic", paths["train"],
                   "--out", tmp_path / "out", "--json")  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert [word for word in TELLTALES if word in result.stdout + result.stderr] == []
    assert list(found_in(tmp_path / "out")) == []


def test_errors_about_columns_tell_nothing_planted(files: Path, tmp_path: Path) -> None:
    """The other file has, in columns of numbers and dates, the ward's words."""
    wrong = ["visits", "weight", "cost", "born", "seen", "wakes", "smoker"]
    table = seed_table().slice(70, 60)
    texts = {name: table["ward"] if name in wrong else table[name].cast(pa.string()) for name in table.column_names}
    pc.write_csv(pa.table(texts), tmp_path / "holdout.csv")
    result = synth("run", files / "seed.parquet", "--out", tmp_path / "out", "--holdout", tmp_path / "holdout.csv")
    assert result.returncode == 2
    assert all(column in result.stderr for column in wrong)
    assert [word for word in TELLTALES if word in result.stdout + result.stderr] == []
    assert not (tmp_path / "out").exists()
