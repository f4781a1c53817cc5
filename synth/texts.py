"""Sentences that can be said in several languages: a template in English, and what fills its places.

A `Text` is an ordinary string (the English sentence) that remembers how it was made, so that a report can say it in
another language later. In JSON it is an object; a plain string in its place is data and is never translated:

    {"text": "needs 30 rows, has 12", "template": "needs {least} rows, has {n}", "args": {"least": 30, "n": 12}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

Arg: TypeAlias = "str | int | float"
"""What fills a place: data as it is, a number, or another `Text`."""


class Text(str):
    """An English sentence with its template and arguments."""

    __slots__ = ("args", "template")
    template: str
    args: Mapping[str, Arg]

    def __new__(cls, template: str, args: Mapping[str, Arg] | None = None) -> Text:
        """Fills the template; without arguments it stays as it is, braces and all.

        Raises:
            KeyError: a place of the template has no argument.
        """
        made = super().__new__(cls, template.format(**args) if args else template)
        made.template, made.args = template, dict(args or {})
        return made

    def __reduce__(self) -> tuple[type[Text], tuple[str, Mapping[str, Arg]]]:
        """For deep copies, and for processes of one benchmark; what is stored is JSON."""
        return Text, (self.template, self.args)


def say(template: str, /, **args: Arg) -> Text:
    """A sentence for people; `template` must be a literal, for translators' tools look for it.

    >>> say("needs {least} rows", least=30)
    'needs 30 rows'
    """
    return Text(template, args)


def _read(value: Any) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping) or not isinstance(value.get("text"), str):
        raise ValueError("a sentence is a string or an object with a text")  # noqa: TRY004 - pydantic turns it into a fault
    args = {str(name): _argument(arg) for name, arg in value.get("args", {}).items()}
    return Text(value.get("template", value["text"]), args)


def _argument(arg: Any) -> Arg:
    return arg if isinstance(arg, (int, float)) else _read(arg)


def _write(value: str) -> Any:
    if not isinstance(value, Text):
        return value
    if not value.args:
        return {"text": str(value)}
    args = {name: _write(arg) if isinstance(arg, str) else arg for name, arg in value.args.items()}
    return {"text": str(value), "template": value.template, "args": args}


_SCHEMA: dict[str, Any] = {
    "description": "A sentence: as it is, or with the template and arguments it was made from.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string"}, "template": {"type": "string"}, "args": {"type": "object"}},
        },
    ],
}

Said: TypeAlias = Annotated[
    str,
    PlainValidator(_read),
    PlainSerializer(_write, when_used="json"),
    WithJsonSchema(_SCHEMA),
]
"""Type of a model's field that holds a sentence; plain strings are taken as they are."""
