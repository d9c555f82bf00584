"""What the lab was told about this Amplitude apart from its cohorts: projects, settings, where captures begin."""

from __future__ import annotations

from collections import deque
from typing import Final

from mock_amplitude.projects import DEFAULT_PROJECT, Project
from mock_amplitude.settings import AmplitudeSettings
from mock_core.journal import Entry
from mock_core.settings import adopted

_HOUR: Final = 3_600_000  # milliseconds


class Registry:
    """Projects by API key, and settings."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {DEFAULT_PROJECT.api_key: DEFAULT_PROJECT}
        self.settings = AmplitudeSettings()
        self.captured_since = 0
        self._lookups: dict[int, deque[int]] = {}  # when each project looked at a user, of late
        self.notes: list[str] = []  # what a journal of another version says and this one does not do

    def apply(self, entry: Entry) -> None:
        """Let one control entry change the registry."""
        data = entry.data
        match data["op"]:
            case "project.put":
                self.projects[data["project"]["api_key"]] = Project(**data["project"])
            case "settings.set":
                self.settings, notes = adopted(self.settings, data["changes"])
                self.notes += notes
            case "reset.captures":
                self.captured_since = entry.seq

    def look_up(self, project_id: int, at: int) -> None:
        """Count a look at a user; what is an hour old is forgotten."""
        made = self._lookups.setdefault(project_id, deque())
        made.append(at)
        while made[0] <= at - _HOUR:
            made.popleft()

    def lookups_since(self, project_id: int, moment: int) -> int:
        """Return how many looks at users a project has had after a moment in milliseconds."""
        return sum(at > moment for at in self._lookups.get(project_id, ()))

    def project(self, app_id: int) -> Project | None:
        """Return the project with this app id."""
        return next((project for project in self.projects.values() if project.id == app_id), None)
