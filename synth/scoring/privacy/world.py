"""What a membership attacker may look at: targets, the synthetic file, and unrelated rows of the population.

Members are drawn from train and non-members from the holdout, up to 20,000 each; synthetic rows up to 200,000. Where
rows x columns make that too dear (`WORK`), fewer are drawn, down to 5,000 of each kind before the synthetic rows are
thinned. The sizes used are part of the result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.metadata import Table
from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.neighbours import nearest, width
from synth.scoring.privacy.space import Points, points
from synth.scoring.samples import Samples, draw, draw_places, entities, scored_columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Four = tuple[Points, Points, Points, Points]
"""Members, others, synthetic and reference rows."""

TARGETS = 20_000
LEAST_TARGETS = 5_000
SYNTHETIC = 200_000
REFERENCE = 200_000
LEAST_ROWS = 30
NEIGHBOURS = 10
"""Nearest rows of each kind that attacks may use."""

WORK = 4e11
"""Multiplications that one search for neighbours may cost, about 12 s on one core: 100,000 synthetic rows of 30 columns
are held against 5,000 targets of each kind, smaller tables against more."""

SELECTION = 40
"""Choosing candidates costs as much as so many multiplications per pair (measured)."""


@dataclass(frozen=True)
class World:
    """One attacker's view.

    Attributes:
        members, others: the targets, rows.
        member_rows: places of the members in train.
        who_members, who_others: entity of each.
        synthetic, reference: rows that the attacker holds; the reference may be empty.
        places: the same four in the space of ranks.
        tails: the same four in the space of normal scores, which keeps isolated people apart.
        spec: what the columns mean.
        seed: of trained attacks.
    """

    members: pa.Table
    others: pa.Table
    member_rows: Ints
    who_members: Ints
    who_others: Ints
    synthetic: pa.Table
    reference: pa.Table
    places: Four
    tails: Four
    spec: Table
    seed: int

    @property
    def n_members(self) -> int:
        """How many of the targets are members; they come first."""
        return len(self.member_rows)

    @cached_property
    def to_synthetic(self) -> Floats:
        """Distances to the nearest synthetic rows by ranks, rising, shape (targets, at most `NEIGHBOURS`)."""
        return _near(self.places, 2)

    @cached_property
    def to_reference(self) -> Floats:
        """The same for reference rows.

        Raises:
            NotScorableError: there are too few of them.
        """
        self._needs_reference()
        return _near(self.places, 3)

    @cached_property
    def tails_to_synthetic(self) -> Floats:
        """As `to_synthetic`, by normal scores."""
        return self._tails_nearest[0]

    @cached_property
    def _tails_nearest(self) -> tuple[Floats, Ints]:
        """Distances to the nearest synthetic rows by normal scores, and which rows these are."""
        return nearest(joined(self.tails), self.tails[2], min(NEIGHBOURS, len(self.tails[2])))

    @cached_property
    def tails_to_reference(self) -> Floats:
        """As `to_reference`, by normal scores."""
        self._needs_reference()
        return _near(self.tails, 3)

    @cached_property
    def isolation(self) -> Floats:
        """Mean distance to the 5 nearest reference rows by normal scores: how unusual a target is, seen or not."""
        return np.asarray(self.tails_to_reference[:, :5].mean(axis=1))

    @cached_property
    def isolation_of_nearest(self) -> Floats:
        """How unusual each of a target's nearest synthetic rows is (see `isolation`), shape (targets, at most 10).

        Where ten are too dear (`WORK`) fewer of the nearest are looked at.

        Raises:
            NotScorableError: there are too few reference rows.
        """
        self._needs_reference()
        near = self._tails_nearest[1]
        cost = (SELECTION + width(*self.tails)) * len(self.tails[3]) * len(near)
        near = near[:, : int(np.clip(WORK / cost, 1, near.shape[1]))]
        rows, place = np.unique(near, return_inverse=True)
        synthetic = Points(self.tails[2].ranks[rows], self.tails[2].codes[rows])
        lone = nearest(synthetic, self.tails[3], 5)[0].mean(axis=1)
        return np.asarray(lone[place].reshape(near.shape))

    def _needs_reference(self) -> None:
        if len(self.places[3]) < LEAST_ROWS:
            raise NotScorableError(
                "needs at least {least} reference rows, has {n}", least=LEAST_ROWS, n=len(self.places[3])
            )

    def spiked(self, by_ranks: Floats, by_tails: Floats) -> World:
        """The same with further synthetic rows, whose distances to the targets are given."""
        more = replace(self)
        more.__dict__.update(  # where cached_property keeps them
            to_synthetic=_merged(self.to_synthetic, by_ranks),
            tails_to_synthetic=_merged(self.tails_to_synthetic, by_tails),
            to_reference=self.to_reference,
            tails_to_reference=self.tails_to_reference,
            isolation=self.isolation,
        )
        return more


def joined(places: Four) -> Points:
    """The targets: members, then others."""
    a, b = places[:2]
    return Points(np.vstack([a.ranks, b.ranks]), np.vstack([a.codes, b.codes]))


def _near(places: Four, side: int) -> Floats:
    return nearest(joined(places), places[side], min(NEIGHBOURS, len(places[side])))[0]


def _merged(near: Floats, further: Floats) -> Floats:
    return np.sort(np.hstack([near, further]), axis=1)[:, : near.shape[1]]


def world_of(samples: Samples) -> World:
    """Draws the targets and places everybody.

    Raises:
        NotScorableError: fewer than 30 members, non-members or synthetic rows, or no scored column.
    """
    counts = [table.num_rows for table in (samples.train, samples.holdout, samples.synthetic)]
    if min(counts) < LEAST_ROWS:
        raise NotScorableError(
            "needs at least {least} train, holdout and synthetic rows each, has {train}, {holdout} and {synthetic}",
            least=LEAST_ROWS,
            train=counts[0],
            holdout=counts[1],
            synthetic=counts[2],
        )
    if not scored_columns(samples.spec):
        raise NotScorableError("no column is scored: all are keys, identifiers or free text")
    rows, others, synthetic, reference = _drawn(samples)
    members = samples.train.take(pa.array(rows))
    tables = [members, others, synthetic, reference]
    # Not by train: a scale that ends at the outermost members would tell them from others without the synthetic file.
    everybody = pa.concat_tables(
        [part.select(scored_columns(samples.spec)) for part in (samples.train, samples.holdout, samples.reference)],
        promote_options="permissive",
    )
    places = points(tables, everybody, samples.spec)
    scale = reference if reference.num_rows >= LEAST_ROWS else samples.train
    tails = points(tables, scale, samples.spec, tails=True)
    return World(
        members=members,
        others=others,
        member_rows=rows,
        who_members=entities(members, samples.spec),
        who_others=entities(others, samples.spec),
        synthetic=synthetic,
        reference=reference,
        places=(places[0], places[1], places[2], places[3]),
        tails=(tails[0], tails[1], tails[2], tails[3]),
        spec=samples.spec,
        seed=samples.seed,
    )


def _drawn(samples: Samples) -> tuple[Ints, pa.Table, pa.Table, pa.Table]:
    rng = samples.rng("membership")
    synthetic, reference = draw(samples.synthetic, SYNTHETIC, rng), draw(samples.reference, REFERENCE, rng)
    cost = SELECTION + width(*points([synthetic, reference], samples.train, samples.spec))
    targets = int(np.clip(WORK / cost / (synthetic.num_rows + reference.num_rows) / 2, LEAST_TARGETS, TARGETS))
    members, others = draw_places(samples.train.num_rows, targets, rng), draw(samples.holdout, targets, rng)
    affordable = WORK / cost / (len(members) + others.num_rows)
    share = min(1.0, affordable / (synthetic.num_rows + reference.num_rows))
    if share < 1:
        synthetic = draw(synthetic, max(LEAST_TARGETS, int(share * synthetic.num_rows)), rng)
        reference = draw(reference, max(LEAST_TARGETS, int(share * reference.num_rows)), rng)
    return members, others, synthetic, reference
