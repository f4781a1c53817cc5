"""The privacy review on real tables: generators that leak must fail, and what honest ones get.

python -m benchmarks.leaky_generators [--only adult/smote ...] [--argn PYTHON] [--table]

5,000 train rows of adult and of diabetes130 (by patient), and as many holdout, reference and fresh rows of nobody in
train. All generators see the train rows alone. The standard tier's checks of privacy are run once a file and judged at
L1, L2 and L3; only what depends on a level's k is run for each. Appends a row a file to results/leaky_generators.jsonl.
Ends with 1 if a file that leaks does not FAIL at every level.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import leaky_made as made
from benchmarks.leaky_worlds import FILES, ROWS, STRICTEST_K, World, world_of
from benchmarks.privacy_tests.trials import review
from synth import __version__
from synth.scoring.gate import judge
from synth.scoring.parts import PARTS
from synth.scoring.policy import policy
from synth.scoring.results import MembershipResult, PartResult
from synth.scoring.samples import Samples
from synth.scoring.scorecard import Figure
from synth.scoring.verdict import Context

RESULTS = Path(__file__).parent / "results" / "leaky_generators.jsonl"
LEVELS = ("L1", "L2", "L3")
OF_K = ("identifiers", "metadata_leak")
"""Checks that count people against a level's k."""


@dataclass(frozen=True)
class Generator:
    """A generator, and what is known of it: it leaks, it is honest, or nobody knows."""

    title: str
    make: made.Make
    kind: str


GENERATORS: dict[str, Generator] = {
    "copies": Generator("train rows, drawn with replacement", made.copies, "leaks"),
    "jittered": Generator("the same, numbers moved by 0.01 sd", made.jittered, "leaks"),
    "smote": Generator("between a train row and one of its 5 nearest", made.smote, "leaks"),
    "leaf-1": Generator("`trees`: one tree, leaves of one row, k = 1", made.leaf_of_one, "leaks"),
    "leaf-1-forest": Generator("the same with 20 trees, each on half of the rows", made.forest_of_one, "unknown"),
    "ctgan": Generator("CTGAN, k = 1, what 8 minutes hold of 300 epochs", made.ctgan, "unknown"),
    "fresh": Generator("unseen real rows", made.fresh, "honest"),
    "trees": Generator("`trees` with its defaults, k = 20", made.default_trees, "honest"),
    "independent": Generator("independent columns, k = 20", made.independent, "honest"),
    "argn": Generator("TabularARGN, at most 4 minutes (mostlyai-engine)", made.argn, "honest"),
}


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[], help="adult, smote, adult/smote, ...")
    parser.add_argument("--rows", type=int, default=ROWS, help="most rows of a part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--argn", default="", help="interpreter of an environment that has mostlyai-engine")
    parser.add_argument("--table", action="store_true", help="print the newest results as they are in the docs")
    parser.add_argument("--undeclared", action="store_true", help="declare no categories")
    asked = parser.parse_args()
    if asked.table:
        sys.stdout.write(markdown())
        return
    missed = False
    for table in FILES:
        names = [n for n in GENERATORS if not asked.only or {table, n, f"{table}/{n}"} & set(asked.only)]
        world = world_of(table, asked.rows, declared=not asked.undeclared) if names else None
        for name in names:
            assert world is not None
            missed |= _ran(name, world, made.Options(asked.argn, asked.seed, declared=not asked.undeclared))
    sys.exit(int(missed))


def _ran(name: str, world: World, options: made.Options) -> bool:
    """Makes and judges one file, prints and keeps its row; True where it missed what it must give."""
    start = time.monotonic()
    try:
        synthetic = GENERATORS[name].make(world, options)
    except made.SkippedError as reason:
        print(f"{world.name}/{name}: skipped, {reason}", flush=True)
        return False
    made_s = time.monotonic() - start
    keys = world.spec.identifying & set(synthetic.column_names)
    synthetic = synthetic.drop_columns(sorted(keys))  # a copied key would fail gate A and hide what the others see
    samples = Samples(world.train, world.holdout, world.reference, synthetic, world.spec, STRICTEST_K, options.seed)
    row = judged(name, world, samples)
    row["note"] = (synthetic.schema.metadata or {}).get(made.NOTE.encode(), b"").decode()
    row |= {"seed": options.seed, "declared": options.declared, "made_s": round(made_s, 1)}
    row["review_s"] = round(time.monotonic() - start - made_s, 1)
    print(told(row), flush=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(row) + "\n")
    return not row["met"]


def judged(name: str, world: World, samples: Samples) -> dict[str, Any]:
    """The row of a file."""
    results = review(samples)
    levels = {level: _at(level, samples, results) for level in LEVELS}
    auc, attack = worst_attack(results)
    closer = results["closer_share"].figure
    leaks = GENERATORS[name].kind == "leaks"
    return {
        "table": world.name,
        "generator": name,
        "title": GENERATORS[name].title,
        "kind": GENERATORS[name].kind,
        "rows": [part.num_rows for part in (samples.train, samples.holdout, samples.reference, samples.synthetic)],
        "levels": levels,
        "worst_auc": auc,
        "worst_attack": attack,
        "closer_share": closer.value if isinstance(closer, Figure) else None,
        "met": not leaks or all(found["outcome"] == "FAIL" for found in levels.values()),
        "version": __version__,
        "date": date.today().isoformat(),
    }


def _at(level: str, samples: Samples, results: Mapping[str, PartResult]) -> dict[str, Any]:
    """What a level says: outcome, and by letter what each gate says and why (names and numbers, never a cell)."""
    own = replace(samples, k=policy(level).k)
    found = {**results, **{part: PARTS[part](own) for part in OF_K}}
    gate = judge(policy(level), found, Context(synthetic_rows=own.synthetic.num_rows))
    return {
        "outcome": gate.outcome,
        "gates": {found.letter: found.outcome for found in gate.gates},
        "reasons": {f.letter: f.reason for f in gate.gates if f.outcome not in {"PASS", "NOT APPLICABLE"}},
    }


def worst_attack(results: Mapping[str, PartResult]) -> tuple[float | None, str]:
    """The largest AUC of all attacks that have one, and whose it is."""
    found = results["attacks"]
    assert isinstance(found, MembershipResult)
    aucs = {name: a.figure.value for name, a in found.attacks.items() if isinstance(a.figure, Figure)}
    worst = max(aucs, key=lambda name: aucs[name], default="")
    return aucs.get(worst), worst


def told(row: Mapping[str, Any]) -> str:
    """A row for the terminal, with every gate that does not pass."""
    head = f"{row['table']}/{row['generator']} ({row['kind']}): worst AUC {_number(row['worst_auc'])}"
    head += f" ({row['worst_attack']}), closer to train {_number(row['closer_share'])}"
    head += f", made in {row['made_s']} s, reviewed in {row['review_s']} s{'' if row['met'] else '  NOT MET'}"
    lines = [head]
    for level, found in row["levels"].items():
        gates = " ".join(f"{letter} {said}" for letter, said in found["gates"].items())
        lines.append(f"  {level} {found['outcome']}: {gates}")
    last = row["levels"][LEVELS[-1]]["reasons"]
    return "\n".join(lines + [f"    {LEVELS[-1]} {letter}: {reason}" for letter, reason in last.items()])


def markdown() -> str:
    """The newest row of each file as a table."""
    read = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    rows = {(row["table"], row["generator"], row["declared"]): row for row in read}
    head = "| table | generator | | L1 | L2 | L3 | worst AUC | closer to train |"
    lines = [head, "|" + " --- |" * 8]
    for key in ((table, name, said) for table in FILES for said in (True, False) for name in GENERATORS):
        if key not in rows:
            continue
        row, table = rows[key], key[0] if key[2] else f"{key[0]}, nothing declared"
        cells = " | ".join(_cell(row["levels"][level]) for level in LEVELS)
        figures = f"{_number(row['worst_auc'])} | {_number(row['closer_share'])}"
        note = f" ({row['note']})" if row.get("note") else ""
        lines.append(f"| {table} | {row['title']}{note} | {row['kind']} | {cells} | {figures} |")
    return "\n".join(lines) + "\n"


def _cell(level: Mapping[str, Any]) -> str:
    """Such as "FAIL: B C; insufficient: G"."""
    gates = level["gates"].items()
    fails = " ".join(letter for letter, said in gates if said == "FAIL")
    gaps = " ".join(letter for letter, said in gates if said == "INSUFFICIENT EVIDENCE")
    parts = [f"FAIL {fails}" if fails else "", f"insufficient {gaps}" if gaps else ""]
    return "; ".join(part for part in parts if part) or "PASS"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
