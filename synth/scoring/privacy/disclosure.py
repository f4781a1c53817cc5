"""Disclosure by keys: the measures of statistics offices, with a control.

Threat model: an intruder who knows the quasi-identifiers of a person and looks them up in the synthetic file.
Statistic: `repU`, the share of people whose keys are unique among the real rows and among the synthetic ones; `DiSCO`,
the share whose keys have one value of the secret in the synthetic file, which is theirs. Both as the difference from
equally many unseen people: strong but public relations look like disclosure to a measure without control. Numbers among
the keys are cut into 20 quantile cells.
Interval: normal, by entity.
Cost: seconds.
Source: Raab, Nowok, Dibben (2024), https://arxiv.org/abs/2406.16826; own code from the published formulas.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synth.data.metadata import Role
from synth.scoring.columns import numbers, row_codes, shared_codes
from synth.scoring.estimates import Estimate, NotScorableError, clustered_variance
from synth.scoring.privacy.matched import Matched, excess_measure, figure_of, matched, rates, secrets_of
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Ints, Samples, draw, scored_columns
from synth.scoring.significance import Floats
from synth.texts import say

TITLE = say("Disclosure by keys")
THREAT = say(
    "Someone who knows a person's quasi-identifiers looks them up in the synthetic file and reads the secret there."
)
CELLS = 20


def disclosure(samples: Samples) -> CheckResult:
    """Both measures, the second per secret.

    Raises:
        NotScorableError: too few rows, or no quasi-identifier is declared.
    """
    names = scored_columns(samples.spec)
    keys = [name for name in names if samples.spec.columns[name].role is Role.QUASI_IDENTIFIER]
    if not keys:
        raise NotScorableError("no column has the role quasi_identifier")
    parts = matched(samples)
    same = draw(parts.synthetic, parts.train.num_rows, samples.rng("disclosure"))
    tables = [parts.train, parts.control, same]
    cells = row_codes([_cells([table[name] for table in tables], samples, name) for name in keys])
    measures = [
        _difference("rep_u", say("unique keys"), [_unique_in_both(side, cells[2]) for side in cells[:2]], parts)
    ]
    for secret in (name for name in secrets_of(samples)[0] if name not in keys):
        values = shared_codes([table[secret] for table in tables])[0]
        told = [_told(side, value, cells[2], values[2]) for side, value in zip(cells[:2], values[:2], strict=True)]
        measures.append(_difference("disco", secret, told, parts))
    worst = max(measures, key=lambda m: m.value or 0)
    return CheckResult(figure=figure_of(worst), measures=tuple(measures))


def _cells(columns: list[pa.ChunkedArray], samples: Samples, name: str) -> list[Ints]:
    if not samples.spec.columns[name].type.is_ordered:
        return shared_codes(columns)[0]
    values = [numbers(column) for column in columns]
    cuts = np.unique(np.nanquantile(np.concatenate(values), np.linspace(0, 1, CELLS + 1)[1:-1]))
    return [np.where(np.isnan(side), -1, np.searchsorted(cuts, side, side="right")).astype(np.int64) for side in values]


def _unique_in_both(real: Ints, synthetic: Ints) -> Floats:
    n = int(max(real.max(initial=0), synthetic.max(initial=0))) + 1
    unique = (np.bincount(real, minlength=n) == 1) & (np.bincount(synthetic, minlength=n) == 1)
    return np.asarray(unique[real], dtype=np.float64)


def _told(real: Ints, truth: Ints, synthetic: Ints, values: Ints) -> Floats:
    """1 where the synthetic rows with these keys have one value of the secret, and it is the person's."""
    n = int(max(real.max(initial=0), synthetic.max(initial=0))) + 1
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -2)
    np.minimum.at(low, synthetic, values)
    np.maximum.at(high, synthetic, values)
    told = (low[real] == high[real]) & (low[real] == truth) & (truth >= 0)
    return np.asarray(told, dtype=np.float64)


def _difference(name: str, about: str, told: list[Floats], parts: Matched) -> Measure:
    value = float(told[0].mean() - told[1].mean())
    spread = [
        clustered_variance((side - side.mean()) / len(side), who)
        for side, who in zip(told, (parts.who_train, parts.who_control), strict=True)
    ]
    n = min(len(np.unique(parts.who_train)), len(np.unique(parts.who_control)))
    return excess_measure(name, about, Estimate(value, float(np.sqrt(sum(spread))), n, -1.0), rates(*told))
