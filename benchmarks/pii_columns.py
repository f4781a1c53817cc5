"""Columns with and without personal identifiers for benchmarks/pii.py, made by Faker (MIT) in many languages."""

from __future__ import annotations

import importlib
import importlib.util
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from faker import Faker

from synth.data.columns import Pii
from synth.data.pii.words import lists_of

_LOCALES_TEXT = """
en_US en_GB de_DE fr_FR es_ES it_IT pt_BR pl_PL nl_NL sv_SE fi_FI no_NO cs_CZ tr_TR ru_RU uk_UA el_GR zh_CN zh_TW ja_JP
ko_KR ar_SA ar_DZ es_MX ro_RO
"""
LOCALES = _LOCALES_TEXT.split()
"""Looked at while the rules were written."""

_NEW_LOCALES_TEXT = """
de_AT fr_CA pt_PT es_CO en_IN da_DK hr_HR sk_SK bg_BG lt_LT hu_HU id_ID he_IL fa_IR hi_IN ka_GE
"""
NEW_LOCALES = _NEW_LOCALES_TEXT.split()
"""Looked at only to see what the rules do elsewhere; seeing two failures there led to three mends."""


@dataclass(frozen=True)
class Sample:
    """One column of the test set; `kind` is None where it holds no personal identifier."""

    label: str
    kind: Pii | None
    cells: pa.ChunkedArray
    header: str = ""


_UNSPACED = {"zh", "ja", "ko"}
_Make = Callable[[Any], object]

_LOCAL: Mapping[str, tuple[Pii | None, _Make]] = {
    "name": (Pii.PERSON_NAME, lambda f: f.name()),
    "first_name": (Pii.GIVEN_NAME, lambda f: f.first_name()),
    "last_name": (Pii.FAMILY_NAME, lambda f: f.last_name()),
    "email": (Pii.EMAIL, lambda f: f.email()),
    "phone_number": (Pii.PHONE, lambda f: f.phone_number()),
    "address": (Pii.ADDRESS, lambda f: f.address()),
    "iban": (Pii.IBAN, lambda f: f.iban()),
    "city": (None, lambda f: f.city()),
    "country": (None, lambda f: f.country()),
    "company": (None, lambda f: f.company()),
    "job": (None, lambda f: f.job()),
    "word": (None, lambda f: f.word()),
    "two words": (None, lambda f: " ".join(f.words(2)).title()),
    "sentence": (None, lambda f: f.sentence()),
    "color_name": (None, lambda f: f.color_name()),
    "currency_name": (None, lambda f: f.currency_name()),
    "postcode": (None, lambda f: f.postcode()),
    "license_plate": (None, lambda f: f.license_plate()),
    "city_and_country": (None, lambda f: f"{f.city()}, {f.country()}"),
    "catch_phrase": (None, lambda f: f.catch_phrase()),
    "month_name": (None, lambda f: f.month_name()),
    "day_of_week": (None, lambda f: f.day_of_week()),
    "administrative_unit": (None, lambda f: f.administrative_unit()),
    "language_name": (None, lambda f: f.language_name()),
    "product": (None, lambda f: f"{f.color_name()} {f.word()}"),
    "bank": (None, lambda f: f.bank()),
}
"""Made for every locale that has the method."""

_COMMON: Mapping[str, tuple[Pii | None, _Make]] = {
    "credit_card_number": (Pii.CARD_NUMBER, lambda f: f.credit_card_number()),
    "visa": (Pii.CARD_NUMBER, lambda f: f.credit_card_number("visa")),
    "card with spaces": (Pii.CARD_NUMBER, lambda f: _grouped(f.credit_card_number("mastercard"))),
    "ipv4": (Pii.IP_ADDRESS, lambda f: f.ipv4()),
    "ipv6": (Pii.IP_ADDRESS, lambda f: f.ipv6()),
    "ipv4_private": (Pii.IP_ADDRESS, lambda f: f.ipv4_private()),
    "integer": (None, lambda f: f.random.randrange(10_000)),
    "8 digits": (None, lambda f: f.random.randrange(10**7, 10**8)),
    "9 digits": (None, lambda f: f.random.randrange(10**8, 10**9)),
    "10 digits": (None, lambda f: f.random.randrange(10**9, 10**10)),
    "11 digits": (None, lambda f: f.random.randrange(10**10, 10**11)),
    "13 digits as text": (None, lambda f: str(f.random.randrange(10**12, 10**13))),
    "16 digits as text": (None, lambda f: str(f.random.randrange(10**15, 10**16))),
    "18 digits as text": (None, lambda f: str(f.random.randrange(10**17, 10**18))),
    "unix_time": (None, lambda f: int(f.unix_time())),
    "unix ms": (None, lambda f: int(f.unix_time()) * 1000 + f.random.randrange(1000)),
    "price": (None, lambda f: f.random.randrange(10**6) / 100),
    "price as text": (None, lambda f: f"{f.random.randrange(10**6) / 100:,.2f}"),
    "date": (None, lambda f: f.date()),
    "date dotted": (None, lambda f: f.date("%d.%m.%Y")),
    "date of digits": (None, lambda f: int(f.date("%Y%m%d"))),
    "date time": (None, lambda f: f.date("%Y-%m-%d %H:%M:%S")),
    "time": (None, lambda f: f.time()),
    "sha1": (None, lambda f: f.sha1()),
    "md5": (None, lambda f: f.md5()),
    "uuid4": (None, lambda f: f.uuid4()),
    "ean13": (None, lambda f: f.ean13()),
    "ean8": (None, lambda f: f.ean8()),
    "isbn13": (None, lambda f: f.isbn13()),
    "isbn10": (None, lambda f: f.isbn10(separator="")),
    "isbn10 with dashes": (None, lambda f: f.isbn10()),
    "swift": (None, lambda f: f.swift()),
    "bban": (None, lambda f: f.bban()),
    "latitude": (None, lambda f: float(f.latitude())),
    "coordinate as text": (None, lambda f: f"{f.latitude():.4f}, {f.longitude():.4f}"),
    "url": (None, lambda f: f.url()),
    "domain_name": (None, lambda f: f.domain_name()),
    "mac_address": (None, lambda f: f.mac_address()),
    "file_name": (None, lambda f: f.file_name()),
    "mime_type": (None, lambda f: f.mime_type()),
    "user_agent": (None, lambda f: f.user_agent()),
    "timezone": (None, lambda f: f.timezone()),
    "color": (None, lambda f: f.color()),
    "currency_code": (None, lambda f: f.currency_code()),
    "boolean": (None, lambda f: f.boolean()),
    "product code": (None, lambda f: f.bothify("??-####", letters="ABCDEFGH")),
    "article number": (None, lambda f: f.numerify("###-####-##")),
    "order number": (None, lambda f: f.numerify("%##-%######")),
    "version": (None, lambda f: f.numerify("%.#.#.#")),
    "measure": (None, lambda f: f"{f.random.randrange(500)} {f.random.choice(['kg', 'm', 'kWh', 'l'])}"),
    "room": (None, lambda f: f"Room {f.random.randrange(1, 500)}"),
    "model": (None, lambda f: f"{f.random.choice(['Focus', 'Astra', 'Golf', 'Corolla'])} {f.random.randrange(1, 900)}"),
    "bs": (None, lambda f: f.bs()),
    "vin": (None, lambda f: f.vin()),
    "aba": (None, lambda f: f.aba()),
    "paragraph": (None, lambda f: f.paragraph()),
    "score": (None, lambda f: f"{f.random.randrange(9)}-{f.random.randrange(9)}"),
}
_SEEDS = 5
_CONSTANT = 2
"""Fewest different cells of a column that is kept: a language without a list of its own may have one word."""


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def samples(locales: Sequence[str], rows: int = 300, seed: int = 0) -> Iterator[Sample]:
    """All columns of the test set, the same for the same seed."""
    for locale in locales:
        fake = _faker(locale, seed)
        for label, (kind, make) in _LOCAL.items():
            if (cells := _cells(fake, make, rows)) is not None:
                yield Sample(f"{label} [{locale}]", kind, cells)
        yield from _national(locale, fake, rows)
        user_names = _cells(fake, lambda f: f.user_name(), rows)
        if user_names is not None:
            yield Sample(f"user_name [{locale}]", Pii.USER_NAME, user_names, header="user_name")
    for label, (kind, make) in _COMMON.items():
        for i in range(_SEEDS):
            cells = _cells(_faker("en_US", seed * _SEEDS + i), make, rows)
            assert cells is not None
            yield Sample(f"{label} ({i})", kind, cells)


def _faker(locale: str, seed: int) -> Any:
    fake = Faker(locale)
    fake.seed_instance(f"{locale}{seed}")
    return fake


def _cells(fake: Any, make: _Make, rows: int) -> pa.ChunkedArray | None:
    try:
        cells = pa.chunked_array([[make(fake) for _ in range(rows)]])
    except (AttributeError, NotImplementedError):  # the locale has no such method
        return None
    return cells if len(cells.unique()) >= _CONSTANT else None


def _national(locale: str, fake: Any, rows: int) -> Iterator[Sample]:
    """Personal numbers, where Faker has the country's own."""
    module = f"faker.providers.ssn.{locale}"
    if importlib.util.find_spec(module) is None or "ssn" not in vars(importlib.import_module(module).Provider):
        return
    kind = Pii.CN_RESIDENT_ID if locale == "zh_CN" else Pii.NATIONAL_ID
    yield Sample(f"ssn [{locale}]", kind, pa.chunked_array([[str(fake.ssn()) for _ in range(rows)]]))


def names_of(locale: str) -> tuple[list[str], list[str]]:
    """Given and family names as Faker's lists of one locale hold them, in the locale's own script."""
    held: tuple[set[str], set[str]] = (set(), set())
    for at, pattern in enumerate((r"first_names?(_male|_female)?", r"last_names?(_male|_female)?")):
        for where, entries in lists_of("person", re.compile(pattern)):
            if where == locale:
                held[at].update(entry for entry in entries if locale[:2] not in _UNSPACED or not entry.isascii())
    return sorted(held[0]), sorted(held[1])


def withheld(locale: str, given: Sequence[str], family: Sequence[str], rows: int = 300) -> Iterator[Sample]:
    """Columns made of given and family names that the finder was not told."""
    draw = random.Random(locale)
    joint = "" if locale[:2] in _UNSPACED else " "
    pairs = [(draw.choice(given), draw.choice(family)) for _ in range(rows)]
    full = [f"{b}{joint}{a}" if joint == "" else f"{a} {b}" for a, b in pairs]
    for kind, values in (
        (Pii.GIVEN_NAME, [a for a, _ in pairs]),
        (Pii.FAMILY_NAME, [b for _, b in pairs]),
        (Pii.PERSON_NAME, full),
    ):
        yield Sample(f"withheld {kind.value} [{locale}]", kind, pa.chunked_array([values]))
