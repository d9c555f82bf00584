"""Stencils: lines that differ from one already judged in ids and moments alone are judged like it, when these hold.

A stencil is cut from the text of a line and has a hole where each such text stands. Whatever fits into it is JSON that
reads the same but for the holes, so one regular expression does what reading, looking for repeated keys and judging do
for any other line; what is in the holes is judged by the same schemas, many at once.

A line that fits no stencil, or whose texts do not hold, is read and judged by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from contracts.check import Contract, is_envelope
from contracts.judging import Judge
from contracts.reading import Record, Spans
from contracts.rule import Probe, Violation

Left = list[tuple[int, str, Any]]

_HOLE: Final = '[^"\\\\\\x00-\\x1f]{1,128}'
"""Text that stands in JSON as it is; so short that no line becomes longer than an event may be."""
_PLAIN: Final = re.compile(_HOLE)
_LONGEST: Final = 24_000
"""Bytes of a line that a stencil is cut from."""
_KEPT: Final = 8
_CANDIDATES: Final = 64
_RAREST: Final = 1_024
"""Of so many lines one is looked at, at least, while no two are alike."""
_IDS: Final = ("userId", "anonymousId")


class Stencils:
    """Learn from lines that were judged, and tell which others are like them. Made for one examination."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._stencils: list[_Stencil] = []
        self._candidates: Counter[tuple[str, ...]] = Counter()
        self._each, self._passed = 1, 0  # of so many lines one is looked at; how many went by since

    def __bool__(self) -> bool:
        return bool(self._stencils)

    def learn(self, record: Record, found: Sequence[Violation]) -> None:
        """Look at a line and what it breaks, in the order to be told; cut a stencil when it is the second of its kind.

        By then the warehouse has said what it has to say about lines of the kind. While lines keep being of different
        kinds fewer and fewer of them are looked at.
        """
        self._passed += 1
        if self._passed < self._each:
            return
        self._passed, self._each = 0, min(self._each * 2, _RAREST)
        cut = _cut(record, self._contract, found)
        if cut is None:
            return
        self._candidates[cut.pieces] += 1
        if self._candidates[cut.pieces] > 1:
            self._candidates.clear()
            self._each = 1
            self._stencils.sort(key=lambda stencil: -stencil.fitted)
            self._stencils[_KEPT - 1 :] = [_Stencil(cut, found)]
        elif len(self._candidates) > _CANDIDATES:
            self._candidates.clear()

    def sift(self, text: str) -> Left:
        """Return the lines of a text, each ended by LF, that are not surely clean, with their places from 0.

        With each go the violations that it has, or None when they are not known.
        """
        told: Left = []
        left: list[tuple[int, str]] | None = None
        for stencil in self._stencils:
            if left is not None and not left:
                break
            fits, unlike = stencil.sift(text if left is None else "".join([line for _, line in left]))
            places = None if left is None else [place for place, _ in left]
            if places is not None:
                fits, unlike = _at(places, fits), _at(places, unlike)
            told += [(place, line, stencil.told) for place, line in fits]
            left = unlike
        return sorted([*told, *((place, line, None) for place, line in left or ())], key=_place)


def _place(entry: tuple[int, str, Any]) -> int:
    return entry[0]


def _at(places: list[int], lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(places[place], line) for place, line in lines]


class _Cut(NamedTuple):
    """Hold what a stencil is made of: the fields with holes, the text around them, who judges, and what compares."""

    names: tuple[str, ...]
    pieces: tuple[str, ...]
    judge: Judge
    readers: Sequence[tuple[Probe, tuple[str, ...]]]


class _Stencil:
    """Hold one kind of lines: what they look like, who judges what is in the holes, and what is told of each."""

    def __init__(self, cut: _Cut, told: Sequence[Violation]) -> None:
        self._find = re.compile(f"{f'({_HOLE})'.join(map(re.escape, cut.pieces))}|([^\n]*\n)").findall
        self._texts = [cut.judge.texts[name] for name in cut.names]
        self._readers = [(probe, reads, [cut.names.index(name) for name in reads]) for probe, reads in cut.readers]
        self._frame = cut.judge.frame
        self.told = tuple(told)
        self.fitted = 0

    def sift(self, text: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        """Return the lines that fit and break something, and those that do not fit, with their places."""
        found = self._find(text)
        columns: Sequence[Sequence[str]]
        *columns, rest = zip(*found, strict=True)
        unlike = [(place, line) for place, line in enumerate(rest) if line] if any(rest) else []
        self.fitted = len(found) - len(unlike) + self.fitted // 2
        fitting = [[each for each in column if each] for column in columns] if unlike else columns
        whole = self._hold(fitting)
        if whole and not self.told:
            return [], unlike
        lines, fits = text.split("\n"), []
        for place, (*texts, other) in enumerate(found):
            if other:
                continue
            if not whole and not self._hold([[each] for each in texts]):
                unlike.append((place, f"{lines[place]}\n"))
            elif self.told:
                fits.append((place, f"{lines[place]}\n"))
        return fits, sorted(unlike)

    def _hold(self, columns: Sequence[Sequence[str]]) -> bool:
        """Say whether all of these texts hold; each column has those of one hole."""
        if not all(judge.hold(column) for judge, column in zip(self._texts, columns, strict=True)):
            return False
        for probe, reads, places in self._readers:
            for given in set(zip(*(columns[place] for place in places), strict=True)):
                for _ in probe(dict(zip(reads, given, strict=True)), self._frame):
                    return False
        return True


def _cut(record: Record, contract: Contract, found: Sequence[Violation]) -> _Cut | None:
    """Return what a stencil of the line is made of; None when it is no line for one."""
    value: Any = record.value
    if record.pointer or record.embedded or record.column != 1 or len(record.text) > _LONGEST:
        return None
    if not isinstance(value, dict) or is_envelope(value):
        return None
    text = record.text.decode()
    if text.find("\n") != len(text) - 1 or "\r" in text:
        return None
    judge = contract.judge_of(value)
    names = [
        name for name in judge.texts if isinstance(held := value.get(name), str) and _PLAIN.fullmatch(held) is not None
    ]
    readers = judge.readers(value)
    if not names or readers is None or not all(set(reads) <= set(names) for _, reads in readers):
        return None
    if found and not _is_of_the_rest(found, {name: value[name] for name in names}, judge):
        return None
    spans = Spans(text, (f"/{name}" for name in names))
    pieces, position = [], 0
    holes = sorted((spans[f"/{name}"].end - 1 - len(value[name]), name) for name in names)
    for start, name in holes:
        end = start + len(value[name])
        if text[start - 1 : end + 1] != f'"{value[name]}"':
            return None  # written with escapes
        pieces.append(text[position:start])
        position = end
    return _Cut(tuple(name for _, name in holes), (*pieces, text[position:]), judge, readers)


def _is_of_the_rest(found: Sequence[Violation], texts: dict[str, str], judge: Judge) -> bool:
    """Say whether violations have nothing to do with these texts: all of them hold, and none is told of."""
    if not any(name in texts for name in _IDS):
        return False  # it may be a document of another kind
    if not all(judge.texts[name].holds(text) for name, text in texts.items()):
        return False
    return all(
        (seen.rule.probe is None or seen.rule.reads == ())
        and seen.rule in judge.rules
        and not any(text in part for text in texts.values() for part in (seen.found, seen.expected, seen.pointer))
        for seen in found
    )
