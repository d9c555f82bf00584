"""A place in a document that is being read, and what was found wrong there, each by its path."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from contracts.foreign import cut, quoted
from contracts.nearest import near

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be taken in, and where."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words}" if self.path else self.words

    def as_dict(self) -> dict[str, str]:
        return {"path": self.path, "words": self.words}


class Stop(Exception):
    """Nothing more can be said of a part of the document: a problem was noted."""


class Spot:
    """A value somewhere in a document; what is asked of it and does not hold is noted, and ends the part."""

    def __init__(self, value: Any, path: str, problems: list[Problem]) -> None:
        self.value, self.path, self.problems = value, path, problems

    def stop(self, words: str) -> Stop:
        """Note a problem and return what is to be raised for it."""
        self.problems.append(Problem(self.path, words))
        return Stop(words)

    def has(self, name: str) -> bool:
        """Say whether an object holds something other than null under a name."""
        return self.object().get(name) is not None

    def at(self, name: str) -> Spot:
        """Return what an object holds under a name, null where it holds nothing."""
        path = f"{self.path}.{name}" if self.path else name
        return Spot(self.object().get(name), path, self.problems)

    def object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self._expected("an object")
        return self.value

    def items(self) -> Iterator[Spot]:
        """Yield the parts of a list."""
        if not isinstance(self.value, list):
            raise self._expected("a list")
        for place, each in enumerate(self.value):
            yield Spot(each, f"{self.path}[{place}]", self.problems)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            raise self._expected("a text")
        return self.value

    def flag(self, default: bool) -> bool:
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            raise self._expected("true or false")
        return self.value

    def whole(self, least: int, most: int, default: int | None = None) -> int:
        if self.value is None and default is not None:
            return default
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._expected(f"a whole number from {least} to {most}")
        return value

    def number(self) -> float:
        if not isinstance(self.value, (int, float)) or isinstance(self.value, bool) or abs(self.value) > 1e15:
            raise self._expected("a number")
        return self.value

    def one_of(self, known: Collection[str], what: str = "") -> str:
        """Return a text that is one of those known here; another cannot be computed."""
        text = self.text()
        if text not in known:
            meant = near(text, known)
            hint = f"did you mean {meant!r}?" if meant else f"known: {', '.join(sorted(known))}"
            raise self.stop(f"{what or 'is'} {quoted(text, _SHOWN)} that the lab does not know; {hint}")
        return text

    def nothing(self) -> None:
        """Demand that there is nothing here: what it would mean is not public."""
        if self.value not in (None, [], {}, [[]]):
            raise self.stop(f"holds {self._shown()}, and what that means is not public")

    def _expected(self, what: str) -> Stop:
        return self.stop(f"is {self._shown()}, expected {what}")

    def _shown(self) -> str:
        if self.value is None:
            return "not there"
        if isinstance(self.value, (dict, list)):
            return "an object" if isinstance(self.value, dict) else "a list"
        return cut(repr(self.value), _SHOWN)
