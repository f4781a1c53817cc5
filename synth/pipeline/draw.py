"""Exactly the rows asked for, each keeping every rule: what breaks one is drawn again from the same law.

Rejection leaves the engine's law conditional on the rules. Randomness stays counter-based: the rows that replace those
of a block come from draws keyed by (seed, attempt, block), so that rows do not depend on shards or executor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import count

import numpy as np
import pyarrow as pa

from synth.data.rules_check import violations
from synth.errors import Fault, SampleShortfallError
from synth.pipeline.prepare import Preparation
from synth.synthesizer import BLOCK_ROWS, blocks_of

Draw = Callable[[range, int], Iterator[pa.Table]]
"""Rows of an engine: their numbers (starting on a block boundary) and a seed; pieces of any size."""

DRAWS_PER_ROW = 64
"""Draws for each row of a block before the rules count as too narrow; chosen, not tuned."""


FRUITLESS = 8
"""Blocks in a row without a new row before different rows count as used up; chosen, not tuned."""


def drawn_rows(draw: Draw, preparation: Preparation, rows: range, seed: int) -> Iterator[pa.Table]:
    """Rows with these numbers, complete and by the rules; uniqueness over the table is left to `made_unique`.

    Raises:
        SampleShortfallError: too few rows keep the rules; says how many were reached.
    """
    made = 0
    for block, piece in _by_block(draw(rows, seed), rows):
        kept = _by_rules(draw, preparation, piece, block, seed, made, len(rows))
        first = block * BLOCK_ROWS
        yield preparation.completed(kept, range(first, first + kept.num_rows), seed)
        made += kept.num_rows


def _by_block(pieces: Iterator[pa.Table], rows: range) -> Iterator[tuple[int, pa.Table]]:
    """Cuts pieces of any size into blocks."""
    held: list[pa.Table] = []
    for block, wanted in blocks_of(rows):
        while sum(piece.num_rows for piece in held) < wanted:
            piece = next(pieces, None)
            if piece is None:
                raise _shortfall(block * BLOCK_ROWS - rows.start + sum(p.num_rows for p in held), len(rows))
            held.append(piece)
        whole = pa.concat_tables(held)
        held = [whole.slice(wanted)]
        yield block, whole.slice(0, wanted)
    if any(piece.num_rows for piece in held) or next(pieces, None) is not None:
        raise _shortfall(len(rows) + 1, len(rows))


def _by_rules(
    draw: Draw, preparation: Preparation, piece: pa.Table, block: int, seed: int, made: int, total: int
) -> pa.Table:
    rows, broken = preparation.rebuilt(piece)
    wanted, tried = piece.num_rows, piece.num_rows
    good = [rows.filter(pa.array(~broken)) if broken.any() else rows]
    have = good[0].num_rows
    for attempt in count(1):
        if have >= wanted:
            break
        if tried >= DRAWS_PER_ROW * max(wanted, BLOCK_ROWS):
            raise _too_narrow(made + have, total)
        rate = max(have / tried, 1 / DRAWS_PER_ROW)
        n = min(int((wanted - have) / rate * 1.1) + 8, BLOCK_ROWS)
        start = block * BLOCK_ROWS
        again = pa.concat_tables(draw(range(start, start + n), seed_of(seed, "again", attempt)))
        rows, broken = preparation.rebuilt(again)
        good.append(rows.filter(pa.array(~broken)))
        tried, have = tried + n, have + good[-1].num_rows
    return pa.concat_tables(good).slice(0, wanted) if len(good) > 1 else good[0]


def seed_of(seed: int, *what: object) -> int:
    """A seed of its own for a further draw."""
    return int.from_bytes(blake2b(repr((seed, *what)).encode(), digest_size=7).digest(), "little")


def made_unique(
    pieces: Iterator[pa.Table], draw: Draw, preparation: Preparation, total: int, seed: int
) -> Iterator[pa.Table]:
    """Leaves out rows that repeat what must be unique, and adds further rows at the end until there are `total`.

    Raises:
        SampleShortfallError: the engine has too few different rows.
    """
    if not preparation.uniques:
        yield from pieces
        return
    seen = _Seen(preparation)
    for piece in pieces:
        yield seen.fresh(piece)
    next_row = -(-total // BLOCK_ROWS) * BLOCK_ROWS
    fruitless = 0
    while seen.rows < total:
        before = seen.rows
        numbers = range(next_row, next_row + BLOCK_ROWS)
        for piece in drawn_rows(draw, preparation, numbers, seed_of(seed, "unique", next_row)):
            yield seen.fresh(piece, total - seen.rows)
        next_row += BLOCK_ROWS
        fruitless = fruitless + 1 if seen.rows == before else 0
        if fruitless == FRUITLESS:
            raise _too_narrow(seen.rows, total)


class _Seen:
    """Remembers what must be unique."""

    def __init__(self, preparation: Preparation) -> None:
        self.rows = 0
        self._preparation = preparation
        self._keys: list[set[tuple[object, ...]]] = [set() for _ in preparation.uniques]

    def fresh(self, piece: pa.Table, at_most: int | None = None) -> pa.Table:
        """The rows of a piece that repeat nothing; rows with a missing cell never do."""
        repeated = np.zeros(piece.num_rows, bool)
        named = []
        for rule, known in zip(self._preparation.uniques, self._keys, strict=True):
            keys = list(zip(*(piece[name].to_pylist() for name in (*rule.within, *rule.columns)), strict=True))
            repeated |= violations(piece, rule, self._preparation.spec)
            repeated |= np.array([None not in key and key in known for key in keys], bool)
            named.append((known, keys))
        kept = np.flatnonzero(~repeated)[:at_most]
        for known, keys in named:
            known.update(keys[i] for i in kept)
        self.rows += len(kept)
        return piece.take(pa.array(kept))


def _shortfall(made: int, total: int) -> SampleShortfallError:
    rule, fact = "an engine must make the rows that it is asked for", f"it made {made:,} of {total:,}"
    return SampleShortfallError(Fault("sample-shortfall", rule, fact, "ask for fewer rows, or use another engine"))


def _too_narrow(made: int, total: int) -> SampleShortfallError:
    rule, fact = "enough rows must keep the rules of the metadata", f"{made:,} of {total:,} were reached"
    remedy = "loosen the rules, see how many seed rows break each of them in the report, or ask for fewer rows"
    return SampleShortfallError(Fault("rules-too-narrow", rule, fact, remedy))
