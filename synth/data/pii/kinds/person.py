"""People's names: given, family or whole, in any script whose names and ordinary words the lists know.

Each cell is scored as a given name, a family name, a whole name, a place and an ordinary word or company, from the
lists and the spelling of their languages (`synth.data.pii.spelling`). What the column is made of, the shares of these
five, is then fitted to all cells together (expectation maximisation): one cell like "Houston" or "Jordan" can be
anything, a thousand cells cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synth.data.columns import Pii
from synth.data.pii.finding import Hint, Match
from synth.data.pii.kinds.person_cells import EAST_ASIAN, MOST_TOKENS, Cell, is_of_companies, read_cell
from synth.data.pii.sample import Sample
from synth.data.pii.spelling import Spelling, script_of, spelling
from synth.data.pii.words import area_code_places, fold, words

KINDS = (Pii.GIVEN_NAME, Pii.FAMILY_NAME, Pii.PERSON_NAME)
_N_NAMES = len(KINDS)  # then place, word

_FLOOR = 9.0
"""Nats below the likeliest class at which a token's other classes stand at least: lists are never complete."""

_LENGTHS = np.log(np.array([
    [0.88, 0.10, 0.015, 0.004, 0.001],  # given: "Anna", "Anna Maria"
    [0.80, 0.15, 0.04, 0.008, 0.002],   # family: "Berg", "van den Berg"
    [0.01, 0.62, 0.27, 0.08, 0.02],     # whole
    [0.60, 0.25, 0.10, 0.04, 0.01],     # place
    [0.40, 0.30, 0.15, 0.10, 0.05],     # word, company
]))  # fmt: skip
"""Log probability of 1 to 5 tokens in each class; chosen, not tuned."""

_FEW = 100
"""Cells up to which names are compared with a list of places; more of them tell by themselves."""

_FEW_VALUES = 30

_OF_PLACES, _OF_WORDS = 0.2, 0.15
"""How often a token of a place or company is a person's name ("Port Michael", "Smith and Sons")."""


def find(sample: Sample, hint: Hint) -> Match | None:
    """Given, family or whole names."""
    if sample.is_number:
        return None
    cells = [read_cell(cell) for cell in sample.cells]
    kept = [cell for cell in cells if cell is not None]
    if len(kept) < 0.85 * len(cells) or not any(cell.tokens for cell in kept):
        return None
    if is_of_companies(sample.cells):
        return None
    script, in_script = _main_script(kept)
    if script == "mixed" or len(in_script) < 0.7 * len(cells):
        return None
    model = spelling(script)
    scores = _scores(in_script, model, script)
    shares = shares_of(scores)
    if _is_of_places(sample.cells, shares, hint):
        return None
    return _judge(_Evidence(in_script, scores, shares, sample.n_rows, model.is_sufficient), script, hint)


def _is_of_places(cells: Sequence[str], shares: npt.NDArray[np.float64], hint: Hint) -> bool:
    """True where a few single names are nearly all names of places too: a dozen American cities are all given names.

    Of the surnames of a country at most one half are places (United Kingdom, measured), so of 14 cells 12 are seldom.
    """
    is_suspect = len(cells) <= _FEW and shares[2] < 0.3 and shares[:2].sum() >= 0.5 and not hint.means(*KINDS)
    return is_suspect and sum(fold(cell) in area_code_places() for cell in cells) >= 0.8 * len(cells)


def _main_script(cells: Sequence[Cell]) -> tuple[str, list[Cell]]:
    """The script of most cells, and those of its cells that mix it with no other."""
    scripts = [_script(cell) for cell in cells]
    main = max(sorted(set(scripts)), key=scripts.count)
    return main, [cell for cell, script in zip(cells, scripts, strict=True) if script == main]


def _script(cell: Cell) -> str:
    found = {script_of(letter) for token in cell.tokens for letter in (token, token[-1])}
    return found.pop() if len(found) == 1 else "mixed"


def _scores(cells: Sequence[Cell], model: Spelling, script: str) -> npt.NDArray[np.float64]:
    """Log likelihood of each cell as given, family and whole name, place and word; (n_cells, 5)."""
    pieces = sorted({piece for cell in cells for token in cell.tokens for piece in _pieces(token, script)})
    raw = model.log_probability(pieces)
    raw = np.logaddexp(raw, raw.max(axis=1, keepdims=True) - _FLOOR)
    of = dict(zip(pieces, raw, strict=True))
    return np.array([_score(cell, of, script) for cell in cells])


def _pieces(token: str, script: str) -> list[str]:
    """A token and, where names are written without space, its two parts at each split."""
    if script not in EAST_ASIAN:
        return [token]
    return [token, *(part for pair in _halves(token) for part in pair)]


def _halves(token: str) -> list[tuple[str, str]]:
    """A family name of one or two characters, and the given name after it."""
    return [(token[:i], token[i:]) for i in range(1, min(len(token), 3))] if len(token) <= MOST_TOKENS else []


def _score(cell: Cell, of: Mapping[str, npt.NDArray[np.float64]], script: str) -> npt.NDArray[np.float64]:
    rows = np.array([of[token] for token in cell.tokens])
    given, family, place, word = rows.T
    n = len(rows)
    names = np.logaddexp(given, family) - np.log(2)
    scores = np.array([
        given.sum(),
        family.sum(),
        _whole(cell, given, family),
        np.logaddexp(np.log(1 - _OF_PLACES) + place, np.log(_OF_PLACES) + names).sum(),
        np.logaddexp(np.log(1 - _OF_WORDS) + word, np.log(_OF_WORDS) + names).sum(),
    ])  # fmt: skip
    scores += _LENGTHS[:, min(n + cell.n_initials + cell.has_title, MOST_TOKENS) - 1]
    if script in EAST_ASIAN and n == 1:
        scores[2] = np.logaddexp(scores[2], _joined(cell.tokens[0], of) + _LENGTHS[2, 1])
    return scores


def _whole(cell: Cell, given: npt.NDArray[np.float64], family: npt.NDArray[np.float64]) -> float:
    """Given names first or family names first, split where it fits best; one part may be an initial."""
    n = len(given)
    if n == 1:
        return float(np.logaddexp(given[0], family[0]) - np.log(2))
    before = {True: np.cumsum(family), False: np.cumsum(given)}
    after = {True: np.cumsum(given[::-1])[::-1], False: np.cumsum(family[::-1])[::-1]}
    orders = (True,) if cell.turned else (False, True)
    splits = [before[order][i - 1] + after[order][i] for order in orders for i in range(1, n)]
    return float(max(splits) - np.log(len(splits)))


def _joined(token: str, of: Mapping[str, npt.NDArray[np.float64]]) -> float:
    """A name without a space between its parts: the family name first, of one character or two."""
    parts = [of[a][1] + of[b][0] for a, b in _halves(token)]
    return float(max(parts)) if parts else -np.inf


def shares_of(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What share of the cells is of each class: the mixture under which all cells are likeliest, (5,)."""
    likelihood = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares = np.full(scores.shape[1], 1 / scores.shape[1])
    for _ in range(30):
        posterior = likelihood * shares
        shares = (posterior / posterior.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


@dataclass(frozen=True)
class _Evidence:
    cells: Sequence[Cell]
    scores: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    n_rows: int
    is_sufficient: bool

    @property
    def name_share(self) -> float:
        return float(self.shares[:_N_NAMES].sum())

    @property
    def is_of_one_kind(self) -> bool:
        """True where the names are mostly given, mostly family names, or whole ones."""
        given, family, whole = self.shares[:_N_NAMES]
        return bool(whole >= 0.3 or max(given, family) >= 0.6 * self.name_share)

    @property
    def needed_nats(self) -> float:
        """More for few cells, which may be a list of anything, and most for few that repeat, as categories do."""
        n = len(self.cells)
        if n < _FEW_VALUES and self.n_rows >= 10 * n:
            return max(12.0, 2.2 * n)
        return max(12.0, min(1.2 * n, 15 + 0.35 * n))

    @property
    def nats(self) -> float:
        """How much likelier all cells are as names than as anything else; one cell counts at most 3."""
        names, others = self.scores[:, :_N_NAMES].max(axis=1), self.scores[:, _N_NAMES:].max(axis=1)
        return float(np.clip(names - others, -3.0, 3.0).sum())


def _judge(seen: _Evidence, script: str, hint: Hint) -> Match | None:
    kind = _kind(seen, hint)
    share, n = seen.name_share, len(seen.cells)
    locale = _locale(seen.cells, script)
    if hint.is_against:
        return None
    if seen.is_sufficient and share >= 0.55 and seen.nats >= seen.needed_nats:
        sure = 0.7 + 0.22 * share if n >= 20 else 0.7 + 0.005 * n
        if not seen.is_of_one_kind:
            sure = 0.6  # half given, half family names: made-up places and brands look so
        return Match(kind, share, sure, _FORMS[kind], locale)
    least = 0.3 if hint.is_plain else 0.5
    if hint.means(*KINDS) and share >= least and seen.nats >= min(n, 10):
        return Match(kind, share, 0.55 + 0.3 * share, _FORMS[kind], locale, is_by_name=True)
    if hint.means(*KINDS) and hint.is_plain and _is_word_shaped(seen, hint):
        return Match(kind, share, 0.6, _FORMS[kind], locale, is_by_name=True)
    return None


_FORMS = {
    Pii.GIVEN_NAME: "given names by lists and spelling",
    Pii.FAMILY_NAME: "family names by lists and spelling",
    Pii.PERSON_NAME: "names of people by lists and spelling",
}


def _kind(seen: _Evidence, hint: Hint) -> Pii:
    shares = seen.shares[:_N_NAMES]
    best = int(shares.argmax())
    by_cells = KINDS[best] if shares[best] >= 0.6 * shares.sum() else Pii.PERSON_NAME
    if hint.kind is None or not hint.means(*KINDS):
        return by_cells
    is_contradicted = shares[best] >= 0.6 and shares[KINDS.index(hint.kind)] < 0.2
    return by_cells if is_contradicted or not hint.is_plain else hint.kind


def _is_word_shaped(seen: _Evidence, hint: Hint) -> bool:
    """Names that no list knows still are words that mostly differ, of one to three parts."""
    few = 3 if hint.kind is not Pii.PERSON_NAME else MOST_TOKENS
    sizes = [len(cell.tokens) for cell in seen.cells]
    lengths = [len(token) for cell in seen.cells for token in cell.tokens]
    return len(sizes) >= 5 and bool(np.mean(np.array(sizes) <= few) >= 0.95 and np.mean(lengths) >= 3)


def _locale(cells: Sequence[Cell], script: str) -> str:
    """The place whose lists hold most tokens, if they hold most and clearly more than another language's."""
    seen = {piece for cell in cells for token in cell.tokens for piece in _pieces(token, script)}
    held = words()
    best = {
        place: len(seen & (held.given.get(place, frozenset()) | held.family.get(place, frozenset())))
        for place in held.given
        if "_" in place
    }
    ranked = sorted(best, key=lambda place: -best[place])
    top = ranked[0]
    other = next((best[place] for place in ranked if place[:2] != top[:2]), 0)
    n_tokens = sum(len(cell.tokens) for cell in cells)
    needed = 0.3 if script in EAST_ASIAN else 0.5
    return top if best[top] >= needed * min(n_tokens, len(seen)) and best[top] >= 1.3 * other else ""
