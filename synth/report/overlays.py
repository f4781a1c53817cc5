"""Small charts of single columns: what the real rows hold, filled, and what the synthetic rows hold, as a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import Literal

from synth.report.language import Language, languages
from synth.report.vega import Spec, layer, num, tooltip, x2
from synth.scoring.scorecard import ColumnShape

ENGLISH = languages()[0]
MAX_BARS = 12
"""Category bars in one small chart; the rest is drawn as one bar, the table beside the chart has them all."""


CLOCKS: dict[str, Spec] = {"date": {}, "time": {"format": "%H:%M"}}
"""Axes of dates and of times of day; dates choose their own format by range."""

Unit = Literal["number", "date", "time"]


def column_overlay(column: ColumnShape, _: Language = ENGLISH) -> Spec | None:
    """Real and synthetic shares of one column: a histogram for numbers and times, bars for categories.

    Draws the bins of the scorecard and nothing else, so a cell that was merged away stays away.

    Returns:
        The spec, or None where the scorecard holds no bins for the column.
    """
    unit, edges = ordered_edges(column)
    if edges:
        return _histogram(column, edges, unit, _)
    return _bars(column, _) if column.bins else None


def ordered_edges(column: ColumnShape) -> tuple[Unit, tuple[float, ...]]:
    """Unit and left edges of the histogram bins: the leading ascending numbers or times.

    Returns:
        Numbers as they are, times in milliseconds. Labels such as "(missing)" come after them and have no edge.
    """
    unit: Unit = "number"
    edges: list[float] = []
    for label in column.bins if column.kind == "numeric" else ():
        found = _position(label)
        if found is None or (edges and (found[0] != unit or found[1] <= edges[-1])):
            break
        unit = found[0]
        edges.append(found[1])
    return unit, tuple(edges)


def _position(label: str | float) -> tuple[Unit, float] | None:
    """Where a bin's left edge lies: a number, or an ISO date or time in milliseconds; None for other labels."""
    if not isinstance(label, str):
        return "number", label
    try:
        return "date", datetime.fromisoformat(label).replace(tzinfo=UTC).timestamp() * 1000
    except ValueError:
        pass
    try:
        clock = time.fromisoformat(label)
    except ValueError:
        return None
    return "time", 1000.0 * (3600 * clock.hour + 60 * clock.minute + clock.second)


def _histogram(column: ColumnShape, edges: Sequence[float], unit: Unit, _: Language) -> Spec:
    """Filled real bars and a synthetic outline; a wide (merged) bin is as high as its share per narrowest bin."""
    widths = [right - left for left, right in pairwise(edges)] or [1.0]
    widths.append(widths[-1])  # the last bin is open to the right: drawn as wide as its neighbour
    rows: list[Spec] = [
        {
            "x": num(edge, 12),
            "x2": num(edge + width, 12),
            "from": _text(column.bins[i]),
            "real": num(column.real[i] * min(widths) / width),
            "synthetic": num(column.synthetic[i] * min(widths) / width),
            "real_share": num(column.real[i]),
            "synthetic_share": num(column.synthetic[i]),
        }
        for i, (edge, width) in enumerate(zip(edges, widths[: len(edges)], strict=True))
    ]
    first, last = rows[0], rows[-1]
    outline = [{"x": row["x"], "y": row["synthetic"]} for row in rows]
    outline = [
        {"x": first["x"], "y": 0},
        *outline,
        {"x": last["x2"], "y": last["synthetic"]},
        {"x": last["x2"], "y": 0},
    ]
    x = _x_channel(first["x"], last["x2"], unit)
    y = {"type": "quantitative", "axis": {"title": None, "tickCount": 3, "format": "~%", "domain": False}}
    tips = tooltip({"from": _("from")}, {"real_share": _("real"), "synthetic_share": _("synthetic")})
    bars = {"x": x, "x2": x2("x2"), "y": {"field": "real", **y}, "y2": {"datum": 0}, "tooltip": tips}
    line = {"type": "line", "interpolate": "step-after", "stroke": "var(--synthetic)", "strokeWidth": 1.75}
    return {
        "width": "container",
        "height": 130,
        "layer": [
            layer(rows, {"type": "rect", "fill": "var(--real)", "stroke": "var(--page)", "strokeWidth": 0.5}, **bars),
            layer(outline, line, x=x, y={"field": "y", **y}, order={"value": 0}),
        ],
    }


def _x_channel(low: float, high: float, unit: Unit) -> Spec:
    axis: Spec = {"title": None, "tickCount": 4, "grid": False, "labelOverlap": True, "labelFlush": True}
    if unit != "number":
        return {
            "field": "x",
            "type": "temporal",
            "scale": {"nice": False, "type": "utc"},
            "axis": {**axis, **CLOCKS[unit]},
        }
    widest = max(abs(low), abs(high))
    axis["format"] = "~s" if widest >= 1e5 else ",.6~g" if widest >= 1e4 else ".6~g"  # 1.5M, 50,000, 1990
    return {"field": "x", "type": "quantitative", "scale": {"nice": False, "zero": False}, "axis": axis}


def _bars(column: ColumnShape, _: Language) -> Spec:
    """Filled real bars and a synthetic tick for each category, in the order of the scorecard."""
    shares = zip(_distinct(column.bins), column.real, column.synthetic, strict=True)
    rows: list[Spec] = [{"i": i, "label": label, "real": r, "synthetic": s} for i, (label, r, s) in enumerate(shares)]
    rows = _folded(rows, _) if len(rows) > MAX_BARS else rows
    rows = [{**row, "real": num(row["real"]), "synthetic": num(row["synthetic"])} for row in rows]
    step = max(11, min(24, 130 // len(rows)))
    names = {"title": None, "domain": False, "ticks": False, "labelLimit": 96}
    y = {"field": "label", "type": "nominal", "sort": None, "axis": names}
    x = {"type": "quantitative", "axis": {"title": None, "tickCount": 4, "format": "~%"}}
    tips = tooltip({"label": _("category")}, {"real": _("real"), "synthetic": _("synthetic")})
    tick = {"type": "tick", "color": "var(--synthetic)", "thickness": 2.5, "size": step * 0.8, "opacity": 1}
    return {
        "width": "container",
        "height": step * len(rows),
        "layer": [
            layer(rows, {"type": "bar", "fill": "var(--real)"}, x={"field": "real", **x}, y=y, tooltip=tips),
            layer(rows, tick, x={"field": "synthetic", **x}, y=y, tooltip=tips),
        ],
    }


def _folded(rows: list[Spec], _: Language) -> list[Spec]:
    """The largest categories on either side, in order, and one row for the rest."""
    largest = sorted(rows, key=lambda row: -max(row["real"], row["synthetic"]))[: MAX_BARS - 1]
    keep = {row["i"] for row in largest}
    rest = [row for row in rows if row["i"] not in keep]
    total = {side: sum(row[side] for row in rest) for side in ("real", "synthetic")}
    return [
        *(row for row in rows if row["i"] in keep),
        {"i": len(rows), "label": _("({n} more)", n=len(rest)), **total},
    ]


def _distinct(labels: Sequence[str | float]) -> list[str]:
    """Labels as texts of their own: a real category "other" must not fall together with the merged one."""
    seen: dict[str, int] = {}
    texts = []
    for label in labels:
        text = _text(label) or "(empty)"
        seen[text] = seen.get(text, 0) + 1
        texts.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return texts


def _text(label: str | float) -> str:
    return label if isinstance(label, str) else f"{label:.12g}"
