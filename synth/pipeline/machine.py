"""What this process may use of the machine, and how a task is held to the threads it was granted."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from synth.synthesizer import Resources

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def machine_resources() -> Resources:
    """CPUs, GPUs and bytes of memory that this process may use: affinity and cgroup limits count, not the hardware."""
    return Resources(cpus=usable_cpus(), gpus=len(list(Path("/dev").glob("nvidia[0-9]*"))), memory_bytes=_memory())


def usable_cpus() -> int:
    """Whole CPUs by scheduler affinity and cgroup quota; at least 1."""
    affine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.floor(min(affine, _cgroup_cpus())))


def _cgroup_cpus(root: Path = Path("/sys/fs/cgroup")) -> float:
    """The CPU quota of cgroup v2, else of v1; infinite where there is none."""
    if v2 := _words(root / "cpu.max"):
        return math.inf if v2[0] == "max" else int(v2[0]) / int(v2[1])
    quota, period = _words(root / "cpu/cpu.cfs_quota_us"), _words(root / "cpu/cpu.cfs_period_us")
    return int(quota[0]) / int(period[0]) if quota and period and int(quota[0]) > 0 else math.inf


def _memory(root: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of memory by cgroup limit or hardware, whichever is less."""
    limits = [words[0] for name in ("memory.max", "memory/memory.limit_in_bytes") if (words := _words(root / name))]
    hardware = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([hardware, *(int(limit) for limit in limits if limit != "max")])


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


@contextmanager
def granted_threads(cpus: float) -> Iterator[None]:
    """Holds libraries in this process to the granted number of threads, those loaded later too; restores on leaving.

    More threads than CPUs is not a little slower but ten times: OpenMP threads spin while they wait.
    """
    from threadpoolctl import threadpool_limits

    threads = max(1, math.ceil(cpus))
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    before_arrow = pa.cpu_count()
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    pa.set_cpu_count(threads)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
    try:
        with threadpool_limits(limits=threads):
            yield
    finally:
        pa.set_cpu_count(before_arrow)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
