"""Settings of an installation, and where its configuration files are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from synth.errors import Fault, raise_all

CONFIG_VARIABLE = "SYNTH_CONFIG_DIR"
SETTINGS = "default.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SdvSettings(_Part):
    """Of SDV's engines; `accept_busl`: the operator read the Business Source License 1.1 and keeps it."""

    accept_busl: bool = False


class EnginesSettings(_Part):
    """Of the engines that need any."""

    sdv: SdvSettings = SdvSettings()


class Settings(_Part):
    """`default.yaml`: of the installation, then of SYNTH_CONFIG_DIR, whose values win one by one."""

    engines: EnginesSettings = EnginesSettings()

    def accepted(self, path: str) -> bool:
        """Whether the yes or no at a dotted path ("engines.sdv.accept_busl") is yes; a path that is none is a no."""
        value: Any = self
        for name in path.split("."):
            value = getattr(value, name, None) if isinstance(value, BaseModel) else None
        return value is True


def settings() -> Settings:
    """Reads the settings; a file that is changed counts at the next call.

    Raises:
        InvalidInputError: a file is not YAML, or has a setting that there is not; lists all faults.
    """
    merged: dict[str, Any] = {}
    faults: list[Fault] = []
    for path in (folder / SETTINGS for folder in config_folders()):
        if not path.is_file():
            continue
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            Settings.model_validate(found)
        except yaml.YAMLError:
            faults.append(_fault(path, "the file", "not YAML"))
        except ValidationError as error:
            faults += [_fault(path, ".".join(map(str, e["loc"])) or "the file", e["type"]) for e in error.errors()]
        else:
            merged = _merged(merged, found)
    raise_all(faults)
    return Settings.model_validate(merged)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(below[name], value) if isinstance(value, dict) and isinstance(below.get(name), dict) else value
        for name, value in above.items()
    }
    return {**below, **both}


def _fault(path: Path, what: str, reason: str) -> Fault:
    rule, fact = "settings must follow the form of configs/default.yaml", f"{what} is wrong ({reason})"
    return Fault("settings", rule, fact, "mend the file", where=str(path))


def config_folders() -> list[Path]:
    """Folders of configuration, later ones win: what was installed (or lies in the checkout), then SYNTH_CONFIG_DIR."""
    package = Path(__file__).parent
    folders = [folder for folder in (package / "_configs", package.parent / "configs") if folder.is_dir()][:1]
    own = os.environ.get(CONFIG_VARIABLE)
    return [*folders, *([Path(own)] if own else [])]


def config_files(kind: str) -> dict[str, Path]:
    """The YAML files of a kind ("models"), by name, sorted."""
    found = {path.stem: path for folder in config_folders() for path in (folder / kind).glob("*.yaml")}
    return dict(sorted(found.items()))
