"""Holdout: can train and unseen rows be told apart without the synthetic file? Then no attack means anything.

Threat model: none; the evaluator checks the control group.
Statistic: AUC of trees that learn train against unseen rows on half of the entities, judged on the other half; 0.5 is
ideal. (Cross-fitted scores use every row, but their errors hang together: too many small p-values.) Entities on both
sides were refused when the rows were split, and are counted once more.
p-value: one-sided, by DeLong's error by entity.
Cost: a fit on at most 10,000 rows of each kind.
Source: Das et al. (2024), blind baselines beat membership attacks, https://arxiv.org/abs/2406.16201.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from sklearn.ensemble import HistGradientBoostingClassifier

from synth.data.entities import key_codes
from synth.scoring.estimates import NotScorableError, auc
from synth.scoring.features import informative, judge_settings, matrix
from synth.scoring.privacy.matched import matched
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples, entities, scored_columns
from synth.scoring.scorecard import Figure
from synth.texts import say

TITLE = say("The control group")
THREAT = say("Whether train and unseen rows can be told apart before anything is attacked.")


def holdout(samples: Samples) -> CheckResult:
    """Checks the control group.

    Raises:
        NotScorableError: too few rows.
    """
    parts = matched(samples)
    sides, nominal = matrix([parts.train, parts.control], samples.spec, scored_columns(samples.spec))
    rng = samples.rng("blind baseline")
    who = (parts.who_train, parts.who_control)
    learns = [rng.permutation(int(w.max()) + 1)[w] % 2 == 0 for w in who]
    if min(min(half.sum(), (~half).sum()) for half in learns) < 2:
        raise NotScorableError("too few entities")
    learn = [side[half] for side, half in zip(sides, learns, strict=True)]
    told = informative(np.vstack(learn))
    if not told.any():
        raise NotScorableError("every scored column is missing in all rows")
    model = HistGradientBoostingClassifier(**judge_settings(nominal[told], samples.seed))
    model.fit(np.vstack(learn)[:, told], np.r_[np.ones(len(learn[0])), np.zeros(len(learn[1]))])
    scores = [model.decision_function(side[~half][:, told]) for side, half in zip(sides, learns, strict=True)]
    estimate = auc(scores[0], scores[1], *(w[~half] for w, half in zip(who, learns, strict=True)))
    blind = Measure(
        name="blind_baseline", value=estimate.value, se=estimate.se, n=estimate.n, p_value=estimate.p_above(0.5)
    )
    people = len(np.unique(entities(samples.train, samples.spec)))
    overlap = Measure(name="entity_overlap", n=people, attack=float(_overlap(samples)))
    figure = estimate.figure(len(scores[0]) + len(scores[1]), "ideal", 0.5)
    return CheckResult(figure=Figure.model_validate(figure), measures=(blind, overlap))


def _overlap(samples: Samples) -> int:
    """Entities that are on both sides; where no key is declared every row is its own."""
    key = list(samples.spec.entity_key)
    if not key:
        return 0
    sides = [samples.train.select(key), samples.unseen.select(key)]
    codes = key_codes(pa.concat_tables(sides, promote_options="permissive"), key)
    return len(np.intersect1d(codes[: sides[0].num_rows], codes[sides[0].num_rows :]))
