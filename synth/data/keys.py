"""Which columns identify rows and entities: told by the names of columns and by whether their values repeat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.metadata import ColumnType, Guess, Pii, Role, Scalar

_MIN_VALUES = 20
"""Fewer entities cannot be split, and fewer numbers in a row may count something else; chosen, not tuned."""

_MAX_ROWS_PER_THING = 20
"""An identifier of a thing with more rows each is likely a kind that matters, such as a district; chosen, not tuned."""

_SUFFIX = "id|key|uuid|guid|code|no|nr|nbr|num|number|index"
_IDENTIFIER = re.compile(rf"(^|[\W_])({_SUFFIX})$|^id[\W_]|(编号|序号|学号|号码|代码)$", re.IGNORECASE)
_CAMEL_IDENTIFIER = re.compile(
    r"[a-z](Id|ID|Key|Code|Number|No|Nr|num|nbr)$|^(Id|ID)[A-Z_]|^Unnamed: 0$|^__index_level_0__$"
)
_THING = re.compile(r"(^|[\W_])(id|key|uuid|guid)$|[a-z](Id|ID|Key)$", re.IGNORECASE)
_ENTITY_WORDS = (
    "person|patient|customer|client|user|member|subject|household|employee|student|driver|participant|resident|citizen"
    "|borrower|passenger|pupil|teacher|worker|traveller|account|policy|card|device|vehicle|taxi|machine|engine|unit"
    "|turbine|battery|meter|drone|aircraft|vessel|ship|flight|trip|session"
)
_ENTITY = re.compile(
    rf"(^|[\W_])((id|key|no|nr)[\W_]+)({_ENTITY_WORDS})s?$"
    rf"|(^|[\W_])({_ENTITY_WORDS})s?[\W_]*({_SUFFIX})$"
    r"|(患者|病人|客户|用户|会员|学生|员工|居民|车辆|设备)(编号|号|代码|ID)$",
    re.IGNORECASE,
)


@dataclass
class Seen:
    """What a column shows; `guesses` by the metadata field."""

    name: str
    cells: pa.ChunkedArray
    type: ColumnType
    guesses: dict[str, Guess] = field(default_factory=dict)
    missing_values: tuple[Scalar, ...] = ()
    pii: Pii | None = None
    locale: str = ""
    unit: str = ""
    role: Role = Role.FEATURE
    _distinct: int | None = None

    def say(self, about: str, reason: str, confidence: float) -> None:
        """Notes a guess."""
        self.guesses[about] = Guess(reason=reason, confidence=confidence)

    @property
    def n_cells(self) -> int:
        """Cells that are not missing."""
        return len(self.cells) - int(self.cells.null_count)

    @property
    def n_distinct(self) -> int:
        """Different values, missing cells aside; counted when first asked for."""
        if self._distinct is None:
            self._distinct = pc.count_distinct(self.cells, mode="only_valid").as_py()
        return self._distinct

    @property
    def is_discrete(self) -> bool:
        """True for whole numbers and text: what identifiers are made of."""
        return bool(pat.is_integer(self.cells.type) or is_text(self.cells.type))

    @property
    def is_unique(self) -> bool:
        """True where no two rows share a value and none is missing; one row proves nothing."""
        return len(self.cells) > 1 and self.n_distinct == len(self.cells)


def mark_primary(columns: Sequence[Seen]) -> Seen | None:
    """Marks unique identifiers as keys and returns the first; a measure that happens to be unique is none."""
    keys = [column for column in columns if column.is_discrete and _identifies_rows(column)]
    for column in keys:
        column.role = Role.KEY
    if not keys:
        return _leading_code(columns)
    return keys[0]


def _identifies_rows(column: Seen) -> bool:
    if (_IDENTIFIER.search(column.name) or _CAMEL_IDENTIFIER.search(column.name)) and column.is_unique:
        column.say("role", "unique, never missing, and named as an identifier", 0.95)
        return True
    if pat.is_integer(column.cells.type) and len(column.cells) >= _MIN_VALUES and _counts_rows(column.cells):
        column.say("role", "the values number the rows", 0.9)
        return True
    return False


def _leading_code(columns: Sequence[Seen]) -> Seen | None:
    """The first column, where it is a short text that no two rows share, such as the code of an airport."""
    first = columns[0]
    if not is_text(first.cells.type) or not first.is_unique or first.n_cells < _MIN_CODES:
        return None
    lengths = pc.utf8_length(first.cells)
    if pc.max(lengths).as_py() > _CODE_LENGTH or pc.any(pc.match_substring_regex(first.cells, r"\s")).as_py():
        return None
    first.say("role", "the first column, a short code that no two rows share", 0.7)
    first.role = Role.KEY
    return first


_MIN_CODES = 10
_CODE_LENGTH = 12


def _counts_rows(cells: pa.ChunkedArray) -> bool:
    if cells.null_count or cells[1].as_py() - cells[0].as_py() != 1:
        return False
    steps = pc.subtract(cells.slice(1).combine_chunks(), cells.slice(0, len(cells) - 1).combine_chunks())
    return bool(pc.all(pc.equal(steps, 1)).as_py())


def mark_entity(columns: Sequence[Seen], primary: Seen | None) -> Seen | None:
    """Marks the repeated identifier of persons, devices and the like, or else of other things, and returns it.

    Any repetition counts for the former. Of things only one with few rows each counts, and only where the primary key
    does not name the entity already: a district of 70 clients is a feature of each.
    """
    discrete = [column for column in columns if column.is_discrete]
    chosen = _most_distinct(column for column in discrete if _ENTITY.search(column.name))
    if chosen is None and (primary is None or not _ENTITY.search(primary.name)):
        things = [column for column in discrete if _THING.search(column.name)]
        chosen = _most_distinct(c for c in things if c.n_cells <= _MAX_ROWS_PER_THING * c.n_distinct)
    if chosen is not None:
        each = chosen.n_cells / chosen.n_distinct
        reason = f"named as an identifier, and its values repeat: {each:.2f} rows each"
        chosen.say("role", reason, 0.8)
        chosen.role = Role.KEY
    return chosen


def _most_distinct(columns: Iterable[Seen]) -> Seen | None:
    repeating = (column for column in columns if _MIN_VALUES <= column.n_distinct < column.n_cells)
    return max(repeating, key=lambda column: column.n_distinct, default=None)
