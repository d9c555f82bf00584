"""What a caller may tell of members and cohorts, checked before it is written down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from contracts.nearest import nearest
from mock_core.errors import BadControl

T = TypeVar("T")
Who = str | None | tuple[int, str | None]  # a user id; None for somebody new and anonymous; an exact row of an export

EDITABLE = frozenset({"name", "description", "archived", "published", "definition", "job_seconds"})
_COHORT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def listed(members: Iterable[T]) -> list[T]:
    """Return a list; a single text is refused, since its letters would be taken for user ids."""
    if isinstance(members, str):
        raise BadControl(f"Members are {members!r}, expected a list of user ids.")
    return list(members)


def told_members(members: Iterable[Who]) -> list[Any]:
    """Return members as the journal keeps them."""
    told: list[Any] = []
    for member in listed(members):
        match member:
            case None:
                told.append(None)
            case str() if member:
                told.append(member)
            case (int() as amplitude_id, user_id) if user_id is None or isinstance(user_id, str):
                told.append([amplitude_id, user_id or None])
            case _:
                raise BadControl(f"{member!r} is no member: expected a user id, null, or [Amplitude id, user id].")
    return told


def check_cohort_id(cohort_id: str) -> None:
    """Refuse an id that could not stand in a path."""
    if not _COHORT_ID.fullmatch(cohort_id):
        raise BadControl(f"Cohort id {cohort_id!r} is not usable, expected up to 64 letters, digits, - and _.")


def check_edits(changes: Mapping[str, Any]) -> None:
    """Refuse to edit what a cohort does not have."""
    unknown = sorted(set(changes) - EDITABLE)
    if unknown:
        raise BadControl(f"A cohort has no {unknown[0]!r} to edit: {nearest(unknown[0], EDITABLE)}")


def check_shares(**shares: float) -> None:
    """Refuse a share that is not from 0 to 1."""
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise BadControl(f"{name} is {share}, expected a share from 0 to 1.")
