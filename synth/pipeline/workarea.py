"""The work area beside an output folder, and the one rename that publishes a result."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from synth.errors import InvalidInputError
from synth.storage.objects import Objects


def work_path(out: Path) -> Path:
    """Where the work area of an output folder is."""
    out = out.absolute()
    return out.parent / f".{out.name}.work"


class WorkArea:
    """`.NAME.work` beside the output folder NAME: the store of a run, and the result while it is put together.

    Use it in a `with` block: it is removed when the block ends well, and also after bad input, unless it is older than
    the block. After any other error it stays, for the next run of the same resumes from it.

    Attributes:
        path: the folder; made on the first write.
        objects: the store in it.
        staging: the result so far.
    """

    def __init__(self, out: Path) -> None:
        """Nothing is made yet."""
        self.out = out.absolute()
        self.path = work_path(out)
        self.objects = Objects(self.path / "store")
        self.staging = self.path / "result"
        self._found = self.path.exists()

    def __enter__(self) -> Self:
        """Enters."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Removes what nobody needs any more."""
        if kind is None or (issubclass(kind, InvalidInputError) and not self._found):
            shutil.rmtree(self.path, ignore_errors=True)

    def publish(self) -> None:
        """Puts the result in its place; a reader sees all of it or nothing."""
        if self.out.is_dir():
            if any(self.out.iterdir()):
                self.out.rename(self.path / "replaced")
            else:
                self.out.rmdir()
        self.staging.rename(self.out)
