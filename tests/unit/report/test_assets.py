"""What is inlined: vendored files are the registered ones, nothing breaks out, colours can be read."""

from __future__ import annotations

import json
import re
from hashlib import sha256

import pytest

from synth.report import assets

STYLE = (assets.STATIC / "report.css").read_text("utf-8")


def test_vendored_scripts_match_the_digests_of_the_list() -> None:
    listed = dict(
        re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", (assets.STATIC / "VENDORED.md").read_text(), re.M)
    )
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in assets.STATIC.glob("*.min.js")}

    assert found == listed
    assert set(found) == {f"{name}.min.js" for name in assets.VENDORED}


def test_scripts_and_style_hold_nothing_that_ends_their_element() -> None:
    texts = [*assets.scripts(), assets.style()]

    assert not any(re.search(r"</(script|style)|<!--|<script", text, re.IGNORECASE) for text in texts)
    assert not any("\r" in text for text in texts)


def test_scripts_carry_the_licences_of_their_authors() -> None:
    assert all("Redistribution and use" in text for text in assets.scripts()[: len(assets.VENDORED)])


def test_style_fetches_nothing() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE


@pytest.mark.parametrize("text", ["</script><b>", "<!--", "a & b", "\u2028\u2029", '"\\'])
def test_json_block_with_hostile_text_stays_json_without_markup(text: str) -> None:
    block = assets.json_block({text: text})

    assert json.loads(block) == {text: text}
    assert not set("<>&\u2028\u2029") & set(block)


def test_json_block_with_infinity_raises() -> None:
    with pytest.raises(ValueError, match="JSON"):
        assets.json_block(float("inf"))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palettes() -> list[dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.S)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_of_text_and_marks_reach_aa_contrast(theme: int) -> None:
    palette = palettes()[theme]
    texts = [(ink, ground) for ink in ("ink", "muted", "link") for ground in ("page", "panel")]
    texts += [(kind, ground) for kind in ("good", "note", "warning", "alarm") for ground in ("page", f"{kind}-panel")]
    texts += [("warning", "panel"), *((ink, f"{kind}-panel") for ink in ("ink", "muted") for kind in ("good", "alarm"))]
    marks = ["synthetic", "real-ink", "floor", *(f"series-{i}" for i in range(6))]

    # WCAG 2.2 AA: 4.5 for text, 3 for marks that carry meaning.
    assert {
        pair: contrast(palette[pair[0]], palette[pair[1]])
        for pair in texts
        if contrast(*(palette[p] for p in pair)) < 4.5
    } == {}
    assert {mark for mark in marks if contrast(palette[mark], palette["page"]) < 3} == set()


def test_palettes_of_light_and_dark_name_the_same_colours() -> None:
    light, dark = palettes()

    assert set(light) == set(dark)
