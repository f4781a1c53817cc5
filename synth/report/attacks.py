"""Privacy figures read for people: an attack's curve at few false alarms, and the plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth.report.chance import chance_limits
from synth.report.words import percent
from synth.scoring.scorecard import Attack, Figure, Scorecard
from synth.texts import Text, say

OUTSIDERS = 100
"""Attacks are read where one in so many outsiders is wrongly accused."""


@dataclass(frozen=True)
class AttackRow:
    """One attack; `found` is the share of insiders found at 1 % false alarms, `chance` its 95 % range by chance."""

    attack: Attack
    series: int
    found: float | None
    chance: tuple[float, float] | None


def read_curve(attack: Attack, series: int) -> AttackRow:
    """Reads the curve at 1 % false alarms, where it reaches down so far: with few outsiders it does not."""
    rate, accused = 1 / OUTSIDERS, attack.non_members // OUTSIDERS
    if attack.roc is None or min(attack.roc.fpr, default=1.0) > rate or accused < 1 or attack.members < 1:
        return AttackRow(attack, series, None, None)
    found = float(np.interp(rate, attack.roc.fpr, attack.roc.tpr))
    low, high = chance_limits(np.array([accused]), attack.members, attack.non_members)
    return AttackRow(attack, series, found, (float(low[0]), float(high[0])))


def copied(card: Scorecard) -> Text | None:
    """How many rows equal a real one, and what chance explains."""
    copies = card.privacy.copies
    if not isinstance(copies.share, Figure) or not isinstance(copies.control, Figure):
        return None
    return say(
        "{share} of the synthetic rows equal a real row that is unique in the source; by chance we would expect "
        "{control}.",
        share=percent(copies.share.value),
        control=percent(copies.control.value),
    )


def identified(attacks: Sequence[AttackRow]) -> Text | None:
    """How many insiders the best attack finds at few false alarms."""
    read = [row for row in attacks if row.found is not None]
    if not read:
        return None
    best = max(read, key=lambda row: row.found or 0.0)
    low, high = best.chance or (0.01, 0.01)
    return say(
        "At a setting that wrongly accuses 1 in 100 outsiders, the best attack identifies {found} of insiders (no "
        "leak: 1 %; by chance alone {low} to {high}).",
        found=percent(best.found or 0.0),
        low=percent(low),
        high=percent(high),
    )
