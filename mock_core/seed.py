"""One seed for every random choice, split into named streams so that one consumer cannot disturb another."""

from __future__ import annotations

import random


class Seed:
    """Hands out independent random streams; the same seed and name give the same stream."""

    def __init__(self, value: int) -> None:
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
