"""The privacy sections: what R0 answers, what stands in each section, and what requesters do not see."""

from __future__ import annotations

import json
import re

import pytest

from synth.data.columns import Role
from synth.report.language import languages
from synth.report.page import Page
from synth.report.privacy_charts import gate_bars, upset
from synth.report.render import SECTIONS, render
from synth.report.review import Review, band_of, bands
from synth.scoring.scorecard import Check, Figure, NotAssessed, Risk, Scorecard
from synth.scoring.statement import ColumnUse
from tests.unit.report.build import HOSTILE, HOSTILE_NAME, gaps, gate, reviewed, scorecard
from tests.unit.report.test_render import Page as Parsed

ENGLISH, CHINESE = languages()


def review(card: Scorecard) -> Review:
    return Review(Page(card, ENGLISH))


def test_r0_answers_what_a_decider_asks() -> None:
    text = " ".join(Parsed(render(reviewed())).text.split())
    start, end = text.index("R0 Decision R1") if "R0 Decision R1" in text else 0, text.index("The gates one by one")
    page = text[start:end]
    for answer in (
        "Automatic outcome under policy",
        "FAIL",
        "You are asked to allow 32,561 rows for registry <researchers>.",
        "method development",
        "90 days from its making",
        "F Isolated records: FAIL.",
        "What was not tested",
        "shadow models",
        "Had 10 or more of 32,561 rows been copies of real rows",
        "sha256:abababababababab",
    ):
        assert answer in page, answer


def test_worst_findings_are_those_that_fail_then_gaps_then_the_nearest_to_their_limit() -> None:
    card = reviewed()
    assert [g.letter for g in review(card).worst()] == ["F", "G", "E"]
    gates = tuple(gate("A", "FAIL") if one.letter == "A" else one for one in card.gate.gates)
    failed = card.model_copy(update={"gate": card.gate.model_copy(update={"gates": gates})})
    assert [g.letter for g in review(failed).worst()] == ["F", "A", "G"]


def test_every_section_is_there_in_both_languages_and_linked() -> None:
    html = render(reviewed().model_copy(update={"rules": ()}))
    for language in ("en", "zh"):
        page = Parsed(html, language)
        ids = {attrs.get("id") for _, attrs in page.elements}
        links = {(attrs.get("href") or "")[1:] for tag, attrs in page.elements if tag == "a"}
        assert {f"{language}-{to}" for to, _ in SECTIONS if to != "rules"} <= ids
        assert links <= ids, links - ids
    chinese = Parsed(html, "zh").text
    assert "三项最不利的发现" in chinese
    assert "不通过" in chinese


def test_chinese_page_holds_no_english_sentence() -> None:
    page = Parsed(render(reviewed()), "zh")
    body = page.text[page.text.index("Synth 报告") :]
    sentences = re.findall(r"[A-Z][a-z]+(?: [a-z]+){4,}[^.]*[.]", body)
    # Findings of the fixture are plain strings, as of a tool that knows no templates; sources keep their titles.
    known = (
        "A model trained",
        "The association",
        "One attack",
        "Too few outsiders",
        "Not applicable",
        "Holds the synthetic",
    )
    assert [s for s in sentences if not s.startswith(known) and "GDPR" not in s] == []


def test_ids_are_unique() -> None:
    html = render(reviewed())
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_requester_gets_bands_and_no_figure_of_privacy() -> None:
    card = reviewed()
    html = render(card, "requester")
    text = Parsed(html).text
    assert "above the limit" in text
    assert "between half of the limit and the limit" not in text
    assert "below half of the limit" in text
    # Bounds of the gates, the blind baseline, rates of attack and control, C2ST and trends.
    for number in ("32,561", "0.54", "0.70", "0.61", "0.503", "0.41", "0.38", "0.5304", "0.9513"):
        assert number not in text, number
    assert not [attrs for _, attrs in Parsed(html).elements if "chart" in (attrs.get("class") or "").split()]
    assert HOSTILE not in html
    assert "age" not in re.findall(r"<td[^>]*>([^<]*)</td>", html)


@pytest.mark.parametrize(
    ("upper", "band"),
    [(0.549, "below half of the limit"), (0.551, "between half of the limit and the limit"),
     (0.6, "between half of the limit and the limit"), (0.601, "above the limit")],
)  # fmt: skip
def test_bands_are_shares_of_what_the_limit_allows(upper: float, band: str) -> None:
    [(_, told)] = bands([gate("E", "PASS", 0.5, upper)])
    assert told == band


@pytest.mark.parametrize(("value", "band"), [(0.7999, "below 0.80"), (0.8, "0.80 to 0.90"), (0.98, "0.98 or more")])
def test_quality_bands(value: float, band: str) -> None:
    assert band_of(Figure(value=value, n=1, better="higher", ideal=1.0)) == band
    assert band_of(None) == "not assessed"


def test_gate_bars_place_each_gate_between_no_leak_and_its_limit() -> None:
    spec = gate_bars([gate("E", "PASS", 0.52, 0.55), gate("G", "FAIL", 0.6, 9.0), gate("A", "PASS")], ENGLISH)
    assert spec is not None
    rows = spec["layer"][1]["data"]["values"]
    assert [(row["x"], row["high"]) for row in rows] == [(0.2, 0.5), (1.0, 3.0)]
    assert [row["role"] for row in rows] == ["good", "alarm"]
    assert gate_bars([gate("A", "PASS")], ENGLISH) is None


def test_upset_has_a_dot_for_every_column_of_every_set() -> None:
    sets = next(check.sets for check in reviewed().privacy.checks if check.name == "matched_columns")
    spec = upset(sets, ENGLISH)
    assert spec is not None
    bars, dots = spec["vconcat"]
    assert [(row["side"], row["share"]) for row in bars["data"]["values"]] == [("train", 0.02), ("unseen", 0.01)]
    assert {(row["column"], row["role"]) for row in dots["data"]["values"]} == {
        ("age", "differs"),
        (HOSTILE, "differs"),
    }
    assert upset((), ENGLISH) is None


def test_review_of_nothing_says_so() -> None:
    empty = review(gaps("no rows"))
    assert empty.worst() == []
    assert empty.strength() == []
    assert (empty.inferred(), empty.unusual(), empty.gate_chart(), empty.distance_charts()) == (None, None, None, [])
    assert "a recipient who is not stated" in empty.asked()


def test_table_of_a_check_has_the_columns_that_any_measure_has() -> None:
    risks = [Risk(name="few_people", about="a", attack=0, n=9), Risk(name="few_people", about="b", attack=2, n=9)]
    check = Check(name="metadata_leak", title="T", threat="t", figure=NotAssessed(not_assessed="x"), risks=tuple(risks))
    found = review(gaps("x"))
    listed, quiet = found.listed(check)
    assert ([risk.about for risk in listed], quiet) == (["b"], 1)
    assert [name for name, _ in found.fields(listed)] == ["attack"]
    assert [name for name, _ in found.fields([Risk(name="p", p_value=0.0), Risk(name="v", value=0.0)])] == [
        "value",
        "p_value",
    ]


def test_roles_tell_declared_from_treated_and_guessed() -> None:
    card = reviewed()
    assert review(card).roles() == {"declared": 1, "treated": 0, "guessed": 1}
    guess = ColumnUse(column="ill", type="category", role=Role.SECRET, guessed=True, sensitive=True)
    more = card.model_copy(update={"columns": (*card.columns, guess)})
    assert review(more).roles() == {"declared": 1, "treated": 1, "guessed": 2}, "nobody classified what is a guess"
    assert HOSTILE_NAME in Parsed(render(reviewed())).text


def test_charts_of_both_languages_are_in_the_file() -> None:
    html = render(reviewed())
    [data] = [text for _, attrs, text in Parsed(html).inline if attrs.get("type") == "application/json"]
    specs = json.loads(data)["specs"]
    stems = {name.split("-", 1)[1] for name in specs}
    assert {f"{code}-{stem}" for code in ("en", "zh") for stem in stems} == set(specs)
    assert {
        "chart-gates",
        "chart-detection",
        "chart-upset",
        "chart-excess",
        "chart-auc-by-group",
        "chart-distance",
    } <= stems


def test_report_can_be_made_from_the_json_alone() -> None:
    card = reviewed()
    assert render(Scorecard.model_validate_json(card.model_dump_json())) == render(card)
    assert render(scorecard()) != render(card)
