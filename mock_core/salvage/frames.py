"""The write-ahead log: the newest committed version of each page, as far as its frames are whole.

SQLite stops at the first frame that is damaged; here only that frame is left out, since each carries the sum of all
before it, which the next is checked from.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

_HEADER: Final = 32
_FRAME: Final = 24
_MAGIC: Final = (0x377F0682, 0x377F0683)  # sums over little-endian words, over big-endian ones
_MASK: Final = 0xFFFFFFFF


@dataclass(slots=True)
class Frames:
    """Pages by number, out of the log; `damaged` counts the frames of it that are not whole."""

    pages: dict[int, memoryview] = field(default_factory=dict)
    damaged: int = 0


def log_page_size(log: memoryview) -> int | None:
    """Return the size of pages that a log says it holds, None when it does not say."""
    size = struct.unpack_from(">I", log, 8)[0] if len(log) >= _HEADER else 0
    return size if 512 <= size <= 65536 and not size & (size - 1) else None


def read_frames(log: memoryview, page_size: int) -> Frames:
    """Return the pages of a log that were committed."""
    found = Frames()
    step = _FRAME + page_size
    if len(log) < _HEADER + _FRAME:
        return found
    magic = struct.unpack_from(">I", log, 0)[0]
    order = "<" if magic == _MAGIC[0] or magic not in _MAGIC else ">"
    heads = [
        struct.unpack_from(">6I", log, at) for at in range(_HEADER, len(log) - _FRAME + 1, step)
    ]  # page, pages after a commit, two salts, two sums
    own = struct.unpack_from(">2I", log, 16)
    if all(head[2:4] != own for head in heads):  # the log's head is damaged: most frames are of one checkpoint
        own = Counter(head[2:4] for head in heads).most_common(1)[0][0]
    before = struct.unpack_from(">2I", log, 24)
    waiting: dict[int, memoryview] = {}
    for place, head in enumerate(heads):
        if head[2:4] != own:  # left over from before the log began anew
            break
        at = _HEADER + place * step
        page = log[at + _FRAME : at + step]
        if len(page) == page_size and head[0] and _sum(log[at : at + 8], page, before, order) == head[4:6]:
            waiting[head[0]] = page
        else:
            found.damaged += 1
        before = head[4:6]
        if head[1]:
            found.pages.update(waiting)
            waiting.clear()
    return found


def _sum(head: memoryview, page: memoryview, before: tuple[int, ...], order: str) -> tuple[int, int]:
    one, two = before
    for part in (head, page):
        words = struct.unpack(f"{order}{len(part) // 4}I", part)
        for place in range(0, len(words), 2):
            one = (one + words[place] + two) & _MASK
            two = (two + words[place + 1] + one) & _MASK
    return one, two
