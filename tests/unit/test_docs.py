"""Documents say what the code says."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.cli import app
from synth.registry import engine_specs

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Literal codes of faults and error classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Fault", "_fault"}:
            first = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "code"), None)
            if isinstance(first, ast.Constant):
                yield str(first.value)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
            assert isinstance(node.value, ast.Constant)
            yield str(node.value.value)


def test_every_error_code_is_documented() -> None:
    files = [*(ROOT / "synth").rglob("*.py"), *(ROOT / "models").rglob("*.py")]
    used = {code for file in files for code in codes_in(ast.parse(file.read_text(encoding="utf-8")))}
    documented = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", (ROOT / "docs" / "errors.md").read_text("utf-8")))
    assert len(used) > 50
    assert used - documented == set()


def test_readme_names_every_engine_command_and_supported_python() -> None:
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    low, high = re.findall(r"3\.(\d+)", python)
    assert f"Python 3.{low} to 3.{int(high) - 1}" in README
    for name in engine_specs():
        assert f"`{name}`" in README
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"`synth {command.name or command.callback.__name__}" in README


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_readme_shows_the_two_commands(command: str) -> None:
    assert command in README


def test_links_in_documents_lead_to_files() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
