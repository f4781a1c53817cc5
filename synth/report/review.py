"""What the privacy sections R0 to R13 show, made from the scorecard in one language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from synth.report import privacy_charts as drawn
from synth.report.page import Chart, Page
from synth.report.words import NOT_MODELLED, OUTCOME_NAMES, count, describe, number, percent
from synth.scoring.scorecard import Check, Figure, GateResult, NotAssessed, Risk
from synth.texts import Text, say

WORST = 3
MOST_GROUPS = 20
GRAVITY = ("FAIL", "INSUFFICIENT EVIDENCE", "PASS", "NOT APPLICABLE")
CLASSES = {"PASS": "good", "FAIL": "alarm", "NOT APPLICABLE": "note"}
"""Style of an outcome; everything else is a warning."""

FIELDS = (
    ("value", say("Value")),
    ("lower", say("Lower bound")),
    ("upper", say("Upper bound")),
    ("attack", say("Attack")),
    ("control", say("Control")),
    ("p_value", say("p")),
)

INFERENCE = ("singling_out", "linkability", "attribute_inference", "disclosure")


@dataclass(frozen=True)
class Regulation:
    """A source of duties, what it asks for, and where the report answers."""

    source: str
    criterion: str
    sections: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Review:
    """The privacy sections of a page."""

    page: Page

    @property
    def checks(self) -> dict[str, Check]:
        """By name."""
        return {check.name: check for check in self.page.card.privacy.checks}

    def risks(self, check: str, *names: str) -> list[Risk]:
        """Measures of a check that was run."""
        found = self.checks.get(check)
        return [r for r in found.risks if not names or r.name in names] if found else []

    def listed(self, check: Check) -> tuple[list[Risk], int]:
        """What stands in a check's table, and how many columns were looked at without a find."""
        risks = [r for r in check.risks if r.name != "few_people" or r.attack]
        return risks, len(check.risks) - len(risks)

    def fields(self, risks: Sequence[Risk]) -> list[tuple[str, Text]]:
        """The numbers that any of the measures has, with their headings."""
        return [(name, head) for name, head in FIELDS if any(getattr(risk, name) is not None for risk in risks)]

    # --- R0 ---

    def asked(self) -> Text:
        """The question that the reader is asked."""
        card = self.page.card
        return say(
            "You are asked to allow {n} rows for {recipient}. This is evidence for your decision, not a legal opinion.",
            n=count(card.rows.get("synthetic", 0)),
            recipient=card.statement.recipient or say("a recipient who is not stated"),
        )

    def worst(self) -> list[GateResult]:
        """The three gates that speak most against the file: those that do not pass, then those nearest their limit."""
        asked = [gate for gate in self.page.card.gate.gates if gate.outcome != "NOT APPLICABLE"]
        return sorted(asked, key=lambda gate: (GRAVITY.index(gate.outcome), -_used(gate)))[:WORST]

    def untested(self) -> list[Text]:
        """What this review did not look at."""
        card = self.page.card
        gaps = [check for check in card.privacy.checks if isinstance(check.figure, NotAssessed)]
        lines = [say("{what}: not assessed, {reason}.", what=c.title, reason=_reason(c.figure)) for c in gaps]
        if card.tier == "quick":
            lines.append(say("The quick tier leaves singling out, linking, inference, disclosure and power out."))
        deep = card.privacy.deep
        if deep is None or deep.twins is None or isinstance(deep.twins.auc, NotAssessed):
            lines.append(say("In/out twins: further models trained with and without each person (deep tier)."))
        return [*lines, *NOT_MODELLED]

    def strength(self) -> list[Text]:
        """How much the tests could have found."""
        return [told for told in (self._detection(), self._people(), self._blind()) if told is not None]

    def _detection(self) -> Text | None:
        found = self.risks("power", "limit_of_detection")
        if not found:
            return None
        n = self.page.card.rows.get("synthetic", 0)
        if found[0].value is None:
            return say("Copies of real rows would not have been noticed: {reason}.", reason=found[0].not_assessed)
        return say(
            "Had {k} or more of {n} rows been copies of real rows, this review would have raised an alarm in at least "
            "95 % of cases.",
            k=count(int(found[0].value)),
            n=count(n),
        )

    def _people(self) -> Text | None:
        overlap = self.risks("holdout", "entity_overlap")
        if not overlap:
            return None
        rows = self.page.card.rows
        return say(
            "{people} people are behind the {train} training rows; {unseen} rows of others, whom no model saw, are the "
            "control group.",
            people=count(overlap[0].n),
            train=count(rows.get("train", 0)),
            unseen=count(rows.get("holdout", 0) + rows.get("reference", 0)),
        )

    def _blind(self) -> Text | None:
        blind = self.risks("holdout", "blind_baseline")
        if not blind or blind[0].value is None or blind[0].p_value is None:
            return None
        return say(
            "Without the file, a classifier tells training rows from the control group with an AUC of {auc:.3f} "
            "(p = {p:.2g}); the control group is only fit for use where it cannot.",
            auc=blind[0].value,
            p=blind[0].p_value,
        )

    def gate_chart(self) -> Chart | None:
        """Point, bound and limit of each gate that has one."""
        _ = self.page.language
        gates = self.page.card.gate.gates
        told = "; ".join(f"{gate.letter} {_.said(OUTCOME_NAMES[gate.outcome])}" for gate in gates)
        return self.page.place("gates", drawn.gate_bars(gates, _), _("Gates beside their limits: {told}", told=told))

    # --- R1, R3 ---

    def roles(self) -> dict[str, int]:
        """How many columns people classified as sensitive, how many count as such besides, and how many are guesses."""
        columns = self.page.card.columns
        declared = sum(use.role == "secret" and not use.guessed for use in columns)
        return {"declared": declared, "treated": sum(use.sensitive for use in columns) - declared,
                "guessed": sum(use.guessed for use in columns)}  # fmt: skip

    def detection_chart(self) -> Chart | None:
        """Alarms by hidden rows."""
        _, risks = self.page.language, self.risks("power", "detected")
        told = "; ".join(f"{r.about}: {percent(r.value)}" for r in risks if r.value is not None)
        alt = _("Share of trials with an alarm by number of hidden rows: {told}", told=told)
        return self.page.place("detection", drawn.detection(risks, _), alt)

    def spiked_chart(self) -> Chart | None:
        """ROC of hidden rows."""
        _, power = self.page.language, self.checks.get("power")
        curve = next((c for c in power.curves if c.name == "spiked_roc"), None) if power else None
        alt = _("ROC curve of the hidden rows against outsiders")
        return self.page.place("spiked", drawn.spiked_roc(curve, _) if curve else None, alt)

    # --- R4 to R8 ---

    def upset_chart(self) -> Chart | None:
        """Columns in which best matches differ."""
        _, check = self.page.language, self.checks.get("matched_columns")
        sets = check.sets if check else ()
        told = "; ".join(
            _(
                "all but {columns}: {train} of rows, by chance {control}",
                columns=", ".join(found.columns) or "-",
                train=percent(found.attack),
                control=percent(found.control),
            )
            for found in sets
        )
        return self.page.place("upset", drawn.upset(sets, _), _("Partial matches. {told}", told=told))

    def excess_chart(self) -> Chart | None:
        """Attack beside control."""
        _ = self.page.language
        checks = [self.checks[name] for name in INFERENCE if name in self.checks]
        return self.page.place(
            "excess", drawn.excess_forest(checks, _), _("Success of attacks on people in train and on people not in it")
        )

    def inferred(self) -> Text | None:
        """The worst inference in one sentence."""
        risks = [
            r for r in self.risks("attribute_inference", "inference") if r.attack is not None and r.control is not None
        ]
        if not risks:
            return None
        worst = max(risks, key=lambda risk: risk.value or -1.0)
        return say(
            "Knowing all other columns, an attacker guesses {secret} correctly for {attack} of people in the source "
            "and {control} of people not in it; only the difference is caused by this file.",
            secret=worst.about,
            attack=percent(worst.attack or 0.0),
            control=percent(worst.control or 0.0),
        )

    def tenths_chart(self) -> Chart | None:
        """AUC by isolation."""
        return self._aucs("auc_by_isolation", self.page.language("AUC by tenths of isolation, the most unusual first"))

    def groups_chart(self) -> Chart | None:
        """AUC by group."""
        return self._aucs("auc_by_group", self.page.language("AUC within groups of people"))

    def _aucs(self, name: str, alt: str) -> Chart | None:
        risks = self.risks("at_risk", name)
        if name == "auc_by_group":
            risks = sorted(risks, key=lambda risk: -(risk.value or 0.0))[:MOST_GROUPS]
        told = "; ".join(f"{self.page.language.said(r.about)} {number(r.value)}" for r in risks if r.value is not None)
        return self.page.place(name.replace("_", "-"), drawn.auc_forest(risks, self.page.language), f"{alt}. {told}")

    def unusual(self) -> Text | None:
        """How much easier the most unusual people are found."""
        tenths, check = self.risks("at_risk", "auc_by_isolation"), self.checks.get("at_risk")
        if not tenths or check is None or not isinstance(check.figure, Figure) or tenths[0].value is None:
            return None
        rest = [r.value for r in tenths[1:] if r.value is not None]
        return say(
            "Among the tenth of most unusual people the nearest-row attack reaches an AUC of {first:.3f} ({low:.3f} to "
            "{high:.3f}), among the others {rest:.3f} on average; 0.5 is guessing.",
            first=tenths[0].value,
            low=check.figure.ci_low or 0.0,
            high=check.figure.ci_high or 1.0,
            rest=sum(rest) / len(rest) if rest else tenths[0].value,
        )

    def distance_charts(self) -> list[tuple[str, Chart]]:
        """DCR and NNDR curves."""
        _, check = self.page.language, self.checks.get("closer_share")
        curves = check.curves if check else ()
        parts = {"distance_": _("distance to the nearest row (DCR)"),
                 "distance_ratio_": _("nearest over second nearest (NNDR)")}  # fmt: skip
        found = []
        for stem, title in parts.items():
            chosen = [c for c in curves if c.name in {f"{stem}train", f"{stem}unseen"}]
            spec = drawn.cumulative(chosen, title, _) if chosen else None
            chart = self.page.place(stem.strip("_").replace("_", "-"), spec, title)
            found += [(title, chart)] if chart else []
        return found

    # --- R10 ---

    def volume_chart(self) -> Chart | None:
        """Worst AUC against rows held."""
        _, deep = self.page.language, self.page.card.privacy.deep
        if deep is None:
            return None
        spec = drawn.volumes(deep.volumes, deep.quota, _)
        told = "; ".join(f"{count(v.rows)}: {_.said(describe(v.auc))}" for v in deep.volumes)
        return self.page.place("volumes", spec, _("AUC of the worst attack by rows held. {told}", told=told))

    # --- R12 ---

    def regulations(self) -> list[Regulation]:
        """What laws and guidance ask for, with the sections that speak of it."""
        language = self.page.language.code
        return [
            Regulation(
                source=row["source"],
                criterion=row["criterion"][language],
                sections=tuple(row["sections"]),
                note=row.get("note", {}).get(language, ""),
            )
            for row in _regulations()
        ]


@cache
def _regulations() -> list[dict[str, Any]]:
    text = files("synth.report").joinpath("regulations.yaml").read_text("utf-8")
    rows: list[dict[str, Any]] = yaml.safe_load(text)
    return rows


def _used(gate: GateResult) -> float:
    """How much of what the limit allows is used up; 0 where there is no limit."""
    if gate.upper is None or not gate.limit:
        return 0.0
    none = drawn.ENDS.get(gate.letter, 0.0)
    return (gate.upper - none) / (gate.limit - none) if gate.limit > none else 0.0


def _reason(figure: object) -> str:
    return figure.not_assessed if isinstance(figure, NotAssessed) else ""


def bands(gates: Sequence[GateResult]) -> Iterator[tuple[GateResult, Text]]:
    """What a requester reads of each gate: where its bound lies, in words."""
    for gate in gates:
        if gate.upper is None or not gate.limit:
            yield gate, say("no figure")
        elif _used(gate) <= 0.5:
            yield gate, say("below half of the limit")
        elif _used(gate) <= 1:
            yield gate, say("between half of the limit and the limit")
        else:
            yield gate, say("above the limit")


CLOSENESS = (0.8, 0.9, 0.95, 0.98)


def band_of(figure: object) -> Text:
    """What a requester reads of a fidelity score between 0 and 1."""
    if not isinstance(figure, Figure):
        return say("not assessed")
    names = (say("below 0.80"), say("0.80 to 0.90"), say("0.90 to 0.95"), say("0.95 to 0.98"), say("0.98 or more"))
    return names[sum(figure.value >= edge for edge in CLOSENESS)]
