"""Values that stand for a missing cell: texts among numbers, and numbers such as -200 or 999 far off the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import Scalar
from synth.data.infer import typed
from synth.data.metadata import Guess

MARKERS = frozenset(
    {"?", "-", "--", ".", "..", "*", "x", "n", "na", "n/a", "n.a.", "nan", "nil", "none", "null", "missing", "unknown"}
    | {
        "not available",
        "not applicable",
        "not known",
        "unk",
        "k.a.",
        "keine angabe",
        "s/o",
        "n.d.",
        "无",
        "未知",
        "缺失",
        "不详",
    }
)
"""Texts that mean missing among numbers; upper and lower case are the same."""

_MAX_MARKERS = 5
_CODES = (-1, -2, -7, -8, -9, -88, -98, -99, -200, -888, -998, -999, -9998, -9999, -99999, -999999)
_HIGH_CODES = (77, 88, 97, 98, 99, 777, 888, 998, 999, 7777, 8888, 9998, 9999, 99999, 999999)
_MIN_ROWS = 5
_FAR = 0.25
"""Distance to the other values, as a share of their whole range, that sets a code apart; chosen, not tuned."""


@dataclass(frozen=True)
class Sentinels:
    """Numbers that may stand for a missing cell."""

    values: tuple[Scalar, ...]
    guess: Guess

    @property
    def is_sure(self) -> bool:
        """Sure enough to be used."""
        return self.guess.confidence >= 0.8


def text_markers(cells: pa.ChunkedArray) -> list[str]:
    """The markers of a text column whose other cells are all numbers; empty where it is no such column."""
    head = {cell.strip().lower() for cell in cells.drop_null().slice(0, 1000).to_pylist()}
    if not any(cell[:1].isdigit() or cell[1:2].isdigit() for cell in head - MARKERS):
        return []
    trimmed = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    is_marker = pc.is_in(trimmed, pa.array(sorted(MARKERS)))
    markers = cells.filter(pc.fill_null(is_marker, False)).unique().to_pylist()
    if not 1 <= len(markers) <= _MAX_MARKERS:
        return []
    others = pc.if_else(is_marker, None, cells)
    if others.null_count == len(others):
        return []
    kind = typed(others).type
    return sorted(markers) if pat.is_integer(kind) or pat.is_floating(kind) else []


def number_sentinels(cells: pa.ChunkedArray) -> Sentinels | None:
    """Codes at an end of a number column, apart from the other values and held by several rows.

    Sure only for negative codes of a column whose other values are all at least zero and that has more than a few
    different ones: a code wrongly taken for missing does harm, one overlooked stays an exact value anyway.
    """
    if not (pat.is_integer(cells.type) or pat.is_floating(cells.type)):
        return None
    values = pc.cast(cells, pa.float64(), safe=False).drop_null().to_numpy()
    distinct, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if len(distinct) < 10:
        return None
    low = [v for v in distinct[:3] if v in _CODES]
    high = [v for v in distinct[-3:] if v in _HIGH_CODES]
    rest = distinct[~np.isin(distinct, [*low, *high])]
    size = rest[-1] - rest[0]
    held = dict(zip(distinct.tolist(), counts.tolist(), strict=True))
    codes = [v for v in low if rest[0] >= 0 and held[float(v)] >= _MIN_ROWS and (v < -1 or rest[0] > 0)]
    if codes:
        reason = (
            f"{len(codes)} negative code(s) in {sum(held[float(v)] for v in codes)} rows, other values are not negative"
        )
        confidence = 0.85 if any(rest[0] - v > _FAR * size or v in {-99, -200, -999, -9999} for v in codes) else 0.6
        return Sentinels(_plain(codes, cells.type), Guess(reason=reason, confidence=confidence))
    codes = [v for v in high if held[float(v)] >= _MIN_ROWS and v - rest[-1] > size]
    if codes:
        reason = (
            f"{len(codes)} code(s) of nines in {sum(held[float(v)] for v in codes)} rows, far above the other values"
        )
        return Sentinels(_plain(codes, cells.type), Guess(reason=reason, confidence=0.6))
    return None


def _plain(codes: list[float], kind: pa.DataType) -> tuple[Scalar, ...]:
    return tuple(int(code) if pat.is_integer(kind) else float(code) for code in codes)
