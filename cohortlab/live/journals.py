"""The journals of a lab that runs, fetched into a folder as `cohortlab up --db` keeps them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from cohortlab.live.fields import address
from cohortlab.live.lab import AMPLITUDE, SEGMENT, RunningLab


def journals_of(amplitude: str, segment: str | None, token: str | None, folder: Path) -> None:
    """Save both journals of a lab; its Segment is at the next port unless an address is given."""
    at = address(amplitude)
    lab = RunningLab({AMPLITUDE: at, SEGMENT: address(segment) if segment else _next_port(at)}, token=token)
    for name in (AMPLITUDE, SEGMENT):
        lab.fake(name).save_journal(folder / f"{name}.db")


def _next_port(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return urlunsplit((parts.scheme, f"{host}:{(parts.port or 80) + 1}", parts.path, "", ""))
