"""Formats as Segment's validator takes them: those of gojsonschema 1.2, loose where it is loose.

A date-time may be a date or a time alone, a URI may hold spaces, a UUID is lower case; every name that is not here
holds for any value (segment facts 5.6 [inferred] library). A number under a known format never holds.
"""

from __future__ import annotations

import ipaddress
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from contracts.plans.dialect import BadPattern, pattern
from contracts.plans.mailbox import is_mailbox
from contracts.plans.uri import uri

_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK: Final = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9](?:[.,][0-9]+)?|[.,][0-9]+)"
_ZONE: Final = r"(?:Z|[+-](?:[0-9]{2}|[+-][0-9]):(?:[0-9]{2}|[+-][0-9]))"
_TIME: Final = re.compile(_CLOCK)
_ZONED: Final = re.compile(_CLOCK + _ZONE)
_WHOLE_SECONDS: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_LABEL: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])?"
_HOSTNAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_UUID: Final = re.compile(r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}")
_POINTER: Final = r"(?:/(?:[^~/]|~0|~1)*)*"
_JSON_POINTER: Final = re.compile(_POINTER)
_RELATIVE_POINTER: Final = re.compile(rf"(?:0|[1-9][0-9]*)(?:#|{_POINTER})")
_ZEROS: Final = re.compile(r"(?<![0-9A-Fa-f.])0+(?=[0-9A-Fa-f]+(?::|\Z))")
_LONGEST_NAME: Final = 255


def _is_date(text: str) -> bool:
    day = _DAY.fullmatch(text)
    if day is None:
        return False
    year, month, number = map(int, day.groups())
    # Go knows a year 0, which is a leap year as 2000 is; Python's calendar begins with 1
    return 1 <= month <= 12 and 1 <= number <= monthrange(year or 2000, month)[1]


def _is_time(text: str) -> bool:
    """A fraction and a single digit for the hour pass only before a zone."""
    return _ZONED.fullmatch(text) is not None or _WHOLE_SECONDS.fullmatch(text) is not None


def _is_date_time(text: str) -> bool:
    if _TIME.fullmatch(text) or _ZONED.fullmatch(text) or _is_date(text):
        return True
    day, separator, time = text[:10], text[10:11], text[11:]
    return separator == "T" and _is_date(day) and _ZONED.fullmatch(time) is not None


def _address(text: str) -> bool:
    if "%" in text:  # a zone, which Go reads elsewhere
        return False
    try:
        ipaddress.ip_address(_ZEROS.sub("", text) if ":" in text else text)
    except ValueError:
        return False
    return True


def _is_uri(text: str) -> bool:
    read = uri(text)
    return read is not None and bool(read.scheme) and "\\" not in text


def _is_reference(text: str) -> bool:
    return uri(text) is not None and "\\" not in text


def _is_template(text: str) -> bool:
    """Every brace that opens in the path is closed."""
    read = uri(text)
    if read is None or "\\" in text:
        return False
    opened = read.path.find(b"{")
    while opened >= 0:
        closed = read.path.find(b"}", opened)
        if closed < 0:
            return False
        opened = read.path.find(b"{", closed)
    return True


def _is_regex(text: str) -> bool:
    try:
        pattern(text)
    except BadPattern:
        return False
    return True


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "date": _is_date,
        "time": _is_time,
        "date-time": _is_date_time,
        "hostname": lambda text: len(text) <= _LONGEST_NAME and _HOSTNAME.fullmatch(text) is not None,
        "email": is_mailbox,
        "idn-email": is_mailbox,
        "ipv4": lambda text: "." in text and _address(text),
        "ipv6": lambda text: ":" in text and _address(text),
        "uri": _is_uri,
        "uri-reference": _is_reference,
        "iri": _is_uri,
        "iri-reference": _is_reference,
        "uri-template": _is_template,
        "uuid": lambda text: _UUID.fullmatch(text) is not None,
        "regex": _is_regex,
        "json-pointer": lambda text: _JSON_POINTER.fullmatch(text) is not None,
        "relative-json-pointer": lambda text: _RELATIVE_POINTER.fullmatch(text) is not None,
    }
)
"""What says whether a text is of a format, by the format's name."""
