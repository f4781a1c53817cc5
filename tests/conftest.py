"""Fixtures that several folders of tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synth.pipeline.executor import Executor


@pytest.fixture(scope="session")
def ray_executor() -> Iterator[Executor]:
    """One embedded cluster for all tests marked `ray`; a short grace, so that the test of killing is quick."""
    from synth.pipeline.on_ray import RayExecutor

    executor = RayExecutor(cpus=2, grace_s=1)
    yield executor
    executor.close()
