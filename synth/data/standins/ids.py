"""Numbers of people that are valid in form and belong to nobody, and that differ within their own digits.

Addresses of the internet are private ones or those of documentation (RFC 1918, RFC 3849), United States phone numbers
are the fictitious 555-01xx, their social security numbers are of a range that is never issued. Elsewhere numbers have
the form of the place and valid check digits. All take numbers of people, or of rows where the value must be unique.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from ipaddress import IPv6Address

import numpy as np
import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric

from synth.data.standins.numbers import hashed, key_of, permuted
from synth.data.standins.pools import Counters, knows, pick, pool

_AREAS = tuple(a for a in range(201, 990) if a % 100 != 11 and a // 10 % 10 != 9)
_DAYS, _FIRST_DAY = 20_000, date(1950, 1, 1)
_CHECKERS = {
    "fi_FI": "fi.hetu",
    "fr_FR": "fr.nir",
    "it_IT": "it.codicefiscale",
    "nl_NL": "nl.bsn",
    "no_NO": "no.fodselsnummer",
    "pl_PL": "pl.pesel",
    "pt_BR": "br.cpf",
    "ro_RO": "ro.cnp",
    "sv_SE": "se.personnummer",
    "tr_TR": "tr.tckimlik",
}
"""Modules of python-stdnum that know the check digits of a place's national numbers."""


def phones(locale: str, numbers: Counters, key: int, unique: bool) -> list[str]:
    """Fictitious numbers in the United States and where Faker knows no others, else numbers in the form of the place.

    An extension follows where numbers must be unique and the place has no more.
    """
    if locale == "en_US" or not knows(locale, "phone_number"):
        serials, turns = _serials(numbers, 100 * len(_AREAS), key, unique)
        texts = [f"({_AREAS[n // 100]}) 555-01{n % 100:02d}" for n in serials.tolist()]
    else:
        texts, turns = _filled(_phone_models(locale), 7, numbers, key, unique)
    return _extended(texts, turns, " x")


def cards(_locale: str, numbers: Counters, key: int, unique: bool) -> list[str]:
    """Sixteen digits with a valid check digit."""
    serials = _serials(numbers, 10**14, key, unique)[0]
    return [(head := f"4{n:014d}") + luhn.calc_check_digit(head) for n in serials.tolist()]


def accounts(locale: str, numbers: Counters, key: int, unique: bool) -> list[str]:
    """IBANs of the place with valid check digits."""
    bodies, _ = _filled(_account_models(locale), 8, numbers, key, unique)
    return [f"{b[:2]}{iban.calc_check_digits(f'{b[:2]}00{b[2:]}')}{b[2:]}" for b in bodies]


def internet(_locale: str, numbers: Counters, key: int, unique: bool) -> list[str]:
    """Private addresses (RFC 1918), and where those do not suffice the ones of documentation (RFC 3849)."""
    serials, turns = _serials(numbers, 2**24, key, unique)
    short = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in serials.tolist()]
    first = int(IPv6Address("2001:db8::"))
    rows = zip(short, turns.tolist(), serials.tolist(), strict=True)
    return [str(IPv6Address(first + (turn << 24) + n)) if turn else text for text, turn, n in rows]


def nationals(locale: str, numbers: Counters, key: int, unique: bool) -> list[str]:
    """Never issued numbers in the United States and where Faker knows no others, else numbers of the place."""
    if re.fullmatch(r"\d{3}-\d\d-\d{4}", pool(locale, "ssn")[0]):
        serials, turns = _serials(numbers, 49 * 10**6, key, unique)  # 9xx with a group below 50 is no tax number either
        texts = [f"9{n % 100:02d}-{n // 10**6 + 1:02d}-{n // 100 % 10**4:04d}" for n in serials.tolist()]
        return _extended(texts, turns, "-")
    if not unique:
        return list(pick(pool(locale, "ssn"), numbers, key))
    texts, turns = _filled(_national_models(locale), 2, numbers, key, unique)
    return _extended([_checked(text, _checker(locale)) for text in texts], turns, "-")


def residents(
    numbers: Counters, key: int, unique: bool, female: Sequence[bool], born: Sequence[date | None]
) -> list[str]:
    """Chinese resident ids whose birth date and sex are those of the row.

    Where they must be unique, each pair of region and order number serves one row; rows beyond those take the other
    half of the order numbers, and a birth date of their own.
    """
    regions = _regions()
    size = len(regions) * 250
    serials = permuted(numbers % size, size, key)
    days = (hashed(numbers, key_of(key, "day")) % np.uint64(_DAYS)).astype(np.int64)
    beyond = (numbers >= size) & unique
    if beyond.any():
        days[beyond], serials[beyond] = np.divmod(
            permuted((numbers[beyond] - size) % (size * _DAYS), size * _DAYS, key_of(key, "beyond")), size
        )
    texts = []
    rows = zip(serials.tolist(), days.tolist(), beyond.tolist(), born, female, strict=True)
    for serial, day, late, known, woman in rows:
        birth = (not late and known) or _FIRST_DAY + timedelta(days=day)
        order = serial // len(regions) + 250 * late
        body = f"{regions[serial % len(regions)]}{birth:%Y%m%d}{2 * order + (not woman):03d}"
        texts.append(body + ric.calc_check_digit(f"{body}0"))
    return texts


def _serials(numbers: Counters, size: int, key: int, unique: bool) -> tuple[Counters, Counters]:
    """The permuted numbers, and how often all `size` were given before (zero where values need not be unique)."""
    turns, rest = np.divmod(numbers, size)
    return permuted(rest, size, key), turns if unique else np.zeros_like(turns)


def _filled(models: Sequence[str], width: int, numbers: Counters, key: int, unique: bool) -> tuple[list[str], Counters]:
    """Models with their `width` places filled, different for different numbers, and the turns of `_serials`."""
    serials, turns = _serials(numbers, len(models) * 10**width, key, unique)
    model, tail = np.divmod(serials, 10**width)
    digits = np.char.zfill(tail.astype(str), width).tolist()
    return [models[m].format(*d) for m, d in zip(model.tolist(), digits, strict=True)], turns


def _extended(texts: list[str], turns: Counters, joint: str) -> list[str]:
    if not turns.any():
        return texts
    return [f"{text}{joint}{turn}" if turn else text for text, turn in zip(texts, turns.tolist(), strict=True)]


def _models(values: Sequence[str], width: int) -> tuple[str, ...]:
    """Values with their last `width` digits open, different in what stays."""
    found: dict[str, str] = {}
    for value in values:
        places = [i for i, char in enumerate(value) if char in string.digits][-width:]
        if len(places) == width and not set(value) & set("{}"):
            model = "".join("{}" if i in places else char for i, char in enumerate(value))
            found.setdefault(re.sub(r"[^0-9A-Za-z]", "", model).lstrip("0"), model)
    return tuple(found.values())


@cache
def _phone_models(locale: str) -> tuple[str, ...]:
    values = [value for value in pool(locale, "phone_number") if "x" not in value]
    possible = [value for value in values if _is_possible(value, locale[-2:])]
    return _models(possible, 7) or _models(values, 7) or ("+999 {}{}{}{}{}{}{}",)


def _is_possible(text: str, region: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


@cache
def _account_models(locale: str) -> tuple[str, ...]:
    """Countries and account numbers without the check digits, which stand between them."""
    valid = [value for value in pool(locale, "iban") if iban.is_valid(value, check_country=False)]
    found = _models([value[:2] + value[4:] for value in valid], 8)
    return found or _account_models("de_DE")  # Faker's own form is wrong for some places, or has too few digits


@cache
def _national_models(locale: str) -> tuple[str, ...]:
    """The last two characters, which may check the others, are those of one value."""
    values = pool(locale, "ssn")
    heads = dict.fromkeys(_models([value[:-2] for value in values], 2))
    return tuple(head + values[0][-2:] for head in heads)


def _checker(locale: str) -> Callable[[str], bool]:
    name = _CHECKERS.get(locale)
    return import_module(f"stdnum.{name}").is_valid if name else lambda _: True


def _checked(text: str, is_valid: Callable[[str], bool]) -> str:
    """The text with its last characters changed so that it is valid, where that can be."""
    if is_valid(text):
        return text
    if text[-1] in string.digits:
        ends = (f"{text[:-2]}{n:02d}" for n in range(100))
    else:
        ends = (text[:-1] + char for char in string.ascii_uppercase + string.digits)
    return next(filter(is_valid, ends), text)


@cache
def _regions() -> tuple[str, ...]:
    """Region codes that were in use in all years that people are born in."""
    codes = sorted({value[:6] for value in pool("zh_CN", "ssn")} | {"110101", "310101", "440103"})
    births = [f"{year}0216123" for year in range(1920, 2026, 5)]
    return tuple(code for code in codes if all(_is_resident(code + birth) for birth in births))


def _is_resident(body: str) -> bool:
    try:
        return ric.is_valid(body + ric.calc_check_digit(f"{body}0"))
    except KeyError:  # python-stdnum knows some codes without their county
        return False
