"""What can go wrong with the destinations' own code, each in one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from contracts.nearest import nearest


class DestinationsError(Exception):
    """Be the root: what was asked of the destinations cannot be done as asked."""

    exit_status: ClassVar[int] = 2


class NotInstalled(DestinationsError):
    """Say that something is missing on this machine: Node, npm, or the package."""


class UnknownDestination(DestinationsError):
    """Say which destination is not known, and which known one is nearest."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        super().__init__(f"no destination is called {given!r}; {nearest(given, known)}")


class BadSettings(DestinationsError):
    """Say which settings of a destination are missing or wrong, and what they are for."""


class NodeDied(DestinationsError):
    """Say that the Node process ended, and what it said last."""

    exit_status: ClassVar[int] = 3
