"""Lists of people's names, of places and of ordinary words, in many languages.

They are the locale data of Faker (MIT): its lists of given and family names, cities and regions, jobs, colours,
currencies, company words and filler text. They are read as data only, once, when a column may hold names.
"""

from __future__ import annotations

import calendar
import importlib
import pkgutil
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

CLASSES = ("given", "family", "place", "word")
"""What a token may be; the rows of every score."""

_SOURCES: tuple[tuple[str, str, str], ...] = (
    ("given", "person", r"(first|middle)_.*(name|kana|pairs).*"),
    ("family", "person", r".*last_.*(name|pairs).*"),
    ("place", "address", r"(?!.*(format|code|abbr|pincode|postal|zip|postcode)).*(cit(y|ies)|state|countr|province"
     r"|count(y|ies)|region|district|town|village|settlement|commune|canton|territor|department|municipalit|localit"
     r"|prefecture|borough|bairros|estados|distritos|concelhos|freguesias|places|wilayas|area_names|lgus|tambon|amphoe)"
     r".*"),
    ("word", "lorem", r"word_list|english_word_list|common_words"),
    ("word", "job", r"jobs(_male|_female)?"),
    ("word", "color", r"all_colors"),
    ("word", "currency", r"(crypto)?currencies"),
    ("word", "company", r"(?!.*(format|code)).*"),
    ("word", "date_time", r"(day|month)_names|traditional_month_names"),
    ("word", "person", r"language_names"),
)  # fmt: skip
"""Class, package of Faker's providers, and the names of the lists taken from it."""

_LETTERS = r"(?:[^\W\d_]+[\u0900-\u0e7f]*)+"  # vowel signs of Indic and Thai letters stand apart in Unicode
_TOKEN = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*")
_COMBINING = re.compile(r"[\u0300-\u036f]")
_MARKS = re.compile(r"[\u064b-\u0652\u0670\u05b0-\u05c7]")


@dataclass(frozen=True)
class Words:
    """Folded tokens.

    Attributes:
        counts: by class, how often its lists hold each token.
        given, family: tokens by locale of the list, such as "de_AT".
    """

    counts: Mapping[str, Counter[str]]
    given: Mapping[str, frozenset[str]]
    family: Mapping[str, frozenset[str]]


def fold(text: str) -> str:
    """Lower case without accents and vowel signs, so that spellings of one name meet."""
    plain = _COMBINING.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", _MARKS.sub("", plain))


def tokens(text: str) -> list[str]:
    """Words of letters, folded; an apostrophe inside stays."""
    return [token.replace("’", "'") for token in _TOKEN.findall(fold(text))]


def read_words(keep: Callable[[str], bool] | None = None) -> Words:
    """Reads all lists.

    Args:
        keep: which given and family names count, as they stand in a list; a benchmark withholds half with it.
    """
    counts: dict[str, Counter[str]] = {name: Counter() for name in CLASSES}
    by_locale: dict[str, dict[str, set[str]]] = {"given": {}, "family": {}}
    for kind, package, pattern in _SOURCES:
        for locale, entries in lists_of(package, re.compile(pattern, re.IGNORECASE)):
            if kind in by_locale and keep is not None:
                entries = [entry for entry in entries if keep(entry)]
            found = tokens("\n".join(entries))
            if package == "date_time":
                found += tokens(" ".join([*calendar.month_name, *calendar.day_name]))
                found += [token[:3] for token in found]  # "Jan", "Mon"
            if kind in by_locale:
                by_locale[kind].setdefault(locale, set()).update(found)
            else:
                counts[kind].update(found)
    for kind, lists in by_locale.items():
        for held in lists.values():
            counts[kind].update(held)
    given, family = ({at: frozenset(of) for at, of in by_locale[kind].items()} for kind in ("given", "family"))
    return Words(counts, given, family)


def lists_of(package: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, list[str]]]:
    """Locale and entries of each of Faker's lists whose name fits; ordinary lists only, nothing is called."""
    parent = importlib.import_module(f"faker.providers.{package}")
    modules = [(parent, "")]
    modules += [
        (importlib.import_module(f"{parent.__name__}.{module.name}"), module.name)
        for module in pkgutil.iter_modules(parent.__path__)
    ]
    for module, locale in modules:
        provider = getattr(module, "Provider", None)
        for name, value in vars(provider).items() if provider is not None else ():
            if pattern.fullmatch(name) and "formats" not in name:
                yield locale, _texts(value)


def _texts(value: object) -> list[str]:
    """The texts of a list, its keys and values where it is a mapping, and those of lists inside it."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        value = [*value, *(item for item in value.values() if isinstance(item, str | Collection))]
    if not isinstance(value, Collection):
        return []
    found: list[str] = []
    for item in value:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, Collection):
            found += _texts(item)
    return [text for text in found if "{" not in text and "#" not in text]


@cache
def words() -> Words:
    """All lists, read once."""
    return read_words()


@cache
def area_code_places() -> frozenset[str]:
    """Folded names of some 40,000 places with an area code of their own, as phonenumbers (Apache-2.0) holds them."""
    geodata = importlib.import_module("phonenumbers.geodata")
    names = {name for names in geodata.GEOCODE_DATA.values() for name in names.values()}
    return frozenset(re.sub(r"(, | - |/).*", "", fold("\n".join(names))).split("\n"))


def read_street_words() -> frozenset[str]:
    """What streets are called in the locale data: "street", "mews", "rua"; words of three letters or more."""
    found = {
        word
        for _, entries in lists_of("address", re.compile(r"street_(suffixes|prefixes)\w*"))
        for entry in entries
        for word in _TOKEN.findall(entry.casefold())
    }
    return frozenset(word for word in found if len(word) > 2)
