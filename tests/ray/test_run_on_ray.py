"""A whole run on Ray: the same bytes as in one process, and a clean end when somebody stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth.pipeline.executor import Executor
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.request import RunRequest
from synth.pipeline.run import RunResult, run
from synth.synthesizer import BLOCK_ROWS
from tests.processes import survivors

pytestmark = pytest.mark.ray

LEAD = [sys.executable, "-m", "synth.cli", "run"]


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    table = pa.table({"x": rng.normal(size=400).round(2), "y": pa.array(rng.choice(["a", "b", "c"], 400))})
    pq.write_table(table, tmp_path / "seed.parquet")
    return tmp_path / "seed.parquet"


def files_of(result: RunResult) -> dict[str, bytes]:
    timed = {"scorecard.json", "report.html", "report-requester.html"}
    paths = [path for path in result.out.rglob("*") if path.is_file() and path.name not in timed]
    return {str(path.relative_to(result.out)): path.read_bytes() for path in paths}


def test_deep_run_judges_alike_on_both_executors(seed_file: Path, tmp_path: Path, ray_executor: Executor) -> None:
    cards = []
    for name, executor in (("inline", InlineExecutor()), ("ray", ray_executor)):
        request = RunRequest(seed_files=(seed_file,), out=tmp_path / name, engine="independent", tier="deep", twins=6)
        cards.append(run(request, executor, lambda _: None).scorecard.model_dump(exclude={"timing"}))
    assert cards[0] == cards[1]
    assert cards[1]["privacy"]["deep"]["twins"]["twins"] == 6


@pytest.mark.parametrize("engine", ["independent", "trees"])
def test_run_gives_the_same_bytes_on_both_executors_and_for_any_shards(
    seed_file: Path, tmp_path: Path, engine: str, ray_executor: Executor
) -> None:
    made = []
    for name, executor, shards in (
        ("inline", InlineExecutor(), 1),
        ("two", ray_executor, 2),
        ("seven", ray_executor, 7),
    ):
        request = RunRequest(
            seed_files=(seed_file,),
            out=tmp_path / name,
            engine=engine,
            rows=6 * BLOCK_ROWS + 1,
            time_budget_s=0.1,
            shards=shards,
        )
        made.append(run(request, executor, lambda _: None))
    assert files_of(made[0]) == files_of(made[1]) == files_of(made[2])
    # Not the wall times, and not the order in which parts ended: every figure is equal too.
    cards = [result.scorecard.model_dump(exclude={"timing"}) for result in made]
    assert cards[0] == cards[1] == cards[2]


def descendants(pid: int) -> list[int]:
    """Processes that a process started, and those that they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = (int(fields[1]), fields[0])
    children = [child for child, (parent, _) in parents.items() if parent == pid]
    return children + [below for child in children for below in descendants(child)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_a_run_with_130_without_orphans_and_it_resumes(
    seed_file: Path, tmp_path: Path, number: signal.Signals
) -> None:
    command = [*LEAD, str(seed_file), "--out", str(tmp_path / "out"), "--time-budget", "1s"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("plan "):
                break
        workers = descendants(process.pid)
        os.killpg(process.pid, number)  # as a terminal does: all processes of the group
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "error (cancelled)" in rest
    assert "Unfinished work, with seed rows in it, is kept in" in rest
    assert len(workers) >= 3
    assert survivors(workers) == []
    assert not (tmp_path / "out").exists()
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "read: 400 rows (resumed)" in again.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"seed.parquet", "out"}
