"""Reading Arrow IPC files and Parquet, both without ever making more of them than the limits allow."""

from __future__ import annotations

import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.formats import name_faults, type_faults
from synth.data.limits import COLUMNAR_RATIO_FROM, Watch
from synth.errors import Fault, InvalidInputError, raise_all

_DICTIONARY_BATCH = 2
"""Of the header types of an Arrow message."""

_BATCH_ROWS = 65_536
_BATCH_CELLS = 1 << 22
_PAGES_FROM = 128 << 20
"""Unpacked bytes of pages or buffers from which their ratio counts."""


def read_parquet(path: Path) -> pa.Table:
    """Reads a Parquet file in batches; texts come as dictionaries, so that one long text repeated stays one.

    Raises:
        InvalidInputError: not Parquet or cut off, columns of unsupported types or names, or beyond the limits.
    """
    watch = Watch(path, ratio_from=COLUMNAR_RATIO_FROM)
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            _check(schema, file.metadata.num_rows, path, watch)
            _check_sizes(file.metadata, schema, watch)
            texts = [field.name for field in schema if is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            batches = []
            for batch in file.iter_batches(batch_size=max(1, min(_BATCH_ROWS, _BATCH_CELLS // max(1, len(schema))))):
                batch.validate(full=True)
                watch.add(_bytes_of(batch, watch), batch.num_rows)
                batches.append(batch)
            return pa.Table.from_batches(batches, batches[0].schema if batches else schema)
    except (pa.ArrowException, OSError, ValueError):
        rule, remedy = "the file must be Parquet and whole", "write it again, or rename it if it is of another format"
        raise InvalidInputError(Fault("broken-parquet", rule, "it is not", remedy, where=str(path))) from None


def read_arrow(path: Path) -> pa.Table:
    """Reads an Arrow IPC file, batch after batch; what packed buffers unpack to is counted before.

    Raises:
        InvalidInputError: as `read_parquet`, and extension types.
    """
    watch = Watch(path, ratio_from=COLUMNAR_RATIO_FROM)
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
            _check(file.schema, 0, path, watch)
            watch.packed(unpacked_bytes(source), _PAGES_FROM)
            batches = []
            for i in range(file.num_record_batches):
                batch = file.get_batch(i)
                batch.validate(full=True)  # or places and lengths that lie would crash the process
                watch.add(_bytes_of(batch, watch), batch.num_rows)
                batches.append(batch)
            return pa.Table.from_batches(batches, file.schema)
    except (pa.ArrowException, OSError, ValueError, IndexError, struct.error):
        rule, remedy = "the file must be an Arrow IPC file and whole", "write it again, or rename it"
        raise InvalidInputError(Fault("broken-arrow", rule, "it is not", remedy, where=str(path))) from None


def _check(schema: pa.Schema, n_rows: int, path: Path, watch: Watch) -> None:
    watch.columns(len(schema))
    if n_rows > watch.limits.rows:
        watch.add(n_rows=n_rows)
    extended = [field for field in schema if _is_extension(field)]
    faults = [_extension(field.name, path) for field in extended]
    raise_all([*name_faults(schema.names, path), *faults, *type_faults(schema, path)])


def _check_sizes(metadata: pq.FileMetaData, schema: pa.Schema, watch: Watch) -> None:
    """Refuses by what the file says of itself, before pages are unpacked; what they hold is counted when it comes."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    watch.packed(sum(group.total_byte_size for group in groups), _PAGES_FROM)
    watch.cells(metadata.num_rows * len(schema))
    widths = [field.type.bit_width for field in schema if pat.is_primitive(field.type)]
    watch.packed(metadata.num_rows * sum(widths) // 8, COLUMNAR_RATIO_FROM)


def unpacked_bytes(source: pa.NativeFile) -> int:
    """Bytes that the compressed buffers of an Arrow IPC file unpack to, by what stands before each of them.

    Arrow allocates what stands there, so that it counts whether it is true or not. Source: the Arrow columnar format,
    IPC file format; its messages are FlatBuffers.

    Args:
        source: the file; its position changes.

    Raises:
        ValueError, struct.error: not an Arrow IPC file.
    """
    size = source.size()
    source.seek(size - 10)
    (length,) = struct.unpack("<i", source.read(4))
    footer = _bytes(source, size - 10 - length, length)
    root = _child(footer, 0)
    blocks = [block for slot in (2, 3) for block in _structs(footer, root, slot, "<qi4xq")]
    return sum(_unpacked(source, offset, length) for offset, length, _ in blocks)


def _unpacked(source: pa.NativeFile, offset: int, length: int) -> int:
    """Bytes of one record batch or dictionary."""
    message = _bytes(source, offset, length)
    message = message[8:] if message[:4] == b"\xff" * 4 else message[4:]
    root = _child(message, 0)
    kind = message[_field(message, root, 1)]
    batch = _child(message, _field(message, root, 2))
    if kind == _DICTIONARY_BATCH:
        batch = _child(message, _field(message, batch, 1))
    if not _field(message, batch, 3):
        return 0  # not compressed
    total = 0
    for start, n_bytes in _structs(message, batch, 2, "<qq"):
        if n_bytes >= 8:
            source.seek(offset + length + start)
            total += max(0, struct.unpack("<q", source.read(8))[0])
    return total


def _bytes(source: pa.NativeFile, place: int, length: int) -> bytes:
    if place < 0 or length < 0:
        raise ValueError("no such place")
    source.seek(place)
    return bytes(source.read(length))


def _child(data: bytes, place: int) -> int:
    return int(place + struct.unpack_from("<I", data, place)[0])


def _field(data: bytes, table: int, slot: int) -> int:
    """Where a field of a FlatBuffers table lies; 0 where it is absent."""
    index = table - struct.unpack_from("<i", data, table)[0]
    (size,) = struct.unpack_from("<H", data, index)
    offset = struct.unpack_from("<H", data, index + 4 + 2 * slot)[0] if 4 + 2 * slot < size else 0
    return int(table + offset) if offset else 0


def _structs(data: bytes, table: int, slot: int, form: str) -> list[tuple[int, ...]]:
    """A field that is a vector of structs."""
    place = _field(data, table, slot)
    if not place:
        return []
    start = _child(data, place)
    (n,) = struct.unpack_from("<I", data, start)
    whole = memoryview(data)[start + 4 : start + 4 + n * struct.calcsize(form)]
    return list(struct.iter_unpack(form, whole))


def _is_extension(field: pa.Field) -> bool:
    return isinstance(field.type, pa.BaseExtensionType) or b"ARROW:extension:name" in (field.metadata or {})


def _extension(name: str, path: Path) -> Fault:
    rule, fact = "columns must be of flat types", f"`{name}` is of an extension type"
    return Fault("unsupported-type", rule, fact, "store it as its plain type", where=str(path))


def _bytes_of(batch: pa.RecordBatch, watch: Watch) -> int:
    """Bytes that a batch has once its dictionaries are written out; checks its largest cells."""
    total = 0
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pat.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary) if is_text(column.dictionary.type) else None
            if lengths is not None and len(lengths):
                watch.cell(pc.max(lengths).as_py() or 0, name)
                total += pc.sum(lengths.take(column.indices)).as_py() or 0
            total += 4 * len(column)
            continue
        if is_text(column.type):
            watch.cell(pc.max(pc.binary_length(column)).as_py() or 0, name)
        total += column.nbytes
    return total
