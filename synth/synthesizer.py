"""The contract between Synth and a generative model (design.md section 4).

A synthesizer is a class that fits and samples; a generator is a fitted one. Models live in `synth_models` or in
third-party packages, are found through the entry point group `synth.models`, and import only `synth.data`,
`synth.synthesizer` and `synth.errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from synth.data.metadata import Metadata

Tables = Mapping[str, pa.Table]

BLOCK_ROWS = 4096
"""Rows that share one random generator; output is independent of shards because blocks never straddle them."""


class Plan(BaseModel):
    """Everything that decides a fit, resolved once and kept in the lineage; same plan, seed and versions: same bytes.

    Attributes:
        engine: name in the registry.
        k: fewest subjects behind any value that the generator keeps; the policy's.
        threads: CPU threads granted to the fit; must not change the result.
        config: the engine's own settings, all resolved (no "auto").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str
    k: int = Field(ge=1)
    threads: int = Field(default=1, ge=1)
    config: dict[str, Any] = Field(default_factory=dict)


class Progress(BaseModel):
    """One step forward of a fit: a progress, checkpoint and cancel point.

    Attributes:
        done: units finished so far.
        total: units in all; at least 1.
        message: what is being done; names and counts only.
    """

    model_config = ConfigDict(frozen=True)

    done: int = Field(ge=0)
    total: int = Field(ge=1)
    message: str = ""


class Capabilities(BaseModel):
    """What a synthesizer can do, as its YAML spec declares it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    several_tables: bool = False
    sequences: bool = False
    conditions: Literal["exact", "weighted", "rejection", "none"] = "none"
    likelihood: bool = False
    impute: bool = False
    dp: bool = False
    needs_rows: bool = True
    persistable: bool = True


class Resources(BaseModel):
    """What one task asks of a machine. `cpus` is admission and thread grant; `gpus` may be fractional."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpus: float = Field(default=1, ge=0)
    gpus: float = Field(default=0, ge=0)
    memory_bytes: int = Field(default=0, ge=0)


class EngineSpec(BaseModel):
    """A synthesizer's card: `configs/models/NAME.yaml`; read without importing the model.

    Attributes:
        name, title, paper, licence: for people; the name is the file's.
        extra: of pip, that brings its libraries; empty where it needs none.
        privacy: what it promises.
        needs_acceptance: the setting ("engines.sdv.accept_busl") by which an operator accepts its licence.
        capabilities, resources: what it can do, and what a fit asks for.
        config: settings that differ from the engine's own defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    paper: str
    licence: str
    extra: str = ""
    privacy: str = "none: no formal guarantee"
    needs_acceptance: str = ""
    capabilities: Capabilities = Capabilities()
    resources: Resources = Resources()
    config: dict[str, Any] = Field(default_factory=dict)


class Conditions(BaseModel):
    """Fixed values to sample under, by table and column. Richer forms (sets, ranges, shares) come with the engines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, dict[str, Any]] = Field(default_factory=dict)


@runtime_checkable
class Synthesizer(Protocol):
    """A generative model of tables.

    Randomness is counter-based: `block_rng(seed, table, block)` for each `BLOCK_ROWS` rows of output, so that rows
    depend on (seed, table, row number) alone, never on shards, executor or thread count.
    """

    def __init__(self) -> None: ...

    @classmethod
    def plan(
        cls, n_rows: Mapping[str, int], metadata: Metadata, config: Mapping[str, Any], budget_s: float
    ) -> dict[str, Any]:
        """Resolves a config and a time budget (seconds of CPU on one core) to the settings that `Plan.config` keeps."""
        ...

    def fit(
        self, train: Tables | None, metadata: Metadata, plan: Plan, *, seed: int, checkpoints: Path
    ) -> Iterator[Progress]:
        """Learns from train rows; finished parts found in `checkpoints` are loaded instead of learnt again.

        Raises:
            InvalidInputError: `train` does not fit `metadata`.
        """
        ...

    def sample(self, rows: Mapping[str, range], *, conditions: Conditions | None, seed: int) -> Iterator[Tables]:
        """Yields exactly the rows asked for, in order, in pieces; each range starts at a multiple of `BLOCK_ROWS`.

        Raises:
            NotFittedError: before `fit` or `load`.
            SampleShortfallError: fewer rows could be made; says how many.
            UnsupportedByEngineError: conditions that the engine cannot meet.
        """
        ...

    def save(self, folder: Path) -> None:
        """Writes npz, safetensors and JSON; never pickle, never a cell of fewer than k subjects."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads what `save` wrote."""
        ...


@runtime_checkable
class Closeable(Protocol):
    """A synthesizer that holds something outside its own memory, such as a process."""

    def close(self) -> None:
        """Releases it; may be called again, and at any time."""
        ...


def block_rng(seed: int, table: str, block: int) -> np.random.Generator:
    """The generator of one block of output rows, keyed by (seed, table, block); independent of all others."""
    name = int.from_bytes(blake2b(table.encode(), digest_size=8).digest(), "little")
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, name, block))))


def blocks_of(rows: range) -> Iterator[tuple[int, int]]:
    """Yields (block number, rows wanted of it) for a range that starts on a block boundary.

    >>> list(blocks_of(range(4096, 9000)))
    [(1, 4096), (2, 808)]
    """
    assert rows.start % BLOCK_ROWS == 0, "a shard must start on a block boundary"
    for start in range(rows.start, rows.stop, BLOCK_ROWS):
        yield start // BLOCK_ROWS, min(BLOCK_ROWS, rows.stop - start)
