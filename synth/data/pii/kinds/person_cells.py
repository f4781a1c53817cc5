"""One cell of a column of names: its words, without titles and initials; and what is no name by its form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from synth.data.pii.spelling import script_of
from synth.data.pii.words import fold, tokens

EAST_ASIAN = ("han", "hangul")
"""Scripts in which a name is written without a space between its parts."""

MOST_TOKENS = 5

_TITLES_TEXT = """
mr mrs ms miss mx dr prof sir dame lord lady rev hon herr frau fr hr dipl ing mag univ med mme mlle monsieur
madame sr sra srta dona sig sigra dott dottssa pan pani bay bayan dhr mevr mevrouw drs ir judr mudr phdr mgr
bc tov г гн гжа пан пани κα κος δρ السيد السيدة الآنسة الأستاذ الأستاذة الدكتور الدكتورة المهندس المهندسة آقای
خانم mw shri smt bapak ibu cô ông bà anh
"""
_TITLES = frozenset(fold(_TITLES_TEXT).split())
_SUFFIXES_TEXT = """
jr sr ii iii iv v md dds phd dvm mba bsc msc ba ma llm esq csc ret filho neto junior
"""
_SUFFIXES = frozenset(_SUFFIXES_TEXT.split())
_NOT_NAMES = re.compile(r"[\d@#&/\\_+=<>{}\[\];:!?%*|~^\"“”№$€£]|\s-\s|,.*,|\w\w\.\w\w")
_COMPANY = re.compile(
    r"(?<![\w.])(inc|incorporated|corp|corporation|llc|l\.l\.c|ltd|limited|plc|llp|gmbh|mbh|ohg|kgaa|gbr|a?g ?& ?co"
    r"|e\.?v|s\.? ?a\.? ?r\.? ?l|sarl|eurl|s\.a\.s|sas|s\.a|s\.c|s\.n\.c|snc|s\.r\.l\.?s?|srl|s\.p\.a|spa|s\.l\.?[lu]?"
    r"|s\.?coop|ltda|eireli"
    r"|b\.v|bv|n\.v|nv|v\.o\.f|c\.v|ab|hb|oyj?|ky|tmi|ry|rf|asa|aps|a/s|a\.s|s\.r\.o|spol|v\.o\.s|k\.s|d\.o\.o|kft|kkt"
    r"|zrt|bt|sp\.|sp ?j|spółka|o\.o|s\.c|gmina|fundacja|stichting|stiftung|group|groupe|grupo|gruppe|grup|holdings?"
    r"|sons|söhne|et fils|e figli|partners|associates|asociados|company|companies|bank|international|industries"
    r"|tbk|pt|cv|ud|perum|ооо|оао|зао|пао|ао|ип|тов|ват|прат|пат|фоп|нпо|рао|еоод|оод|ет|сд)\.?(?![\w])"
    r"|(?:[\u0370-\u03ff\u0600-\u06ff]\.){2,}\s*$"
    r"|会社|公司|集团|集團|株式|주식회사|유한회사|\((주|유)\)|مجموعة|شركة|مؤسسة|شرکت|גרופ",
    re.IGNORECASE,
)
"""Legal forms and other words by which companies, not people, are called."""

_AND = frozenset(["and", "und", "et", "y", "e", "i", "och", "og", "en", "ja", "és", "и", "та", "و"])


@dataclass(frozen=True)
class Cell:
    """One cell: its tokens without titles and initials; `turned` puts the family name first ("Last, First")."""

    tokens: tuple[str, ...]
    n_initials: int
    has_title: bool
    turned: bool


def read_cell(text: str) -> Cell | None:
    """The tokens of a cell; None where it is no name by its form."""
    if len(text) > 80 or _NOT_NAMES.search(text):
        return None
    parts = tokens(text)
    if not parts or len(parts) > 8 or (len(parts) > 3 and any(part in _AND for part in parts[1:-1])):
        return None
    has_suffix = len(parts) > 2 and parts[-1] in _SUFFIXES
    has_title = has_suffix or (len(parts) > 1 and parts[0] in _TITLES)
    titled = [part for part in (parts[:-1] if has_suffix else parts) if part not in _TITLES] if has_title else parts
    is_spaced = script_of(parts[0]) not in EAST_ASIAN
    full = [part for part in titled if len(part) > 1 or not is_spaced]
    if not full or len(full) > MOST_TOKENS:
        return None
    return Cell(tuple(full), len(titled) - len(full), has_title, "," in text)


def is_of_companies(cells: Sequence[str]) -> bool:
    """True where enough cells are called as companies are that the rest, which could be people, are companies too."""
    return sum(bool(_COMPANY.search(cell)) for cell in cells) >= max(2, 0.04 * len(cells))
