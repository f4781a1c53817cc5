"""What a result consists of, and where it may go."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from synth.data.metadata import Metadata
from synth.errors import Fault, InvalidInputError, raise_all
from synth.pipeline.ingest import sha256_of
from synth.pipeline.workarea import WorkArea
from synth.report.render import render
from synth.scoring.scorecard import Scorecard

SYNTHETIC, METADATA, GENERATOR = "synthetic.parquet", "metadata.yaml", "generator"
SCORECARD, REPORT, BANDS = "scorecard.json", "report.html", "report-requester.html"
"""Reviewers get the scorecard and the report; the third file is for requesters, who get bands."""

HEAD, MODEL = "generator.json", "model"
CONTENTS = {SYNTHETIC, METADATA, GENERATOR, SCORECARD, REPORT, BANDS}
"""What a result may hold."""


def check_out(out: Path, *, replace: bool = False) -> None:
    """Refuses an output folder that holds something, unless it is an earlier result that may be replaced.

    Raises:
        InvalidInputError: it is a file, holds something, or cannot be made.
    """
    raise_all(list(_out_faults(out, replace)))


def _out_faults(out: Path, replace: bool) -> list[Fault]:
    rule = "--out must be a new or empty folder"
    if out.is_dir():
        inside = {item.name for item in out.iterdir()}
        earlier = replace and SCORECARD in inside and inside <= CONTENTS
        remedy = "name another folder, or remove this one"
        return [] if earlier or not inside else [Fault("out-not-empty", rule, "it is not empty", remedy, str(out))]
    if out.exists():
        return [Fault("out-not-a-folder", rule, "it is a file", "name another folder", where=str(out))]
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        fact = "it cannot be made there"
        return [Fault("out-not-writable", rule, fact, "name a folder that you may write to", where=str(out))]
    return []


def write_result(
    area: WorkArea, card: Scorecard, *, metadata: Metadata, synthetic: str = "", model: str = ""
) -> Scorecard:
    """Puts the result together in `area.staging`.

    Args:
        area: where, and whose store holds the objects.
        card: scorecard.
        metadata: of the seed.
        synthetic: key of the synthetic table; empty where it was made elsewhere.
        model: prefix of the generator; empty where there is none.

    Returns:
        The scorecard with the digest of the synthetic file.
    """
    shutil.rmtree(area.staging, ignore_errors=True)
    area.staging.mkdir(parents=True)
    if synthetic:
        area.objects.fetch(synthetic, area.staging / SYNTHETIC)
        card = card.model_copy(update={"digests": {SYNTHETIC: sha256_of(area.staging / SYNTHETIC)}})
    if model:
        write_generator(area, card, metadata, model)
    metadata.save(area.staging / METADATA)
    (area.staging / SCORECARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (area.staging / REPORT).write_text(render(card), encoding="utf-8")
    (area.staging / BANDS).write_text(render(card, "requester"), encoding="utf-8")
    return card


def write_generator(area: WorkArea, card: Scorecard, metadata: Metadata, model: str) -> None:
    """The generator: the engine's files in `model/`, and `generator.json` that says what they are."""
    folder = area.staging / GENERATOR
    area.objects.download(model, folder / MODEL)
    head: dict[str, Any] = {"format": 1, "engine": card.engine, "table": card.table, "lineage": card.lineage}
    text = json.dumps(head | {"metadata": json.loads(metadata.to_json())}, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / HEAD).write_text(text + "\n", encoding="utf-8")


def read_head(generator: Path) -> dict[str, Any]:
    """What `write_generator` says about a generator.

    Raises:
        InvalidInputError: the folder is not a generator of this version.
    """
    rule, remedy = "a generator must be a folder that `synth run` made", "name DIR/generator of a run's --out DIR"
    try:
        head = json.loads((generator / HEAD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        fact = f"it has no readable {HEAD}"
        raise InvalidInputError(Fault("not-a-generator", rule, fact, remedy, where=str(generator))) from None
    if not isinstance(head, dict) or head.get("format") != 1:
        fact = "it is of another format"
        raise InvalidInputError(Fault("generator-format", rule, fact, remedy, where=str(generator)))
    return head
