"""A file that is read in pieces, whether it is packed or not."""

from __future__ import annotations

import gzip
import os
import stat
import tempfile
import weakref
import zlib
from io import BufferedReader
from pathlib import Path
from typing import IO, Final

from recording.errors import NotReadable

LARGEST: Final = 1 << 30
_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 20


class Held:
    """A file that stays open as long as somebody has this; `size` is how long it is, unpacked, in bytes.

    Raises `NotReadable` for what cannot be read or is too large.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                told = os.fstat(file.fileno())
                self.written = round(told.st_mtime * 1000)
                if told.st_size > LARGEST:
                    raise self._too_large()
                is_file = stat.S_ISREG(told.st_mode)
                if is_file and os.pread(file.fileno(), 2, 0) != _GZIP:
                    self._descriptor = os.dup(file.fileno())
                else:
                    self._descriptor = self._copied(file)
        except OSError as error:
            raise NotReadable(f"{path} cannot be read: {error.strerror or error}.") from error
        weakref.finalize(self, os.close, self._descriptor)
        self.size = os.fstat(self._descriptor).st_size

    def _copied(self, file: BufferedReader) -> int:
        """Return a nameless file with what a packed one holds, as far as it goes, or with what comes from a pipe."""
        is_packed = file.peek(2)[:2] == _GZIP
        source: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=file) if is_packed else file
        with tempfile.TemporaryFile() as copy:
            while piece := _next(source):
                copy.write(piece)
                if copy.tell() > LARGEST:
                    raise self._too_large()
            copy.flush()
            return os.dup(copy.fileno())

    def _too_large(self) -> NotReadable:
        return NotReadable(
            f"{self.path} has more than {LARGEST >> 30} GB; save less of the traffic, one host or one sync."
        )

    def piece(self, start: int, size: int) -> bytes:
        """Return so many bytes from a place on, fewer at the end."""
        pieces: list[bytes] = []
        while size > 0 and (found := os.pread(self._descriptor, size, start)):
            pieces.append(found)
            start += len(found)
            size -= len(found)
        return b"".join(pieces)

    def all(self) -> bytes:
        """Return all of it."""
        return self.piece(0, self.size)


def _next(source: IO[bytes] | gzip.GzipFile) -> bytes:
    try:
        return source.read(_PIECE)
    except (EOFError, zlib.error, gzip.BadGzipFile):  # it is cut off, which its content tells
        return b""
