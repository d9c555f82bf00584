"""Who may do what in Amplitude, by role (amplitude facts 3.6 [doc]).

A role is what a person at the lab plays, not a login: it is data of the workspace, and whoever reaches the lab may
change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MANAGE_SYNCS, MANAGE_DESTINATIONS, MANAGE_COHORTS = "manage syncs", "manage destinations", "manage cohorts"

_EVERYBODY: Final = frozenset({MANAGE_COHORTS})
_WHO_SETS_UP: Final = frozenset({MANAGE_SYNCS, MANAGE_DESTINATIONS, MANAGE_COHORTS})

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "admin": _WHO_SETS_UP,
    "manager": _WHO_SETS_UP,
    "member": _EVERYBODY,
    "viewer": _EVERYBODY,
}
"""Amplitude's default roles and what each may do."""

FIRST: Final = "admin"
"""The role that a lab begins with: nobody who only wants a sync is stopped by one."""


def may(role: str, permission: str) -> bool:
    """Say whether a role may do something."""
    return permission in ROLES[role]


def refusal(role: str, permission: str) -> str:
    """Say in one sentence why a role may not do something, and who may."""
    able = " or ".join(each.capitalize() for each, permissions in ROLES.items() if permission in permissions)
    return f"A {role.capitalize()} may not {permission}: that takes {able} privileges in Amplitude."
