"""The exception firewall at the edge of every task: no text of a foreign exception leaves it, for it may hold a cell.

Errors travel as JSON (`to_json` / `error_from_json`), never as pickles.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from synth.errors import Fault, StepFailedError, SynthError

OUR_PACKAGES = ("synth", "synth_models")


@contextmanager
def firewall(what: str) -> Iterator[None]:
    """Lets `SynthError` pass and turns every other exception into a `StepFailedError` with its type and place only."""
    try:
        yield
    except SynthError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of a task: everything foreign stops here
        raise step_failed(what, error) from None


def step_failed(what: str, error: BaseException) -> StepFailedError:
    """The error that stands for a foreign one: type, file and line; not a word of its text."""
    return StepFailedError(
        Fault(
            "step-failed",
            f"{what} must finish",
            f"{type(error).__name__} was raised at {_place(error)}",
            "report it with this line; its text is withheld because it may quote data",
        )
    )


def error_from_json(value: Mapping[str, Any]) -> SynthError:
    """The `SynthError` whose `to_json` this is; an unknown code gives a plain `SynthError`."""
    error = _by_code(SynthError).get(value["code"], SynthError)
    return error(*(Fault(**fault) for fault in value["faults"]))


def _by_code(error: type[SynthError]) -> dict[str, type[SynthError]]:
    found = {error.code: error}
    for child in error.__subclasses__():
        found |= _by_code(child)
    return found


def _place(error: BaseException) -> str:
    frames = [(_short(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if not frames:
        return "an unknown place"
    ours = [frame for frame in frames if frame[0].split("/")[0] in OUR_PACKAGES]
    places = [frames[-1], *(ours[-1:] if ours[-1:] != frames[-1:] else [])]
    return ", called from ".join(f"{name}:{line}" for name, line in places)


def _short(filename: str) -> str:
    """The path below the folder that holds the package: no machine's folders in a message."""
    parts = PurePath(filename).parts
    for root in ("site-packages", *OUR_PACKAGES):
        if root in parts:
            start = len(parts) - 1 - parts[::-1].index(root)
            return "/".join(parts[start + (root == "site-packages") :])
    return parts[-1]
