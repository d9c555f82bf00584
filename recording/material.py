"""What is read of recordings: calls with their answers, and what entries of a lab's journals are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call and its answer: `at` in milliseconds since 1970, header names in lower case.

    `status` 0 means that no answer came. Bodies are as they went over the wire, or inflated by the recorder. `ms` is
    how long the answer took to begin, `bytes` how long its body was (0: nobody counted), `cut` that it broke off.
    `fake` says whose call it is, where the recorder knows.
    """

    at: int
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 0
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    reply: bytes = b""
    ms: int = 0
    bytes: int = 0
    cut: bool = False
    fake: str = ""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A cohort export as it was downloaded, and when, in milliseconds since 1970."""

    at: int
    cohort_id: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry for the journal of a fake, `amplitude` or `segment`; the other fields are those of its `Entry`."""

    fake: str
    at: int
    kind: str
    data: dict[str, Any]
    body: bytes | None = None
