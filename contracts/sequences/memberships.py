"""Who is in which cohort: what a capture is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.errors import BadMemberships
from contracts.trait_key import TraitKeyFormat


@dataclass(frozen=True, slots=True)
class Cohort:
    """Hold a live cohort and the user ids of its members; anonymous members are not among them."""

    cohort_id: str
    name: str
    members: frozenset[str]

    def key(self, spelling: TraitKeyFormat) -> str:
        """Return the trait key that a sync writes for it."""
        return spelling.format(self.name, self.cohort_id)


Memberships = Mapping[str, Cohort]
"""Live cohorts by their id."""


def memberships(document: Any) -> Memberships:
    """Read `{"cohorts": [{"id", "name", "members": [user ids]}]}`; raise `BadMemberships` when it is not that."""
    cohorts = document.get("cohorts") if isinstance(document, dict) else None
    if not isinstance(cohorts, list):
        detail = 'memberships must be an object `{"cohorts": [{"id": ..., "name": ..., "members": [...]}]}`'
        raise BadMemberships(detail)
    return {cohort.cohort_id: cohort for cohort in map(_cohort, range(len(cohorts)), cohorts)}


def cohort_of(cohort_id: str, name: str, user_ids: Iterable[str | None]) -> Cohort:
    """Return a cohort; members without a user id are left out, as a sync leaves them out."""
    return Cohort(cohort_id, name, frozenset(user for user in user_ids if user))


def _cohort(index: int, entry: Any) -> Cohort:
    if (
        isinstance(entry, dict)
        and isinstance(entry.get("id"), str)
        and isinstance(entry.get("name"), str)
        and isinstance(entry.get("members"), list)
        and all(user is None or isinstance(user, str) for user in entry["members"])
    ):
        return cohort_of(entry["id"], entry["name"], entry["members"])
    detail = (
        f"cohorts[{index}] of the memberships needs the strings `id` and `name`, and `members`, an array of user ids"
    )
    raise BadMemberships(detail)
