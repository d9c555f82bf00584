"""The shape of a value: what two spellings of it have in common, and how another value takes over its spelling.

Values that differ in case, in leading zeros or in blanks around them have one core. Pseudonyms are made of cores, and
each spelling is put back, so what was apart by such a difference stays apart by the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import category

_RUNS: Final = re.compile(r"[0-9]+|[^0-9]")
_HEX: Final = re.compile(r"[0-9a-f]{8,}")
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LETTERED: Final = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd"})
_BLOCK: Final = 64  # code points around a letter among which another of its kind is looked for
_LONGEST_ID: Final = 19  # digits of an Amplitude id, which is below 2 ** 63


@dataclass(frozen=True, slots=True)
class Shape:
    """Hold a value's core and its spelling: digits are counted without the zeros before them, letters are small."""

    core: str
    _pieces: tuple[tuple[str, str], ...]  # what goes before each character of the core, and how that was written
    _end: str

    def spelt(self, core: str) -> str:
        """Return another core, as long or longer, in this spelling."""
        written = [
            before + (letter.upper() if was != was.lower() and len(letter.upper()) == 1 else letter)
            for letter, (before, was) in zip(core, self._pieces, strict=False)
        ]
        return "".join(written) + core[len(self._pieces) :] + self._end


def shape_of(text: str, *, zeros: bool = True) -> Shape:
    """Return the shape of a text; with `zeros` False those before a number count as the number's own."""
    body = text.strip()
    start = text[: len(text) - len(text.lstrip())] if body else text
    pieces: list[tuple[str, str]] = []
    before = start
    for run in _RUNS.findall(body):
        kept = (run.lstrip("0") or "0") if zeros else run
        before += run[: len(run) - len(kept)]
        for letter in kept:
            pieces.append((before, letter))
            before = ""
    core = "".join(_small(letter) for _, letter in pieces)
    return Shape(core, tuple(pieces), before + (text[len(text.rstrip()) :] if body else ""))


def other_core(core: str, digits: bytes, longer: int = 0) -> str:
    """Return a core of the same classes, drawn from `digits`: a number for a number, a letter for a letter of its kind.

    Hexadecimal words stay such. `longer` characters are added where the shape has no room for more.
    """
    draw = _Draw(digits)
    is_hex = [False] * len(core)
    for found in _HEX.finditer(core):
        if not found[0].isdecimal() and not found[0].isalpha():
            is_hex[found.start() : found.end()] = [True] * len(found[0])
    written: list[str] = []
    for place, letter in enumerate(core):
        if letter in "0123456789":
            begins = place == 0 or core[place - 1] not in "0123456789"
            alone = place + 1 == len(core) or core[place + 1] not in "0123456789"
            written.append(draw.of(_digits(core, begins=begins, alone=alone, zero=letter == "0")))
        elif letter in _LETTERS:
            written.append(draw.of("abcdef" if is_hex[place] else _LETTERS))
        else:
            written.append(draw.of(alphabet(letter)))
    kind = "0123456789" if core[-1:].isdecimal() else _LETTERS
    return "".join(written) + "".join(draw.of(kind) for _ in range(longer))


def _digits(core: str, *, begins: bool, alone: bool, zero: bool) -> str:
    if not begins or (alone and not zero):
        return "0123456789" if not begins else "123456789"
    if zero and not alone:
        return "0"  # zeros that are the number's own, such as a trunk prefix
    if zero:
        return "0123456789"
    return "12345678" if len(core) == _LONGEST_ID and core.isdecimal() else "123456789"


class _Draw:
    """Draws letters from bytes, evenly enough."""

    def __init__(self, digits: bytes) -> None:
        self._left = int.from_bytes(digits, "big")

    def of(self, letters: str) -> str:
        if len(letters) == 1:
            return letters
        self._left, place = divmod(self._left, len(letters))
        return letters[place]


def needs(core: str) -> int:
    """Return how many bytes are drawn for a core, at most."""
    return 2 * len(core) + 16


@lru_cache(maxsize=4096)
def alphabet(letter: str) -> str:
    """Return the letters that one may be replaced with: those of its script's block and its kind; itself for a mark."""
    kind = category(letter)
    if letter.isascii() or (kind not in _LETTERED and kind != "So"):
        return letter
    start = ord(letter) // _BLOCK * _BLOCK
    others = (chr(code) for code in range(start, start + _BLOCK))
    return "".join(each for each in others if category(each) == kind and _small(each) == each) or letter


def _small(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 and lower.upper() == letter else letter
