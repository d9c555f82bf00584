"""What every report does, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from contracts.examining import Finding, Tally, Trouble


class Report(Protocol):
    """Write findings as they come; each method returns pieces of text to be written one after the other."""

    def begin(self) -> Iterable[str]:
        """Open the report."""

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""

    def more(self, file: str, code: str, count: int) -> Iterable[str]:  # noqa: ARG002 - the tally counts them by rule
        """Say how many findings of a rule are not shown."""
        return ()

    def trouble(self, trouble: Trouble) -> Iterable[str]:  # noqa: ARG002 - the tally has it
        """Say what could not be judged, where it comes."""
        return ()

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
