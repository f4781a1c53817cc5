"""The scorecard arranged for reading: what is shown, in which order, with which chart; the template only sets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from synth.report import charts
from synth.report.attacks import AttackRow, read_curve
from synth.report.chance import chance_band
from synth.report.language import Language, languages
from synth.report.overlays import column_overlay, ordered_edges
from synth.report.vega import Spec
from synth.report.words import describe, number
from synth.scoring.scorecard import (
    AnyFigure,
    Attack,
    ColumnShape,
    Figure,
    Finding,
    Measured,
    PairTrend,
    Scorecard,
)

ENGLISH = languages()[0]
MAX_COLUMN_CHARTS = 24
MAX_HEATMAP_COLUMNS = 60
"""Up to here every column is in the heat map and every pair in the table."""
WORST_HEATMAP_COLUMNS = 40
WORST_PAIRS = 20
WORST_PAIRS_OF_MANY = 200
SEVERITIES = ("alarm", "warning", "note", "good")


@dataclass(frozen=True)
class Chart:
    """A place on the page for a chart, and the text that stands for it."""

    id: str
    alt: str


@dataclass(frozen=True)
class Card:
    """One key figure of the headline."""

    title: str
    what: str
    measured: Measured
    chart: Chart | None
    percent: bool = False
    beside: AnyFigure | None = None


@dataclass(frozen=True)
class ColumnRow:
    """One column, with its chart if it is among the worst."""

    shape: ColumnShape
    chart: Chart | None
    unplaced: tuple[tuple[str, float, float], ...]
    """Labels that have no place on a number axis ("missing"), with real and synthetic share."""


@dataclass(frozen=True)
class PairSummary:
    """How one column's pairs did, where there are too many pairs to list."""

    column: str
    mean: float
    worst: float
    partner: str


@dataclass(frozen=True)
class Pairs:
    """The pair section: `listed` is worst first and complete unless `summary` is filled."""

    chart: Chart | None
    n: int
    columns_shown: int
    columns: int
    listed: Sequence[PairTrend]
    summary: Sequence[PairSummary]


@dataclass
class Page:
    """Everything the templates show in one language; `specs` grows as charts are placed."""

    card: Scorecard
    language: Language = ENGLISH
    specs: dict[str, Spec] = field(default_factory=dict)

    def place(self, name: str, spec: Spec | None, alt: str) -> Chart | None:
        """Adds a chart under a fixed name (never one from the data), or None where there is nothing to draw."""
        if spec is None:
            return None
        chart = Chart(f"{self.language.code}-chart-{name}", alt)
        self.specs[chart.id] = spec
        return chart

    def headline(self) -> list[Card]:
        """Key figures in reading order: fidelity, utility, privacy."""
        _ = self.language
        fidelity, utility, privacy = self.card.fidelity, self.card.utility, self.card.privacy
        metric = {"auc": "AUC", "r2": "R²", None: _("score")}[utility.metric]
        return [
            self._key("shapes", _("Column shapes"), _("agreement of single columns, mean"), fidelity.shapes),
            self._key("trends", _("Pair trends"), _("agreement of associations, mean"), fidelity.trends),
            self._key(
                "c2st", _("Synthetic or real? (C2ST)"), _("AUC of a classifier telling them apart"), fidelity.c2st
            ),
            self._key(
                "tstr",
                _("Use for learning (TSTR)"),
                _("{metric} on real rows, trained on synthetic", metric=metric),
                utility.tstr,
                beside=utility.trtr,
            ),
            self._key(
                "copies",
                _("Copies beyond chance"),
                _("rows equal to a unique training row"),
                privacy.copies.excess,
                as_percent=True,
            ),
            self._key("attack", _("Worst attack"), _("AUC of telling insiders from outsiders"), privacy.worst_attack),
        ]

    def _key(
        self,
        name: str,
        title: str,
        what: str,
        measured: Measured,
        *,
        beside: AnyFigure | None = None,
        as_percent: bool = False,
    ) -> Card:
        known = beside if isinstance(beside, Figure) else None
        spec = charts.strip(measured, beside=known, percent=as_percent)
        _ = self.language
        parts = {_("synthetic"): measured.value, _("floor"): measured.floor, _("ceiling"): measured.ceiling}
        alt = "; ".join(f"{part} {_.said(describe(figure, as_percent=as_percent))}" for part, figure in parts.items())
        return Card(title, what, measured, self.place(f"key-{name}", spec, f"{title}: {alt}"), as_percent, beside)

    def findings(self) -> list[Finding]:
        """Gravest first, otherwise in the order of the scorecard."""
        return sorted(self.card.findings, key=lambda finding: SEVERITIES.index(finding.severity))

    def columns(self) -> list[ColumnRow]:
        """Worst first, not assessed last; the first 24 that hold bins get a chart."""
        shapes = sorted(self.card.fidelity.columns, key=_column_order)
        drawn = 0
        rows = []
        for shape in shapes:
            spec = column_overlay(shape, self.language) if drawn < MAX_COLUMN_CHARTS else None
            alt = self.language(
                "Real and synthetic shares of column {column} in {n} cells; score {score}",
                column=shape.column,
                n=len(shape.bins),
                score=describe(shape.score),
            )
            chart = self.place(f"column-{drawn}", spec, alt)
            drawn += chart is not None
            placed = len(ordered_edges(shape)[1]) or len(shape.bins)
            rest = zip(shape.bins[placed:], shape.real[placed:], shape.synthetic[placed:], strict=True)
            rows.append(ColumnRow(shape, chart, tuple((str(label), r, s) for label, r, s in rest)))
        return rows

    def pairs(self) -> Pairs:
        """The matrix and the lists; beyond 60 columns the worst 40, the worst 200 pairs and a line per column."""
        listed = sorted(self.card.fidelity.pairs, key=lambda pair: (pair.score, pair.first, pair.second))
        summary = list(_summaries(listed))
        order = {shape.column: i for i, shape in enumerate(self.card.fidelity.columns)}
        names = sorted((row.column for row in summary), key=lambda name: (order.get(name, len(order)), name))
        many = len(names) > MAX_HEATMAP_COLUMNS
        if many:
            worst = {row.column for row in sorted(summary, key=lambda row: row.mean)[:WORST_HEATMAP_COLUMNS]}
            shown = [name for name in names if name in worst]
        else:
            shown = names
        chart = None
        if listed:
            alt = self.language(
                "Matrix of the trend scores of {n} columns; worst: {first} and {second}, {score}",
                n=len(shown),
                first=listed[0].first,
                second=listed[0].second,
                score=number(listed[0].score),
            )
            chart = self.place("pairs", charts.pair_heatmap(shown, listed, self.language), alt)
        top = listed[:WORST_PAIRS_OF_MANY] if many else listed
        return Pairs(chart, len(listed), len(shown), len(names), top, summary if many else ())

    def attacks(self) -> list[AttackRow]:
        """In the order of the scorecard, each with its reading at 1 % false alarms."""
        return [read_curve(attack, i % charts.N_SERIES) for i, attack in enumerate(self.card.privacy.attacks)]

    def roc(self) -> tuple[Chart | None, Chart | None, Attack | None]:
        """The linear and the log-log panel, and the attack whose sizes the chance band has."""
        attacks = self.card.privacy.attacks
        drawn = [attack for attack in attacks if attack.roc]
        if not drawn:
            return None, None, None
        widest = min(drawn, key=lambda attack: min(attack.members, attack.non_members))
        band = chance_band(widest.members, widest.non_members)
        _ = self.language
        told = "; ".join(f"{_.said(attack.title)}: AUC {_.said(describe(attack.auc.value))}" for attack in drawn)
        linear = self.place("roc", charts.roc(attacks, band, log=False, _=_), _("ROC curves. {told}", told=told))
        log = self.place(
            "roc-log", charts.roc(attacks, band, log=True, _=_), _("The same curves on log axes. {told}", told=told)
        )
        return linear, log, widest

    def utility(self) -> Chart | None:
        """TSTR, TRTR and the bounds, one under the other."""
        _, utility = self.language, self.card.utility
        rows = (
            (_("synthetic (TSTR)"), "synthetic", utility.tstr.value),
            (_("real (TRTR)"), "real", utility.trtr),
            (_("unseen real"), "real", utility.tstr.ceiling),
            (_("independent"), "floor", utility.tstr.floor),
        )
        known = [(label, role, figure) for label, role, figure in rows if isinstance(figure, Figure)]
        guess = {"auc": 0.5, "r2": 0.0, None: None}[utility.metric]
        spec = charts.forest(known, guess, _) if known else None
        told = "; ".join(f"{label} {_.said(describe(figure))}" for label, _role, figure in known)
        return self.place("utility", spec, _("Score on unseen real rows by training data: {told}", told=told))


def _column_order(shape: ColumnShape) -> tuple[bool, float, str]:
    known = isinstance(shape.score, Figure)
    return not known, shape.score.value if isinstance(shape.score, Figure) else 0.0, shape.column


def _summaries(worst_first: Sequence[PairTrend]) -> Iterator[PairSummary]:
    """One line for each column that is in a pair, worst column first."""
    by_column: dict[str, list[tuple[float, str]]] = {}
    for pair in worst_first:
        by_column.setdefault(pair.first, []).append((pair.score, pair.second))
        by_column.setdefault(pair.second, []).append((pair.score, pair.first))
    for column, found in by_column.items():
        yield PairSummary(column, sum(score for score, _ in found) / len(found), *found[0])
