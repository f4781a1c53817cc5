"""A whole run on the executor of this process: what it writes, equal bytes for equal requests, and how it resumes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth.errors import InvalidInputError, StepFailedError
from synth.pipeline.executor import Executor
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.publish import CONTENTS
from synth.pipeline.request import RunRequest, ScoreRequest
from synth.pipeline.run import RunResult, run, score
from synth.pipeline.task import CancelToken, Event, Task
from synth.pipeline.workarea import work_path
from synth.scoring.scorecard import Figure, Scorecard
from synth.synthesizer import BLOCK_ROWS

ROWS_OF_SEVEN_SHARDS = 6 * BLOCK_ROWS + 500


def nothing(_: Event) -> None:
    """Nobody listens."""


def files_of(folder: Path) -> dict[str, bytes]:
    """All files below a folder, but those that tell the time."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 400)
    table = pa.table(
        {
            "age": age,
            "income": np.round(age * 100 + rng.normal(0, 500, 400), 2),
            "region": pa.array(rng.choice(["north", "south", "east"], 400)),
        }
    )
    path = tmp_path / "people.parquet"
    pq.write_table(table, path)
    return path


def make(seed_file: Path, out: Path, executor: Executor | None = None, **asked: Any) -> RunResult:
    request = RunRequest.model_validate(
        {"seed_files": (seed_file,), "out": out, "engine": "independent", "tier": "quick"} | asked
    )
    return run(request, executor or InlineExecutor(), nothing)


def test_run_writes_everything_and_leaves_no_work_area(seed_file: Path, tmp_path: Path) -> None:
    result = make(seed_file, tmp_path / "new" / "out", rows=777)
    assert {path.name for path in result.out.iterdir()} == CONTENTS
    assert [path.name for path in result.out.parent.iterdir()] == ["out"]
    assert pq.read_table(result.out / "synthetic.parquet").num_rows == 777
    card = Scorecard.model_validate_json((result.out / "scorecard.json").read_bytes())
    assert card == result.scorecard
    assert card.rows == {"train": 320, "holdout": 40, "reference": 40, "synthetic": 777}
    assert card.lineage["plan"]["engine"] == "independent"
    assert len(card.lineage["data"][0]["sha256"]) == 64
    assert {"python", "numpy", "pyarrow"} <= set(card.lineage["versions"])
    assert "people" in (result.out / "report.html").read_text()
    assert card.digests == {"synthetic.parquet": sha256((result.out / "synthetic.parquet").read_bytes()).hexdigest()}


def test_run_writes_exact_figures_for_reviewers_and_bands_for_requesters(seed_file: Path, tmp_path: Path) -> None:
    stated = {"recipient": "the registry", "other_releases": "one in May"}
    result = make(seed_file, tmp_path / "out", statement=stated)
    exact, bands = ((result.out / name).read_text() for name in ("report.html", "report-requester.html"))
    assert result.scorecard.statement.recipient == "the registry"
    assert "one in May" in exact
    shapes = result.scorecard.fidelity.shapes.value
    assert isinstance(shapes, Figure)
    assert f"{shapes.value:.3f}" in exact
    assert f"{shapes.value:.3f}" not in bands
    assert "for requesters: bands" in bands
    assert {use.column for use in result.scorecard.columns} == set(pq.read_schema(seed_file).names)


@pytest.mark.parametrize("engine", ["independent", "trees"])
def test_run_with_equal_seed_gives_equal_bytes_for_any_shards(seed_file: Path, tmp_path: Path, engine: str) -> None:
    asked: dict[str, Any] = {"engine": engine, "rows": ROWS_OF_SEVEN_SHARDS, "time_budget_s": 0.1}
    made = [make(seed_file, tmp_path / str(shards), shards=shards, **asked).out for shards in (1, 2, 7)]
    tables = [(out / "synthetic.parquet").read_bytes() for out in made]
    generators = [files_of(out / "generator") for out in made]
    assert tables[0] == tables[1] == tables[2]
    assert generators[0] == generators[1] == generators[2]
    other = make(seed_file, tmp_path / "other", seed=1, **asked).out
    assert (other / "synthetic.parquet").read_bytes() != tables[0]


class Fragile(InlineExecutor):
    """Dies when it comes to a task, once."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.ran: list[tuple[str, bool]] = []

    def run(self, tasks: Sequence[Task], *, cancel: CancelToken) -> Iterator[Event]:
        for task in tasks:
            if task.name.startswith(self.at):
                self.at = "nothing"
                raise ConnectionResetError
            for event in super().run([task], cancel=cancel):
                if event.kind == "done":
                    self.ran.append((event.task, event.resumed))
                yield event


def test_run_after_a_crash_resumes_and_gives_the_same_bytes(seed_file: Path, tmp_path: Path) -> None:
    straight = make(seed_file, tmp_path / "straight", shards=2, rows=9000, tier="standard")
    executor = Fragile(at="score c2st")
    with pytest.raises(ConnectionResetError):
        make(seed_file, tmp_path / "out", executor, shards=2, rows=9000, tier="standard")
    assert not (tmp_path / "out").exists()
    assert work_path(tmp_path / "out").is_dir()
    before, executor.ran = executor.ran, []
    again = make(seed_file, tmp_path / "out", executor, shards=2, rows=9000, tier="standard")
    assert dict.fromkeys(name for name, _ in before) == dict.fromkeys(name for name, kept in executor.ran if kept)
    for name in ("synthetic.parquet", "metadata.yaml"):
        assert (again.out / name).read_bytes() == (straight.out / name).read_bytes()
    assert files_of(again.out / "generator") == files_of(straight.out / "generator")
    untimed = [result.scorecard.model_dump(exclude={"timing"}) for result in (straight, again)]
    assert untimed[0] == untimed[1]
    assert not work_path(tmp_path / "out").exists()


def test_run_with_a_changed_file_does_not_take_old_results(seed_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        make(seed_file, tmp_path / "out", Fragile(at="score"))
    pq.write_table(pq.read_table(seed_file).slice(0, 200), seed_file)
    assert make(seed_file, tmp_path / "out").scorecard.rows["train"] == 160


def test_run_with_files_for_holdout_and_reference_trains_on_the_whole_seed(seed_file: Path, tmp_path: Path) -> None:
    table = pq.read_table(seed_file)
    for name, part in {"train": table.slice(0, 200), "held": table.slice(200, 150), "more": table.slice(350)}.items():
        pq.write_table(part, tmp_path / f"{name}.parquet")
    files: dict[str, Any] = {"holdout": tmp_path / "held.parquet", "reference": tmp_path / "more.parquet"}
    rows = make(tmp_path / "train.parquet", tmp_path / "out", **files).scorecard.rows
    assert rows == {"train": 200, "holdout": 150, "reference": 50, "synthetic": 200}


def test_score_of_a_file_made_elsewhere_judges_it_without_a_generator(seed_file: Path, tmp_path: Path) -> None:
    table = pq.read_table(seed_file)
    parts = {"train": table.slice(0, 200), "holdout": table.slice(200), "synthetic": table.slice(0, 200)}
    for name, part in parts.items():
        pq.write_table(part, tmp_path / f"{name}.parquet")
    request = ScoreRequest(
        seed_files=(tmp_path / "train.parquet",),
        holdout=tmp_path / "holdout.parquet",
        synthetic=tmp_path / "synthetic.parquet",
        out=tmp_path / "out",
    )
    result = score(request, InlineExecutor(), nothing)
    assert {path.name for path in result.out.iterdir()} == CONTENTS - {"synthetic.parquet", "generator"}
    assert result.scorecard.engine == "unknown"
    assert result.scorecard.digests == {"synthetic.parquet": sha256(request.synthetic.read_bytes()).hexdigest()}
    assert result.scorecard.rows == {"train": 200, "holdout": 100, "reference": 100, "synthetic": 200}
    # The synthetic file is the train file: the gate must say so.
    assert result.scorecard.gate.outcome == "FAIL"


def test_run_with_a_target_that_is_no_column_writes_nothing(seed_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(seed_file, tmp_path / "out", target="salary")
    assert [fault.code for fault in caught.value.faults] == ["target-unknown"]
    assert [path.name for path in tmp_path.iterdir()] == ["people.parquet"]


def test_run_with_several_faults_of_the_request_tells_all(seed_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make(seed_file, tmp_path / "out", rows=0, seed=-1, level="L9", time_budget_s=0.0, engine="oracle")
    codes = {fault.code for fault in caught.value.faults}
    assert codes == {"rows", "seed", "unknown-policy", "time-budget", "unknown-engine"}


def test_run_never_writes_a_cell_into_an_error(
    seed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synth.scoring import parts

    def explode(_: object) -> None:
        raise LookupError("canary-4711")

    monkeypatch.setattr("synth.pipeline.score.PARTS", {**parts.PARTS, "shapes": explode})
    with pytest.raises(StepFailedError) as caught:
        make(seed_file, tmp_path / "out")
    assert "LookupError" in str(caught.value)
    assert "canary" not in json.dumps(caught.value.to_json())
