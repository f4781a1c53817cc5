"""Relative distance: a synthetic row that is nearer to the target than to anybody else of the population.

Threat model: no box with a reference, as the distance ratio.
Statistic: of the 10 nearest synthetic rows the smallest distance, each divided by how isolated that synthetic row is
(mean distance to its 5 nearest reference rows), by normal scores. A ratio whose divisor belongs to the synthetic row
weighs those most that nobody of the population explains; in a file by a wide kernel it finds twice as many as a ratio
whose divisor belongs to the target. Equal rows that the reference has as well give 1.
Cost: the 10 nearest are shared with the other distance attacks; besides, synthetic rows that are some target's nearest
x reference rows.
Source: own; the distance ratio (van Breugel et al. 2023, DOMIAS, https://arxiv.org/abs/2302.12580) taken at the
synthetic row.
"""

from __future__ import annotations

import numpy as np

from synth.scoring.privacy.distance_ratio import CLOSEST
from synth.scoring.privacy.world import Floats, World
from synth.texts import say

TITLE = say("Distance against the row's own surroundings")
THREAT = say(
    "Someone who holds the synthetic file and unrelated rows of the same population asks whether a known person was in "
    "the training data, by a synthetic row that is close to that person and to nobody else."
)


def score(world: World) -> Floats:
    """Higher the nearer a synthetic row is, measured by its distance from the population."""
    isolation = world.isolation_of_nearest
    distance = world.tails_to_synthetic[:, : isolation.shape[1]]
    return -np.asarray(np.min((distance + CLOSEST) / (isolation + CLOSEST), axis=1), dtype=np.float64)
