from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from synth.errors import InvalidInputError
from synth.scoring.policy import LEVELS, policy, presets


def test_levels_get_stricter() -> None:
    found = [policy(level) for level in LEVELS]
    assert [p.k for p in found] == [5, 5, 11, 20]
    for lower, higher in pairwise(found[1:]):
        for letter, rule in lower.gates.items():
            other = higher.gates[letter]
            assert (other.limit or 0) <= (rule.limit or 0)
            assert other.evidence >= rule.evidence


@pytest.mark.parametrize("preset", presets())
@pytest.mark.parametrize("level", LEVELS)
def test_presets_only_tighten(preset: str, level: str) -> None:
    bare, tightened = policy(level), policy(level, preset)
    assert tightened.k >= bare.k
    assert set(tightened.gates) >= set(bare.gates)
    for letter, rule in bare.gates.items():
        limit = tightened.gates[letter].limit
        assert rule.limit is None or (limit is not None and limit <= rule.limit)
        assert tightened.gates[letter].evidence >= rule.evidence
    assert tightened.reviewers
    assert tightened.name == f"{level} {preset}"


def test_there_is_a_preset_for_each_sector() -> None:
    assert set(presets()) >= {
        "health", "finance", "education", "energy", "transport", "official_statistics", "urban_governance",
        "low_altitude", "china_cross_border",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: own\nversion: 1\ntitle: T\nuplift: 0\ngates: {E: {limit: 0.9}}\n", "policy-loosens"),
        ("name: own\nversion: 1\ntitle: T\nuplift: 0\ngates: {D: {evidence: 10}}\n", "policy-loosens"),
        ("name: own\nversion: 1\ntitle: T\nuplift: 9\n", "policy-form"),
        ("{", "policy-form"),
        ("name: own\nversion: 1\ntitle: T\nuplift: 0\ncolour: red\n", "policy-form"),
    ],
)
def test_a_preset_that_loosens_or_is_none_is_refused(
    text: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_CONFIG_DIR", str(tmp_path))
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "own.yaml").write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        policy("L2", "own")
    assert {fault.code for fault in caught.value.faults} == {code}


@pytest.mark.parametrize(("level", "preset", "code"), [("L9", "", "unknown-policy"), ("L1", "moon", "unknown-sector")])
def test_unknown_names_are_told(level: str, preset: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        policy(level, preset)
    assert [fault.code for fault in caught.value.faults] == [code]
