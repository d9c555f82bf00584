"""Values turned into text, numbers and truth by JavaScript's rules (ECMA-262, abstract operations of chapter 7)."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from enum import Enum
from typing import Any, Final


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "undefined"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING
"""What is not there; not the same as null."""

_EXACT: Final = 2**53
_SPACE: Final = (
    " \t\n\r\x0b\x0c\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
)
_SPACES: Final = _SPACE + "\u202f\u205f\u3000\ufeff"
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BASED: Final = {
    "0x": (16, re.compile("[0-9a-fA-F]+")),
    "0o": (8, re.compile("[0-7]+")),
    "0b": (2, re.compile("[01]+")),
}


def trimmed(text: str) -> str:
    """Return text without the white space around it, as JavaScript knows white space."""
    return text.strip(_SPACES)


def truthy(value: Any) -> bool:
    """Say whether JavaScript takes a value for true: an empty list or object is."""
    if isinstance(value, bool | Missing) or value is None:
        return value is True
    if isinstance(value, int | float):
        return value not in (0, 0.0) and not math.isnan(value)
    return value != "" if isinstance(value, str) else True


def number_text(number: float) -> str:
    """Return a number as JavaScript writes it; an integer beyond 2^53 is the double nearest to it."""
    if isinstance(number, int) and -_EXACT <= number <= _EXACT:
        return str(number)
    double = _double(number)
    if not math.isfinite(double):
        return "NaN" if math.isnan(double) else "Infinity" if double > 0 else "-Infinity"
    if double == 0:
        return "0"
    _, given, exponent = Decimal(repr(abs(double))).as_tuple()
    assert isinstance(exponent, int)
    digits = "".join(map(str, given)).rstrip("0")
    point = len(given) + exponent
    return ("-" if double < 0 else "") + _placed(digits.lstrip("0"), point - (len(digits) - len(digits.lstrip("0"))))


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _placed(digits: str, point: int) -> str:
    """Return digits with the decimal point after so many of them."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def text_of(value: Any) -> str:
    """Return what `String(value)` gives."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | Missing):
        return "undefined" if value is MISSING else "null" if value is None else "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list | tuple):
        return ",".join("" if each is None or each is MISSING else text_of(each) for each in value)
    return "[object Object]"


def number_of(value: Any) -> float:
    """Return what `Number(value)` gives, NaN where a value is no number."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value if -_EXACT <= value <= _EXACT else _double(value)
    if value is None:
        return 0
    if isinstance(value, list | tuple):
        return _number_in(text_of(value))
    return _number_in(value) if isinstance(value, str) else math.nan


def _number_in(text: str) -> float:
    bare = trimmed(text)
    if not bare:
        return 0
    base, digits = _BASED.get(bare[:2].lower(), (0, _DECIMAL))
    if base:
        return int(bare[2:], base) if digits.fullmatch(bare, 2) else math.nan
    if bare in {"Infinity", "+Infinity", "-Infinity"}:
        return -math.inf if bare[0] == "-" else math.inf
    if not digits.fullmatch(bare):
        return math.nan
    double = float(bare)
    return int(double) if double.is_integer() and abs(double) <= _EXACT and (double or bare[0] != "-") else double
