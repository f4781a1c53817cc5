"""Charts of the privacy sections as Vega-Lite specs; see `charts` for what they share."""

from __future__ import annotations

from collections.abc import Sequence

from synth.report.language import Language
from synth.report.vega import Spec, layer, limits, num, tooltip, x2
from synth.scoring.scorecard import Check, ColumnSet, Curve, Figure, GateResult, Risk, Volume

ENDS = {"E": 0.5, "F": 0.5, "D": 0.01}
"""Value of a measure without any leak, where it is not 0."""

WIDEST = 3.0
"""In limits: what lies farther is drawn at the edge."""


def gate_bars(gates: Sequence[GateResult], _: Language) -> Spec | None:
    """Each gate that has a limit: point and upper bound as shares of what the limit allows; 1 is the limit."""
    rows: list[Spec] = []
    for gate in gates:
        if gate.value is None or gate.upper is None or not gate.limit:
            continue
        none = ENDS.get(gate.letter, 0.0)
        if gate.limit <= none:
            continue
        at, high = ((x - none) / (gate.limit - none) for x in (gate.value, gate.upper))
        rows.append(
            {
                "label": f"{gate.letter} {_.said(gate.title)}",
                "x": num(min(max(at, -1.0), WIDEST)),
                "high": num(min(max(high, -1.0), WIDEST)),
                "value": num(gate.value),
                "upper": num(gate.upper),
                "limit": num(gate.limit),
                "role": {"PASS": "good", "FAIL": "alarm"}.get(gate.outcome, "warning"),
            }
        )
    if not rows:
        return None
    ends = [0.0, 1.15, *(end for row in rows for end in (float(row["x"]), float(row["high"])))]
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [min(ends), max(ends) * 1.03], "nice": False}}
    x["axis"] = {"tickCount": 4, "format": "~%", "grid": True, "title": _("share of what the limit allows")}
    y = {"field": "label", "type": "nominal", "sort": None, "axis": _names(200)}
    colour = _coloured("role", good="var(--good)", warning="var(--warning)", alarm="var(--alarm)")
    tips = tooltip({"label": _("gate")}, {"value": _("value"), "upper": _("upper bound"), "limit": _("limit")})
    base = {"y": y, "color": colour, "tooltip": tips}
    return {
        "width": "container",
        "height": 24 * len(rows),
        "layer": [
            layer([{"x": 1.0}], {"type": "rule", "stroke": "var(--ink)", "strokeWidth": 1.5}, x=x),
            layer(rows, {"type": "rule", "strokeWidth": 2.5}, x=x, x2=x2("high"), **base),
            layer(rows, {"type": "point", "filled": True, "size": 70, "opacity": 1}, x=x, **base),
        ],
    }


def detection(risks: Sequence[Risk], _: Language) -> Spec | None:
    """Share of trials in which hidden real rows raised an alarm, by how many there were."""
    rows = [
        {"label": risk.about, "y": num(risk.value)}
        for risk in risks
        if risk.name == "detected" and risk.value is not None
    ]
    if not rows:
        return None
    x = {"field": "label", "type": "ordinal", "sort": None, "axis": {"title": _("real rows hidden"), "labelAngle": 0}}
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y["axis"] = {"format": "~%", "title": _("trials with an alarm"), "tickCount": 4}
    tips = tooltip({"label": _("real rows hidden")}, {"y": _("trials with an alarm")})
    line = {"type": "rule", "stroke": "var(--muted)", "strokeDash": [3, 3]}
    return {
        "width": "container",
        "height": 150,
        "layer": [
            layer(rows, {"type": "bar", "fill": "var(--real-ink)", "width": 18}, x=x, y=y, tooltip=tips),
            layer([{"y": 0.95}], line, y=y),
        ],
    }


def spiked_roc(curve: Curve, _: Language) -> Spec:
    """ROC curve of the hidden rows, on axes that show few false alarms."""
    start = 1e-3
    points = [{"x": num(max(x, start)), "y": num(y)} for x, y in zip(curve.x, curve.y, strict=True) if x > 0]
    x = {"field": "x", "type": "quantitative", "scale": {"type": "log", "domain": [start, 1]}}
    x["axis"] = {"format": "~%", "title": _("outsiders accused (log)"), "values": [0.001, 0.01, 0.1, 1]}
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y["axis"] = {"format": "~%", "title": _("hidden rows found"), "tickCount": 4}
    chance = [{"x": 10.0 ** (k / 8), "y": 10.0 ** (k / 8)} for k in range(-24, 1)]
    dashed = {"type": "line", "stroke": "var(--muted)", "strokeDash": [3, 3], "strokeWidth": 1}
    line = {"type": "line", "stroke": "var(--real-ink)", "strokeWidth": 2, "interpolate": "step-after"}
    return {
        "width": "container",
        "height": 150,
        "layer": [layer(chance, dashed, x=x, y=y), layer(points, line, x=x, y=y)],
    }


def upset(sets: Sequence[ColumnSet], _: Language) -> Spec | None:
    """Which columns differ in the best partial matches: bars for train and unseen rows over a matrix of dots."""
    if not sets:
        return None
    names = sorted({name for found in sets for name in found.columns})
    bars, dots = [], []
    for i, found in enumerate(sets):
        bars += [
            {"set": i, "side": side, "share": num(share)}
            for side, share in ((_("train"), found.attack), (_("unseen"), found.control))
        ]
        dots += [{"set": i, "column": name, "role": "differs" if name in found.columns else "same"} for name in names]
    x = {"field": "set", "type": "ordinal", "axis": None}
    sides = _coloured("side", **{_("train"): "var(--synthetic)", _("unseen"): "var(--real-ink)"})
    share = {"field": "share", "type": "quantitative", "axis": {"format": "~%", "title": None, "tickCount": 3}}
    tips = tooltip({"side": _("matched with")}, {"share": _("share of synthetic rows")})
    band = {**x, "scale": {"paddingInner": 0.3}}
    above = layer(
        bars, {"type": "bar"}, x=band, y=share, color=sides, xOffset={"field": "side", "type": "nominal"}, tooltip=tips
    )
    parts: list[Spec] = [{"width": max(44 * len(sets), 132), "height": 110, **above}]
    if names:
        roles = _coloured("role", differs="var(--ink)", same="var(--line)")
        y = {"field": "column", "type": "nominal", "axis": _names(150)}
        below = layer(dots, {"type": "point", "filled": True, "size": 90, "opacity": 1}, x=x, y=y, color=roles)
        parts.append({"width": max(44 * len(sets), 132), "height": 22 * len(names), **below})
    return {"vconcat": parts, "spacing": 4, "resolve": {"scale": {"color": "independent"}}}


def excess_forest(checks: Sequence[Check], _: Language, *, most: int = 24) -> Spec | None:
    """Success of attacks (filled) beside the control's (hollow), the largest excess first."""
    risks = [r for check in checks for r in check.risks if r.attack is not None and r.control is not None]
    risks = [r for r in risks if r.value is not None]
    risks = sorted(risks, key=lambda r: -(r.value or 0.0))[:most]
    if not risks:
        return None
    rows: list[Spec] = []
    for i, risk in enumerate(risks):
        label = _.said(risk.about) or risk.name
        title = {check.name: _.said(check.title) for check in checks if risk in check.risks}
        label = f"{i + 1}. {next(iter(title.values()))}: {label}"
        rows.append({"label": label, "attack": num(risk.attack or 0.0), "control": num(risk.control or 0.0)})
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "~%", "title": _("attempts that succeed")},
    }
    y = {"field": "label", "type": "nominal", "sort": None, "axis": _names(260)}
    tips = tooltip({"label": _("what")}, {"attack": _("people in train"), "control": _("people not in it")})
    point = {"type": "point", "size": 60, "opacity": 1}
    return {
        "width": "container",
        "height": 21 * len(rows),
        "layer": [
            layer(rows, {"type": "rule", "stroke": "var(--muted)"}, x={"field": "control", **x}, x2=x2("attack"), y=y),
            layer(
                rows,
                {**point, "stroke": "var(--real-ink)", "filled": False},
                x={"field": "control", **x},
                y=y,
                tooltip=tips,
            ),
            layer(
                rows,
                {**point, "fill": "var(--synthetic)", "filled": True},
                x={"field": "attack", **x},
                y=y,
                tooltip=tips,
            ),
        ],
    }


def auc_forest(risks: Sequence[Risk], _: Language) -> Spec | None:
    """AUC with its 90 % interval (one-sided 95 % bounds), one under the other, beside one half."""
    rows: list[Spec] = [
        {"label": _.said(r.about), "x": num(r.value), "low": num(max(r.lower, 0.0)), "high": num(r.upper)}
        for r in risks
        if r.value is not None and r.lower is not None and r.upper is not None
    ]
    if not rows:
        return None
    ends = [0.5, *(float(row[end]) for row in rows for end in ("low", "high"))]
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [min(ends) - 0.02, max(ends) + 0.02], "zero": False}}
    x["axis"] = {"tickCount": 5, "title": "AUC", "grid": True}
    y = {"field": "label", "type": "nominal", "sort": None, "axis": _names(200)}
    tips = tooltip({"label": _("what")}, {"x": "AUC", "low": _("from"), "high": _("to")})
    ink = {"stroke": "var(--synthetic)"}
    return {
        "width": "container",
        "height": 21 * len(rows),
        "layer": [
            layer([{"x": 0.5}], {"type": "rule", "stroke": "var(--muted)", "strokeDash": [2, 3]}, x=x),
            layer(rows, {"type": "rule", "strokeWidth": 2.5, **ink}, x={**x, "field": "low"}, x2=x2("high"), y=y),
            layer(
                rows,
                {"type": "point", "filled": True, "fill": "var(--synthetic)", "size": 60, "opacity": 1},
                x=x,
                y=y,
                tooltip=tips,
            ),
        ],
    }


def cumulative(curves: Sequence[Curve], title: str, _: Language) -> Spec:
    """Distributions of synthetic rows' distances to train and to unseen rows."""
    rows = [
        {"x": num(x), "y": num(y), "side": "train" if curve.name.endswith("train") else "unseen"}
        for curve in curves
        for x, y in zip(curve.x, curve.y, strict=True)
    ]
    x = {"field": "x", "type": "quantitative", "axis": {"title": title, "tickCount": 5}}
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y["axis"] = {"format": "~%", "title": _("rows at or below"), "tickCount": 4}
    sides = _coloured("side", train="var(--synthetic)", unseen="var(--real-ink)")
    order = {"field": "y", "type": "quantitative"}
    line = {"type": "line", "strokeWidth": 2}
    return {"width": "container", "height": 200, "layer": [layer(rows, line, x=x, y=y, stroke=sides, order=order)]}


def volumes(found: Sequence[Volume], quota: int | None, _: Language) -> Spec | None:
    """AUC of the worst attack by how many rows somebody holds."""
    rows: list[Spec] = [limits(v.auc, {"rows": v.rows}) for v in found if isinstance(v.auc, Figure)]
    if len(rows) < 2:
        return None
    ends = [0.5, *(float(row[end]) for row in rows for end in ("low", "high"))]
    x = {"field": "rows", "type": "quantitative", "scale": {"type": "log", "nice": False, "padding": 12}}
    x["axis"] = {"title": _("rows held (log)"), "format": "~s", "values": [row["rows"] for row in rows]}
    y = {"type": "quantitative", "scale": {"domain": [min(ends) - 0.01, max(ends) + 0.01], "zero": False}}
    y["axis"] = {"title": "AUC", "tickCount": 4}
    ink = {"stroke": "var(--synthetic)"}
    parts = [
        layer([{"y": 0.5}], {"type": "rule", "stroke": "var(--muted)", "strokeDash": [2, 3]}, y={"field": "y", **y}),
        layer(rows, {"type": "rule", "strokeWidth": 2.5, **ink}, x=x, y={"field": "low", **y}, y2=x2("high")),
        layer(rows, {"type": "line", "point": True, **ink}, x=x, y={"field": "x", **y}),
    ]
    if quota:
        parts.append(layer([{"rows": quota}], {"type": "rule", "stroke": "var(--ink)"}, x=x))
    return {"width": "container", "height": 180, "layer": parts}


def _coloured(field: str, **colours: str) -> Spec:
    """A channel that gives each value of a field its colour."""
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": field, "type": "nominal", "legend": None, "scale": scale}


def _names(limit: int) -> Spec:
    return {"title": None, "labelLimit": limit, "domain": False, "ticks": False}
