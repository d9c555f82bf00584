"""Find known values inside of longer texts: whole words of them, the longest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

_ATOM: Final = re.compile(r"[^\W\d_]+|[0-9]+")
_KEYED: Final = 3  # words at the beginning of a value by which it is found
_LONG: Final = 8  # letters of a value that is recognised even where letters go on


class Match(NamedTuple):
    """Hold where a known value stands."""

    start: int
    end: int


def is_short(value: str) -> bool:
    """Say whether a value is so short that it stands in texts by chance: a number below seven digits, two letters."""
    return (value.isdecimal() and len(value) < 7) or len(value) < 2 or (value.isalpha() and len(value) < 3)


class Matcher:
    """Knows values; a word of letters only is recognised in the spelling it was met in, others in any case."""

    def __init__(self, values: Iterable[str]) -> None:
        self._by_atoms: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for value in values:
            first = _ATOM.search(value)
            if first is None:
                continue
            small = value.lower()
            held = value if value.isalpha() else small if len(small) == len(value) else value
            self._by_atoms.setdefault(_key(small), []).append((first.start(), held))
        self._first = {key[0] for key in self._by_atoms}  # most words of a text begin no value
        for found in self._by_atoms.values():
            found.sort(key=lambda each: -len(each[1]))

    def matches(self, text: str) -> Iterator[Match]:
        """Yield the places of known values, none overlapping another."""
        small = text.lower()
        if len(small) != len(text):
            small = text
        done = 0
        atoms = [(found.start(), found[0]) for found in _ATOM.finditer(small)]
        words = [word for _, word in atoms]
        for place, (at, _) in enumerate(atoms):
            if at < done or words[place] not in self._first:
                continue
            keys = (tuple(words[place : place + count]) for count in range(1, min(_KEYED, len(words) - place) + 1))
            fitting = [each for key in keys for each in self._by_atoms.get(key, ())]
            for offset, value in sorted(fitting, key=lambda each: -len(each[1])):
                start = at - offset
                end = start + len(value)
                if start < done or not (text if value.isalpha() else small).startswith(value, start):
                    continue
                if _ends(text, end, value):
                    yield Match(start, end)
                    done = end
                    break


def _key(small: str) -> tuple[str, ...]:
    """Return the atoms that a value begins with: many have the first in common, as in `user-1`, `user-2`.

    Letters at its end are none of them, since in a text they may go on.
    """
    atoms = _ATOM.findall(small)
    if len(atoms) > 1 and small[-1].isalpha():
        atoms = atoms[:-1]
    return tuple(atoms[:_KEYED])


def _ends(text: str, end: int, value: str) -> bool:
    if end >= len(text):
        return True
    last, following = value[-1], text[end]
    if last.isdecimal():
        return not following.isdecimal()
    return not last.isalpha() or not following.isalpha() or (len(value) >= _LONG and not value.isalpha())
