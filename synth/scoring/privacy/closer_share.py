"""Closer share: are synthetic rows nearer to train than to unseen rows? Shown because readers know it; proves nothing.

Threat model: none stated.
Statistic: share of synthetic rows whose nearest of equally many train and unseen rows is a train row; a tie counts half
(a strict comparison gives a copy of an all-categorical table full marks). 0.5 is what an honest file has, and what a
file that copied a few people has as well.
Interval: normal, by synthetic row.
Cost: at most 10,000 synthetic rows x 40,000 real rows.
Beside it the distributions of the distance to the nearest row (DCR) and of its ratio to the second nearest (NNDR).
Source: Platzer and Reutterer (2021), https://arxiv.org/abs/2104.00635.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.scoring.estimates import Estimate
from synth.scoring.privacy.matched import matched
from synth.scoring.privacy.neighbours import nearest
from synth.scoring.privacy.space import points
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Curve
from synth.texts import say

TITLE = say("Closer to train than to others")
THREAT = say("None: a distance is no attack, and passing proves nothing.")
ROWS = 10_000
SHARES = np.arange(1, 20) / 20
TINY = 1e-12


def closer_share(samples: Samples) -> CheckResult:
    """Measures the share.

    Raises:
        NotScorableError: too few rows.
    """
    parts = matched(samples, synthetic=ROWS)
    train, control, synthetic = points([parts.train, parts.control, parts.synthetic], samples.train, samples.spec)
    both = [nearest(synthetic, side, 2)[0] for side in (train, control)]
    near = [side[:, 0] for side in both]
    closer = np.where(near[0] < near[1], 1.0, np.where(near[0] == near[1], 0.5, 0.0))
    n = len(closer)
    estimate = Estimate(float(closer.mean()), float(closer.std(ddof=1) / np.sqrt(n)), n)
    measure = Measure(name="closer_share", value=estimate.value, se=estimate.se, n=n)
    curves = []
    for side, found in zip(("train", "unseen"), both, strict=True):
        ratio = found[:, 0] / np.maximum(found[:, 1], TINY)
        curves += [_curve(f"distance_{side}", found[:, 0]), _curve(f"distance_ratio_{side}", ratio)]
    return CheckResult(figure=estimate.figure(n, "ideal", 0.5), measures=(measure,), curves=tuple(curves))


def _curve(name: str, values: NDArray[np.float64]) -> Curve:
    """Distribution at twentieths: never a single row's distance."""
    return Curve(name=name, x=tuple(np.quantile(values, SHARES).round(4).tolist()), y=tuple(SHARES.tolist()))
