"""The portal: syncs set up in a lab as on the vendors' pages, and our engine run for them on the lab's clock."""

from __future__ import annotations

from scenarios.portal.control import portal_annexe
from scenarios.portal.portal import Portal, portal_of
from scenarios.portal.roles import MANAGE_COHORTS, MANAGE_DESTINATIONS, MANAGE_SYNCS, ROLES, may, refusal
from scenarios.portal.scheduling import MOST_RUNS
from scenarios.portal.standing import CADENCES, Standing

__all__ = [
    "CADENCES",
    "MANAGE_COHORTS",
    "MANAGE_DESTINATIONS",
    "MANAGE_SYNCS",
    "MOST_RUNS",
    "ROLES",
    "Portal",
    "Standing",
    "may",
    "portal_annexe",
    "portal_of",
    "refusal",
]
