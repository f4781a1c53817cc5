"""Sentences about subgroups, rare categories, tails, missing cells and time."""

from __future__ import annotations

from typing import Any

from synth.scoring.figures import UNMEASURED
from synth.scoring.findings_finer import finer
from synth.scoring.scorecard import (
    Fidelity,
    Figure,
    Group,
    Measured,
    MissingRate,
    NotAssessed,
    RareValues,
    Tails,
    TimeTrait,
)


def figure(value: float, spread: float = 0.01) -> Figure:
    return Figure(value=value, ci_low=value - spread, ci_high=value + spread, n=100, better="higher", ideal=1.0)


def measured(value: float, ceiling: float = 1.0) -> Measured:
    return Measured(value=figure(value), floor=figure(0.0), ceiling=figure(ceiling))


def about(**parts: Any) -> list[str]:
    shapes, none = measured(0.98), UNMEASURED
    fidelity = Fidelity(**{"shapes": shapes, "trends": none, "c2st": none, "columns": (), "pairs": (), **parts})
    return [finding.text for finding in finer(fidelity)]


def group(shape: float, ceiling: float = 0.97, tstr: float = 0.9, trtr: float = 0.9, spread: float = 0.01) -> Group:
    return Group(
        column="sex",
        group="f",
        entities=200,
        real_share=0.3,
        synthetic_share=0.3,
        share=figure(0.0),
        shape=figure(shape, spread),
        ceiling=figure(ceiling),
        tstr=figure(tstr),
        trtr=figure(trtr),
    )


def test_nothing_is_said_of_a_good_file_or_of_gaps() -> None:
    assert about() == []
    assert about(groups=(group(0.95),), rare=measured(0.9), tails=measured(0.9), time=measured(0.95)) == []


def test_weak_group_is_named_once_and_only_beyond_its_ceiling() -> None:
    assert about(groups=(group(0.7), group(0.8)))[0].startswith("Rows with `sex` = f are less like real ones")
    assert len(about(groups=(group(0.7), group(0.8)))) == 1
    assert about(groups=(group(0.7, ceiling=0.75),)) == []  # unseen rows do no better
    assert about(groups=(group(0.7, spread=0.4),)) == []  # chance may explain it
    assert about(groups=(group(0.95, tstr=0.8),))[0].endswith("(0.800) than one trained on real rows (0.900).")


def test_lost_rare_categories_and_tails_are_named() -> None:
    lost = RareValues(
        column="job", values=4, recall=figure(0.25), real_share=0.02, synthetic_share=0.0, share=figure(0)
    )
    assert about(rare=measured(0.25), rare_columns=(lost,)) == ["Of 4 rare categories of `job` the file has 25%."]
    assert about(rare=measured(0.25, ceiling=0.2), rare_columns=(lost,)) == []
    gap = NotAssessed(not_assessed="few")
    thin = Tails(column="pay", below=gap, above=gap, low_error=gap, high_error=gap, score=figure(0.2))
    assert "Extremes of `pay`" in about(tail_columns=(thin,))[0]


def test_wrong_missing_rates_and_time_are_named() -> None:
    rate = MissingRate(column="pay", real=0.2, synthetic=0.05, difference=figure(-0.15))
    assert about(missing_columns=(rate,)) == ["`pay` is missing in 5.0% of synthetic and 20.0% of real rows."]
    unsure = rate.model_copy(update={"difference": figure(-0.15, 0.2)})
    hidden = MissingRate(column="pay", real=None, synthetic=None, difference=NotAssessed(not_assessed="few"))
    assert about(missing_columns=(unsure, hidden)) == []
    trait = TimeTrait(about="x", kind="autocorrelation", real=0.9, synthetic=0.0, score=figure(0.55))
    assert "do not follow each other" in about(time=measured(0.55), time_traits=(trait,))[0]
