"""The HTML: hostile texts are inert, nothing is fetched, the policy fits, every number is there, bytes repeat."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from synth.report import words
from synth.report.assets import digest
from synth.report.page import MAX_COLUMN_CHARTS, WORST_HEATMAP_COLUMNS, WORST_PAIRS_OF_MANY
from synth.report.render import Reader, render
from synth.scoring.scorecard import (
    Figure,
    Gate,
    Group,
    MissingRate,
    NotAssessed,
    RareValues,
    RuleOutcome,
    Scorecard,
    Tails,
    TimeTrait,
)
from tests.unit.report.build import HOSTILE, HOSTILE_NAME, gaps, reviewed, scorecard, wide
from tests.unit.report.test_language import FORBIDDEN_CHINESE

TEMPLATES = Path(words.__file__).parent / "templates"
VOID = {"meta", "link", "br", "img", "input"}
FORBIDDEN = re.compile(r"anonym|100\s*% private|zero risk|gdpr-compliant|safe to\s+share", re.IGNORECASE)


class Page(HTMLParser):
    """Elements with attributes, text by element, scripts and table cells of a document, in one of its languages."""

    def __init__(self, html: str, language: str = "en") -> None:
        super().__init__()
        other = {"en": "zh", "zh": "en"}[language]
        html = re.sub(
            rf'<div class="language" lang="[^"]*" data-language="{other}">.*?</footer>\n</div>', "", html, flags=re.S
        )
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[tuple[str, dict[str, str | None], str]] = []
        self.text = ""
        self.cells: list[list[str]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"script", "style"}:
            self.inline.append((tag, dict(attrs), ""))
        if tag == "tr":
            self.cells.append([])
        if tag in {"td", "th"}:
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            kind, attrs, text = self.inline[-1]
            self.inline[-1] = (kind, attrs, text + data)
            return
        self.text += data
        if {"td", "th"} & set(self.open):
            self.cells[-1][-1] += data

    @property
    def rows(self) -> set[tuple[str, ...]]:
        return {tuple(cell.strip() for cell in row) for row in self.cells}


@cache
def full() -> tuple[str, Page]:
    html = render(scorecard())
    return html, Page(html)


def test_render_with_hostile_names_and_labels_makes_no_element_or_attribute_of_them() -> None:
    _, page = full()

    assert not {tag for tag, _ in page.elements} & {"img", "svg", "iframe", "object", "embed", "form", "base"}
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on") or name == "style"]
    assert len([1 for tag, _ in page.elements if tag == "script"]) == 5
    assert page.open == []


def test_render_with_hostile_names_and_labels_shows_them_as_text() -> None:
    _, page = full()

    assert HOSTILE in page.text
    assert HOSTILE_NAME in page.text
    assert any(row[0] == HOSTILE for row in page.rows if row)


def test_render_hides_hostile_texts_in_no_raw_form() -> None:
    html, page = full()
    [data] = [text for tag, attrs, text in page.inline if attrs.get("type") == "application/json"]

    assert HOSTILE not in html
    assert HOSTILE_NAME not in html
    assert "<" not in data
    assert HOSTILE in json.dumps(json.loads(data), ensure_ascii=False).replace("\\", "")


def test_render_escapes_every_free_text_of_the_scorecard() -> None:
    evil = "<b id=evil>"
    card = scorecard()
    [first, *rest] = card.privacy.attacks
    card = card.model_copy(
        update={
            "table": evil,
            "engine": evil,
            "rows": {**card.rows, evil: 1},
            "gate": Gate(policy=evil, outcome="FAIL"),
            "utility": card.utility.model_copy(update={"target": evil, "trtr": NotAssessed(not_assessed=evil)}),
            "privacy": card.privacy.model_copy(
                update={"attacks": (first.model_copy(update={"title": evil, "threat": evil}), *rest)}
            ),
            "lineage": {evil: [evil, {evil: evil}]},
        }
    )

    page = Page(render(card))

    assert not [attrs for _, attrs in page.elements if attrs.get("id") == "evil"]
    assert page.text.count(evil) >= 12


def test_render_refers_to_nothing_outside_the_file() -> None:
    _, page = full()
    links = [
        value
        for _, attrs in page.elements
        for name, value in attrs.items()
        if name in {"src", "href", "srcset", "action", "data", "poster", "ping"}
    ]

    assert links
    assert all(link is not None and re.fullmatch(r"#(en|zh)-[a-z0-9]+|data:,", link) for link in links)


def test_render_policy_allows_exactly_the_inline_scripts_and_style() -> None:
    _, page = full()
    [policy] = [
        attrs["content"] or ""
        for tag, attrs in page.elements
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    scripts = [digest(text) for tag, attrs, text in page.inline if tag == "script" and "type" not in attrs]
    styles = [digest(text) for tag, _, text in page.inline if tag == "style"]

    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == scripts
    assert rules["style-src"].split() == styles
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy


def test_render_twice_gives_equal_bytes() -> None:
    html, _ = full()

    assert render(Scorecard.model_validate_json(scorecard().model_dump_json())) == html


def test_render_lists_every_column_with_all_its_numbers() -> None:
    _, page = full()

    for shape in scorecard().fidelity.columns:
        assert isinstance(shape.score, Figure)
        measure = "KS complement" if shape.kind == "numeric" else "TV complement"
        floor = (
            f"{shape.floor.value:.4f}"
            if isinstance(shape.floor, Figure)
            else f"not assessed: {shape.floor.not_assessed}"
        )
        interval = f"{shape.score.ci_low:.4f} to {shape.score.ci_high:.4f}"
        assert (shape.column, measure, f"{shape.score.value:.4f}", interval, "16,281", floor) in page.rows


def test_render_lists_every_bin_of_a_drawn_column() -> None:
    _, page = full()

    for shape in scorecard().fidelity.columns:
        for label, real, synthetic in zip(shape.bins, shape.real, shape.synthetic, strict=True):
            text = label if isinstance(label, str) else f"{label:.12g}"
            assert (text, words.percent(real), words.percent(synthetic)) in page.rows


def test_render_lists_every_pair_with_all_its_numbers() -> None:
    _, page = full()

    for pair in scorecard().fidelity.pairs:
        floor = "–" if pair.floor is None else f"{pair.floor:.4f}"
        counted = "yes" if pair.counted else "no"
        assert (pair.first, pair.second, f"{pair.score:.4f}", floor, counted) in page.rows


def test_render_lists_every_attack_and_every_point_of_its_curve() -> None:
    _, page = full()

    for attack in scorecard().privacy.attacks:
        assert isinstance(attack.auc.value, Figure)
        assert attack.roc is not None
        assert attack.threat in page.text
        [row] = [row for row in page.rows if row and row[0] == attack.title]
        assert row[1] == f"{attack.auc.value.value:.4f}"
        assert row[5:7] == ("32,561", "8,141")
        for x, y in zip(attack.roc.fpr, attack.roc.tpr, strict=True):
            assert (f"{x:.4f}", f"{y:.4f}") in page.rows


def test_render_of_gaps_shows_every_reason_and_draws_nothing() -> None:
    page = Page(render(gaps("only one row was given")))

    assert page.text.count("only one row was given") == 18 + 1 + 4 + 5 + 2 + 1 + 1
    assert not [attrs for _, attrs in page.elements if "chart" in (attrs.get("class") or "").split()]


@pytest.mark.parametrize("outcome", ["PASS", "FAIL", "INSUFFICIENT EVIDENCE"])
def test_render_explains_each_outcome_of_the_gate(outcome: str) -> None:
    gate = Gate.model_validate({"policy": "L2", "outcome": outcome})

    page = Page(render(gaps("x").model_copy(update={"gate": gate})))

    assert outcome in page.text
    assert words.OUTCOMES[outcome] in page.text


def test_render_promises_no_formal_guarantee() -> None:
    _, page = full()

    assert all(sentence in page.text for sentence in words.NOT_PROMISED)


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_template_uses_no_forbidden_word(path: Path) -> None:
    assert not FORBIDDEN.search(path.read_text("utf-8"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("reader", ["reviewer", "requester"])
def test_report_text_uses_no_forbidden_word(reader: Reader, language: str) -> None:
    html = render(reviewed(), reader)
    quoted = re.compile(r'<tbody class="regulations">.*?</tbody>', re.DOTALL)  # words of laws and guidance
    text = Page(quoted.sub("<tbody></tbody>", html), language).text

    assert len(text) > 600
    assert not FORBIDDEN.search(text)
    assert not FORBIDDEN_CHINESE.search(text)
    assert not FORBIDDEN.search(Path(words.__file__).read_text("utf-8"))


def test_render_of_a_wide_table_draws_the_worst_and_lists_every_column() -> None:
    card = wide(120)
    html = render(card)
    page = Page(html)
    charts = [attrs["id"] or "" for _, attrs in page.elements if "chart" in (attrs.get("class") or "").split()]
    [data] = [text for _, attrs, text in page.inline if attrs.get("type") == "application/json"]
    cells = json.loads(data)["specs"]["en-chart-pairs"]["data"]["values"]
    worst = sorted(card.fidelity.pairs, key=lambda pair: pair.score)[:WORST_PAIRS_OF_MANY]

    assert len([name for name in charts if name.startswith("en-chart-column")]) == MAX_COLUMN_CHARTS
    assert len({cell["a"] for cell in cells}) == WORST_HEATMAP_COLUMNS
    assert {shape.column for shape in card.fidelity.columns} <= {row[0] for row in page.rows if len(row) == 6}
    assert {shape.column for shape in card.fidelity.columns} <= {row[0] for row in page.rows if len(row) == 4}
    assert all((pair.first, pair.second) in {row[:2] for row in page.rows} for pair in worst)
    assert f"{len(card.fidelity.pairs):,} pairs" in page.text


def test_render_of_a_realistic_table_stays_around_a_megabyte() -> None:
    html, _ = full()

    assert len(html.encode()) < 1.2e6


def test_render_names_every_chart_for_people_who_cannot_see_it() -> None:
    _, page = full()
    charts = [attrs for _, attrs in page.elements if "chart" in (attrs.get("class") or "").split()]

    assert len(charts) == 22
    assert all(attrs["role"] == "img" and len(attrs["aria-label"] or "") > 20 for attrs in charts)


def test_render_has_landmarks_ordered_headings_and_headed_tables() -> None:
    _, page = full()
    tags = [tag for tag, _ in page.elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]

    assert all(tags.count(tag) == 1 for tag in ("header", "main", "footer", "nav", "h1"))
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tags.count("table") == tags.count("thead")
    assert all(attrs.get("scope") in {"col", "row"} for tag, attrs in page.elements if tag == "th")


def test_rules_are_listed_with_counts_and_small_ones_are_not_shown() -> None:
    common: dict[str, Any] = {"kind": "sum", "origin": "found", "seed_rows": 900, "synthetic_rows": 800}
    rules = (
        RuleOutcome(rule="a = b + <c>", checked=True, seed_broken=None, synthetic_broken=0, **common),
        RuleOutcome(rule="d = e", checked=True, seed_broken=17, synthetic_broken=3, **common),
        RuleOutcome(rule="f = g", **common),
    )
    page = Page(render(scorecard().model_copy(update={"rules": rules, "k": 5})))
    rows = [cells for cells in page.cells if "found" in cells]
    assert rows == [
        ["a = b + <c>", "found", "0", "800", "fewer than 5", "900"],
        ["d = e", "found", "3", "800", "17", "900"],
        ["f = g", "found", "not checked", "800", "not checked", "900"],
    ]
    assert any(attributes.get("href") == "#en-rules" for _, attributes in page.elements)


def test_finer_figures_are_listed_with_the_worst_first() -> None:
    card, gap = scorecard(), NotAssessed(not_assessed="too few")
    known = Figure(value=0.5, ci_low=0.4, ci_high=0.6, n=10, better="higher", ideal=1.0)
    shares: dict[str, Any] = {"real_share": 0.25, "synthetic_share": 0.2, "share": known}
    finer = {
        "groups": (
            Group(column="<b>", group=HOSTILE, entities=120, shape=known, tstr=known, trtr=gap, **shares),
            Group(column="<b>", group="n", entities=1200, shape=known, **shares),
        ),
        "rare_columns": (RareValues(column="job", values=3, recall=known, **shares),),
        "tail_columns": (Tails(column="pay", below=gap, above=known, low_error=gap, high_error=known, score=known),),
        "missing_columns": (MissingRate(column="age", real=None, synthetic=None, difference=gap),),
        "time_traits": (TimeTrait(about="pulse", kind="autocorrelation", real=0.9, synthetic=0.1, score=known),),
    }
    page = Page(render(card.model_copy(update={"fidelity": card.fidelity.model_copy(update=finer)})))
    rows = {cells[0]: cells[1:] for cells in page.cells}
    first = [cells for cells in page.cells if cells[0].startswith("<b>")]
    assert [cells[1] for cells in first] == ["120", "1,200"]
    assert first[0][2:6] == ["25.0 %", "20.0 %", "0.500", "0.400 to 0.600"]
    assert first[0][-1] == "not assessed: too few"
    assert rows["job"][:2] == ["3", "50.0 %"]
    assert rows["pay"][0] == "0.500"
    assert rows["age"][:2] == ["not shown", "not shown"]
    assert rows["pulse"][1:4] == ["0.900", "0.100", "0.500"]
    assert rows["Rows that keep all rules"][0].startswith("not assessed")


def test_report_without_rules_has_no_section_for_them() -> None:
    page = Page(render(scorecard()))
    assert not any("-rules" in (attributes.get("href") or "") for _, attributes in page.elements)
