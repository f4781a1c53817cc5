"""Telephone numbers.

A plus, brackets or an extension tell them. Digits with separators, or digits alone, must be valid in one region's plan
(phonenumbers, Apache-2.0) far more often than random numbers of the same shape, so that counts, ids, postcodes and
times do not pass.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import phonenumbers

from synth.data.columns import Pii
from synth.data.pii.finding import Hint, Match
from synth.data.pii.sample import Sample

_LOCALES = {
    "US": "en_US", "GB": "en_GB", "DE": "de_DE", "FR": "fr_FR", "ES": "es_ES", "IT": "it_IT", "BR": "pt_BR",
    "CN": "zh_CN", "TW": "zh_TW", "JP": "ja_JP", "KR": "ko_KR", "RU": "ru_RU", "UA": "uk_UA", "PL": "pl_PL",
    "NL": "nl_NL", "SE": "sv_SE", "NO": "no_NO", "DK": "da_DK", "FI": "fi_FI", "CZ": "cs_CZ", "SK": "sk_SK",
    "AT": "de_AT", "CH": "de_CH", "BE": "nl_BE", "PT": "pt_PT", "GR": "el_GR", "TR": "tr_TR", "RO": "ro_RO",
    "HU": "hu_HU", "BG": "bg_BG", "HR": "hr_HR", "LT": "lt_LT", "IE": "en_IE", "AU": "en_AU", "IN": "en_IN",
    "ID": "id_ID", "VN": "vi_VN", "TH": "th_TH", "MX": "es_MX", "AR": "es_AR", "CO": "es_CO", "SA": "ar_SA",
    "DZ": "ar_DZ", "AE": "ar_AE", "IL": "he_IL", "IR": "fa_IR", "HK": "zh_TW", "SG": "", "ZA": "",
}  # fmt: skip
"""Regions whose numbers are known without a country code, with the locale that each tells."""

_EXTENSION = re.compile(r"\s*(?:x|ext\.?|#|int\.?|доб\.?)\s*\d{1,6}$", re.IGNORECASE)
_SHAPE = re.compile(r"\(?\+?[(\d][\d\s().\-–/]{4,26}\d")
_OTHERS = re.compile(
    r"\d{1,4}([-./])\d{1,2}\1\d{1,4}|\d+\.\d+|\d{5}-\d{3,4}|\d{1,3}(?:\.\d{1,3}){3}|\d+-\d{1,4}|\d{3}-\d{2}-\d{4}"
    r"|97[89][- ]?\d.*|(?:19|20)\d\d[-./ ].*|[\d-]+-[\d]"
)
"""Dates, fractions, postcodes, addresses of the internet, spans, American social security numbers, ISBN."""

_SEPARATED = re.compile(r"\d[\s.\-–/]\d")
_MOST_TRUNK = 0.85
_TRUNK = re.compile(r"\(?0[1-9]|\+")
_CN_MOBILE = re.compile(r"1[3-9]\d{9}")
"""Digits alone could count anything; only these, one in eighty of random numbers as long, are taken without a name."""

_TRIED = 120
_DIGITS = (6, 15)
"""Fewest digits of a number in use, and most (ITU-T E.164)."""


def find(sample: Sample, hint: Hint) -> Match | None:
    """Telephone and fax numbers."""
    is_named = hint.means(Pii.PHONE)
    cells = [_EXTENSION.sub("", cell) for cell in sample.few(2 * _TRIED)]
    shaped = [cell for cell in cells if _is_shaped(cell)]
    share = len(shaped) / len(cells)
    if hint.is_against or share < (0.7 if is_named else 0.9):
        return None
    kept = [cell for cell in shaped if not _OTHERS.fullmatch(cell)]
    if is_named and sum(_n_digits(cell) >= 7 for cell in shaped) >= 0.8 * len(shaped):
        locale = _best_region(kept)[0] if kept else ""
        return Match(Pii.PHONE, share, 0.75 + 0.2 * share, "numbers of the form of a phone number", locale, True)
    return _by_form(sample, shaped, kept, share)


def _by_form(sample: Sample, shaped: Sequence[str], kept: Sequence[str], share: float) -> Match | None:
    """Without a name: marks of a phone number, or digits that a plan explains and chance does not."""
    if _marked(sample.few(2 * _TRIED)) >= 0.25 and _possible(shaped) >= 0.8 and len(kept) >= 0.7 * len(shaped):
        return Match(Pii.PHONE, share, 0.72 + 0.22 * share, "numbers written as phone numbers", _best_region(kept)[0])
    if len(kept) < max(10, 0.9 * len(shaped)) or _is_counted(kept):  # fewer fit some plan by chance
        return None
    written = sum(bool(_SEPARATED.search(cell)) for cell in kept) / len(kept)
    locale, valid, by_chance = _best_region(kept)
    if written >= 0.4 and valid >= 0.75 and by_chance <= 0.6 * valid:
        return Match(Pii.PHONE, share, 0.6 + 0.3 * valid, "phone numbers valid in one region", locale)
    if sum(bool(_CN_MOBILE.fullmatch(cell)) for cell in kept) >= 0.95 * len(kept):
        return Match(Pii.PHONE, share, 0.72, "Chinese mobile numbers", "zh_CN")
    if written >= 0.4 and _trunk_share(kept) >= _MOST_TRUNK:
        return Match(Pii.PHONE, share, 0.72, "numbers with a trunk prefix and an area code", locale)
    return None


def _n_digits(text: str) -> int:
    return sum(sign.isdigit() for sign in text)


def _is_shaped(text: str) -> bool:
    return _DIGITS[0] <= _n_digits(text) <= _DIGITS[1] + 2 and _SHAPE.fullmatch(text) is not None


def _marked(cells: Sequence[str]) -> float:
    """Share written with a plus, an area code in brackets or an extension."""
    marks = re.compile(r"\+\d|\(\+?\d{1,5}\)|.*\d\s?(?:x|ext)\.?\s?\d", re.IGNORECASE)
    return sum(bool(marks.match(cell)) for cell in cells) / len(cells)


def _possible(cells: Sequence[str]) -> float:
    """Share whose length is that of a number: by its country code, or 7 to 12 digits."""
    return sum(_is_possible(cell) for cell in cells) / len(cells)


def _is_possible(text: str) -> bool:
    if not text.startswith("+"):
        return 6 <= _n_digits(text) <= 14
    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text, None)))
    except phonenumbers.NumberParseException:
        return False


def _is_counted(cells: Sequence[str]) -> bool:
    """True for numbers that follow each other closely, as ids do, or share their first digits."""
    digits = [re.sub(r"\D", "", cell) for cell in cells]
    numbers = sorted(map(int, digits))
    is_dense = (numbers[-1] - numbers[0]) / len(numbers) < 1000
    same = 3 if digits == [*cells] else 2  # "17-004711": the year of a case; bare mobile numbers may all begin with 13
    is_narrow = len({text[:3] for text in digits}) < 5 or len({text[:same] for text in digits}) == 1
    return is_dense or (is_narrow and _trunk_share(cells) < _MOST_TRUNK)


def _trunk_share(cells: Sequence[str]) -> float:
    """Share that begins with a trunk prefix and an area code, or a country code."""
    return sum(bool(_TRUNK.match(cell)) for cell in cells) / len(cells)


def _best_region(cells: Sequence[str]) -> tuple[str, float, float]:
    """Locale, share of cells valid there, and share of random twins that are."""
    few = cells[:: len(cells) // 25 + 1]
    ranked = sorted(_LOCALES, key=lambda region: -_valid(few, region))[:3]
    some = cells[:: len(cells) // _TRIED + 1]
    twins = _twins(some)
    tried = [(_valid(some, region), -_valid(twins, region), region) for region in ranked]
    share, chance, region = max(tried, key=lambda seen: (round(seen[0] + 0.5 * seen[1], 2), -ranked.index(seen[2])))
    return (_LOCALES[region] if share >= 0.6 else ""), share, -chance


def _valid(cells: Sequence[str], region: str) -> float:
    return sum(_is_valid(cell, region) for cell in cells) / len(cells)


def _is_valid(text: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number_for_region(number, region))


def _twins(cells: Sequence[str]) -> list[str]:
    """Random numbers of the same shape and the same first digit, where all cells share one."""
    draw = random.Random(0)  # noqa: S311 - no secret
    kept = 1 if len({cell[0] for cell in cells}) == 1 and cells[0][0] == "0" else 0
    return [cell[:kept] + re.sub(r"\d", lambda _: str(draw.randrange(10)), cell[kept:]) for cell in cells]
