"""What the lab was told about this Amplitude apart from its cohorts: projects, settings, where captures begin."""

from __future__ import annotations

from mock_amplitude.projects import DEFAULT_PROJECT, Project
from mock_amplitude.settings import AmplitudeSettings
from mock_core.journal import Entry
from mock_core.settings import adopted


class Registry:
    """Projects by API key, and settings."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {DEFAULT_PROJECT.api_key: DEFAULT_PROJECT}
        self.settings = AmplitudeSettings()
        self.captured_since = 0
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

    def project(self, app_id: int) -> Project | None:
        """Return the project with this app id."""
        return next((project for project in self.projects.values() if project.id == app_id), None)
