"""An Amplitude that moves: the cohort API to the letter, its quotas, and a seeded population behind it."""

from __future__ import annotations

from mock_amplitude.app import AmplitudeFake, create_app
from mock_amplitude.client import AmplitudeClient
from mock_amplitude.cohorts import Cohort, Sync
from mock_amplitude.exports import Job
from mock_amplitude.people import Member, Members
from mock_amplitude.projects import DEFAULT_PROJECT, Project
from mock_amplitude.settings import AmplitudeSettings
from mock_amplitude.state import AmplitudeState

__all__ = [
    "DEFAULT_PROJECT",
    "AmplitudeClient",
    "AmplitudeFake",
    "AmplitudeSettings",
    "AmplitudeState",
    "Cohort",
    "Job",
    "Member",
    "Members",
    "Project",
    "Sync",
    "create_app",
]
