"""Scorecard in, one self-contained HTML file out: no request to anywhere, readable without scripts, printable."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from synth.report import assets, charts, words
from synth.report.attacks import sentences
from synth.report.page import WORST_PAIRS, Page
from synth.report.vega import CONFIG
from synth.scoring.scorecard import Figure, Scorecard


def render(scorecard: Scorecard) -> str:
    """The report of a scorecard; equal scorecards give equal bytes.

    Args:
        scorecard: what was measured; every text in it may be hostile.

    Returns:
        A complete HTML document, to be stored as UTF-8. The full numbers are in `scorecard.json`.
    """
    page = Page(scorecard)
    attacks = page.attacks()
    context = {
        "card": scorecard,
        "headline": page.headline(),
        "findings": page.findings(),
        "columns": page.columns(),
        "pairs": page.pairs(),
        "worst_pairs": WORST_PAIRS,
        "heat_limits": charts.HEAT_LIMITS,
        "attacks": attacks,
        "roc": page.roc(),
        "sentences": sentences(scorecard, attacks),
        "utility": page.utility(),
        "lineage": list(words.flatten(scorecard.lineage)) if scorecard.lineage else [],
        "words": words,
    }
    # The JSON block comes last: placing the charts above fills `page.specs`.
    data = assets.json_block({"config": CONFIG, "specs": page.specs})
    policy = assets.content_security_policy()
    template = _environment().get_template("report.html.j2")
    return template.render(context, data=data, policy=policy, style=assets.style(), scripts=assets.scripts())


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
    environment.filters.update(number=words.number, percent=words.percent, count=words.count, direction=words.direction)
    environment.tests["assessed"] = lambda figure: isinstance(figure, Figure)
    return environment
