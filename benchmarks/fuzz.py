"""Coverage-guided fuzzing of what reads strangers' files: CSV with detection, and the YAML of metadata.

python -m benchmarks.fuzz csv|yaml [--runs 20000]

Needs the package atheris, which is no dependency of the project. Only errors of Synth's own kind may come out. Any
other is counted by its type and the line of Synth that raised it, its input is kept, and the fuzzer goes on. Ends with
1 where there was one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["synth.data"]):
    from synth.data.detect import detect
    from synth.data.metadata import Metadata
    from synth.data.read import read_table

from synth.errors import SynthError

MAX_BYTES = 2048
CSV_SEEDS = (
    b"a,b,c\n1,x,2020-01-01\n2,y,2020-01-02\n",
    b'"a;b";c\n"1\n2";3,5\n"";\n',
    "姓名,手机号\n王伟,13812345678\n".encode("gb18030"),
    b"a\tb\n1.234,56\t31.12.2020\n?\t01.02.1999\n",
    "\ufeffid,mail,n\n1,a@b.co,007\n2,c@d.org,008\n".encode(),
    "x|y\n-200|true\n999|FALSE\n".encode("utf-16"),
)
YAML_SEEDS = (
    b"version: 1\ntables:\n  t:\n    columns:\n      a: {type: integer, minimum: 0}\n      b: {type: date}\n",
    b"version: 1\ntables:\n  t:\n    columns:\n      a: {type: decimal, step: 0.01, missing_values: [-200]}\n"
    b"    rules:\n    - {kind: range, column: a, minimum: 1}\n    - {kind: unique, columns: [a]}\n",
    b"tables: {t: {columns: {a: {type: category, categories: [x, y], pii: email}}, primary_key: [a],"
    b" foreign_keys: [{columns: [a], table: t, references: [a]}]}}\n",
    b"version: 1\ntables:\n  t:\n    columns: {a: {type: time}}\n    rules:\n"
    b"    - {kind: if_then, if: {column: a, missing: true}, then: {not: {column: a, in: ['10:00']}}}\n",
)


class Target:
    """One thing to fuzz, and what came out of it that should not."""

    def __init__(self, name: str, act: Callable[[bytes], object], folder: Path) -> None:
        """`folder` is where inputs are kept that broke it."""
        self.runs = 0
        self.found: Counter[str] = Counter()
        self._name, self._act, self._folder = name, act, folder

    def __call__(self, data: bytes) -> None:
        """Runs one input."""
        self.runs += 1
        try:
            self._act(data)
        except SynthError:
            return
        except Exception as error:  # noqa: BLE001 - counting what escapes is the point
            own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/synth/" in frame.filename]
            place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "elsewhere"
            what = f"{type(error).__name__} at {place}"
            if what not in self.found:
                (self._folder / f"{self._name}-{len(self.found)}.bin").write_bytes(data)
            self.found[what] += 1


def read_csv(data: bytes) -> None:
    """Reads the bytes as a CSV file, and detects what is in it."""
    path = Path(tempfile.gettempdir()) / f"fuzz-{os.getpid()}.csv"
    path.write_bytes(data)
    detect({"t": read_table(path)})


def read_yaml(data: bytes) -> None:
    """Reads the bytes as metadata, and writes them again."""
    Metadata.from_yaml(data.decode("utf-8", "replace")).to_yaml()


TARGETS = {"csv": (read_csv, CSV_SEEDS), "yaml": (read_yaml, YAML_SEEDS)}


def main() -> None:
    """Runs a target; libFuzzer ends the process itself, so the result is told at its exit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=20_000)
    args = parser.parse_args()
    act, seeds = TARGETS[args.target]
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for i, seed in enumerate(seeds):
        (corpus / str(i)).write_bytes(seed)
    target, start = Target(args.target, act, folder), time.monotonic()

    def fuzzed(data: bytes) -> None:
        target(data)
        if target.runs >= args.runs:
            told(target, time.monotonic() - start, folder)

    flags = [f"-runs={args.runs + len(seeds) + 1}", f"-max_len={MAX_BYTES}", "-verbosity=0", "-timeout=60", str(corpus)]
    atheris.Setup([sys.argv[0], *flags], fuzzed)
    atheris.Fuzz()


def told(target: Target, seconds: float, folder: Path) -> None:
    """Prints what came out, and ends the process."""
    print(f"{target.runs:,} executions, {target.runs / seconds:,.0f}/s, {sum(target.found.values())} unhandled")
    for what, count in target.found.most_common():
        print(f"    {count:,} x {what}; inputs in {folder}")
    sys.stdout.flush()
    os._exit(1 if target.found else 0)


if __name__ == "__main__":
    main()
