"""Linkability: two halves of a person's row are found to belong together (WP29 05/2014, criterion 2).

Threat model: the attacker holds the synthetic file and two tables of the same people, each with half of the columns.
Statistic: a link is right where one synthetic row is among the 5 nearest of both halves; excess over unseen people.
The halves are every second column, for nobody declared where the columns come from.
Interval: delta method by entity.
Cost: two times targets x synthetic rows.
Source: Giomi et al. (2023), https://arxiv.org/abs/2211.10459; seeded, unlike the authors' own tool.
"""

from __future__ import annotations

from synth.scoring.estimates import NotScorableError
from synth.scoring.privacy.matched import Matched, excess_measure, figure_of, matched, placed, rates
from synth.scoring.privacy.neighbours import nearest
from synth.scoring.results import CheckResult
from synth.scoring.samples import Ints, Samples, scored_columns
from synth.scoring.significance import excess
from synth.texts import say

TITLE = say("Linkability")
THREAT = say(
    "Someone who holds two tables of the same people uses the synthetic file to tell which rows belong together."
)
TARGETS = 5000
NEAR = 5


def linkability(samples: Samples) -> CheckResult:
    """Tries the attack on train people and on others.

    Raises:
        NotScorableError: too few rows, or fewer than two scored columns.
    """
    names = scored_columns(samples.spec)
    if len(names) < 2:
        raise NotScorableError("needs two scored columns")
    parts = matched(samples, TARGETS)
    halves = [_near(parts, samples, names[i::2]) for i in (0, 1)]
    linked = [(a[:, :, None] == b[:, None, :]).any(axis=(1, 2)) * 1.0 for a, b in zip(*halves, strict=True)]
    estimate = excess(linked[0], linked[1], parts.who_train, parts.who_control)
    about = say("the 1st, 3rd, ... columns against the 2nd, 4th, ...")
    measure = excess_measure("linkability", about, estimate, rates(linked[0], linked[1]))
    return CheckResult(figure=figure_of(measure), measures=(measure,))


def _near(parts: Matched, samples: Samples, names: list[str]) -> tuple[Ints, Ints]:
    """For targets of train and control, which synthetic rows are nearest by these columns."""
    train, control, synthetic = placed(parts, samples, names)
    k = min(NEAR, len(synthetic))
    return nearest(train, synthetic, k)[1], nearest(control, synthetic, k)[1]
