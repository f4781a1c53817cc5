"""Generators for `leaky_generators`: some give their train rows away on purpose, the others are meant honestly."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.leaky_worlds import STRICTEST_K, World
from synth.errors import SynthError
from synth.registry import engine_class
from synth.scoring.columns import numbers
from synth.scoring.privacy.neighbours import nearest
from synth.scoring.privacy.space import points
from synth.scoring.samples import scored_columns
from synth.synthesizer import Plan, Synthesizer
from synth_models import trees
from synth_models.forest import grow
from synth_models.forest.settings import ForestSettings

NEIGHBOURS = 5
JITTER = 0.01
CTGAN_EPOCHS = 300
CTGAN_WALL_S = 480.0
ARGN_MINUTES = 4
ARGN_WALL_S = 600.0
ARGN_CHILD = Path(__file__).parent / "argn_child.py"

NOTE = "note"
"""Key of a table's metadata under which its generator says what the table should show."""


class SkippedError(Exception):
    """A generator that cannot be run here; says why."""


@dataclass(frozen=True)
class Options:
    """What a run may use.

    Attributes:
        argn: interpreter of an environment that has mostlyai-engine, or empty.
        seed: of everything that is drawn.
        declared: the world's categories are declared.
    """

    argn: str = ""
    seed: int = 0
    declared: bool = True


Make = Callable[[World, Options], pa.Table]


def copies(world: World, options: Options) -> pa.Table:
    """Train rows, drawn with replacement."""
    n = world.train.num_rows
    return world.train.take(pa.array(_rng(options, "copies").integers(n, size=n)))


def jittered(world: World, options: Options) -> pa.Table:
    """The same with every number moved by 0.01 standard deviations and not rounded, so that no row is verbatim."""
    made, rng = copies(world, options), _rng(options, "jittered")
    for name in _ordered(world):
        values = numbers(made[name])
        moved = values + JITTER * np.nanstd(numbers(world.train[name])) * rng.normal(size=len(values))
        made = _replaced(made, name, pa.array(moved, from_pandas=True))
    return made


def smote(world: World, options: Options) -> pa.Table:
    """Rows between a random train row and one of its 5 nearest; each category from one of the two.

    After Chawla et al. 2002, https://doi.org/10.1613/jair.953, without classes. Integers are rounded.
    """
    rng, train = _rng(options, "smote"), world.train
    [placed] = points([train], train, world.spec)
    n = train.num_rows
    first = rng.integers(n, size=n)
    near = nearest(placed, placed, NEIGHBOURS + 1)[1][first]
    near[near == first[:, None]] = -1
    others = np.sort(near, axis=1)[:, 1:]  # itself, or one of its copies, is left out
    second = others[np.arange(n), rng.integers(NEIGHBOURS, size=n)]
    share = rng.random(n)
    made = train.take(pa.array(first))
    for name in scored_columns(world.spec):
        made = _replaced(made, name, _between(train[name], first, second, share, rng, name in _ordered(world)))
    return made


def _between(
    cells: pa.ChunkedArray,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    share: NDArray[np.float64],
    rng: np.random.Generator,
    ordered: bool,
) -> pa.Array:
    either = cells.take(pa.array(np.where(rng.random(len(first)) < 0.5, first, second)))
    if not ordered:
        return either.combine_chunks()
    values = numbers(cells)
    mixed = values[first] + share * (values[second] - values[first])
    mixed = np.where(np.isnan(mixed), numbers(either), mixed)
    return pa.array(np.round(mixed) if pa.types.is_integer(cells.type) else mixed, from_pandas=True)


def fresh(world: World, options: Options) -> pa.Table:
    """Real rows of people in no other part."""
    del options
    return world.fresh


def default_trees(world: World, options: Options) -> pa.Table:
    """Synth's default engine with its defaults."""
    return _fitted("trees", world, options, STRICTEST_K)


def independent(world: World, options: Options) -> pa.Table:
    """Each column from its own margin."""
    return _fitted("independent", world, options, STRICTEST_K)


def leaf_of_one(world: World, options: Options, n_trees: int = 1) -> pa.Table:
    """The default engine with its protections off: k is 1, a leaf may hold a single row, and the smallest is taken.

    The engine's settings refuse this, so they are built without validation, and its functions are replaced for the fit.
    """
    naked = ForestSettings().model_copy(
        update={"n_trees": n_trees, "bag_share": 1.0 if n_trees == 1 else 0.5, "min_leaf": 1, "leaf_sizes": (1,),
                "donors_per_knot": 1}
    )  # fmt: skip
    with patch.object(trees, "settings_of", lambda _: naked), patch.object(grow, "largest_good", lambda *_: 0):
        return _fitted("trees", world, options, k=1)


def forest_of_one(world: World, options: Options) -> pa.Table:
    """The same with as many trees as by default, each of which sees half of the rows."""
    return leaf_of_one(world, options, ForestSettings().n_trees)


def ctgan(world: World, options: Options) -> pa.Table:
    """CTGAN with k 1 and batches of 500: of 300 epochs as many as fit into 8 minutes, by a trial of 1 and of 6."""
    took = []
    for epochs in (1, 6):
        start = time.monotonic()
        _fitted("sdv_ctgan", world, options, 1, {"epochs": epochs}, CTGAN_WALL_S)
        took.append(time.monotonic() - start)
    epoch_s = max(took[1] - took[0], 1e-3) / 5
    epochs = max(1, min(CTGAN_EPOCHS, int((0.8 * CTGAN_WALL_S - took[0]) / epoch_s)))
    drawn = _fitted("sdv_ctgan", world, options, 1, {"epochs": epochs}, CTGAN_WALL_S)
    return drawn.replace_schema_metadata({NOTE: f"{epochs} epochs"})


def _fitted(
    engine: str,
    world: World,
    options: Options,
    k: int,
    config: Mapping[str, Any] | None = None,
    wall_s: float = float("inf"),
) -> pa.Table:
    """As many rows as train from an engine; ends the fit after so many seconds."""
    sizes = {world.name: world.train.num_rows}
    try:
        kind = engine_class(engine)
        plan = Plan(engine=engine, k=k, config=kind.plan(sizes, world.metadata, config or {}, 1e9))
        made = kind()
        _fit(made, world, plan, options.seed, time.monotonic() + wall_s)
        rows = {world.name: range(world.train.num_rows)}
        return pa.concat_tables(part[world.name] for part in made.sample(rows, conditions=None, seed=options.seed))
    except SynthError as error:
        raise SkippedError(str(error)) from None


def _fit(made: Synthesizer, world: World, plan: Plan, seed: int, until: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = {world.name: world.train}
        for _ in made.fit(tables, world.metadata, plan, seed=seed, checkpoints=Path(folder)):
            if time.monotonic() > until:
                raise SkippedError("the fit took longer than it may")


def argn(world: World, options: Options) -> pa.Table:
    """TabularARGN of mostlyai-engine, in an environment of its own: its defaults, but at most 4 minutes of training."""
    if not options.argn:
        raise SkippedError("no --argn: name the interpreter of an environment that has mostlyai-engine")
    keys = world.spec.identifying
    with tempfile.TemporaryDirectory() as folder:
        train, made = Path(folder) / "train.parquet", Path(folder) / "made.parquet"
        pq.write_table(world.train.drop_columns(sorted(keys)), train)
        command = [options.argn, str(ARGN_CHILD), str(train), str(made), str(options.seed), str(ARGN_MINUTES)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=ARGN_WALL_S)
        except subprocess.CalledProcessError as error:
            raise SkippedError(f"its process ended with {error.returncode}") from None
        except subprocess.TimeoutExpired:
            raise SkippedError("the fit took longer than it may") from None
        return pq.read_table(made).replace_schema_metadata(None)


def _ordered(world: World) -> list[str]:
    return [name for name in scored_columns(world.spec) if world.spec.columns[name].type.is_ordered]


def _replaced(table: pa.Table, name: str, cells: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, cells)


def _rng(options: Options, purpose: str) -> np.random.Generator:
    return np.random.default_rng((options.seed, *purpose.encode()))
