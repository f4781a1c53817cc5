"""Columns of few values that another one determines: city and country, a code and its label."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from synth.data.entities import subjects_per_code
from synth.data.relations.cells import Cells, Codes, Mask
from synth.data.rules import CombinationsRule

ERROR = 1e-6
"""Probability of any wrong dependency in a table, by the chance control below."""


def dependencies_of(cells: Cells, barred: set[str]) -> Iterator[tuple[CombinationsRule, int, int]]:
    """Rules with the rows that break them and the rows that were checked.

    A value of the determinant counts where at least k subjects have it, and at least two rows. Chance control: were the
    dependent drawn from its own shares, all groups would be pure with probability prod_g sum_c p_c^n_g; over all pairs
    of columns that must stay below `ERROR`. Of two columns that determine each other only one rule is made, and none
    that follows from others.
    """
    columns = {name: codes for name, codes in cells.codes.items() if name not in barred}
    pairs = max(len(columns) * (len(columns) - 1), 1)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for source, x in columns.items():
        counting = _counting(cells, x)
        for name, y in columns.items():
            if source != name and int(x.max()) >= int(y.max()) and (name, source) not in found:
                result = _dependency(cells, x, counting, y, np.log(ERROR / pairs))
                if result is not None:
                    found[source, name] = result
    for (source, name), result in found.items():
        if not any((source, z) in found and (z, name) in found for z in columns if z not in {source, name}):
            yield CombinationsRule(columns=(source, name)), *result


def _dependency(cells: Cells, x: Codes, counting: Mask, y: Codes, log_error: float) -> tuple[int, int] | None:
    """Rows that break it and rows that were checked; None where there is no dependency beyond chance."""
    if not _is_likely(x[cells.sample], y[cells.sample]):
        return None
    inside = (x >= 0) & (y >= 0)
    n_known = int(inside.sum())
    inside &= counting[x]
    x, y, entities = x[inside], y[inside], cells.entities[inside]
    if len(x) < _COVERED * n_known or not _is_likely(x, y):
        return None
    shares = np.bincount(y) / len(y)
    shares = shares[shares > 0]
    # A subject counts once for each value that it has: its rows repeat what it is.
    sizes = subjects_per_code(x, entities, int(x.max()) + 1)
    logs = np.log(shares)[None, :] * sizes[sizes > 0][:, None]
    chance = float(np.sum(np.logaddexp.reduce(logs, axis=1)))
    return (round(_impure(x, y) * len(x)), len(x)) if chance < log_error else None


_COVERED = 0.9
"""Share of the rows whose determinant must count."""


def _is_likely(x: Codes, y: Codes) -> bool:
    """True where x explains nearly all that differs in y: at most 1 % of the rows, and 5 % of those that differ."""
    known = y[(x >= 0) & (y >= 0)]
    differ = len(known) - int(np.bincount(known).max(initial=0))
    return differ >= _MIN_DIFFERENT and _impure(x, y) * len(known) <= min(len(known) / 100, differ / 20)


_MIN_DIFFERENT = 5


def _counting(cells: Cells, x: Codes) -> Mask:
    """Values with at least k subjects and two rows, by code; the last entry is for missing cells (code -1)."""
    size = int(x.max()) + 1
    held_by = subjects_per_code(x, cells.entities, size)
    enough = (held_by >= cells.k) & (np.bincount(x[x >= 0], minlength=size) >= 2)
    return np.append(enough, False)


def _impure(x: Codes, y: Codes) -> float:
    """Share of rows that do not have the commonest value of y among the rows of their x."""
    both = (x >= 0) & (y >= 0)
    if not both.any():
        return 1.0
    joint, counts = np.unique(x[both] * (int(y.max()) + 1) + y[both], return_counts=True)
    group = joint // (int(y.max()) + 1)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    return float(1 - np.maximum.reduceat(counts, starts).sum() / both.sum())
