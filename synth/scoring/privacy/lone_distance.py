"""Nearest synthetic row of unusual people: the same question in a space in which the tails are wide.

Threat model: no box. The attacker holds the synthetic file and the target's row, and knows the population's margins.
Statistic: minus the distance to the nearest synthetic row by normal scores. On isolated records it finds what ranks
hide and what a ratio, with its two noisy distances, blurs.
Cost: shared with the distance against a reference.
Source: Meeus et al. (2023), Achilles' heels, https://arxiv.org/abs/2306.10308; the distance after Chen et al. (2020).
"""

from __future__ import annotations

from synth.scoring.privacy.world import Floats, World
from synth.texts import say

TITLE = say("Nearest synthetic row, tails widened")
THREAT = say(
    "Someone who holds the synthetic file and knows how common each value is asks whether a known, unusual person was "
    "in the training data."
)


def score(world: World) -> Floats:
    """Higher the nearer the nearest synthetic row."""
    return -world.tails_to_synthetic[:, 0]
