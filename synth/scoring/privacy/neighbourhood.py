"""Neighbourhood: among the nearest rows of either kind, how many are synthetic.

Threat model: no box with a reference, as the density ratio.
Statistic: share of synthetic rows among the 10 nearest of synthetic and reference rows together, nearer ones weighing
more (1, 1/2, 1/3, ...), by normal scores. Equal distances count for both kinds alike.
Cost: shared with the other distance attacks.
Source: Ward et al. (2024), Data Plagiarism Index, https://arxiv.org/abs/2406.13012, with ranks for weights.
"""

from __future__ import annotations

import numpy as np

from synth.scoring.privacy.world import Floats, World
from synth.texts import say

TITLE = say("Neighbourhood")
THREAT = say(
    "Someone who holds the synthetic file and unrelated rows of the same population asks whether a known person was in "
    "the training data, by who the nearest rows are."
)


def score(world: World) -> Floats:
    """Higher the more of the nearest rows are synthetic, in [0, 1]."""
    near, far = world.tails_to_synthetic, world.tails_to_reference
    both = np.hstack([near, far])
    is_synthetic = np.r_[np.ones(near.shape[1]), np.zeros(far.shape[1])]
    n = min(near.shape[1], far.shape[1])
    weights = 1 / np.arange(1, n + 1)
    orders = [np.argsort(x, axis=1, kind="stable")[:, :n] for x in (both, np.hstack([far, near]))]
    first = is_synthetic[orders[0]] @ weights  # ties: synthetic rows first, then reference rows first
    second = np.r_[np.zeros(far.shape[1]), np.ones(near.shape[1])][orders[1]] @ weights
    return np.asarray((first + second) / (2 * weights.sum()))
