"""What every executor must keep, see `synth.pipeline.executor.Executor`."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synth.errors import (
    CancelledError,
    InvalidInputError,
    ResourcesUnavailableError,
    StepFailedError,
    SynthError,
    WorkerLostError,
)
from synth.pipeline.executor import Executor
from synth.pipeline.inline import InlineExecutor
from synth.pipeline.task import CancelToken, Event, Task
from synth.storage.objects import Objects
from synth.synthesizer import Resources
from tests.contract.executor_steps import ARMED, CANARY, MODULE
from tests.processes import survivors


@pytest.fixture(params=["inline", pytest.param("ray", marks=pytest.mark.ray)])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "ray":
        yield request.getfixturevalue("ray_executor")
    else:
        yield InlineExecutor()


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "store")


def task(objects: Objects, step: str, name: str = "task", resources: Resources | None = None, **spec: Any) -> Task:
    asked = resources or Resources()
    return Task(name=name, step=f"{MODULE}:{step}", spec=spec, objects=objects.url, resources=asked)


def run(executor: Executor, *tasks: Task) -> list[Event]:
    return list(executor.run(tasks, cancel=CancelToken()))


def results(events: list[Event]) -> dict[str, Any]:
    return {event.task: event.result for event in events if event.kind == "done"}


def test_run_several_tasks_gives_events_in_order_and_the_result_last(executor: Executor, objects: Objects) -> None:
    events = run(executor, task(objects, "count", "a", n=20), task(objects, "count", "b", n=3))
    for name, n in (("a", 20), ("b", 3)):
        mine = [event for event in events if event.task == name]
        assert [event.done for event in mine] == list(range(n + 1))
        assert [event.kind for event in mine] == ["progress"] * n + ["done"]
    assert results(events) == {"a": {"sum": 190}, "b": {"sum": 3}}


def test_run_again_with_equal_spec_skips_the_step(executor: Executor, objects: Objects) -> None:
    first = run(executor, task(objects, "count", n=5))
    again = run(executor, task(objects, "count", n=5))
    other = run(executor, task(objects, "count", n=6))
    assert [event.resumed for event in again] == [True]
    assert results(again) == results(first)
    assert results(other) == {"task": {"sum": 15}}
    assert len(objects.keys("ran")) == 2


def test_cancel_stops_the_step_and_raises_cancelled(executor: Executor, objects: Objects) -> None:
    cancel = CancelToken()
    events = executor.run([task(objects, "endless", "a"), task(objects, "endless", "b")], cancel=cancel)
    assert next(events).message == "going on"
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(events)
    assert objects.exists("stopped")


def test_cancel_before_the_start_runs_nothing(executor: Executor, objects: Objects) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(executor.run([task(objects, "count", n=3)], cancel=cancel))
    assert not objects.exists("done")


def test_leaving_the_iterator_stops_the_step(executor: Executor, objects: Objects) -> None:
    events = executor.run([task(objects, "endless")], cancel=CancelToken())
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert objects.exists("stopped")


def test_crash_then_run_again_resumes_from_what_was_kept(executor: Executor, objects: Objects) -> None:
    killed = not isinstance(executor, InlineExecutor)
    learn = task(objects, "learn", n=5, crash="wait to be killed" if killed else "raise")
    objects.put(ARMED, b"")
    seen = []

    def run_and_kill() -> None:
        for event in executor.run([learn], cancel=CancelToken()):
            seen.append(event.message)
            if killed and event.message.startswith("pid"):
                os.kill(int(event.message.removeprefix("pid ")), signal.SIGKILL)

    with pytest.raises(WorkerLostError if killed else StepFailedError):
        run_and_kill()
    again = run(executor, learn)
    assert seen[:-1] == ["learnt 0", "learnt 1"]
    assert [event.message for event in again[:-1]] == ["learnt 2", "learnt 3", "learnt 4"]
    assert again[-1].result == [0, 1, 4, 9, 16]


def test_failure_of_one_task_stops_the_others(executor: Executor, objects: Objects) -> None:
    one_by_one = isinstance(executor, InlineExecutor)
    after: dict[str, Any] = {} if one_by_one else {"after": "started"}
    bad = task(objects, "leak", "bad", **after)
    with pytest.raises(StepFailedError):
        run(executor, bad, task(objects, "endless", "good"))
    assert objects.exists("stopped") != one_by_one  # one by one, the second never starts
    assert results(run(executor, task(objects, "count", n=2))) == {"task": {"sum": 1}}


def test_foreign_exception_arrives_as_type_and_place_without_its_text(executor: Executor, objects: Objects) -> None:
    with pytest.raises(StepFailedError) as caught:
        run(executor, task(objects, "leak", "score", cell=CANARY))
    text = repr(caught.value) + str(caught.value.to_json())
    assert "ValueError was raised at executor_steps.py:" in text
    assert "score must finish" in text
    assert CANARY not in text


def test_synth_error_arrives_whole(executor: Executor, objects: Objects) -> None:
    with pytest.raises(InvalidInputError) as caught:
        run(executor, task(objects, "refuse"))
    assert type(caught.value) is InvalidInputError
    assert [fault.code for fault in caught.value.faults] == ["first-code", "second-code"]
    assert caught.value.faults[0].where == "column a"


@pytest.mark.parametrize(
    ("resources", "asked", "words"),
    [
        (Resources(cpus=4096), "4,096", "CPUs"),
        (Resources(gpus=64), "64", "GPUs"),
        (Resources(memory_bytes=2**60), "1,152,921,504,606,846,976", "bytes of memory"),
    ],
)
def test_resources_that_are_not_there_are_refused_at_once(
    executor: Executor, objects: Objects, resources: Resources, asked: str, words: str
) -> None:
    tasks = [task(objects, "count", "small", n=1), task(objects, "count", "big", resources, n=2)]
    with pytest.raises(ResourcesUnavailableError) as caught:
        run(executor, *tasks)
    (fault,) = caught.value.faults
    assert fault.where == "big"
    assert words in fault.rule
    assert asked in fault.fact
    assert "available" in fault.fact
    assert not objects.keys()


def test_threads_never_exceed_the_granted_cpus(executor: Executor, objects: Objects) -> None:
    assert results(run(executor, task(objects, "threads"))) == {"task": 1}


@pytest.mark.ray
def test_results_are_equal_on_both_executors(ray_executor: Executor, tmp_path: Path) -> None:
    found = []
    for executor in (InlineExecutor(), ray_executor):
        store = Objects(tmp_path / type(executor).__name__)
        events = run(executor, task(store, "count", "a", n=9), task(store, "learn", "b", n=3, crash="never"))
        found.append((results(events), {key: store.get(key) for key in store.keys("parts")}))
    assert found[0] == found[1]


@pytest.mark.ray
def test_task_that_does_not_listen_is_killed_after_the_grace(
    ray_executor: Executor, objects: Objects, tmp_path: Path
) -> None:
    cancel, fifo = CancelToken(), tmp_path / "pid"
    os.mkfifo(fifo)
    events = ray_executor.run([task(objects, "deaf", fifo=str(fifo))], cancel=cancel)
    next(events)
    pid = int(fifo.read_text())  # waits until the step writes, which it does where it no longer listens
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(events)
    assert survivors([pid]) == []


@pytest.mark.ray
def test_store_in_memory_is_refused_by_ray(ray_executor: Executor) -> None:
    with pytest.raises(SynthError) as caught:
        run(ray_executor, task(Objects("memory://refused"), "count", n=1))
    assert caught.value.code == "not-shared"
