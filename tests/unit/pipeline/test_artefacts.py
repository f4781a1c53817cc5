"""The linter of artefacts: what is planted is found in every kind of file, and what is made rightly passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from synth.data.encoding import NominalCodec
from synth.errors import ArtefactLeakError
from synth.pipeline.artefacts import Source, check_artefacts

N = 500
RNG = np.random.Generator(np.random.PCG64(3))
INCOME, WEIGHT = RNG.normal(50_000, 9_000, N), np.round(RNG.lognormal(11, 1, N), 2)
TABLE = pa.table(
    {
        "name": [f"Person Number{i}" for i in range(N)],
        "city": ["Springfield"] * (N - 3) + ["CANARYVILLE"] * 3,
        "income": INCOME,
        "weight": WEIGHT,
        "height": np.round(RNG.lognormal(12, 1, N), 2),
        "ratio": [53 / 35, 103 / 45, *RNG.random(N - 2)],
        "depth": np.round(RNG.lognormal(12, 1, N), 2),
        "born": pa.array(np.arange(N), pa.int32()).cast(pa.date32()),
    }
)
SOURCE = Source.of(TABLE, np.arange(N), 5)


def found(folder: Path) -> str:
    with pytest.raises(ArtefactLeakError) as caught:
        check_artefacts(folder, SOURCE)
    assert "CANARY" not in str(caught.value)
    assert {fault.code for fault in caught.value.faults} == {"artefact-leak"}
    return str(caught.value)


def text(content: object, name: str = "model.json") -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def arrays(*values: np.ndarray) -> Callable[[Path], object]:
    return lambda folder: np.savez(folder / "model.npz", *values)


ROW = [float(WEIGHT[7]), float(TABLE["height"][7].as_py()), float(TABLE["depth"][7].as_py())]


@pytest.mark.parametrize(
    "plant",
    [
        text({"categories": ["Springfield", "CANARYVILLE"]}),
        text({"note": "he lives in CANARYVILLE, they say"}),
        text({"CANARYVILLE": 1}),
        text("name: CANARYVILLE\n", "metadata.yaml"),
        text("<p>All of <b>CANARYVILLE</b></p>", "report.html"),
        text('<script type="application/json">{"x": ["CANARYVILLE"]}</script>', "report.html"),
        text({"first": "Person Number17"}),
        text({"minimum": "1970-03-05"}),
        text({"maximum": float(INCOME.max())}),
        text({"row": ROW}),
        text({"knots": np.sort(WEIGHT).tolist()}),
        text(
            {"values": NominalCodec.fit(pa.chunked_array([["CANARYVILLE"] * 9]), np.arange(9), 5).to_json()["values"]}
        ),
        arrays(np.array(ROW)),
        arrays(np.concatenate([RNG.normal(size=2000), ROW])),
        arrays(INCOME[:3]),
        arrays(np.array(["CANARYVILLE"])),
        arrays(np.argsort(np.argsort(INCOME))),
        text({"ranks": np.argsort(np.argsort(INCOME)).tolist()}),
    ],
)
def test_planted_value_or_row_is_found(plant: Callable[[Path], object], tmp_path: Path) -> None:
    plant(tmp_path)
    assert found(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        text({"categories": ["Springfield"], "shares": [1 / 3, 2 / 7]}),
        text({"rows": N, "n": 400, "knots": (np.sort(INCOME).reshape(-1, 5).mean(axis=1)).tolist()}),
        text({"means": [1.5142857142857142, 2.2888888888888888], "other": [1, 2, 3]}),
        text("<h1>Report on columns and privacy</h1>", "report.html"),
        arrays(np.arange(N)[RNG.permutation(N)], RNG.normal(size=N), RNG.random(3000)),
    ],
)
def test_means_shares_counts_and_pointers_pass(content: Callable[[Path], object], tmp_path: Path) -> None:
    content(tmp_path)
    check_artefacts(tmp_path, SOURCE)
    assert any(tmp_path.iterdir())
