"""Metadata as YAML and JSON text: a safe subset, read and written by the same rules.

YAML is read as version 1.2 means it: `NO` and `12:30` are text and `1e-6` is a number, where PyYAML's YAML 1.1 gives
False, 750 and text. Dates stay dates. Keys may not repeat, and anchors are refused, since nested aliases can grow
without bound.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import yaml

from synth.errors import Fault, InvalidMetadataError

_SCALARS = (
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?((0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?(0|[1-9][0-9]*)[eE][-+]?[0-9]+",
        "-+.0123456789",
    ),
    (
        "tag:yaml.org,2002:timestamp",
        r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[-+]\d\d:\d\d)?)?",
        "0123456789",
    ),
)


class _Loader(yaml.SafeLoader):
    """Safe YAML 1.2 without anchors and repeated keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own form

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="anchor", problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise yaml.MarkedYAMLError(problem="repeated key", problem_mark=node.start_mark)
        return mapping

    def construct_yaml_timestamp(self, node: Any) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value  # no such day: stays text, and the field's own check reports it


class _Dumper(yaml.SafeDumper):
    """Quotes exactly the texts that `_Loader` would read as something else, and writes no anchors."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own form

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - signature of the base class
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Breaks and control characters are escaped: PyYAML folds some of them away in other styles."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_text)
for _class in (_Loader, _Dumper):
    for _tag, _pattern, _first in _SCALARS:
        _class.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


_FACTS = {"anchor": "it has an anchor", "repeated key": "it has a repeated key"}


def read_yaml(text: str) -> object:
    """Plain data of a YAML text.

    Raises:
        InvalidMetadataError: names the line, never its content.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError, LookupError) as error:  # explicit tags
        mark = getattr(error, "problem_mark", None)
        fact = _FACTS.get(str(getattr(error, "problem", None)), "it is not")
        raise _malformed("YAML", fact, None if mark is None else mark.line + 1) from None


def read_json(text: str) -> object:
    """Plain data of a JSON text.

    Raises:
        InvalidMetadataError: names the line, never its content.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise _malformed("JSON", "it is not", error.lineno) from None
    except (ValueError, RecursionError) as error:
        fact = _FACTS["repeated key"] if isinstance(error, _RepeatedKeyError) else "it is not"
        raise _malformed("JSON", fact, None) from None


def write_yaml(data: dict[str, Any]) -> str:
    """Short, readable YAML in the order of `data`."""
    return yaml.dump(
        _plain(data, keep_dates=True),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=120,
        default_flow_style=None,
    )


def write_json(data: dict[str, Any]) -> str:
    """Indented JSON in the order of `data`."""
    return json.dumps(_plain(data, keep_dates=False), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _plain(value: Any, *, keep_dates: bool) -> Any:
    """Plain mappings, lists and scalars; times are ISO text, since YAML has no plain form for them everywhere."""
    if isinstance(value, dict):
        return {key: _plain(item, keep_dates=keep_dates) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, keep_dates=keep_dates) for item in value]
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, time | datetime) or (isinstance(value, date) and not keep_dates):
        return value.isoformat()
    return value


class _RepeatedKeyError(ValueError):
    pass


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _RepeatedKeyError
    return mapping


def _malformed(form: str, fact: str, line: int | None) -> InvalidMetadataError:
    return InvalidMetadataError(
        Fault(
            "metadata-malformed",
            f"the metadata must be {form} without anchors and repeated keys",
            fact,
            "mend the text there",
            where="" if line is None else f"line {line}",
        )
    )
