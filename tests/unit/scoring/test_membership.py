from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from synth.scoring.estimates import NotScorableError, auc
from synth.scoring.parts import ATTACKS, PARTS
from synth.scoring.privacy import membership
from synth.scoring.privacy.membership import World
from synth.scoring.results import AttackResult
from synth.scoring.samples import Samples, entities
from synth.scoring.scorecard import Figure, NotAssessed

Make = Callable[..., Samples]


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_states_its_sizes_and_a_roc(make_samples: Make, name: str) -> None:
    result = PARTS[f"attack/{name}"](make_samples(120))
    assert isinstance(result, AttackResult)
    assert (result.members, result.non_members, result.synthetic) == (120, 120, 120)
    assert isinstance(result.figure, Figure)
    assert result.figure.n == 240
    assert result.roc is not None
    assert min(result.roc.fpr) >= 10 / 120
    assert result.roc.tpr[-1] == 1


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("part", ["train", "holdout", "synthetic"])
def test_attack_with_few_rows_is_not_assessed(make_samples: Make, name: str, part: str) -> None:
    samples = make_samples(60)
    figure = PARTS[f"attack/{name}"](replace(samples, **{part: getattr(samples, part)[:29]})).figure
    assert isinstance(figure, NotAssessed)
    assert f"29 {part}" in figure.not_assessed


def test_density_ratio_needs_a_reference_and_nearest_distance_does_not(make_samples: Make) -> None:
    samples = make_samples(60)
    samples = replace(samples, reference=samples.reference[:0])
    assert isinstance(PARTS["attack/nearest_distance"](samples).figure, Figure)
    figure = PARTS["attack/density_ratio"](samples).figure
    assert isinstance(figure, NotAssessed)
    assert "reference" in figure.not_assessed


def test_membership_members_come_first_and_score_higher_means_member(make_samples: Make) -> None:
    samples = make_samples(60)

    def tells(world: World) -> np.ndarray:
        return np.arange(len(world.targets), 0, -1).astype(np.float64)

    result = membership.membership(samples, tells)
    assert isinstance(result.figure, Figure)
    assert result.figure.value == 1.0


def test_membership_dear_tables_are_thinned_targets_first(make_samples: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = make_samples(200)
    monkeypatch.setattr(membership, "LEAST_TARGETS", 50)
    seen: list[tuple[int, int, int]] = []

    def look(world: World) -> np.ndarray:
        seen.append((len(world.targets), len(world.synthetic), len(world.reference)))
        return np.zeros(len(world.targets))

    for work in (1e12, 6_500_000, 100_000):
        monkeypatch.setattr(membership, "WORK", work)
        membership.membership(samples, look)
    assert seen[0] == (400, 200, 200)
    assert 100 < seen[1][0] < 400
    assert seen[1][1:] == (200, 200)
    assert seen[2][0] == 100
    assert 50 <= seen[2][1] < 200


def test_membership_error_counts_entities_on_both_sides(make_samples: Make) -> None:
    samples = make_samples(60)
    samples = replace(samples, spec=samples.spec.model_copy(update={"entity_key": ("count",)}))
    scores = np.random.default_rng(0).normal(size=120)
    result = membership.membership(samples, lambda _: scores)
    who = [entities(part, samples.spec) for part in (samples.train, samples.holdout)]
    expected = auc(scores[:60], scores[60:], who[0], who[1])
    assert expected.n < 60
    assert result.se == pytest.approx(expected.se)
    assert result.entities == expected.n


def test_membership_refuses_before_it_measures(make_samples: Make) -> None:
    with pytest.raises(NotScorableError, match="needs at least 30"):
        membership.membership(make_samples(5), lambda world: np.zeros(len(world.targets)))
