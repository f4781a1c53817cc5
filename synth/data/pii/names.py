"""People's names: word lists of many places, and the form that names have.

The lists are those of Faker (MIT), read from its locale data; for Chinese the surnames decide, since given names are
free. Words that are also ordinary words weigh little: most cells of a column must be names, not a few.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import faker.providers.person as person

_LISTS = {
    "given": (
        "first_names",
        "first_names_male",
        "first_names_female",
        "first_names_nonbinary",
        "first_romanized_names",
    ),
    "family": ("last_names", "last_names_male", "last_names_female", "last_romanized_names"),
}
_CJK = re.compile(r"[\u4e00-\u9fff]{2,4}")
_COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "歐陽",
    "司馬",
    "諸葛",
    "夏侯",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "端木",
)
_TITLE = re.compile(
    r"^(mr|mrs|ms|miss|dr|prof|herr|frau|m|mme|mlle|sr|sra|don|doña|ing|dipl|univ|ing|sig|dott|pan|pani|dhr|mevr)\.?\s+",
    re.I,
)
_SUFFIX = re.compile(r"[, ]+(jr|sr|ii|iii|iv|md|dds|phd|dvm|mba|b\.?sc|m\.?sc|b\.?a|m\.?a)\.?$", re.I)


@dataclass(frozen=True)
class Words:
    """Lower-case given and family names of all places."""

    given: frozenset[str]
    family: frozenset[str]
    cjk_family: frozenset[str]
    cjk_given: frozenset[str]


@cache
def words() -> Words:
    """Reads the lists once."""
    given: set[str] = set()
    family: set[str] = set()
    for provider in _providers():
        for name in _LISTS["given"]:
            given.update(_texts(getattr(provider, name, ())))
        for name in _LISTS["family"]:
            family.update(_texts(getattr(provider, name, ())))
    chinese = {name for name in family if re.fullmatch(r"[\u4e00-\u9fff]+", name)}
    return Words(
        frozenset(name.lower() for name in given if len(name) > 1),
        frozenset(name.lower() for name in family if len(name) > 1),
        frozenset(chinese | set(_COMPOUND)),
        frozenset(name for name in given if re.fullmatch(r"[\u4e00-\u9fff]+", name)),
    )


def _providers() -> Iterator[Any]:
    for module in pkgutil.iter_modules(person.__path__):
        yield importlib.import_module(f"{person.__name__}.{module.name}").Provider


def _texts(entries: Any) -> Iterable[str]:
    if not isinstance(entries, Iterable):  # a property that a class computes
        return []
    return [entry if isinstance(entry, str) else str(entry[0]) for entry in entries]


@dataclass(frozen=True)
class Shares:
    """Shares of cells that are a person's full, given or family name, and that are Chinese names."""

    full: float
    given: float
    family: float
    chinese: float


def name_shares(cells: Sequence[str]) -> Shares:
    """Looks at each cell; `cells` has at least one."""
    known = words()
    counts = {"full": 0, "given": 0, "family": 0, "chinese": 0}
    for cell in cells:
        text = _SUFFIX.sub("", _TITLE.sub("", cell.strip()))
        if _CJK.fullmatch(text):
            if (text[:1] in known.cjk_family and len(text) in {2, 3}) or text[:2] in known.cjk_family:
                counts["chinese"] += 1
            counts["family"] += text in known.cjk_family
            counts["given"] += text in known.cjk_given
            continue
        _count(text, known, counts)
    n = len(cells)
    return Shares(*(counts[kind] / n for kind in ("full", "given", "family", "chinese")))


def _count(text: str, known: Words, counts: dict[str, int]) -> None:
    if "," in text and len(text.split(",")) == 2:
        family, given = (part.strip() for part in text.split(","))
        text = f"{given} {family}"
    lowered = text.lower()
    counts["given"] += lowered in known.given
    counts["family"] += lowered in known.family
    tokens = [token for token in re.split(r"[\s]+", lowered) if not re.fullmatch(r"\w\.?", token)]
    if 2 <= len(tokens) <= 5 and not re.search(r"\d|[&/@#]", text):
        first, last = tokens[0], tokens[-1]
        is_western = first in known.given and _is_family(last, known)
        is_eastern = first in known.family and last in known.given
        two_given = first in known.given and len(tokens) > 2 and _is_family(tokens[-2], known)
        counts["full"] += is_western or is_eastern or two_given or _is_compact(tokens, known)


def _is_family(token: str, known: Words) -> bool:
    return token in known.family or any(part in known.family for part in re.split(r"[-']", token) if len(part) > 2)


def _is_compact(tokens: Sequence[str], known: Words) -> bool:
    """Double names and particles: any given name with a family name after it."""
    places = [i for i, token in enumerate(tokens) if token in known.given]
    return bool(places) and any(_is_family(token, known) for token in tokens[places[0] + 1 :])
