"""The process that holds a model of SDV, `python -m synth_models.sdv_child FOLDER MODEL`; nothing else imports sdv.

A process of its own, because a fit of SDV is one long call: it cannot be cancelled, says nothing on its way, changes
global random states, and writes to standard output. Tables go through Arrow files in FOLDER, orders and answers are
lines of JSON on standard input and output; nothing is pickled, and no text of an exception leaves (it may quote cells).
When standard input ends, because the parent closed it or died, the process is gone at once.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

TABLE = "t"
TRAIN, DRAWN = "train.arrow", "drawn.arrow"
CLASSES = {
    "sdv_gaussian_copula": "GaussianCopulaSynthesizer",
    "sdv_ctgan": "CTGANSynthesizer",
    "sdv_tvae": "TVAESynthesizer",
    "sdv_copulagan": "CopulaGANSynthesizer",
}


class Child:
    """A model of SDV and the folder through which tables come and go."""

    def __init__(self, folder: Path, model: str) -> None:
        """Nothing is fitted yet."""
        self._folder, self._model = folder, model

    def answer(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Does what an order says."""
        if order["do"] == "fit":
            self._fit(order["kinds"], order["settings"], order["seed"], order["threads"])
        else:
            self._draw(order["rows"], order["seed"])
        return {"done": order["do"]}

    def _fit(self, kinds: Mapping[str, str], settings: Mapping[str, Any], seed: int, threads: int) -> None:
        import torch
        from sdv import single_table
        from sdv.metadata import Metadata

        torch.set_num_threads(threads)
        np.random.seed(seed)  # noqa: NPY002 - SDV draws from the global state
        torch.manual_seed(seed)
        columns = {name: {"sdtype": kind} for name, kind in kinds.items()}
        metadata = Metadata.load_from_dict({"tables": {TABLE: {"columns": columns}}, "relationships": []})
        self._synthesizer = getattr(single_table, CLASSES[self._model])(metadata, **settings)
        with pa.memory_map(str(self._folder / TRAIN)) as file:
            self._names = list(kinds)
            rows: pd.DataFrame = pa.ipc.open_file(file).read_all().to_pandas()
        self._synthesizer.fit({TABLE: rows})

    def _draw(self, n_rows: int, seed: int) -> None:
        """Rows that depend on the seed alone: every source of chance in SDV is set anew."""
        transformers = self._synthesizer.get_transformers()
        transformers = transformers.get(TABLE, transformers)
        for number, transformer in enumerate(filter(None, transformers.values())):
            state = np.random.RandomState([seed % 2**32, number])
            transformer.set_random_state(state, "reverse_transform")
        self._synthesizer._set_random_state(seed % 2**32)
        drawn = self._synthesizer.sample(n_rows)[TABLE][self._names]
        rows = pa.Table.from_pandas(drawn, preserve_index=False)
        with pa.OSFile(str(self._folder / DRAWN), "wb") as file, pa.ipc.new_file(file, rows.schema) as writer:
            writer.write_table(rows)


def main(folder: str, model: str) -> None:
    """Answers orders until standard input ends."""
    out = os.fdopen(os.dup(1), "w")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)  # SDV prints; whatever it says may quote cells
    os.dup2(quiet, 2)
    orders: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    child = Child(Path(folder), model)
    while True:
        try:
            answer = child.answer(json.loads(orders.get()))
        except Exception as error:  # noqa: BLE001 - only its type leaves this process
            answer = {"failed": type(error).__name__}
        print(json.dumps(answer), file=out, flush=True)


def _listen(orders: queue.Queue[str]) -> None:
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
