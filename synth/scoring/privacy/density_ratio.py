"""Density ratio: where synthetic rows crowd more than the population does, the model has seen someone.

Threat model: no box with a reference. The attacker holds the synthetic file, the target's row and other rows of the
same population that the model never saw.
Statistic: AUC of log(distance to the 5th nearest reference row / to the 5th nearest synthetic row), members against
non-members; 0.5 is guessing. Distances below 1e-9 count as 1e-9.
Interval: DeLong by entity (`synth.scoring.estimates.auc`).
Cost: targets x (synthetic + reference rows); about 6 s for 40,000 x 40,000 x 15 columns on one core.
Source: van Breugel et al. (2023), DOMIAS, https://arxiv.org/abs/2302.12580, with a nearest-neighbour density.
"""

from __future__ import annotations

import numpy as np

from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.membership import LEAST_ROWS, Floats, World, membership
from synth.scoring.privacy.neighbours import distances
from synth.scoring.results import AttackResult
from synth.scoring.samples import Samples

TITLE = "Density against a reference"
THREAT = (
    "Someone who holds the synthetic file and unrelated rows of the same population asks whether a known person was in "
    "the training data."
)
NEIGHBOUR = 5
CLOSEST = 1e-9


def density_ratio(samples: Samples) -> AttackResult:
    """Tries the attack.

    Raises:
        NotScorableError: too few rows.
    """
    if samples.reference.num_rows < LEAST_ROWS:
        raise NotScorableError(f"needs at least {LEAST_ROWS} reference rows, has {samples.reference.num_rows}")
    return membership(samples, _score)


def _score(world: World) -> Floats:
    far, near = (
        np.log(np.maximum(distances(world.targets, rows, NEIGHBOUR), CLOSEST))
        for rows in (world.reference, world.synthetic)
    )
    return np.asarray(far - near)
