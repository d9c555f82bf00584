"""One seed for every random choice, split into named streams so that one consumer cannot disturb another."""

from __future__ import annotations

import random

from mock_core.errors import BadControl


class Seed:
    """Hands out independent random streams; the same seed and name give the same stream."""

    def __init__(self, value: int) -> None:
        if type(value) is not int or not -(1 << 63) <= value < 1 << 64:
            raise BadControl(f"Seed is {value!r}, expected a whole number from -2^63 to 2^64 - 1.")
        self.value = value
        self._streams: dict[str, random.Random] = {}

    def stream(self, name: str) -> random.Random:
        """Return the stream of that name, where the last caller left it."""
        if name not in self._streams:
            self._streams[name] = self.fresh(name)
        return self._streams[name]

    def fresh(self, name: str) -> random.Random:
        """Return the stream of that name from its beginning."""
        return random.Random(f"{self.value}:{name}")  # noqa: S311 - repeatable on purpose, nothing secret
