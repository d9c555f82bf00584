"""Addresses of resources as Go's net/url reads them: looser than RFC 3986 (segment facts 5.6 [inferred] library).

Spaces, braces and bars are taken; control characters, broken escapes, odd hosts and ports are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USER: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:%@-]*")
_PORT: Final = re.compile(r"(?::[0-9]*)?")
_NAME: Final = r"A-Za-z0-9!$&'()*+,;=:\[\]<>\"_.~-"
_HOST: Final = re.compile(rf"(?:[{_NAME}]|[^\x00-\x7f]|%25|%[89A-Fa-f][0-9A-Fa-f])*")
_ZONE: Final = re.compile(rf"(?:[{_NAME}]|[^\x00-\x7f]|%25|%20|%[0-7][0-9A-Fa-f])*")
_ZONE_LETTER: Final = re.compile(rf"[{_NAME}]")
_ESCAPED: Final = re.compile(r"%([0-7][0-9A-Fa-f])")


@dataclass(frozen=True, slots=True)
class Uri:
    """Hold what is asked of a reference that could be read: its scheme, and its path without escapes."""

    scheme: str
    path: bytes


def uri(text: str) -> Uri | None:
    """Read a URI or a reference to one; None when Go does not."""
    whole, _, fragment = text.partition("#")
    scheme = _SCHEME.match(whole)
    if _CONTROL.search(whole) or _BROKEN_ESCAPE.search(fragment) or whole.startswith(":"):
        return None
    rest = (whole[scheme.end() :] if scheme else whole).partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return Uri(scheme[1], b"")
        if ":" in rest.partition("/")[0]:
            return None
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        if not _is_authority(authority):
            return None
        rest = slash + path
    return None if _BROKEN_ESCAPE.search(rest) else Uri(scheme[1] if scheme else "", unquote_to_bytes(rest))


def _is_authority(authority: str) -> bool:
    user, _, host = authority.rpartition("@")
    return _is_host(host) and _USER.fullmatch(user) is not None and not _BROKEN_ESCAPE.search(user)


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        _, colon, port = host.rpartition(":")
        return (not colon or _PORT.fullmatch(colon + port) is not None) and _HOST.fullmatch(host) is not None
    address, closing, port = host.rpartition("]")
    if not closing or not _PORT.fullmatch(port):
        return False
    address, percent, zone = address.partition("%25")
    if not _HOST.fullmatch(address) or not _ZONE.fullmatch(percent + zone):
        return False
    plain = (chr(int(code, 16)) for code in _ESCAPED.findall(zone))
    return all(letter in " %" or _ZONE_LETTER.fullmatch(letter) for letter in plain)
