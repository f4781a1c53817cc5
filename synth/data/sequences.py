"""Which rows follow each other in time: the column that orders them, the column that groups them, and their step."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow.types as pat

from synth.data.keys import Seen
from synth.data.metadata import ColumnType, Guess, Offer, Table
from synth.data.rules_values import as_numbers

_TIME_NAME = re.compile(
    r"(^|[\W_])(time|times|timestamp|datetime|date|day|days|t|ms|sec|step|cycle|cycles|tick|frame|seq|sequence|hour"
    r"|period|epoch|visit|wave|year|month|waypoint)s?([\W_]|$)|[a-z](Time|Date|Timestamp)$|date|时间|日期|序号",
    re.IGNORECASE,
)
_MIN_ROWS = 20
_IN_ORDER = 0.99


def find_sequence(seen: Sequence[Seen], table: Table) -> Table:
    """Sets or offers sequence key, sequence index and step.

    Set where the rows of the file run in the index' order within each sequence (or in the file, where there is none);
    offered where only the names and types say so.
    """
    times = [column for column in seen if column.n_cells and _is_time(column) and column.n_distinct > 2]
    if not times or len(seen[0].cells) < _MIN_ROWS:
        return table
    groups: list[Seen | None] = [column for column in seen if (column.name,) == table.entity_key]
    groups = groups or [None]
    found = [(_order(group, column), group, column) for group in groups for column in times if column is not group]
    if not found:
        return table
    (share, strict), group, column = max(found, key=lambda item: (item[0][0] >= _IN_ORDER, item[0][1], _rank(item[2])))
    key = () if group is None else (group.name,)
    if share >= _IN_ORDER and (group is not None or _is_temporal(column)):
        step, reason = _step(group, column)
        guess = Guess(reason=reason, confidence=0.9 if strict > 0.5 else 0.7)
        fields = {"sequence_key": key, "sequence_index": column.name, "sequence_step": step}
        names = ["sequence_index", *(["sequence_key"] if key else [])]
        return table.model_copy(update={**fields, "guessed": {**table.guessed, **dict.fromkeys(names, guess)}})
    guess = Guess(reason="named or typed as a time; the rows of the file are not in its order", confidence=0.5)
    times = [c for c in times if _is_temporal(c) or key]
    offers = [Offer(field="sequence_index", columns=(c.name,), guess=guess) for c in sorted(times, key=_rank)[-2:]]
    if key:
        offers.append(Offer(field="sequence_key", columns=key, guess=guess))
    return table.model_copy(update={"offered": (*table.offered, *offers)})


def _is_temporal(column: Seen) -> bool:
    return column.type in {ColumnType.DATE, ColumnType.DATETIME}


def _is_time(column: Seen) -> bool:
    is_number = pat.is_integer(column.cells.type) and bool(_TIME_NAME.search(column.name))
    return column.pii is None and (_is_temporal(column) or is_number)


def _rank(column: Seen) -> tuple[bool, bool, int]:
    return column.type is ColumnType.DATETIME, _is_temporal(column), column.n_distinct


def _order(group: Seen | None, column: Seen) -> tuple[float, float]:
    """Shares of neighbouring rows of a sequence in which the index does not fall, and in which it rises."""
    steps = _differences(group, column)
    return (float(np.mean(steps >= 0)), float(np.mean(steps > 0))) if len(steps) else (0.0, 0.0)


def _differences(group: Seen | None, column: Seen) -> npt.NDArray[np.float64]:
    values = as_numbers(column.cells)
    if group is None:
        steps: npt.NDArray[np.float64] = np.diff(values)
        return steps[~np.isnan(steps)]
    codes = _codes(group)
    order = np.argsort(codes, kind="stable")
    steps = np.diff(values[order])[np.diff(codes[order]) == 0]
    return steps[~np.isnan(steps)]


def _codes(group: Seen) -> npt.NDArray[np.int64]:
    indices = group.cells.combine_chunks().dictionary_encode().indices.fill_null(-1)
    return np.asarray(indices.to_numpy(zero_copy_only=False), np.int64)


def _step(group: Seen | None, column: Seen) -> tuple[float | None, str]:
    steps = _differences(group, column)
    steps = steps[steps > 0]
    where = f"within each `{group.name}`" if group is not None else "from row to row"
    if len(steps) == 0:
        return None, f"it never falls {where}"
    values, counts = np.unique(steps, return_counts=True)
    usual, share = float(values[np.argmax(counts)]), counts.max() / len(steps)
    if share < 0.5:
        return None, f"it never falls {where}, in steps of many sizes"
    return usual, f"it never falls {where}; {share:.0%} of the steps are equal"
