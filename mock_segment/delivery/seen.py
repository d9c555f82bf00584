"""What became of events, in the shape in which a lab tells it: in process and over HTTP the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_segment.delivery.verdicts import DISCARDED


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """One event with its verdict, as the control plane shows it; `event` is what Segment would hand on."""

    position: int
    entry: int
    index: int | None
    received_at: str
    delivered_at: str | None
    write_key: str | None
    type: str | None
    user_id: str | None
    message_id: str | None
    verdict: str
    code: str
    reason: str
    event: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Verdicts(list[SeenEvent]):
    """What became of events, in the order of arrival."""

    def counts(self) -> dict[str, int]:
        """Return how many events became what: `delivered`, `duplicate`, `refused`, or the code of a discarded one."""
        counted: dict[str, int] = {}
        for each in self:
            word = each.code if each.verdict == DISCARDED else each.verdict
            counted[word] = counted.get(word, 0) + 1
        return counted
