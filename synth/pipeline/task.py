"""A task: one step, its spec and its resources; how it runs, reports, resumes and fails, the same on every executor.

A step is a function `(spec, objects) -> Events` that yields progress and last of all its result, named by
"module:function". Spec and result are JSON. A step that finished before with an equal spec in the same store is not run
again: specs name their inputs by keys that hold a hash of how they were made, so an equal spec means equal inputs.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from hashlib import blake2b
from importlib import import_module
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from synth import __version__
from synth.errors import CancelledError, Fault
from synth.pipeline.firewall import firewall
from synth.pipeline.machine import granted_threads
from synth.storage.objects import Objects
from synth.synthesizer import Resources


class Event(BaseModel):
    """What a task says.

    Attributes:
        task: its name.
        kind: "progress", or "done" for the last one.
        done, total: units of work.
        message: names and counts only.
        result: JSON, with the last event.
        seconds: wall time that the step took, with the last event.
        resumed: True where the result was found, not made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str = ""
    kind: Literal["progress", "done"] = "progress"
    done: int = Field(default=0, ge=0)
    total: int = Field(default=1, ge=1)
    message: str = ""
    result: Any = None
    seconds: float = 0
    resumed: bool = False


class Task(BaseModel):
    """One step to run.

    Attributes:
        name: for people and events; unique among tasks that run together.
        step: "module:function".
        spec: the step's argument, JSON.
        objects: URL of the store.
        resources: what it needs; `cpus` is also the number of threads it may use, rounded up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    step: str
    spec: dict[str, Any]
    objects: str
    resources: Resources = Resources()

    @property
    def marker(self) -> str:
        """Key under which the result of exactly this step and spec is kept."""
        return f"done/{digest_of([self.step, self.spec])}.json"


class CancelToken:
    """Asks a run to stop, from any thread."""

    def __init__(self) -> None:
        """Not cancelled."""
        self._event = threading.Event()

    def cancel(self) -> None:
        """Asks; a run notices at its next event."""
        self._event.set()

    def check(self) -> None:
        """Raises `CancelledError` once somebody asked."""
        if self._event.is_set():
            raise CancelledError(
                Fault("cancelled", "a run ends with its result", "it was cancelled", "run it again to resume it")
            )


def digest_of(value: Any) -> str:
    """A short hash of a JSON value and of the code version.

    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps([__version__, value], sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=10).hexdigest()


Events = Generator[Event, None, None]
"""What a step returns: a generator, so that it can be closed at any event."""


def resolve(reference: str) -> Callable[[dict[str, Any], Objects], Events]:
    """The function that a "module:function" names."""
    module, _, function = reference.partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


def execute(task: Task) -> Events:
    """Runs a task in this process, or hands out the result it had before.

    Raises:
        SynthError: as the step raised it; anything else comes out as `StepFailedError` without its text.
    """
    with firewall(task.name), granted_threads(task.resources.cpus):
        objects = Objects(task.objects)
        if objects.exists(task.marker):
            found = Event.model_validate(objects.get_json(task.marker))
            yield found.model_copy(update={"task": task.name, "resumed": True})
            return
        yield from _run_step(task, objects)


def _run_step(task: Task, objects: Objects) -> Events:
    start = time.perf_counter()
    last = None
    with closing(resolve(task.step)(task.spec, objects)) as events:
        for event in events:
            last = event.model_copy(update={"task": task.name, "seconds": time.perf_counter() - start})
            if last.kind == "done":
                objects.put_json(task.marker, last.model_dump(mode="json"))
            yield last
    assert last is not None, f"{task.step} ended without an event"
    assert last.kind == "done", f"{task.step} ended without a result"
