"""JSON and numbers as Go spells them; they stand in violations' descriptions (segment facts 5.6 [inferred] library)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

_ESCAPED: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
_SHORT: Final = (("\\b", "\\u0008"), ("\\f", "\\u000c"))


def json_text(value: Any) -> str:
    """Return compact JSON with sorted names, numbers as doubles, and what HTML minds escaped."""
    match value:
        case str():
            return _text(value)
        case bool() | None:
            return json.dumps(value)
        case int() | float():
            return _double(float(value))
        case list():
            return f"[{','.join(map(json_text, value))}]"
    return f"{{{','.join(f'{_text(name)}:{json_text(value[name])}' for name in sorted(value))}}}"


def limit_text(value: float) -> str:
    """Return a limit as Go prints a big number: shortest digits, an exponent from 1e+06 and below 0.0001."""
    sign, digits, exponent = _shortest(value)
    power = len(digits) + exponent - 1
    if -4 <= power < 6:
        return sign + _plain(digits, exponent)
    return f"{sign}{_mantissa(digits)}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _double(value: float) -> str:
    sign, digits, exponent = _shortest(value)
    power = len(digits) + exponent - 1
    if -6 <= power < 21:
        return sign + _plain(digits, exponent)
    return f"{sign}{_mantissa(digits)}e{'-' if power < 0 else '+'}{abs(power)}"


def _shortest(value: float) -> tuple[str, str, int]:
    """Return sign, digits and the power of ten of the last digit; integers keep all their digits."""
    parts = Decimal(str(value)).normalize().as_tuple()
    digits = "".join(map(str, parts.digits))
    return "-" if parts.sign and digits != "0" else "", digits, int(parts.exponent) if digits != "0" else 0


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    point = len(digits) + exponent
    return f"{digits[:point]}.{digits[point:]}" if point > 0 else f"0.{'0' * -point}{digits}"


def _mantissa(digits: str) -> str:
    return f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits


def _text(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    if "\\b" in text or "\\f" in text:
        text = "\\\\".join(_spelt_out(part) for part in text.split("\\\\"))
    return text


def _spelt_out(text: str) -> str:
    for short, long in _SHORT:
        text = text.replace(short, long)
    return text
