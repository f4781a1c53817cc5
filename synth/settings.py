"""Where Synth finds its configuration files."""

from __future__ import annotations

import os
from pathlib import Path

CONFIG_VARIABLE = "SYNTH_CONFIG_DIR"


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
