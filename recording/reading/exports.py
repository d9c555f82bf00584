"""Exports as they were downloaded: whose cohort it is and when it was fetched, by what the file is called."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from contracts.errors import ContractsError
from contracts.trait_key import trait_key_format
from recording.errors import NotReadable
from recording.material import ExportFile

_WHEN = re.compile(r"[ _.-]*(\d{4})-?(\d\d)-?(\d\d)(?:[T _-]*(\d\d)[-:.]?(\d\d)(?:[-:.]?(\d\d))?)?Z?")
_COPY = re.compile(r"[ _-]*(?:\(\d{1,3}\)|copy)$")
_FIT = re.compile(r"[^A-Za-z0-9_-]+")


def export_file(named: str | None, path: Path, data: bytes) -> ExportFile:
    """Take an export for what its file is called: a cohort's name, and when it was; else when it was written.

    `named` is the cohort's name, or name and id as a trait key has them: `Power Users (7abc12de)`.
    """
    stem = path.name.removesuffix(".gz").removesuffix(".csv").removesuffix(".txt")
    found = next((each for each in _WHEN.finditer(stem) if _moment(each) is not None), None)
    at = _moment(found) if found is not None else None
    name = named or _COPY.sub("", stem[: found.start()] + stem[found.end() :] if found is not None else stem).strip(
        " _.-"
    )
    cohort_id = None
    try:
        read = trait_key_format("amplitude").parse(name)
        if read is not None:
            name, cohort_id = read.name, read.cohort_id
    except ContractsError:
        pass
    cohort_id = (cohort_id or _FIT.sub("-", name).strip("-"))[:64]
    if not cohort_id:
        raise NotReadable(f"{path}: its name does not say which cohort it is; write NAME={path}.")
    return ExportFile(at if at is not None else round(path.stat().st_mtime * 1000), cohort_id, name, data)


def _moment(found: re.Match[str]) -> int | None:
    try:
        when = datetime(*(int(part or 0) for part in found.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return round(when.timestamp() * 1000)
