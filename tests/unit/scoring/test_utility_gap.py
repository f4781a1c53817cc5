"""The paired gap in utility, and both scores by subgroup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure, NotAssessed
from synth.scoring.utility import Judged, Target, tstr
from synth.scoring.utility_gap import gap, trtr

Make = Callable[..., Samples]
Floats = NDArray[np.float64]


def answers(truth: Floats, predicted: Floats, who: Floats | None = None) -> Judged:
    task: Literal["classification", "regression"] = "classification" if predicted.ndim == 2 else "regression"
    owners = np.arange(len(truth)) if who is None else who.astype(np.int64)
    return Judged(Target("y", guessed=False, task=task), pa.table({"y": truth}), truth, predicted, owners)


def test_gap_of_known_regressions() -> None:
    truth = np.array([0.0, 2.0, 0.0, 2.0])  # spread 4
    good, bad = np.array([0.0, 2.0, 0.0, 3.0]), np.array([1.0, 2.0, 0.0, 3.0])
    found = gap(answers(truth, bad), answers(truth, good))
    assert isinstance(found, Figure)
    assert found.value == pytest.approx(0.25)  # R2 of 0.75 and 0.5
    # Influences (1 - .25) / 4 and three times -.25 / 4; variance 4 / 3 of their squares' sum.
    se = np.sqrt(4 / 3 * ((0.75 / 4) ** 2 + 3 * (0.25 / 4) ** 2))
    assert found.ci_low == pytest.approx(0.25 - 1.959964 * se, abs=1e-6)


def test_gap_of_known_classifiers() -> None:
    truth = np.array([0, 0, 1, 1])
    right = np.array([0.1, 0.2, 0.8, 0.9])
    half = np.array([0.1, 0.9, 0.8, 0.95])  # three of four pairs in order
    low, high = (answers(truth, np.column_stack([1 - p, p])) for p in (half, right))
    found = gap(low, high)
    assert isinstance(found, Figure)
    assert found.value == pytest.approx(0.25)
    assert (found.better, found.ideal) == ("lower", 0.0)


def test_gap_of_equal_models_is_certain() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.normal(size=50), rng.normal(size=50)
    found = gap(answers(truth, predicted), answers(truth, predicted))
    assert isinstance(found, Figure)
    # What is hard for both cancels: an unpaired interval would be wide.
    assert (found.value, found.ci_low, found.ci_high) == (0.0, 0.0, 0.0)
    classes = (truth > 0).astype(float)
    shown = np.column_stack([-predicted, predicted])
    equal = gap(answers(classes, shown), answers(classes, shown))
    assert isinstance(equal, Figure)
    assert (equal.value, equal.ci_low, equal.ci_high) == (0.0, 0.0, 0.0)
    one = gap(answers(truth, predicted, np.zeros(50)), answers(truth, predicted, np.zeros(50)))
    assert isinstance(one, Figure)
    assert one.ci_low is None


def test_trtr_has_gap_and_groups(make_samples: Make) -> None:
    samples = make_samples(600)
    found = trtr(samples)
    own = tstr(samples).figure
    assert isinstance(found.figure, Figure)
    assert isinstance(found.gap, Figure)
    assert isinstance(own, Figure)
    assert found.gap.value == pytest.approx(found.figure.value - own.value)
    assert {group.column for group in found.groups} == {"kind", "label"}
    of_kind = [group for group in found.groups if group.column == "kind"]
    assert any(isinstance(group.trtr, Figure) for group in of_kind)
    # Within a group of one label there is nothing to tell apart.
    assert all(isinstance(group.trtr, NotAssessed) for group in found.groups if group.column == "label")


def test_trtr_without_synthetic_rows_stays(make_samples: Make) -> None:
    samples = make_samples(200)
    found = trtr(replace(samples, synthetic=samples.synthetic.slice(0, 5)))
    assert isinstance(found.figure, Figure)
    assert isinstance(found.gap, NotAssessed)
    assert "5" in found.gap.not_assessed
