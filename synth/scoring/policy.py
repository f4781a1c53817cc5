"""Policies: the limits of the gate as versioned YAML, four levels and presets of sectors that may only tighten them.

`configs/policies/NAME.yaml`, also from $SYNTH_CONFIG_DIR. A level (L0 to L3) states every limit; a preset raises the
level by `uplift` and may override single limits.
"""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth.errors import Fault, InvalidInputError, raise_all
from synth.settings import config_files

LEVELS = ("L0", "L1", "L2", "L3")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GateRule(_Strict):
    """One gate's limit, and the least evidence that it may pass on (people, rows or attacks, see `synth.scoring.gate`).

    All limits are upper limits: lower is stricter; of evidence more is.
    """

    limit: float | None = Field(default=None, ge=0)
    evidence: int = Field(default=0, ge=0)


class Policy(_Strict):
    """A level, or a level tightened by a preset.

    Attributes:
        name: "L2", or "L2 health".
        version: of the level, then of the preset ("1", "1.1").
        title: for people.
        level: whose limits hold, after the uplift.
        k: fewest subjects behind what a generator keeps and a report shows.
        gates: by letter; a gate that is absent does not apply.
        expiry_days: after which a report must be made anew; 0 for the level's own.
        checks: what a reviewer must look at besides, in words.
        reviewers: who must agree, in words.
    """

    name: str
    version: str
    title: str
    level: str
    k: int = Field(ge=1)
    gates: dict[str, GateRule]
    expiry_days: int = 0
    checks: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


class _Level(_Strict):
    name: str
    version: int
    title: str
    k: int = Field(ge=1)
    gates: dict[str, GateRule]


class _Preset(_Strict):
    name: str
    version: int
    title: str
    uplift: int = Field(ge=0, le=3)
    k: int = Field(default=1, ge=1)
    expiry_days: int = Field(default=0, ge=0)
    checks: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    gates: dict[str, GateRule] = Field(default_factory=dict)


def presets() -> list[str]:
    """Names of the presets that there are."""
    return [name for name in config_files("policies") if name not in LEVELS]


def policy(level: str, preset: str = "") -> Policy:
    """The policy of a level, tightened by a preset where one is named.

    Raises:
        InvalidInputError: no such level or preset, a file that is none, or a preset that loosens a limit.
    """
    if level not in LEVELS:
        rule = f"the policy must be one of {', '.join(LEVELS)}"
        raise InvalidInputError(Fault("unknown-policy", rule, f"it is {level!r}", "name one of these", "policy"))
    if not preset:
        found = _Level.model_validate(_read(level, _Level))
        return Policy(**found.model_dump() | {"version": str(found.version)}, level=level)
    if preset not in presets():
        rule = f"the sector must be one of {', '.join(presets())}"
        raise InvalidInputError(Fault("unknown-sector", rule, f"it is {preset!r}", "name one of these", "sector"))
    over = _Preset.model_validate(_read(preset, _Preset))
    base = policy(LEVELS[min(LEVELS.index(level) + over.uplift, 3)])
    return _tightened(base, over, level)


def _tightened(base: Policy, over: _Preset, asked: str) -> Policy:
    faults = []
    gates = dict(base.gates)
    for letter, rule in over.gates.items():
        own = base.gates.get(letter, GateRule())
        looser = rule.limit is not None and own.limit is not None and rule.limit > own.limit
        if looser or (rule.evidence and rule.evidence < own.evidence):
            fact = f"gate {letter} of `{over.name}` is looser than at {base.level}"
            faults.append(Fault("policy-loosens", "a preset may only tighten", fact, "mend the preset", over.name))
        limit = own.limit if rule.limit is None else rule.limit
        gates[letter] = GateRule(limit=limit, evidence=max(rule.evidence, own.evidence))
    raise_all(faults)
    return Policy(
        name=f"{asked} {over.name}",
        version=f"{base.version}.{over.version}",
        title=f"{over.title}: {base.title.lower()}",
        level=base.level,
        k=max(base.k, over.k),
        gates=gates,
        expiry_days=over.expiry_days,
        checks=over.checks,
        reviewers=over.reviewers,
    )


def _read(name: str, form: type[_Strict]) -> dict[str, Any]:
    path = config_files("policies").get(name)
    rule, where = "a policy must follow its form", f"policies/{name}.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
        form.model_validate(found)
    except ValidationError as error:
        faults = [Fault("policy-form", rule, f"{'.'.join(map(str, e['loc']))} is wrong ({e['type']})", "mend it", where)
                  for e in error.errors()]  # fmt: skip
        raise InvalidInputError(*faults) from None
    except yaml.YAMLError:
        raise InvalidInputError(Fault("policy-form", rule, "it is not YAML", "mend the file", where)) from None
    assert isinstance(found, dict)
    return found
