"""A cohort: what the list says of it, field for field as live objects have it (amplitude facts 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import BadTraitKey
from contracts.trait_key import trait_key_format

_SPELLING = trait_key_format("amplitude")
BEHAVIORAL = "redshift"  # amplitude facts 2.1: the live word for a cohort with a definition [client]
UPLOADED = "manual_upload"  # amplitude facts 1.2 F [client]


@dataclass(frozen=True, slots=True)
class Sync:
    """A standing sync of a cohort, as `syncMetadata` tells it; times are ISO 8601 or None."""

    target: str
    frequency: str
    last_successful: str | None = None
    last_failure: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True

    def as_dict(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "frequency": self.frequency,
            "last_successful": self.last_successful,
            "last_failure": self.last_failure,
            "params": dict(self.params),
        }


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort without its members; times in whole seconds, None for what never happened."""

    id: str
    name: str
    project_id: int
    kind: str = BEHAVIORAL
    description: str | None = None
    definition: Mapping[str, Any] | None = None
    published: bool = True
    archived: bool = False
    owners: tuple[str, ...] = ("owner@example.com",)
    viewers: tuple[str, ...] = ()
    group_type: str = "User"
    created_at: int | None = None
    last_mod: int | None = None
    last_computed: int | None = None
    size: int | None = None
    job_seconds: float | None = None
    syncs: tuple[Sync, ...] = ()

    @property
    def trait_key(self) -> str | None:
        """The trait by which Segment knows the cohort, as Amplitude's own page spells it (amplitude facts 2.1).

        None for a name or an id that cannot be written so, an empty name above all.
        """
        try:
            return _SPELLING.format(self.name, self.id)
        except BadTraitKey:
            return None

    @property
    def is_computed(self) -> bool:
        return self.last_computed is not None

    def as_dict(self, *, with_syncs: bool = False) -> dict[str, Any]:
        """Return the object of the list; `syncMetadata` is absent unless asked for (amplitude facts 1.2 A)."""
        told: dict[str, Any] = {
            "appId": self.project_id,
            "archived": self.archived,
            "definition": dict(self.definition) if self.definition is not None else definition_of(self.kind),
            "description": self.description,
            "finished": self.is_computed,
            "id": self.id,
            "name": self.name,
            "published": self.published,
            "type": self.kind,
            "lastMod": self.last_mod,
            "createdAt": self.created_at,
            "lastComputed": self.last_computed,
            "hidden": False,
            "metadata": None,
            "view_count": None,
            "popularity": None,
            "last_viewed": None,
            "chart_id": None,
            "edit_id": None,
            "is_predictive": False,
            "is_official_content": False,
            "location_id": None,
            "shortcut_ids": [],
            "per_app_metadata": None,
            "cohort_definition_type": None,
            "cohort_output_type": "UNIQUES",
            "is_generated_content": False,
            "owners": list(self.owners),
            "viewers": list(self.viewers),
            "size": self.size,
        }
        if with_syncs:
            # One-time and disabled syncs are left out (amplitude facts 1.2 A [doc]).
            told["syncMetadata"] = [
                sync.as_dict()
                for sync in self.syncs
                if sync.enabled and sync.frequency in {"minute", "hourly", "daily"}
            ]
        return told


def definition_of(kind: str) -> dict[str, Any]:
    """Return the envelope of a definition (amplitude facts 2.2): empty for an uploaded list, else active in 30 days."""
    envelope: dict[str, Any] = {
        "version": 3,
        "countGroup": {"name": "User", "is_computed": False},
        "cohortType": "UNIQUES",
        "andClauses": [],
        "referenceFrameTimeParams": {},
    }
    if kind == UPLOADED:
        return envelope
    active = {
        "type": "event",
        "time_type": "rolling",
        "time_value": 30,
        "offset": 0,
        "interval": 1,
        "exclude_current_interval": False,
        "type_value": "_active",
        "operator": ">=",
        "operator_value": 1,
        "group_by": [],
        "metric": None,
    }
    clauses = [{"negated": False, "orClauses": [active]}]
    return {**envelope, "andClauses": clauses, "orClauses": [clauses]}
