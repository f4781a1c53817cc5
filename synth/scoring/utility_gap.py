"""The gap in utility: how much worse does a model do on unseen rows for having learnt from synthetic ones?

Statistic: TRTR - TSTR (AUC or R2, see `utility`), both models judged on the same unseen rows; 0 is ideal, below 0 the
synthetic rows taught more. Both scores also by subgroup, on the group's unseen rows, where at least max(k, 30) entities
are there; classes of fewer than 10 rows in the group are left out.
Interval: of the difference of influences of each unseen entity, so that what is hard for both models cancels (DeLong's
paired comparison); the trees are taken as given.
Cost: one more fit of trees than TRTR alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.scoring.divisions import divisions
from synth.scoring.estimates import NotScorableError, Z, clustered_variance
from synth.scoring.fidelity.sides import sides_of
from synth.scoring.results import GroupScore, PairedResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import AnyFigure, Figure, NotAssessed
from synth.scoring.utility import LEAST_ROWS, Judged, described, judged, weighted_auc_influence
from synth.texts import say

LEAST_CLASS = 10

Floats = NDArray[np.float64]


def trtr(samples: Samples) -> PairedResult:
    """Utility of the train rows, the mark for TSTR, and how much TSTR is below it.

    Raises:
        NotScorableError: there is no TRTR.
    """
    of_train = judged(samples, samples.train)
    told = described(of_train).model_dump()
    try:
        of_file = judged(samples, samples.synthetic)
    except NotScorableError as reason:
        return PairedResult.model_validate({**told, "gap": NotAssessed(not_assessed=reason.text)})
    groups = _groups(samples, of_file, of_train)
    return PairedResult.model_validate({**told, "gap": gap(of_file, of_train), "groups": groups})


def gap(of_file: Judged, of_train: Judged) -> AnyFigure:
    """TRTR - TSTR with its paired interval; both must be judged on the same rows."""
    if of_train.target.task == "classification":
        # Codes of classes depend on the rows that were learnt from, but scores and influences do not.
        low, own = weighted_auc_influence(of_file.predicted, np.asarray(of_file.truth, np.int64))
        high, other = weighted_auc_influence(of_train.predicted, np.asarray(of_train.truth, np.int64))
        value, influence = high - low, other - own
    else:
        value, influence = _r2_gap(np.asarray(of_train.truth, np.float64), of_file.predicted, of_train.predicted)
    se = float(np.sqrt(clustered_variance(influence, of_train.who)))
    low_high = (value - Z * se, value + Z * se) if np.isfinite(se) else (None, None)
    n = of_train.test.num_rows
    return Figure(value=value, ci_low=low_high[0], ci_high=low_high[1], n=n, better="lower", ideal=0.0)


def _r2_gap(truth: Floats, of_file: Floats, of_train: Floats) -> tuple[float, Floats]:
    """Difference of two R2 and each row's influence on it (delta method)."""
    spread = (truth - truth.mean()) ** 2
    more = (truth - of_file) ** 2 - (truth - of_train) ** 2
    value = more.sum() / spread.sum()
    return float(value), (more - value * spread) / spread.sum()


def _groups(samples: Samples, of_file: Judged, of_train: Judged) -> list[GroupScore]:
    try:
        sides = sides_of(samples, "subgroups")
    except NotScorableError:
        return []
    found = []
    for division in divisions(samples.spec, samples.k, sides.who, (sides.real, of_train.test)):
        for i, label in enumerate(division.labels):
            inside = division.codes[1] == i
            scores = [_score(each, inside, max(samples.k, LEAST_ROWS)) for each in (of_file, of_train)]
            found.append(GroupScore(column=division.column, group=label, tstr=scores[0], trtr=scores[1]))
    return found


def _score(model: Judged, inside: NDArray[np.bool_], least: int) -> AnyFigure:
    if model.target.task == "classification":
        truth = np.asarray(model.truth, np.int64)
        inside = inside & (np.bincount(truth[inside], minlength=int(truth.max()) + 1) >= LEAST_CLASS)[truth]
    if len(np.unique(model.who[inside])) < least:
        return NotAssessed(not_assessed=say("the group has fewer than {least} unseen entities to test on", least=least))
    try:
        return model.estimate(inside).figure(int(inside.sum()), "higher", 1.0)
    except NotScorableError as reason:
        return NotAssessed(not_assessed=reason.text)
