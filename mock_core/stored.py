"""A body made whole before it is sent, so that its length can be announced: in memory if small, else on disk."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Final

IN_MEMORY: Final = 1 << 20
PIECE: Final = 1 << 18


class Stored:
    """Makes a body when its length is first asked for, and hands it out in pieces; `len` counts its bytes.

    So it is made by whoever sends it, and not while a workspace is held for the answer.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterable[bytes] = pieces
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the last who holds this
        self._size: int | None = None
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        with self._lock:
            if self._size is None:
                self._file.writelines(self._pieces)
                self._size, self._pieces = self._file.tell(), ()
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        at, size = 0, len(self)
        while at < size:
            with self._lock:
                self._file.seek(at)
                piece = self._file.read(PIECE)
            at += len(piece)
            yield piece
