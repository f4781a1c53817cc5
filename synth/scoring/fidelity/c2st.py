"""Classifier two-sample test: can boosted trees tell synthetic rows from unseen real ones?

Statistic: the AUC of scikit-learn's HistGradientBoostingClassifier (150 rounds, defaults otherwise, categories
declared) on equally many synthetic and unseen rows, at most 20,000 each; mean of three stratified folds, each judged by
a model that did not see it. An entity's rows share a fold: a model that had learnt to recognise a person would tell
real rows apart for being hers. 0.5 means that they cannot be told apart; the value is not folded at 0.5.
Interval: DeLong's variance of each fold by entity, averaged over the disjoint folds; the trees are taken as given.
Source: Lopez-Paz and Oquab (2017), https://arxiv.org/abs/1610.06545; settings of design.md section 6.
Cost: about 5 s for 2 x 16,000 rows x 15 columns on one core.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from synth.scoring.estimates import Estimate, NotScorableError, auc
from synth.scoring.features import judge_settings, matrix
from synth.scoring.results import PartResult
from synth.scoring.samples import Samples, draw, entities, scored_columns

ROWS = 20_000
LEAST_ROWS = 30
FOLDS = 3


def c2st(samples: Samples) -> PartResult:
    """AUC of telling synthetic from unseen real rows; 0.5 is ideal.

    Raises:
        NotScorableError: fewer than 30 rows of either kind, or no scored column.
    """
    n = min(samples.unseen.num_rows, samples.synthetic.num_rows, ROWS)
    if n < LEAST_ROWS:
        raise NotScorableError("needs at least {least} unseen and synthetic rows each, has {n}", least=LEAST_ROWS, n=n)
    names = scored_columns(samples.spec)
    if not names:
        raise NotScorableError("no column is scored: all are keys, identifiers or free text")
    rng = samples.rng("c2st")
    real, synthetic = draw(samples.unseen, n, rng), draw(samples.synthetic, n, rng)
    features, nominal = matrix([synthetic.select(names), real.select(names)], samples.spec, names)
    who = np.concatenate([entities(synthetic, samples.spec), n + entities(real, samples.spec)])
    estimate = _cross_fitted(np.concatenate(features), np.arange(2 * n) < n, who, nominal, samples.seed)
    return PartResult(figure=estimate.figure(2 * n, "ideal", 0.5))


def _cross_fitted(
    X: NDArray[np.float64],
    is_synthetic: NDArray[np.bool_],
    who: NDArray[np.int64],
    nominal: NDArray[np.bool_],
    seed: int,
) -> Estimate:
    every_row_alone = len(np.unique(who)) == len(who)
    kind, groups = (StratifiedKFold, None) if every_row_alone else (StratifiedGroupKFold, who)
    folds = kind(FOLDS, shuffle=True, random_state=seed % 2**32)
    estimates = []
    for fit, test in folds.split(X, is_synthetic, groups):
        model = HistGradientBoostingClassifier(**judge_settings(nominal, seed)).fit(X[fit], is_synthetic[fit])
        score, truth = model.decision_function(X[test]), is_synthetic[test]
        if truth.all() or not truth.any():
            raise NotScorableError("too few entities to judge in {folds} folds", folds=FOLDS)
        estimates.append(auc(score[truth], score[~truth], who[test][truth], who[test][~truth]))
    se = np.sqrt(sum(fold.se**2 for fold in estimates)) / FOLDS
    return Estimate(float(np.mean([fold.value for fold in estimates])), float(se), sum(fold.n for fold in estimates))
