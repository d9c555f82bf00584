"""The pages of a file: their size, which are free, and the newest version of each, the log's before the file's."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from mock_core.salvage.frames import log_page_size, read_frames

HEAD: Final = 100
"""Bytes of the first page that belong to the file."""
LEAF_TABLE, LEAF_INDEX, INNER_TABLE, INNER_INDEX = 0x0D, 0x0A, 0x05, 0x02
_KINDS: Final = (LEAF_TABLE, LEAF_INDEX, INNER_TABLE, INNER_INDEX)
NOTHING: Final = memoryview(b"")
_MAGIC: Final = b"SQLite format 3\0"
_USUAL: Final = 4096
_SIZES: Final = tuple(1 << power for power in range(9, 17))
_LOOKED_AT: Final = 4 << 20
_LIKE: Final = 0.7
_MOST_RESERVED: Final = 32


class Pages:
    """Pages by number, from 1; one that is not there, or not whole, is None."""

    def __init__(self, data: memoryview, log: memoryview = NOTHING) -> None:
        self._data = data
        self.size = _size_told(data) or log_page_size(log) or _size_guessed(data)
        frames = read_frames(log, self.size)
        self._newer = frames.pages
        self.damaged_frames = frames.damaged
        self.count = max([-(-len(data) // self.size), *self._newer])
        first = self.page(1)
        self.has_head = first is not None and bytes(first[:16]) == _MAGIC
        reserved = first[20] if first is not None and self.has_head else 0
        self.usable = self.size - (reserved if reserved <= _MOST_RESERVED else 0)

    def page(self, number: int) -> memoryview | None:
        """Return a page, None when there is no such page or the file ends within it."""
        newer = self._newer.get(number)
        if newer is not None:
            return newer
        page = self._data[(number - 1) * self.size : number * self.size] if number > 0 else self._data[:0]
        return page if len(page) == self.size else None

    @property
    def is_cut(self) -> bool:
        """Whether the file ends before its last page does, or has fewer pages than it says."""
        first = self.page(1)
        told: int = struct.unpack_from(">I", first, 28)[0] if first is not None and self.has_head else 0
        return told > self.count or self.page(self.count) is None

    def free(self) -> set[int] | None:
        """Return the pages that hold nothing any more, though what was deleted still stands there; None: not known."""
        first = self.page(1)
        if first is None or not self.has_head:
            return None
        found: set[int] = set()
        trunk, count = struct.unpack_from(">2I", first, 32)
        while trunk:
            page = self.page(trunk)
            if page is None or trunk in found:
                return None
            following, leaves = struct.unpack_from(">2I", page, 0)
            if leaves > self.usable // 4 - 2:
                return None
            found |= {trunk, *struct.unpack_from(f">{leaves}I", page, 8)}
            trunk = following
        return found if len(found) == count else None


@contextmanager
def opened(path: Path) -> Iterator[Pages]:
    """Give the pages of a file and of the log beside it; nothing is written, and nothing can be."""
    with ExitStack() as stack:
        data = _mapped(path, stack)
        log = path.with_name(f"{path.name}-wal")
        yield Pages(data, _mapped(log, stack) if log.is_file() else NOTHING)


def _mapped(path: Path, stack: ExitStack) -> memoryview:
    file = stack.enter_context(path.open("rb"))
    if not path.stat().st_size:
        return NOTHING
    # not closed by hand: slices of it may outlive a generator that broke off, and the collector knows when
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def head_of(number: int) -> int:
    """Return where in a page the head of its tree's node stands."""
    return HEAD if number == 1 else 0


def _size_told(data: memoryview) -> int | None:
    if len(data) < HEAD or bytes(data[:16]) != _MAGIC:
        return None
    size = struct.unpack_from(">H", data, 16)[0]
    size = 65536 if size == 1 else size
    return size if 512 <= size <= 65536 and not size & (size - 1) else None


def _size_guessed(data: memoryview) -> int:
    """Return the smallest size by which pages begin as nodes of a tree do; SQLite's usual one where none does.

    Of every multiple of the size the same share begins so, of a fraction of it less.
    """
    looked_at = min(len(data), _LOOKED_AT)

    def share(size: int) -> float:
        places = range(size, looked_at - size + 1, size)
        return sum(_is_node(data[at : at + size]) for at in places) / len(places) if places else 0

    shares = {size: share(size) for size in _SIZES}
    likely = max(shares.values()) * _LIKE
    return next((size for size in _SIZES if likely and shares[size] >= likely), _USUAL)


def _is_node(page: memoryview) -> bool:
    if len(page) < 12 or page[0] not in _KINDS:
        return False
    cells: int = struct.unpack_from(">H", page, 3)[0]
    content: int = struct.unpack_from(">H", page, 5)[0] or 65536
    return 0 < cells < len(page) // 4 and 8 + 2 * cells <= content <= len(page)
