"""How often do 95 % intervals of shapes hold the score they are about? Three constructions, several laws.

python -m benchmarks.coverage [--trials 300]

Each trial draws real and synthetic counts of a column from known laws, in 10 groups. "expected" is the mean score of
files of this size, "true" the score of the two laws themselves, which no file reaches where they are equal.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from synth.scoring.fidelity.groups import GROUPS, kolmogorov_smirnov, scores, total_variation
from synth.scoring.fidelity.sides import figure

Floats = NDArray[np.float64]
Distance = Callable[[Floats, Floats], Floats]
REPLICATES = 200


def laws(cells: int, tilt: float, *, bell: bool) -> tuple[Floats, Floats]:
    """A bell or 1 / rank over the cells, and the same tilted."""
    real = np.exp(-(np.linspace(-3, 3, cells) ** 2) / 2) if bell else 1 / np.arange(1.0, cells + 1)
    tilted = real * np.exp(tilt * np.linspace(-1, 1, cells))
    return real / real.sum(), tilted / tilted.sum()


def intervals(distance: Distance, real: Floats, synthetic: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Value (twice), then both ends of each construction, from counts of shape (GROUPS, cells)."""
    value, without = scores(distance, real, synthetic)
    jackknife = figure(np.r_[value, without], int(real.sum()))
    low, high = jackknife.ci_low, jackknife.ci_high
    assert low is not None
    assert high is not None
    drawn = [rng.poisson(side.sum(0), (REPLICATES, side.shape[1])).astype(np.float64) for side in (real, synthetic)]
    again = 1 - distance(*(side / side.sum(1, keepdims=True) for side in drawn))
    ends = np.quantile(again, [0.025, 0.975])
    return {
        "value": np.array([value, value]),
        "jackknife": np.array([low, high]),
        "percentile": ends,
        "basic": np.clip(2 * value - ends[::-1], 0, 1),
    }


def coverage(
    distance: Distance, law: tuple[Floats, Floats], rows: int, trials: int, rng: np.random.Generator
) -> tuple[float, float, dict[str, tuple[float, float]]]:
    """True and expected score, and by construction how often intervals hold the expected and the true one."""
    found = []
    for _ in range(trials):
        real, synthetic = (rng.multinomial(rows // GROUPS, side, size=GROUPS).astype(np.float64) for side in law)
        found.append(intervals(distance, real, synthetic, rng))
    true = 1 - float(distance(law[0][None], law[1][None])[0])
    expected = float(np.mean([each["value"] for each in found]))
    held = {
        name: (_held([each[name] for each in found], expected), _held([each[name] for each in found], true))
        for name in ("jackknife", "percentile", "basic")
    }
    return true, expected, held


def _held(ends: list[Floats], score: float) -> float:
    table = np.array(ends)
    return float(((table[:, 0] <= score + 1e-12) & (score - 1e-12 <= table[:, 1])).mean())


def lines(trials: int) -> Iterator[str]:
    """The table."""
    rng = np.random.default_rng(0)
    yield f"{'score':6}{'cells':>6}{'rows':>7}{'true':>8}{'expected':>10}  coverage of expected/true, by construction"
    for name, distance in (("KS", kolmogorov_smirnov), ("TV", total_variation)):
        for cells in (2, 10, 100):
            for tilt in (0.0, 0.06, 0.3):
                for rows in (300, 3000, 30_000):
                    law = laws(cells, tilt, bell=name == "KS")
                    true, expected, held = coverage(distance, law, rows, trials, rng)
                    shown = "  ".join(f"{key} {a:.2f}/{b:.2f}" for key, (a, b) in held.items())
                    yield f"{name:6}{cells:6}{rows:7}{true:8.4f}{expected:10.4f}  {shown}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=300)
    for line in lines(parser.parse_args().trials):
        print(line, flush=True)
