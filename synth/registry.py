"""The engines: a card (`configs/models/NAME.yaml`) and a class (entry point NAME of the group `synth.models`) each.

Cards are read without importing a model; a class is imported when it is asked for.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import yaml
from pydantic import ValidationError

from synth.errors import EngineUnavailableError, Fault, UnknownEngineError, raise_all
from synth.settings import config_files, settings
from synth.synthesizer import EngineSpec, Synthesizer

GROUP = "synth.models"
AUTO = "auto"
DEFAULT = "trees"
"""What `auto` stands for (design.md 5.3)."""


def engine_specs() -> dict[str, EngineSpec]:
    """The cards of all engines, by name, sorted.

    Raises:
        InvalidInputError: a card does not follow the schema; lists all faults of all cards.
    """
    specs: dict[str, EngineSpec] = {}
    faults: list[Fault] = []
    for name, path in config_files("models").items():
        try:
            specs[name] = EngineSpec.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            faults += [_card_fault(path, ".".join(map(str, e["loc"])), e["type"]) for e in error.errors()]
        except yaml.YAMLError:
            faults.append(_card_fault(path, "the file", "not YAML"))
        else:
            if specs[name].name != name:
                faults.append(_card_fault(path, "name", "not the name of the file"))
    raise_all(faults)
    return specs


def engine_spec(name: str) -> EngineSpec:
    """The card of one engine; `auto` is the default engine.

    Raises:
        UnknownEngineError: no engine has this name; lists those that there are.
    """
    specs = engine_specs()
    name = DEFAULT if name == AUTO else name
    if name not in specs:
        raise UnknownEngineError(
            Fault(
                "unknown-engine",
                f"the engine must be {AUTO} or one of {', '.join(specs)}",
                f"it is {name!r}",
                "name one of these; `synth engines` describes them",
                where="engine",
            )
        )
    return specs[name]


def engine_class(name: str) -> type[Synthesizer]:
    """The class of an engine; imports it.

    Raises:
        UnknownEngineError: no engine has this name.
        EngineUnavailableError: its optional library, or the package that holds it, is not installed, or its licence
            asks for a yes of the operator that is not there.
        ImportError: any other failure to import, with its cause.
    """
    spec = engine_spec(name)
    if spec.needs_acceptance and not settings().accepted(spec.needs_acceptance):
        fact = f"its licence, {spec.licence}, is not accepted here"
        remedy = f"read it, then set {spec.needs_acceptance}: true in $SYNTH_CONFIG_DIR/default.yaml"
        raise EngineUnavailableError(_unavailable(spec, fact, remedy))
    found = entry_points(group=GROUP, name=spec.name)
    if not found:
        raise EngineUnavailableError(_unavailable(spec, "nothing is registered under this name", "install its package"))
    return _load(next(iter(found)), spec)


def _load(entry: EntryPoint, spec: EngineSpec) -> type[Synthesizer]:
    try:
        return entry.load()  # type: ignore[no-any-return]
    except ModuleNotFoundError as error:
        own = entry.module.partition(".")[0]
        missing = (error.name or "").partition(".")[0]
        if not spec.extra or missing in {"", "synth", own}:
            raise
        remedy = f"run pip install 'synth[{spec.extra}]'"
        raise EngineUnavailableError(_unavailable(spec, f"{missing} is not installed", remedy)) from error


def why_unavailable(name: str) -> str:
    """Why an engine cannot be used here, empty where it can. Imports it.

    Raises:
        ImportError: it is broken, which is another thing than a missing optional library.
    """
    try:
        engine_class(name)
    except EngineUnavailableError as error:
        return "; ".join(f"{fault.fact}: {fault.remedy}" for fault in error.faults)
    return ""


def _unavailable(spec: EngineSpec, fact: str, remedy: str) -> Fault:
    return Fault(
        "engine-unavailable", "an engine needs its libraries and their licences", fact, remedy, where=spec.name
    )


def _card_fault(path: Path, what: str, reason: str) -> Fault:
    return Fault(
        "engine-card",
        "an engine's card must follow the schema",
        f"{what} is wrong ({reason})",
        "mend the file",
        where=f"models/{path.name}",
    )
