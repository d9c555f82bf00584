"""Formats of texts in fields, and how dates in them are read (destination facts 3, 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.javascript import clipped, date_ms, number_of, number_text, utc_ms

_PLAIN: Final = re.compile(
    r"([0-9]{4})[-/]?([0-9]{1,2})?[-/]?([0-9]{0,2})[Tt\s]*([0-9]{1,2})?:?([0-9]{1,2})?:?([0-9]{1,2})?[.:]?([0-9]+)?"
)
_H, _OCTET, _ESCAPED = "[0-9a-f]{1,4}", "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)", "%[0-9a-f]{2}"
_V4 = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_V6 = (
    rf"(?:(?:{_H}:){{6}}|::(?:{_H}:){{5}}|(?:{_H})?::(?:{_H}:){{4}}|(?:(?:{_H}:){{0,1}}{_H})?::(?:{_H}:){{3}}"
    rf"|(?:(?:{_H}:){{0,2}}{_H})?::(?:{_H}:){{2}}|(?:(?:{_H}:){{0,3}}{_H})?::{_H}:|(?:(?:{_H}:){{0,4}}{_H})?::)"
    rf"(?:{_H}:{_H}|{_V4})|(?:(?:{_H}:){{0,5}}{_H})?::{_H}|(?:(?:{_H}:){{0,6}}{_H})?::"
)
_LETTERS = r"a-z0-9\-._~!$&'()*+,;="
_NAME, _USER = rf"(?:[{_LETTERS}]|{_ESCAPED})*", rf"(?:[{_LETTERS}:]|{_ESCAPED})*"
_PART, _REST = rf"(?:[{_LETTERS}:@]|{_ESCAPED})", rf"(?:[{_LETTERS}:@/?]|{_ESCAPED})*"
_URI: Final = re.compile(  # as the package's validator has it (ajv-formats)
    rf"[a-z][a-z0-9+\-.]*:(?:/?/(?:{_USER}@)?(?:\[(?:{_V6}|v[0-9a-f]+\.[{_LETTERS}:]+)\]|{_V4}|{_NAME})(?::[0-9]*)?"
    rf"(?:/{_PART}*)*|/(?:{_PART}+(?:/{_PART}*)*)?|{_PART}+(?:/{_PART}*)*)(?:\?{_REST})?(?:#{_REST})?",
    re.IGNORECASE | re.ASCII,
)


def day_ms(value: Any) -> int | None:
    """Return milliseconds from the epoch as the package's date library reads a value in UTC, None for none.

    A number is milliseconds; a text of digits is taken apart as year, month, day, hour, however long it is.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return clipped(number_of(value))
    if not isinstance(value, str):
        return None
    found = None if value[-1:] in {"Z", "z"} else _PLAIN.fullmatch(value)
    if found is None:
        return date_ms(value)
    year, month, day, hour, minute, second, part = (
        int(each[:3] if at == 6 else each) if each else None for at, each in enumerate(found.groups())
    )
    full = (year or 0) + 1900 if (year or 0) <= 99 else year or 0
    start = 0 if month in {None, 1} else (month or 0) - 1
    return clipped(utc_ms(full, start, day or 1, hour or 0, minute or 0, second or 0, part or 0))


def is_date_like(value: str) -> bool:
    """Say whether a field of dates takes a text; digits are seconds to it, which says nothing of how they are read."""
    number = number_of(value)
    if number_text(number) == value:
        return clipped(number * 1000) is not None if number == number else False  # noqa: PLR0124  (NaN)
    return day_ms(value) is not None


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "date-like": is_date_like,
    "uri": lambda value: _URI.fullmatch(value) is not None,
}
