"""Our singling out, linkability and attribute inference beside anonymeter's, where anonymeter is right.

python -m benchmarks.against_anonymeter --anonymeter PYTHON [--table]

2,000 rows of adult without missing cells: no quotes, no negative number. Three files: a copy of train, half of it a
copy and half fresh, and fresh real rows. Both tools get the same train, control (2,000 unseen) and synthetic rows, the
same halves and secrets, predicates of the same number of columns, and as many attacks. Ours is computed twice: with the
gate's divisor, which is at least one half, and with 1 - control, which is anonymeter's. Appends a row a comparison to
results/against_anonymeter.jsonl. Ends with 1 if any two 95 % intervals with the same divisor do not overlap.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.leaky_worlds import without_missing, world_of
from synth import __version__
from synth.data.metadata import Role, Table
from synth.scoring import significance
from synth.scoring.parts import PARTS
from synth.scoring.privacy import linkability, singling_out
from synth.scoring.results import CheckResult, Measure
from synth.scoring.samples import Samples, scored_columns

RESULTS = Path(__file__).parent / "results" / "against_anonymeter.jsonl"
CHILD = Path(__file__).parent / "anonymeter_child.py"
ROWS = 2000
WIDTH = 4
"""Columns of a predicate; ours are otherwise of 2 to 5."""

SECRETS = {"income": False, "hours-per-week": True}
"""And whether each is a number, right within 5 %."""

OURS = {
    "singling out, one column": ("singling_out", "one column"),
    "singling out, several columns": ("singling_out", "several columns"),
    "linkability": ("linkability", ""),
    **{f"inference of {secret}": ("attribute_inference", f"{secret} (nearest row)") for secret in SECRETS},
}
FLOORLESS = 1e-6
Z = 1.959964


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--anonymeter", default="", help="interpreter of an environment that has anonymeter")
    parser.add_argument("--table", action="store_true", help="print the newest results as they are in the docs")
    asked = parser.parse_args()
    if asked.table:
        sys.stdout.write(markdown())
        return
    if not asked.anonymeter:
        sys.exit("skipped: no --anonymeter; name the interpreter of an environment that has anonymeter 1.1.0")
    differ = False
    for case, samples in cases():
        ours = [own(samples, floor) for floor in (significance.LEAST_REST, FLOORLESS)]
        theirs = others(samples, asked.anonymeter, ours[0]["singling out, one column"].n)
        for name in OURS:
            row = beside(case, name, ours[0][name], ours[1][name], theirs[name])
            differ |= not row["agree"]
            print(told(row), flush=True)
            with RESULTS.open("a") as file:
                file.write(json.dumps(row) + "\n")
    sys.exit(int(differ))


def cases() -> Iterator[tuple[str, Samples]]:
    """Copy, half a copy, fresh."""
    world = world_of("adult", ROWS * 3 // 2)
    train, control, _, fresh = (without_missing(part)[:ROWS]
                                for part in (world.train, world.holdout, world.reference, world.fresh))  # fmt: skip
    spec = with_secrets(world.spec)
    half = pa.concat_tables([train[: ROWS // 2], fresh[: ROWS // 2]])
    for name, made in {"copy": train, "half a copy": half, "fresh rows": fresh}.items():
        yield name, Samples(train, control[: ROWS // 2], control[ROWS // 2 :], made, spec, k=5, seed=0)


def with_secrets(spec: Table) -> Table:
    """The same with the secrets of this comparison and no other."""
    roles = {name: Role.SECRET if name in SECRETS else Role.FEATURE for name in spec.columns}
    return spec.model_copy(update={"columns": {n: c.model_copy(update={"role": roles[n]})
                                               for n, c in spec.columns.items()}})  # fmt: skip


def own(samples: Samples, floor: float) -> dict[str, Measure]:
    """Our measures, with a least divisor."""
    with patch.object(significance, "LEAST_REST", floor), patch.object(singling_out, "WIDTHS", (WIDTH,)):
        found = {part: PARTS[part](samples) for part in {part for part, _ in OURS.values()}}
    measures = {}
    for name, (part, about) in OURS.items():
        result = found[part]
        assert isinstance(result, CheckResult)
        measures[name] = next(m for m in result.measures if about in ("", m.about))
    return measures


def others(samples: Samples, python: str, univariate: int) -> dict[str, dict[str, float]]:
    """Anonymeter's, from its own process."""
    names = scored_columns(samples.spec)
    asked = {"univariate": univariate, "width": WIDTH, "near": linkability.NEAR, "secrets": SECRETS,
             "halves": [names[0::2], names[1::2]]}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        parts = {"train": samples.train, "control": samples.unseen, "synthetic": samples.synthetic}
        for part, rows in parts.items():
            pq.write_table(rows.select(names), Path(folder) / f"{part}.parquet")
        (Path(folder) / "asked.json").write_text(json.dumps(asked))
        done = subprocess.run([python, str(CHILD), folder, str(ROWS)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"anonymeter's process ended with {done.returncode}\n{done.stderr[-2000:]}")
    found: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def beside(case: str, name: str, gate: Measure, same: Measure, theirs: Mapping[str, float]) -> dict[str, Any]:
    """One row: both values with 95 % intervals, and whether those with the same divisor overlap."""
    mine = _interval(same)
    return {
        "case": case,
        "risk": name,
        "ours": _interval(gate),
        "ours_same_divisor": mine,
        "our_rates": [gate.attack, gate.control],
        "our_attacks": gate.n,
        "anonymeter": [theirs["value"], theirs["low"], theirs["high"]],
        "their_rates": [theirs["attack"], theirs["control"]],
        "their_attacks": theirs["n"],
        "agree": mine[1] <= theirs["high"] and theirs["low"] <= mine[2],
        "version": __version__,
        "date": date.today().isoformat(),
    }


def _interval(measure: Measure) -> list[float]:
    """Value, lower and upper end, within 0 and 1 as anonymeter's."""
    value, se = measure.value or 0.0, measure.se or 0.0
    return [min(max(x, 0.0), 1.0) for x in (value, value - Z * se, value + Z * se)]


def told(row: Mapping[str, Any]) -> str:
    """One comparison for the terminal, tab-separated as in the table."""
    return "  ".join(cells(row))


def cells(row: Mapping[str, Any]) -> list[str]:
    """Of the table."""
    rates = [" / ".join(f"{rate:.3f}" for rate in row[key]) for key in ("our_rates", "their_rates")]
    values = ["{:.3f} ({:.3f} to {:.3f})".format(*row[key]) for key in ("ours", "ours_same_divisor", "anonymeter")]
    return [row["case"], row["risk"], *rates, *values, "yes" if row["agree"] else "no"]


def markdown() -> str:
    """The newest row of each comparison as a table."""
    rows = {(row["case"], row["risk"]): row for row in map(json.loads, RESULTS.read_text().splitlines())}
    head = ["file", "risk", "our rates", "theirs", "ours, as the gate", "ours, their divisor", "anonymeter", "agree"]
    lines = [head, ["---"] * len(head), *(cells(row) for row in rows.values())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    main()
