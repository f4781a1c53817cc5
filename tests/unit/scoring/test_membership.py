from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synth.data.metadata import Column, ColumnType, Table
from synth.scoring.estimates import NotScorableError, auc
from synth.scoring.parts import ATTACKS, PARTS
from synth.scoring.privacy import power, relative_distance
from synth.scoring.privacy import world as world_module
from synth.scoring.privacy.membership import membership, most_isolated
from synth.scoring.privacy.space import Points
from synth.scoring.privacy.world import World, world_of
from synth.scoring.results import MembershipResult
from synth.scoring.samples import Samples, entities
from synth.scoring.scorecard import Figure, NotAssessed

Make = Callable[..., Samples]


def all_attacks(samples: Samples) -> MembershipResult:
    result = PARTS["attacks"](samples)
    assert isinstance(result, MembershipResult)
    return result


def test_attacks_state_their_sizes_and_a_roc(make_samples: Make) -> None:
    found = all_attacks(make_samples(120)).attacks
    assert set(found) == set(ATTACKS)
    for result in found.values():
        assert (result.members, result.non_members, result.synthetic) == (120, 120, 120)
        assert isinstance(result.figure, Figure)
        assert result.figure.n == 240
        assert result.roc is not None
        assert min(result.roc.fpr) >= 10 / 120
        assert result.roc.tpr[-1] == 1
        measures = {m.name: m for m in result.measures}
        assert measures["auc"].value == result.figure.value
        assert "has 120" in measures["tpr"].not_assessed, "1 % of 120 people is nobody"
        assert measures["top"].p_value is not None
        assert measures["isolated"].p_value is not None
        assert "needs 200" in measures["isolated_auc_200"].not_assessed


@pytest.mark.parametrize(
    ("part", "told"),
    [("train", "has 29, 60 and 60"), ("holdout", "has 60, 29 and 60"), ("synthetic", "has 60, 60 and 29")],
)
def test_attacks_with_few_rows_are_not_assessed(make_samples: Make, part: str, told: str) -> None:
    samples = make_samples(60)
    figure = all_attacks(replace(samples, **{part: getattr(samples, part)[:29]})).figure
    assert isinstance(figure, NotAssessed)
    assert told in figure.not_assessed


def test_attacks_without_a_reference_go_on_where_they_need_none(make_samples: Make) -> None:
    samples = make_samples(60)
    result = all_attacks(replace(samples, reference=samples.reference[:0]))
    known = {name for name, attack in result.attacks.items() if isinstance(attack.figure, Figure)}
    assert known == {"nearest_distance", "lone_distance"}
    assert isinstance(result.figure, NotAssessed), "a gap must not look good"
    gap = result.attacks["density_ratio"]
    assert all("reference" in m.not_assessed for m in gap.measures)


def test_members_come_first_and_score_higher_means_member(make_samples: Make) -> None:
    def tells(world: World) -> np.ndarray:
        return np.arange(len(world.who_members) + len(world.who_others), 0, -1).astype(np.float64)

    result = membership(world_of(make_samples(60)), tells, np.random.default_rng(0))
    assert isinstance(result.figure, Figure)
    assert result.figure.value == 1.0
    top = next(m for m in result.measures if m.name == "top")
    assert top.p_value is not None
    assert top.p_value < 1e-6


def test_every_attack_scores_members_of_a_copy_higher() -> None:
    def rows(seed: int) -> pa.Table:
        rng = np.random.default_rng(seed)
        return pa.table({name: rng.normal(size=200) for name in "abc"})

    spec = Table(columns={name: Column(type=ColumnType.DECIMAL) for name in "abc"})
    for name, attack in all_attacks(Samples(rows(0), rows(1), rows(2), rows(0), spec, k=5, seed=0)).attacks.items():
        assert isinstance(attack.figure, Figure)
        assert attack.figure.value > 0.6, name


def test_a_row_that_the_population_has_as_well_is_no_evidence() -> None:
    same = pa.table({"a": ["x", "y"] * 50})
    spec = Table(columns={"a": Column(type=ColumnType.CATEGORY)})
    world = world_of(Samples(same, same, same, same, spec, k=5, seed=0))
    assert relative_distance.score(world).tolist() == [-1.0] * 200


def test_dear_tables_are_thinned_targets_first(make_samples: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = make_samples(200)
    monkeypatch.setattr(world_module, "LEAST_TARGETS", 50)
    seen = []
    for work in (1e12, 6_500_000, 100_000):
        monkeypatch.setattr(world_module, "WORK", work)
        world = world_of(samples)
        seen.append((len(world.who_members) + len(world.who_others), len(world.places[2]), len(world.places[3])))
        assert world.members.equals(samples.train.take(world.member_rows))
    assert seen[0] == (400, 200, 200)
    assert 100 < seen[1][0] < 400
    assert seen[1][1:] == (200, 200)
    assert seen[2][0] == 100
    assert 50 <= seen[2][1] < 200


def test_error_counts_entities_on_both_sides(make_samples: Make) -> None:
    samples = make_samples(60)
    samples = replace(samples, spec=samples.spec.model_copy(update={"entity_key": ("count",)}))
    scores = np.random.default_rng(0).normal(size=120)
    result = membership(world_of(samples), lambda _: scores, np.random.default_rng(0))
    who = [entities(part, samples.spec) for part in (samples.train, samples.holdout)]
    expected = auc(scores[:60], scores[60:], who[0], who[1])
    assert expected.n < 60
    assert result.se == pytest.approx(expected.se)
    assert result.entities == expected.n


def test_world_refuses_before_it_measures(make_samples: Make) -> None:
    with pytest.raises(NotScorableError, match="needs at least 30"):
        world_of(make_samples(5))


def test_spikes_are_nearer_where_they_are_copies(make_samples: Make) -> None:
    world = world_of(make_samples(60))
    zero = np.zeros((120, 1))
    more = world.spiked(zero, zero)
    assert (more.to_synthetic[:, 0] == 0).all()
    assert more.to_synthetic.shape == world.to_synthetic.shape
    assert np.array_equal(more.to_synthetic[:, 1:], world.to_synthetic[:, :-1])
    assert np.array_equal(more.to_reference, world.to_reference)


def test_the_most_isolated_are_chosen_blind_to_the_label() -> None:
    """Per class, those of a large class would be more isolated than those of a small one."""
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(size=5000), rng.normal(size=500)
    a, b = most_isolated(inside, outside, 50)
    assert len(a) + len(b) == 550
    assert min(inside[a].min(), outside[b].min()) >= np.sort(np.r_[inside, outside])[-550]
    # 50 of the smaller class are expected; 20 and 80 are 4.9 standard deviations of the hypergeometric law away.
    assert 20 < len(b) < 80


def test_hidden_rows_are_targets_no_more_often_than_rows_of_train_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """600 train rows and 60 targets: of the 20 x (10 + 20) rows that are hidden about 60 are targets, not all."""

    def rows(seed: int, n: int) -> pa.Table:
        rng = np.random.default_rng(seed)
        return pa.table({name: rng.normal(size=n) for name in "abc"})

    hidden: list[int] = []
    real = power._to

    def watched(targets: Points, members: Points, chosen: np.ndarray) -> np.ndarray:
        hidden.append(len(chosen))
        return real(targets, members, chosen)

    monkeypatch.setattr(world_module, "TARGETS", 60)
    monkeypatch.setattr(world_module, "LEAST_TARGETS", 60)
    monkeypatch.setattr(power, "ALARM", 0.0)
    monkeypatch.setattr(power, "_to", watched)
    spec = Table(columns={name: Column(type=ColumnType.DECIMAL) for name in "abc"})
    samples = Samples(rows(0, 600), rows(1, 200), rows(2, 200), rows(3, 600), spec, k=5, seed=0)
    power.power(samples, {"nearest_distance": ATTACKS["nearest_distance"].score})
    # `_to` is called for ranks and for tails; 60 and 4.9 standard deviations of the binomial law
    assert 24 < sum(hidden) / 2 < 96
