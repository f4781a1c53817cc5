"""Steps that behave well and badly on purpose; a module of its own, so that Ray workers can import it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from synth.errors import Fault, InvalidInputError
from synth.pipeline.task import Event, Events
from synth.storage.objects import Objects

MODULE = "tests.contract.executor_steps"
CANARY = "canary-4711"
ARMED = "armed"


def count(spec: dict[str, Any], objects: Objects) -> Events:
    """Counts to n and leaves a trace of having run."""
    objects.put(f"ran/{spec['n']}/{len(objects.keys('ran'))}", b"")
    for i in range(spec["n"]):
        yield Event(done=i, total=spec["n"], message=f"at {i}")
    yield Event(kind="done", done=spec["n"], total=spec["n"], result={"sum": sum(range(spec["n"]))})


def learn(spec: dict[str, Any], objects: Objects) -> Events:
    """Learns parts in turn, each kept in the store; crashes once in the middle while the store is armed."""
    for i in range(spec["n"]):
        if objects.exists(f"parts/{i}"):
            continue
        if i == 2 and objects.exists(ARMED):
            objects.delete(ARMED)
            yield Event(done=i, total=spec["n"], message=f"pid {os.getpid()}")
            if spec["crash"] == "wait to be killed":
                threading.Event().wait(60)
            raise RuntimeError(CANARY)
        objects.put(f"parts/{i}", str(i * i).encode())
        yield Event(done=i, total=spec["n"], message=f"learnt {i}")
    yield Event(kind="done", result=[int(objects.get(f"parts/{i}")) for i in range(spec["n"])])


def leak(spec: dict[str, Any], objects: Objects) -> Events:
    """Raises an exception whose text quotes a cell, once the named object is there."""
    yield Event(message="before")
    while "after" in spec and not objects.exists(spec["after"]):
        threading.Event().wait(0.01)
    raise ValueError(f"could not convert string to float: {spec.get('cell', CANARY)!r}")


def refuse(spec: dict[str, Any], objects: Objects) -> Events:
    """Raises two faults of the input."""
    yield Event(message="before")
    raise InvalidInputError(
        Fault("first-code", "a must hold", "it does not", "mend a", "column a"),
        Fault("second-code", "b must hold", "it does not", "mend b"),
    )


def endless(spec: dict[str, Any], objects: Objects) -> Events:
    """Goes on until it is stopped, and says so in the store when it is."""
    objects.put("started", b"")
    try:
        while True:
            yield Event(message="going on")
            threading.Event().wait(0.01)
    finally:
        objects.put("stopped", b"")


def deaf(spec: dict[str, Any], objects: Objects) -> Events:
    """Does not listen to a soft cancellation, like a long call into C; tells its pid once it has stopped listening."""
    yield Event(message="started")
    told = False
    while True:
        try:
            if not told:
                Path(spec["fifo"]).write_text(str(os.getpid()))
                told = True
            threading.Event().wait(60)
        except KeyboardInterrupt:
            continue


def threads(spec: dict[str, Any], objects: Objects) -> Events:
    """Tells the largest thread pool that this task may use, with scikit-learn's OpenMP loaded inside the task."""
    import pyarrow as pa
    import sklearn.ensemble  # noqa: F401 - loads its OpenMP runtime
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
    from threadpoolctl import threadpool_info

    pools = [pool["num_threads"] for pool in threadpool_info()]
    yield Event(kind="done", result=max([*pools, pa.cpu_count(), _openmp_effective_n_threads()]))
