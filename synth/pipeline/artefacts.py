"""The linter of artefacts: nothing that is kept may hold a value of fewer than k subjects, or an entry for each row.

It knows nothing of engines. It reads every file of a result but the synthetic rows (JSON, YAML, HTML, npz, and Arrow
data inside JSON), and looks for texts of six or more characters, dates, and numbers of six or more significant digits
that fewer than k subjects of the source have. A mean or a share may equal such a number by chance, so three kinds do
not count: shares of at most as many parts as there are rows, whole numbers that count rows, and whole numbers that may
point into the arrays of their own file. Numbers of six to eight digits, and simple fractions, count where there are
several.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pat
import yaml

from synth.data.columns import is_number, is_text
from synth.data.entities import subjects_per_code
from synth.errors import ArtefactLeakError, Fault
from synth.pipeline.lineage import code_version, versions

MIN_LENGTH = 6
"""Characters of a text, and significant digits of a number, from which a value tells whose it is."""

_MIN_ROWS = 100
"""Shorter tables have arrays of as many entries by chance."""

_WORD = re.compile(r"\w+(?:[ .,'/@+-]{1,2}\w+)*")


@dataclass(frozen=True)
class Source:
    """What may appear nowhere.

    Attributes:
        texts: by column, texts and ISO dates of fewer than k subjects.
        numbers: sorted, numbers of fewer than k subjects.
        shared: texts that at least k subjects have.
        columns: numbers of each number column, in row order.
        n_rows: rows of the source.
    """

    texts: Mapping[str, str]
    numbers: npt.NDArray[np.float64]
    shared: frozenset[str]
    columns: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    n_rows: int = 0

    @classmethod
    def of(cls, table: pa.Table, entities: npt.NDArray[np.int64], k: int) -> Source:
        """Collects what fewer than k subjects of a table have."""
        texts: dict[str, str] = {}
        shared: set[str] = set()
        numbers: list[npt.NDArray[np.float64]] = []
        known: list[npt.NDArray[np.float64]] = []
        columns = {}
        for name in table.column_names:
            cells = table[name]
            if pat.is_date(cells.type):
                cells = cells.cast(pa.string())
            if not (is_text(cells.type) or is_number(cells.type)):
                continue
            rare, common = _by_subjects(cells, entities, k)
            if is_number(cells.type):
                known.append(pc.cast(common, pa.float64(), safe=False).to_numpy(zero_copy_only=False))
            if is_text(cells.type):
                texts |= {text: name for text in rare.to_pylist() if len(text) >= MIN_LENGTH}
                shared |= set(common.to_pylist())
            else:
                numbers.append(_telling(pc.cast(rare, pa.float64(), safe=False).to_numpy(zero_copy_only=False)))
                columns[name] = pc.cast(cells, pa.float64(), safe=False).fill_null(np.nan).to_numpy()
        found = np.setdiff1d(np.concatenate(numbers), np.concatenate(known)) if numbers else np.empty(0)
        alone = {text: name for text, name in texts.items() if text not in shared}
        return cls(alone, found, frozenset(shared), columns, table.num_rows)

    def with_texts_of(self, other: Source) -> Source:
        """The texts of another source too, such as the holdout's: numbers of rows that no engine saw are chance."""
        return replace(self, texts={**other.texts, **self.texts}, shared=self.shared | other.shared)


def _by_subjects(cells: pa.ChunkedArray, entities: npt.NDArray[np.int64], k: int) -> tuple[pa.Array, pa.Array]:
    """Distinct values of fewer than k subjects, and of at least k."""
    distinct = cells.unique().drop_null()
    ids = pc.index_in(cells, value_set=distinct).fill_null(-1).to_numpy().astype(np.int64)
    held_by = subjects_per_code(ids, entities, len(distinct))
    return distinct.filter(pa.array(held_by < k)), distinct.filter(pa.array(held_by >= k))


def _telling(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Those with at least `MIN_LENGTH` significant digits."""
    values = values[np.isfinite(values) & (values != 0)]
    with np.errstate(all="ignore"):
        scale = 10.0 ** (MIN_LENGTH - 2 - np.floor(np.log10(np.abs(values))))
        short = np.round(values * scale) / scale
        single = values.astype(np.float32)
        is_short = np.abs(short - values) <= 1e-11 * np.abs(values)
        is_short |= (single.astype(np.float64) == values) & (short.astype(np.float32) == single)
    return values[~is_short]


def check_artefacts(folder: Path, source: Source) -> None:
    """Reads every file of a folder but synthetic rows.

    Raises:
        ArtefactLeakError: names files and columns, never values.
    """
    faults = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _READERS:
            name = path.relative_to(folder).as_posix()
            faults += [_leak(name, what) for what in dict.fromkeys(_findings(path, source))]
    if faults:
        raise ArtefactLeakError(*faults)


def _leak(name: str, what: str) -> Fault:
    rule = "a result must hold no value of fewer than k subjects, and no array with an entry for each row"
    remedy = "report it with the engine's name: this is a defect of the engine or of Synth, not of the data"
    return Fault("artefact-leak", rule, what, remedy, where=name)


def _findings(path: Path, source: Source) -> Iterator[str]:
    for part in _READERS[path.suffix](path):
        if isinstance(part, str):
            yield from _in_text(part, source)
        else:
            yield from _in_array(part, source, is_json=path.suffix != ".npz")


Part = str | npt.NDArray[np.generic]


def _json_parts(path: Path) -> Iterator[Part]:
    yield from _leaves(json.loads(path.read_text(encoding="utf-8")))


def _yaml_parts(path: Path) -> Iterator[Part]:
    yield from _leaves(yaml.safe_load(path.read_text(encoding="utf-8")))


def _html_parts(path: Path) -> Iterator[Part]:
    """The data of the charts, and the words of the page that are not those of its templates."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"<script[^>]*application/json[^>]*>(.*?)</script>", text, re.DOTALL):
        yield from _leaves(json.loads(block))
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    own = _template_words()
    for piece in re.split(r"<[^>]+>", body):
        text = html.unescape(piece).strip()
        if text and text not in own:
            yield text


@cache
def _template_words() -> str:
    folder = files("synth.report") / "templates"
    return " ".join(item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".j2"))


@cache
def _own_words() -> frozenset[str]:
    """Versions, which every lineage names."""
    return frozenset([*versions().values(), *code_version().values()])


def _npz_parts(path: Path) -> Iterator[Part]:
    with np.load(path, allow_pickle=False) as stored:
        for name in stored.files:
            array = stored[name]
            if array.dtype.kind in "US":
                yield from map(str, array.ravel())
            else:
                yield array


_READERS = {".json": _json_parts, ".yaml": _yaml_parts, ".html": _html_parts, ".npz": _npz_parts}


def _leaves(value: Any) -> Iterator[Part]:
    """Texts, and numbers as arrays: a list of numbers is one."""
    if isinstance(value, str):
        yield from _text_parts(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        if value and all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
            yield np.asarray(value)
        else:
            for item in value:
                yield from _leaves(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield np.asarray([value])


def _text_parts(text: str) -> Iterator[Part]:
    """The text, or the values of an Arrow stream in it."""
    if len(text) > 100 and re.fullmatch(r"[A-Za-z0-9+/=]+", text):
        try:
            table = pa.ipc.open_stream(io.BytesIO(base64.b64decode(text))).read_all()
        except (pa.ArrowException, binascii.Error, ValueError, OSError):
            pass
        else:
            for column in table.columns:
                plain = column if is_number(column.type) else column.cast(pa.string())
                yield from _leaves(plain.to_pylist())
            return
    yield text


def _in_text(text: str, source: Source) -> Iterator[str]:
    if text in source.shared or text in _own_words():
        return
    if text in source.texts:
        yield f"it holds a value of `{source.texts[text]}` that fewer than k subjects have"
        return
    for match in _WORD.finditer(text):
        words = match[0]
        if words in source.shared:
            continue
        for token in dict.fromkeys((words, *re.split(r"\s+", words), *re.findall(r"\w+", words))):
            if token in source.texts and token not in _template_words():
                yield f"it holds a value of `{source.texts[token]}` that fewer than k subjects have"
    plain = [float(token) for token in re.findall(r"(?<![\w.])-?\d+\.\d+(?![\w.])", text)[:10_000]]
    if plain:
        yield from _in_array(np.asarray(plain), source, is_json=True)


def _in_array(array: npt.NDArray[np.generic], source: Source, *, is_json: bool) -> Iterator[str]:
    if array.dtype.kind not in "iuf" or array.size == 0:
        return
    values = np.unique(array.astype(np.float64).ravel())
    equal = values[np.isin(values, source.numbers)].tolist()
    hits = [hit for hit in equal if not _by_chance(hit, array, source, is_json)]
    if _are_telling(hits, len(values), source):
        yield f"it holds {len(hits)} number(s) that fewer than k subjects have"
    if source.n_rows >= _MIN_ROWS and source.n_rows in array.shape and array.ndim == 1:
        for name, column in source.columns.items():
            if _tells(array.astype(np.float64), column):
                yield f"it holds an array with an entry for each row that tells `{name}`"


def _by_chance(value: float, array: npt.NDArray[np.generic], source: Source, is_json: bool) -> bool:
    if value == int(value):
        return 0 <= value <= (source.n_rows if is_json else max(source.n_rows, 4 * array.size))
    if not 0 < value < 1 or source.n_rows == 0:
        return False
    return abs(float(Fraction(value).limit_denominator(source.n_rows)) - value) < 1e-12


_FEW = 3
_SHARE = 0.05


def _are_telling(hits: list[float], n_values: int, source: Source) -> bool:
    """More than chance: a number that nobody reaches by counting, many numbers, or several of one row.

    Means and sums of shares reach numbers of six to eight digits, and simple fractions, by chance: one here and there.
    """
    if any(_is_elaborate(hit) for hit in hits):
        return True
    if len(hits) < _FEW:
        return False
    if len(hits) >= _SHARE * n_values:
        return True
    of_rows = np.zeros(source.n_rows, np.int64)
    for column in source.columns.values():
        of_rows += np.isin(column, hits)
    return bool(of_rows.max(initial=0) >= _FEW)


def _is_elaborate(value: float) -> bool:
    """Nine digits or more, not merely a number of single precision, and no fraction of up to a thousand parts."""
    simple = float(Fraction(value).limit_denominator(1000))
    is_long = float(f"{value:.7e}") != value and float(np.float32(value)) != value
    return is_long and abs(simple - value) > 1e-12 * abs(value)


def _tells(array: npt.NDArray[np.float64], column: npt.NDArray[np.float64]) -> bool:
    """Rank correlation beyond six standard deviations of chance (probability below 2e-9 a pair)."""
    both = np.isfinite(array) & np.isfinite(column)
    if both.sum() < _MIN_ROWS:
        return False
    ranks = [np.argsort(np.argsort(x[both], kind="stable"), kind="stable") for x in (array, column)]
    correlation = np.asarray(np.corrcoef(np.stack(ranks)))[0, 1]
    return bool(abs(correlation) > 6 / np.sqrt(both.sum()))
