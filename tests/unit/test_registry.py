from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from pathlib import Path

import pytest

from synth import registry
from synth.errors import EngineUnavailableError, InvalidInputError, UnknownEngineError
from synth.registry import engine_class, engine_spec, engine_specs, why_unavailable
from synth.synthesizer import Synthesizer

CARD = "name: {name}\ntitle: T\npaper: P\nlicence: MIT\nextra: '{extra}'\n"


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_CONFIG_DIR", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def plugin(cards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine `plug` of another package, whose module a test writes."""
    (cards / "plug.yaml").write_text(CARD.format(name="plug", extra="plug"))
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = EntryPoint("plug", "plug_models:Plug", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group, name: [entry] if name == "plug" else [])
    monkeypatch.delitem(sys.modules, "plug_models", raising=False)
    return tmp_path / "plug_models.py"


def test_every_card_has_a_class_that_keeps_the_contract() -> None:
    assert {"trees", "independent"} <= set(engine_specs())
    for name, spec in engine_specs().items():
        if not spec.extra:
            assert issubclass(engine_class(name), Synthesizer)


SDV = ["sdv_copulagan", "sdv_ctgan", "sdv_gaussian_copula", "sdv_tvae"]


@pytest.mark.parametrize("name", SDV)
def test_engines_of_sdv_are_off_until_their_licence_is_accepted(name: str, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match=r"BUSL-1\.1, is not accepted") as caught:
        engine_class(name)
    assert "engines.sdv.accept_busl: true" in str(caught.value)


@pytest.mark.parametrize("name", SDV)
def test_engines_of_sdv_are_there_once_accepted_or_name_their_extra(
    name: str, cards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cards.parent / "default.yaml").write_text("engines: {sdv: {accept_busl: true}}")
    monkeypatch.delitem(sys.modules, "synth_models.sdv", raising=False)
    if find_spec("sdv") is not None:
        assert issubclass(engine_class(name), Synthesizer)
        monkeypatch.delitem(sys.modules, "synth_models.sdv")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineUnavailableError, match=r"sdv is not installed; run pip install 'synth\[sdv\]'"):
        engine_class(name)


def test_auto_is_trees() -> None:
    assert engine_spec("auto").name == "trees"


def test_unknown_engine_lists_those_that_there_are() -> None:
    with pytest.raises(UnknownEngineError, match=r"auto or one of independent, .*trees") as caught:
        engine_spec("oracle")
    assert caught.value.exit_code == 2


def test_card_of_the_config_folder_wins(cards: Path) -> None:
    (cards / "trees.yaml").write_text(CARD.format(name="trees", extra=""))
    assert engine_spec("trees").title == "T"
    assert "independent" in engine_specs()


def test_wrong_cards_are_told_together(cards: Path) -> None:
    (cards / "a.yaml").write_text("name: a\ntitle: T\npaper: P\nlicence: MIT\ncolour: red\n")
    (cards / "b.yaml").write_text("{")
    (cards / "c.yaml").write_text(CARD.format(name="other", extra=""))
    with pytest.raises(InvalidInputError) as caught:
        engine_specs()
    assert [fault.where for fault in caught.value.faults] == ["models/a.yaml", "models/b.yaml", "models/c.yaml"]


def test_card_without_a_class_is_unavailable(cards: Path) -> None:
    (cards / "ghost.yaml").write_text(CARD.format(name="ghost", extra=""))
    with pytest.raises(EngineUnavailableError, match="nothing is registered"):
        engine_class("ghost")


def test_missing_optional_library_names_the_extra(plugin: Path) -> None:
    plugin.write_text("import no_such_library.deep")
    with pytest.raises(
        EngineUnavailableError, match=r"no_such_library is not installed; run pip install 'synth\[plug\]'"
    ):
        engine_class("plug")
    assert "no_such_library" in why_unavailable("plug")


@pytest.mark.parametrize("text", ["1 / 0", "import synth.no_such_part", "from math import no_such_name"])
def test_other_failures_to_import_raise_with_their_cause(plugin: Path, text: str) -> None:
    plugin.write_text(text)
    with pytest.raises((ZeroDivisionError, ImportError)):
        why_unavailable("plug")


def test_reading_cards_imports_no_model() -> None:
    code = "import sys; from synth.registry import engine_specs; engine_specs(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"synth_models", "sklearn", "torch", "pandas"} & set(loaded)
