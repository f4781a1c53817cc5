"""The encoding of text that is not UTF-8: told by a mark at its start, or guessed from its letters."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

from synth.data.formats import opened

_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CANDIDATES = [
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
]
_SAMPLE_LINES = 2000
"""Lines with letters beyond ASCII that are looked at."""

_CHUNK = 1 << 20


def marked_encoding(path: Path) -> str | None:
    """The encoding that a byte order mark tells; UTF-8's own mark is none, for it is read anyway."""
    try:
        with opened(path) as file:
            start = file.read(2)
    except (OSError, EOFError):
        return None
    return next((encoding for mark, encoding in _MARKS if start == mark), None)


def guessed_encoding(path: Path) -> str | None:
    """The likeliest encoding that decodes the whole file, or None.

    Args:
        path: of a file that is not UTF-8.
    """
    with opened(path) as file:
        telling = list(islice((line for line in file if not line.isascii()), _SAMPLE_LINES))
    matches = from_bytes(b"".join(telling), cp_isolation=_CANDIDATES)
    return next((match.encoding for match in matches if _decodes(path, match.encoding)), None)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with opened(path) as file:
            while chunk := file.read(_CHUNK):
                if any(control in decoder.decode(chunk) for control in _NO_TEXT):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


_NO_TEXT = "\0\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f"


class Utf8(io.RawIOBase):
    """Decoded text as a stream of UTF-8 bytes, a piece at a time."""

    def __init__(self, text: io.TextIOBase) -> None:
        """Reads from where `text` is."""
        self._pieces: Iterator[bytes] = (piece.encode() for piece in iter(lambda: text.read(_CHUNK), ""))
        self._left = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as the next piece goes."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n
