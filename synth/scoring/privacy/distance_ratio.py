"""Distance ratio: a synthetic row that is nearer than anybody else of the population.

Threat model: no box with a reference. The attacker holds the synthetic file, the target's row and other rows of the
same population that the model never saw.
Statistic: log of the distance to the nearest reference row less that to the nearest synthetic row. Distances below 1e-9
count as 1e-9. Distances by normal scores, which keep isolated people apart.
Cost: targets x (synthetic + reference rows), shared with the other distance attacks.
Source: van Breugel et al. (2023), DOMIAS, https://arxiv.org/abs/2302.12580, with one neighbour.
"""

from __future__ import annotations

import numpy as np

from synth.scoring.privacy.world import Floats, World
from synth.texts import say

TITLE = say("Distance against a reference")
THREAT = say(
    "Someone who holds the synthetic file and unrelated rows of the same population asks whether a known person was in "
    "the training data, by one close row."
)
CLOSEST = 1e-9


def score(world: World) -> Floats:
    """Higher the nearer the nearest synthetic row is than the population."""
    return log_ratio(world.tails_to_reference, world.tails_to_synthetic, 1)


def log_ratio(to_reference: Floats, to_synthetic: Floats, neighbour: int) -> Floats:
    """Log of the distance to the n-th nearest reference row less that to the n-th nearest synthetic row."""
    k = min(neighbour, to_synthetic.shape[1], to_reference.shape[1]) - 1
    far, near = (np.log(np.maximum(d[:, k], CLOSEST)) for d in (to_reference, to_synthetic))
    return np.asarray(far - near)
