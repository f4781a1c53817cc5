"""Where tasks run: the contract that `inline.py` and `on_ray.py` keep; tests/contract/test_executors.py checks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from synth.errors import Fault, ResourcesUnavailableError, raise_all
from synth.pipeline.task import CancelToken, Event, Task
from synth.synthesizer import Resources


class Executor(Protocol):
    """Runs tasks, perhaps side by side."""

    @property
    def resources(self) -> Resources:
        """What all tasks together may use at a time."""
        ...

    def run(self, tasks: Sequence[Task], *, cancel: CancelToken) -> Iterator[Event]:
        """Runs all tasks to their end and yields what they say; events of one task come in order, its result last.

        The first failure stops the other tasks. So does leaving the iterator early.

        Raises:
            ResourcesUnavailableError: a task asks for more than there is; nothing was started.
            NotSharedError: the store is not visible where tasks would run; nothing was started.
            CancelledError: `cancel` was asked for.
            WorkerLostError: a process or node died; running the same again resumes.
            SynthError: as a step raised it; any other exception of a step arrives as StepFailedError.
        """
        ...

    def close(self) -> None:
        """Gives up processes and memory; may be called twice."""
        ...


NAMES = {"cpus": "CPUs", "gpus": "GPUs", "memory_bytes": "bytes of memory"}


def check_fit(tasks: Sequence[Task], places: Sequence[Resources]) -> None:
    """Refuses tasks that no single place could ever run; a scheduler would let them wait for ever.

    Raises:
        ResourcesUnavailableError: names each task, resource, what it asks and the most that one place has.
    """
    raise_all([fault for task in tasks for fault in _lacking(task, places)], ResourcesUnavailableError)


def _lacking(task: Task, places: Sequence[Resources]) -> list[Fault]:
    asked = task.resources
    if any(all(getattr(place, name) >= getattr(asked, name) for name in NAMES) for place in places):
        return []
    most = {name: max((getattr(place, name) for place in places), default=0) for name in NAMES}
    short = [name for name in NAMES if getattr(asked, name) > most[name]] or [n for n in NAMES if getattr(asked, n)]
    return [
        Fault(
            "resources-unavailable",
            f"one machine must have the {NAMES[name]} that a task asks for",
            f"it asks for {_plain(getattr(asked, name))} and the most available is {_plain(most[name])}",
            f"ask for fewer {NAMES[name]}, or add a machine that has them",
            where=task.name,
        )
        for name in short
    ]


def _plain(number: float) -> str:
    return f"{number:,}".removesuffix(".0")
