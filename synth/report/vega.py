"""Shared parts of the Vega-Lite specs: style, layers, ranges. Colours are CSS variables of the report's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synth.scoring.scorecard import Figure

Spec = dict[str, Any]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', sans-serif"

CONFIG: Spec = {
    "background": None,
    "font": FONT,
    "padding": 2,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--line)",
        "gridColor": "var(--grid)",
        "tickColor": "var(--line)",
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "labelFontSize": 10,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "titlePadding": 6,
        "tickSize": 3,
    },
}
"""Shared style; handed to the renderer beside the specs."""


def layer(rows: list[Spec], mark: Spec, **encoding: Any) -> Spec:
    """One layer over its own rows."""
    # Charts have one text of their own; each mark would be an unnamed image to a screen reader.
    return {"data": {"values": rows}, "mark": {"aria": False, **mark}, "encoding": encoding}


def x2(field: str) -> Spec:
    """A secondary channel."""
    return {"field": field}


def num(value: float, digits: int = 6) -> float:
    """Rounded for a small file; the tables beside the charts carry the figures."""
    return float(f"{value:.{digits}g}") + 0.0


def tooltip(labels: dict[str, str], numbers: dict[str, str]) -> list[Spec]:
    """What the pointer shows: texts as they are, numbers with four decimals at most."""
    texts = [{"field": field, "title": title} for field, title in labels.items()]
    return texts + [
        {"field": field, "title": title, "type": "quantitative", "format": ".4~f"} for field, title in numbers.items()
    ]


def domain(figures: Sequence[Figure], reference: float | None) -> tuple[float, float]:
    """Range of everything drawn, 6 % wider on both sides so that no marker is cut."""
    ends = [end for f in figures for end in (f.value, f.ci_low, f.ci_high) if end is not None]
    ends += [] if reference is None else [reference]
    margin = 0.06 * (max(ends) - min(ends)) or 0.01
    return num(min(ends) - margin), num(max(ends) + margin)


def limits(figure: Figure, row: Spec) -> Spec:
    """A data row with the figure's value and interval; without an interval both ends are the value."""
    low = figure.value if figure.ci_low is None else figure.ci_low
    high = figure.value if figure.ci_high is None else figure.ci_high
    return {**row, "x": num(figure.value), "low": num(low), "high": num(high)}
