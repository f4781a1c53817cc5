"""Metadata leak: facts about the source that only a few people carry, shown by the synthetic file as a whole.

Threat model: anyone who reads the synthetic file.
Statistic: counts of columns (a) with a category that fewer than k train entities have, that nobody unseen has and that
was not declared; (b) whose smallest or largest number equals train's, where fewer than k entities have it, nobody
unseen does, it was not declared as a bound, and it shows four or more significant digits, so that it was not met by
chance.
Cost: seconds.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.data.metadata import Column, ColumnType
from synth.scoring.columns import numbers, shared_codes
from synth.scoring.estimates import NotScorableError
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Ints, Samples, entities, scored_columns
from synth.scoring.scorecard import Figure
from synth.texts import say

TITLE = say("Facts of few people")
THREAT = say(
    "Anyone who reads the synthetic file reads categories and extremes off it that only a few real people have."
)
DIGITS = 4


def metadata_leak(samples: Samples) -> CheckResult:
    """Looks at every scored column.

    Raises:
        NotScorableError: there is none, or a part has no rows.
    """
    if not scored_columns(samples.spec) or not samples.train.num_rows or not samples.synthetic.num_rows:
        raise NotScorableError("needs train rows, synthetic rows and a scored column")
    who = entities(samples.train, samples.spec)
    measures = []
    for name in scored_columns(samples.spec):
        column = samples.spec.columns[name]
        count = _bounds(samples, name, column, who) if column.type.is_ordered else _categories(samples, name, who)
        measures.append(Measure(name="few_people", about=name, n=len(np.unique(who)), attack=float(count)))
    found = float(sum(m.attack or 0 for m in measures))
    figure = Figure(value=found, n=samples.synthetic.num_rows, better="lower", ideal=0.0)
    return CheckResult(figure=figure, measures=tuple(measures))


def _categories(samples: Samples, name: str, who: Ints) -> int:
    parts, values = shared_codes([table[name] for table in (samples.train, samples.unseen, samples.synthetic)])
    n = len(values)
    pairs = np.unique(np.column_stack([parts[0], who])[parts[0] >= 0], axis=0)
    holders = np.bincount(pairs[:, 0], minlength=n) if len(pairs) else np.zeros(n, dtype=np.int64)
    unseen, shown = (np.isin(np.arange(n), part) for part in parts[1:])
    few = (holders > 0) & (holders < samples.k) & ~unseen & shown
    declared = samples.spec.columns[name].categories or ()
    known = pc.is_in(values.cast(pa.large_string()), pa.array([str(v) for v in declared], pa.large_string()))
    return int((few & ~known.to_numpy(zero_copy_only=False)).sum())


def _bounds(samples: Samples, name: str, column: Column, who: Ints) -> int:
    train, unseen, synthetic = (numbers(table[name]) for table in (samples.train, samples.unseen, samples.synthetic))
    if np.isnan(train).all() or np.isnan(synthetic).all():
        return 0
    count = 0
    for end, declared in ((np.nanmin, column.minimum), (np.nanmax, column.maximum)):
        edge = float(end(train))
        few = len(np.unique(who[train == edge])) < samples.k
        fine = column.type not in {ColumnType.INTEGER, ColumnType.DECIMAL} or _digits(edge) >= DIGITS
        count += declared is None and few and fine and float(end(synthetic)) == edge and not (unseen == edge).any()
    return int(count)


def _digits(value: float) -> int:
    """Significant digits that a number shows.

    >>> _digits(98765.43), _digits(12000.0), _digits(-0.5)
    (7, 2, 1)
    """
    return len(f"{abs(value):.12g}".split("e")[0].replace(".", "").strip("0"))
