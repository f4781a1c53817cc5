"""What kind of personal identifier a column holds: its cells decide, its name makes sure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.metadata import Guess, Pii
from synth.data.pii.column_names import NAMES
from synth.data.pii.forms import (
    is_address,
    is_card,
    is_chinese_address,
    is_cn_resident_id,
    is_email,
    is_iban,
    is_ip,
    is_user_name,
    national_share,
    phone_share,
)
from synth.data.pii.names import name_shares

SAMPLE = 500
"""Different cells that are looked at, spread over the column."""

_MOST = 0.8


@dataclass(frozen=True)
class PiiFinding:
    """A kind of personal identifier, why, and the place that the cells tell ("zh_CN"), if any."""

    kind: Pii
    guess: Guess
    locale: str = ""


def find_pii(name: str, cells: pa.ChunkedArray) -> PiiFinding | None:
    """What a column holds, or None.

    Args:
        name: of the column; need not mean anything.
        cells: of the column.
    """
    kind = cells.type
    if not (is_text(kind) or pat.is_integer(kind)) or cells.null_count == len(cells):
        return None
    named = _named(name)
    sample = _sample(cells)
    if not sample:
        return None
    if pat.is_integer(kind) and named is None and len(sample[0]) < 9:
        return None
    by_form = _by_form(sample, is_text(kind), named)
    if by_form is not None:
        share, kind_found, locale = by_form
        return _finding(kind_found, share, named, locale, len(sample))
    return _by_words(sample, named) if is_text(kind) else None


def _named(name: str) -> Pii | None:
    words = re.sub(r"[\W_]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).strip()
    return next((kind for kind, pattern in NAMES.items() if pattern.match(words)), None)


def _sample(cells: pa.ChunkedArray) -> list[str]:
    """Different cells as text without surrounding space, spread over the column."""
    n = len(cells)
    places = np.unique(np.linspace(0, n - 1, min(n, 4 * SAMPLE)).astype(np.int64))
    values = cells.take(pa.array(places)).drop_null().unique().to_pylist()
    texts = [text for value in values if (text := str(value).strip())]
    return texts[:: max(1, len(texts) // SAMPLE)][:SAMPLE]


def _finding(kind: Pii, share: float, named: Pii | None, locale: str, n: int) -> PiiFinding:
    confidence = min(0.99, 0.6 + 0.3 * share + (0.09 if named is kind else 0.0))
    if n < 5:
        confidence = min(confidence, 0.85 if named is kind else 0.6)
    what = kind.value.replace("_", " ")
    also = ", and the column's name says so" if named is kind else ""
    reason = f"{share:.0%} of {n} sampled values have the form of a {what}{also}"
    return PiiFinding(kind, Guess(reason=reason, confidence=round(confidence, 2)), locale)


def _share(sample: Sequence[str], test: Callable[[str], bool]) -> float:
    head = sample[:20]
    if sum(map(test, head)) < 0.5 * len(head):
        return 0.0
    return sum(map(test, sample)) / len(sample)


def _by_form(sample: Sequence[str], is_textual: bool, named: Pii | None) -> tuple[float, Pii, str] | None:
    """Kinds that a form or a check digit tells, the strictest first."""
    tests: list[tuple[Pii, Callable[[str], bool], float]] = [
        (Pii.CN_RESIDENT_ID, is_cn_resident_id, 0.9),
        (Pii.EMAIL, is_email, _MOST),
        (Pii.IBAN, is_iban, _MOST),
        (Pii.IP_ADDRESS, is_ip, 0.9),
        (Pii.CARD_NUMBER, is_card, 0.9),
    ]
    for kind, test, least in tests:
        if (share := _share(sample, test)) >= least:
            return share, kind, "zh_CN" if kind is Pii.CN_RESIDENT_ID else ""
    share, locale = national_share(sample)
    if share >= (0.95 if named is not Pii.NATIONAL_ID else 0.7):
        return share, Pii.NATIONAL_ID, locale
    share, written = phone_share(sample)
    if (
        share >= _MOST
        and (_digits(sample) >= _PHONE_DIGITS or named is Pii.PHONE)
        and ((written and is_textual) or named is Pii.PHONE or (written and share > 0.95))
    ):
        chinese = _share(sample, lambda text: bool(re.fullmatch(r"1[3-9]\d{9}", text))) > 0.95
        return share, Pii.PHONE, "zh_CN" if chinese else ""
    if named is Pii.USER_NAME and (share := _share(sample, is_user_name)) >= _MOST and len(sample) >= 20:
        return share, Pii.USER_NAME, ""
    return None


_PHONE_DIGITS = 9
"""Fewer digits may count anything, unless the column's name says phone."""


def _digits(sample: Sequence[str]) -> float:
    return float(np.median([sum(char.isdigit() for char in cell) for cell in sample]))


def _by_words(sample: Sequence[str], named: Pii | None) -> PiiFinding | None:
    """Addresses and people's names."""
    if (share := _share(sample, is_chinese_address)) >= 0.7:
        return _finding(Pii.ADDRESS, share, named, "zh_CN", len(sample))
    least = 0.5 if named is Pii.ADDRESS else 0.6
    if (share := _share(sample, is_address)) >= least:
        return _finding(Pii.ADDRESS, share, named, "", len(sample))
    if named is Pii.ADDRESS and sum(any(char.isdigit() for char in cell) for cell in sample) >= 0.8 * len(sample):
        return _finding(Pii.ADDRESS, 0.6, named, "", len(sample))
    if sum(any(char.isdigit() for char in cell) for cell in sample) > 0.2 * len(sample):
        return None
    shares = name_shares(sample)
    person = {Pii.PERSON_NAME, Pii.GIVEN_NAME, Pii.FAMILY_NAME}
    is_named = named in person
    if shares.chinese >= (0.5 if is_named else 0.85) and len(sample) >= (1 if is_named else 10):
        kind = named if named in person and named is not None else Pii.PERSON_NAME
        return _finding(kind, shares.chinese, named, "zh_CN", len(sample))
    if shares.full >= (0.4 if is_named else 0.55):
        return _finding(Pii.PERSON_NAME, max(shares.full, 0.6), named, "", len(sample))
    return _one_word_names(sample, shares.given, shares.family, named)


def _one_word_names(sample: Sequence[str], given: float, family: float, named: Pii | None) -> PiiFinding | None:
    """Given or family names alone: without a telling column name nearly all cells must be known, and many differ."""
    for kind, share in ((Pii.GIVEN_NAME, given), (Pii.FAMILY_NAME, family)):
        if named is kind and share >= 0.25:
            return _finding(kind, max(share, 0.6), named, "", len(sample))
    if named in {Pii.GIVEN_NAME, Pii.FAMILY_NAME} and len(sample) >= 20 and max(given, family) < 0.25:
        looks = sum(bool(re.fullmatch(r"[^\W\d_]+([ '\-][^\W\d_]+)*", cell)) for cell in sample) / len(sample)
        return _finding(named, 0.5, named, "", len(sample)) if looks > 0.9 and named is not None else None
    if len(sample) < 15:
        return None
    share, kind = max((given, Pii.GIVEN_NAME), (family, Pii.FAMILY_NAME))
    return _finding(kind, share, named, "", len(sample)) if share >= 0.8 else None
