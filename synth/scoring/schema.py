"""The JSON schema of scorecards; `python -m synth.scoring.schema > configs/scorecard.schema.json` publishes it anew."""

from __future__ import annotations

import json
import sys

from synth.scoring.scorecard import Scorecard


def schema_text() -> str:
    """JSON Schema of `scorecard.json`, as it is published in `configs/`."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Scorecard.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
