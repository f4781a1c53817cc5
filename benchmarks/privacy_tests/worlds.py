"""Worlds of numbers in which the answer is known: a population, and generators that leak from none to all of it.

Population: 6 numbers of Student's t with 4 degrees of freedom, mixed by a fixed matrix; equally many train, holdout,
reference and synthetic rows. The first two columns are quasi-identifiers, the last is secret.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Column, ColumnType, Role, Table
from synth.scoring.samples import Samples

DIMENSIONS = 6
MIX = np.random.default_rng(20_26).normal(size=(DIMENSIONS, DIMENSIONS))
NAMES = [f"x{i}" for i in range(DIMENSIONS)]

Floats = NDArray[np.float64]
Generator = Callable[[Floats, np.random.Generator], Floats]
"""Makes as many rows as train has, from train."""


def spec_of(names: list[str] = NAMES) -> Table:
    """Numbers; the first two known to others, the last secret."""
    roles = [Role.QUASI_IDENTIFIER] * 2 + [Role.FEATURE] * (len(names) - 3) + [Role.SECRET]
    return Table(columns={n: Column(type=ColumnType.DECIMAL, role=r) for n, r in zip(names, roles, strict=True)})


def people(n: int, rng: np.random.Generator) -> Floats:
    """N rows of the population."""
    return np.asarray(rng.standard_t(4, size=(n, DIMENSIONS)) @ MIX)


def table(rows: Floats) -> pa.Table:
    """Rows as a table."""
    return pa.table({name: rows[:, i] for i, name in enumerate(NAMES)})


def world(n: int, seed: int, synthetic: Generator) -> Samples:
    """Samples in which the generator is a function of train."""
    rng = np.random.default_rng((seed, n))
    train, holdout, reference = (people(n, rng) for _ in range(3))
    made = synthetic(train, rng)
    return Samples(table(train), table(holdout), table(reference), table(made), spec_of(), k=5, seed=seed)


def isolated(train: Floats, count: int) -> NDArray[np.intp]:
    """The rows that are farthest from their fifth neighbour, by ranks."""
    ranks = np.argsort(np.argsort(train, axis=0), axis=0) / len(train)
    square = np.sum(ranks**2, axis=1)
    distance = square[:, None] + square[None] - 2 * ranks @ ranks.T
    order: NDArray[np.intp] = np.argsort(-np.partition(distance, 5, axis=1)[:, 5])
    return order[:count]


# --- generators ---


def fresh(train: Floats, rng: np.random.Generator) -> Floats:
    """Nothing of train."""
    return people(len(train), rng)


def copy(train: Floats, rng: np.random.Generator) -> Floats:
    """All of train."""
    return rng.permutation(train)


def jittered(train: Floats, rng: np.random.Generator, scale: float = 1e-3) -> Floats:
    """All of train, a little moved."""
    return np.asarray(train + scale * rng.normal(size=train.shape))


def partly(train: Floats, rng: np.random.Generator, share: float = 0.05) -> Floats:
    """A share of train, the rest fresh."""
    count = int(share * len(train))
    return np.vstack([train[rng.choice(len(train), count, replace=False)], people(len(train) - count, rng)])


def lonely(train: Floats, rng: np.random.Generator, count: int = 20, scale: float = 0.02) -> Floats:
    """The most isolated of train, moved, among fresh rows; `scale` in standard deviations of a column."""
    rows = train[isolated(train, count)]
    moved = rows + scale * train.std(axis=0) * rng.normal(size=rows.shape)
    return np.vstack([moved, people(len(train) - count, rng)])


def kernel(train: Floats, rng: np.random.Generator, width: float = 0.1) -> Floats:
    """A kernel density estimate of train: it memorises the more, the narrower."""
    rows = train[rng.integers(len(train), size=len(train))]
    return np.asarray(rows + width * train.std(axis=0) * rng.normal(size=rows.shape))
