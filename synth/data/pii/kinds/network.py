"""E-mail addresses, addresses of the internet, and user names."""

from __future__ import annotations

import ipaddress
import re

from synth.data.columns import Pii
from synth.data.pii.finding import Hint, Match
from synth.data.pii.sample import Sample

_EMAIL = re.compile(r"(?:mailto:)?[^@\s,;:<>()/\"]{1,64}@(?:[^@\s,;:<>()/.\"]+\.)+[^\W\d]{2,}", re.IGNORECASE)
_NAMED_EMAIL = re.compile(rf"[^<>@]*<{_EMAIL.pattern}>", re.IGNORECASE)
_IP_SHAPE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:/\d{1,3})?", re.I)
_USER_NAME = re.compile(r"@?[\w][\w.\-]{1,39}")

_LEAST_FIRST_BYTE = 10
"""Most first bytes of addresses are at least this; those of four-part version numbers seldom are."""


def find_email(sample: Sample, hint: Hint) -> Match | None:
    """E-mail addresses, also as `Name <address>`."""
    share = sample.share(_is_email)
    if share < (0.5 if hint.means(Pii.EMAIL) else 0.8):
        return None
    return Match(Pii.EMAIL, share, 0.75 + 0.23 * share, "e-mail addresses by their form")


def _is_email(text: str) -> bool:
    return "@" in text and (_EMAIL.fullmatch(text) or _NAMED_EMAIL.fullmatch(text)) is not None


def find_ip(sample: Sample, hint: Hint) -> Match | None:
    """IPv4 and IPv6 addresses and networks."""
    share = sample.share(_is_ip)
    if share < (0.7 if hint.means(Pii.IP_ADDRESS) else 0.9):
        return None
    is_version = sample.share(lambda text: text.split(".")[0].isdigit() and int(text.split(".")[0]) < _LEAST_FIRST_BYTE)
    if is_version > 0.5 and not hint.means(Pii.IP_ADDRESS):
        return None
    return Match(Pii.IP_ADDRESS, share, 0.7 + 0.25 * share, "IP addresses by their form")


def _is_ip(text: str) -> bool:
    if not _IP_SHAPE.fullmatch(text):
        return False
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def find_user_name(sample: Sample, hint: Hint) -> Match | None:
    """User names: any word may be one, so the column's name must say so."""
    if not hint.means(Pii.USER_NAME) or sample.is_number:
        return None
    share = sample.share(_USER_NAME.fullmatch)
    with_letters = sample.share(lambda text: any(letter.isalpha() for letter in text))
    if share < 0.9 or with_letters < 0.8 or len(sample.cells) < 3:  # fewer words are a category
        return None
    return Match(Pii.USER_NAME, share, 0.7, "words that may be user names", is_by_name=True)
