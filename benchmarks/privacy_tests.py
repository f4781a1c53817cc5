"""Controls of the privacy review: worlds in which the answer is known, and what the gate says about them.

python -m benchmarks.privacy_tests [--seeds 200] [--jobs 2] [--only T3 T5 ...]

Population (unless told otherwise): 6 numbers of Student's t with 4 degrees of freedom, mixed by a fixed matrix; equally
many train, holdout, reference and synthetic rows. The first two columns are quasi-identifiers, the last is secret.
Prints the table that docs/privacy-tests.md shows and appends a row a control to results/privacy_tests.jsonl. Ends with
1 unless every control meets its requirement.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from synth import __version__
from synth.data.metadata import Column, ColumnType, Pii, Role, Table
from synth.scoring.gate import judge
from synth.scoring.gates import Context
from synth.scoring.parts import CHECKS, PARTS, guarded
from synth.scoring.policy import policy
from synth.scoring.results import CheckResult, MembershipResult, PartResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure, Gate

RESULTS = Path(__file__).parent / "results" / "privacy_tests.jsonl"
REVIEW = ("copies", "attacks", *CHECKS)
DIMENSIONS = 6
MIX = np.random.default_rng(20_26).normal(size=(DIMENSIONS, DIMENSIONS))
NAMES = [f"x{i}" for i in range(DIMENSIONS)]

Floats = NDArray[np.float64]


def spec_of(names: list[str] = NAMES) -> Table:
    """Numbers; the first two known to others, the last secret."""
    roles = [Role.QUASI_IDENTIFIER] * 2 + [Role.FEATURE] * (len(names) - 3) + [Role.SECRET]
    return Table(columns={n: Column(type=ColumnType.DECIMAL, role=r) for n, r in zip(names, roles, strict=True)})


def people(n: int, rng: np.random.Generator) -> Floats:
    """N rows of the population."""
    return np.asarray(rng.standard_t(4, size=(n, DIMENSIONS)) @ MIX)


def table(rows: Floats) -> pa.Table:
    """Rows as a table."""
    return pa.table({name: rows[:, i] for i, name in enumerate(NAMES)})


def world(n: int, seed: int, synthetic: Callable[[Floats, np.random.Generator], Floats]) -> Samples:
    """Samples in which the generator is a function of train."""
    rng = np.random.default_rng((seed, n))
    train, holdout, reference = (people(n, rng) for _ in range(3))
    made = synthetic(train, rng)
    return Samples(table(train), table(holdout), table(reference), table(made), spec_of(), k=5, seed=seed)


def isolated(train: Floats, count: int) -> NDArray[np.intp]:
    """The rows that are farthest from their fifth neighbour, by ranks."""
    ranks = np.argsort(np.argsort(train, axis=0), axis=0) / len(train)
    square = np.sum(ranks**2, axis=1)
    distance = square[:, None] + square[None] - 2 * ranks @ ranks.T
    order: NDArray[np.intp] = np.argsort(-np.partition(distance, 5, axis=1)[:, 5])
    return order[:count]


# --- generators ---


def fresh(train: Floats, rng: np.random.Generator) -> Floats:
    """Nothing of train."""
    return people(len(train), rng)


def copy(train: Floats, rng: np.random.Generator) -> Floats:
    """All of train."""
    return rng.permutation(train)


def jittered(train: Floats, rng: np.random.Generator, scale: float = 1e-3) -> Floats:
    """All of train, a little moved."""
    return np.asarray(train + scale * rng.normal(size=train.shape))


def partly(train: Floats, rng: np.random.Generator, share: float = 0.05) -> Floats:
    """A share of train, the rest fresh."""
    count = int(share * len(train))
    return np.vstack([train[rng.choice(len(train), count, replace=False)], people(len(train) - count, rng)])


def lonely(train: Floats, rng: np.random.Generator, count: int = 20, scale: float = 0.02) -> Floats:
    """The most isolated of train, moved, among fresh rows; `scale` in standard deviations of a column."""
    rows = train[isolated(train, count)]
    moved = rows + scale * train.std(axis=0) * rng.normal(size=rows.shape)
    return np.vstack([moved, people(len(train) - count, rng)])


def kernel(train: Floats, rng: np.random.Generator, width: float = 0.1) -> Floats:
    """A kernel density estimate of train: it memorises the more, the narrower."""
    rows = train[rng.integers(len(train), size=len(train))]
    return np.asarray(rows + width * train.std(axis=0) * rng.normal(size=rows.shape))


# --- running ---


def review(samples: Samples, parts: tuple[str, ...] = REVIEW) -> dict[str, PartResult]:
    """Results of the standard tier's checks of privacy."""
    return {part: PARTS[part](samples) for part in parts}


@dataclass(frozen=True)
class Outcome:
    """What one trial said."""

    gate: Gate
    numbers: dict[str, float]


def outcome(samples: Samples, level: str, results: Mapping[str, PartResult] | None = None) -> Outcome:
    """Judges samples at a level."""
    found = review(samples) if results is None else results
    gate = judge(policy(level), found, Context(synthetic_rows=samples.synthetic.num_rows))
    numbers: dict[str, float] = {}
    closer = found.get("closer_share")
    if isinstance(closer, CheckResult) and isinstance(closer.figure, Figure):
        numbers["closer_share"] = closer.figure.value
    for result in gate.gates:
        if result.p_value is not None:
            numbers[f"p {result.letter}"] = result.p_value
    attacks = found.get("attacks")
    if isinstance(attacks, MembershipResult):
        for name, attack in attacks.attacks.items():
            if isinstance(attack.figure, Figure) and attack.se:
                numbers[f"rank {name}"] = float(stats.norm.sf((attack.figure.value - 0.5) / attack.se))
    blind = found.get("holdout")
    if isinstance(blind, CheckResult) and blind.measures:
        numbers["p K"] = blind.measures[0].p_value or 0.0
    return Outcome(gate, numbers)


Trial = Callable[[int], Outcome]


def with_generator(
    n: int, level: str, generator: Callable[[Floats, np.random.Generator], Floats], seed: int
) -> Outcome:
    """One trial of a generator."""
    return outcome(world(n, seed, generator), level)


@dataclass(frozen=True)
class Control:
    """A world, its trial, and what must come out.

    Attributes:
        title: for people.
        trial: of one seed.
        never: outcomes that no seed may give.
        at_least: shares that outcomes must reach.
        at_most: shares that outcomes must not exceed.
        gates: letters of which one must fail in every trial that fails.
    """

    title: str
    trial: Trial
    never: tuple[str, ...] = ()
    at_least: Mapping[str, float] | None = None
    at_most: Mapping[str, float] | None = None
    seeds: int | None = None


def run(control: Control, seeds: int, jobs: int) -> list[Outcome]:
    """All trials."""
    if jobs == 1:
        return [control.trial(seed) for seed in range(seeds)]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(control.trial, range(seeds), chunksize=2))


def summary(name: str, control: Control, found: list[Outcome]) -> dict[str, Any]:
    """Counts and shares of a control."""
    outcomes: Counter[str] = Counter(o.gate.outcome for o in found)
    failed = Counter(g.letter for o in found for g in o.gate.gates if g.outcome == "FAIL")
    gaps = Counter(g.letter for o in found for g in o.gate.gates if g.outcome == "INSUFFICIENT EVIDENCE")
    closer = [o.numbers["closer_share"] for o in found if "closer_share" in o.numbers]
    n = len(found)
    met = not any(outcomes[o] for o in control.never)
    met &= all(outcomes[o] / n >= share for o, share in (control.at_least or {}).items())
    met &= all(outcomes[o] / n <= share for o, share in (control.at_most or {}).items())
    return {
        "control": name,
        "title": control.title,
        "seeds": n,
        "outcomes": dict(outcomes),
        "fails": {k: v / n for k, v in sorted(failed.items())},
        "gaps": {k: v / n for k, v in sorted(gaps.items())},
        "closer_share": float(np.mean(closer)) if closer else None,
        "uniform": uniformity(found),
        "met": bool(met),
        "version": __version__,
        "date": date.today().isoformat(),
    }


def uniformity(found: list[Outcome]) -> dict[str, float]:
    """KS p-values of "uniform" for the rank tests of each attack, and shares of small p-values of the gates' tests."""
    out = {}
    for key in sorted({key for o in found for key in o.numbers}):
        values = np.array([o.numbers[key] for o in found if key in o.numbers])
        if key.startswith("rank ") and len(values) >= 20:
            out[f"KS {key.removeprefix('rank ')}"] = float(stats.kstest(values, "uniform").pvalue)
        if key in {"p B", "p C", "p F", "p K"}:
            out[f"{key} <= .05"] = float(np.mean(values <= 0.05))
    return out


def categorical(seed: int) -> Outcome:
    """T9: all columns are categories, and the file is a copy."""
    rng = np.random.default_rng(seed)
    parts = [pa.table({f"c{i}": rng.integers(0, 12, 1000).astype(str) for i in range(6)}) for _ in range(3)]
    spec = Table(columns={f"c{i}": Column(type=ColumnType.CATEGORY) for i in range(6)})
    return outcome(Samples(parts[0], parts[1], parts[2], parts[0], spec, k=5, seed=seed), "L1")


def odd(seed: int, *, leaks: bool) -> Outcome:
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
    return outcome(Samples(train, holdout, reference, train if leaks else other, spec, k=5, seed=seed), "L1")


def rare_secret(seed: int) -> Outcome:
    """T11: 99 in 100 have the same secret, and the file is fresh."""
    return _with_secret(seed, lambda x, rng: rng.random(len(x)) < 0.01)


def public_relation(seed: int) -> Outcome:
    """T12: the secret follows from the quasi-identifiers for everybody, and the file is fresh."""
    return _with_secret(seed, lambda x, _: x[:, 0] + x[:, 1] > 0)


def _with_secret(seed: int, secret: Callable[[Floats, np.random.Generator], NDArray[np.bool_]]) -> Outcome:
    rng = np.random.default_rng(seed)

    def rows() -> pa.Table:
        x = people(1000, rng)
        return table(x).append_column("secret", pa.array(np.where(secret(x, rng), "yes", "no")))

    columns = {n: c.model_copy(update={"role": Role.FEATURE}) if n == NAMES[-1] else c
               for n, c in spec_of().columns.items()}  # fmt: skip
    spec = Table(columns=columns | {"secret": Column(type=ColumnType.CATEGORY, role=Role.SECRET)})
    return outcome(Samples(rows(), rows(), rows(), rows(), spec, k=5, seed=seed), "L1")


def drifted(seed: int) -> Outcome:
    """T13: the unseen rows come from another year."""
    rng = np.random.default_rng(seed)
    train, synthetic = people(1000, rng), people(1000, rng)
    holdout, reference = people(1000, rng) + 2.0, people(1000, rng) + 2.0
    a, b, c, d = (table(rows) for rows in (train, holdout, reference, synthetic))
    return outcome(Samples(a, b, c, d, spec_of(), k=5, seed=seed), "L1")


def equal_rows(seed: int) -> Outcome:
    """T14: equal rows of different people on both sides, and the file is fresh."""
    rng = np.random.default_rng(seed)
    a, b, c, d = (table(np.round(people(1000, rng) / 4)) for _ in range(4))
    return outcome(Samples(a, b, c, d, spec_of(), k=5, seed=seed), "L1")


def few(seed: int) -> Outcome:
    """T15: 150 people."""
    return outcome(world(150, seed, fresh), "L1")


def no_holdout(seed: int) -> Outcome:
    """T15: nobody unseen."""
    samples = world(1000, seed, fresh)
    return outcome(replace(samples, holdout=samples.holdout[:0], reference=samples.reference[:0]), "L1")


def crashed(seed: int, part: str, how: str) -> Outcome:
    """T15: an attack raises, or gives NaN."""

    def broken(_: Samples) -> PartResult:
        if how == "raises":
            raise ValueError("canary")
        return CheckResult(figure=Figure(value=float("nan"), n=1, better="lower", ideal=0.0))

    samples = world(1000, seed, fresh)
    results = review(samples) | {part: guarded(part, broken, samples)}
    return outcome(samples, "L1", results)


def planted(seed: int, what: str) -> Outcome:
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
    return outcome(
        Samples(train, holdout, reference, _with_cell(synthetic, place, 3, value), spec, k=5, seed=seed), "L1"
    )


def _with_cell(rows: pa.Table, name: str, row: int, value: str) -> pa.Table:
    cells = rows[name].to_pylist()
    cells[row] = value
    return rows.set_column(rows.column_names.index(name), name, pa.array(cells))


def repeated(seed: int, *, leaks: bool) -> Outcome:
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
    return outcome(Samples(train, holdout, reference, made, spec, k=5, seed=seed), "L1")


FAILS: Mapping[str, float] = {"FAIL": 1.0}
NO_PASS = ("PASS",)

CONTROLS: dict[str, Control] = {
    "T1": Control("verbatim copy", partial(with_generator, 1000, "L1", copy), NO_PASS, FAILS),
    "T2": Control("copy moved by 1e-3", partial(with_generator, 1000, "L1", jittered), NO_PASS, FAILS),
    "T3/L2": Control("fresh sample, n = 1,000", partial(with_generator, 1000, "L2", fresh), at_most={"FAIL": 0.02}),
    "T3/L3": Control("fresh sample, n = 2,000", partial(with_generator, 2000, "L3", fresh), at_most={"FAIL": 0.02}),
    "T4": Control("5 % verbatim", partial(with_generator, 1000, "L3", partly), NO_PASS, FAILS),
    "T5": Control("20 isolated rows, moved by 0.02 sd", partial(with_generator, 1000, "L1", lonely), NO_PASS),
    "T6": Control(
        "50 isolated rows, moved by 0.2 sd",
        partial(with_generator, 1000, "L1", partial(lonely, count=50, scale=0.2)), NO_PASS,
    ),
    "T7/0.1": Control("kernel 0.1 sd", partial(with_generator, 1000, "L1", partial(kernel, width=0.1)), NO_PASS, FAILS),
    "T7/0.3": Control("kernel 0.3 sd", partial(with_generator, 1000, "L1", partial(kernel, width=0.3)), NO_PASS),
    "T7/0.6": Control("kernel 0.6 sd", partial(with_generator, 1000, "L1", partial(kernel, width=0.6)),
                      at_least={"FAIL": 0.6}),
    "T9": Control("copy of categories", categorical, NO_PASS, FAILS),
    "T10/copy": Control("odd values, copied", partial(odd, leaks=True), NO_PASS, FAILS),
    "T10/fresh": Control("odd values, fresh", partial(odd, leaks=False), at_most={"FAIL": 0.02}),
    "T11": Control("secret 99:1, fresh", rare_secret, at_most={"FAIL": 0.02}),
    "T12": Control("public relation, fresh", public_relation, at_most={"FAIL": 0.02}),
    "T13": Control("holdout of another year", drifted, ("PASS", "FAIL")),
    "T14": Control("equal rows of different people, fresh", equal_rows, at_most={"FAIL": 0.02}),
    "T15/few": Control("150 people", few, ("PASS", "FAIL")),
    "T15/none": Control("no holdout", no_holdout, ("PASS", "FAIL")),
    "T15/raise": Control("an attack raises", partial(crashed, part="attacks", how="raises"), NO_PASS, seeds=10),
    "T15/nan": Control("an attack gives NaN", partial(crashed, part="singling_out", how="nan"), NO_PASS, seeds=10),
    "T16/mail": Control("a real e-mail address", partial(planted, what="mail"), NO_PASS, FAILS),
    "T16/rare": Control("a category of one person", partial(planted, what="category"), NO_PASS, FAILS),
    "T16/text": Control("an id number in free text", partial(planted, what="text"), NO_PASS, FAILS),
    "T18/copy": Control("30 of 600 people with 20 rows, copied", partial(repeated, leaks=True), NO_PASS, FAILS),
    "T18/fresh": Control("600 people with 20 rows, fresh", partial(repeated, leaks=False), at_most={"FAIL": 0.02}),
}  # fmt: skip


def main() -> None:
    """Runs the controls and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--table", action="store_true", help="print the newest results as they are in the docs")
    asked = parser.parse_args()
    if asked.table:
        sys.stdout.write(markdown())
        return
    missed = False
    for name, control in CONTROLS.items():
        if asked.only and name.split("/")[0] not in asked.only and name not in asked.only:
            continue
        seeds = min(asked.seeds, control.seeds or asked.seeds)
        row = summary(name, control, run(control, seeds, asked.jobs))
        missed |= not row["met"]
        print(line(row), flush=True)
        with RESULTS.open("a") as file:
            file.write(json.dumps(row) + "\n")
    sys.exit(int(missed))


def markdown() -> str:
    """The newest row of each control as a table."""
    rows = {row["control"]: row for row in map(json.loads, RESULTS.read_text().splitlines())}
    head = "| control | world | seeds | PASS | FAIL | INSUFFICIENT | gates that fail | closer to train |"
    lines = [head, "|" + " --- |" * 8]
    for name in (name for name in CONTROLS if name in rows):
        row = rows[name]
        shares = [f"{row['outcomes'].get(o, 0) / row['seeds']:.1%}" for o in ("PASS", "FAIL", "INSUFFICIENT EVIDENCE")]
        fails = " ".join(f"{k} {v:.0%}" for k, v in row["fails"].items() if v >= 0.05)
        closer = "" if row["closer_share"] is None else f"{row['closer_share']:.3f}"
        lines.append(f"| {name} | {row['title']} | {row['seeds']} | {' | '.join(shares)} | {fails} | {closer} |")
    return "\n".join(lines) + "\n"


def line(row: Mapping[str, Any]) -> str:
    """One line of the table."""
    n = row["seeds"]
    shares = " ".join(f"{row['outcomes'].get(o, 0) / n:5.1%}" for o in ("PASS", "FAIL", "INSUFFICIENT EVIDENCE"))
    fails = " ".join(f"{k} {v:.0%}" for k, v in row["fails"].items())
    gaps = " ".join(f"{k} {v:.0%}" for k, v in row["gaps"].items())
    closer = "" if row["closer_share"] is None else f"{row['closer_share']:.3f}"
    told = f"{row['control']:7} {row['title']:36} {n:4} {shares}  closer {closer:5}"
    told += f"  fails: {fails or '-'}  gaps: {gaps or '-'}"
    uniform = " ".join(f"{k} {v:.2f}" for k, v in row["uniform"].items())
    return f"{told}  {uniform}{'' if row['met'] else '  NOT MET'}"


if __name__ == "__main__":
    main()
