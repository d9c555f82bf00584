"""What was said of the values that were met lately: of those in a recording nearly all come again and again."""

from __future__ import annotations

from collections import Counter
from typing import Final

from recording.strangers.json_text import Path, Rewrite

_MOST: Final = 16_384
_LONGEST: Final = 256  # characters; a longer value is soon another one


class Memory:
    """Answers for a value at a path what was answered before, and counts again what that counted."""

    def __init__(self) -> None:
        self._held: dict[tuple[Path, str, bool], tuple[str | None, tuple[tuple[Counter[str], str], ...]]] = {}
        self._counted: list[tuple[Counter[str], str]] = []

    def count(self, counter: Counter[str], name: str) -> None:
        """Count something, now and whenever the value that is looked at comes again."""
        counter[name] += 1
        self._counted.append((counter, name))

    def answer(self, path: Path, text: str, is_number: bool, ask: Rewrite) -> str | None:
        """Return what becomes of a value; `ask` is asked when nobody knows."""
        key = path, text, is_number
        known = self._held.get(key)
        if known is None:
            self._counted.clear()
            other = ask(path, text, is_number)
            if len(text) <= _LONGEST:
                if len(self._held) >= _MOST:
                    self._held.clear()
                self._held[key] = other, tuple(self._counted)
            return other
        for counter, name in known[1]:
            counter[name] += 1
        return known[0]
