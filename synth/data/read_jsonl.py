"""Reading JSON lines: one object a line, nested objects flattened, numbers exact.

Values keep their JSON type: the text "12" stays a text, and only texts that are all ISO 8601 become dates and times. A
column of several types is text, each cell as JSON writes it. An absent key is a missing cell.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from synth.data.formats import name_faults, opened
from synth.data.infer import typed_time
from synth.data.limits import LIMITS, Watch
from synth.errors import Fault, InvalidInputError, raise_all

_INT64 = 2**63
_EXACT = 2**53
_LINE_BYTES = 16 << 20


def read_jsonl(path: Path) -> pa.Table:
    """Reads a .jsonl or .jsonl.gz file, UTF-8.

    Raises:
        InvalidInputError: not JSON lines, lists or deep nesting (by column), repeated keys, or beyond the limits.
    """
    watch = Watch(path)
    columns: dict[str, list[Any]] = {}
    faults: dict[Fault, None] = {}
    n_rows = 0
    try:
        watch.unpack()
        with opened(path) as file:
            for number, line in enumerate(_lines(file, watch, path), start=1):
                if line.strip():
                    _add(_flat(line, number, path, faults), columns, n_rows)
                    n_rows += 1
                    watch.columns(len(columns))
                    watch.cells(n_rows * len(columns), sparse=True)
    except (OSError, EOFError, zlib.error):
        rule, fact = "the file must be readable to its end", "it is cut off or damaged"
        raise InvalidInputError(Fault("broken-file", rule, fact, "write or copy it again", where=str(path))) from None
    raise_all([*name_faults(list(columns), path), *faults])
    arrays = [_array(values + [None] * (n_rows - len(values)), name, watch) for name, values in columns.items()]
    return pa.table(arrays, names=list(columns))


def _lines(file: io.BufferedReader | gzip.GzipFile, watch: Watch, path: Path) -> Iterator[bytes]:
    while line := file.readline(_LINE_BYTES + 1):
        if len(line) > _LINE_BYTES:
            rule, fact = f"a line must have at most {_LINE_BYTES:,} bytes", "one is longer"
            raise InvalidInputError(Fault("cell-too-large", rule, fact, "put one object on a line", where=str(path)))
        watch.add(len(line), 1)
        yield line


def _flat(line: bytes, number: int, path: Path, faults: dict[Fault, None]) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_float=_Float, parse_constant=_no_constant, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        raise InvalidInputError(_broken(path, number)) from None
    if not isinstance(value, dict):
        raise InvalidInputError(_broken(path, number))
    flat: dict[str, Any] = {}
    _flatten(value, "", flat, path, faults)
    return flat


class _Float(Decimal):
    """A JSON number with a point or an exponent; keeps its digits for columns of several types."""


def _no_constant(_name: str) -> None:
    raise ValueError("JSON has no such number")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _flatten(
    value: Mapping[str, Any], prefix: str, flat: dict[str, Any], path: Path, faults: dict[Fault, None], depth: int = 1
) -> None:
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, dict) and depth < LIMITS.depth:
            _flatten(item, f"{name}.", flat, path, faults, depth + 1)
        elif isinstance(item, list | dict):
            faults[_nested(name, path)] = None
        elif name in flat:
            faults[_duplicate(name, path)] = None
        else:
            flat[name] = item


def _add(row: Mapping[str, Any], columns: dict[str, list[Any]], n_rows: int) -> None:
    for name, value in row.items():
        values = columns.setdefault(name, [])
        values.extend([None] * (n_rows - len(values)))
        values.append(value)


def _array(values: list[Any], name: str, watch: Watch) -> pa.Array:
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds <= {int, _Float} and (numbers := _numbers(values, kinds)) is not None:
        return numbers
    texts = [value if value is None or isinstance(value, str) else _json(value) for value in values]
    watch.texts(texts, name)
    array = pa.chunked_array([pa.array(texts, pa.string())])
    times = typed_time(array) if kinds == {str} else None
    return (array if times is None else times).combine_chunks()


def _numbers(values: list[Any], kinds: set[type]) -> pa.Array | None:
    """Integers, exact beyond 64 bits too, or floats; None where floats would change an integer."""
    whole = [value for value in values if type(value) is int]
    largest = max(map(abs, whole), default=0)
    if kinds == {int}:
        if largest < _INT64:
            return pa.array(values, pa.int64())
        return (
            pa.array([None if v is None else Decimal(v) for v in values], pa.decimal256(76, 0))
            if largest < 10**76
            else None
        )
    if largest > _EXACT:
        return None
    floats = [None if value is None else float(value) for value in values]
    return None if any(value in {float("inf"), float("-inf")} for value in floats) else pa.array(floats, pa.float64())


def _json(value: Any) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _broken(path: Path, number: int) -> Fault:
    rule, fact = "every line must be one JSON object with different keys", f"line {number} is not"
    return Fault("broken-jsonl", rule, fact, "write one object a line, as UTF-8", where=str(path))


def _duplicate(name: str, path: Path) -> Fault:
    rule, fact = "column names must differ", f"two are `{name}`"
    return Fault("column-duplicate", rule, fact, "rename one", where=str(path))


def _nested(name: str, path: Path) -> Fault:
    rule, fact = "columns must be of flat types", f"`{name}` holds lists or too deep objects"
    return Fault("unsupported-type", rule, fact, "put them into a table of their own, or drop the key", where=str(path))
