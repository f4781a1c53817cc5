"""Pools of made-up values for each locale, and the forms of names in plain Latin letters.

A pool is a few thousand values of one method of Faker, drawn with a seed of its own: it is the same whatever was drawn
before. Rows pick from pools by counter-based numbers, which is fast and depends on nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from faker import Faker
from faker.config import AVAILABLE_LOCALES

from synth.data.standins.numbers import hashed, key_of
from synth.data.standins.pinyin import reading

Counters = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

DEFAULT_LOCALE = "en_US"
POOL = 3000


def is_locale(name: str) -> bool:
    """True for the locales that Faker knows, such as "zh_CN"."""
    return name in AVAILABLE_LOCALES


@cache
def _faker(locale: str) -> Any:
    return Faker(locale)


def knows(locale: str, what: str) -> bool:
    """Whether Faker has such values of the place."""
    return hasattr(_faker(locale), what)


def _seeded(locale: str, what: str) -> Any:
    fake = _faker(locale)
    fake.seed_instance(key_of("pool", locale, what))
    return fake


@cache
def pool(locale: str, what: str) -> tuple[str, ...]:
    """Different made-up values of a method of Faker, at most `POOL`; of Chinese names those that have a reading."""
    make = getattr(_seeded(locale, what), what)
    values = {" ".join(str(make()).split()) for _ in range(POOL)}
    read = {value for value in values if reading(value, what)} if locale == "zh_CN" else set()
    return tuple(sorted(read or values))


@cache
def latin(locale: str, what: str) -> tuple[str, ...]:
    """The small plain letters of each name of a pool.

    Chinese and Japanese names are read. Names in other scripts get one of Faker's Latin names of the same place, the
    same each time; "user" where it has none.
    """
    pair = getattr(_seeded(locale, what), f"{what}_pair", None)
    readings = {name: plain for name, _, plain in (pair() for _ in range(POOL))} if pair else {}
    if locale == "zh_CN":
        readings = {name: reading(name, what) for name in pool(locale, what)}
    others = _romanized(locale, what)
    slugs = [_slug(readings.get(name, name)) for name in pool(locale, what)]
    spare = [others[key_of(name) % len(others)] for name in pool(locale, what)]
    return tuple(slug or other for slug, other in zip(slugs, spare, strict=True))


def _romanized(locale: str, what: str) -> list[str]:
    first, _, rest = what.partition("_name")
    for method in (f"{first}_romanized_name{rest}", f"{first}_romanized_name"):
        if knows(locale, method):
            return [_slug(name) for name in pool(locale, method)]
    return ["user"]


def places(numbers: Counters, size: int, key: int) -> npt.NDArray[np.int64]:
    """A place in 0..size-1 for each number."""
    return (hashed(numbers, key) % np.uint64(size)).astype(np.int64)


def pick(values: tuple[str, ...], numbers: Counters, key: int) -> Texts:
    """One of the values for each number."""
    return np.array(values, object)[places(numbers, len(values), key)]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain)
