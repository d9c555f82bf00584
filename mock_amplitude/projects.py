"""Projects: one key pair each, in one region."""

from __future__ import annotations

from dataclasses import dataclass

US, EU = "us", "eu"


@dataclass(frozen=True, slots=True)
class Project:
    """An Amplitude project: its app id, its key pair, its region."""

    id: int
    name: str
    api_key: str
    secret_key: str
    region: str = US


# Every workspace has this project; its keys are in the documentation and mean nothing anywhere else.
DEFAULT_PROJECT = Project(100001, "lab", "lab-api-key", "lab-secret-key")


def region_of(host: str, default: str) -> str:
    """Return the region a host name stands for: `analytics.eu.amplitude.com`, `eu.localhost` are EU."""
    name = host.rpartition(":")[0] or host
    labels = name.lower().split(".")
    if EU in labels:
        return EU
    return US if labels[-2:] == ["amplitude", "com"] else default
