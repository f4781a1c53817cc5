"""Mutants of the gate's code (T28): `python -m benchmarks.gate_mutants [--only 3 7]`.

Each mutant is one changed text in a temporary copy of the packages; the tests of scoring must fail on it. Prints which
were killed and by which tests, and the survivors; ends with 1 if one survives for which `WHY` states no reason.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing import get_context
from pathlib import Path

import numpy as np  # noqa: F401 - loaded once, before the forks
import pyarrow.parquet  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import sklearn.ensemble  # noqa: F401

ROOT = Path(__file__).parents[1]
COPIED = ("synth", "models", "configs", "tests", "benchmarks", "pyproject.toml")
TESTS = (("test_gate.py",), ("test_copies.py", "test_membership.py"), ("test_checks.py", "test_defects_elsewhere.py"))
"""Of tests/unit/scoring, quick ones first."""

GATE, GATES, MEASURED, VERDICT = (f"synth/scoring/{name}.py" for name in ("gate", "gates", "gates_measured", "verdict"))
PRIVACY = "synth/scoring/privacy"
SIGNIFICANCE = "synth/scoring/significance.py"

MUTANTS: tuple[tuple[str, str, str], ...] = (
    (GATE, "if p > level / (len(p_values) - place):", "if p < level / (len(p_values) - place):"),
    (GATE, "level / (len(p_values) - place)", "level"),
    (GATE, "for o in (FAIL, GAP) if o in outcomes), PASS)", "for o in (GAP, FAIL) if o in outcomes), PASS)"),
    (GATE, "for o in (FAIL, GAP) if o in outcomes), PASS)", "for o in (FAIL,) if o in outcomes), PASS)"),
    (GATE, 'policy.gates and not verdicts["K"].trusted:', 'policy.gates and verdicts["K"].trusted:'),
    (GATE, "if verdicts[letter].outcome in {PASS, FAIL}:", "if verdicts[letter].outcome in {PASS}:"),
    (GATE, "other.p_value < copied.p_value else copied", "other.p_value > copied.p_value else copied"),
    (GATE, "min(1.0, copied.p_value * (1 + len(draws)))", "copied.p_value"),
    (GATE, 'LEANS_ON_CONTROL = frozenset("BCDEFGH")', 'LEANS_ON_CONTROL = frozenset("CDEFGH")'),
    (VERDICT, 'return Verdict(GAP, say("Not run', 'return Verdict(PASS, say("Not run'),
    (VERDICT, 'return Verdict(GAP, say("Not assessed: ', 'return Verdict(PASS, say("Not assessed: '),
    (MEASURED, "if (worst.upper or 0) > rule.limit:", "if (worst.upper or 0) < rule.limit:"),
    (MEASURED, "if (worst.upper or 0) > rule.limit:", "if (worst.value or 0) > rule.limit:"),
    (MEASURED, "worst = max(asked, key=lambda m: m.upper or 0)", "worst = min(asked, key=lambda m: m.upper or 0)"),
    (MEASURED, "missing = [m for m in asked if m.value is None or m.upper is None]", "missing: list[Measure] = []"),
    (MEASURED, "if m.n < rule.evidence and not m.exhaustive]", "if m.n > rule.evidence and not m.exhaustive]"),
    (MEASURED, "if not measure.exhaustive:\n        return True", "if measure.exhaustive:\n        return True"),
    (MEASURED, "rule.limit) < SUSPICIOUS", "rule.limit) < 0"),
    (MEASURED, "if measure.value is None or measure.se is None or measure.n < LEAST_MADE:",
     "if measure.value is None or measure.se is None:"),
    (VERDICT, "if p is None or p >= ALARMING:", "if p is None or p >= 0.0:"),
    (MEASURED, "if verdict.outcome == PASS and n < evidence:", "if verdict.outcome == PASS and n < 0:"),
    (MEASURED, "or result.p_value is None or isinstance(result.figure", "or isinstance(result.figure"),
    (GATES, "if met and all(p_of(m) >= ALARMING for m in absolute):", "if met:"),
    (GATES, "if overlap[0].attack:", "if overlap[0].control:"),
    (GATES, "if blind[0].p_value < rule.limit:", "if blind[0].p_value > rule.limit:"),
    (GATES, "if overlap[0].n < rule.evidence:", "if overlap[0].n < 0:"),
    (GATES, "PASS if measure.value <= most else GAP", "PASS if measure.value >= most else GAP"),
    (GATES, "if len(context.draws) < 2:", "if len(context.draws) < 0:"),
    (MEASURED, "worse = second if second.outcome != PASS else first", "worse = first"),
    (MEASURED, "limit_p=first.p_value)", "limit_p=None)"),
    (MEASURED, "len(found) < len(tried)", "len(found) < 0"),
    (VERDICT, "1.0 if measure.p_value is None else measure.p_value", "measure.p_value or 1.0"),
    (SIGNIFICANCE, "return (attack - control) / max(1 - control, LEAST_REST)",
     "return (control - attack) / max(1 - control, LEAST_REST)"),
    (SIGNIFICANCE, "stats.hypergeom.sf(met - 1, len(pooled)", "stats.hypergeom.sf(met, len(pooled)"),
    (SIGNIFICANCE, "special.ndtr(-(over - 0.5) / spread)", "special.ndtr((over - 0.5) / spread)"),
    (SIGNIFICANCE, "estimate.value + Z_ONE_SIDED * estimate.se", "estimate.value - Z_ONE_SIDED * estimate.se"),
    (f"{PRIVACY}/copies.py", "return _permutation_p(hit, self.unseen)", "return _permutation_p(self.unseen, hit)"),
    (f"{PRIVACY}/matched.py", "draw(samples.train, n, rng), draw(samples.unseen, n, rng)",
     "draw(samples.unseen, n, rng), draw(samples.train, n, rng)"),
    (f"{PRIVACY}/world.py", "members = samples.train.take(pa.array(rows))",
     "members = samples.holdout.take(pa.array(rows % samples.holdout.num_rows))"),
    (f"{PRIVACY}/singling_out.py", "se=max(estimate.se, _dealt_se(found, parts, rng))", "se=estimate.se"),
    (f"{PRIVACY}/singling_out.py", "(np.array(found.counts) == 1)", "(np.array(found.counts) >= 1)"),
    (f"{PRIVACY}/relative_distance.py", "return -np.asarray(", "return np.asarray("),
)  # fmt: skip

WHY: dict[int, str] = {}
"""Reasons of survivors, by number."""


def main() -> None:
    """Applies each mutant to the copy, runs the tests, and takes it back."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", type=int, default=[])
    chosen = parser.parse_args().only or range(len(MUTANTS))
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        proven: set[tuple[str, ...]] = set()
        for number in chosen:
            place, old, new = MUTANTS[number]
            file = copy / place
            text = file.read_text()
            assert text.count(old) == 1, f"mutant {number}: its text is there {text.count(old)} times"
            killer = killed_by(copy, file, text.replace(old, new), proven)
            survivors += [] if killer else [number]
            told = f"killed by {killer}" if killer else f"SURVIVED: {WHY.get(number, 'no reason is known')}"
            print(f"{number:2} {place.rpartition('/')[2]:20} {new.splitlines()[0][:70]:70} {told}", flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants were killed")
    sys.exit(int(any(number not in WHY for number in survivors)))


def killed_by(copy: Path, file: Path, mutant: str, proven: set[tuple[str, ...]]) -> str:
    """The first test that fails when the file is the mutant; empty where none does.

    Args:
        copy: of the packages.
        file: in it.
        mutant: its new text.
        proven: tests that are known to pass without any mutant; grows.
    """
    text = file.read_text()
    for names in TESTS:
        if names not in proven and (failed := _apart(copy, names)):
            sys.exit(f"fails without any mutant: {failed}")
        proven.add(names)
        file.write_text(mutant)
        failed = _apart(copy, names)
        file.write_text(text)
        if failed:
            return failed
    return ""


def _apart(copy: Path, names: tuple[str, ...]) -> str:
    """Runs tests in a forked child, so that libraries load once; the first that fails."""
    with get_context("fork").Pool(1) as pool:
        return str(pool.apply(_first_failure, (copy, names)))


class _Watch:
    """Remembers the first test that fails."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """After each phase of a test."""
        if report.failed:
            self.failed = self.failed or report.nodeid.rpartition("/")[2]


def _first_failure(copy: Path, names: tuple[str, ...]) -> str:
    os.chdir(copy)
    sys.path[:0] = [str(copy), str(copy / "models")]
    sys.dont_write_bytecode = True
    watch = _Watch()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        options = ["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(copy), "-c", str(copy / "pyproject.toml")]
        code = pytest.main([*options, *(str(copy / "tests/unit/scoring" / name) for name in names)], [watch])
    used = sys.modules["synth"].__file__ or ""
    assert used.startswith(str(copy)), "the tests ran on other code"
    return watch.failed or (f"pytest ended with {code}" if code else "")


if __name__ == "__main__":
    main()
