"""The report in a real browser: charts draw under its own security policy, nothing is fetched, small screens fit.

Needs Chromium, named by SYNTH_CHROMIUM or found on PATH.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from synth.report.render import Reader, render
from tests.unit.report.build import gate, reviewed, scorecard

CHROMIUM = os.environ.get("SYNTH_CHROMIUM") or shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: set SYNTH_CHROMIUM or install chromium")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
# Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
STARTER = """
import fcntl, os, sys
down, up = (fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3])
os.dup2(down, 3), os.dup2(up, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
A4 = (688, 1001)
"""CSS pixels of a printed page within the margins of the style sheet: 182 x 265 mm."""

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}


class Browser:
    """A headless Chromium driven over its debugging pipe: messages are JSON ended by a zero byte."""

    def __init__(self, profile: Path) -> None:
        ours, theirs = os.pipe(), os.pipe()
        self._in, self._out = theirs[0], ours[1]
        inherited = (ours[0], theirs[1])
        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        starter = [sys.executable, "-c", STARTER, *map(str, inherited), *command]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(starter, pass_fds=inherited, stdout=quiet, stderr=quiet)
        for end in inherited:
            os.close(end)
        self._rest = b""
        self._id = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def open_page(self) -> None:
        """Attaches to a new page that reports its console, its log and its requests."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.events.clear()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer; events that come first are kept."""
        self._id += 1
        message: dict[str, Any] = {"id": self._id, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._id:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def wait_for(self, event: str) -> None:
        """Waits until the page has told an event."""
        while not any(told.get("method") == event for told in self.events):
            self.events.append(self._receive())

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression, awaited; runs in the debugger, outside the page's policy."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def close(self) -> None:
        """Ends the browser: it leaves when its pipe closes."""
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            chunk = os.read(self._in, 1 << 20)
            assert chunk, "Chromium closed the debugging pipe"
            self._rest += chunk
        line, self._rest = self._rest.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer


DRAWN = """new Promise((done) => {
  const root = document.documentElement;
  const look = () => root.dataset.charts && done(root.dataset.charts);
  new MutationObserver(look).observe(root, { attributes: true });
  look();
})"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    browser = Browser(tmp_path / "profile")
    try:
        browser.open_page()
        yield browser
    finally:
        browser.close()


def show(browser: Browser, tmp_path: Path, html: str) -> str:
    """Opens the page, waits until its charts are done, and says how that went ("drawn" or "failed")."""
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    browser.call("Page.navigate", url=path.as_uri())
    browser.evaluate(
        "new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))"
    )
    outcome: str = browser.evaluate(DRAWN)
    return outcome


def choose(browser: Browser, language: str) -> None:
    """Chooses a language and waits until its charts are drawn."""
    browser.evaluate(f"document.getElementById('language-{language}').click()")
    assert browser.evaluate(DRAWN) == "drawn"


def complaints(browser: Browser) -> list[str]:
    """Everything the page wrote to the console or that the browser logged about it, as text."""
    kinds = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    return [json.dumps(event["params"])[:400] for event in browser.events if event.get("method") in kinds]


def requests(browser: Browser) -> list[str]:
    events = [event for event in browser.events if event.get("method") == "Network.requestWillBeSent"]
    return [event["params"]["request"]["url"] for event in events]


def test_report_page_in_browser_draws_every_chart_without_complaint_or_request(
    browser: Browser, tmp_path: Path
) -> None:
    html = render(reviewed())

    outcome = show(browser, tmp_path, html)

    places = re.findall(r'<div class="chart[^"]*" id="(en-[^"]+)"', html)
    svgs = browser.evaluate("[...document.querySelectorAll('.chart svg')].map((svg) => svg.closest('.chart').id)")
    widths = browser.evaluate("[...document.querySelectorAll('.chart svg')].map((svg) => svg.clientWidth)")
    assert outcome == "drawn"
    assert len(places) == 6 + 12 + 1 + 2 + 1 + 8, "key figures, columns, pairs, ROC, utility, and those of R0 to R8"
    assert sorted(svgs) == sorted(places)
    assert min(widths) > 100
    assert complaints(browser) == []
    assert [url for url in requests(browser) if not url.startswith(("file:", "data:"))] == []


def test_report_page_switches_language_and_draws_the_other_charts(browser: Browser, tmp_path: Path) -> None:
    html = render(reviewed())
    show(browser, tmp_path, html)
    choose(browser, "zh")

    visible = "[...document.querySelectorAll('main')].filter((m) => m.offsetParent).map((m) => m.parentElement.lang)"
    drawn = browser.evaluate("[...document.querySelectorAll('[data-language=zh] .chart svg')].length")
    assert browser.evaluate(visible) == ["zh-Hans"]
    assert browser.evaluate("document.documentElement.lang") == "zh-Hans"
    assert drawn == len(re.findall(r'<div class="chart[^"]*" id="zh-', html))
    assert complaints(browser) == []


def test_report_page_opens_in_the_language_of_its_address(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(reviewed()), encoding="utf-8")
    browser.call("Page.navigate", url=f"{path.as_uri()}#zh-r5")
    browser.wait_for("Page.loadEventFired")
    assert browser.evaluate(DRAWN) == "drawn"
    assert browser.evaluate("document.documentElement.lang") == "zh-Hans"


@pytest.mark.parametrize("reader", ["reviewer", "requester"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    browser: Browser, tmp_path: Path, reader: Reader, language: str, scheme: str
) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    show(browser, tmp_path, render(reviewed(), reader))
    choose(browser, language)

    browser.evaluate(AXE.read_text("utf-8"))
    found = browser.evaluate(
        "axe.run(document).then((r) => r.violations.map((v) => [v.impact, v.id, v.nodes[0].html]))"
    )

    assert [violation for violation in found if violation[0] in {"serious", "critical"}] == []


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("outcome", ["PASS", "FAIL"])
def test_decision_fits_one_printed_page(browser: Browser, tmp_path: Path, language: str, outcome: str) -> None:
    card = reviewed()
    gates = tuple(gate(one, "PASS", *((0.52, 0.54) if one in "DEFGH" else ())) for one in "ABCDEFGHIJKLN")
    if outcome == "FAIL":
        gates = tuple(one.model_copy(update={"outcome": "FAIL"}) for one in gates)
    card = card.model_copy(update={"gate": card.gate.model_copy(update={"outcome": outcome, "gates": gates})})
    browser.call("Emulation.setDeviceMetricsOverride", width=A4[0], height=A4[1], deviceScaleFactor=1, mobile=False)
    show(browser, tmp_path, render(card))
    choose(browser, language)
    browser.call("Emulation.setEmulatedMedia", media="print")

    end = browser.evaluate(f"document.getElementById('{language}-r0').getBoundingClientRect().bottom + scrollY")
    assert 300 < end <= A4[1]


def test_report_page_with_hostile_labels_makes_no_element_of_them(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, render(scorecard()))

    assert browser.evaluate("document.querySelectorAll('img, iframe, object, embed, [onerror], [onload]').length") == 0
    labels = browser.evaluate("[...document.querySelectorAll('.chart svg text')].map((text) => text.textContent)")
    assert any(label.startswith("</script>") for label in labels)


def test_report_page_tooltip_over_hostile_label_shows_text_only(browser: Browser, tmp_path: Path) -> None:
    show(browser, tmp_path, render(scorecard()))

    browser.evaluate(
        """for (const bar of document.querySelectorAll('.small-multiples .chart svg path')) {
          const box = bar.getBoundingClientRect();
          const at = { bubbles: true, clientX: box.x + 1, clientY: box.y + 1 };
          for (const kind of ['pointerover', 'pointermove', 'mouseover', 'mousemove'])
            bar.dispatchEvent(new PointerEvent(kind, at));
          const tip = document.getElementById('vg-tooltip-element');
          (window.tips ??= []).push(tip ? tip.textContent : '');
        }"""
    )

    assert any("</script><img" in tip for tip in browser.evaluate("window.tips"))
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert complaints(browser) == []


def test_report_page_at_phone_width_does_not_scroll_sideways(browser: Browser, tmp_path: Path) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", **PHONE)

    show(browser, tmp_path, render(reviewed()))

    assert browser.evaluate("document.documentElement.scrollWidth") <= 360
    assert (
        browser.evaluate("Math.max(...[...document.querySelectorAll('.chart svg')].map((s) => s.clientWidth))") <= 360
    )


def test_report_page_in_print_shows_charts_and_light_colours(browser: Browser, tmp_path: Path) -> None:
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    fill = "getComputedStyle(document.querySelector('.small-multiples .chart svg [fill=\"var(--real)\"]')).fill"
    show(browser, tmp_path, render(scorecard()))
    light_fill = browser.evaluate(fill)

    browser.call("Emulation.setEmulatedMedia", media="screen", features=dark)
    dark_fill = browser.evaluate(fill)
    browser.call("Emulation.setEmulatedMedia", media="print", features=dark)

    shown = browser.evaluate("[...document.querySelectorAll('.chart')].filter((c) => c.clientHeight > 10).length")
    assert light_fill.startswith("rgb")
    assert dark_fill != light_fill
    assert browser.evaluate(fill) == light_fill
    assert shown == browser.evaluate("document.querySelectorAll('[data-language=en] .chart').length")


def test_report_page_without_javascript_shows_figures_and_no_empty_charts(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(scorecard()), encoding="utf-8")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)

    browser.call("Page.navigate", url=path.as_uri())
    browser.wait_for("Page.loadEventFired")  # before it the document is another one
    root = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
    html = browser.call("DOM.getOuterHTML", nodeId=root)["outerHTML"]

    assert browser.call("DOM.querySelectorAll", nodeId=root, selector="svg")["nodeIds"] == []
    assert "0.9513" in html or "0.951" in html
    assert complaints(browser) == []
