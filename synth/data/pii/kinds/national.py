"""Personal numbers that states give.

The rules of each country's number are those of python-stdnum (LGPL-2.1 or later), used as an unmodified library. What
counts is how unlikely the column is otherwise: nearly every cell must be valid, a changed last character must make it
invalid (a check digit), and random numbers of the same shape must seldom be valid. A number without a check digit
needs a telling form or the column's name.
"""

from __future__ import annotations

import importlib
import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from stdnum.iso7064 import mod_11_2

from synth.data.columns import Pii
from synth.data.pii.finding import Hint, Match
from synth.data.pii.sample import Sample

_PERSONAL = {
    "at.vnr": "de_AT", "be.nn": "nl_BE", "bg.egn": "bg_BG", "br.cpf": "pt_BR", "ca.sin": "en_CA", "ch.ssn": "de_CH",
    "cl.rut": "es_CL", "cz.rc": "cs_CZ", "de.idnr": "de_DE", "dk.cpr": "da_DK", "do.cedula": "", "ec.ci": "",
    "ee.ik": "et_EE", "es.dni": "es_ES", "es.nie": "es_ES", "es.nif": "es_ES", "fi.hetu": "fi_FI", "fr.nif": "fr_FR",
    "fr.nir": "fr_FR", "gb.nhs": "en_GB", "gr.amka": "el_GR", "hr.oib": "hr_HR", "ie.pps": "en_IE", "il.idnr": "he_IL",
    "in_.aadhaar": "en_IN", "in_.pan": "en_IN", "is_.kennitala": "is_IS", "it.codicefiscale": "it_IT",
    "jp.in_": "ja_JP", "kr.rrn": "ko_KR", "lt.asmens": "lt_LT", "mx.curp": "es_MX", "my.nric": "", "nl.bsn": "nl_NL",
    "no.fodselsnummer": "no_NO", "pe.cui": "", "pk.cnic": "en_PK", "pl.pesel": "pl_PL", "pt.cc": "pt_PT",
    "ro.cnp": "ro_RO", "ru.inn": "ru_RU", "se.personnummer": "sv_SE", "si.emso": "sl_SI", "sk.rc": "sk_SK",
    "th.pin": "th_TH", "tr.tckimlik": "tr_TR", "ua.rntrc": "uk_UA", "us.itin": "en_US", "us.ssn": "en_US",
    "za.idnr": "zu_ZA",
}  # fmt: skip
"""Modules of python-stdnum for numbers of persons, with the locale that each tells."""

_RIVALS_TEXT = """
ean isbn imei luhn cusip isin lei imo meid us.rtn fr.siren fr.siret ch.uid cn.uscc de.vat es.cif br.cnpj
verhoeff
"""
_RIVALS = _RIVALS_TEXT.split()
"""Numbers of things and companies whose check digits could pass for a person's."""

_SHAPE = re.compile(r"(?=(?:\D*\d){5})[0-9A-Za-z][0-9A-Za-z .\-/+]{4,22}[0-9A-Za-z]")
_US_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_GB_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]?", re.I)
_TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_TRIED = 200
_CN_PROVINCES_TEXT = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91"
)
_CN_PROVINCES = frozenset(_CN_PROVINCES_TEXT.split())
"""First two digits of GB/T 2260, with Taiwan, Hong Kong and Macao as resident permits use them."""


def find_cn_resident_id(sample: Sample, hint: Hint) -> Match | None:
    """18 digits (GB 11643): a province, a birth date, a check digit; one random number in some 3,000 has all three."""
    share = sample.share(is_cn_resident_id)
    if share < (0.5 if hint.means(Pii.CN_RESIDENT_ID, Pii.NATIONAL_ID) else 0.8):
        return None
    form = "Chinese resident ids by region, birth date and check digit"
    return Match(Pii.CN_RESIDENT_ID, share, 0.74 + 0.25 * share, form, "zh_CN")


def is_cn_resident_id(text: str) -> bool:
    """True for a valid resident id number; the county is not looked up, since counties come and go."""
    if re.fullmatch(r"\d{17}[\dXx]", text) is None or text[:2] not in _CN_PROVINCES:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return 1850 <= born.year <= 2100 and bool(mod_11_2.is_valid(text.upper()))  # any living person


@dataclass(frozen=True)
class _Seen:
    """How one country's rule fared: shares of cells, of cells with another last character, and of random twins."""

    name: str
    locale: str
    share: float
    altered: float
    chance: float

    @property
    def has_check_digit(self) -> bool:
        return self.altered <= 0.25  # check digits of mod 11 with exceptions let some through


def find_national_id(sample: Sample, hint: Hint) -> Match | None:
    """Numbers valid under one country's rule, if chance and other numbers do not explain them."""
    if sample.share(_SHAPE.fullmatch, most=_TRIED) < 0.9:
        return None
    cells = sample.few(_TRIED)
    is_named = hint.means(Pii.NATIONAL_ID, Pii.CN_RESIDENT_ID)
    least = 0.7 if is_named else 0.95
    best = min(_tried(cells, least), key=lambda seen: (seen.chance, -seen.share, seen.name), default=None)
    if best is not None and (is_named or _is_telling(best, cells)):
        sure = 0.72 + 0.22 * best.share
        return Match(Pii.NATIONAL_ID, best.share, sure, "valid personal numbers of one country", best.locale)
    if is_named and hint.is_plain and len(cells) >= 3:  # fewer may be anything
        return Match(Pii.NATIONAL_ID, sample.share(_SHAPE.fullmatch), 0.65, "numbers of a fit form", is_by_name=True)
    return None


def _tried(cells: Sequence[str], least: float) -> list[_Seen]:
    twins = _twins(cells)
    altered = [_with_other_end(cell) for cell in cells]
    found = []
    for name, locale in {**_PERSONAL, "gb.nino": "en_GB", "tw.id": "zh_TW"}.items():
        valid = _rule(name)
        if _share(valid, cells[:12]) >= least - 0.1 and (share := _share(valid, cells)) >= least:
            found.append(_Seen(name, locale, share, _share(valid, altered), _share(valid, twins)))
    return found


def _is_telling(seen: _Seen, cells: Sequence[str]) -> bool:
    if seen.name == "us.ssn":
        return all(_US_SSN.fullmatch(cell) for cell in cells) and len(cells) >= 5
    if seen.name == "gb.nino":
        return len(cells) >= 5 and seen.chance <= 0.2  # two letters, six digits, a letter of four
    if not seen.has_check_digit or seen.chance ** len(cells) > 1e-6:
        return False
    rivals = [_share(_rule(name), _twins(cells)) for name in _RIVALS if _share(_rule(name), cells) >= 0.9]
    return all(seen.chance < 0.5 * chance for chance in rivals)


def _share(valid: Callable[[str], bool], cells: Sequence[str]) -> float:
    return sum(map(valid, cells)) / len(cells)


def _twins(cells: Sequence[str]) -> list[str]:
    """Random numbers of the same shape: each digit another digit, each letter another letter."""
    draw = random.Random(0)  # noqa: S311 - no secret
    shapes = [cells[i % len(cells)] for i in range(max(_TRIED, len(cells)))]
    return ["".join(_other(sign, draw) for sign in shape) for shape in shapes]


def _other(sign: str, draw: random.Random) -> str:
    if sign.isdigit():
        return draw.choice(string.digits)
    if sign.isalpha():
        return draw.choice(string.ascii_uppercase if sign.isupper() else string.ascii_lowercase)
    return sign


def _with_other_end(text: str) -> str:
    signs = string.digits if text[-1].isdigit() else string.ascii_uppercase
    return text[:-1] + signs[(signs.find(text[-1].upper()) + 1 + len(text) % (len(signs) - 2)) % len(signs)]


@cache
def _rule(name: str) -> Callable[[str], bool]:
    own = {"gb.nino": _is_gb_nino, "tw.id": _is_tw_id}
    if name in own:
        return own[name]
    is_valid = importlib.import_module(f"stdnum.{name}").is_valid

    def rule(text: str) -> bool:
        try:
            return bool(is_valid(text))
        except (ValueError, LookupError, ArithmeticError):  # a few modules raise on what is no number of theirs
            return False

    return rule


def _is_gb_nino(text: str) -> bool:
    return _GB_NINO.fullmatch(text) is not None


def _is_tw_id(text: str) -> bool:
    """The national identification number of Taiwan: a letter, 1 or 2 (8 or 9 for residents), eight digits."""
    if re.fullmatch(r"[A-Z][1289]\d{8}", text.upper()) is None:
        return False
    region = 10 + _TW_LETTERS.index(text[0].upper())
    digits = [region // 10, region % 10, *map(int, text[1:])]
    return (
        sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0
    )
