"""Made-up people: names and addresses as Faker knows them of a place, and numbers that belong to nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np

from synth.data.columns import Pii
from synth.data.standins import ids
from synth.data.standins.numbers import hashed, key_of
from synth.data.standins.pools import Counters, Texts, latin, pick, pool

_FAMILY_FIRST = ("zh_", "ja_", "ko_", "hu_", "vi_")


class People:
    """The people behind some rows.

    Attributes:
        people: number of each row's person.
        rows: number of each row; what must be unique counts these.
        female: whether each is a woman; drawn where the row does not say.
        born: birth date of each where the row says, else None.
    """

    def __init__(
        self,
        locale: str,
        people: Counters,
        rows: Counters,
        key: int,
        female: Sequence[bool | None],
        born: Sequence[date | None],
    ) -> None:
        self._locale, self.people, self.rows, self._key = locale, people, rows, key
        drawn = (hashed(people, key_of(key, "sex")) % np.uint64(2)).tolist()
        self.female = np.array([bool(d) if f is None else f for d, f in zip(drawn, female, strict=True)], bool)
        self.born = list(born)

    def make(self, pii: Pii, unique: bool) -> list[str]:
        """A value for each row; rows of one person share it, and where `unique` no two rows do."""
        numbers = self.rows if unique else self.people
        key = key_of(self._key, pii.value)
        if pii in _NAMES:
            texts = list(_NAMES[pii](self))
            return [f"{text} {n + 1}" for text, n in zip(texts, numbers.tolist(), strict=True)] if unique else texts
        if pii is Pii.CN_RESIDENT_ID or (pii is Pii.NATIONAL_ID and self._locale == "zh_CN"):
            key = key_of(self._key, Pii.CN_RESIDENT_ID.value)  # both kinds are the same number
            return ids.residents(numbers, key, unique, self.female.tolist(), self.born)
        if pii in _NUMBERS:
            return _NUMBERS[pii](self._locale, numbers, key, unique)
        users = self._users(numbers)
        if pii is Pii.USER_NAME:
            return users
        ends = pick(("org", "com", "net"), self.people, key).tolist()
        return [f"{user}@example.{end}" for user, end in zip(users, ends, strict=True)]

    def given(self) -> Texts:
        """Given names that fit the sex."""
        return self._given(pool)

    def family(self) -> Texts:
        """Family names."""
        return pick(pool(self._locale, "last_name"), self.people, key_of(self._key, "last_name"))

    def full(self) -> Texts:
        """Given and family names in the order of the place."""
        if not self._locale.startswith(_FAMILY_FIRST):
            return np.asarray(self.given() + " " + self.family())
        joint = " " if self._locale.startswith(("hu_", "vi_")) else ""
        return np.asarray(self.family() + joint + self.given())

    def address(self) -> Texts:
        """Street and house number."""
        return pick(pool(self._locale, "street_address"), self.people, key_of(self._key, "address"))

    def _users(self, numbers: Counters) -> list[str]:
        """The name in small plain letters and the number, so different for different numbers."""
        families = pick(latin(self._locale, "last_name"), self.people, key_of(self._key, "last_name"))
        rows = zip(self._given(latin).tolist(), families.tolist(), numbers.tolist(), strict=True)
        return [f"{given}.{family}{number + 1}" for given, family, number in rows]

    def _given(self, values: Callable[[str, str], tuple[str, ...]]) -> Texts:
        women, men = (
            pick(values(self._locale, what), self.people, key_of(self._key, what))
            for what in ("first_name_female", "first_name_male")
        )
        return np.where(self.female, women, men)


_NAMES: Mapping[Pii, Callable[[People], Texts]] = {
    Pii.PERSON_NAME: People.full,
    Pii.GIVEN_NAME: People.given,
    Pii.FAMILY_NAME: People.family,
    Pii.ADDRESS: People.address,
}
_NUMBERS: Mapping[Pii, Callable[[str, Counters, int, bool], list[str]]] = {
    Pii.PHONE: ids.phones,
    Pii.CARD_NUMBER: ids.cards,
    Pii.IBAN: ids.accounts,
    Pii.IP_ADDRESS: ids.internet,
    Pii.NATIONAL_ID: ids.nationals,
}
