"""Anonymeter's three risks of one file: `PYTHON anonymeter_child.py FOLDER ATTACKS`; prints a JSON object.

FOLDER holds train, control and synthetic.parquet and asked.json: columns of a predicate, the two halves, the secrets.
Run by `against_anonymeter --anonymeter PYTHON` in an environment that has anonymeter; imports no Synth.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any


def main(folder: Path, attacks: int) -> None:
    """Runs all of them; 95 % intervals."""
    import numpy as np
    import pandas as pd
    from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

    warnings.filterwarnings("ignore")
    asked = json.loads((folder / "asked.json").read_text())
    train, control, made = (pd.read_parquet(folder / f"{part}.parquet") for part in ("train", "control", "synthetic"))
    shared = {"ori": train, "syn": made, "control": control}
    found = {}
    np.random.seed(0)  # noqa: NPY002 - anonymeter draws from the global state
    one = SinglingOutEvaluator(**shared, n_attacks=asked["univariate"], seed=0)
    found["singling out, one column"] = one.evaluate(mode="univariate")
    several = SinglingOutEvaluator(**shared, n_attacks=attacks, n_cols=asked["width"], seed=0)
    found["singling out, several columns"] = several.evaluate(mode="multivariate")
    halves = (asked["halves"][0], asked["halves"][1])
    linked = LinkabilityEvaluator(**shared, aux_cols=halves, n_attacks=attacks, n_neighbors=asked["near"])
    found["linkability"] = linked.evaluate(n_jobs=1)
    for secret, regression in asked["secrets"].items():
        known = [name for name in train.columns if name != secret]
        guess = InferenceEvaluator(**shared, aux_cols=known, secret=secret, regression=regression, n_attacks=attacks)
        found[f"inference of {secret}"] = guess.evaluate(n_jobs=1)
    print(json.dumps({name: row(evaluator) for name, evaluator in found.items()}))


def row(evaluator: Any) -> dict[str, float]:
    """Risk with its interval, the two rates, and the attacks that the rates are divided by."""
    risk, rates = evaluator.risk(), evaluator.results()
    return {
        "value": risk.value,
        "low": risk.ci[0],
        "high": risk.ci[1],
        "attack": rates.n_success / rates.n_attacks_ori,
        "control": rates.n_control / rates.n_attacks_control,
        "n": int(rates.n_attacks_ori),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
