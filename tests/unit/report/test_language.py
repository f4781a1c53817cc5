"""The catalogue is whole: every sentence of code and templates is in it, with the same places, and nothing else."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import synth
from synth.report.language import CATALOGUES, Language, catalogue, languages
from synth.texts import say

ROOT = Path(synth.__file__).parents[1]
KEYWORDS = {"say": None, "NotScorableError": None, "_": None}
MAPPINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]["mappings"]
METHODS = [
    (pattern, mapping["method"])
    for mapping in MAPPINGS
    for pattern in ([mapping["pattern"]] if isinstance(mapping["pattern"], str) else mapping["pattern"])
]
"""The same as `make catalogue`."""

FORBIDDEN_ENGLISH = re.compile(r"anonym|100 ?% private|zero[- ]risk|GDPR[- ]compliant|safe to share", re.IGNORECASE)
FORBIDDEN_CHINESE = re.compile("匿名|完全私密|百分之百|零风险|无风险|绝对安全|可安全(共享|分享)|符合\\s*GDPR|不可复原")
"""Annex 2a, and what a translator might write for it."""


def sentences() -> Iterator[str]:
    """Every literal that is marked as a sentence."""
    for _, _, message, _, _ in extract_from_dir(ROOT, METHODS, keywords=KEYWORDS):
        yield message if isinstance(message, str) else message[0]


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_extraction_finds_code_and_templates() -> None:
    found = set(sentences())
    assert "needs at least {least} reference rows, has {n}" in found
    assert "The three worst findings" in found
    assert len(found) > 200


def test_every_sentence_is_translated() -> None:
    known = catalogue("zh")
    assert sorted(template for template in set(sentences()) if not known.get(template)) == []


def test_nothing_in_the_catalogue_is_unused() -> None:
    assert sorted(set(catalogue("zh")) - set(sentences())) == []


def test_translations_fill_the_same_places() -> None:
    wrong = {k: v for k, v in catalogue("zh").items() if "{" in k and places(k) != places(v)}
    assert wrong == {}


def test_catalogue_has_no_doubtful_entry() -> None:
    with (CATALOGUES / "zh.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert not [message.id for message in messages if message.fuzzy]
    assert len(messages) == len({str(message.id) for message in messages})


def test_no_sentence_promises_what_nobody_can_keep() -> None:
    told = catalogue("zh")
    assert [text for text in {*sentences(), *told} if FORBIDDEN_ENGLISH.search(text)] == []
    assert [text for text in told.values() if FORBIDDEN_CHINESE.search(text) or FORBIDDEN_ENGLISH.search(text)] == []


@pytest.mark.parametrize("text", ["数据已匿名化", "零风险", "符合 GDPR", "fully anonymised", "safe to share"])
def test_forbidden_words_are_recognised(text: str) -> None:
    assert FORBIDDEN_CHINESE.search(text) or FORBIDDEN_ENGLISH.search(text)


def test_language_says_sentences_inside_sentences_and_leaves_data_alone() -> None:
    known = {"{what}: not assessed, {reason}.": "{what}:未评估,{reason}。", "too few": "太少", "age": "年龄"}
    chinese = Language("zh", "zh-Hans", "中文", known)
    told = say("{what}: not assessed, {reason}.", what="age", reason=say("too few"))
    assert chinese.said(told) == "age:未评估,太少。"
    assert chinese.said("age") == "age", "a column's name is no sentence"
    assert chinese("unknown {n:.1f}", n=2) == "unknown 2.0"


def test_values_with_braces_are_not_filled_again() -> None:
    english = languages()[0]
    assert english("{a}", a="{b}") == "{b}"
