"""Objects: bytes, JSON and tables under string keys in a folder, an S3 bucket or memory, behind one small API.

Steps and tasks exchange only an `Objects.url` and keys, so that the same step runs in this process and on any node
that sees the store. A key is written whole or not at all, on every backend.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, MemoryStore, from_url

REMOTE_SCHEMES = ("s3", "s3a")


class Objects:
    """A store of objects, made from its URL and giving it back.

    Attributes:
        url: `file:///folder`, `s3://bucket/prefix` or `memory://name`; `Objects(objects.url)` is the same store.
        root: the folder on disk, None for stores that are not one.
    """

    _memory: ClassVar[dict[str, MemoryStore]] = {}

    def __init__(self, url: str | Path) -> None:
        """Opens a store; a plain path is a folder, which is made on the first write.

        Raises:
            ValueError: the URL has another scheme than file, s3 and memory.
        """
        scheme = urlsplit(str(url)).scheme
        self.root: Path | None = None
        if scheme == "memory":
            self.url = str(url)
            self._store: Any = self._memory.setdefault(self.url, MemoryStore())
        elif scheme in REMOTE_SCHEMES:
            self.url = str(url).rstrip("/")
            self._store = from_url(self.url)
        elif scheme == "file" or "://" not in str(url):
            self.root = Path(unquote(urlsplit(str(url)).path) if scheme == "file" else url).absolute()
            self.url = self.root.as_uri()
            self._store = None
        else:
            raise ValueError(f"an object store is file://, s3:// or memory://, however: {scheme=}")

    @property
    def is_in_process(self) -> bool:
        """True where no other process can see the objects."""
        return isinstance(self._store, MemoryStore)

    def _open(self) -> Any:
        if self._store is None:
            assert self.root is not None
            # Private by default: a work area holds seed rows.
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(self.root)
        return self._store

    def put(self, key: str, data: bytes, *, create: bool = False) -> bool:
        """Writes bytes at once; with `create`, only if the key is free. Returns whether it wrote."""
        try:
            obstore.put(self._open(), key, data, mode="create" if create else "overwrite")
        except AlreadyExistsError:
            return False
        return True

    def get(self, key: str) -> bytes:
        """Reads bytes.

        Raises:
            FileNotFoundError: no such key.
        """
        return bytes(obstore.get(self._open(), key).bytes())

    def exists(self, key: str) -> bool:
        """True where the key holds an object."""
        if self.root is not None:
            return (self.root / key).is_file()
        try:
            obstore.head(self._open(), key)
        except FileNotFoundError:
            return False
        return True

    def keys(self, prefix: str = "") -> list[str]:
        """All keys below a prefix (whole path segments), sorted."""
        if self.root is not None and not self.root.is_dir():
            return []
        pages = obstore.list(self._open(), prefix or None)
        return sorted(str(item["path"]) for page in pages for item in page)

    def delete(self, prefix: str) -> None:
        """Deletes the object of this key and all objects below it; nothing there is fine."""
        if keys := self.keys(prefix) + [prefix] * self.exists(prefix):
            obstore.delete(self._open(), keys)

    def put_json(self, key: str, value: Any) -> None:
        """Writes a JSON value, keys sorted."""
        self.put(key, json.dumps(value, sort_keys=True, allow_nan=False).encode())

    def get_json(self, key: str) -> Any:
        """Reads a JSON value.

        Raises:
            FileNotFoundError: no such key.
        """
        return json.loads(self.get(key))

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """A path to write a file to; it becomes the object when the block ends well and leaves no trace otherwise."""
        if self.root is not None:
            self._open()
        # Beside the objects where they are files, so that it can be renamed.
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=self.root) as folder:
            path = Path(folder, PurePosixPath(key).name)
            yield path
            if self.root is None:
                obstore.put(self._open(), key, path)
            else:
                (self.root / key).parent.mkdir(parents=True, exist_ok=True)
                path.replace(self.root / key)

    def read_table(self, key: str, columns: list[str] | None = None) -> pa.Table:
        """Reads a Parquet object into memory; only the named columns where given."""
        with self.open_parquet(key) as file:
            return file.read(columns=columns)

    def open_parquet(self, key: str) -> pq.ParquetFile:
        """Opens a Parquet object to read it piece by piece; fetches only what is read.

        Raises:
            FileNotFoundError: no such key.
        """
        if self.root is not None:
            return pq.ParquetFile(self.root / key, memory_map=True)
        return pq.ParquetFile(io.BufferedReader(_RangeReader(obstore.open_reader(self._open(), key)), 1 << 20))

    def upload(self, folder: Path, prefix: str) -> None:
        """Copies all files of a folder to keys below a prefix."""
        for path in _files(folder):
            obstore.put(self._open(), f"{prefix}/{path.relative_to(folder).as_posix()}", path)

    def download(self, prefix: str, folder: Path) -> None:
        """Copies all objects below a prefix into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for key in self.keys(prefix):
            self.fetch(key, folder / key[len(prefix) :].lstrip("/"))

    def fetch(self, key: str, path: Path) -> None:
        """Copies one object to a file, without a second copy of the bytes where the file system can share them.

        Raises:
            FileNotFoundError: no such key.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.root is not None:
            try:
                os.link(self.root / key, path)
            except OSError:  # another file system, or one without hard links
                shutil.copyfile(self.root / key, path)
            return
        with path.open("wb") as file:
            for chunk in obstore.get(self._open(), key).stream():
                file.write(chunk)

    @contextmanager
    def folder(self, prefix: str) -> Iterator[tuple[Path, Callable[[], None]]]:
        """What is below a prefix as a local folder, and a function that brings the files changed there into the store.

        For code that works on files, such as a fit with its checkpoints. Where objects are files, it is the folder.
        """
        if self.root is not None:
            yield self.root / prefix, lambda: None
            return
        with tempfile.TemporaryDirectory(prefix="synth-") as name:
            folder = Path(name)
            self.download(prefix, folder)
            kept = _stamps(folder)

            def push() -> None:
                for path, stamp in _stamps(folder).items():
                    if kept.get(path) != stamp:
                        obstore.put(self._open(), f"{prefix}/{path.relative_to(folder).as_posix()}", path)
                        kept[path] = stamp

            yield folder, push


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _stamps(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in _files(folder)}


class _RangeReader(io.RawIOBase):
    """An obstore reader as a Python file."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def readinto(self, buffer: Any) -> int:
        data = bytes(self._reader.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)
