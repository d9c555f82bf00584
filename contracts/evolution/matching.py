"""Short texts that match a pattern, for witnesses: built from its parts, and confirmed by RE2 in linear time."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import Final

from contracts.plans import BadPattern, Pattern, pattern

_LONGEST: Final = 2_000
_SPECIAL: Final = frozenset("^$[](){}+*?.|\\")
_PROBES: Final = "x0aA_ -.@" + string.printable + "\u00e9\u0394\u0434\u3042\u4e2d\u0660\u20ac\u00a0"
_ATOM: Final = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|\\[pP]\{[^}]*\}|\\[pP].|\\x\{[^}]*\}|\\x..|\\[0-7]{1,3}|\\."
    r"|\[\^?\]?(?:\[:[^]]*:\]|\\.|[^]\\])*\]|.",
    re.DOTALL,
)
_GROUP: Final = re.compile(r"\((?:\?P<[^>]*>|\?(?P<flags>[a-zA-Z-]*)(?P<end>[:)]))?")
_REPEAT: Final = re.compile(r"(?:([*+?])|\{([0-9]+)(,?)([0-9]*)\})\??")
_EMPTY: Final = frozenset(("^", "$", r"\b", r"\B", r"\A", r"\z"))


def is_pattern(text: str) -> bool:
    """Say whether a step of a path can stand for other names than its own."""
    return text != "*" and not _SPECIAL.isdisjoint(text)


def matches(text: str, name: str) -> bool:
    """Say whether a pattern matches; False when RE2 does not take the pattern."""
    compiled = _compiled(text)
    return compiled is not None and compiled.found_in(name)


@lru_cache(maxsize=1024)
def matching(text: str) -> tuple[str, ...]:
    """Return a few short texts that match; none for what is no pattern, for a plain name, and where none was found."""
    if not is_pattern(text) or _compiled(text) is None:
        return ()
    made = set()
    for last in (False, True):
        for more in (0, 1):
            try:
                made.add(_Builder(text, last=last, more=more).alternatives())
            except (_TooLong, RecursionError):
                continue
    return tuple(sorted((one for one in made if matches(text, one)), key=lambda one: (len(one), one)))


def _compiled(text: str) -> Pattern | None:
    try:
        return pattern(text)
    except BadPattern:
        return None


class _TooLong(Exception):
    """Say that a text would be longer than a witness should be."""


class _Builder:
    """Read a pattern that RE2 took, and build one text for it.

    `last` takes the last of several alternatives instead of the first, `more` repeats that much oftener than needed.
    """

    def __init__(self, text: str, *, last: bool, more: int) -> None:
        self._text, self._last, self._more, self._at = text, last, more, 0
        self._flags = ""

    def alternatives(self) -> str:
        """Build what stands up to a closing bracket or the end."""
        built = [self._sequence()]
        while self._text[self._at : self._at + 1] == "|":
            self._at += 1
            built.append(self._sequence())
        return built[-1 if self._last else 0]

    def _sequence(self) -> str:
        built = ""
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            one = self._group() if self._text[self._at] == "(" else self._atom()
            repeat = _REPEAT.match(self._text, self._at)
            if repeat is not None:
                self._at = repeat.end()
                one *= self._times(*repeat.groups())
            built += one
            if len(built) > _LONGEST:
                raise _TooLong
        return built

    def _times(self, sign: str | None, least: str | None, comma: str | None, most: str | None) -> int:
        low, high = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(
            sign or "", (int(least or 0), int(most) if most else None if comma else int(least or 0))
        )
        times = low + self._more
        return times if high is None else min(times, high)

    def _group(self) -> str:
        opened = _GROUP.match(self._text, self._at)
        assert opened is not None
        self._at = opened.end()
        before = self._flags
        if opened["flags"] is not None:
            self._flags += f"(?{opened['flags']})" if opened["flags"] else ""
            if opened["end"] == ")":
                return ""
        built = self.alternatives()
        self._at += 1
        self._flags = before
        return built

    def _atom(self) -> str:
        found = _ATOM.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        word = found[0]
        if found["quoted"] is not None:
            return str(found["quoted"])
        if word in _EMPTY:
            return ""
        if len(word) == 1 and word != ".":
            return word
        one = _compiled(f"^{self._flags}{word}\\z")
        return next((letter for letter in _PROBES if one is not None and one.found_in(letter)), "") or _unescaped(word)


def _unescaped(word: str) -> str:
    """Return the character that an escape names, when it is none of the usual ones."""
    code = re.fullmatch(r"\\x\{?([0-9A-Fa-f]+)\}?", word)
    return chr(int(code[1], 16)) if code is not None else word[-1]
