"""Reading in blocks: of many lines of NDJSON at once only those are read that are like none judged before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

from contracts.limits import LONGEST_LINE

_FIRST: Final = 1 << 13
_LARGEST: Final = 1 << 18


class Alike(NamedTuple):
    """Stand for lines that are like ones already judged: how many, their bytes, and the line they start on.

    `text` is that of the first, when it is the first of its block or breaks something. `told` is what the sieve has to
    say about it, nothing about clean lines; of those that break something there is one to a part.
    """

    lines: int
    size: int
    line: int
    text: str
    told: Any = None


class Sieve(Protocol):
    """What tells which lines are like ones already judged."""

    def __bool__(self) -> bool:
        """Say whether it knows any."""

    def sift(self, text: str) -> list[tuple[int, str, Any]]:
        """Return the lines of a text, each ended by LF, that are not surely clean, with their places from 0.

        With each goes what is to be told about it, or None when it has to be read and judged.
        """


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream; of one that is too long the start."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line


def sifted(stream: BinaryIO, sieve: Sieve) -> Iterator[bytes | Alike]:
    """Yield the lines of a stream, and for those that the sieve knows what is known.

    Of a pipe it reads what there is; never more than a block and one line.
    """
    read = stream.read if stream.seekable() else getattr(stream, "read1", stream.readline)
    size = _FIRST
    while block := read(size):
        size = min(2 * size, _LARGEST)
        if not block.endswith(b"\n"):
            block += stream.readline(LONGEST_LINE + 1)
        text = _text(block) if sieve else None
        if text is None:
            yield from _split(block)
        else:
            yield from _runs(block, text, sieve)


def _text(block: bytes) -> str | None:
    """Return a block as text, unless there is something in it that each line has to be asked for."""
    if b"\r" in block or not block.endswith(b"\n"):
        return None
    try:
        return block.decode()
    except UnicodeDecodeError:
        return None


def _split(block: bytes) -> Iterator[bytes]:
    """Yield lines as a file does: ended by LF alone."""
    *whole, rest = block.split(b"\n")
    for line in whole:
        yield line + b"\n"
    if rest:
        yield rest


def _runs(block: bytes, text: str, sieve: Sieve) -> Iterator[bytes | Alike]:
    """Yield the lines of a block that have to be read, each in its place among those that have not."""
    left = sieve.sift(text)
    size = len(block) - sum(len(line) for _, line, _ in left)
    first, position = text[: text.index("\n") + 1], 0
    for place, line, told in left:
        if place > position:
            yield Alike(place - position, size, 0, "" if position else first)
            size = 0
        yield line.encode() if told is None else Alike(1, len(line), 0, line, told)
        position = place + 1
    count = block.count(b"\n")
    if count > position:
        yield Alike(count - position, size, 0, "" if position else first)
