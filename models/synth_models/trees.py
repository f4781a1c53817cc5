"""Sequential forests: each column given the columns drawn before it, by many small trees.

After synthpop's sequential CART (Nowok, Raab, Dibben 2016, https://doi.org/10.18637/jss.v074.i11) and adversarial
random forests (Watson et al. 2023, https://arxiv.org/abs/2205.09435), with laws in place of donors.

Use it for single tables of hundreds to millions of rows; it keeps implications and nested categories and needs seconds.
Not for free text, sequences or several tables.
Privacy promise: none. A leaf holds at least max(10, k) subjects and no donor's value, but that is no formal guarantee.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synth.data.encoding import Codes, TableEncoder
from synth.data.entities import entity_codes
from synth.data.metadata import Metadata
from synth.errors import Fault, NotFittedError, UnsupportedByEngineError
from synth.synthesizer import BLOCK_ROWS, Conditions, Plan, Progress, Tables, block_rng, blocks_of
from synth_models.forest.grow import Forest, grow_forest
from synth_models.forest.order import drawing_order, mutual_information, predictors
from synth_models.forest.settings import ForestSettings
from synth_models.forest.spread import spread_uniforms

SECONDS_PER_UNIT = 5e-8
"""CPU seconds per row, predictor and tree on one core of a 2024 server; `benchmarks/fidelity.py` prints what it was."""

CHUNK_BLOCKS = 16
"""Blocks that are sampled together: large enough for numpy, small enough for memory."""


_Block = tuple[np.random.Generator, int, int]
"""Generator, number and rows of one block."""


class Trees:
    """The default synthesizer, see the module."""

    def __init__(self) -> None:
        """An unfitted synthesizer; `fit` or `load` makes it able to sample."""
        self._table = ""
        self._encoder: TableEncoder | None = None
        self._order: list[str] = []
        self._inputs: list[list[str]] = []
        self._forests: list[Forest] = []

    @classmethod
    def plan(
        cls, n_rows: Mapping[str, int], metadata: Metadata, config: Mapping[str, Any], budget_s: float
    ) -> dict[str, Any]:
        """Settings for these sizes: as many of the trees asked for as the budget allows, at least four."""
        settings = ForestSettings.model_validate(dict(config))
        name, table = next(iter(metadata.tables.items()))
        n_columns = len(table.columns)
        bag = min(n_rows[name] * settings.bag_share, settings.max_bag_rows)
        fan_in = sum(min(j, settings.max_predictors) for j in range(n_columns))
        seconds = SECONDS_PER_UNIT * bag * max(np.log2(max(bag, 2)), 1) * fan_in
        affordable = int(budget_s / max(seconds, 1e-9))
        n_trees = max(min(settings.n_trees, affordable), min(settings.n_trees, 4))
        return settings.model_copy(update={"n_trees": n_trees}).model_dump(mode="json")

    def fit(
        self, train: Tables | None, metadata: Metadata, plan: Plan, *, seed: int, checkpoints: Path
    ) -> Iterator[Progress]:
        """See `synth.synthesizer.Synthesizer.fit`; a finished column is a checkpoint."""
        table, entities = self._prepare(train, metadata, plan)
        settings = settings_of(plan)
        assert self._encoder is not None
        codes = self._encoder.encode(table)
        names = list(codes)
        parts = [codes[name] for name in names]
        yield Progress(done=0, total=len(names) + 1, message="measuring dependence")
        information = mutual_information(parts, np.random.default_rng((seed, 0))) if names else np.empty((0, 0))
        order = drawing_order(parts, information) if names else []
        inputs = [predictors(i, order[:j], information, settings.max_predictors) for j, i in enumerate(order)]
        self._order = [names[i] for i in order]
        self._inputs = [[names[i] for i in some] for some in inputs]
        checkpoints.mkdir(parents=True, exist_ok=True)

        def grow(j: int) -> Forest:
            file = checkpoints / f"forest-{j:05d}.npz"
            if not file.exists():
                before = [parts[i] for i in inputs[j]]
                sizes = [self._n_tokens(names[i]) for i in inputs[j]]
                rng = np.random.default_rng((seed, 1, j))
                _save_arrays(file, grow_forest(parts[order[j]], before, sizes, entities, settings, rng).to_arrays())
            return Forest.from_arrays(_load_arrays(file))

        self._forests = []
        for forest in _in_threads(grow, len(order), plan.threads):
            self._forests.append(forest)
            done = len(self._forests)
            yield Progress(done=done, total=len(names) + 1, message=f"column {self._order[done - 1]}")
        yield Progress(done=len(names) + 1, total=len(names) + 1, message="fitted")

    def sample(self, rows: Mapping[str, range], *, conditions: Conditions | None, seed: int) -> Iterator[Tables]:
        """See `synth.synthesizer.Synthesizer.sample`."""
        if self._encoder is None:
            raise NotFittedError(
                Fault("not-fitted", "a generator must be fitted", "it is not", "call fit or load first")
            )
        if conditions is not None and conditions.values:
            raise UnsupportedByEngineError(
                Fault("no-conditions", "conditions need an engine that meets them", "trees does not yet", "drop them")
            )
        wanted = rows[self._table]
        size = CHUNK_BLOCKS * BLOCK_ROWS
        for start in range(wanted.start, wanted.stop, size):
            piece = range(start, min(start + size, wanted.stop))
            yield {self._table: self._sample(piece, seed)}

    def _sample(self, rows: range, seed: int) -> pa.Table:
        assert self._encoder is not None
        blocks = [(block_rng(seed, self._table, block), block, n) for block, n in blocks_of(rows)]
        codes: dict[str, Codes] = {}
        for name, inputs, forest in zip(self._order, self._inputs, self._forests, strict=True):
            leaf = np.zeros(len(rows), np.int64)
            if not forest.is_margin:
                tree = np.concatenate([rng.integers(len(forest.roots), size=n) for rng, _, n in blocks])
                leaf = forest.leaf_of(forest.features([codes[i] for i in inputs]), tree)
            spread = [spread_uniforms(key, rng) for key, (rng, _, _) in _by_block(forest.laws.centre[leaf], blocks)]
            codes[name] = forest.laws.draw(leaf, np.concatenate(spread))
        pieces = []
        for j, (rng, block, n) in enumerate(blocks):
            part = slice(j * BLOCK_ROWS, j * BLOCK_ROWS + n)
            mine = {k: Codes(c.tokens[part], None if c.u is None else c.u[part]) for k, c in codes.items()}
            pieces.append(self._encoder.decode(mine, block * BLOCK_ROWS, n, rng))
        return pa.concat_tables(pieces)

    def save(self, folder: Path) -> None:
        """Writes `trees.json` and one npz a column."""
        assert self._encoder is not None, "save follows fit"
        folder.mkdir(parents=True, exist_ok=True)
        head = {
            "format": 1,
            "table": self._table,
            "order": self._order,
            "inputs": self._inputs,
            "encoder": self._encoder.to_json(),
        }
        (folder / "trees.json").write_text(json.dumps(head, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        for j, forest in enumerate(self._forests):
            _save_arrays(folder / f"forest-{j:05d}.npz", forest.to_arrays())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Reads what `save` wrote."""
        head = json.loads((folder / "trees.json").read_text(encoding="utf-8"))
        model = cls()
        model._table, model._order, model._inputs = head["table"], head["order"], head["inputs"]
        model._encoder = TableEncoder.from_json(head["encoder"])
        files = (folder / f"forest-{j:05d}.npz" for j in range(len(model._order)))
        model._forests = [Forest.from_arrays(_load_arrays(file)) for file in files]
        return model

    def _prepare(self, train: Tables | None, metadata: Metadata, plan: Plan) -> tuple[pa.Table, npt.NDArray[np.int64]]:
        name, spec = metadata.only_table()
        if train is None:
            raise UnsupportedByEngineError(
                Fault("needs-rows", "trees learns from rows", "no train rows were given", "give a seed dataset")
            )
        table = train[name]
        entities = entity_codes(table, spec)
        self._table = name
        self._encoder = TableEncoder.fit(table, spec, entities, plan.k)
        return table, entities

    def _n_tokens(self, name: str) -> int | None:
        assert self._encoder is not None
        codec = self._encoder.codecs[name]
        return codec.n_tokens if hasattr(codec, "shares") else None


def _by_block(values: npt.NDArray[Any], blocks: Sequence[_Block]) -> Iterator[tuple[npt.NDArray[Any], _Block]]:
    for j, block in enumerate(blocks):
        yield values[j * BLOCK_ROWS : j * BLOCK_ROWS + block[2]], block


def settings_of(plan: Plan) -> ForestSettings:
    """The plan's settings, with no leaf of fewer than k subjects."""
    settings = ForestSettings.model_validate(plan.config)
    least = max(settings.min_leaf, plan.k)
    sizes = tuple(sorted({max(size, least) for size in settings.leaf_sizes}))
    return settings.model_copy(update={"min_leaf": least, "leaf_sizes": sizes})


def _in_threads(work: Callable[[int], Forest], n: int, threads: int) -> Iterator[Forest]:
    """Results of work(0), work(1), ... in order; scikit-learn releases the interpreter lock while it grows a tree."""
    if threads <= 1:
        yield from map(work, range(n))
        return
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from pool.map(work, range(n))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _save_arrays(file: Path, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
    temporary = file.with_suffix(".tmp")
    with temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    temporary.replace(file)


def _load_arrays(file: Path) -> dict[str, npt.NDArray[np.generic]]:
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
