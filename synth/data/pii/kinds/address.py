"""Postal addresses: a street with a house number, in the ways that several languages write them."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from synth.data.columns import Pii
from synth.data.pii.finding import Hint, Match
from synth.data.pii.sample import Sample
from synth.data.pii.words import read_street_words

_STREET_WORDS_TEXT = """
street st avenue ave road rd boulevard blvd lane ln drive dr court ct way place pl square sq parkway pkwy
highway hwy terrace trail circle cir crescent close row walk gardens mews grove hill quay broadway rue avenue av
allee chemin impasse quai route cours passage calle avenida avda paseo carrer camino plaza ronda via viale corso
piazza vicolo largo strada rua travessa alameda praca estrada rodovia ul ulica al aleja aleje plac pl os osiedle
nam namesti namestie ulice trg ulica cesta bd bld str strada calea bulevardul soseaua utca ut ter korut cad
caddesi sok sokak mah mahallesi bulvari jalan jl gang gg duong pho ngo ул улица пер переулок пр проспект бул
бульвар наб шоссе площадь пл вул вулиця просп провулок площа узвіз οδος λεωφορος πλατεια شارع طريق نهج ساحة حي
خیابان کوچه רחוב שדרות ქუჩა ქ
"""
_STREET_WORDS = frozenset(_STREET_WORDS_TEXT.split())
_STREET_ENDS = re.compile(
    r"[^\W\d_](?:straße|strasse|str\.|gasse|weg|platz|allee|ring|ufer|damm|gatan|gata|vägen|väg|veien|vegen|gate|vei"
    r"|vej|gade|gränd|stigen|torget|allé|alle|straat|laan|dreef|pad|steeg|hof|singel|kade|plein|katu|tie|kuja|polku"
    r"|bulevardi|utca|útja|tér)\b",
    re.IGNORECASE,
)
_EAST_ASIAN = re.compile(
    r"(?:[路街道巷弄村镇乡里段胡同].{0,14}\d|\d+\s*[号號座室楼樓栋幢弄巷]|[路街道]\s*[a-zA-Z]\s*座)"
    r"|\d+丁目|\d+番|(?:로|길|가|동|리)\s?\d|[省市区县縣].{1,12}[路街道村镇].{0,6}[号號座室\d]"
)
_UNIT = re.compile(r"\b\d{1,5}(?:\s?[a-zа-я])?\b(?!-[^\W\d_]{2})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_POSTCODE = re.compile(
    r"\b(?:\d{4,6}|\d{3} \d{2}|\d{2}-\d{3}|\d{5}-\d{3,4}|\d{4} [A-Z]{2}"  # most countries; Poland, Brazil, Netherlands
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)\b"  # United Kingdom, Canada
)


def find(sample: Sample, hint: Hint) -> Match | None:
    """Addresses: street words with numbers, or lines that end in a postcode and a town."""
    if sample.is_number:
        return None
    few = replace(sample, cells=sample.few(300))
    with_number = few.share(lambda text: _UNIT.search(text) and len(_WORD.findall(text)) >= 1 and len(text) >= 6)
    share = few.share(_is_address)
    form = "addresses by street words, house numbers and postcodes"
    is_named = hint.means(Pii.ADDRESS)
    if share >= (0.35 if is_named else 0.6) and len(few.cells) >= (1 if is_named else 8):
        locale = "zh_CN" if few.share(_is_mainland) >= 0.6 else ""
        return Match(Pii.ADDRESS, share, 0.62 + 0.3 * share, form, locale)
    if is_named and (with_number >= 0.6 or few.share(_has_street_word) >= 0.5):
        return Match(Pii.ADDRESS, max(share, with_number), 0.7, "texts that may be addresses", is_by_name=True)
    return None


def _is_address(text: str) -> bool:
    if not 5 <= len(text) <= 250 or "://" in text or "@" in text or not any(sign.isdigit() for sign in text):
        return bool(_EAST_ASIAN.search(text))
    if _EAST_ASIAN.search(text):
        return True
    return _UNIT.search(text) is not None and (_has_street_word(text) or _has_lines(text))


def _has_street_word(text: str) -> bool:
    if _STREET_ENDS.search(text):
        return True
    words = [word.casefold() for word in _WORD.findall(text)]
    return len(words) >= 2 and any(word in _STREET_WORDS or word in _more_words() for word in words)


def _has_lines(text: str) -> bool:
    """A number beside words, then on a line or after a comma of its own a postcode beside a town."""
    head, *rest = re.split(r"\n|,", text)
    tail = " ".join(rest)
    return bool(re.search(r"\d", head) and _WORD.search(head) and _POSTCODE.search(tail) and _WORD.search(tail))


def _is_mainland(text: str) -> bool:
    return bool(re.search(r"[省市区县].*[路街座村镇]|[路街]\w?座", text)) and not re.search(r"[號縣區樓]|丁目", text)


@cache
def _more_words() -> frozenset[str]:
    return read_street_words()
