"""Waiting for processes of other parents to end."""

from __future__ import annotations

import os
import select
from collections.abc import Sequence

PATIENCE_MS = 60_000
"""A killed process goes when the kernel gets to it; on a busy machine that takes a while."""


def survivors(pids: Sequence[int]) -> list[int]:
    """Those that still run after `PATIENCE_MS`; returns as soon as none does. One that nobody waited for has ended."""
    return [pid for pid in pids if not _ends(pid)]


def _ends(pid: int) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        watch = select.poll()
        watch.register(descriptor, select.POLLIN)
        return bool(watch.poll(PATIENCE_MS))
    finally:
        os.close(descriptor)
