"""The executor on Ray, embedded or a running cluster; the only file that imports ray.

Plain streaming-generator tasks without retries: resuming is ours, by markers and checkpoints in the store. Only JSON
passes: a task goes out as JSON, its events come back as JSON, its error too. Actors, Ray Client, the Jobs API and
Workflows are not used (design.md 5.2; the figures behind it are in the service notes).

Workers are reused from task to task, which saves the import of numpy and scikit-learn each time; Ray itself starts a
fresh worker for each task that holds a GPU.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from synth.errors import CancelledError, Fault, InvalidInputError, NotSharedError, SynthError, WorkerLostError
from synth.pipeline.executor import check_fit
from synth.pipeline.firewall import error_from_json
from synth.pipeline.machine import usable_cpus
from synth.pipeline.task import CancelToken, Event, Task, execute
from synth.storage.objects import Objects
from synth.synthesizer import Resources

# Ray reads these once, when it is imported. A Ray port is remote code execution, so it is never open without a token.
os.environ.setdefault("RAY_AUTH_MODE", "token")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
from ray.exceptions import RayError, TaskCancelledError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

OBJECT_STORE_BYTES = 200 * 2**20
"""Ray's own shared memory. Small, because only JSON passes through it; the default is 30 % of the machine."""

POLL_S = 0.2
"""How long a wait for events may last before cancellation is looked at."""

GRACE_S = 5.0
"""How long a cancelled task may take to end by itself (one long C call cannot be interrupted) before it is killed."""

CONNECT_TIMEOUT_S = 10.0
"""How long an address may take to accept a connection."""

PROBE_TIMEOUT_S = 60.0
"""How long a node may take to say whether it sees the store; the first task on a node starts a process."""


@ray.remote(num_returns="streaming", max_retries=0)
def _run_task(task: str) -> Iterator[str]:
    """A task on a worker: events as JSON, its error too, for an exception would leave its text in Ray's logs."""
    try:
        for event in execute(Task.model_validate_json(task)):
            yield event.model_dump_json()
    except SynthError as error:
        yield json.dumps({"error": error.to_json()})


@ray.remote(num_cpus=0, max_retries=0)
def _can_read(objects: str, key: str, nonce: str) -> bool:
    """Whether this node sees what the driver wrote."""
    try:
        return Objects(objects).get(key) == nonce.encode()
    except Exception:  # noqa: BLE001 - no folder, no credentials, no network: each means "not shared"
        return False


class RayExecutor:
    """Runs tasks side by side, on a cluster that it starts and stops, or on a running one that it joins."""

    def __init__(self, address: str | None = None, *, cpus: int | None = None, grace_s: float = GRACE_S) -> None:
        """Nothing is started before it is needed.

        Args:
            address: "host:port" of a running cluster whose token is in RAY_AUTH_TOKEN; None embeds one.
            cpus: CPUs of the embedded cluster; None for all that this process may use.
            grace_s: seconds that a cancelled task may take to end by itself.
        """
        self.address = address
        self._cpus = usable_cpus() if cpus is None else cpus
        self._grace_s = grace_s
        self._shared: set[str] = set()
        self._stack: contextlib.ExitStack | None = None

    def start(self) -> None:
        """Starts or joins; done by itself when it is first needed.

        Raises:
            InvalidInputError: nothing that we may join answers at the address.
        """
        if self._stack is not None:
            return
        with _kept_signal_handlers(), contextlib.ExitStack() as stack:
            if self.address is None:
                _embed(self._cpus, stack)
            else:
                _join(self.address, stack)
            self._stack = stack.pop_all()

    @property
    def resources(self) -> Resources:
        """What all nodes have together."""
        self.start()
        return Resources(**{name: sum(getattr(place, name) for place in _places()) for name in Resources.model_fields})

    def run(self, tasks: Sequence[Task], *, cancel: CancelToken) -> Iterator[Event]:
        """See `Executor.run`; a task that does not end within the grace is killed with its worker."""
        self.start()
        check_fit(tasks, _places())
        for objects in {task.objects for task in tasks} - self._shared:
            self._check_shared(objects)
        running = {_submit(task): task for task in tasks}
        try:
            while running:
                cancel.check()
                ready, _ = ray.wait(list(running), timeout=POLL_S)
                for stream in ready:
                    if (event := _next_event(stream, running[stream])) is None:
                        del running[stream]
                    else:
                        yield event
        finally:
            _stop(list(running), self._grace_s)

    def _check_shared(self, url: str) -> None:
        objects = Objects(url)
        if objects.is_in_process:
            raise _not_shared("it is in the memory of one process", "an embedded or inline run of tests")
        if self.address is not None:
            _probe(objects)
        self._shared.add(url)

    def close(self) -> None:
        """Stops the embedded cluster, or leaves the running one."""
        stack, self._stack = self._stack, None
        if stack is not None:
            with _kept_signal_handlers():
                stack.close()


def _embed(cpus: int, stack: contextlib.ExitStack) -> None:
    """Starts a cluster that listens to our own random token; `stack` takes what is to be undone before it goes."""
    # A short path, because it ends up in the names of Unix sockets; our own, because Ray leaves its logs behind.
    folder = tempfile.mkdtemp(prefix="synth-ray-", dir="/tmp" if os.name == "posix" else None)  # noqa: S108
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    stack.enter_context(_environment(RAY_AUTH_TOKEN=secrets.token_hex(16)))
    stack.callback(ray.shutdown)
    ray.init(
        address="local",
        num_cpus=cpus,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=OBJECT_STORE_BYTES,
        _temp_dir=folder,
    )


def _nodes() -> list[dict[str, Any]]:
    """The live nodes, as Ray describes them."""
    return [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]


def _places() -> list[Resources]:
    """What each live node has in all."""
    return [
        Resources(cpus=has.get("CPU", 0), gpus=has.get("GPU", 0), memory_bytes=int(has.get("memory", 0)))
        for node in _nodes()
        if (has := node["Resources"])
    ]


def _submit(task: Task) -> Any:
    asked = task.resources
    return _run_task.options(
        name=task.name, num_cpus=asked.cpus, num_gpus=asked.gpus, memory=asked.memory_bytes or None
    ).remote(task.model_dump_json())


def _next_event(stream: Any, task: Task) -> Event | None:
    """The next event of a task, None at its end."""
    try:
        message = json.loads(ray.get(next(stream)))
    except StopIteration:
        return None
    except TaskCancelledError:
        raise CancelledError(
            Fault("cancelled", "a task ends with its result", "it was cancelled", "run it again", task.name)
        ) from None
    except RayError as error:
        raise WorkerLostError(_lost(task, error)) from None
    if "error" in message:
        raise error_from_json(message["error"])
    return Event.model_validate(message)


def _lost(task: Task, error: RayError) -> Fault:
    return Fault(
        "worker-lost",
        "the process that runs a task must live",
        f"it died ({type(error).__name__}), by a signal or for want of memory",
        "run the same again: it resumes from what is finished",
        where=task.name,
    )


def _stop(streams: list[Any], grace_s: float) -> None:
    """Cancels tasks softly, then kills those that go on; returns when none runs."""
    # The stream of a cancelled task ends at once, its completion only when the worker is done with it.
    running = [stream.completed() for stream in streams]
    for force in (False, True):
        for completion in running:
            ray.cancel(completion, force=force)
        _, running = ray.wait(running, num_returns=len(running), timeout=grace_s) if running else ([], [])


def _join(address: str, stack: contextlib.ExitStack) -> None:
    """Joins a running cluster.

    Raises:
        InvalidInputError: no token, or nothing at the address that takes it.
    """
    rule = "--ray-address must name a running Ray cluster as host:port, with its token in RAY_AUTH_TOKEN"
    if not os.environ.get("RAY_AUTH_TOKEN") and os.environ["RAY_AUTH_MODE"] == "token":
        raise InvalidInputError(Fault("ray-token", rule, "RAY_AUTH_TOKEN is not set", "set it to the cluster's token"))
    host, _, port = address.rpartition(":")
    try:
        # Ray itself would wait most of a minute for an address where nobody listens.
        socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_S).close()
        stack.callback(ray.shutdown)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, OverflowError, RuntimeError, RayError) as error:
        raise InvalidInputError(
            Fault("ray-address", rule, f"joining failed ({type(error).__name__})", "check address and token", address)
        ) from None


def _probe(objects: Objects) -> None:
    """Has every node that can run tasks read an object that was just written here."""
    key, nonce = f"probe/{secrets.token_hex(8)}", secrets.token_hex(16)
    objects.put(key, nonce.encode())
    nodes = [node["NodeID"] for node in _nodes() if node["Resources"].get("CPU", 0) > 0]
    answers = [
        _can_read.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(
            objects.url, key, nonce
        )
        for node in nodes
    ]
    try:
        blind = sum(not _answer(answer) for answer in answers)
    finally:
        objects.delete("probe")
    if blind:
        raise _not_shared(f"{blind} of {len(nodes)} nodes do not see it", "a folder that all nodes mount at one path")


def _answer(answer: Any) -> bool:
    try:
        return bool(ray.get(answer, timeout=PROBE_TIMEOUT_S))
    except RayError:
        return False


def _not_shared(fact: str, instead: str) -> NotSharedError:
    return NotSharedError(
        Fault("not-shared", "every node of the cluster must see the object store", fact, f"use S3, or {instead}")
    )


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextlib.contextmanager
def _kept_signal_handlers() -> Iterator[None]:
    """Ray replaces the handler of SIGTERM when it starts; puts back what was there."""
    kept = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.getsignal(number) for number in kept}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
