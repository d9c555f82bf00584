"""Bodies that a recorder wrote in Base64, since they were bytes and not text to it: often gzip, as clients send it.

HAR says `encoding: base64` beside the text, vcrpy and VCR say `base64_string`, WireMock `bodyAsBase64`, MockServer
`base64Bytes`.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

MOST: Final = 64 * 1024 * 1024  # of what a body inflates to; the edge takes half a megabyte
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_KEYS: Final = ("base64Bytes", "base64_string")
_BESIDE: Final = ("bodyAsBase64",)


class Packed(NamedTuple):
    """Hold where in a request a packed body stands, and the Base64."""

    steps: tuple[str, ...]
    base64: str


def packed(request: Mapping[str, Any], bodies: tuple[str, ...]) -> Packed | None:
    """Return the body of a recorded request that is written in Base64, None where it has another or none."""
    for name in _BESIDE:
        if isinstance(request.get(name), str) and not request.get("body"):
            return Packed((name,), request[name])
    for name in bodies:
        held = request.get(name)
        if not isinstance(held, dict):
            continue
        for key in _KEYS:
            if isinstance(held.get(key), str):
                return Packed((name, key), held[key])
        if held.get("encoding") == "base64" and isinstance(held.get("text"), str):
            return Packed((name, "text"), held["text"])
    return None


def opened(text: str) -> bytes:
    """Return the bytes that Base64 stands for, inflated where they are gzip.

    Raises `ValueError`, which says in words what they are instead.
    """
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a body that is no Base64, though the recording says so") from error
    return plain(raw)


def plain(raw: bytes) -> bytes:
    """Return bytes, inflated where they are gzip; raise `ValueError`, which says in words what they are instead."""
    if not raw.startswith(_GZIP):
        return raw
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        inflated = inflater.decompress(raw, MOST)
    except zlib.error as error:
        raise ValueError("a gzip body that cannot be inflated") from error
    if inflater.unconsumed_tail:
        raise ValueError(f"a gzip body of more than {MOST >> 20} MB")
    if not inflater.eof:
        raise ValueError("a gzip body that is cut off")
    return inflated
