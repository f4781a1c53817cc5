"""What many trials of a control say together, as a record, a line and the table of the docs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.privacy_tests.controls import CONTROLS, ELSEWHERE
from benchmarks.privacy_tests.trials import Control, Outcome
from synth import __version__

RESULTS = Path(__file__).parents[1] / "results" / "privacy_tests.jsonl"
OUTCOMES = ("PASS", "FAIL", "INSUFFICIENT EVIDENCE")
LEAST_FOR_A_TEST = 20


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
        "alarms": alarms(found),
        "met": bool(met),
        "version": __version__,
        "date": date.today().isoformat(),
    }


def uniformity(found: Sequence[Outcome]) -> dict[str, float]:
    """Are p-values of attacks uniform (KS test), and of gates at most 0.05 no more often than that?"""
    out = {}
    for key in sorted({key for o in found for key in o.numbers}):
        values = np.array([o.numbers[key] for o in found if key in o.numbers])
        if key.startswith("rank ") and len(values) >= LEAST_FOR_A_TEST:
            out[f"KS {key.removeprefix('rank ')}"] = float(stats.kstest(values, "uniform").pvalue)
        if key in {"p B", "p C", "p F", "p K"}:
            out[f"{key} <= .05"] = float(np.mean(values <= 0.05))
    return out


def alarms(found: Sequence[Outcome]) -> dict[str, float]:
    """How often something alarms when no or ten real rows are hidden in the file (T8)."""
    keys = [f"alarms with {k} hidden rows" for k in (0, 10)]
    return {key: float(np.mean(held)) for key in keys if (held := [o.numbers[key] for o in found if key in o.numbers])}


def line(row: Mapping[str, Any]) -> str:
    """One control in one line."""
    shares = " ".join(f"{row['outcomes'].get(o, 0) / row['seeds']:5.1%}" for o in OUTCOMES)
    fails = " ".join(f"{k} {v:.0%}" for k, v in row["fails"].items())
    gaps = " ".join(f"{k} {v:.0%}" for k, v in row["gaps"].items())
    told = f"{row['control']:7} {row['title']:36} {row['seeds']:4} {shares}  closer {_closer(row):5}"
    told += f"  fails: {fails or '-'}  gaps: {gaps or '-'}"
    uniform = " ".join(f"{k} {v:.2f}" for k, v in row["uniform"].items())
    return f"{told}  {uniform}{'' if row['met'] else '  NOT MET'}"


def markdown() -> str:
    """The newest record of each control as the docs show them."""
    rows = {row["control"]: row for row in map(json.loads, RESULTS.read_text().splitlines())}
    known = [rows[name] for name in CONTROLS if name in rows]
    return "\n".join([*_outcomes(known), "", *_gaps(known), "", *_honest(known)]) + "\n"


def _outcomes(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "| control | world | seeds | PASS | FAIL | INSUFFICIENT | gates that fail | closer to train |"
    yield "|" + " --- |" * 8
    for row in rows:
        shares = " | ".join(f"{row['outcomes'].get(o, 0) / row['seeds']:.1%}" for o in OUTCOMES)
        fails = " ".join(f"{k} {v:.0%}" for k, v in row["fails"].items() if v >= 0.05)
        yield f"| {row['control']} | {row['title']} | {row['seeds']} | {shares} | {fails} | {_closer(row)} |"
    for name, (title, command) in ELSEWHERE.items():
        yield f"| {name} | {title} | | | | | run by `{command}` | |"


def _gaps(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Which gates stay open for honest files."""
    yield "| control | gates that stay INSUFFICIENT | gates that fail |"
    yield "|" + " --- |" * 3
    for row in rows:
        if CONTROLS[row["control"]].at_most:
            gaps, fails = (" ".join(f"{k} {v:.1%}" for k, v in row[key].items()) for key in ("gaps", "fails"))
            yield f"| {row['control']} | {gaps or '-'} | {fails or '-'} |"


def _honest(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Uniformity of p-values and alarms where nothing leaks."""
    yield "| control | figure | value |"
    yield "|" + " --- |" * 3
    for row in rows:
        if row["control"].startswith("T3/"):
            for key, value in (row["uniform"] | row.get("alarms", {})).items():
                told = f"rank test of {key[3:]}: KS p of uniform" if key.startswith("KS ") else key
                yield f"| {row['control']} | {told} | {value:.3f} |"


def _closer(row: Mapping[str, Any]) -> str:
    return "" if row["closer_share"] is None else f"{row['closer_share']:.3f}"
