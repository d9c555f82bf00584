"""A tally: what was looked at, what was found, and what could not be read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from contracts.examining.finding import Finding
from contracts.rule import Severity


@dataclass(frozen=True, slots=True)
class Trouble:
    """Say of a file that it could not be judged, or of the whole call why it broke off; then `file` is empty."""

    file: str
    words: str

    def __str__(self) -> str:
        """Say it in one sentence, with the file's name unless the words begin with it."""
        return self.words if self.words.startswith(self.file) else f"{self.file}: {self.words}"


@dataclass(slots=True)
class Tally:
    """Count what was looked at and what was found, by severity and by the rule's code.

    `known` are the findings that a baseline left out, `gone` those that it names and nobody finds any more,
    `plan_rules` the rules of the plan that was looked at, `cohorts` those of the lists.
    """

    names: list[str] = field(default_factory=list)
    payloads: int = 0
    known: int = 0
    gone: int = 0
    plan_rules: int | None = None
    cohorts: int = 0
    findings: Counter[Severity] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def files(self) -> int:
        """Return how many files were looked at."""
        return len(self.names)

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.findings[finding.severity] += 1
        self.rules[finding.code] += 1

    def forgive(self, finding: Finding) -> None:
        """Count a finding as known instead."""
        self.findings[finding.severity] -= 1
        self.rules[finding.code] -= 1
        self.known += 1
