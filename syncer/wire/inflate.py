"""Bytes that may be gzip: inflate them when they are, whatever the headers say, and notice a cut.

Amplitude's file is gzip with a header that some libraries act on and some do not (amplitude facts 1.2 E), so only the
bytes themselves are believed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

MAGIC: Final = b"\x1f\x8b"
PIECE: Final = 1 << 20


class CutShort(Exception):
    """The gzip stream ends before its trailer, or is damaged."""


def inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes inflated if they begin as gzip, and as they are if not; raise `CutShort` on a cut stream."""
    source = iter(chunks)
    head = b""
    for chunk in source:
        head += chunk
        if len(head) >= len(MAGIC):
            break
    if not head.startswith(MAGIC):
        if head:
            yield head
        yield from source
        return
    yield from _gunzip(head, source)


def _gunzip(head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=31)
    data = head
    try:
        while True:
            piece = stream.decompress(data, PIECE)
            if piece:
                yield piece
            if stream.eof:
                # A gzip file may hold several members one after the other.
                data = stream.unused_data or next(source, b"")
                if not data.strip(b"\0"):
                    return
                stream = zlib.decompressobj(wbits=31)
            else:
                data = stream.unconsumed_tail or next(source, b"")
                if not data:
                    raise CutShort("the gzip stream ends before its trailer")
    except zlib.error as error:
        raise CutShort(f"the gzip stream is damaged ({error})") from error
