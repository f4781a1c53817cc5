"""Privacy figures read for people: an attack's curve at few false alarms, and the plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synth.report.chance import chance_limits
from synth.report.words import percent
from synth.scoring.scorecard import Attack, Figure, Scorecard

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


def sentences(card: Scorecard, attacks: Sequence[AttackRow]) -> list[str]:
    """Privacy figures in plain words."""
    lines = []
    copies = card.privacy.copies
    if isinstance(copies.share, Figure) and isinstance(copies.control, Figure):
        lines.append(
            f"{percent(copies.share.value)} of the synthetic rows equal a real row that is unique in the source; by "
            f"chance we would expect {percent(copies.control.value)}."
        )
    read = [row for row in attacks if row.found is not None]
    if read:
        best = max(read, key=lambda row: row.found or 0.0)
        by_chance = f"{percent(best.chance[0])} to {percent(best.chance[1])}" if best.chance else "1 %"
        lines.append(
            "At a setting that wrongly accuses 1 in 100 outsiders, the best attack identifies "
            f"{percent(best.found or 0.0)} of insiders (no leak: 1 %; by chance alone {by_chance})."
        )
    return lines
