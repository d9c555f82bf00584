"""Values as their author would write them: YAML on one line, and as a trait's value is told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from contracts.foreign import NAME_COLUMNS, cut, quoted, shown

MOST_TOLD = 5  # of a list
_PLAIN = re.compile(r"(?!-?[\d.,_]*(e[-+]?\d+)?\Z)[\w/<][\w ./<>*()-]*", re.IGNORECASE)  # and no number
_WORDS = {"true", "false", "null", "yes", "no"}


def flow(value: Any, columns: int = NAME_COLUMNS) -> str:
    """Write a value as YAML does on one line; texts are cut to so many columns, and long lists are counted."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key, columns)}: {flow(each, columns)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        more = [f"and {len(value) - MOST_TOLD} more"] if len(value) > MOST_TOLD + 1 else []
        first = value[:MOST_TOLD] if more else value
        return f"[{', '.join([*(flow(each, columns) for each in first), *more])}]"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS and value == value.strip()
        return cut(value, columns) if is_plain else quoted(value, columns)
    return json_of(value)


def value(found: object) -> str:
    """Write the value of a trait as JSON does, or say that there is none."""
    return "never told" if found is None else json_of(found)


def json_of(value: object) -> str:
    """Write a value as JSON: true, null, "true"."""
    if isinstance(value, float):
        return f"{value:g}"
    try:
        return shown(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError):
        return shown(str(value))
