"""Calibration: is the standard error of each measure right where nothing leaks?

For fresh samples (T3) prints, for each measure, the standard deviation of (value - no leak) / standard error, 1 where
the error is right and more where it is too small, and the share of one-sided p-values that are at most 0.05 and 0.01.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import stats

from benchmarks.privacy_tests.controls import CONTROLS
from benchmarks.privacy_tests.trials import review
from synth.scoring.results import CheckResult, Measure, MembershipResult

PARTS = ("attacks", "singling_out", "linkability", "attribute_inference", "disclosure")
NO_LEAK = {"auc": 0.5, "isolated_auc_200": 0.5, "isolated_auc_400": 0.5, "tpr": 0.01}
CALIBRATED = ("T3/L2", "T3/L3", "T11")

Standardised = dict[str, tuple[float | None, float]]
"""By measure: (value - no leak) / standard error if it has one, and the one-sided p-value."""


def standardised(control: str, seed: int) -> Standardised:
    """All measures of one trial."""
    out: Standardised = {}
    for part, result in review(CONTROLS[control].world(seed), PARTS).items():
        measures = result.measures if isinstance(result, CheckResult) else ()
        if isinstance(result, MembershipResult):
            measures = tuple(m.model_copy(update={"about": name}) for name, a in result.attacks.items()
                             for m in a.measures)  # fmt: skip
        for measure in measures:
            out |= {f"{part}: {key}": found for key, found in _one(measure)}
    return out


def _one(measure: Measure) -> Iterator[tuple[str, tuple[float | None, float]]]:
    key = f"{measure.name} {measure.about}"
    if measure.value is not None and measure.se:
        z = (measure.value - NO_LEAK.get(measure.name, 0.0)) / measure.se
        yield key, (z, float(stats.norm.sf(z)))
    elif measure.p_value is not None:
        yield key, (None, measure.p_value)


def calibration(trials: list[Standardised]) -> Iterator[str]:
    """Lines of a table; those whose value never varied are left out."""
    by_key: dict[str, list[tuple[float | None, float]]] = defaultdict(list)
    for trial in trials:
        for key, found in trial.items():
            by_key[key].append(found)
    yield "| measure | trials | sd of value / error | p <= .05 | p <= .01 |"
    yield "|" + " --- |" * 5
    for key, held in by_key.items():
        p = np.array([p for _, p in held])
        z = [z for z, _ in held if z is not None]
        spread = f"{np.std(z):.2f}" if len(z) > 1 else ""
        yield f"| {key} | {len(p)} | {spread} | {np.mean(p <= 0.05):.3f} | {np.mean(p <= 0.01):.3f} |"


def trial_of(control: str) -> partial[Standardised]:
    """`standardised` of a control, by seed."""
    return partial(standardised, control)
