"""Histograms of one column for its plot, in which no bin shows fewer than k real subjects.

Edges are round numbers (or round times), so that neither the extremes nor any other cell of the real data appears.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from synth.data.entities import subjects_per_code
from synth.data.metadata import Column, ColumnType
from synth.scoring.columns import MISSING, numbers, shared_codes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Histogram = tuple[tuple[str | float, ...], tuple[float, ...], tuple[float, ...]]

BINS = 24
"""About so many bins, chosen for the eye."""

OTHER, ABSENT = "(other)", "(missing)"

SECONDS = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600)
DAYS = (1, 7, 30, 91, 182, 365, 730, 1825, 3650, 9125)
STEPS = np.array([*SECONDS, *(86_400 * days for days in DAYS)], dtype=float)
"""Bin widths of dates and times, in seconds."""


def histogram(real: pa.ChunkedArray, synthetic: pa.ChunkedArray, column: Column, who: Ints, k: int) -> Histogram:
    """Bins and both sides' shares.

    Args:
        real: the column's values in real rows.
        synthetic: the same in synthetic rows.
        column: its meaning.
        who: entity of each real row, shape (rows,).
        k: fewest real subjects in a bin; bins of 1 to k - 1 are merged with a neighbour or into "(other)".

    Returns:
        bins, real shares, synthetic shares. Bins are the left edges of numbers (the first and last bin are open), ISO
        texts of the left edges of times, or categories; a last bin "(missing)" where it may be shown. All empty
        where fewer than k subjects have a value.
    """
    if column.type.is_ordered:
        labels, sides = _ordered(numbers(real), numbers(synthetic), column.type, who, k)
    else:
        labels, sides = _nominal(real, synthetic, who, k)
    if not labels:
        return (), (), ()
    shown = [_absent_hidden(side, len(labels)) for side in sides]
    if subjects_per_code(sides[0], who, len(labels) + 1)[-1] >= k or not (sides[0] == len(labels)).any():
        shown = sides
    counts = [np.bincount(side[side >= 0], minlength=len(labels) + 1) for side in shown]
    size = len(labels) + int(any(count[-1] for count in counts))
    if any(not count.sum() for count in counts):
        return (), (), ()
    bins = (*labels, ABSENT)[:size]
    real_shares, synthetic_shares = (tuple((count[:size] / count.sum()).tolist()) for count in counts)
    return bins, real_shares, synthetic_shares


def _absent_hidden(side: Ints, absent: int) -> Ints:
    return np.where(side == absent, -1, side)


def _nominal(
    real: pa.ChunkedArray, synthetic: pa.ChunkedArray, who: Ints, k: int
) -> tuple[list[str | float], list[Ints]]:
    sides, values = shared_codes([real, synthetic])
    subjects = subjects_per_code(sides[0], who, len(values))
    order = np.argsort(-subjects, kind="stable")
    shown = [int(code) for code in order[: BINS - 1] if subjects[code] >= k]
    rest = np.ones(len(values), dtype=bool)
    while shown:
        rest[:] = True
        rest[shown] = False
        if not 0 < len(np.unique(who[(sides[0] >= 0) & rest[sides[0]]])) < k:
            break
        shown.pop()
    if not shown:
        return [], []
    place = np.full(len(values) + 1, len(shown), dtype=np.int64)
    place[shown] = np.arange(len(shown))
    labels: list[str | float] = [str(values[code].as_py()) for code in shown]
    if rest.any():
        labels.append(OTHER)
    place[MISSING] = len(labels)
    return labels, [place[side] for side in sides]


def _ordered(
    real: Floats, synthetic: Floats, kind: ColumnType, who: Ints, k: int
) -> tuple[list[str | float], list[Ints]]:
    edges = _round_edges(np.sort(real[np.isfinite(real)]), kind, k)
    sides = [_binned(side, edges) for side in (real, synthetic)]
    keep = _merged(subjects_per_code(np.where(sides[0] == len(edges), -1, sides[0]), who, len(edges)), sides[0], who, k)
    if not len(keep):
        return [], []
    edges = edges[keep]
    return [_label(edge, kind) for edge in edges], [_binned(side, edges) for side in (real, synthetic)]


def _binned(values: Floats, edges: Floats) -> Ints:
    """Number of the bin; `len(edges)` where missing. Values below the first edge are in the first bin."""
    return np.where(np.isnan(values), len(edges), np.clip(np.searchsorted(edges, values, side="right") - 1, 0, None))


def _round_edges(values: Floats, kind: ColumnType, k: int) -> Floats:
    """Left edges of about `BINS` bins on a round grid between the k-th smallest and the k-th largest value."""
    if len(values) < max(2 * k, 2):
        return np.zeros(0)
    low, high = values[k - 1], values[-k]
    width = _width((high - low) / BINS, kind)
    first = np.floor(low / width)
    return np.asarray((first + np.arange(int(np.floor(high / width) - first) + 1)) * width)


def _width(least: float, kind: ColumnType) -> float:
    if kind in {ColumnType.DATE, ColumnType.TIME, ColumnType.DATETIME}:
        shortest = 86_400.0 if kind is ColumnType.DATE else 1.0
        return float(STEPS[min(int(np.searchsorted(STEPS, max(least, shortest))), len(STEPS) - 1)])
    if least <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(least))
    width = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return max(width, 1.0) if kind is ColumnType.INTEGER else float(width)


def _merged(subjects: Ints, codes: Ints, who: Ints, k: int) -> Ints:
    """Numbers of the left edges that stay, so that no bin holds 1 to k - 1 subjects: small bins join the one before."""
    keep: list[int] = []
    for number in range(len(subjects)):
        if not keep or subjects[number] == 0 or subjects[number] >= k:
            keep.append(number)
    while len(keep) > 1:
        bins = np.searchsorted(keep, codes, side="right") - 1
        bins[(codes == len(subjects)) | (bins < 0)] = -1
        counts = subjects_per_code(bins, who, len(keep))
        small = np.flatnonzero((counts > 0) & (counts < k))
        if not len(small):
            return np.array(keep)
        keep.pop(max(int(small[0]), 1))
    total = len(np.unique(who[codes < len(subjects)]))
    return np.array(keep if total >= k else [], dtype=np.int64)


def _label(edge: float, kind: ColumnType) -> str | float:
    if kind is ColumnType.TIME:
        return f"{int(edge) // 3600:02d}:{int(edge) // 60 % 60:02d}:{int(edge) % 60:02d}"
    if kind not in {ColumnType.DATE, ColumnType.DATETIME}:
        return float(f"{edge:.12g}")
    moment = datetime.fromtimestamp(float(edge), UTC)
    return moment.date().isoformat() if kind is ColumnType.DATE else moment.replace(tzinfo=None).isoformat()
