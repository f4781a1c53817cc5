"""Scorecard in, one self-contained HTML file out: no request to anywhere, readable without scripts, printable.

The file holds the whole report in each language, and a switch. Reviewers get exact figures, requesters bands
(privacy figures that many may ask for are a tool of attack: Ganev and De Cristofaro, https://arxiv.org/abs/2312.05114).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from synth.report import assets, charts, words
from synth.report.attacks import copied, identified
from synth.report.language import languages
from synth.report.page import WORST_PAIRS, Page
from synth.report.review import CLASSES, INFERENCE, Review, band_of, bands
from synth.report.vega import CONFIG, Spec
from synth.scoring.measure_names import MEASURES
from synth.scoring.scorecard import Figure, Scorecard
from synth.texts import Text, say

Reader = Literal["reviewer", "requester"]

PARTS = (
    "decision",
    "source",
    "trust",
    "privacy",
    "limits",
    "quality",
    "columns",
    "pairs",
    "utility",
    "extras",
    "rules",
)

SECTIONS = (
    ("r0", say("R0 Decision")),
    ("r1", say("R1 Source")),
    ("r2", say("R2 Method")),
    ("r3", say("R3 Trust")),
    ("r4", say("R4 Copies")),
    ("r5", say("R5 Membership")),
    ("r6", say("R6 Inference")),
    ("r7", say("R7 At risk")),
    ("r8", say("R8 Distances")),
    ("r9", say("R9 Differential privacy")),
    ("r10", say("R10 Volume")),
    ("r11", say("R11 Limits")),
    ("r12", say("R12 Regulation")),
    ("r13", say("R13 Log")),
    ("q", say("Quality")),
    ("columns", say("Columns")),
    ("pairs", say("Pairs")),
    ("utility", say("Utility")),
    ("finer", say("Subgroups and tails")),
    ("rules", say("Rules")),
)


def render(scorecard: Scorecard, reader: Reader = "reviewer") -> str:
    """The report of a scorecard; equal scorecards give equal bytes.

    Args:
        scorecard: what was measured; every text in it may be hostile.
        reader: reviewers get exact figures, requesters bands.

    Returns:
        A complete HTML document, to be stored as UTF-8. The full numbers are in `scorecard.json`.
    """
    specs: dict[str, Spec] = {}
    bodies = []
    for language in languages():
        page = Page(scorecard, language)
        context = _shared(page) | (_reviewed(page) if reader == "reviewer" else _requested(page))
        name = "body.html.j2" if reader == "reviewer" else "requester.html.j2"
        bodies.append(Markup(_environment().get_template(name).render(context)))  # noqa: S704 - rendered with escaping
        specs |= page.specs
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            card=scorecard,
            languages=languages(),
            bodies=bodies,
            data=assets.json_block({"config": CONFIG, "specs": specs}),
            policy=assets.content_security_policy(),
            style=assets.style(),
            scripts=assets.scripts(),
        )
    )


def _shared(page: Page) -> dict[str, Any]:
    _ = page.language
    return {
        "_": _,
        "said": _.said,
        "L": _.code,
        "language": _,
        "card": page.card,
        "words": words,
        "classes": CLASSES,
        "measures": MEASURES,
        "lead": _.said(_lead(page.card)),
    }


def _reviewed(page: Page) -> dict[str, Any]:
    card, review, attacks = page.card, Review(page), page.attacks()
    return {
        "review": review,
        "parts": [f"{part}.html.j2" for part in PARTS],
        "sections": [(to, page.language.said(title)) for to, title in SECTIONS if to != "rules" or card.rules],
        "days": next((gate.limit for gate in card.gate.gates if gate.letter == "N"), None),
        "gate_chart": review.gate_chart(),
        "headline": page.headline(),
        "findings": page.findings(),
        "columns": page.columns(),
        "pairs": page.pairs(),
        "worst_pairs": WORST_PAIRS,
        "heat_limits": charts.HEAT_LIMITS,
        "attacks": attacks,
        "roc": page.roc(),
        "copied": copied(card),
        "identified": identified(attacks),
        "inference": INFERENCE,
        "utility": page.utility(),
        "lineage": list(words.flatten(card.lineage)) if card.lineage else [],
    }


def _requested(page: Page) -> dict[str, Any]:
    _, fidelity = page.language, page.card.fidelity
    figures = ((_("Column shapes"), fidelity.shapes.value), (_("Pair trends"), fidelity.trends.value))
    return {
        "lead": _.said(say("Synthetic rows, made by {engine}.", engine=_engine(page.card))),
        "gate_bands": list(bands(page.card.gate.gates)),
        "quality": [(title, band_of(figure)) for title, figure in figures],
    }


def _engine(card: Scorecard) -> Text:
    return say("an unknown engine") if card.engine == "unknown" else say("engine {name}", name=card.engine)


def _lead(card: Scorecard) -> Text:
    rows = words.count(card.rows["synthetic"]) if "synthetic" in card.rows else "–"
    engine = _engine(card)
    if "train" not in card.rows:
        return say("{rows} synthetic rows, made by {engine}.", rows=rows, engine=engine)
    return say(
        "{rows} synthetic rows, made by {engine} from {train} training rows and judged on {unseen} real rows that no "
        "model saw.",
        rows=rows,
        engine=engine,
        train=words.count(card.rows["train"]),
        unseen=words.count(card.rows.get("holdout", 0) + card.rows.get("reference", 0)),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("synth.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=words.number, percent=words.percent, count=words.count)
    environment.tests["assessed"] = lambda figure: isinstance(figure, Figure)
    return environment
