"""Charts of the report as Vega-Lite specs: plain dicts, one public function a chart, no drawing here.

Specs hold fixed field names only; names and labels from the data appear as *values*, which Vega draws as text. Colours
are CSS variables, so one drawing follows the light, dark and print styles of the page without being drawn again.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from synth.report.chance import ChanceBand
from synth.report.language import Language, languages
from synth.report.vega import Spec, domain, layer, limits, num, tooltip, x2
from synth.scoring.scorecard import Attack, Figure, Measured, PairTrend

ENGLISH = languages()[0]
N_SERIES = 6
"""Colours `--series-0` to `--series-5` of the style sheet; dashes tell later curves from earlier ones."""

HEAT_LIMITS = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Steps of the heat map: six classes, finer where good tables differ. Chosen, not tuned."""

DASHES = ([1, 0], [6, 3], [2, 2])


def strip(measured: Measured, *, beside: Figure | None = None, percent: bool = False) -> Spec | None:
    """One figure on a line: interval, value, floor, ceiling and ideal.

    Args:
        measured: the figure and its bounds.
        beside: a second figure to compare with (train on real).
        percent: the axis shows percentages.

    Returns:
        The spec, or None where the value was not assessed.
    """
    value = measured.value
    if not isinstance(value, Figure):
        return None
    known = [figure for figure in (value, measured.floor, measured.ceiling, beside) if isinstance(figure, Figure)]
    low, high = domain([*known], value.ideal)
    scale = {"domain": [low, high], "nice": False, "zero": False}
    axis = {"tickCount": 4, "grid": False, "format": "~%" if percent else "~g", "title": None}
    x = {"field": "x", "type": "quantitative", "scale": scale, "axis": axis}
    layers = [
        layer([{"x": value.ideal}], {"type": "rule", "stroke": "var(--muted)", "strokeDash": [2, 3]}, x=x),
        _marker(measured.floor, x, shape="M-.45,-1L.45,-1L.45,1L-.45,1Z", colour="var(--floor)"),
        _marker(measured.ceiling, x, shape="diamond", colour="var(--real-ink)"),
        _marker(beside, x, shape="square", colour="var(--real-ink)"),
        _interval([limits(value, {})], x),
        _marker(value, x, shape="circle", colour="var(--synthetic)", size=110),
    ]
    return {"width": "container", "height": 26, "layer": [part for part in layers if part]}


def pair_heatmap(columns: Sequence[str], pairs: Sequence[PairTrend], _: Language = ENGLISH) -> Spec:
    """Matrix of pair trend scores, symmetrical, in the order of `columns`; pairs of other columns are left out."""
    shown = set(columns)
    cells = [
        {
            "a": a,
            "b": b,
            "class": heat_class(pair.score),
            "score": num(pair.score),
            "floor": None if pair.floor is None else num(pair.floor),
        }
        for pair in pairs
        for a, b in ((pair.first, pair.second), (pair.second, pair.first))
        if a in shown and b in shown
    ]
    size = max(180, min(720, 26 * len(columns)))
    axis = {"labelLimit": 90, "title": None, "domain": False, "ticks": False, "labelOverlap": True}
    band = {"type": "nominal", "scale": {"domain": list(columns), "paddingInner": 0.06}}
    colours = [f"var(--heat-{i})" for i in range(len(HEAT_LIMITS) + 1)]
    return {
        "width": "container",
        "height": size,
        "data": {"values": cells},
        "mark": {"type": "rect", "stroke": None, "aria": False},
        "encoding": {
            "x": {"field": "a", **band, "axis": {**axis, "labelAngle": -60, "orient": "bottom"}},
            "y": {"field": "b", **band, "axis": axis},
            "fill": {
                "field": "class",
                "type": "ordinal",
                "scale": {"domain": list(range(len(colours))), "range": colours},
                "legend": None,
            },
            "tooltip": tooltip({"b": _("row"), "a": _("column")}, {"score": _("trend"), "floor": _("floor")}),
        },
    }


def heat_class(score: float) -> int:
    """Index of the heat map's class: 0 is the worst."""
    return sum(score >= limit for limit in HEAT_LIMITS)


def roc(attacks: Sequence[Attack], band: ChanceBand | None, *, log: bool, _: Language = ENGLISH) -> Spec:
    """ROC curves of the attacks with the diagonal and the band in which curves lie by chance.

    Args:
        attacks: those with a curve are drawn.
        band: of one attack's sizes; None draws no band.
        log: both axes logarithmic, which shows the region of few false alarms; points at 0 cannot be drawn there.
    """
    curves = [(i, attack) for i, attack in enumerate(attacks) if attack.roc]
    start = _log_start([attack for _, attack in curves]) if log else 0.0
    points = [
        {"x": num(x), "y": num(max(y, start)), "attack": _.said(attack.title), "series": i}
        for i, attack in curves
        if attack.roc
        for x, y in ((0.0, 0.0), *zip(attack.roc.fpr, attack.roc.tpr, strict=True))
        if x > 0 or not log
    ]
    scale = {"type": "log", "domain": [start, 1]} if log else {"domain": [0, 1]}
    axis = {"format": "~%", "grid": True, "values": _decades(start)} if log else {"format": "~%", "tickCount": 5}
    accused = _("outsiders accused (log)") if log else _("outsiders accused")
    found = _("insiders found (log)") if log else _("insiders found")
    x = {"field": "x", "type": "quantitative", "scale": scale, "axis": {**axis, "title": accused}}
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": {**axis, "title": found}}
    layers = [_chance_area(band, start, x, y)] if band else []
    layers += [_diagonal(start, x, y), _curves(points, [i for i, _ in curves], x, y)]
    return {"width": "container", "height": 260, "layer": layers}


def forest(rows: Sequence[tuple[str, str, Figure]], reference: float | None = None, _: Language = ENGLISH) -> Spec:
    """Figures one under the other with intervals.

    Args:
        rows: label, role ("synthetic", "real", "floor"), figure.
        reference: where a line is drawn: the value of guessing.
    """
    values = [limits(figure, {"label": label, "role": role}) for label, role, figure in rows]
    low, high = domain([figure for _, _, figure in rows], reference)
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [low, high], "nice": True, "zero": False}}
    x["axis"] = {"tickCount": 5, "title": None, "grid": True}
    y = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "labelLimit": 130, "domain": False, "ticks": False},
    }
    colour = {
        "field": "role",
        "type": "nominal",
        "scale": {
            "domain": ["synthetic", "real", "floor"],
            "range": ["var(--synthetic)", "var(--real-ink)", "var(--floor)"],
        },
        "legend": None,
    }
    tips = tooltip({"label": _("what")}, {"x": _("value"), "low": _("from"), "high": _("to")})
    base = {"x": x, "y": y, "color": colour, "tooltip": tips}
    layers = [
        layer(values, {"type": "rule", "strokeWidth": 2.5}, **{**base, "x": {**x, "field": "low"}, "x2": x2("high")}),
        layer(values, {"type": "point", "filled": True, "size": 80, "opacity": 1}, **base),
    ]
    if reference is not None:
        line = {"type": "rule", "stroke": "var(--muted)", "strokeDash": [2, 3]}
        layers.insert(0, layer([{"x": reference}], line, x=x))
    return {"width": "container", "height": 26 * len(rows), "layer": layers}


def _interval(rows: list[Spec], x: Spec) -> Spec:
    mark = {"type": "rule", "stroke": "var(--synthetic)", "strokeWidth": 3, "strokeCap": "round", "opacity": 0.55}
    return layer(rows, mark, x={**x, "field": "low"}, x2=x2("high"))


def _marker(figure: object, x: Spec, *, shape: str, colour: str, size: int = 70) -> Spec | None:
    """A point mark for an assessed figure; None for a gap."""
    if not isinstance(figure, Figure):
        return None
    mark = {"type": "point", "shape": shape, "filled": True, "fill": colour, "size": size, "opacity": 1}
    return layer([{"x": num(figure.value)}], mark, x=x)


def _chance_area(band: ChanceBand, start: float, x: Spec, y: Spec) -> Spec:
    rows = [
        {"x": num(f), "y": num(max(low, start)), "y2": num(max(high, start))}
        for f, low, high in zip(band.fpr, band.low, band.high, strict=True)
        if f >= start
    ]
    return layer(rows, {"type": "area", "fill": "var(--band)", "opacity": 1}, x=x, y=y, y2=x2("y2"))


def _diagonal(start: float, x: Spec, y: Spec) -> Spec:
    line = {"type": "line", "stroke": "var(--muted)", "strokeDash": [3, 3], "strokeWidth": 1}
    return layer([{"x": start, "y": start}, {"x": 1, "y": 1}], line, x=x, y=y)


def _curves(points: list[Spec], series: Sequence[int], x: Spec, y: Spec) -> Spec:
    colours = [f"var(--series-{i % N_SERIES})" for i in series]
    dashes = [DASHES[i // N_SERIES % len(DASHES)] for i in series]
    key = {"field": "series", "type": "nominal", "legend": None}
    return layer(
        points,
        {"type": "line", "strokeWidth": 2, "strokeJoin": "round"},
        x=x,
        y=y,
        order={"field": "x", "type": "quantitative"},
        stroke={**key, "scale": {"domain": list(series), "range": colours}},
        strokeDash={**key, "scale": {"domain": list(series), "range": dashes}},
    )


def _log_start(attacks: Sequence[Attack]) -> float:
    """Left end of the log axes: the decade of the smallest false alarm rate of any curve, at most 10 %."""
    rates = [rate for attack in attacks if attack.roc for rate in attack.roc.fpr if rate > 0]
    return min(0.1, float(f"1e{floor(log10(min(rates)) + 1e-9)}")) if rates else 0.1


def _decades(start: float) -> list[float]:
    return [value for k in range(-6, 1) if (value := 10.0**k) >= start * 0.999]
