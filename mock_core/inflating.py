"""Gzip bodies, opened no further than somebody wants to read."""

from __future__ import annotations

import zlib
from typing import Final

MEMBERS: Final = 64  # gzip may be a row of members; a body of thousands of empty ones is a trick


def inflated(body: bytes, limit: int) -> bytes:
    """Return what a gzip body holds, or its beginning, just longer than `limit` bytes, when it holds more than that.

    Raises `ValueError` for what is no gzip, or is cut off.
    """
    found, rest = b"", body
    for _ in range(MEMBERS):
        inflater = zlib.decompressobj(wbits=31)
        try:
            found += inflater.decompress(rest, limit + 1 - len(found))
        except zlib.error as error:
            raise ValueError("the body is no gzip") from error
        rest = inflater.unused_data
        if len(found) > limit or (inflater.eof and not rest):
            return found
        if not inflater.eof:
            break
    raise ValueError("the gzip body is cut off")
