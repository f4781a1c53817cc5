"""In/out twins: the same engine is fitted again on halves of train, and each record is in half of the fits.

Threat model: an auditor, or someone who can run the engine: holds a synthetic file, the target's row, and files of
the same engine about which he knows whether the target was in. Worst case of a black box.
Statistic: log distances of the record to the nearest and the 5th nearest row of each twin's file, by ranks and by
normal scores, in likelihood ratios (`likelihood`). AUC, TPR at 1 % and 10 % false alarms. No holdout is needed.
Interval: by entity, which is there once a twin and on both sides.
Worst records: for each entity and pair, whether its row is nearer in the file of the twin that saw it. An entity is
recognised where that is so in all pairs; by chance 1 in 2^pairs is. Entities with the largest smallest gap of one
sign, whatever the sign, are looked at: by chance half of the signs are wrong (p by Cauchy combination of the 10, 20,
50, 100 and of all). How many stand out at a false discovery rate of 10 % is the count of Barber and Candes (2015),
https://doi.org/10.1214/15-AOS1337.
Cost: as many fits as twins; targets x rows distances each.
Limits: a twin learns from half the rows, so it remembers single ones somewhat more than the file's own generator.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from synth.data.metadata import Table
from synth.scoring.estimates import Estimate, NotScorableError, auc_influence, clustered_variance
from synth.scoring.privacy.likelihood import likelihood_ratios
from synth.scoring.privacy.neighbours import nearest, width
from synth.scoring.privacy.space import points
from synth.scoring.privacy.world import LEAST_ROWS, LEAST_TARGETS, SELECTION, TARGETS, WORK
from synth.scoring.results import Measure, TwinsResult
from synth.scoring.samples import draw_places, scored_columns
from synth.scoring.scorecard import NotAssessed
from synth.scoring.significance import RESAMPLES, Z_ONE_SIDED, combined
from synth.texts import say

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

TITLE = say("In/out twins")
THREAT = say(
    "Someone who can run the same engine on data of his own choice compares this file with files of which he knows "
    "whether a person was in them."
)
CLOSEST = 1e-3
"""Distances below count as this; a copy must not be so far away on the log scale that it is all of the variance."""

NEIGHBOUR = 5
RATES = {"tpr": 0.01, "tpr_10": 0.1}
LEAST_FOR = {"tpr": 500, "tpr_10": 50}
TOPS = (10, 20, 50, 100)
FALSE_DISCOVERIES = 0.1


def halves(who: Ints, twins: int, rng: np.random.Generator) -> Mask:
    """Which rows each twin sees, shape (rows, twins): whole entities; twins 2m and 2m + 1 share them between them.

    Raises:
        NotScorableError: fewer than 30 entities.
    """
    n = int(who.max(initial=-1)) + 1
    if n < LEAST_ROWS:
        raise NotScorableError("needs at least {least} entities, has {n}", least=LEAST_ROWS, n=n)
    out = np.empty((n, twins), dtype=bool)
    for first in range(0, twins, 2):
        out[:, first] = rng.permutation(n) < n // 2
        out[:, first + 1] = ~out[:, first]
    return out[who]


def targets(n_rows: int, rng: np.random.Generator, most: int = TARGETS) -> Ints:
    """Which rows of the pool are attacked; blind to who is in which twin."""
    return draw_places(n_rows, most, rng)


def statistics(pool: pa.Table, chosen: Ints, synthetic: pa.Table, spec: Table) -> Floats:
    """How near the rows of one twin's file are to the chosen rows of the pool, shape (chosen, 4); higher is nearer.

    Raises:
        NotScorableError: too few rows, or no scored column.
    """
    if min(len(chosen), synthetic.num_rows) < LEAST_ROWS:
        raise NotScorableError("needs at least {least} rows of each kind", least=LEAST_ROWS)
    if not scored_columns(spec):
        raise NotScorableError("no column is scored: all are keys, identifiers or free text")
    columns = []
    for tails in (False, True):  # the whole pool spans the space: it is the same for those in and those out
        places = points([pool.take(pa.array(chosen)), synthetic], pool, spec, tails=tails)
        near = nearest(places[0], places[1], NEIGHBOUR)[0]
        columns += [-np.log(np.maximum(near[:, k], CLOSEST)) for k in (0, NEIGHBOUR - 1)]
    return np.column_stack(columns)


def affordable(pool: pa.Table, n_synthetic: int, spec: Table) -> int:
    """How many targets the work of one twin allows."""
    cost = SELECTION + width(*points([pool], pool, spec))
    return int(np.clip(WORK / cost / max(n_synthetic, 1) / 2, LEAST_TARGETS, TARGETS))


def judged(found: Floats, inside: Mask, who: Ints, rng: np.random.Generator) -> TwinsResult:
    """What the twins say.

    Args:
        found: shape (rows, twins, statistics), from `statistics`.
        inside: shape (rows, twins), from `halves`.
        who: entity of each row.
        rng: of the bootstrap.
    """
    scores = likelihood_ratios(found, inside)
    codes = np.unique(who, return_inverse=True)[1].astype(np.int64)
    estimate = average(scores, inside, codes)
    n, value = estimate.n, estimate.value
    return TwinsResult(
        figure=estimate.figure(n, "lower", 0.5),
        twins=inside.shape[1],
        rows=len(who),
        measures=(
            Measure(name="auc", value=value, se=estimate.se, n=n, upper=min(value + Z_ONE_SIDED * estimate.se, 1.0)),
            *_rates(scores, inside, codes, rng),
            recognised(found, inside, codes),
        ),
    )


def average(scores: Floats, inside: Mask, codes: Ints) -> Estimate:
    """AUC over all rows and twins; an entity's scores on both sides go together."""
    value, influence = auc_influence(scores.ravel(), inside.ravel())
    variance = clustered_variance(influence, np.repeat(codes, inside.shape[1]))
    return Estimate(value, float(np.sqrt(variance)), int(codes.max()) + 1)


def unassessed(reason: str, *, excused: bool) -> TwinsResult:
    """No twins; `excused` where the engine is too slow or absent, which the gate does not hold against the file."""
    gaps = tuple(Measure(name=name, not_assessed=reason) for name in ("auc", *RATES))
    return TwinsResult(figure=NotAssessed(not_assessed=reason), measures=() if excused else gaps, excused=excused)


def _rates(scores: Floats, inside: Mask, codes: Ints, rng: np.random.Generator) -> Iterator[Measure]:
    """Share of true memberships above the score that a share of the false ones reaches; bootstrap by entity."""
    n = int(codes.max()) + 1
    levels, place = np.unique(scores, return_inverse=True)
    place = (len(levels) - 1 - place).reshape(scores.shape)  # from the highest score down
    weights = [np.ones(n), *(rng.poisson(1.0, n).astype(np.float64) for _ in range(RESAMPLES))]
    curves = [_curve(place, inside, w[codes], len(levels)) for w in weights]
    for name, rate in RATES.items():
        if n < LEAST_FOR[name]:
            yield Measure(
                name=name, n=n, not_assessed=say("needs {least} entities, has {n}", least=LEAST_FOR[name], n=n)
            )
            continue
        value, *drawn = (float(np.interp(rate, *curve)) for curve in curves)
        exact = float(stats.beta.ppf(0.95, value * n + 1, max(n * (1 - value), 1e-9)))
        upper = 1.0 if value >= 1 else max(float(np.quantile(drawn, 0.95)), exact)
        yield Measure(name=name, value=value, se=float(np.std(drawn, ddof=1)), upper=upper, n=n)


def _curve(place: Ints, inside: Mask, weight: Floats, levels: int) -> tuple[Floats, Floats]:
    each = np.broadcast_to(weight[:, None], place.shape)
    hits, alarms = (
        np.cumsum(np.bincount(place[mask], weights=each[mask], minlength=levels)) for mask in (~inside, inside)
    )
    return np.r_[0.0, hits / hits[-1]], np.r_[0.0, alarms / alarms[-1]]


def recognised(found: Floats, inside: Mask, codes: Ints) -> Measure:
    """Entities that are nearer to the file of the twin that saw them in all pairs, beyond chance.

    `value` is how many stand out at a false discovery rate of 10 %, `attack` how many are recognised in all pairs, and
    `control` how many chance would give.
    """
    gap = gaps(found, inside, codes)
    pairs = gap.shape[1]
    sure = np.where((gap > 0).all(axis=1) | (gap < 0).all(axis=1), np.abs(gap).min(axis=1), 0.0)
    right: Mask = np.asarray((gap > 0).all(axis=1))
    order = np.argsort(-sure, kind="stable")[: int((sure > 0).sum())]
    hits = np.cumsum(right[order])
    sizes = [*(k for k in TOPS if k <= len(order)), len(order)] if len(order) else []
    return Measure(
        name="recognised",
        value=float(discoveries(right[order])),
        attack=float(right.sum()),
        control=len(gap) / 2**pairs,
        n=len(gap),
        p_value=combined(float(stats.binom.sf(hits[k - 1] - 1, k, 0.5)) for k in sizes),
    )


def gaps(found: Floats, inside: Mask, codes: Ints) -> Floats:
    """How much nearer each entity's nearest row is in the twin that saw it, shape (entities, pairs).

    The mean of the statistics, in standard deviations of a record's gap; an entity counts by its nearest row.
    """
    apart = found[:, ::2] - found[:, 1::2]
    scale = apart.reshape(-1, found.shape[2]).std(axis=0)
    near = (found / np.where(scale > 0, scale, np.inf)).mean(axis=2)
    best = np.full((int(codes.max()) + 1, found.shape[1]), -np.inf)
    np.maximum.at(best, codes, near)
    seen = np.zeros(best.shape, dtype=bool)
    seen[codes] = inside
    apart = best[:, ::2] - best[:, 1::2]
    return np.asarray(np.where(seen[:, ::2], apart, -apart))


def discoveries(right: Mask) -> int:
    """Most of the first signs, surest first, among which the rate of false discoveries is at most 10 %.

    >>> discoveries(np.array([True] * 12 + [False] * 12))
    12
    >>> discoveries(np.array([True] * 9))
    0
    """
    hits = np.cumsum(right)
    wrong = np.cumsum(~right)
    fine: Mask = (1 + wrong) <= FALSE_DISCOVERIES * hits
    return int(hits[fine].max(initial=0))
