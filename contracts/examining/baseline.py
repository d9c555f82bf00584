"""A baseline: findings that are known, so that only new ones count.

A known finding is told by what it is about, not by its line; as many of one kind are forgiven as there were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, Final

from contracts.errors import BadBaseline
from contracts.examining.finding import Finding

_FORMAT: Final = 1


class Baseline:
    """Count known findings down as they are met again; `files` says by fingerprint where each was."""

    def __init__(self, known: dict[str, int], files: dict[str, str] | None = None) -> None:
        self._left = Counter(known)
        self._files = files or {}

    def forgives(self, finding: Finding) -> bool:
        """Say whether the finding was known, and count it."""
        fingerprint = finding.fingerprint()
        if self._left[fingerprint] <= 0:
            return False
        self._left[fingerprint] -= 1
        return True

    def gone(self, files: Collection[str]) -> int:
        """Return how many known findings of these files were not met: they are mended."""
        return sum(left for known, left in self._left.items() if left > 0 and self._files.get(known) in files)


def baseline(document: Any) -> Baseline:
    """Read what `baseline_document` made; raise `BadBaseline` when it is something else."""
    known = document.get("findings") if isinstance(document, dict) else None
    if not isinstance(known, dict) or document.get("format") != _FORMAT:
        detail = f"the baseline is not one of format {_FORMAT}; write it again with --write-baseline"
        raise BadBaseline(detail)
    if not all(isinstance(entry, dict) and isinstance(entry.get("count"), int) for entry in known.values()):
        detail = "the baseline holds an entry without a count; write it again with --write-baseline"
        raise BadBaseline(detail)
    counts = {fingerprint: entry["count"] for fingerprint, entry in known.items()}
    return Baseline(counts, {fingerprint: str(entry.get("file")) for fingerprint, entry in known.items()})


class Recorder:
    """Collect findings for a new baseline."""

    def __init__(self) -> None:
        self._findings: dict[str, dict[str, Any]] = {}

    def add(self, finding: Finding) -> None:
        """Remember one finding."""
        entry = self._findings.setdefault(
            finding.fingerprint(),
            {"code": finding.code, "file": finding.file, "pointer": finding.violation.pointer, "count": 0},
        )
        entry["count"] += 1

    def document(self) -> dict[str, Any]:
        """Return the baseline, ready to be written as JSON and to be reviewed."""
        ordered = sorted(self._findings.items(), key=lambda item: (item[1]["file"], item[1]["code"], item[0]))
        return {"format": _FORMAT, "findings": dict(ordered)}
