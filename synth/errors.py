"""Errors of Synth, named by what the reader can do.

    SynthError
    ├── InvalidInputError         mend the file, flag or request (exit 2)
    │   └── InvalidMetadataError  mend the metadata
    ├── UnknownEngineError        ask for an engine that `synth engines` lists
    ├── EngineUnavailableError    install the extra or accept the licence
    ├── UnsupportedByEngineError  choose another engine, or drop the request's feature
    ├── NotFittedError            fit before sampling
    ├── EngineFailedError         choose another engine, or other columns
    ├── SampleShortfallError      fewer rows than asked for could be made
    ├── ResourcesUnavailableError ask for less, or add the named resource
    ├── NotSharedError            use storage that every node sees
    ├── WorkerLostError           infrastructure: run again, it resumes
    ├── StepFailedError           a fault of ours or of a library: report it
    └── CancelledError            someone asked for it

Every message is *rule, fact, remedy* and holds column names and counts only, never a cell of real data
(design.md 5.7). Faults of one stage are collected and raised together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input.

    Attributes:
        code: stable, kebab-case, documented in docs/errors.md.
        rule: what must hold.
        fact: what was found: names and counts, never a cell.
        remedy: what to do about it.
        where: file, table, column or JSON pointer; empty where it is plain.
    """

    code: str
    rule: str
    fact: str
    remedy: str
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.rule}, but {self.fact}; {self.remedy}."


class SynthError(Exception):
    """Base of all errors that a user can meet; `code` is stable, `exit_code` is what the CLI returns."""

    code = "synth-error"
    exit_code = 1

    def __init__(self, *faults: Fault) -> None:
        """Takes one or more faults; all are shown."""
        self.faults: tuple[Fault, ...] = faults
        super().__init__("\n".join(str(fault) for fault in faults))

    def __reduce__(self) -> tuple[type[SynthError], tuple[Fault, ...]]:
        """Lets an error cross a process boundary whole."""
        return type(self), self.faults

    def to_json(self) -> dict[str, object]:
        """The machine form: `{code, faults: [{code, rule, fact, remedy, where}]}`."""
        return {"code": self.code, "faults": [asdict(fault) for fault in self.faults]}


class InvalidInputError(SynthError):
    """A file, flag or request is not usable; nothing was written."""

    code = "invalid-input"
    exit_code = 2


class InvalidMetadataError(InvalidInputError):
    """The metadata contradicts itself or the data."""

    code = "invalid-metadata"


class UnknownEngineError(InvalidInputError):
    """No registered engine has this name."""

    code = "unknown-engine"


class EngineUnavailableError(InvalidInputError):
    """The engine is registered, but its library is absent or its licence not accepted."""

    code = "engine-unavailable"


class UnsupportedByEngineError(InvalidInputError):
    """The engine lacks a capability that the request needs."""

    code = "unsupported-by-engine"


class NotFittedError(SynthError):
    """A generator was asked to sample before it was fitted."""

    code = "not-fitted"


class EngineFailedError(SynthError):
    """A library behind an engine could not learn or sample the table; the fact names the kind of exception."""

    code = "engine-failed"


class SampleShortfallError(SynthError):
    """Fewer rows than asked for could be made; the fact says how many."""

    code = "sample-shortfall"


class ArtefactLeakError(SynthError):
    """A result holds what it must not; nothing was published."""

    code = "artefact-leak"


class ResourcesUnavailableError(SynthError):
    """The machine or cluster lacks a resource that a task asked for; the fact names it."""

    code = "resources-unavailable"


class NotSharedError(InvalidInputError):
    """The object store is not visible from every node of the cluster."""

    code = "not-shared"


class WorkerLostError(SynthError):
    """The process or node that ran a task died; running the same again resumes."""

    code = "worker-lost"


class StepFailedError(SynthError):
    """A step raised something that is not a SynthError; only its type and place are kept, not its text."""

    code = "step-failed"


class CancelledError(SynthError):
    """The run was cancelled on request."""

    code = "cancelled"


def raise_all(faults: Sequence[Fault], error: type[SynthError] = InvalidInputError) -> None:
    """Raises `error` with all faults, or returns when there is none."""
    if faults:
        raise error(*faults)
