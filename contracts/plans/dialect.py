"""Patterns in the dialect of Segment's validator: Go's regexp, so RE2 (segment facts 5.6 [doc], [inferred] library).

RE2 itself judges them. Go's parser refuses a few forms that RE2's own takes; they are in `_only_here`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_SMALL: Final = 8 << 20
_LARGE: Final = 64 << 20
"""Bytes of memory a pattern may use: RE2's own default, and what stands for the larger limit that Go has."""
_NESTED: Final = 1_000
_TOKEN: Final = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\[pP]\{[^}]*\}|\\."  # quoted text, classes by name, escapes
    r"|\[\^?\]?(?:\[:[^]]*:\]|\\.|[^]\\])*\]"  # a class in brackets
    r"|\(\?P?<[^>]*>?|\(\?[a-zA-Z-]*[:)]|[()]|\{[0-9]+(?:,[0-9]*)?\}",
    re.DOTALL,
)
_COUNT: Final = 1_000


class BadPattern(ValueError):
    """Say why Go's regexp does not compile a pattern."""


class Pattern:
    """Hold a compiled pattern; time is linear in the text, whatever the pattern."""

    __slots__ = ("_quick", "_search", "text")

    def __init__(self, text: str, memory: int) -> None:
        import re2  # noqa: PLC0415 - a few milliseconds that only plans with patterns pay

        options = re2.Options()
        options.log_errors, options.max_mem = False, memory
        self.text = text
        self._search = re2.compile(text, options).search
        alone = re2.Set.SearchSet(options)
        try:
            alone.Add(text)
            alone.Compile()
            self._quick = alone.Match
        except re2.error:  # too large for a set
            self._quick = self._search

    def found_in(self, text: str) -> bool:
        """Say whether the pattern matches anywhere in a text."""
        # a set of one answers in a third of the time; only its yes is sure, for it may run out of memory
        return bool(self._quick(text)) or self._search(text.encode()) is not None


@lru_cache(maxsize=4096)
def pattern(text: str) -> Pattern:
    """Compile a pattern; raise `BadPattern` with the engine's reason when Go would not compile it."""
    reason = _only_here(text)
    if reason is not None:
        raise BadPattern(reason)
    import re2  # noqa: PLC0415

    try:
        return Pattern(text, _SMALL)
    except re2.error as error:
        if "too large" not in _said(error):
            raise BadPattern(_said(error)) from None
    try:
        return Pattern(text, _LARGE)
    except re2.error as error:
        raise BadPattern(_said(error)) from None


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _only_here(text: str) -> str | None:
    """Return why Go refuses what RE2's own parser takes; such forms count outside of quotes and classes only."""
    captures: list[bool] = []
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == r"\C":
            return r"invalid escape sequence: \C"
        if word.startswith("(?<") and not word.startswith(("(?<=", "(?<!")):
            return f"invalid or unsupported Perl syntax: {word} (write (?P<name>...): older Go knows no other)"
        if word.startswith("(?P<") and not word.isascii():
            return f"invalid named capture: {word}"
        if word[0] == "{" and any(int(count) > _COUNT for count in word[1:-1].split(",") if count):
            return f"invalid repeat count: {word}"
        if word == ")" and captures:
            captures.pop()
        elif word[0] == "(" and word[-1] != ")":
            captures.append(not word.endswith(":"))
            if len(captures) >= _NESTED and sum(captures) >= _NESTED:
                return f"expression nests too deeply: {_NESTED:,} groups in one another"
    return None
