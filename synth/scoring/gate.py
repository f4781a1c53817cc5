"""The gate: may this file leave? The worst check decides, and a gap never passes.

This version measures verbatim copies and two membership attacks. The full battery (identifiers, singling out,
inference, isolated records, power of the tests) does not exist yet, so nothing can PASS: the outcome is FAIL or
INSUFFICIENT EVIDENCE.

Rule for FAIL: null hypotheses "no more copies than by chance" and, for each attack, "its AUC is at most the level's
limit"; rejected one-sided with Holm's correction at a family-wise 1 %, so that an honest file is condemned in at most 1
of 100 cases. Limits of the AUC: 0.60 at L0 and L1 (inside the controller), 0.58 at L2 (named recipients), 0.55 at L3
(public).
"""

from __future__ import annotations

from collections.abc import Mapping

from synth.errors import Fault, InvalidInputError
from synth.scoring.estimates import Estimate
from synth.scoring.results import AttackResult, CopiesResult
from synth.scoring.scorecard import Figure, Finding, Gate, NotAssessed

AUC_LIMITS: Mapping[str, float] = {"L0": 0.60, "L1": 0.60, "L2": 0.58, "L3": 0.55}
FAMILY_WISE = 0.01


def judge(policy: str, copies: CopiesResult, attacks: Mapping[str, tuple[str, AttackResult]]) -> Gate:
    """Outcome for a level.

    Args:
        policy: name of the level, see `AUC_LIMITS`.
        copies: result for the synthetic file.
        attacks: by name, title and result for the synthetic file.

    Raises:
        InvalidInputError: there is no such policy.
    """
    if policy not in AUC_LIMITS:
        raise InvalidInputError(
            Fault(
                code="unknown-policy",
                rule=f"the policy must be one of {', '.join(AUC_LIMITS)}",
                fact=f"it is {policy!r}",
                remedy="name one of these",
                where="policy",
            )
        )
    rejected = holm(_p_values(AUC_LIMITS[policy], copies, attacks))
    findings = [_failure(name, AUC_LIMITS[policy], copies, attacks) for name in rejected]
    findings += _gaps(copies, attacks)
    findings.append(
        Finding(
            severity="note",
            about="gate",
            text=(
                "This version tests verbatim copies and two membership attacks only. Identifiers, singling out, "
                "inference, isolated records and the power of the tests are not tested yet, so no file can pass."
            ),
        )
    )
    return Gate(policy=policy, outcome="FAIL" if rejected else "INSUFFICIENT EVIDENCE", findings=tuple(findings))


def holm(p_values: Mapping[str, float], level: float = FAMILY_WISE) -> list[str]:
    """Names of the hypotheses that Holm's step-down procedure rejects at a family-wise level, smallest p first.

    >>> holm({"a": 0.004, "b": 0.2, "c": 0.0001})
    ['c', 'a']
    """
    rejected: list[str] = []
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        if p > level / (len(p_values) - place):
            break
        rejected.append(name)
    return rejected


def _p_values(limit: float, copies: CopiesResult, attacks: Mapping[str, tuple[str, AttackResult]]) -> dict[str, float]:
    p_values = {
        name: Estimate(attack.figure.value, attack.se, attack.entities).p_above(limit)
        for name, (_, attack) in attacks.items()
        if isinstance(attack.figure, Figure) and attack.se is not None
    }
    return p_values if copies.p_value is None else {"copies": copies.p_value, **p_values}


def _failure(name: str, limit: float, copies: CopiesResult, attacks: Mapping[str, tuple[str, AttackResult]]) -> Finding:
    if name == "copies":
        text = (
            "More synthetic rows equal a unique training row than chance allows "
            f"(p {_shown(copies.p_value)} against the control of unseen rows)."
        )
    else:
        title, attack = attacks[name]
        assert isinstance(attack.figure, Figure), "only assessed attacks are tested"
        text = f"The attack {title!r} has an AUC of {attack.figure.value:.3f}, clearly above the limit of {limit:.2f}."
    return Finding(severity="alarm", about=name, text=text)


def _gaps(copies: CopiesResult, attacks: Mapping[str, tuple[str, AttackResult]]) -> list[Finding]:
    results = {"copies": ("Verbatim copies", copies.figure)}
    results |= {name: (title, attack.figure) for name, (title, attack) in attacks.items()}
    return [
        Finding(severity="warning", about=name, text=f"{title}: not assessed, {figure.not_assessed}.")
        for name, (title, figure) in results.items()
        if isinstance(figure, NotAssessed)
    ]


def _shown(p_value: float | None) -> str:
    assert p_value is not None, "only assessed copies are tested"
    return "< 1e-9" if p_value < 1e-9 else f"= {p_value:.2g}"
