"""Projects: one key pair each, in one region, and who a call is made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_amplitude.errors import INVALID_COMBINATION, INVALID_KEY, Refused
from mock_amplitude.settings import AmplitudeSettings
from mock_core.exchange import Call
from mock_core.redaction import basic_credentials

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


def authenticate(call: Call, projects: Mapping[str, Project], settings: AmplitudeSettings) -> Project:
    """Return the project a call is made for, or raise `Refused` with the documented words (amplitude facts 1.4)."""
    credentials = basic_credentials(call.header("authorization"))
    if credentials is None:
        raise Refused(settings.missing_auth_status, "Missing or malformed Authorization header")
    api_key, secret_key = credentials
    project = projects.get(api_key)
    if project is None or project.region != region_of(call.header("host"), settings.region):
        # A key of the other region is an unknown key here (amplitude facts 1.1 [client]).
        raise Refused(403, INVALID_KEY)
    if secret_key != project.secret_key:
        raise Refused(403, INVALID_COMBINATION)
    return project


def region_of(host: str, default: str) -> str:
    """Return the region a host name stands for: `analytics.eu.amplitude.com`, `eu.localhost` are EU."""
    name = host.rpartition(":")[0] or host
    labels = name.lower().split(".")
    if EU in labels:
        return EU
    return US if labels[-2:] == ["amplitude", "com"] else default
