"""How words of a class are spelt: the probability of a token among given names, family names, places and words.

A token has half its probability from the list itself (how often the class's lists hold it), half from its letters: an
interpolated model of up to four letters, so that a name outside every list still looks like a name of its language.
Each script has a model of its own; what its lists cannot tell apart (fewer than `ENOUGH` words and places) it says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from synth.data.pii.words import CLASSES, Words, words

ENOUGH = 300
"""Fewest different words and places together without which a script's model has seen too little that is no name."""

_ORDER = 4
_WIDTH = 16
"""Letters of a token that are read; the rest tells nothing more."""

_PRIOR = 10.0
"""Weight of the shorter context, in letters: likeliest for the half of the lists that a trial withheld."""

_LISTED = np.array([0.5, 0.5, 0.1, 0.3])
"""Share of each class's tokens that its lists give; small for places, since many are called after people."""

_READ = 20_000
"""Tokens of a class from which its letters are learnt."""

_START, _END = 1, 2

_Scores = npt.NDArray[np.float64]

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("\u0370", "latin"),
    ("\u0400", "greek"),
    ("\u0530", "cyrillic"),
    ("\u0590", "armenian"),
    ("\u0600", "hebrew"),
    ("\u0780", "arabic"),
    ("\u0e00", "indic"),
    ("\u10a0", "thai"),
    ("\u1100", "georgian"),
    ("\u1200", "jamo"),
    ("\u2e80", "other"),
    ("\ua000", "han"),  # with kana: one language writes both
    ("\uac00", "yi"),
    ("\ud7b0", "hangul"),
)
"""The first letter after each script, in order."""


def script_of(token: str) -> str:
    """The script of a token, by its first letter.

    >>> script_of("anna"), script_of("анна"), script_of("安娜")
    ('latin', 'cyrillic', 'han')
    """
    return next((name for end, name in _SCRIPTS if token < end), "other")


@dataclass(frozen=True)
class Spelling:
    """The model of one script.

    Attributes:
        lists: by class, how often its lists hold each token.
    """

    lists: tuple[Counter[str], ...]

    @property
    def is_sufficient(self) -> bool:
        """True where enough that is no name was seen to tell it from names."""
        return len(self.lists[2]) + len(self.lists[3]) >= ENOUGH

    def log_probability(self, tokens: Sequence[str]) -> _Scores:
        """Log probability of each token in each class.

        Returns:
            (n_tokens, 4) in the order of `CLASSES`; higher is likelier.
        """
        if not tokens:
            return np.zeros((0, len(CLASSES)))
        listed = np.array([[held[token] for held in self.lists] for token in tokens]) / self._totals
        return np.asarray(np.log(_LISTED * listed + (1 - _LISTED) * np.exp(self._by_letters(tokens))))

    @cached_property
    def _totals(self) -> _Scores:
        return np.array([max(1, held.total()) for held in self.lists], dtype=np.float64)

    @cached_property
    def _tables(self) -> list[tuple[npt.NDArray[np.uint64], _Scores]]:
        """For each length, its different letter groups (sorted) and how often each class has them."""
        codes, of = zip(*((_codes(_part(held)), i) for i, held in enumerate(self.lists) if held), strict=True)
        tables = []
        for n in range(1, _ORDER + 1):
            grams = [_grams(part, n) for part in codes]
            flat = np.concatenate([part[part > 0] for part in grams])
            owner = np.concatenate([np.full(int((part > 0).sum()), i) for part, i in zip(grams, of, strict=True)])
            keys = np.unique(flat)
            at = np.searchsorted(keys, flat)
            counts = np.bincount(at * len(CLASSES) + owner, minlength=len(keys) * len(CLASSES))
            tables.append((keys, counts.reshape(-1, len(CLASSES)).astype(np.float64)))
        return tables

    def _by_letters(self, tokens: Sequence[str]) -> _Scores:
        """Log probability of the letters: each letter after up to three, from the shortest context to the longest."""
        codes = _codes(tokens)
        counts = [_look_up(table, _grams(codes, n)) for n, table in enumerate(self._tables, start=1)]
        letters = counts[0].sum(axis=-1, keepdims=True)  # one alphabet for all classes: a script is no class
        n_letters = self._tables[0][1].sum()
        chance = np.repeat((letters + 1) / (n_letters + len(self._tables[0][0]) + 1), len(CLASSES), axis=-1)
        for n in range(1, _ORDER):
            seen = np.empty_like(counts[n - 1])
            seen[:, 1:] = counts[n - 1][:, :-1]
            seen[:, 0] = self._starts
            chance = (counts[n] + _PRIOR * chance) / (seen + _PRIOR)
        is_letter = (_grams(codes, 1) > 0)[..., None]
        return np.asarray(np.where(is_letter, np.log(chance), 0.0).sum(axis=1))

    @cached_property
    def _starts(self) -> _Scores:
        return np.array([len(_part(held)) for held in self.lists], dtype=np.float64)


def _part(held: Counter[str]) -> list[str]:
    """At most `_READ` tokens, spread over the list in alphabetical order, so that every process reads the same."""
    return sorted(held)[:: len(held) // _READ + 1]


def _codes(tokens: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Letters as numbers, (n_tokens, 3 + width + 1): three starts before, an end after, 0 beyond it."""
    width = min(_WIDTH, max(map(len, tokens)))
    letters = np.array([token[:width] + chr(_END) for token in tokens], dtype=f"U{width + 1}")
    numbers = letters.view(np.uint32).reshape(len(tokens), width + 1).astype(np.uint64) & np.uint64(0xFFFF)
    starts = np.full((len(tokens), _ORDER - 1), _START, dtype=np.uint64)
    return np.concatenate([starts, numbers], axis=1)


def _grams(codes: npt.NDArray[np.uint64], n: int) -> npt.NDArray[np.uint64]:
    """The group of `n` letters that ends at each place of a token, 16 bits a letter; 0 beyond the token's end."""
    width = codes.shape[1] - (_ORDER - 1)
    first = _ORDER - n
    grams = np.zeros((len(codes), width), dtype=np.uint64)
    for i in range(n):
        grams = (grams << np.uint64(16)) | codes[:, first + i : first + i + width]
    return np.where(codes[:, _ORDER - 1 :] > 0, grams, np.uint64(0))


def _look_up(table: tuple[npt.NDArray[np.uint64], _Scores], grams: npt.NDArray[np.uint64]) -> _Scores:
    """Counts of each group in each class, zero where it was never seen; (n_tokens, width, 4)."""
    keys, counts = table
    at = np.minimum(np.searchsorted(keys, grams), len(keys) - 1)
    return np.asarray(np.where((keys[at] == grams)[..., None], counts[at], 0.0))


def spell(held: Words, script: str) -> Spelling:
    """The model of one script."""
    ends = ["", *(end for end, _ in _SCRIPTS), chr(0x10FFFF)]
    at = [*(name for _, name in _SCRIPTS), "other"].index(script)
    low, high = ends[at], ends[at + 1]
    lists = (held.counts[name] for name in CLASSES)
    return Spelling(tuple(Counter({token: n for token, n in of.items() if low <= token < high}) for of in lists))


@cache
def spelling(script: str) -> Spelling:
    """The model of one script from all lists, made once."""
    return spell(words(), script)
