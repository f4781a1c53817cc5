"""What makes the report one safe file: inlined style and scripts, their digests, and data that cannot break out."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup

STATIC = Path(__file__).parent / "static"

VENDORED = ("vega", "vega-lite", "vega-embed")
"""In the order in which they must run; see static/VENDORED.md."""

ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@cache
def style() -> Markup:
    """The style sheet, as the text of a style element."""
    return _inline(STATIC / "report.css")


@cache
def scripts() -> tuple[Markup, ...]:
    """The scripts, as texts of script elements: the vendored ones with their licences, then ours."""
    return (*(_vendored(name) for name in VENDORED), _inline(STATIC / "report.js"))


@cache
def content_security_policy() -> str:
    """A policy that allows exactly these scripts and this style, by digest, and no request to anywhere."""
    allowed = " ".join(digest(text) for text in scripts())
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {allowed}",
            f"style-src {digest(style())}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def digest(text: str) -> str:
    """The CSP source expression of an inline element's text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def json_block(value: Any) -> Markup:
    """JSON for the inside of a script element: no text in it can end the element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(ESCAPES))  # noqa: S704 - `<`, `>` and `&` are escaped for JSON just above


def _vendored(name: str) -> Markup:
    licence = (STATIC / f"{name}.LICENSE").read_text("utf-8")
    return _inline(STATIC / f"{name}.min.js", before=f"/*! {name}\n{licence}*/\n")


def _inline(path: Path, before: str = "") -> Markup:
    """Text of a file of ours for an inline element; `read_text` gives the newlines that an HTML parser will see."""
    # Safe as markup: a file of this package, in which a test forbids "</script" and "<!--".
    return Markup(f"\n{before}{path.read_text('utf-8').strip()}\n")  # noqa: S704
