"""A client for an Amplitude fake in another process: the methods of `AmplitudeState`, over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mock_amplitude.cohorts import Who
from mock_amplitude.exports import read_export
from mock_amplitude.people import Member
from mock_amplitude.projects import Project
from mock_core.control import LabClient


class AmplitudeClient(LabClient):
    """One workspace of an Amplitude fake, by the fake's base URL. Cohorts are told as Amplitude's own objects."""

    vendor = "amplitude"

    def put_project(self, api_key: str, secret_key: str, **fields: Any) -> Project:
        """Create a project with its keys, or change the one that has this API key."""
        payload = {"api_key": api_key, "secret_key": secret_key, **fields}
        return Project(**self.call("POST", "projects", payload).json())

    def projects(self) -> list[Project]:
        """Return the projects of the workspace."""
        return [Project(**row) for row in self.rows("projects")]

    def create_cohort(
        self, name: str, *, cohort_id: str | None = None, members: Iterable[Who] = (), **fields: Any
    ) -> dict[str, Any]:
        """Create a cohort; `fields` like `published`, `uploaded`, `project_id`, `owners`, `definition`."""
        payload = {"name": name, "members": _listed(members), **fields}
        return self._cohort("POST", "cohorts", payload if cohort_id is None else {**payload, "cohort_id": cohort_id})

    def cohorts(self, **filters: str) -> list[dict[str, Any]]:
        """Return every cohort, published or not."""
        return list(self.rows("cohorts", **filters))

    def cohort(self, cohort_id: str) -> dict[str, Any]:
        """Return one cohort."""
        return self._cohort("GET", f"cohorts/{cohort_id}")

    def explain(self, cohort_id: str, user: str, *, at: str | None = None) -> dict[str, Any]:
        """Return why somebody is in a cohort with a definition, or not, clause by clause; `at` in ISO 8601."""
        params = {"user": user, **({} if at is None else {"at": at})}
        return dict(self.call("GET", f"cohorts/{cohort_id}/explain", params=params).json())

    def enter(self, cohort_id: str, members: Iterable[Who]) -> int:
        """Let people into a cohort; return how many were not in it before."""
        return int(self._told(cohort_id, "enter", {"members": _listed(members)})["entered"])

    def leave(self, cohort_id: str, user_ids: Iterable[str] = (), *, amplitude_ids: Iterable[int] = ()) -> int:
        """Let members go, by user id or Amplitude id."""
        payload = {"user_ids": list(user_ids), "amplitude_ids": list(amplitude_ids)}
        return int(self._told(cohort_id, "leave", payload)["left"])

    def set_members(self, cohort_id: str, members: Iterable[Who]) -> int:
        """Replace the whole membership; return how many members there are."""
        return int(self.call("PUT", f"cohorts/{cohort_id}/members", {"members": _listed(members)}).json()["members"])

    def import_csv(self, cohort_id: str, data: bytes) -> dict[str, int]:
        """Make the rows of an export the membership, in their order."""
        return dict(self.call("POST", f"cohorts/{cohort_id}/import", data=data).json())

    def export_csv(self, cohort_id: str, *, props: bool = False, prop_keys: Iterable[str] = ()) -> bytes:
        """Return a cohort's members as they are, in the CSV that Amplitude serves."""
        params = {"props": str(int(props)), "propKeys": ",".join(prop_keys)}
        return self.call("GET", f"cohorts/{cohort_id}/export", params=params).content

    def populate(self, cohort_id: str, count: int, *, start: int = 0) -> int:
        """Let in the next `count` people of the seeded population."""
        return int(self._told(cohort_id, "populate", {"count": count, "start": start})["entered"])

    def churn(self, cohort_id: str, **shares: float) -> None:
        """Let a cohort move by itself from now on: shares `enter`, `leave`, `returning`, by the hour."""
        self._told(cohort_id, "churn", shares)

    def edit(self, cohort_id: str, **changes: Any) -> dict[str, Any]:
        """Change what is said of a cohort: name, description, archived, published, definition, job_seconds."""
        return self._cohort("PATCH", f"cohorts/{cohort_id}", changes)

    def rename(self, cohort_id: str, name: str) -> dict[str, Any]:
        """Give a cohort another name; its id stays."""
        return self.edit(cohort_id, name=name)

    def archive(self, cohort_id: str) -> dict[str, Any]:
        """Archive a cohort."""
        return self.edit(cohort_id, archived=True)

    def unarchive(self, cohort_id: str) -> dict[str, Any]:
        """Take a cohort out of the archive."""
        return self.edit(cohort_id, archived=False)

    def publish(self, cohort_id: str) -> dict[str, Any]:
        """Make a cohort discoverable."""
        return self.edit(cohort_id, published=True)

    def unpublish(self, cohort_id: str) -> dict[str, Any]:
        """Make a cohort undiscoverable: not listed, not requested."""
        return self.edit(cohort_id, published=False)

    def delete(self, cohort_id: str) -> None:
        """Delete a cohort."""
        self.call("DELETE", f"cohorts/{cohort_id}")

    def recompute(self, cohort_id: str) -> dict[str, Any]:
        """Compute a cohort now, as a look at a chart would."""
        return self._cohort("POST", f"cohorts/{cohort_id}/recompute")

    def put_sync(self, cohort_id: str, **fields: Any) -> dict[str, Any]:
        """Say that a sync of this cohort stands, so that `syncMetadata` tells of it."""
        return self._cohort("POST", f"cohorts/{cohort_id}/syncs", fields)

    def membership(self, cohort_id: str, *, entry: int | None = None, moment: int | None = None) -> list[Member]:
        """Return the members: now, as of an earlier journal entry, or at an earlier moment in milliseconds."""
        params = {"entry": entry, "moment": moment}
        _, rows = read_export(self.call("GET", f"cohorts/{cohort_id}/export", params=params).content)
        return [row.member for row in rows]

    def add_people(self, members: Iterable[Who] = (), *, generated: int = 0) -> None:
        """Let people exist without being in a cohort."""
        self.call("POST", "people", {"members": _listed(members), "generated": generated})

    def identify(self, amplitude_id: int, user_id: str) -> None:
        """Give an anonymous user a user id; if somebody has it already, the two are merged."""
        self.call("POST", f"people/{amplitude_id}/identify", {"user_id": user_id})

    def forget(self, amplitude_id: int) -> None:
        """Delete a person's data: out of every cohort."""
        self.call("DELETE", f"people/{amplitude_id}")

    def put_properties(self, amplitude_id: int, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set user properties of a person and return all of them."""
        payload = {"properties": dict(properties)}
        return dict(self.call("PUT", f"people/{amplitude_id}/properties", payload).json()["properties"])

    def jobs(self, **filters: str) -> list[dict[str, Any]]:
        """Return the export jobs with their phases."""
        return list(self.rows("jobs", **filters))

    def quotas(self) -> list[dict[str, Any]]:
        """Return what each project has used of its quotas."""
        return list(self.call("GET", "quotas").json())

    def _cohort(self, method: str, path: str, payload: Any = None) -> dict[str, Any]:
        return dict(self.call(method, path, payload).json())

    def _told(self, cohort_id: str, what: str, payload: Any) -> dict[str, Any]:
        return dict(self.call("POST", f"cohorts/{cohort_id}/{what}", payload).json())


def _listed(members: Iterable[Who]) -> list[Any]:
    return [list(member) if isinstance(member, tuple) else member for member in members]
