"""What the deep tier adds to a scorecard: in/out twins, and the attacks at larger volumes up to the quota."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synth.scoring.privacy import twins
from synth.scoring.privacy.world import SYNTHETIC
from synth.scoring.results import AttackResult, CopiesResult, MembershipResult, PartResult, TwinsResult
from synth.scoring.scorecard import Deep, Figure, NotAssessed, Risk, Twins, Volume
from synth.scoring.verdict import Context, Results
from synth.texts import say

MOST_ROWS = SYNTHETIC
"""Rows beyond which the attacks do not look, so that they are in memory at once; a larger quota is INSUFFICIENT."""

PREFIX = "volume "
TWINS = "twins"
"""The part, and the attack among those of the gate."""


def volume_subject(rows: int) -> str:
    """The subject whose results are those of so many rows of the generator."""
    return f"{PREFIX}{rows}"


def volumes_of(results: Mapping[str, Results]) -> dict[int, Results]:
    """Results by number of rows, rising."""
    found = {int(name.removeprefix(PREFIX)): parts for name, parts in results.items() if name.startswith(PREFIX)}
    return dict(sorted(found.items()))


def evaluated_rows(results: Results) -> int:
    """Rows that every attack looked at; 0 where any was not assessed. Twins look at files of their own."""
    attacks = results.get("attacks")
    tried = [a for name, a in attacks.attacks.items() if name != TWINS] if isinstance(attacks, MembershipResult) else []
    return min((a.synthetic if isinstance(a.figure, Figure) else 0 for a in tried), default=0)


def judged_draws(context: Context) -> Iterator[tuple[str, Results]]:
    """Further files that the gate looks at, with a word for each: draws, and volumes within the quota."""
    yield from ((say("draw {i}", i=i), draw) for i, draw in enumerate(context.draws, start=2))
    yield from ((say("{n:,} rows", n=n), found) for n, found in context.volumes.items() if n <= context.quota)


def evaluated(results: Results, context: Context) -> int:
    """The largest number of rows, within the quota, at which the attacks were run on all of them."""
    found = [n for n, parts in context.volumes.items() if n <= context.quota and evaluated_rows(parts) >= n]
    return max([context.synthetic_rows if evaluated_rows(results) >= context.synthetic_rows else 0, *found])


def with_twins(results: Results) -> Results:
    """The twins among the membership attacks, where gates D and E meet them."""
    found, attacks = results.get(TWINS), results.get("attacks")
    if not isinstance(found, TwinsResult) or not isinstance(attacks, MembershipResult):
        return results
    # Excused twins have no measure, so that no gate meets them.
    gated = tuple(m for m in found.measures if m.name in {"auc", "tpr"})
    attack = AttackResult(figure=found.figure, measures=gated)
    return {**results, "attacks": attacks.model_copy(update={"attacks": {**attacks.attacks, TWINS: attack}})}


def deep(results: Results, context: Context) -> Deep:
    """The scorecard's section."""
    return Deep(
        quota=context.quota or None,
        twins=_twins(results.get(TWINS)),
        volumes=tuple(
            _volume(n, parts, n <= max(context.quota, context.synthetic_rows))
            for n, parts in {context.synthetic_rows: results, **context.volumes}.items()
        ),
    )


def _twins(found: PartResult | None) -> Twins | None:
    if not isinstance(found, TwinsResult):
        return None
    risks = tuple(Risk(**m.model_dump(exclude={"se", "exhaustive"})) for m in found.measures)
    return Twins(
        title=twins.TITLE, threat=twins.THREAT, auc=found.figure, twins=found.twins, rows=found.rows, risks=risks
    )


def _volume(rows: int, results: Results, judged: bool) -> Volume:
    attacks, copies = results.get("attacks"), results.get("copies")
    gap = NotAssessed(not_assessed=say("not run"))
    members = attacks.attacks.values() if isinstance(attacks, MembershipResult) else ()
    rates = [m.value for a in members for m in a.measures if m.name == "tpr" and m.value is not None]
    return Volume(
        rows=rows,
        evaluated=evaluated_rows(results),
        auc=attacks.figure if attacks else gap,
        found=max(rates, default=None),
        copies=copies.figure if isinstance(copies, CopiesResult) else gap,
        judged=judged,
    )
