"""A small mixed table in which columns hang together, cut into parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Table
from synth.scoring.samples import Samples

SPEC = Table(
    columns={
        "size": Column(type=ColumnType.DECIMAL),
        "count": Column(type=ColumnType.INTEGER),
        "when": Column(type=ColumnType.DATETIME),
        "kind": Column(type=ColumnType.CATEGORY),
        "label": Column(type=ColumnType.BOOLEAN),
    }
)


def mixed_rows(n: int, seed: int) -> pa.Table:
    """Rows of `SPEC`; a tenth of the sizes and kinds is missing."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    kind = np.array(["a", "b's", "中", "d"])[np.clip(np.digitize(z + 0.3 * rng.normal(size=n), [-1, 0, 1]), 0, 3)]
    return pa.table(
        {
            "size": pa.array(z + 0.1 * rng.normal(size=n), mask=rng.random(n) < 0.1),
            "count": pa.array(np.floor(3 * np.exp(z / 2)).astype(np.int64)),
            "when": pa.array((1.6e9 + 1e6 * rng.random(n)).astype(np.int64), pa.timestamp("s")),
            "kind": pa.array(kind, mask=rng.random(n) < 0.1),
            "label": pa.array(z + 0.5 * rng.normal(size=n) > 0),
        }
    )


@pytest.fixture
def make_samples() -> Callable[..., Samples]:
    """Builds samples of the mixed table; any part may be given instead."""

    def make(n: int = 120, seed: int = 0, spec: Table = SPEC, **parts: pa.Table) -> Samples:
        names = ("train", "holdout", "reference", "synthetic")
        rows = {name: parts.get(name, mixed_rows(n, 10 * seed + i)) for i, name in enumerate(names)}
        return Samples(**rows, spec=spec, k=5, seed=seed)

    return make


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20_241_124)
