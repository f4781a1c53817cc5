"""Classifier: a model that tells synthetic rows from the population is asked about the target.

Threat model: no box with a reference, as the density ratio.
Statistic: log odds of "synthetic" by gradient-boosted trees that learn synthetic rows against reference rows. No target
is among the rows that it learns from.
Cost: one fit on at most 20,000 rows of each kind, a few seconds.
Source: Hayes et al. (2019), LOGAN, https://arxiv.org/abs/1705.07663, without access to the generator.
"""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from synth.scoring.estimates import NotScorableError
from synth.scoring.features import informative, judge_settings, matrix
from synth.scoring.privacy.world import LEAST_ROWS, Floats, World
from synth.scoring.samples import draw, scored_columns
from synth.texts import say

TITLE = say("Classifier against a reference")
THREAT = say(
    "Someone who holds the synthetic file and unrelated rows of the same population trains a model to tell them apart, "
    "and asks it about a known person."
)
MOST_ROWS = 20_000


def score(world: World) -> Floats:
    """Higher the more a target looks like a synthetic row."""
    rng = np.random.default_rng((world.seed, 9))
    n = min(world.synthetic.num_rows, world.reference.num_rows, MOST_ROWS)
    if n < LEAST_ROWS:
        raise NotScorableError(
            "needs at least {least} reference rows, has {n}", least=LEAST_ROWS, n=world.reference.num_rows
        )
    tables = [draw(world.synthetic, n, rng), draw(world.reference, n, rng), world.members, world.others]
    parts, nominal = matrix(tables, world.spec, scored_columns(world.spec))
    learn = np.vstack(parts[:2])
    told = informative(learn)
    if not told.any():
        raise NotScorableError("every scored column is missing in all rows")
    model = HistGradientBoostingClassifier(**judge_settings(nominal[told], world.seed))
    model.fit(learn[:, told], np.r_[np.ones(n), np.zeros(n)])
    return np.asarray(model.decision_function(np.vstack(parts[2:])[:, told]), dtype=np.float64)
