"""Identifiers: values that stand for a real person, found in the synthetic file.

Threat model: anyone who reads the synthetic file.
Statistic: per column that identifies, the distinct values of train entities alone (nobody unseen has them) that the
synthetic file shows, beside the same for unseen entities; and per free-text column the tokens of six or more letters or
digits that fewer than k train entities use. What is drawn from a wide space by construction (e-mail, phone, account and
id numbers, long digits in text) may not occur at all; names and addresses of made-up people, and keys of the same form
as the real ones, meet real ones by chance, so they are held against the control.
Interval: none for a count. p-value: hypergeometric law of the matched entities, train against unseen.
Cost: seconds.
Limits: a value that was altered by a letter is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from synth.data.metadata import Column, ColumnType, Pii
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Ints, Samples, entities
from synth.scoring.scorecard import Figure
from synth.texts import say

TITLE = say("Identifiers")
THREAT = say("Anyone who reads the synthetic file looks for names, numbers and words that belong to a real person.")
BY_CHANCE = {Pii.PERSON_NAME, Pii.GIVEN_NAME, Pii.FAMILY_NAME, Pii.ADDRESS, Pii.USER_NAME}
"""Kinds of which made-up values meet real ones."""

TOKEN = re.compile(r"\w{6,}")
LONG_DIGITS = re.compile(r"\d{8,}")


def identifiers(samples: Samples) -> CheckResult:
    """Looks through every identifying column and every text column that the synthetic file has."""
    spec = samples.spec
    names = [name for name in spec.columns if name in spec.identifying and name in samples.synthetic.column_names]
    texts = [n for n, c in spec.columns.items() if c.type is ColumnType.TEXT and n not in spec.identifying]
    texts = [name for name in texts if name in samples.synthetic.column_names]
    measures = [_of_column(samples, name, spec.columns[name]) for name in names]
    for name in texts:
        measures += _of_text(samples, name)
    found = int(sum(m.attack or 0 for m in measures))
    figure = Figure(value=float(found), n=samples.synthetic.num_rows, better="lower", ideal=0.0)
    return CheckResult(figure=figure, measures=tuple(measures))


def _of_column(samples: Samples, name: str, column: Column) -> Measure:
    shown = set(_texts(samples.synthetic[name]))
    sides = [_owned(table, name, entities(table, samples.spec)) for table in (samples.train, samples.unseen_all)]
    kind = "identifier_by_chance" if column.pii is None or column.pii in BY_CHANCE else "identifier"
    return _matches(kind, name, sides[0], sides[1], shown)


def _owned(table: pa.Table, name: str, who: Ints) -> dict[str, int]:
    """Each value that one entity alone has, and which."""
    owners: dict[str, int] = {}
    for value, entity in zip(_texts(table[name], keep_missing=True), who.tolist(), strict=True):
        if value:
            owners[value] = entity if owners.get(value, entity) == entity else -1
    return {value: entity for value, entity in owners.items() if entity >= 0}


def _matches(name: str, about: str, train: dict[str, int], unseen: dict[str, int], shown: set[str]) -> Measure:
    """Counts entities whose own values are shown; what both sides have is nobody's own."""
    both = train.keys() & unseen.keys()
    sides = [{v: e for v, e in side.items() if v not in both} for side in (train, unseen)]
    everyone = [len(set(side.values())) for side in sides]
    matched = [len({entity for value, entity in side.items() if value in shown}) for side in sides]
    n = sum(everyone)
    p = float(stats.hypergeom.sf(matched[0] - 1, n, everyone[0], sum(matched))) if n and matched[0] else 1.0
    return Measure(
        name=name, about=about, n=everyone[0], attack=float(matched[0]), control=float(matched[1]), p_value=p
    )


def _of_text(samples: Samples, name: str) -> Iterator[Measure]:
    shown = {token for text in _texts(samples.synthetic[name]) for token in TOKEN.findall(text)}
    sides = [_rare(table, name, entities(table, samples.spec), samples.k) for table in
             (samples.train, samples.unseen_all)]  # fmt: skip
    words, digits = ([{t: e for t, e in side.items() if bool(LONG_DIGITS.fullmatch(t)) is is_digits} for side in sides]
                     for is_digits in (False, True))  # fmt: skip
    yield _matches("identifier_by_chance", say("{column} (words)", column=name), words[0], words[1], shown)
    yield _matches("identifier", say("{column} (long numbers)", column=name), digits[0], digits[1], shown)


def _rare(table: pa.Table, name: str, who: Ints, k: int) -> dict[str, int]:
    """Tokens of fewer than k entities, and one of these."""
    users: dict[str, set[int]] = {}
    for text, entity in zip(_texts(table[name], keep_missing=True), who.tolist(), strict=True):
        for token in TOKEN.findall(text or ""):
            held = users.setdefault(token, set())
            if len(held) < k:
                held.add(entity)
    return {token: min(held) for token, held in users.items() if len(held) < k}


def _texts(column: pa.ChunkedArray, *, keep_missing: bool = False) -> Iterable[str]:
    values = column if pa.types.is_string(column.type) else pc.cast(column, pa.large_string())
    return (value or "" for value in values.to_pylist()) if keep_missing else filter(None, values.to_pylist())
