"""The languages of the report: English as written in code and templates, others from one catalogue each (`*.po`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from synth.texts import Arg, Text

CATALOGUES = Path(__file__).parent / "catalogues"
ENGLISH, CHINESE = "en", "zh"


@dataclass(frozen=True)
class Language:
    """Says sentences in one language; what the catalogue lacks is said in English.

    Attributes:
        code: for ids and file names.
        tag: BCP 47, for the `lang` attribute.
        name: in the language itself.
    """

    code: str
    tag: str
    name: str
    catalogue: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __call__(self, template: str, /, **args: Arg) -> str:
        """Says a literal of ours, with its places filled."""
        return self._filled(template, args)

    def said(self, text: str) -> str:
        """Says a sentence that came with the scorecard; a plain string is data and stays as it is."""
        return self._filled(text.template, text.args) if isinstance(text, Text) else text

    def _filled(self, template: str, args: Mapping[str, Arg]) -> str:
        found = self.catalogue.get(template) or template
        if not args:
            return found
        return found.format(**{name: self.said(arg) if isinstance(arg, str) else arg for name, arg in args.items()})


@cache
def languages() -> tuple[Language, ...]:
    """All languages of the report, English first."""
    return Language(ENGLISH, "en", "English"), Language(CHINESE, "zh-Hans", "中文", catalogue(CHINESE))


@cache
def catalogue(code: str) -> Mapping[str, str]:
    """Translations by English template."""
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}
