"""What one export job holds, whatever happens to its cohort afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_amplitude.people import Members, People


@dataclass(frozen=True, slots=True)
class Export:
    """What a job exports: members and properties as they were when it was asked for."""

    members: Members
    properties: Mapping[int, Mapping[str, Any]]
    people: People

    def properties_of(self, amplitude_id: int) -> Mapping[str, Any]:
        """Return somebody's properties as they were."""
        told = self.properties.get(amplitude_id)
        return self.people.properties(amplitude_id) if told is None else told
