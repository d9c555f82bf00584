"""What can go wrong in a scenario, by what its author should do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.foreign import shown


class ScenarioError(Exception):
    """The root of every error of the scenario runner."""

    exit_status = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}:{self.column}"


class BadScenario(ScenarioError):
    """A scenario file is not one: mend the file at the place named, and at those of `also`."""

    exit_status = 2

    def __init__(self, place: Place, message: str, also: Sequence[BadScenario] = ()) -> None:
        self.place = place
        self.message = message
        self.mistakes: tuple[str, ...] = (f"{place}: {message}", *(each.mistakes[0] for each in also))
        super().__init__("\n".join(self.mistakes))


def together(mistakes: Sequence[BadScenario]) -> BadScenario:
    """Return several mistakes of a file as one error."""
    first, *rest = mistakes
    return BadScenario(first.place, first.message, rest) if rest else first


class UnknownClient(ScenarioError):
    """The client is none of those that were measured: name one of these, or none."""

    exit_status = 2


class SubjectFailed(ScenarioError):
    """The sync program could not be run, timed out or said it failed: look at its output."""

    exit_status = 1

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


class SubjectOverstayed(SubjectFailed):
    """The sync program did not end in its time: give it more with --timeout, or find out what it waits for."""


class NoSuchSubject(ScenarioError):
    """The sync program cannot be started at all, or nobody listens at its address: mend the call."""

    exit_status = 2


class CannotKill(ScenarioError):
    """The scenario kills its subject, and this kind of subject cannot be killed: it is left out."""

    exit_status = 0


class FileUnusable(ScenarioError):
    """A report or a recording cannot be read or written: name another file."""

    exit_status = 2


class NothingToSave(ScenarioError):
    """No entry of a damaged file can be read: look for another copy of it."""

    exit_status = 2
