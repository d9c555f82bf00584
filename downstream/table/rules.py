"""What destinations do to a trait's name and value, by the name of the rule; measured, never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_]")

KEY_RULES: Final[Mapping[str, Callable[[str], str]]] = {
    "kept": lambda key: key,
    "word characters": lambda key: _NO_WORD.sub("", key),
}
"""Rules for names: as it is, or only ASCII letters, digits and underscores (FullStory; destination facts 1)."""

MEASURED_VALUES: Final[Mapping[str, Any]] = {"true": True, "false": False, "text": "gold", "number": 7, "null": None}
"""The values that were sent, by the kind they stand for."""


class Unmeasured(Exception):
    """Nobody measured what becomes of this."""


def kind_of(value: Any) -> str:
    """Return the kind of a value; raise `Unmeasured` for one that was not sent."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    raise Unmeasured(f"what becomes of {'a list' if isinstance(value, list) else 'an object'} was not measured")


def value_rule(name: str, sent: Any, parent: Mapping[str, Any] | None) -> str:
    """Name what became of a value by what it is found in: kept, text, absent, unsent (no call at all), or `?`."""
    if parent is None:
        return "unsent"
    if name not in parent:
        return "absent"
    found = parent[name]
    if type(found) is type(sent) and found == sent:
        return "kept"
    return "text" if found == as_text(sent) else "?"


def as_text(value: Any) -> str:
    """Write a value as JavaScript makes text of it."""
    return value if isinstance(value, str) else json.dumps(value)


def landed_value(rule: str, value: Any) -> Any:
    """Return what a value is once a rule was applied; raise `Unmeasured` where none was found."""
    if rule == "kept":
        return value
    if rule == "text":
        return as_text(value)
    raise Unmeasured("no rule was found for what becomes of such a value")
