"""Runs a command and measures all its processes together: wall seconds, CPU seconds, peak memory.

Ray's daemons are no children that could be waited for, so processes are found by a marker in their environment, which
they inherit, and read from /proc (Linux only). Memory is the proportional set size, so that shared pages count once.
"""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

MARKER = "SYNTH_BENCH_RUN"
EVERY_S = 0.25
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Usage:
    """What a command used; `cpu_s` misses at most `EVERY_S` of each process' end."""

    wall_s: float = 0.0
    peak_bytes: int = 0
    cpu_by_pid: dict[int, float] = field(default_factory=dict)
    code: int = 0
    output: str = ""

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all processes together."""
        return sum(self.cpu_by_pid.values())


def run_measured(command: list[str]) -> Usage:
    """Runs `command` to its end."""
    mark = uuid.uuid4().hex
    usage, start = Usage(), time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        environment = {**os.environ, MARKER: mark}
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            _look(usage, mark)
            time.sleep(EVERY_S)
        usage.wall_s, usage.code = time.monotonic() - start, process.returncode
        output.seek(0)
        usage.output = output.read()
    return usage


def _look(usage: Usage, mark: str) -> None:
    memory = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARKER}={mark}".encode() not in (folder / "environ").read_bytes():
                continue
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            usage.cpu_by_pid[int(folder.name)] = (int(fields[11]) + int(fields[12])) / TICKS
            pss = next(line for line in (folder / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
            memory += int(pss.split()[1]) * 1024
        except (OSError, StopIteration):
            continue  # it ended while we looked
    usage.peak_bytes = max(usage.peak_bytes, memory)


def circumstances() -> dict[str, object]:
    """What a result depends on beside code and seed."""
    names = ("synth", "numpy", "pyarrow", "scikit-learn", "ray")
    return {
        "date": date.today().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} CPUs",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
    }
