"""Further rows of the same generator, which the review looks at besides the file: whole draws, and larger volumes."""

from __future__ import annotations

from dataclasses import replace

from synth.errors import SampleShortfallError
from synth.pipeline.draw import seed_of
from synth.pipeline.stages import Data, Made, Runner, Settings, Volumes, Wanted, merge_shards, sample_shards
from synth.scoring.deep import MOST_ROWS

FURTHER_DRAWS = 2
"""Files besides the one that is handed out that the same generator is judged by (gate L)."""


def draw_again(runner: Runner, data: Data, wanted: Wanted, made: Made, settings: Settings) -> dict[str, str]:
    """Further tables of the same generator, by name of the subject; none where it could not be stored."""
    found = {}
    for i in range(2, FURTHER_DRAWS + 2 if made.model else 0):
        label = f"draw {i}"
        again, own = replace(wanted, label=label), replace(settings, seed=seed_of(settings.seed, label))
        shards = sample_shards(runner, data, {label: again}, {label: made.model}, own)
        found[label] = merge_shards(runner, {label: again}, {label: made.model}, shards, own)[label].result["key"]
    return found


def draw_volumes(runner: Runner, data: Data, wanted: Wanted, made: Made, settings: Settings, quota: int) -> Volumes:
    """Draws as many rows as the largest volume needs besides the file; none where the generator could not be stored.

    What cannot be drawn, for want of different rows, is not evaluated, and gate L says so.
    """
    rows = tuple(sorted({min(n, MOST_ROWS) for n in (3 * made.rows, 10 * made.rows, quota) if n > made.rows}))
    rows = tuple(n for n in rows if n > made.rows)
    if not rows or not made.model:
        return Volumes()
    label = "volume"
    more, own = (
        replace(wanted, rows=rows[-1] - made.rows, label=label),
        replace(settings, seed=seed_of(settings.seed, label)),
    )
    try:
        shards = sample_shards(runner, data, {label: more}, {label: made.model}, own)
        merged = merge_shards(runner, {label: more}, {label: made.model}, shards, own)
    except SampleShortfallError:
        return Volumes()
    return Volumes(merged[label].result["key"], rows)
