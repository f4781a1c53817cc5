"""The demonstration: a run on real, public data that a PyPI package ships."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from synth.data.detect import detect
from synth.data.read import read_tables
from synth.errors import EngineUnavailableError, Fault
from synth.pipeline.request import RunRequest


def demo_request(out: Path, metadata: Path) -> RunRequest:
    """A run on the RAND health insurance data as statsmodels ships them.

    Args:
        out: folder for the result; an earlier result in it may be replaced.
        metadata: file to write the metadata to: as detected, with `zper` as the person, who is seen for several years.

    Raises:
        EngineUnavailableError: the package is not installed.
    """
    found = importlib.util.find_spec("statsmodels")
    if found is None or found.origin is None:
        rule, remedy = "the demo needs its data", "run pip install 'synth[demo]'"
        raise EngineUnavailableError(Fault("demo-extra", rule, "the package statsmodels is not installed", remedy))
    seed = Path(found.origin).parent / "datasets" / "randhie" / "src" / "randhie.csv"
    detected = detect(read_tables([seed]))
    name, table = detected.only_table()
    detected.model_copy(update={"tables": {name: table.model_copy(update={"entity_key": ("zper",)})}}).save(metadata)
    return RunRequest(seed_files=(seed,), out=out, metadata=metadata, target="mdvis", replace=True)
