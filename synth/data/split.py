"""Train, holdout and reference: three parts that share no entity (design.md section 1).

Rows keep their order inside a part and are never de-duplicated: equal rows may be different people.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synth.data.entities import Codes, entity_codes, key_codes
from synth.data.metadata import Table
from synth.errors import Fault, InvalidInputError, raise_all

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """A model sees `train`; `holdout` and `reference` never touch a model and only judge. Any part may be empty."""

    train: pa.Table
    holdout: pa.Table
    reference: pa.Table


def split(
    table: pa.Table,
    spec: Table,
    *,
    seed: int,
    holdout_share: float = 0.2,
    holdout: pa.Table | None = None,
    reference: pa.Table | None = None,
) -> Split:
    """Splits a table by entity; the same table, seed and share give the same parts.

    Args:
        table: the seed rows, as `conform` gives them.
        spec: the table's metadata; its entity key decides what must stay together.
        seed: of numpy's PCG64.
        holdout_share: share of the entities that judge (holdout and reference together), at least 0 and below 1;
            ignored where `holdout` is given.
        holdout: rows from elsewhere that judge; then the whole of `table` is train.
        reference: rows from elsewhere; otherwise half of the entities of the holdout, drawn by the seed.

    Raises:
        InvalidInputError: a share out of range, or an entity (by a declared key) in two parts.
    """
    if not 0 <= holdout_share < 1:
        rule, remedy = "the holdout's share must be at least 0 and below 1", "ask for such a share, 0.2 is usual"
        raise InvalidInputError(Fault("holdout-share", rule, f"it is {holdout_share}", remedy))
    rng = np.random.Generator(np.random.PCG64(seed))
    train, judges = (table, holdout) if holdout is not None else _divide(table, spec, holdout_share, rng)
    held, kept = _divide(judges, spec, 0.5, rng) if reference is None else (judges, reference)
    parts = Split(train, held, kept)
    if spec.entity_key and not (holdout is None and reference is None):
        raise_all(_overlaps(parts, spec))
    return parts


def carve_validation(codes: Codes, share: float, seed: int) -> Mask:
    """Draws the rows of train that steer a fit (early stopping, leaf sizes), whole entities only.

    Args:
        codes: entity of each row, from `entity_codes`, shape (n_rows,).
        share: share of the entities, at least 0 and below 1.
        seed: independent of the seed of `split`, even where the numbers are equal.

    Returns:
        True for validation rows, shape (n_rows,); all False for fewer than two entities.
    """
    return _drawn(codes, share, np.random.Generator(np.random.PCG64([seed, 1])))


def _divide(table: pa.Table, spec: Table, share: float, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    drawn = _drawn(entity_codes(table, spec), share, rng)
    return table.filter(pa.array(~drawn)), table.filter(pa.array(drawn))


def _drawn(codes: Codes, share: float, rng: np.random.Generator) -> Mask:
    """Rows of a random `share` of the entities: at least one entity and never the last one, where there are two."""
    n_entities = int(codes.max(initial=-1)) + 1
    n_drawn = min(max(round(share * n_entities), 1 if share > 0 else 0), max(n_entities - 1, 0))
    is_drawn = np.zeros(n_entities, dtype=bool)
    is_drawn[rng.permutation(n_entities)[:n_drawn]] = True
    return is_drawn[codes]


def _overlaps(parts: Split, spec: Table) -> list[Fault]:
    """One fault for each two parts that share entities."""
    tables = {"train": parts.train, "holdout": parts.holdout, "reference": parts.reference}
    keys = pa.concat_tables([part.select(list(spec.entity_key)) for part in tables.values()])
    ends = np.cumsum([part.num_rows for part in tables.values()])[:-1]
    entities = dict(zip(tables, map(np.unique, np.split(key_codes(keys, spec.entity_key), ends)), strict=True))
    counts = {(a, b): len(np.intersect1d(entities[a], entities[b])) for a, b in combinations(tables, 2)}
    return [_overlap(pair, count) for pair, count in counts.items() if count]


def _overlap(pair: tuple[str, ...], count: int) -> Fault:
    return Fault(
        "entity-overlap",
        f"{pair[0]} and {pair[1]} must not share an entity",
        f"{count} are in both",
        "take these entities out of one of the two, or let Synth split one file",
    )
