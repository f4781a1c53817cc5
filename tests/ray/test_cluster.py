"""Joining a running cluster of two real nodes: with a folder that both see, and with one that one of them does not."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.ray

RAY = str(Path(sys.executable).with_name("ray"))
COMMON = ["--block", "--node-ip-address=127.0.0.1", "--num-cpus=1", f"--object-store-memory={100 * 2**20}"]
WORKER_PORTS = ["--min-worker-port=0", "--max-worker-port=0"]
STOP_S = 30


@dataclass(frozen=True)
class Cluster:
    """Address, environment with the token, and a folder that the second node may not see."""

    address: str
    environment: dict[str, str]
    folder: Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def node(command: list[str], environment: dict[str, str], ready: str) -> Iterator[None]:
    """A node as a process of its own, stopped by its pid; never by `ray stop`, which stops everybody's."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if ready in line:
                break
        assert ready in lines[-1], "".join(lines)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=STOP_S)


@contextmanager
def cluster(second: list[str], folder: Path) -> Iterator[Cluster]:
    """Two nodes; `second` is what the command of the second one is run by."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16), "RAY_USAGE_STATS_ENABLED": "0"}
    environment = os.environ | token | {"PYTHONUNBUFFERED": "1"}
    port = free_port()
    # A short path: it ends up in the names of Unix sockets.
    logs = tempfile.mkdtemp(prefix="synth-test-", dir="/tmp")
    head = [RAY, "start", "--head", f"--port={port}", f"--temp-dir={logs}", "--include-dashboard=false"]
    join = [*second, RAY, "start", f"--address=127.0.0.1:{port}"]
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, logs, ignore_errors=True)
        stack.enter_context(node([*head, *COMMON, *WORKER_PORTS], environment, "--block"))
        stack.enter_context(node([*join, *COMMON, *WORKER_PORTS], environment, "--block"))
        yield Cluster(f"127.0.0.1:{port}", environment, folder)


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory() as folder, cluster([], Path(folder)) as found:
        yield found


def run(found: Cluster, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (found.folder / "seed.csv").write_text("a,b\n" + "".join(f"{i % 9},{i % 4}\n" for i in range(200)))
    command = [
        sys.executable,
        "-m",
        "synth.cli",
        "run",
        "seed.csv",
        "--out",
        "out",
        "--engine",
        "independent",
        "--json",
    ]
    address = ["--ray-address", found.address] if "--ray-address" not in options else []
    return subprocess.run(
        [*command, *address, *options],
        cwd=found.folder,
        env=found.environment | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def fault_of(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    fault = json.loads(done.stderr.splitlines()[-1])["error"]["faults"][0]
    return done.returncode, fault["code"], fault["fact"]


def test_run_on_two_nodes_with_a_shared_folder_uses_both(shared: Cluster) -> None:
    done = run(shared, "--rows", "9000")
    assert done.returncode == 0, done.stderr
    names = {json.loads(line)["event"]["task"] for line in done.stdout.splitlines()[:-1]}
    # Two shards because there are two CPUs, one on each node.
    assert {"sample independent 1/2", "sample independent 2/2"} <= names
    assert (shared.folder / "out" / "synthetic.parquet").is_file()


@pytest.mark.parametrize(("token", "code"), [("0" * 32, "ray-address"), ("", "ray-token")])
def test_joining_without_the_token_is_refused(shared: Cluster, token: str, code: str) -> None:
    assert fault_of(run(shared, "--out", "other", RAY_AUTH_TOKEN=token))[:2] == (2, code)
    assert not (shared.folder / "other").exists()


def test_joining_where_nobody_listens_is_refused(shared: Cluster) -> None:
    done = run(shared, "--out", "other", "--ray-address", f"127.0.0.1:{free_port()}")
    assert fault_of(done) == (2, "ray-address", "joining failed (ConnectionRefusedError)")


def test_folder_that_one_node_does_not_see_is_refused() -> None:
    if not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("this machine does not permit `unshare --mount`, which hides a folder from one node")
    with tempfile.TemporaryDirectory() as folder:
        hide = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs none {folder} && exec "$@"', "sh"]
        with cluster(hide, Path(folder)) as found:
            done = run(found)
            assert fault_of(done) == (2, "not-shared", "1 of 2 nodes do not see it")
            assert {path.name for path in Path(folder).iterdir()} == {"seed.csv"}
