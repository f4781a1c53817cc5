"""Chart specs: they hold what the scorecard holds, nothing is fetched or evaluated, and shapes are as promised."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from synth.report import charts
from synth.report.chance import chance_band
from synth.report.overlays import MAX_BARS, column_overlay, ordered_edges
from synth.scoring.scorecard import ColumnShape, Figure, Measured, NotAssessed, PairTrend, Roc
from tests.unit.report.build import attack, fidelity, figure, scorecard

GAP = NotAssessed(not_assessed="no rows")


def column(bins: tuple[str | float, ...], real: tuple[float, ...], kind: str = "numeric") -> ColumnShape:
    return ColumnShape.model_validate(
        {"column": "c", "kind": kind, "score": GAP, "floor": GAP, "bins": bins, "real": real, "synthetic": real[::-1]}
    )


def rows(spec: dict[str, Any] | None, layer: int = 0) -> list[dict[str, Any]]:
    assert spec is not None
    values: list[dict[str, Any]] = spec["layer"][layer]["data"]["values"]
    return values


def test_column_overlay_draws_exactly_the_bins_of_the_scorecard() -> None:
    for shape in fidelity().columns:
        unit, edges = ordered_edges(shape)
        drawn = rows(column_overlay(shape))

        if edges:
            assert [row["real_share"] for row in drawn] == pytest.approx(shape.real[: len(edges)], abs=1e-6)
            assert [row["synthetic_share"] for row in drawn] == pytest.approx(shape.synthetic[: len(edges)], abs=1e-6)
            assert [row["x"] for row in drawn] == pytest.approx(edges)
        else:
            assert sum(row["real"] for row in drawn) == pytest.approx(sum(shape.real), abs=1e-5)
            assert unit == "number"


def test_column_overlay_with_merged_bin_spreads_its_share_over_its_width() -> None:
    drawn = rows(column_overlay(column((0.0, 1.0, 4.0), (0.2, 0.6, 0.2))))

    assert [row["real"] for row in drawn] == pytest.approx([0.2, 0.2, 0.2 / 3])
    assert [(row["x"], row["x2"]) for row in drawn] == [(0, 1), (1, 4), (4, 7)]


def test_column_overlay_with_many_categories_folds_the_small_ones_into_one_bar() -> None:
    shares = tuple(i / 190 for i in range(20))
    drawn = rows(column_overlay(column(tuple(f"c{i}" for i in range(20)), shares, "categorical")))

    assert len(drawn) == MAX_BARS
    assert drawn[-1]["label"] == "(9 more)"
    assert sum(row["real"] for row in drawn) == pytest.approx(1, abs=1e-5)


def test_column_overlay_with_equal_labels_keeps_them_apart() -> None:
    drawn = rows(column_overlay(column(("other", "other", ""), (0.5, 0.3, 0.2), "categorical")))

    assert [row["label"] for row in drawn] == ["other", "other (2)", "(empty)"]


def test_column_overlay_without_bins_is_none() -> None:
    assert column_overlay(column((), ())) is None


def test_column_overlay_with_one_bin_draws_it() -> None:
    assert len(rows(column_overlay(column((3.0,), (1.0,))))) == 1


@pytest.mark.parametrize(
    ("bins", "unit", "edges"),
    [
        ((1.0, 2.0, "(missing)"), "number", (1.0, 2.0)),
        (("1970-01-01", "1970-01-02", "(missing)"), "date", (0.0, 86_400_000.0)),
        (("1970-01-01T00:00:00", "1970-01-01T00:00:01"), "date", (0.0, 1000.0)),
        (("00:01:01", "01:00:00"), "time", (61_000.0, 3_600_000.0)),
        (("(missing)",), "number", ()),
        ((2.0, 1.0), "number", (2.0,)),
        ((1.0, "1970-01-02"), "number", (1.0,)),
    ],
)
def test_ordered_edges_of_labels_are_numbers_up_to_the_first_other_label(
    bins: tuple[str | float, ...], unit: str, edges: tuple[float, ...]
) -> None:
    assert ordered_edges(column(bins, (0.1,) * len(bins))) == (unit, edges)


def test_ordered_edges_of_dates_do_not_depend_on_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert ordered_edges(column(("1970-01-02",), (1.0,))) == ("date", (86_400_000.0,))
    finally:
        monkeypatch.undo()
        time.tzset()


def test_pair_heatmap_is_symmetrical_and_leaves_out_other_columns() -> None:
    pairs = [
        PairTrend(first="a", second="b", score=0.91, floor=None),
        PairTrend(first="a", second="c", score=0.2, floor=0.1),
    ]

    cells = charts.pair_heatmap(["a", "b"], pairs)["data"]["values"]

    assert {(cell["a"], cell["b"], cell["score"], cell["class"]) for cell in cells} == {
        ("a", "b", 0.91, 4),
        ("b", "a", 0.91, 4),
    }


@pytest.mark.parametrize(("score", "expected"), [(0.0, 0), (0.5, 1), (0.949, 4), (0.95, 5), (1.0, 5)])
def test_heat_class_at_its_limits_counts_upwards(score: float, expected: int) -> None:
    assert charts.heat_class(score) == expected


def test_roc_on_linear_axes_starts_at_the_origin() -> None:
    one = attack("a", "A", 0.1)

    points = rows(charts.roc([one], None, log=False), 1)

    assert (points[0]["x"], points[0]["y"]) == (0, 0)
    assert len(points) == 1 + len(one.roc.fpr if one.roc else ())


def test_roc_on_log_axes_holds_no_zero_and_stays_in_its_range() -> None:
    one = attack("a", "A", 0.1).model_copy(update={"roc": Roc(fpr=(0.0, 0.002, 1.0), tpr=(0.0, 0.0, 1.0))})
    spec = charts.roc([one], chance_band(2000, 2000), log=True)

    for layer in range(3):
        for row in rows(spec, layer):
            assert 0.001 <= row["x"] <= 1
            assert 0.001 <= row["y"] <= row.get("y2", 1) <= 1


def test_roc_with_more_attacks_than_colours_tells_them_apart_by_dashes() -> None:
    attacks = [attack(f"a{i}", f"A{i}", 0.1) for i in range(charts.N_SERIES + 1)]

    encoding = charts.roc(attacks, None, log=False)["layer"][1]["encoding"]

    looks = list(
        zip(encoding["stroke"]["scale"]["range"], map(str, encoding["strokeDash"]["scale"]["range"]), strict=True)
    )
    assert len(set(looks)) == len(attacks)


def test_strip_of_a_gap_is_none() -> None:
    assert charts.strip(Measured(value=GAP, floor=GAP, ceiling=GAP)) is None


def test_strip_with_gaps_beside_it_draws_the_value_inside_its_axis() -> None:
    value = Figure(value=0.9, ci_low=0.8, ci_high=0.95, n=10, better="higher", ideal=1.0)

    spec = charts.strip(Measured(value=value, floor=GAP, ceiling=GAP))

    assert spec is not None
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 0.8
    assert high > 1.0
    assert len(spec["layer"]) == 3


def test_forest_with_one_figure_at_the_reference_has_an_axis_of_some_width() -> None:
    spec = charts.forest([("x", "real", figure(0.5, None, 3))], 0.5)

    low, high = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low < 0.5 < high


def test_specs_of_a_full_scorecard_fetch_and_evaluate_nothing() -> None:
    card = scorecard()
    specs = [column_overlay(shape) for shape in card.fidelity.columns]
    specs += [charts.pair_heatmap(["age", "体重"], card.fidelity.pairs)]
    specs += [charts.roc(card.privacy.attacks, None, log=log) for log in (False, True)]

    keys = set(json.dumps(specs).split('"'))

    assert not keys & {"url", "href", "expr", "signal", "calculate", "filter", "labelExpr"}
