"""SDV's models as plug-ins: GaussianCopula, CTGAN, TVAE and CopulaGAN.

Patki, Wedge, Veeramachaneni 2016, https://doi.org/10.1109/DSAA.2016.49; Xu et al. 2019,
https://arxiv.org/abs/1907.00503.

Use them to compare with, or where a project already relies on them. SDV is BUSL-1.1 and forbids a commercial synthetic
data service for third parties: off until the operator accepts that (`engines.sdv.accept_busl`), imported by nothing but
the child process in `sdv_child.py`.
What the child gets are the parts of the shared encoder, in their own units, with no name of a column, no category of
fewer than k subjects and no bound of one; what it makes comes back on the exact grid. So SDV's own handling of types
plays no part.
Privacy promise: none. The models can only be pickled, so they are never stored: fit and sample with one object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from synth.data.encoding import NominalCodec, TableEncoder, Values
from synth.data.entities import entity_codes
from synth.data.metadata import Metadata
from synth.errors import EngineFailedError, Fault, NotFittedError, UnsupportedByEngineError
from synth.synthesizer import BLOCK_ROWS, Conditions, Plan, Progress, Tables, block_rng, blocks_of

if find_spec("sdv") is None:
    raise ModuleNotFoundError("No module named 'sdv'", name="sdv")

TRAIN, DRAWN = "train.arrow", "drawn.arrow"

HEARTBEAT_S = 1.0
"""How often a fit says that it is alive; each time it may be cancelled."""


class SdvSettings(BaseModel):
    """Settings of the networks; all else is SDV's default.

    Attributes:
        epochs: passes over train; None for SDV's 300, or fewer where the time budget is for fewer.
        batch_size: rows of a training step; a multiple of ten.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=500, ge=10, multiple_of=10)


class SdvModel:
    """What the four share, see the module; a class for each names the model."""

    name: ClassVar[str]
    seconds_per_step: ClassVar[float] = 0.0
    """CPU seconds of a batch of 500 rows of 14 columns on a 2024 server, for the plan; 0 where there are no epochs."""

    def __init__(self) -> None:
        """An unfitted synthesizer."""
        self._table = ""
        self._encoder: TableEncoder | None = None
        self._child: _Child | None = None

    @classmethod
    def plan(
        cls, n_rows: Mapping[str, int], metadata: Metadata, config: Mapping[str, Any], budget_s: float
    ) -> dict[str, Any]:
        """As many of SDV's 300 epochs as the budget allows, at least one; nothing where there are no epochs."""
        settings = SdvSettings.model_validate(dict(config))
        if not cls.seconds_per_step:
            return {}
        [(name, _)] = metadata.tables.items()
        steps = max(-(-n_rows[name] // settings.batch_size), 1)
        affordable = max(int(budget_s / (steps * cls.seconds_per_step)), 1)
        return {"epochs": settings.epochs or min(300, affordable), "batch_size": settings.batch_size}

    def fit(
        self, train: Tables | None, metadata: Metadata, plan: Plan, *, seed: int, checkpoints: Path
    ) -> Iterator[Progress]:
        """See `synth.synthesizer.Synthesizer.fit`; there are no checkpoints, and closing the iterator kills the fit.

        Raises:
            EngineFailedError: SDV could not fit the table; says which exception, never its text.
        """
        del checkpoints
        assert train is not None, "SDV's models need rows"
        [(self._table, spec)] = metadata.tables.items()
        rows = train[self._table]
        entities = entity_codes(rows, spec)
        self._encoder = TableEncoder.fit(rows, spec, entities, plan.k)
        parts = _parts(self._encoder, rows)
        if parts.num_columns == 0:
            yield Progress(done=1, total=1, message="nothing to learn")
            return
        self._child = _Child(self.name, plan.threads)
        kinds = {name: _kind(parts[name]) for name in parts.column_names}
        self._child.give(parts)
        order = {"do": "fit", "kinds": kinds, "settings": plan.config, "seed": seed, "threads": plan.threads}
        start = time.monotonic()
        try:
            for _ in self._child.obey(order):
                yield Progress(done=0, total=1, message=f"fitting for {time.monotonic() - start:.0f} s")
        except BaseException:  # the iterator was closed or SDV failed: nothing may go on
            self.close()
            raise
        yield Progress(done=1, total=1, message="fitted")

    def sample(self, rows: Mapping[str, range], *, conditions: Conditions | None, seed: int) -> Iterator[Tables]:
        """See `synth.synthesizer.Synthesizer.sample`."""
        if self._encoder is None:
            rule, fact = "a generator must be fitted", "it is not"
            raise NotFittedError(Fault("not-fitted", rule, fact, "call fit first"))
        if conditions is not None and conditions.values:
            rule, fact = "conditions need an engine that meets them", f"{self.name} does not"
            raise UnsupportedByEngineError(Fault("no-conditions", rule, fact, "drop them"))
        for block, n in blocks_of(rows[self._table]):
            rng = block_rng(seed, self._table, block)
            values = self._drawn(n, int(rng.integers(2**32)))
            yield {self._table: self._encoder.assemble(values, block * BLOCK_ROWS, n, rng)}

    def _drawn(self, n: int, seed: int) -> dict[str, Values]:
        """Values of the parts; of those that SDV never saw, nothing (a constant token, or missing)."""
        assert self._encoder is not None
        values: dict[str, Values] = {
            name: np.zeros(n, np.int32) if isinstance(codec, NominalCodec) else np.full(n, np.nan)
            for name, codec in self._encoder.codecs.items()
        }
        if self._child is None:
            return values
        for _ in self._child.obey({"do": "sample", "rows": n, "seed": seed}):
            pass
        drawn = self._child.take()
        for i, name in enumerate(values):
            if f"c{i}" in drawn.column_names:
                values[name] = drawn[f"c{i}"].to_numpy().astype(values[name].dtype)
        return values

    def save(self, folder: Path) -> None:  # noqa: ARG002 - the contract's form
        """Refused: SDV can only pickle its models, and nothing pickled is kept.

        Raises:
            UnsupportedByEngineError: always.
        """
        raise UnsupportedByEngineError(_not_kept(self.name))

    @classmethod
    def load(cls, folder: Path) -> Self:  # noqa: ARG003 - the contract's form
        """Refused, see `save`.

        Raises:
            UnsupportedByEngineError: always.
        """
        raise UnsupportedByEngineError(_not_kept(cls.name))

    def close(self) -> None:
        """Ends the process that holds the model."""
        if self._child is not None:
            self._child.kill()


class GaussianCopula(SdvModel):
    """A normal copula with a fitted law per column."""

    name = "sdv_gaussian_copula"


class CTGAN(SdvModel):
    """A conditional adversarial network."""

    name = "sdv_ctgan"
    seconds_per_step = 0.13


class TVAE(SdvModel):
    """A variational autoencoder."""

    name = "sdv_tvae"
    seconds_per_step = 0.03


class CopulaGAN(SdvModel):
    """CTGAN behind the margins of the copula."""

    name = "sdv_copulagan"
    seconds_per_step = 0.13


class _Child:
    """The process with the model, and the folder through which tables come and go."""

    def __init__(self, model: str, threads: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="synth-sdv-")
        command = [sys.executable, "-m", "synth_models.sdv_child", self._folder.name, model]
        grant = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        self._process = subprocess.Popen(  # noqa: S603 - our own module, with our own arguments
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | grant,
            text=True,
        )
        self._answers: Queue[str] = Queue()
        # Not a method: a thread that holds this object would keep it, and the process, alive.
        self._listener = Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True)
        self._listener.start()

    def obey(self, order: Mapping[str, Any]) -> Iterator[None]:
        """Has an order done; yields once a heartbeat until it is."""
        assert self._process.stdin is not None
        answer = None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            answer = ""
        while answer is None:
            yield
            try:
                answer = self._answers.get(timeout=HEARTBEAT_S)
            except Empty:
                continue
        found = json.loads(answer) if answer else {"failed": "the end of its process"}
        if "failed" in found:
            self.kill()
            rule, fact = "an engine must learn the table", f"SDV answered `{order['do']}` with {found['failed']}"
            raise EngineFailedError(Fault("engine-failed", rule, fact, "use another engine", where="engine"))

    def give(self, table: pa.Table) -> None:
        """Puts down the rows to learn from."""
        with (
            pa.OSFile(str(Path(self._folder.name) / TRAIN), "wb") as file,
            pa.ipc.new_file(file, table.schema) as writer,
        ):
            writer.write_table(table)

    def take(self) -> pa.Table:
        """The rows that were drawn last."""
        with pa.OSFile(str(Path(self._folder.name) / DRAWN), "rb") as file:
            return pa.ipc.open_file(file).read_all()

    def kill(self) -> None:
        """Ends the process and removes the folder; may be called again."""
        assert self._process.stdin is not None
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._listener.join()
        self._folder.cleanup()

    def __del__(self) -> None:
        self.kill()


def _listen(lines: IO[str], answers: Queue[str]) -> None:
    with lines:
        for line in lines:
            answers.put(line)
    answers.put("")


def _parts(encoder: TableEncoder, rows: pa.Table) -> pa.Table:
    """What SDV learns: column `ci` for the i-th part that is not empty, floats in its units or tokens as text."""
    values = encoder.values(encoder.encode(rows))
    columns = {}
    for i, (name, codec) in enumerate(encoder.codecs.items()):
        if isinstance(codec, NominalCodec):
            columns[f"c{i}"] = pa.array(values[name]).cast(pa.string())
        elif not codec.is_empty:
            columns[f"c{i}"] = pa.array(values[name], from_pandas=True)
    return pa.table(columns)


def _kind(column: pa.ChunkedArray) -> str:
    return "categorical" if pa.types.is_string(column.type) else "numerical"


def _not_kept(name: str) -> Fault:
    rule, fact = "a stored generator must be free of pickle", f"the models of {name} can only be pickled"
    return Fault("not-persistable", rule, fact, "fit and sample in one run")
