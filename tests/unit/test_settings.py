from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import InvalidInputError
from synth.settings import Settings, settings


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_CONFIG_DIR", str(tmp_path))
    return tmp_path / "default.yaml"


def test_defaults_are_in_the_file_of_the_installation(own: Path) -> None:
    assert settings() == Settings()
    assert not settings().accepted("engines.sdv.accept_busl")


def test_own_file_wins_value_by_value(own: Path) -> None:
    own.write_text("engines: {sdv: {accept_busl: true}}")
    assert settings().accepted("engines.sdv.accept_busl")
    own.write_text("engines: {}")
    assert settings() == Settings()
    own.write_text("")
    assert settings() == Settings()


@pytest.mark.parametrize("path", ["engines.sdv.no_such", "engines.sdv", "nothing", ""])
def test_a_setting_that_is_none_accepts_nothing(path: str) -> None:
    assert not Settings().accepted(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "the file"),
        ("- a", "the file"),
        ("engines: {sdv: {accept_busl: perhaps}}", "engines.sdv.accept_busl"),
        ("engines: {sdx: {}}", "engines.sdx"),
    ],
)
def test_wrong_settings_are_told_with_their_place(own: Path, text: str, what: str) -> None:
    own.write_text(text)
    with pytest.raises(InvalidInputError, match=f"{what} is wrong") as caught:
        settings()
    assert caught.value.faults[0].where == str(own)
