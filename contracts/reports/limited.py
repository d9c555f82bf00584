"""A limit: of equal findings of a file the first ones are reported, and how many more there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from contracts.examining import Finding, Tally, Trouble
from contracts.reports.protocol import Report


class Limited:
    """Hand on to a report at most `limit` findings of each rule and file."""

    def __init__(self, report: Report, limit: int) -> None:
        self._report = report
        self._limit = limit
        self._seen: Counter[str] = Counter()  # by code, in the file that is being reported
        self._file = ""

    def begin(self) -> Iterable[str]:
        """Open the report."""
        return self._report.begin()

    def finding(self, finding: Finding) -> Iterable[str]:
        """Add one finding."""
        if finding.file != self._file:
            yield from self._rest()
            self._file = finding.file
        self._seen[finding.code] += 1
        if self._seen[finding.code] <= self._limit:
            yield from self._report.finding(finding)

    def more(self, file: str, code: str, count: int) -> Iterable[str]:
        """Say how many findings of a rule are not shown."""
        return self._report.more(file, code, count)

    def trouble(self, trouble: Trouble) -> Iterable[str]:
        """Say what could not be judged."""
        return self._report.trouble(trouble)

    def end(self, tally: Tally) -> Iterable[str]:
        """Close the report."""
        yield from self._rest()
        yield from self._report.end(tally)

    def _rest(self) -> Iterator[str]:
        for code, count in self._seen.items():
            if count > self._limit:
                yield from self._report.more(self._file, code, count - self._limit)
        self._seen.clear()
