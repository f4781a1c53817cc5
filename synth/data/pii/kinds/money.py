"""Payment card numbers and international bank account numbers.

The check digits are those of python-stdnum (LGPL-2.1 or later), used as an unmodified library.
"""

from __future__ import annotations

import re

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from synth.data.columns import Pii
from synth.data.pii.finding import Hint, Match
from synth.data.pii.sample import Sample

_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa: 13, 16, 19
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard: 51-55, 2221-2720
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-59]|[689]\d)\d{11}(?:\d{2}){0,2}"  # Diners Club
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}(?:\d{3})?"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}(?:\d{3})?|(?:2131|1800)\d{11}"  # JCB
    r"|(?:62|81)\d{14,17}"  # UnionPay
    r"|(?:50|5[6-9]|6\d)\d{10,17}"  # Maestro: 12 to 19
    r"|220[0-4]\d{12,15}|9792\d{12}|(?:60|65|81|82|508)\d{12,14}"  # Mir, Troy, RuPay
)
"""Issuer prefixes and lengths (ISO/IEC 7812 issuers as they publish them)."""

_IBAN = re.compile(r"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)


def find_card(sample: Sample, hint: Hint) -> Match | None:
    """Numbers of known issuers with a right check digit; one number in ten has that by chance."""
    share = sample.share(_is_card)
    if share < (0.7 if hint.means(Pii.CARD_NUMBER) else 0.9) or (len(sample.cells) < 3 and hint.kind is None):
        return None
    return Match(Pii.CARD_NUMBER, share, 0.7 + 0.25 * share, "payment card numbers by issuer and check digit")


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return _CARD.fullmatch(digits) is not None and luhn.is_valid(digits)


def find_iban(sample: Sample, hint: Hint) -> Match | None:
    """Account numbers with right check digits; a share of two in three suffices, since one in 97 has them by chance."""
    share = sample.share(_is_iban)
    if share < (0.5 if hint.means(Pii.IBAN) else 0.66):
        return None
    return Match(Pii.IBAN, share, 0.72 + 0.25 * share, "bank account numbers (IBAN) by their check digits")


def _is_iban(text: str) -> bool:
    """True where the check digits are right (ISO 13616); a country's own length and check are left to it."""
    if _IBAN.fullmatch(text) is None:
        return False
    signs = re.sub(r"[ -]", "", text).upper()
    return bool(mod_97_10.is_valid(signs[4:] + signs[:4]))
