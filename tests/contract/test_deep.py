"""The deep tier through the command line and the pipeline, with the executor of this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from synth import cli
from synth.pipeline import twins as twins_module
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.publish import CONTENTS
from synth.pipeline.request import RunRequest
from synth.pipeline.run import run
from synth.pipeline.task import Event
from synth.pipeline.workarea import work_path

pytestmark = pytest.mark.statistical  # fits an engine many times


def people(n: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n)
    return pa.table(
        {"age": age, "income": np.round(age * 100 + rng.normal(0, 500, n), 2), "region": rng.choice(["a", "b"], n)}
    )


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    pq.write_table(people(300, 0), tmp_path / "people.parquet")
    return tmp_path / "people.parquet"


def synth(*arguments: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(cli.app, [str(argument) for argument in (*arguments, "--executor", "inline")])
    assert result.exit_code == 0, result.output
    out = Path(str(arguments[list(arguments).index("--out") + 1]))
    card: dict[str, Any] = json.loads((out / "scorecard.json").read_text())
    return card


def gate(card: dict[str, Any], letter: str) -> tuple[str, str]:
    return next((g["outcome"], g["reason"]["text"]) for g in card["gate"]["gates"] if g["letter"] == letter)


def test_run_deep_shows_twins_and_volumes_and_keeps_nothing_of_them(seed_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    card = synth("run", seed_file, "--out", out, "--tier", "deep", "--engine", "trees", "--quota", "700",
                 "--time-budget", "0.1s")  # fmt: skip
    assert card["tier"] == "deep"
    deep = card["privacy"]["deep"]
    assert [volume["rows"] for volume in deep["volumes"]] == [240, 700, 720, 2400]
    assert [volume["evaluated"] for volume in deep["volumes"]] == [240, 700, 720, 2400]
    assert [volume["judged"] for volume in deep["volumes"]] == [True, True, False, False]
    assert 0 < deep["twins"]["auc"]["value"] < 1
    assert (deep["twins"]["twins"], deep["twins"]["rows"]) == (8, 240)
    assert gate(card, "L")[0] == "PASS"
    assert "needs 500" in gate(card, "D")[1]
    assert {path.name for path in out.iterdir()} == CONTENTS
    assert not work_path(out).exists()
    assert pq.read_table(out / "synthetic.parquet").num_rows == 240
    assert "In/out twins" in (out / "report.html").read_text()


def deep(seed_file: Path, out: Path, events: list[Event], **asked: Any) -> dict[str, Any]:
    request = RunRequest.model_validate(
        {"seed_files": (seed_file,), "out": out, "engine": "independent", "tier": "deep", "twins": 6} | asked
    )
    return run(request, InlineExecutor(), events.append).scorecard.model_dump(mode="json", exclude={"timing"})


def test_deep_runs_of_equal_requests_are_equal(seed_file: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    assert deep(seed_file, tmp_path / "a", events) == deep(seed_file, tmp_path / "b", [])
    assert sum(event.kind == "done" and event.task.startswith("twin ") for event in events) == 6


def test_statistics_of_twins_are_deleted(seed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def keep(area: Any, *_: Any, **__: Any) -> None:
        seen.append(area.objects.keys("twin"))
        raise KeyboardInterrupt

    monkeypatch.setattr("synth.pipeline.run.write_result", keep)
    with pytest.raises(KeyboardInterrupt):
        deep(seed_file, tmp_path / "out", [])
    assert seen == [[]]
    assert (work_path(tmp_path / "out") / "store").is_dir()


def test_a_twin_that_crashes_is_a_gap_and_not_the_end(
    seed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise LookupError("canary-4711")

    monkeypatch.setattr(twins_module, "statistics", explode)
    card = deep(seed_file, tmp_path / "out", [])
    assert card["privacy"]["deep"]["twins"]["auc"]["not_assessed"]["text"] == "6 of 6 twins stopped (step-failed)"
    assert gate(card, "E")[0] == "INSUFFICIENT EVIDENCE"
    assert "canary" not in json.dumps(card)


def test_an_engine_that_is_slow_gets_no_twins(seed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twins_module, "SLOW_S", 0.0)
    events: list[Event] = []
    card = deep(seed_file, tmp_path / "out", events)
    assert "takes more than" in card["privacy"]["deep"]["twins"]["auc"]["not_assessed"]["text"]
    assert card["privacy"]["deep"]["twins"]["risks"] == []
    assert not any(event.task.startswith("twin ") for event in events)


def test_a_quota_beyond_what_the_standard_tier_looks_at_is_insufficient(seed_file: Path, tmp_path: Path) -> None:
    card = deep(seed_file, tmp_path / "out", [], tier="standard", quota=500)
    assert gate(card, "L")[0] == "INSUFFICIENT EVIDENCE"
    assert card["privacy"]["deep"] is None


def test_score_deep_says_that_twins_need_the_engine(tmp_path: Path) -> None:
    for i, name in enumerate(("train", "holdout", "synthetic")):
        pq.write_table(people(200, i), tmp_path / f"{name}.parquet")
    files = [part for name in ("train", "holdout", "synthetic") for part in (f"--{name}", tmp_path / f"{name}.parquet")]
    card = synth("score", *files, "--out", tmp_path / "out", "--tier", "deep")
    assert "made elsewhere" in card["privacy"]["deep"]["twins"]["auc"]["not_assessed"]["text"]
    assert [volume["rows"] for volume in card["privacy"]["deep"]["volumes"]] == [200]
    assert gate(card, "L")[0] == "NOT APPLICABLE"
    assert "twins" not in gate(card, "E")[1]


@pytest.mark.parametrize(("asked", "code"), [({"quota": 0}, "quota"), ({"rows": 9, "quota": 8}, "quota"),
                                             ({"twins": 7}, "twins"), ({"twins": 18}, "twins")])  # fmt: skip
def test_quota_and_twins_must_be_in_range(seed_file: Path, tmp_path: Path, asked: dict[str, int], code: str) -> None:
    request = RunRequest.model_validate({"seed_files": (seed_file,), "out": tmp_path / "out"} | asked)
    assert [fault.code for fault in request.faults()] == [code]
