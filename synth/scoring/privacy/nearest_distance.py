"""Nearest distance: a target that lies close to some synthetic row was probably a train row.

Threat model: no box. The attacker holds the synthetic file and the target's row, nothing else.
Statistic: AUC of -(distance to the nearest synthetic row), members against non-members; 0.5 is guessing.
Interval: DeLong by entity (`synth.scoring.estimates.auc`).
Cost: targets x synthetic rows; about 5 s for 40,000 x 32,000 x 15 columns on one core.
Source: Chen et al. (2020), GAN-Leaks, https://arxiv.org/abs/1909.03935.
"""

from __future__ import annotations

from synth.scoring.privacy.membership import Floats, World, membership
from synth.scoring.privacy.neighbours import distances
from synth.scoring.results import AttackResult
from synth.scoring.samples import Samples

TITLE = "Nearest synthetic row"
THREAT = "Someone who holds only the synthetic file asks whether a known person was in the training data."


def nearest_distance(samples: Samples) -> AttackResult:
    """Tries the attack.

    Raises:
        NotScorableError: too few rows.
    """
    return membership(samples, _score)


def _score(world: World) -> Floats:
    return -distances(world.targets, world.synthetic, 1)
