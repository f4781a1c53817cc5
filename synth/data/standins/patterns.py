"""Pseudonymous keys: the form of the keys that train shows, filled with a keyed permutation of row numbers.

A form is the class of each character (digit, capital, small letter, Chinese character), with the characters that all
keys of the form share written out; a form counts when at least k subjects have it. No key itself is kept.
"""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as pat

from synth.data.standins.numbers import MAX_DOMAIN, hashed, key_of, permuted, uniforms

ALPHABETS = {
    "0": string.digits,
    "a": string.ascii_lowercase,
    "A": string.ascii_uppercase,
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "z": "甲乙丙丁戊己庚辛壬癸",
}
_MAX_FORMS = 20
_HEX = {"h": set("0123456789abcdef"), "H": set("0123456789ABCDEF")}

Form = list[str]
"""One entry a character: a class in braces ("{0}"), or the character itself."""


def learn_forms(values: Sequence[str], subjects: npt.NDArray[np.int64], k: int) -> list[tuple[Form, float]]:
    """Forms with their shares, the most frequent first; empty where no k subjects share one."""
    groups: dict[str, list[int]] = defaultdict(list)
    hexes = _hex_class(values)
    for i, value in enumerate(values):
        groups[_classes(value, hexes)].append(i)
    counted = [(places, len(np.unique(subjects[places]))) for places in groups.values()]
    forms = [([values[i] for i in places], n) for places, n in counted if n >= k]
    forms = sorted(forms, key=lambda form: -len(form[0]))[:_MAX_FORMS]
    total = sum(len(members) for members, _ in forms)
    return [(_form(members, hexes), len(members) / total) for members, _ in forms]


def _hex_class(values: Sequence[str]) -> str:
    """The class of hexadecimal keys such as UUIDs, or an empty string."""
    letters = set("".join(values[:1000])) - set("-{}:")
    fits = (name for name, digits in _HEX.items() if letters <= digits and letters - set(string.digits))
    return next(fits, "") if min(map(len, values), default=0) >= 8 else ""


def _classes(value: str, hexes: str) -> str:
    return "".join(_class(char, hexes) or char for char in value)


def _class(char: str, hexes: str) -> str:
    if hexes and char in _HEX[hexes]:
        return hexes
    if char in string.digits:
        return "0"
    if char in string.ascii_letters:
        return "a" if char.islower() else "A"
    if "\u3400" <= char <= "\u9fff":
        return "z"
    if not char.isalnum():
        return ""
    return "A" if char.isupper() else "a" if char.isalpha() else "0"


def _form(members: list[str], hexes: str) -> Form:
    return [
        columns[0] if len(set(columns)) == 1 else "{" + _class(columns[0], hexes) + "}"
        for columns in zip(*members, strict=True)
    ]


def fill(forms: Sequence[tuple[Form, float]], numbers: npt.NDArray[np.int64], key: int) -> list[str]:
    """A text for each number, different for different numbers.

    A form with too few texts for a number is passed over for a larger one, and the largest grows by digits at its end.
    """
    sizes = [_size(form) for form, _ in forms]
    largest = int(np.argmax(sizes))
    shares = np.cumsum([share for _, share in forms])
    chosen = np.searchsorted(shares, uniforms(numbers, key_of(key, "form")), side="right").clip(max=len(forms) - 1)
    chosen = np.where(numbers < np.asarray(sizes)[chosen], chosen, largest)
    texts = np.empty(len(numbers), object)
    for i, (form, _) in enumerate(forms):
        mine = np.flatnonzero(chosen == i)
        fits = mine[numbers[mine] < sizes[i]]
        texts[fits] = _texts(form, permuted(numbers[fits], sizes[i], key_of(key, i)), key_of(key, i))
        rest = mine[numbers[mine] >= sizes[i]]
        if len(rest):
            whole, part = np.divmod(numbers[rest], sizes[i])
            heads = _texts(form, permuted(part, sizes[i], key_of(key, i)), key_of(key, i))
            joint = "" if len(forms) == 1 else "-"
            texts[rest] = [f"{head}{joint}{tail}" for head, tail in zip(heads, whole.tolist(), strict=True)]
    return list(texts)


def _size(form: Form) -> int:
    """How many texts its last characters give, as many of these as fit `MAX_DOMAIN`."""
    size = 1
    for entry in reversed(form):
        base = len(_alphabet(entry)) if _is_class(entry) else 1
        if size * base > MAX_DOMAIN:
            break
        size *= base
    return size


def _is_class(entry: str) -> bool:
    return len(entry) == 3


def _alphabet(entry: str) -> str:
    return ALPHABETS[entry[1]]


def _texts(form: Form, numbers: npt.NDArray[np.int64], key: int) -> list[str]:
    """The numbers written in the form's mixed base, the last character fastest.

    Characters beyond the domain of the numbers are drawn; the numbers alone make the texts differ.
    """
    left, size = numbers, 1
    columns: list[list[str]] = []
    for place, entry in enumerate(reversed(form)):
        if not _is_class(entry):
            columns.append([entry] * len(numbers))
            continue
        alphabet = np.array(list(_alphabet(entry)))
        size *= len(alphabet)
        if size <= MAX_DOMAIN:
            left, digit = np.divmod(left, len(alphabet))
        else:
            digit = (hashed(numbers, key_of(key, place)) % np.uint64(len(alphabet))).astype(np.int64)
        columns.append(alphabet[digit].tolist())
    return ["".join(chars) for chars in zip(*reversed(columns), strict=True)] if form else [""] * len(numbers)


def learn_integers(values: npt.NDArray[Any], subjects: npt.NDArray[np.int64], k: int) -> dict[str, Any]:
    """Whether keys count 1, 2, 3, ..., and otherwise how many digits most have (at least k subjects, at most 18)."""
    distinct = np.unique(values)
    if len(distinct) == 0 or distinct[0] < 0 or distinct[-1] <= 2 * len(distinct) + 1:
        return {"kind": "serial"}
    digits = np.char.str_len(values.astype(str))
    lengths, counts = np.unique(digits, return_counts=True)
    usual = int(lengths[np.argmax(counts)])
    shared = len(np.unique(subjects[digits == usual])) >= k
    return {"kind": "digits", "digits": min(usual, 18)} if shared else {"kind": "serial"}


def integers(
    learnt: dict[str, Any], numbers: npt.NDArray[np.int64], key: int, kind: pa.DataType
) -> npt.NDArray[np.int64]:
    """An integer for each number, different for different numbers.

    Those of the usual length come first, permuted; then the longer ones that the type holds, then the smaller ones.
    """
    largest = _largest(kind)
    digits = learnt.get("digits", 1)
    low = min(10 ** (digits - 1), largest)
    size = min(9 * low, largest - low + 1) if learnt["kind"] == "digits" else 0
    values = np.asarray(low + numbers, np.int64)
    fits = numbers < size
    if size:
        values[fits] = low + permuted(numbers[fits], size, key)
    beyond = numbers > largest - low
    values[beyond] = largest - numbers[beyond]
    return values


def _largest(kind: pa.DataType) -> int:
    """The largest integer that a key's type holds exactly, at most that of int64."""
    if pat.is_integer(kind):
        return min(int(np.iinfo(kind.to_pandas_dtype()).max), 2**63 - 1)
    if pat.is_decimal(kind):
        return int(min(10 ** max(kind.precision - kind.scale, 1) - 1, 2**63 - 1))
    return {"halffloat": 2**11, "float": 2**24}.get(str(kind), 2**53)


def as_kind(values: npt.NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    """Integers in a key's type; missing where they do not fit."""
    if pat.is_integer(kind):
        info = np.iinfo(kind.to_pandas_dtype())
        fits = (values >= info.min) & (values <= info.max)
        return pa.array(np.where(fits, values, 0), mask=~fits).cast(kind)
    return pa.array(values).cast(kind, safe=False)
