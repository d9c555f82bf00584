"""What one export job holds, whatever happens to its cohort afterwards."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from mock_amplitude.people import FIRST_ARRIVED, Members, Newcomers, People


@dataclass(frozen=True, slots=True)
class Export:
    """What a job exports: members and properties as they were when it was asked for, after entry `until`."""

    members: Members
    properties: Mapping[int, Mapping[str, Any]]
    people: People
    newcomers: Newcomers | None = None
    until: int = 0

    def told_by_events(self) -> Container[int]:
        """Return whose properties events told."""
        return () if self.newcomers is None else self.newcomers.with_properties(self.until)

    def properties_of(self, amplitude_id: int, told_by_events: Container[int] = ()) -> Mapping[str, Any]:
        """Return somebody's properties as they were."""
        if self.newcomers is not None and amplitude_id in told_by_events:
            return self.newcomers.properties(amplitude_id, self.until) or {}
        told = self.properties.get(amplitude_id)
        if told is not None:
            return told
        return {} if self.is_own(amplitude_id) else self.people.properties(amplitude_id)

    def is_own(self, amplitude_id: int) -> bool:
        """Say whether somebody came with an event: the population tells nothing of them."""
        return amplitude_id >= FIRST_ARRIVED and self.newcomers is not None
