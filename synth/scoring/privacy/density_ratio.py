"""Density ratio: where synthetic rows crowd more than the population does, the model has seen someone.

Threat model: no box with a reference. The attacker holds the synthetic file, the target's row and other rows of the
same population that the model never saw.
Statistic: log(distance to the 5th nearest reference row / to the 5th nearest synthetic row).
Cost: targets x (synthetic + reference rows), shared with the other distance attacks.
Source: van Breugel et al. (2023), DOMIAS, https://arxiv.org/abs/2302.12580, with a nearest-neighbour density.
"""

from __future__ import annotations

from synth.scoring.privacy.distance_ratio import log_ratio
from synth.scoring.privacy.world import Floats, World
from synth.texts import say

TITLE = say("Density against a reference")
THREAT = say(
    "Someone who holds the synthetic file and unrelated rows of the same population asks whether a known person was in "
    "the training data, by how crowded the place is."
)
NEIGHBOUR = 5


def score(world: World) -> Floats:
    """Higher the denser synthetic rows lie than the population."""
    return log_ratio(world.to_reference, world.to_synthetic, NEIGHBOUR)
