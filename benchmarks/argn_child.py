"""Fits TabularARGN and draws as many rows as it saw: `PYTHON argn_child.py TRAIN.parquet MADE.parquet SEED MINUTES`.

Run by `leaky_generators --argn PYTHON` in an environment that has mostlyai-engine (Apache-2.0); imports no Synth.
Model: Tiwald et al. 2025, https://arxiv.org/abs/2501.12012.
"""

import sys


def main(train: str, made: str, seed: int, minutes: float) -> None:
    """Reads, fits with the defaults but for at most so many minutes, draws and writes."""
    import pandas as pd
    from mostlyai.engine import TabularARGN, set_random_state

    set_random_state(seed)
    rows = pd.read_parquet(train)
    model = TabularARGN(random_state=seed, max_training_time=minutes)
    model.fit(rows)
    model.sample(n_samples=len(rows))[list(rows.columns)].to_parquet(made, index=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
