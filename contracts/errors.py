"""What can go wrong inside contracts, sorted by what the caller should do next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from contracts.nearest import near, nearest


class ContractsError(Exception):
    """Be the root of every error that contracts raises on purpose."""

    exit_status: ClassVar[int] = 2


class MalformedJSON(ContractsError):
    """Say where a document stops being JSON, and why.

    `line` and `column` count from 1; the column counts characters, or bytes when the text is not UTF-8.
    `code` is the rule that explains the reason.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, line: int, column: int, reason: str, code: str = "J001") -> None:
        self.line = line
        self.column = column
        self.reason = reason
        self.code = code
        super().__init__(f"line {line}, column {column}: found {reason} [{code}]")


class UnknownName(ContractsError):
    """Say which name is not known, and which known one is nearest: use that one."""

    kind: ClassVar[str] = "name"
    otherwise: ClassVar[str] = ""  # said in place of all there are, where they are too many

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given = given
        names = tuple(known)
        meant = near(given, names)
        hint = f"did you mean {meant!r}?" if meant else self.otherwise or nearest(given, names)
        super().__init__(f"no {self.kind} is called {given!r}; {hint}")


class UnknownRule(UnknownName):
    """Say that no rule has this code."""

    kind: ClassVar[str] = "rule"
    otherwise: ClassVar[str] = "`cohortlab rule --list` lists them"


class UnknownContract(UnknownName):
    """Say that no contract has this name."""

    kind: ClassVar[str] = "contract"


class BadTemplate(ContractsError):
    """Say what is wrong with a trait key template: correct it."""


class BadTraitKey(ContractsError):
    """Say which cohort name or id cannot be written as a trait key."""


class BadPolicy(ContractsError):
    """Say what is wrong with a selection of rules: correct it."""


class BadMemberships(ContractsError):
    """Say what is wrong with a description of who is in which cohort: correct it."""


class BadPlan(ContractsError):
    """Say what is wrong with a tracking plan or its settings: correct it."""


class BadBaseline(ContractsError):
    """Say what is wrong with a baseline: write it again."""


class BadInput(ContractsError):
    """Say which file cannot be used, where, and what was expected."""
