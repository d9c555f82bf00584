"""Which code this is: results are only the same where it is the same everywhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

_ROOMS: Final = (
    "contracts",
    "mock_core",
    "syncer",
    "mock_segment",
    "mock_amplitude",
    "downstream",
    "recording",
    "scenarios",
)
_READ: Final = {".py", ".json"}


@dataclass(frozen=True, slots=True)
class Code:
    """A version of cohortlab, and the digest of what verdicts rest on."""

    version: str
    digest: str

    def __str__(self) -> str:
        return f"cohortlab {self.version}, code {self.digest}"


@cache
def this_code() -> Code:
    """Return what this process runs: every module of the rooms that verdicts are made in, and their tables."""
    home = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((home / room).rglob("*")):
            if path.suffix in _READ and "node_modules" not in path.parts:
                digest.update(f"{path.relative_to(home).as_posix()}\n".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    try:
        version = metadata.version("cohortlab")
    except metadata.PackageNotFoundError:
        version = "not installed"
    return Code(version, digest.hexdigest()[:12])
