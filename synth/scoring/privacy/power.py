"""Power: would this very review have found a leak? Real rows are hidden in the file, and the alarm must go off.

Threat model: none; the evaluator checks the attacks.
Statistic: for k = 10, 20, 50, 100, ... the share of 20 trials in which k train rows, half of them among the most
isolated, added to the synthetic file raise an alarm: the test of verbatim copies, of the highest scores or of the
isolated records falls below `ALARM`. The limit of detection is the smallest k of which at least 95 % are found; the
trials without any row show how often the alarm is false. Where the attacks' targets are a sample of train, a hidden row
is among them as often as a row of train is, so that k counts rows of the file and not of the sample.
Interval: exact (Clopper-Pearson) for the share at the limit.
Cost: targets x k distances a trial.
Source: own; no tool that was read has it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from synth.scoring.estimates import NotScorableError, roc
from synth.scoring.privacy import nearest_distance
from synth.scoring.privacy.copies import matches
from synth.scoring.privacy.membership import Score, sides_of, tests
from synth.scoring.privacy.space import Points
from synth.scoring.privacy.world import NEIGHBOURS, World, joined, world_of
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples, scored_columns
from synth.scoring.scorecard import Curve, Figure
from synth.scoring.significance import combined
from synth.texts import say

TITLE = say("Power of this review")
THREAT = say("Whether the tests would have raised an alarm had the file held copies of real rows.")
TRIALS = 20
FOUND = 0.95
ALARM = 0.001
"""p below which a test of the gate alarms: 1 % shared by Holm's procedure between its hypotheses."""

SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
CELLS = 20_000_000
ISOLATED_SHARE = 0.1


def power(samples: Samples, attacks: Mapping[str, Score]) -> CheckResult:
    """Finds the limit of detection.

    Args:
        samples: with the synthetic file as it is.
        attacks: those whose scores are made of the neighbours' distances alone.

    Raises:
        NotScorableError: too few rows.
    """
    world = world_of(samples)
    if len(world.places[3]) < 30:
        raise NotScorableError("needs at least 30 reference rows")
    rng = samples.rng("power")
    spikes = _Spikes(samples, world, attacks, rng)
    found = {0: spikes.share(0)}
    limit = 0
    for k in (size for size in SIZES if size <= max(10, samples.synthetic.num_rows, 1) and size <= spikes.most):
        found[k] = spikes.share(k)
        if found[k] >= FOUND:
            limit = k
            break
    measures = [
        Measure(name="detected", about=str(k), n=TRIALS, value=share, attack=share) for k, share in found.items()
    ]
    measures.append(_limit(limit, samples.synthetic.num_rows))
    curves = (spikes.curve(limit),) if limit else ()
    n = samples.synthetic.num_rows
    value = float(limit) if limit else float(n)
    return CheckResult(
        figure=Figure(value=value, n=n, better="lower", ideal=0.0), measures=tuple(measures), curves=curves
    )


def _limit(limit: int, n: int) -> Measure:
    if not limit:
        return Measure(
            name="limit_of_detection", n=n, not_assessed=say("no number of copied rows was found in 95 % of trials")
        )
    low = float(stats.beta.ppf(0.05, TRIALS, 1))  # of 20 out of 20
    return Measure(name="limit_of_detection", n=n, value=float(limit), control=low)


class _Spikes:
    """Hides train rows in the synthetic file and looks whether anything alarms."""

    def __init__(self, samples: Samples, world: World, attacks: Mapping[str, Score], rng: np.random.Generator) -> None:
        self._samples, self._world, self._attacks, self._rng = samples, world, attacks, rng
        self._matches = matches(samples, scored_columns(samples.spec))
        lone = world.isolation[: world.n_members]
        self._isolated = np.argsort(-lone)[: max(int(len(lone) * ISOLATED_SHARE), 20)]
        self._attacked = world.n_members / samples.train.num_rows
        self.most = world.n_members // 2

    def share(self, k: int) -> float:
        """Share of trials with k rows in which something alarms."""
        return float(np.mean([self._alarms(k) for _ in range(TRIALS)]))

    def curve(self, k: int) -> Curve:
        """ROC of k hidden rows against people of whom nothing is in the file, by the nearest synthetic row."""
        chosen = self._chosen(k)
        scores = nearest_distance.score(self._spiked(chosen))
        fpr, tpr = roc(scores[chosen], scores[self._world.n_members :])
        return Curve(name="spiked_roc", x=tuple(fpr.tolist()), y=tuple(tpr.tolist()))

    def _chosen(self, k: int) -> NDArray[np.int64]:
        """About half of k rows from the most isolated, the rest from all."""
        half = self._rng.choice(self._isolated, min(k // 2, len(self._isolated)), replace=False)
        rest = self._rng.choice(self._world.n_members, k - len(half), replace=False)
        return np.unique(np.r_[half, rest].astype(np.int64))

    def _spiked(self, chosen: NDArray[np.int64]) -> World:
        if not len(chosen):
            return self._world
        world = self._world
        return world.spiked(*(_to(joined(four), four[0], chosen) for four in (world.places, world.tails)))

    def _alarms(self, k: int) -> bool:
        chosen = self._chosen(k)
        p_copies = self._matches.p_value(self._world.member_rows[chosen])
        if p_copies < ALARM:
            return True
        if self._attacked < 1:
            chosen = chosen[self._rng.random(len(chosen)) < self._attacked]
        world = self._spiked(chosen)
        rng = np.random.default_rng(int(self._rng.integers(2**32)))
        found = [list(tests(sides_of(world, score(world)), rng)) for score in self._attacks.values()]
        return any(combined(p for m in found if (p := m[i].p_value) is not None) < ALARM for i in (0, 1))


def _to(targets: Points, members: Points, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Distances from all targets to the chosen members, those to the nearest ten."""
    rows = Points(members.ranks[chosen], members.codes[chosen])
    out = []
    step = max(1, CELLS // max(len(rows), 1))
    for start in range(0, len(targets), step):
        part = slice(start, start + step)
        total = np.zeros((len(targets.ranks[part]), len(rows)))
        for j in range(rows.ranks.shape[1]):
            total += np.square(targets.ranks[part, j, None] - rows.ranks[None, :, j])
        for j in range(rows.codes.shape[1]):
            total += targets.codes[part, j, None] != rows.codes[None, :, j]
        if total.shape[1] > NEIGHBOURS:
            total = np.partition(total, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        out.append(np.sqrt(total))
    return np.vstack(out)
