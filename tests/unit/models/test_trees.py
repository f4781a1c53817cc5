"""The synthesizer `trees`: plans and settings."""

from __future__ import annotations

import pyarrow as pa

from synth.data.detect import detect
from synth.synthesizer import Plan
from synth_models.forest.settings import ForestSettings
from synth_models.trees import Trees, settings_of

METADATA = detect({"t": pa.table({f"x{i}": [1.5, 2.5] for i in range(20)})})


def test_settings_no_leaf_holds_fewer_than_k_subjects() -> None:
    settings = settings_of(Plan(engine="trees", k=20, config=ForestSettings().model_dump(mode="json")))
    assert settings.min_leaf == 20
    assert min(settings.leaf_sizes) == 20


def test_plan_asks_for_fewer_trees_when_the_budget_is_short_and_never_fewer_than_four() -> None:
    trees = [Trees.plan({"t": 1_000_000}, METADATA, {}, budget)["n_trees"] for budget in (1.0, 40.0, 10_000.0)]
    assert trees[0] == 4
    assert trees[0] < trees[1] < trees[2] == ForestSettings().n_trees


def test_plan_is_resolved_once_and_again_gives_the_same() -> None:
    first = Trees.plan({"t": 5000}, METADATA, {}, 60.0)
    assert Trees.plan({"t": 5000}, METADATA, first, 60.0) == first
