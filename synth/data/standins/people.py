"""Made-up people: what Faker knows of names and addresses in a place, and numbers that belong to nobody.

Pools of a few thousand values are drawn once for each locale from Faker with a fixed seed; rows pick from them by
counter-based numbers, which is fast and depends on nothing else. E-mail goes to example.org and the like (RFC 2606),
addresses of the internet are private ones or those of documentation (RFC 1918, RFC 3849), United States phone numbers
are the fictitious 555-01xx, their social security numbers are of a range that is never issued.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from faker import Faker
from faker.config import AVAILABLE_LOCALES
from stdnum import iban, luhn
from stdnum.cn import ric

from synth.data.columns import Pii
from synth.data.standins.numbers import hashed, key_of, permuted

Counters = npt.NDArray[np.int64]

DEFAULT_LOCALE = "en_US"
POOL = 3000
_FAMILY_FIRST = ("zh_", "ja_", "ko_", "hu_", "vi_")


def is_locale(name: str) -> bool:
    """True for the locales that Faker knows, such as "zh_CN"."""
    return name in AVAILABLE_LOCALES


@cache
def _faker(locale: str) -> Any:
    fake = Faker(locale)
    fake.seed_instance(20_260_101)
    return fake


@cache
def pool(locale: str, what: str) -> tuple[str, ...]:
    """Different made-up values of a method of Faker, at most `POOL`."""
    make = getattr(_faker(locale), what)
    return tuple(sorted({" ".join(str(make()).split()) for _ in range(POOL)}))


def _pick(locale: str, what: str, people: Counters, key: int) -> list[str]:
    values = pool(locale, what)
    return [values[i] for i in (hashed(people, key_of(key, what)) % np.uint64(len(values))).tolist()]


class People:
    """The people behind some rows.

    Attributes:
        people: number of each row's person.
        female: whether each is a woman; drawn where the row does not say.
        born: birth date of each where the row says, else None.
    """

    def __init__(
        self, locale: str, people: Counters, seed: int, female: Sequence[bool | None], born: Sequence[date | None]
    ) -> None:
        self._locale, self.people, self._key = locale, people, key_of("people", seed)
        drawn = (hashed(people, key_of(self._key, "sex")) % np.uint64(2)).tolist()
        self.female = [bool(d) if f is None else f for d, f in zip(drawn, female, strict=True)]
        self.born = list(born)

    def make(self, pii: Pii, unique: bool) -> list[str]:
        """A value for each row; different for different people where `unique`."""
        values = _MAKERS[pii](self)
        if unique and pii not in _UNIQUE:
            return [f"{value} {number + 1}" for value, number in zip(values, self.people.tolist(), strict=True)]
        return values

    def given(self) -> list[str]:
        """Given names that fit the sex."""
        women = _pick(self._locale, "first_name_female", self.people, self._key)
        men = _pick(self._locale, "first_name_male", self.people, self._key)
        return [w if f else m for w, m, f in zip(women, men, self.female, strict=True)]

    def family(self) -> list[str]:
        """Family names."""
        return _pick(self._locale, "last_name", self.people, self._key)

    def full(self) -> list[str]:
        """Given and family names in the order of the place."""
        pairs = zip(self.given(), self.family(), strict=True)
        if self._locale.startswith(_FAMILY_FIRST):
            joint = " " if self._locale.startswith(("hu_", "vi_")) else ""
            return [f"{family}{joint}{given}" for given, family in pairs]
        return [f"{given} {family}" for given, family in pairs]

    def user(self) -> list[str]:
        """Name and number, different for different people."""
        rows = zip(self.given(), self.family(), self.people.tolist(), strict=True)
        return [f"{_slug(given)}.{_slug(family)}{number + 1}".strip(".") for given, family, number in rows]

    def email(self) -> list[str]:
        """The user name at a domain that nobody owns."""
        ends = (hashed(self.people, key_of(self._key, "mail")) % np.uint64(3)).tolist()
        return [f"{user}@example.{('org', 'com', 'net')[end]}" for user, end in zip(self.user(), ends, strict=True)]

    def phone(self) -> list[str]:
        """Fictitious numbers in the United States, elsewhere numbers in the form of the place."""
        if self._locale == "en_US":
            number = hashed(self.people, key_of(self._key, "phone"))
            area = 201 + (number % np.uint64(798))
            last = (number >> np.uint64(16)) % np.uint64(100)
            return [f"({a}) 555-01{n:02d}" for a, n in zip(area.tolist(), last.tolist(), strict=True)]
        return self._digits_into("phone_number", 7)

    def _digits_into(self, what: str, n: int) -> list[str]:
        """Values of a pool with their last digits replaced by the permuted number of the person."""
        values = _pick(self._locale, what, self.people, self._key)
        size = 10**n
        turns, rest = np.divmod(self.people, size)
        tails = permuted(rest, size, key_of(self._key, what, "digits"))
        rows = zip(values, tails.tolist(), turns.tolist(), strict=True)
        return [_with_digits(value, f"{tail:0{n}d}") + (str(turn) if turn else "") for value, tail, turn in rows]

    def address(self) -> list[str]:
        """Street and house number."""
        return _pick(self._locale, "street_address", self.people, self._key)

    def card(self) -> list[str]:
        """Sixteen digits with a valid check digit."""
        heads = permuted(self.people % 10**14, 10**14, key_of(self._key, "card"))
        return [(head := f"4{number:014d}") + luhn.calc_check_digit(head) for number in heads.tolist()]

    def bank(self) -> list[str]:
        """IBANs of the place with valid check digits."""
        models = [value for value in pool(self._locale, "iban") if iban.is_valid(value, check_country=False)]
        models = models or list(pool("de_DE", "iban"))  # Faker's own form is wrong for some places
        number = hashed(self.people, key_of(self._key, "iban")) % np.uint64(len(models))
        tails = permuted(self.people % 10**8, 10**8, key_of(self._key, "iban", "digits"))
        rows = zip(number.tolist(), tails.tolist(), strict=True)
        return [_checked_iban(_with_digits(models[place], f"{tail:08d}")) for place, tail in rows]

    def internet(self) -> list[str]:
        """Private addresses (RFC 1918)."""
        number = permuted(self.people % 2**24, 2**24, key_of(self._key, "ip"))
        return [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in number.tolist()]

    def resident(self) -> list[str]:
        """Chinese resident ids whose birth date and sex are those of the row."""
        regions = _regions()
        number = hashed(self.people, key_of(self._key, "ric"))
        place = (number % np.uint64(len(regions))).tolist()
        days = ((number >> np.uint64(20)) % np.uint64(20_000)).tolist()
        order = ((number >> np.uint64(40)) % np.uint64(500)).tolist()
        found = []
        for p, day, o, born, female in zip(place, days, order, self.born, self.female, strict=True):
            birth = born or date(1950, 1, 1) + timedelta(days=day)
            body = f"{regions[p]}{birth:%Y%m%d}{2 * o + (not female):03d}"
            found.append(body + ric.calc_check_digit(f"{body}0"))
        return found

    def national(self) -> list[str]:
        """Never issued numbers in the United States, elsewhere valid numbers of the place."""
        if self._locale == "en_US":
            number = permuted(self.people % 10**6, 10**6, key_of(self._key, "ssn"))
            return [f"9{n // 10_000 % 100:02d}-0{1 + n % 9}-{n % 10_000:04d}" for n in number.tolist()]
        return _pick(self._locale, "ssn", self.people, self._key)


_MAKERS: Mapping[Pii, Callable[[People], list[str]]] = {
    Pii.PERSON_NAME: People.full,
    Pii.GIVEN_NAME: People.given,
    Pii.FAMILY_NAME: People.family,
    Pii.USER_NAME: People.user,
    Pii.EMAIL: People.email,
    Pii.PHONE: People.phone,
    Pii.ADDRESS: People.address,
    Pii.CARD_NUMBER: People.card,
    Pii.IBAN: People.bank,
    Pii.IP_ADDRESS: People.internet,
    Pii.CN_RESIDENT_ID: People.resident,
    Pii.NATIONAL_ID: People.national,
}

_UNIQUE = {Pii.USER_NAME, Pii.EMAIL, Pii.CARD_NUMBER}
"""Kinds that differ between people by construction."""


@cache
def _regions() -> tuple[str, ...]:
    """Region codes that were in use in all years that people are born in."""
    births = [f"{year}0216123" for year in range(1920, 2026, 5)]
    codes = sorted({value[:6] for value in pool("zh_CN", "ssn")} | {"110101", "310101", "440103"})
    bodies = {code: [code + birth for birth in births] for code in codes}
    return tuple(c for c in codes if all(ric.is_valid(b + ric.calc_check_digit(f"{b}0")) for b in bodies[c]))


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain) or "user"


def _with_digits(value: str, digits: str) -> str:
    """The text with its last digits replaced, as many as it has and there are."""
    chars, left = list(value), list(digits)
    for i in range(len(chars) - 1, -1, -1):
        if chars[i].isdigit() and left:
            chars[i] = left.pop()
    return "".join(chars)


def _checked_iban(text: str) -> str:
    return text[:2] + iban.calc_check_digits(text[:2] + "00" + text[4:]) + text[4:]
