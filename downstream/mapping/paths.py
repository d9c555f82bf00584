"""Paths into an event, and text with paths in it (destination facts 5, @path and @template [run core 3.170.0])."""

from __future__ import annotations

import re
from typing import Any, Final

from contracts.javascript import MISSING, members_of, text_of, trimmed

# A bracket opens a step before a quote or a digit and closes one after; elsewhere it belongs to the key.
_CUT: Final = re.compile(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""")
_QUOTES: Final = re.compile("""['"]""")
_THREE: Final = re.compile(r"\{\{\{([^}]+)\}\}\}")
_TWO: Final = re.compile(r"\{\{([^}]+)\}\}")


def value_at(data: Any, path: str) -> Any:
    """Return what stands at a path, MISSING where nothing does; "" and "." are all of it.

    Quotes are taken out of every step, and no backslash is read: some keys cannot be written.
    """
    if path in {"", "."}:
        return data
    return members_of(data, [_QUOTES.sub("", step) for step in _CUT.split(path) if step])


def rooted(path: str) -> str:
    """Return a path without its `$.`, wherever that stands."""
    return path.replace("$.", "", 1)


def filled(template: str, data: Any) -> str:
    """Return a template with values in place of its paths; what is missing or null is nothing.

    Values that hold braces themselves are filled again by the second pass.
    """

    def value(found: re.Match[str]) -> str:
        at = value_at(data, trimmed(found[1]))
        return "" if at is None or at is MISSING else text_of(at)

    return _TWO.sub(value, _THREE.sub(value, template))
