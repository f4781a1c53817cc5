"""Worlds of other tables in which the answer is known: categories, odd values, drift, few people, planted cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.privacy_tests.worlds import NAMES, Floats, fresh, people, spec_of, table, world
from synth.data.metadata import Column, ColumnType, Pii, Role, Table
from synth.scoring.samples import Samples


def categorical(seed: int) -> Samples:
    """T9: all columns are categories, and the file is a copy."""
    rng = np.random.default_rng(seed)
    parts = [pa.table({f"c{i}": rng.integers(0, 12, 1000).astype(str) for i in range(6)}) for _ in range(3)]
    spec = Table(columns={f"c{i}": Column(type=ColumnType.CATEGORY) for i in range(6)})
    return Samples(parts[0], parts[1], parts[2], parts[0], spec, k=5, seed=seed)


def odd(seed: int, *, leaks: bool) -> Samples:
    """T10: quotes, CJK, negative numbers, missing cells, huge integers and constants; a copy or a fresh sample."""
    rng = np.random.default_rng(seed)
    words = np.array(["o'brien", 'say "hi"', "back\\slash", "\u674e\u5a1c", "\U0001f600", "plain"], dtype=object)

    def rows() -> pa.Table:
        x = people(1000, rng)
        return pa.table(
            {
                "word": words[np.clip(np.digitize(x[:, 0], [-6, -2, 0, 2, 6]), 0, 5)],
                "negative": -np.abs(x[:, 1]) - 1,
                "gap": pa.array(x[:, 2], mask=rng.random(1000) < 0.2),
                "huge": pa.array((x[:, 3] * 1e15).astype(np.int64) + 2**60),
                "same": [7] * 1000,
                "secret": x[:, 5],
            }
        )

    columns = {"word": (ColumnType.CATEGORY, Role.QUASI_IDENTIFIER), "negative": (ColumnType.DECIMAL, Role.FEATURE),
               "gap": (ColumnType.DECIMAL, Role.FEATURE), "huge": (ColumnType.INTEGER, Role.FEATURE),
               "same": (ColumnType.INTEGER, Role.FEATURE), "secret": (ColumnType.DECIMAL, Role.SECRET)}  # fmt: skip
    spec = Table(columns={name: Column(type=kind, role=role) for name, (kind, role) in columns.items()})
    train, holdout, reference, other = (rows() for _ in range(4))
    return Samples(train, holdout, reference, train if leaks else other, spec, k=5, seed=seed)


def rare_secret(seed: int) -> Samples:
    """T11: 99 in 100 have the same secret, and the file is fresh."""
    return _with_secret(seed, lambda x, rng: rng.random(len(x)) < 0.01)


def public_relation(seed: int) -> Samples:
    """T12: the secret follows from the quasi-identifiers for everybody, and the file is fresh."""
    return _with_secret(seed, lambda x, _: x[:, 0] + x[:, 1] > 0)


def _with_secret(seed: int, secret: Callable[[Floats, np.random.Generator], NDArray[np.bool_]]) -> Samples:
    rng = np.random.default_rng(seed)

    def rows() -> pa.Table:
        x = people(1000, rng)
        return table(x).append_column("secret", pa.array(np.where(secret(x, rng), "yes", "no")))

    columns = {n: c.model_copy(update={"role": Role.FEATURE}) if n == NAMES[-1] else c
               for n, c in spec_of().columns.items()}  # fmt: skip
    spec = Table(columns=columns | {"secret": Column(type=ColumnType.CATEGORY, role=Role.SECRET)})
    return Samples(rows(), rows(), rows(), rows(), spec, k=5, seed=seed)


def drifted(seed: int) -> Samples:
    """T13: the unseen rows come from another year."""
    rng = np.random.default_rng(seed)
    train, synthetic = people(1000, rng), people(1000, rng)
    holdout, reference = people(1000, rng) + 2.0, people(1000, rng) + 2.0
    a, b, c, d = (table(rows) for rows in (train, holdout, reference, synthetic))
    return Samples(a, b, c, d, spec_of(), k=5, seed=seed)


def equal_rows(seed: int) -> Samples:
    """T14: equal rows of different people on both sides, and the file is fresh."""
    rng = np.random.default_rng(seed)
    a, b, c, d = (table(np.round(people(1000, rng) / 4)) for _ in range(4))
    return Samples(a, b, c, d, spec_of(), k=5, seed=seed)


def few(seed: int) -> Samples:
    """T15: 150 people."""
    return world(150, seed, fresh)


def no_holdout(seed: int) -> Samples:
    """T15: nobody unseen."""
    samples = world(1000, seed, fresh)
    return replace(samples, holdout=samples.holdout[:0], reference=samples.reference[:0])


def planted(seed: int, what: str) -> Samples:
    """T16: a person's e-mail, a rare category, or an id number in free text is replayed among fresh rows."""
    rng = np.random.default_rng(seed)

    def rows(start: int) -> pa.Table:
        return table(people(1000, rng)).append_column("mail", pa.array([f"p{start + i}@mail.test" for i in range(1000)])
            ).append_column("ward", pa.array(rng.choice(["north", "south"], 1000).astype(object))
            ).append_column("note", pa.array([f"seen on day {i % 30} by the doctor" for i in range(1000)]))  # fmt: skip

    spec = Table(columns=spec_of().columns | {
        "mail": Column(type=ColumnType.TEXT, role=Role.DIRECT_IDENTIFIER, pii=Pii.EMAIL),
        "ward": Column(type=ColumnType.CATEGORY), "note": Column(type=ColumnType.TEXT)})  # fmt: skip
    train, holdout, reference, synthetic = (rows(10_000 * i) for i in range(4))
    place, value = {"mail": ("mail", "p17@mail.test"), "category": ("ward", "east wing"),
                    "text": ("note", "id 110101199003070134 was seen")}[what]  # fmt: skip
    if what != "mail":
        train = _with_cell(train, place, 17, value)
    return Samples(train, holdout, reference, _with_cell(synthetic, place, 3, value), spec, k=5, seed=seed)


def _with_cell(rows: pa.Table, name: str, row: int, value: str) -> pa.Table:
    cells = rows[name].to_pylist()
    cells[row] = value
    return rows.set_column(rows.column_names.index(name), name, pa.array(cells))


def repeated(seed: int, *, leaks: bool) -> Samples:
    """T18: twenty rows a person, split by person; a copy of 30 people or a fresh file."""
    rng = np.random.default_rng(seed)

    def persons(count: int, first: int) -> pa.Table:
        who = np.repeat(np.arange(count), 20)
        x = people(count, rng)[who] + 0.3 * people(count * 20, rng)
        return table(x).append_column("person", pa.array(who + first))

    spec = spec_of().model_copy(update={"entity_key": ("person",)})
    spec = spec.model_copy(update={"columns": spec.columns | {"person": Column(type=ColumnType.INTEGER)}})
    train, holdout, reference, other = (persons(600, 10_000 * i) for i in range(4))
    made = pa.concat_tables([train[:600], other[600:]]) if leaks else other
    return Samples(train, holdout, reference, made, spec, k=5, seed=seed)
