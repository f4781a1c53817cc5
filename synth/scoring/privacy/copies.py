"""Verbatim copies: synthetic rows that equal a train row which nobody else has.

Threat model: anyone who reads the synthetic file.
Statistic: a real row is *unique* where it occurs once among all real rows (train, holdout, reference), over scored
columns and raw values. `share` is the synthetic rows equal to a unique train row, by synthetic row. `control` is the
same against unseen rows, scaled to as many as train has: coincidences. `excess` = share - control, 0 is ideal. Using
one pool for uniqueness makes train and unseen rows exchangeable when the model has learnt nothing about single rows.
Intervals: matched real entities as weighted Poisson counts, exact limits with the effective count of Fay and Feuer
(1997), https://doi.org/10.1002/(SICI)1097-0258(19970415)16:7%3C791::AID-SIM500%3E3.0.CO;2-%23; the difference by
MOVER (Zou and Donner 2008), https://doi.org/10.1002/sim.3095. `share` is a count of this file and has none.
p-value: one-sided permutation of the train/unseen labels over entities that own a unique row; the number of matched
train entities is then hypergeometric.
Cost: about 0.3 s for 80,000 rows x 15 columns.
Limits: near copies are not counted; the attacks look for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from synth.scoring.columns import row_codes, shared_codes
from synth.scoring.estimates import NotScorableError
from synth.scoring.results import CopiesResult
from synth.scoring.samples import Samples, entities, scored_columns
from synth.scoring.scorecard import Figure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_ROWS = 30


def copies(samples: Samples) -> CopiesResult:
    """Copies of unique train rows, beside the same for unseen rows.

    Raises:
        NotScorableError: fewer than 30 train or unseen rows, no synthetic row, or no scored column.
    """
    n_train, n_unseen, n = samples.train.num_rows, samples.unseen.num_rows, samples.synthetic.num_rows
    if min(n_train, n_unseen) < LEAST_ROWS or not n:
        raise NotScorableError(
            "needs at least {least} train and unseen rows and one synthetic row, has {train}, {unseen} and {n}",
            least=LEAST_ROWS,
            train=n_train,
            unseen=n_unseen,
            n=n,
        )
    names = scored_columns(samples.spec)
    if not names:
        raise NotScorableError("no column is scored: all are keys, identifiers or free text")
    found = matches(samples, names)
    train_hits, unseen_hits = found.train, found.unseen
    scale = n_train / n_unseen / n
    share, control = train_hits.sum() / n, unseen_hits.sum() * scale
    low_s, high_s = (limit / n for limit in _poisson_limits(train_hits))
    low_c, high_c = (limit * scale for limit in _poisson_limits(unseen_hits))
    excess = share - control
    reach_low, reach_high = np.hypot(share - low_s, high_c - control), np.hypot(high_s - share, control - low_c)
    return CopiesResult(
        figure=_figure(excess, n, excess - reach_low, excess + reach_high),
        share=_figure(share, n),
        control=_figure(control, n, low_c, high_c),
        p_value=found.p_value(),
        unseen=n_unseen,
    )


def _figure(value: float, n: int, low: float | None = None, high: float | None = None) -> Figure:
    low, high = (None if limit is None else float(np.clip(limit, -1, 1)) for limit in (low, high))
    return Figure(value=float(value), ci_low=low, ci_high=high, n=n, better="lower", ideal=0.0)


@dataclass(frozen=True)
class Matches:
    """Synthetic copies of each train and each unseen entity that owns a unique row.

    Attributes:
        train, unseen: copies, one number an entity.
        owner: place in `train` of each train row's entity; -1 where the row is not unique.
    """

    train: Floats
    unseen: Floats
    owner: Ints

    def p_value(self, further: Ints | None = None) -> float:
        """Of "train is matched no more than unseen rows are"; `further` train rows count as matched too."""
        hit = self.train > 0
        if further is not None:
            owners = self.owner[further]
            hit = hit.copy()
            hit[owners[owners >= 0]] = True
        return _permutation_p(hit, self.unseen)


def matches(samples: Samples, names: list[str]) -> Matches:
    """Compares the rows of all parts by these columns."""
    train, unseen, synthetic = _same_rows([samples.train, samples.unseen, samples.synthetic], names)
    n_codes = int(max(part.max(initial=-1) for part in (train, unseen, synthetic))) + 1
    unique = np.bincount(np.concatenate([train, unseen]), minlength=n_codes) == 1
    made = np.bincount(synthetic, minlength=n_codes).astype(np.float64)
    hits, owner = _by_entity(made, unique, train, entities(samples.train, samples.spec))
    return Matches(hits, _by_entity(made, unique, unseen, entities(samples.unseen, samples.spec))[0], owner)


def _by_entity(made: Floats, unique: NDArray[np.bool_], rows: Ints, who: Ints) -> tuple[Floats, Ints]:
    held = unique[rows]
    owner = np.full(len(rows), -1, dtype=np.int64)
    owner[held] = np.unique(who[held], return_inverse=True)[1]
    return np.bincount(owner[held], weights=made[rows[held]]).astype(np.float64), owner


def _same_rows(tables: list[pa.Table], names: list[str]) -> list[Ints]:
    """Row codes, equal where rows are equal. A hash narrows the search; the equality itself is exact.

    Rows whose hash occurs once over all tables equal no other row and share no code with any.
    """
    codes = [shared_codes([table[name] for table in tables])[0] for name in names]
    hashed = np.concatenate([_hashed([column[i] for column in codes]) for i in range(len(tables))])
    _, inverse, counts = np.unique(hashed, return_inverse=True, return_counts=True)
    twice = counts[inverse] > 1
    sizes = np.cumsum([table.num_rows for table in tables])[:-1]
    masks = np.split(twice, sizes)
    out = np.empty(len(hashed), dtype=np.int64)
    out[twice] = np.concatenate(row_codes([[c[m] for c, m in zip(column, masks, strict=True)] for column in codes]))
    out[~twice] = np.arange(np.count_nonzero(~twice)) + (out[twice].max(initial=-1) + 1)
    return np.split(out, sizes)


def _hashed(columns: list[Ints]) -> NDArray[np.uint64]:
    """A 64-bit hash of each row's codes (the finaliser of splitmix64)."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        total += column.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        total ^= total >> np.uint64(31)
    return total


def _poisson_limits(hits: Floats) -> tuple[float, float]:
    """95 % limits of the expected sum of `hits`, each entity's copies being one weighted Poisson event."""
    total, weight = hits.sum(), np.square(hits).sum()
    if not total:
        return 0.0, float(stats.chi2.ppf(0.975, 2) / 2)
    size = weight / total
    count = total / size
    return (
        float(stats.chi2.ppf(0.025, 2 * count) / 2 * size),
        float(stats.chi2.ppf(0.975, 2 * count + 2) / 2 * size),
    )


def _permutation_p(train_hits: NDArray[Any], unseen_hits: NDArray[Any]) -> float:
    matched_train, matched = np.count_nonzero(train_hits), np.count_nonzero(train_hits) + np.count_nonzero(unseen_hits)
    if not matched:
        return 1.0
    everyone = len(train_hits) + len(unseen_hits)
    return float(stats.hypergeom.sf(matched_train - 1, everyone, len(train_hits), matched))
