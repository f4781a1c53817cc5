"""Where a result comes from: data, split, plan, seed, versions; nothing that depends on the clock."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import synth

PACKAGES = ("numpy", "pyarrow", "scikit-learn", "scipy")
"""Packages whose version can change the bytes of a result."""


def versions() -> dict[str, str]:
    """Version of Python and of the packages that can change a result; absent ones are left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def code_version() -> dict[str, str]:
    """Version of Synth, and the commit where it runs from a checkout; asked once, as code is loaded once."""
    commit = _commit(Path(synth.__file__).parents[1] / ".git")
    return {"synth": synth.__version__, **({"commit": commit} if commit else {})}


def _commit(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text().strip()
        return (git / head.removeprefix("ref: ")).read_text().strip() if head.startswith("ref: ") else head
    except OSError:  # an installed package, or a branch whose commit is only in packed-refs
        return ""


def data_lineage(digests: Mapping[str, str]) -> list[dict[str, str]]:
    """Name and SHA-256 of every file that was read, without its folder."""
    return [{"file": Path(path).name, "sha256": digest} for path, digest in digests.items()]


def lineage(**parts: Any) -> dict[str, Any]:
    """The given parts, with the versions."""
    return {**parts, "versions": versions(), "code": dict(code_version())}
