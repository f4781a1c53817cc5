"""Identifiers that their form tells: e-mail, cards, accounts, addresses of the internet, phones, national numbers.

python-stdnum (LGPL-2.1 or later, used as it is) knows the check digits, phonenumbers (Apache-2.0) the numbering plans.
"""

from __future__ import annotations

import importlib
import ipaddress
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import faker.providers.address as addresses
import phonenumbers
from stdnum import iban, luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}")
_CARD = re.compile(r"(4\d{12}(\d{3}){0,2}|(5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(0[0-5]|[68]\d)\d{11}|6(011|5\d\d)\d{12}"
                   r"|(62|81)\d{14,17}|35\d{14}|(2131|1800)\d{11}|(50|5[6-9]|6\d)\d{10,17})")  # fmt: skip
_USER = re.compile(r"[a-z][a-z0-9]*([._-]?[a-z0-9]+)*", re.I)


def is_email(text: str) -> bool:
    """One address."""
    return bool(_EMAIL.fullmatch(text))


def is_card(text: str) -> bool:
    """A number of a card issuer with a right check digit."""
    digits = re.sub(r"[ -]", "", text)
    return bool(_CARD.fullmatch(digits)) and luhn.is_valid(digits)


def is_iban(text: str) -> bool:
    """An account number with right check digits."""
    return bool(re.match(r"[A-Z]{2}\d\d", text)) and iban.is_valid(text, check_country=False)


def is_ip(text: str) -> bool:
    """An IPv4 or IPv6 address."""
    if not re.search(r"\.\d+\.\d+\.|:.*:", text):
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_cn_resident_id(text: str) -> bool:
    """18 digits with a right check digit, a birth date and a region."""
    return len(text) == 18 and ric.is_valid(text)


def is_user_name(text: str) -> bool:
    """A word of letters, digits and dots."""
    return bool(_USER.fullmatch(text)) and len(text) >= 3


NATIONAL: Mapping[str, tuple[str, str]] = {
    "us.ssn": (r"\d{3}-\d{2}-\d{4}", "en_US"),
    "us.itin": (r"9\d{2}-\d{2}-\d{4}", "en_US"),
    "es.dni": (r"\d{8}-?[A-Z]", "es_ES"),
    "es.nie": (r"[XYZ]-?\d{7}-?[A-Z]", "es_ES"),
    "it.codicefiscale": (r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]", "it_IT"),
    "fr.nir": (r"[12]( ?\d){14}", "fr_FR"),
    "de.idnr": (r"[1-9]( ?\d){10}", "de_DE"),
    "nl.bsn": (r"\d{9}", "nl_NL"),
    "pl.pesel": (r"\d{11}", "pl_PL"),
    "se.personnummer": (r"(\d{2})?\d{6}[-+]\d{4}", "sv_SE"),
    "fi.hetu": (r"\d{6}[-+A-Y]\d{3}[0-9A-Z]", "fi_FI"),
    "be.nn": (r"\d{11}|\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "nl_BE"),
    "no.fodselsnummer": (r"\d{11}", "no_NO"),
    "dk.cpr": (r"\d{6}-\d{4}", "da_DK"),
    "br.cpf": (r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}", "pt_BR"),
    "ch.ssn": (r"756\.?\d{4}\.?\d{4}\.?\d{2}", "de_CH"),
    "in_.aadhaar": (r"[2-9]\d{3} \d{4} \d{4}", "en_IN"),
    "kr.rrn": (r"\d{6}-\d{7}", "ko_KR"),
    "mx.curp": (r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", "es_MX"),
    "gb.nhs": (r"\d{3} \d{3} \d{4}", "en_GB"),
    "za.idnr": (r"\d{13}", "en_US"),
    "tr.tckimlik": (r"[1-9]\d{10}", "tr_TR"),
    "ro.cnp": (r"[1-9]\d{12}", "ro_RO"),
    "bg.egn": (r"\d{10}", "bg_BG"),
    "cz.rc": (r"\d{6}/\d{3,4}", "cs_CZ"),
}
"""Personal numbers by module of python-stdnum: form, and the place that they tell."""


def national_share(cells: Sequence[str]) -> tuple[float, str]:
    """The largest share of cells that are valid personal numbers of one country, and its locale."""
    best = (0.0, "")
    for module, (form, locale) in NATIONAL.items():
        pattern = re.compile(form)
        fits = [cell for cell in cells if pattern.fullmatch(cell)]
        if len(fits) < 0.8 * len(cells):
            continue
        valid = _validator(module)
        share = sum(valid(cell) for cell in fits) / len(cells)
        best = max(best, (share, locale))
    return best


def _validator(module: str) -> Callable[[str], bool]:
    check = importlib.import_module(f"stdnum.{module}")

    def valid(text: str) -> bool:
        try:
            return bool(check.is_valid(text))
        except (ValidationError, ValueError):
            return False

    return valid


_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "BR", "PL", "NL", "SE", "CN", "TW", "JP", "KR", "RU", "IN", "AU", "MX")
_PHONE = re.compile(r"[+(]?[\d][\d\s().\-/x+]{5,24}\d|[+(][\d][\d\s().\-/x+]{5,24}\d")
_EXTENSION = re.compile(r"\s*(x|ext\.?)\s*\d+$", re.I)
_CN_MOBILE = re.compile(r"1[3-9]\d{9}")


def phone_share(cells: Sequence[str]) -> tuple[float, bool]:
    """The largest share of cells that are phone numbers of one place, and whether they are written as phone numbers.

    Written so are numbers with a plus, brackets or separators; bare digits could count anything.
    """
    shaped = [_EXTENSION.sub("", cell) for cell in cells if _PHONE.fullmatch(_EXTENSION.sub("", cell))]
    if len(shaped) < 0.7 * len(cells):
        return 0.0, False
    marked = sum(bool(re.search(r"[+()]|\d[ \-./]\d", cell)) for cell in shaped) / len(cells)
    mobile = sum(bool(_CN_MOBILE.fullmatch(cell)) for cell in shaped) / len(cells)
    if mobile > 0.95:
        return mobile, True
    shares = [sum(_is_phone(cell, region) for cell in shaped[:200]) / len(shaped[:200]) for region in _REGIONS]
    return max(shares) * len(shaped) / len(cells), marked > 0.5


def _is_phone(text: str, region: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


_STREET = re.compile(
    r"\b(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|sq|parkway|pkwy|highway"
    r"|hwy|terrace|trail|circle|cir|crescent|alley|mews|loop|plaza|rue|allée|chemin|impasse|quai|calle|avenida|av|paseo"
    r"|carrer|camino|vía|via|viale|corso|piazza|vicolo|strada|contrada|borgo|stretto|rua|travessa|alameda|rodovia|estrada"
    r"|praça|largo|jardim|ulica|ul|al|aleja|plac|straat|laan|weg|gränd|gatan|vägen|stigen|gata|väg|ronda|glorieta|cuesta"
    r"|urbanización|pasadizo|acceso|alameda|pasaje|ramal|vial|rambla|callejón|viaducto|conjunto|quadra|morro|favela|núcleo"
    r"|aeroporto|campo|chácara|colônia|condomínio|distrito|esplanada|estação|fazenda|feira|ladeira|lago|lagoa|loteamento"
    r"|parque|passarela|pátio|recanto|residencial|setor|sítio|trecho|trevo|vale|vereda|viela|vila|canal|rotonda|incrocio)\b"
    r"|(straße|strasse|str\.|gasse|weg|platz|allee|ring|ufer|damm|gatan|vägen|gränd|stigen|torget|straat|laan|dreef|pad"
    r"|steeg|hof|singel|kade|plein|boulevard)\b|\b(ул|пер|пр|пр-т|бул|наб|ш|алл|пл|д|к|стр|шоссе|улица)\b|شارع|دوار"
    r"|[省市区县].{0,12}(路|街|镇|村|号|座|道)|(路|街|道|巷|弄).{0,8}(號|号|座|段|樓)|\d+(丁目|番|号)|(로|길|가|동)\s?\d",
    re.IGNORECASE,
)


def is_address(text: str) -> bool:
    """A street with a number, in the words of many places."""
    if len(text) < 5 or not any(char.isdigit() for char in text):
        return False
    return bool(_STREET.search(text)) or not street_words().isdisjoint(re.findall(r"[^\W\d_]+", text.lower()))


@cache
def street_words() -> frozenset[str]:
    """Words that streets of many places end or begin with, from Faker's locale data."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(addresses.__path__):
        provider = importlib.import_module(f"{addresses.__name__}.{module.name}").Provider
        for name in ("street_suffixes", "street_prefixes"):
            entries = getattr(provider, name, ())
            found.update(str(entry).strip().lower() for entry in entries if isinstance(entries, Iterable))
    return frozenset(word for word in found if len(word) > 2 and word.isalpha())


def is_chinese_address(text: str) -> bool:
    """A Chinese address down to the street."""
    return bool(re.search(r"[省市区县].{0,14}(路|街|镇|村|座|道|号)", text)) and len(text) >= 6
