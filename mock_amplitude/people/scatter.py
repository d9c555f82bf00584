"""Scatter: number 0, 1, 2 ... spread over a range so that they look drawn at random, and back again.

A bijection, so people need no table: an id is computed from the person's number, and the number from the id.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random


class Scatter:
    """A seeded bijection on the numbers below 2**bits."""

    __slots__ = ("_back_first", "_back_second", "_first", "_mask", "_second", "_shift")

    def __init__(self, bits: int, random: Random) -> None:
        size = 1 << bits
        self._mask = size - 1
        self._shift = (bits + 1) // 2  # at least half the width, which makes the xor-shift its own inverse
        self._first = random.randrange(size) | 1
        self._second = random.randrange(size) | 1
        self._back_first = pow(self._first, -1, size)
        self._back_second = pow(self._second, -1, size)

    def __call__(self, number: int) -> int:
        mixed = (number + 1) * self._first & self._mask
        mixed = (mixed ^ mixed >> self._shift) * self._second & self._mask
        return mixed ^ mixed >> self._shift

    def each(self, numbers: Iterable[int]) -> list[int]:
        """Return where each number is scattered; the loop that millions of rows go through."""
        first, second, mask, shift = self._first, self._second, self._mask, self._shift
        return [
            (after := ((mixed := (number + 1) * first & mask) ^ mixed >> shift) * second & mask) ^ after >> shift
            for number in numbers
        ]

    def back(self, scattered: int) -> int:
        """Return the number that was scattered there."""
        mixed = (scattered ^ scattered >> self._shift) * self._back_second & self._mask
        mixed = (mixed ^ mixed >> self._shift) * self._back_first & self._mask
        return mixed - 1 & self._mask
