"""Compares what detection says of every benchmark table with what people know: `detection_truth.yaml`.

SYNTH_BENCH_DATA=... python -m benchmarks.detection [WORD ...]

Per table: right types, personal identifiers (found / missed / false), keys and links (found / offered / missed), and
what was wrong. Ends with 1 unless 95 % of the types are right and every key and foreign key is found or offered; time
indexes count in the table but do not decide.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.tables import data_folder
from synth.data.detect import detect
from synth.data.metadata import Table
from synth.data.read import read_tables

LEAST_RIGHT = 0.95
HEAD = f"{'table':38} {'columns':>7} {'right':>5}   {'PII found/missed/false':>22}   {'keys found/offered/missed':>25}"


@dataclass
class Score:
    """Counts of one table or of all; `plain` columns have one right type; `notes` tells what was wrong."""

    columns: int = 0
    right: int = 0
    plain: int = 0
    plain_right: int = 0
    pii: list[int] = field(default_factory=lambda: [0, 0, 0])
    keys: list[int] = field(default_factory=lambda: [0, 0, 0])
    missed: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Adds the counts of a table to a total."""
        self.columns += other.columns
        self.right += other.right
        self.plain += other.plain
        self.plain_right += other.plain_right
        self.pii = [a + b for a, b in zip(self.pii, other.pii, strict=True)]
        self.keys = [a + b for a, b in zip(self.keys, other.keys, strict=True)]
        self.missed += other.missed

    def line(self, name: str) -> str:
        """One line of the printed table."""
        pii, keys = ("/".join(map(str, counts)) for counts in (self.pii, self.keys))
        return f"{name:38} {self.columns:7} {self.right:5}   {pii:>22}   {keys:>25}"


def main() -> None:
    """Goes through the folders whose name holds one of the words."""
    words = sys.argv[1:]
    truths: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("detection_truth.yaml").read_text("utf-8")
    )
    total, count = Score(), 0
    print(HEAD)
    for folder, truth in truths.items():
        if words and not any(word in folder for word in words):
            continue
        tables = detect(read_tables([data_folder() / folder])).tables
        if tables.keys() != truth.keys():
            sys.exit(f"The tables of {folder} are not those of detection_truth.yaml; add the missing ones.")
        for name, spec in tables.items():
            score = scored(spec, truth[name])
            total.add(score)
            count += 1
            print(score.line(f"{folder}/{name}"), *score.notes, sep="\n    ", flush=True)
    share = total.right / max(total.columns, 1)
    print(total.line(f"{count} tables"))
    print(f"{share:.2%} of the types are right; {total.missed} key(s) and foreign key(s) neither found nor offered")
    plain = total.plain_right / max(total.plain, 1)
    print(f"{plain:.2%} of the {total.plain} columns with one right answer alone")
    sys.exit(0 if share >= LEAST_RIGHT and total.missed == 0 else 1)


def scored(spec: Table, truth: Mapping[str, Any]) -> Score:
    """How far the detected table agrees with the truth."""
    score = Score()
    _score_types(score, spec, truth)
    wanted, got = set(truth.get("pii", ())), {name for name, column in spec.columns.items() if column.pii is not None}
    score.pii = [len(wanted & got), len(wanted - got), len(got - wanted)]
    score.notes += [f"PII missed: {name}" for name in sorted(wanted - got)]
    score.notes += [f"PII false: {name}" for name in sorted(got - wanted)]
    used, offered = set(_used(spec)), set(_offered(spec))
    for key in _wanted(truth):
        place = 0 if key in used else 1 if key in offered else 2
        score.keys[place] += 1
        if place == 2:
            score.missed += not key.startswith("sequence_index")
            score.notes.append(f"missed: {key}")
    return score


def _score_types(score: Score, spec: Table, truth: Mapping[str, Any]) -> None:
    listed = {name: types for types, names in truth.get("types", {}).items() for name in names}
    if unknown := (listed.keys() | set(truth.get("pii", ()))) - spec.columns.keys():
        sys.exit(f"detection_truth.yaml names columns that no table has: {sorted(unknown)}; correct it.")
    score.columns = len(spec.columns)
    for name, column in spec.columns.items():
        right = listed.get(name, truth["default"])
        is_right, is_plain = column.type.value in right.split("|"), "|" not in right
        score.right += is_right
        score.plain += is_plain
        score.plain_right += is_right and is_plain
        if not is_right:
            score.notes.append(f"type: {name} is {right}, detected {column.type.value}")


def _wanted(truth: Mapping[str, Any]) -> Iterator[str]:
    """The keys of the truth, each as one comparable text."""
    if "primary" in truth:
        yield _key("primary_key", truth["primary"])
    for link in truth.get("foreign", ()):
        columns, target = link.split(" -> ")
        table, references = target.split(".")
        yield _link(columns.split(","), table, references.split(","))
    if "sequence" in truth:
        yield _key("sequence_key", truth["sequence"])
    if "index" in truth:
        yield _key("sequence_index", [truth["index"]])


def _used(spec: Table) -> Iterator[str]:
    yield _key("primary_key", spec.primary_key)
    yield _key("sequence_key", spec.sequence_key)
    yield _key("sequence_index", (spec.sequence_index or "",))
    for link in spec.foreign_keys:
        yield _link(link.columns, link.table, link.references)


def _offered(spec: Table) -> Iterator[str]:
    for offer in spec.offered:
        if offer.foreign_key is not None:
            yield _link(offer.foreign_key.columns, offer.foreign_key.table, offer.foreign_key.references)
        else:
            yield _key(offer.field, offer.columns)


def _key(kind: str, columns: list[str] | tuple[str, ...]) -> str:
    return f"{kind} {', '.join(sorted(columns))}"


def _link(columns: list[str] | tuple[str, ...], table: str, references: list[str] | tuple[str, ...]) -> str:
    pairs = sorted(zip(columns, references, strict=True))
    return f"foreign key {', '.join(f'{here} -> {table}.{there}' for here, there in pairs)}"


if __name__ == "__main__":
    main()
