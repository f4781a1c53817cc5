"""Keys of several columns, and links between tables: told by names and by whether values are contained."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.entities import key_codes
from synth.data.keys import Seen
from synth.data.metadata import ForeignKey, Guess, Offer, Table

_KEY_WORD = re.compile(
    r"(^|[\W_])(id|key|code|no|nr|num|number)([\W_]|$)|[a-z](Id|ID|Key|Code|No|Number)$|^(id|code)_", re.I
)
_LEADING = 3
_MAX_CANDIDATES = 8
_MAX_OFFERS = 3
_CONTAINED = 0.8
_SAMPLE = 5000


def composite_keys(seen: Sequence[Seen]) -> tuple[Offer, ...]:
    """Smallest sets of two or three columns that no two rows share; only columns that look like parts of a key.

    They are offered, not used: the columns of such a key are often traits too.
    """
    if len(seen[0].cells) < 2:
        return ()
    candidates = [column for i, column in enumerate(seen) if _may_be_part(column, i)][:_MAX_CANDIDATES]
    table = pa.table([column.cells for column in candidates], names=[column.name for column in candidates])
    found: list[tuple[str, ...]] = []
    for size in (2, 3):
        for columns in combinations(candidates, size):
            names = tuple(column.name for column in columns)
            if not any(set(known) <= set(names) for known in found) and _are_unique(table, columns):
                found.append(names)
    guess = Guess(reason="together unique, and named or placed as a key", confidence=0.6)
    found.sort(key=lambda names: (len(names), -sum(bool(_KEY_WORD.search(name)) for name in names)))
    return tuple(Offer(field="primary_key", columns=names, guess=guess) for names in found[:_MAX_OFFERS])


def _may_be_part(column: Seen, place: int) -> bool:
    is_kind = column.is_discrete or pat.is_temporal(column.cells.type)
    likely = place < _LEADING or bool(_KEY_WORD.search(column.name)) or pat.is_temporal(column.cells.type)
    return is_kind and likely and column.cells.null_count == 0 and 1 < column.n_distinct < len(column.cells)


def _are_unique(table: pa.Table, columns: Sequence[Seen]) -> bool:
    names = [column.name for column in columns]
    if np.prod([float(column.n_distinct) for column in columns]) < table.num_rows:
        return False
    head = table.slice(0, _SAMPLE)
    if len(np.unique(key_codes(head, names))) < head.num_rows:
        return False
    return bool(len(np.unique(key_codes(table, names))) == table.num_rows)


def with_references(tables: Mapping[str, pa.Table], specs: Mapping[str, Table]) -> dict[str, Table]:
    """Adds foreign keys: used where every value is contained and the names agree, offered where most are."""
    if len(tables) < 2 and not any(_self_candidates(spec) for spec in specs.values()):
        return dict(specs)
    found = dict(specs)
    for name, spec in specs.items():
        keys: list[tuple[ForeignKey, Guess]] = []
        offers: list[Offer] = []
        links = sorted(_links(name, spec, tables, specs), key=lambda link: (not link[2], -link[1]))
        for key, share, agree in links:
            contained = f"{share:.1%} of the values are values of {key.table}.{', '.join(key.references)}"
            if share == 1 and agree and not _clashes(key, keys):
                keys.append((key, Guess(reason=f"{contained}; the names agree", confidence=0.9)))
            elif not any(other.columns == key.columns for other, _ in keys):
                offers.append(
                    Offer(field="foreign_keys", foreign_key=key, guess=Guess(reason=contained, confidence=0.5))
                )
        guessed = {f"foreign_keys/{i}": guess for i, (_, guess) in enumerate(keys)}
        update = {"foreign_keys": tuple(key for key, _ in keys), "guessed": {**spec.guessed, **guessed}}
        found[name] = spec.model_copy(update={**update, "offered": (*spec.offered, *offers)})
    return found


def _clashes(key: ForeignKey, keys: Sequence[tuple[ForeignKey, Guess]]) -> bool:
    return any(key.columns == other.columns for other, _ in keys)


def _self_candidates(spec: Table) -> bool:
    return len(spec.primary_key) == 1


def _parents(spec: Table) -> Iterator[tuple[str, ...]]:
    """Keys that others may point at: the primary key, the entity key, and those offered."""
    yield from dict.fromkeys(
        key
        for key in (spec.primary_key, spec.entity_key, *(o.columns for o in spec.offered if o.field == "primary_key"))
        if key
    )


def _links(
    child: str, spec: Table, tables: Mapping[str, pa.Table], specs: Mapping[str, Table]
) -> Iterator[tuple[ForeignKey, float, bool]]:
    """Links with the share of contained values, and whether they may be used."""
    loose: dict[str, list[tuple[int, ForeignKey, float]]] = {}
    for parent, parent_spec in specs.items():
        for key in _parents(parent_spec):
            if len(key) > 1:
                yield from _composite_link(child, spec, parent, key, tables)
                continue
            is_primary = key == parent_spec.primary_key
            for column in _candidates(child, spec, parent, parent_spec, key[0]):
                agree = _names_agree(column, "" if parent == child else parent, key[0])
                if not agree and not (is_primary and _is_telling(spec, column, tables[parent].num_rows)):
                    continue
                share = _contained(tables[child], (column,), tables[parent], key)
                link = ForeignKey(columns=(column,), table=parent, references=key)
                if agree and share >= _CONTAINED:
                    yield link, share, is_primary
                elif share >= _MOSTLY:
                    loose.setdefault(column, []).append((tables[parent].num_rows, link, share))
    for links in loose.values():
        for _, link, share in sorted(links, key=lambda item: (item[1].table != child, item[0]))[:_MAX_OFFERS]:
            yield link, share, False


_MOSTLY = 0.95


def _candidates(child: str, spec: Table, parent: str, parent_spec: Table, key: str) -> list[str]:
    return [
        column
        for column in spec.columns
        if not (parent == child and column == key) and _same_kind(spec, column, parent_spec, key)
    ]


def _composite_link(
    child: str, spec: Table, parent: str, key: tuple[str, ...], tables: Mapping[str, pa.Table]
) -> Iterator[tuple[ForeignKey, float, bool]]:
    if parent != child and set(key) <= set(spec.columns):
        share = _contained(tables[child], key, tables[parent], key)
        if share >= _CONTAINED:
            yield ForeignKey(columns=key, table=parent, references=key), share, share == 1


def _is_telling(spec: Table, column: str, n_parents: int) -> bool:
    """Without a like name: texts that are codes, or numbers that are named as an identifier."""
    kind = spec.columns[column].arrow_type
    named = bool(_KEY_WORD.search(column)) or column.lower().endswith(("to", "ref", "parent"))
    is_code = is_text(kind) and n_parents >= _MIN_CODES
    is_number = (pat.is_integer(kind) or pat.is_floating(kind)) and named
    return (is_code or is_number) and spec.primary_key != (column,)


_MIN_CODES = 5


def _same_kind(spec: Table, column: str, parent: Table, key: str) -> bool:
    a, b = spec.columns[column], parent.columns[key]
    return a.type is b.type or {a.type.value, b.type.value} == {"category", "text"}


def _names_agree(column: str, parent: str, key: str) -> bool:
    """The same name, or one that holds the name of the parent table (cityCode and cities)."""
    a, b, table = (re.sub(r"[\W_]+", "", text).lower() for text in (column, key, parent))
    if a == b:
        return len(a) > 2 or table in {"", a}
    stem = re.sub(r"(ies|es|s)$", "", table)
    return bool(table) and len(stem) >= 3 and a.startswith(stem) and (a == stem or _KEY_WORD.search(column) is not None)


def _contained(child: pa.Table, columns: Sequence[str], parent: pa.Table, keys: Sequence[str]) -> float:
    """Share of the different values of the child that the parent has; 0 where there are none."""
    if len(columns) == 1:
        values = child[columns[0]].drop_null().unique()
        if len(values) == 0:
            return 0.0
        held = parent[keys[0]].drop_null().unique()
        try:
            found = pc.is_in(values, held.cast(values.type))
        except pa.ArrowInvalid:
            return 0.0
        return float(pc.mean(found).as_py())
    own = child.select(list(columns)).drop_null()
    both = pa.concat_tables([own, parent.select(list(keys)).rename_columns(list(columns)).cast(own.schema)])
    codes = key_codes(both, columns)
    mine, theirs = np.unique(codes[: own.num_rows]), np.unique(codes[own.num_rows :])
    return float(np.isin(mine, theirs).mean()) if len(mine) else 0.0
