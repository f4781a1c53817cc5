"""The controls, with what must come out of each; T numbers are those of the review's specification."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from benchmarks.privacy_tests import tables, worlds
from benchmarks.privacy_tests.trials import Control
from benchmarks.privacy_tests.worlds import copy, fresh, jittered, kernel, lonely, partly

FAILS: Mapping[str, float] = {"FAIL": 0.95}
"""Of all seeds: gate K doubts an honest control in 1 of 100, and then nothing fails for what leans on it."""
HONEST: Mapping[str, float] = {"FAIL": 0.02}
NO_PASS = ("PASS",)
UNDECIDED = ("PASS", "FAIL")

small = partial(worlds.world, 1000)
large = partial(worlds.world, 2000)

CONTROLS: dict[str, Control] = {
    "T1": Control("verbatim copy", partial(small, synthetic=copy), NO_PASS, FAILS),
    "T2": Control("copy moved by 1e-3", partial(small, synthetic=jittered), NO_PASS, FAILS),
    "T3/L2": Control("fresh sample, n = 1,000", partial(small, synthetic=fresh), at_most=HONEST, level="L2"),
    "T3/L3": Control("fresh sample, n = 2,000", partial(large, synthetic=fresh), at_most=HONEST, level="L3"),
    "T4": Control("5 % verbatim", partial(small, synthetic=partly), NO_PASS, FAILS, level="L3"),
    "T5": Control("20 isolated rows, moved by 0.02 sd", partial(small, synthetic=lonely), NO_PASS),
    "T6": Control("50 isolated rows, moved by 0.2 sd",
                  partial(small, synthetic=partial(lonely, count=50, scale=0.2)), NO_PASS),
    "T7/0.1": Control("kernel 0.1 sd", partial(small, synthetic=partial(kernel, width=0.1)), NO_PASS, FAILS),
    "T7/0.3": Control("kernel 0.3 sd", partial(small, synthetic=partial(kernel, width=0.3)), NO_PASS),
    "T7/0.6": Control("kernel 0.6 sd", partial(small, synthetic=partial(kernel, width=0.6)), at_least={"FAIL": 0.6}),
    "T9": Control("copy of categories", tables.categorical, NO_PASS, FAILS),
    "T10/copy": Control("odd values, copied", partial(tables.odd, leaks=True), NO_PASS, FAILS),
    "T10/fresh": Control("odd values, fresh", partial(tables.odd, leaks=False), at_most=HONEST),
    "T11": Control("secret 99:1, fresh", tables.rare_secret, at_most=HONEST),
    "T12": Control("public relation, fresh", tables.public_relation, at_most=HONEST),
    "T13": Control("holdout of another year", tables.drifted, UNDECIDED),
    "T14": Control("equal rows of different people, fresh", tables.equal_rows, at_most=HONEST),
    "T15/few": Control("150 people", tables.few, UNDECIDED),
    "T15/none": Control("no holdout", tables.no_holdout, UNDECIDED),
    "T15/raise": Control("an attack raises", partial(small, synthetic=fresh), NO_PASS, seeds=10,
                         broken=("attacks", "raises")),
    "T15/nan": Control("an attack gives NaN", partial(small, synthetic=fresh), NO_PASS, seeds=10,
                       broken=("singling_out", "nan")),
    "T16/mail": Control("a real e-mail address", partial(tables.planted, what="mail"), NO_PASS, FAILS),
    "T16/rare": Control("a category of one person", partial(tables.planted, what="category"), NO_PASS, FAILS),
    "T16/text": Control("an id number in free text", partial(tables.planted, what="text"), NO_PASS, FAILS),
    "T18/copy": Control("30 of 600 people with 20 rows, copied", partial(tables.repeated, leaks=True), NO_PASS, FAILS),
    "T18/fresh": Control("600 people with 20 rows, fresh", partial(tables.repeated, leaks=False), at_most=HONEST),
}  # fmt: skip

ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "T26": ("no cell of a real row in a report, log or error", "pytest tests/contract/test_canaries.py"),
    "T28": ("mutants of the gate's code", "python -m benchmarks.gate_mutants"),
}
"""Controls that are commands of their own."""
