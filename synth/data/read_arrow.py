"""Reading Arrow IPC files and Parquet, both without ever making more of them than the limits allow."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pat

from synth.data.columns import is_text
from synth.data.formats import name_faults, type_faults
from synth.data.limits import Watch
from synth.errors import Fault, InvalidInputError, raise_all

_BATCH_ROWS = 65_536


def read_parquet(path: Path) -> pa.Table:
    """Reads a Parquet file in batches; texts come as dictionaries, so that one long text repeated stays one.

    Raises:
        InvalidInputError: not Parquet or cut off, columns of unsupported types or names, or beyond the limits.
    """
    watch = Watch(path)
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            _check(schema, file.metadata.num_rows, path, watch)
            texts = [field.name for field in schema if is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            batches = []
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                watch.add(_bytes_of(batch, watch), batch.num_rows)
                batches.append(batch)
            return pa.Table.from_batches(batches, batches[0].schema if batches else schema)
    except (pa.ArrowException, OSError, ValueError):
        rule, remedy = "the file must be Parquet and whole", "write it again, or rename it if it is of another format"
        raise InvalidInputError(Fault("broken-parquet", rule, "it is not", remedy, where=str(path))) from None


def read_arrow(path: Path) -> pa.Table:
    """Reads an Arrow IPC file.

    Raises:
        InvalidInputError: as `read_parquet`, and extension types.
    """
    watch = Watch(path)
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as file:
            _check(file.schema, 0, path, watch)
            batches = []
            for i in range(file.num_record_batches):
                batch = file.get_batch(i)
                watch.add(_bytes_of(batch, watch), batch.num_rows)
                batches.append(batch)
            return pa.Table.from_batches(batches, file.schema)
    except (pa.ArrowException, OSError, ValueError):
        rule, remedy = "the file must be an Arrow IPC file and whole", "write it again, or rename it"
        raise InvalidInputError(Fault("broken-arrow", rule, "it is not", remedy, where=str(path))) from None


def _check(schema: pa.Schema, n_rows: int, path: Path, watch: Watch) -> None:
    watch.columns(len(schema))
    if n_rows > watch.limits.rows:
        watch.add(n_rows=n_rows)
    extended = [field for field in schema if (field.metadata or {}).get(b"ARROW:extension:name")]
    faults = [_extension(field.name, path) for field in extended]
    raise_all([*name_faults(schema.names, path), *faults, *type_faults(schema, path)])


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
