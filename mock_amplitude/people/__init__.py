"""People: an endless seeded population, who of it exists, and memberships of any size."""

from __future__ import annotations

from mock_amplitude.people.deletions import STAGING, Deletions, Request, deletion_diagram, today
from mock_amplitude.people.directory import Directory, Newcomers
from mock_amplitude.people.members import Member, Members
from mock_amplitude.people.population import FIRST_ARRIVED, ID_BITS, People

__all__ = [
    "FIRST_ARRIVED",
    "ID_BITS",
    "STAGING",
    "Deletions",
    "Directory",
    "Member",
    "Members",
    "Newcomers",
    "People",
    "Request",
    "deletion_diagram",
    "today",
]
