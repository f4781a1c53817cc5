"""Command line; see the package."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from benchmarks.privacy_tests.calibration import CALIBRATED, calibration, trial_of
from benchmarks.privacy_tests.controls import CONTROLS
from benchmarks.privacy_tests.summaries import RESULTS, line, markdown, summary

T = TypeVar("T")


def main() -> None:
    """Runs the controls, or what else was asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--table", action="store_true", help="print the newest results as they are in the docs")
    parser.add_argument("--calibration", action="store_true", help="are standard errors right where nothing leaks?")
    asked = parser.parse_args()
    if asked.table:
        sys.stdout.write(markdown())
        return
    names = [name for name in CONTROLS if not asked.only or {name, name.split("/")[0]} & set(asked.only)]
    if asked.calibration:
        for name in (name for name in names if name in CALIBRATED):
            trials = run(trial_of(name), range(asked.first, asked.first + asked.seeds), asked.jobs)
            print(f"{name}, {CONTROLS[name].title}:", *calibration(trials), sep="\n")
        return
    missed = False
    for name in names:
        control = CONTROLS[name]
        seeds = range(asked.first, asked.first + min(asked.seeds, control.seeds or asked.seeds))
        row = summary(name, control, run(control.trial, seeds, asked.jobs)) | {"first_seed": asked.first}
        missed |= not row["met"]
        print(line(row), flush=True)
        with RESULTS.open("a") as file:
            file.write(json.dumps(row) + "\n")
    sys.exit(int(missed))


def run(trial: Callable[[int], T], seeds: range, jobs: int) -> list[T]:
    """All trials."""
    if jobs == 1:
        return [trial(seed) for seed in seeds]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(trial, seeds, chunksize=2))


if __name__ == "__main__":
    main()
