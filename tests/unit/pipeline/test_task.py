from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import Fault, InvalidMetadataError, StepFailedError, SynthError, UnknownEngineError
from synth.pipeline import machine
from synth.pipeline.executor import check_fit
from synth.pipeline.firewall import error_from_json, firewall
from synth.pipeline.machine import granted_threads, machine_resources
from synth.pipeline.stages import shards_of
from synth.pipeline.steps import StepSpec
from synth.pipeline.task import Task, digest_of
from synth.synthesizer import BLOCK_ROWS, Resources

FAULT = Fault("code", "a must hold", "it does not", "mend it", "column a")


class OneSpec(StepSpec):
    a: int


class TwoSpec(StepSpec):
    a: int


def test_home_differs_by_step_and_by_spec() -> None:
    homes = {OneSpec(a=1).home, OneSpec(a=2).home, TwoSpec(a=1).home}
    assert len(homes) == 3
    assert OneSpec(a=1).home == OneSpec(a=1).home


def test_digest_changes_with_the_code_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest_of({"a": 1})
    monkeypatch.setattr("synth.pipeline.task.__version__", "999")
    assert digest_of({"a": 1}) != before


def test_marker_is_of_the_step_and_spec_alone() -> None:
    first = OneSpec(a=1).task("x", "memory://a")
    assert first.marker == OneSpec(a=1).task("y", "memory://b", Resources(cpus=2)).marker
    assert first.marker != OneSpec(a=2).task("x", "memory://a").marker
    assert first.marker != TwoSpec(a=1).task("x", "memory://a").marker
    assert first.step == f"{__name__}:one"


@pytest.mark.parametrize("error", [InvalidMetadataError(FAULT, FAULT), UnknownEngineError(FAULT), SynthError(FAULT)])
def test_error_as_json_comes_back_whole(error: SynthError) -> None:
    back = error_from_json(error.to_json())
    assert type(back) is type(error)
    assert back.faults == error.faults


def test_firewall_lets_our_errors_pass_and_withholds_the_text_of_others() -> None:
    with pytest.raises(UnknownEngineError), firewall("it"):
        raise UnknownEngineError(FAULT)
    with (
        pytest.raises(StepFailedError, match=r"ZeroDivisionError was raised at test_task\.py:") as caught,
        firewall("it"),
    ):
        raise ZeroDivisionError("canary")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_firewall_names_the_last_line_of_ours_without_folders() -> None:
    from synth.pipeline.task import resolve

    with pytest.raises(StepFailedError) as caught, firewall("it"):
        resolve("no.such.module:f")
    assert "called from synth/pipeline/task.py:" in str(caught.value)
    assert str(Path(machine.__file__).parents[2]) not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, float("inf")),
        ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, float("inf")),
        ({}, float("inf")),
    ],
)
def test_cgroup_cpus_of_both_versions_are_read(tmp_path: Path, files: dict[str, str], cpus: float) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert machine._cgroup_cpus(tmp_path) == cpus


def test_cgroup_memory_below_the_hardware_counts(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    assert machine._memory(tmp_path) == 1_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert machine._memory(tmp_path) == machine._memory(tmp_path / "nothing") > 1_000_000


def test_granted_threads_are_restored() -> None:
    import os

    import pyarrow as pa

    before = os.environ.get("OMP_NUM_THREADS"), pa.cpu_count()
    with granted_threads(1):
        assert (os.environ["OMP_NUM_THREADS"], pa.cpu_count()) == ("1", 1)
        with granted_threads(2.5):
            assert (os.environ["OMP_NUM_THREADS"], pa.cpu_count()) == ("3", 3)
        assert (os.environ["OMP_NUM_THREADS"], pa.cpu_count()) == ("1", 1)
    assert (os.environ.get("OMP_NUM_THREADS"), pa.cpu_count()) == before


def test_check_fit_wants_one_place_that_has_all() -> None:
    task = Task(name="t", step="m:f", spec={}, objects="memory://x", resources=Resources(cpus=2, gpus=1))
    check_fit([task], [Resources(cpus=1), Resources(cpus=2, gpus=1)])
    with pytest.raises(SynthError) as caught:
        check_fit([task], [Resources(cpus=4), Resources(cpus=1, gpus=2)])
    assert len(caught.value.faults) == 2
    with pytest.raises(SynthError) as caught:
        check_fit([task], [Resources(cpus=4), Resources(cpus=8)])
    (fault,) = caught.value.faults
    assert fault.fact == "it asks for 1 and the most available is 0"
    check_fit([], [])


@pytest.mark.parametrize("rows", [1, 4095, 4096, 4097, 40_000])
@pytest.mark.parametrize("shards", [1, 2, 3, 7, 100])
def test_shards_cover_all_rows_once_on_block_boundaries(rows: int, shards: int) -> None:
    ranges = shards_of(rows, shards)
    assert [row for part in ranges for row in part] == list(range(rows))
    assert len(ranges) == min(shards, -(-rows // BLOCK_ROWS))
    assert all(part.start % BLOCK_ROWS == 0 and len(part) > 0 for part in ranges)


def test_machine_has_at_least_one_cpu_and_some_memory() -> None:
    assert machine_resources().cpus >= 1
    assert machine_resources().memory_bytes > 2**20
