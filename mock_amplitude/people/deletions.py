"""The life of a deletion job, as a table (amplitude facts 5.7 [doc][client]).

Rules:
- a job is of one project and one day; requests join the next one that still takes any, or begin another,
- it takes requests, and gives them back, until three days before its day,
- then it cannot be stopped, and on its day, at 00:00 UTC [inferred], all data of those people is gone,
- the only thing that moves a job is that time passes, so its status is a function of its day and of the lab's time.

    STAGING --closes--> SUBMITTED --runs--> DONE
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

STAGING: Final = "staging"
SUBMITTED: Final = "submitted"
DONE: Final = "done"

TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    STAGING: {"closes": SUBMITTED},
    SUBMITTED: {"runs": DONE},
    DONE: {},
}
CLOSED_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One person to be deleted: who asked for it, and on which day."""

    amplitude_id: int
    requested_on: str
    requester: str


@dataclass(slots=True)
class DeletionJob:
    """The people of a project who are deleted on a day."""

    project_id: int
    day: date
    requests: dict[int, Request] = field(default_factory=dict)

    @property
    def runs_at(self) -> int:
        """When it runs, in milliseconds."""
        return _midnight(self.day)

    def status(self, now: int) -> str:
        """Return the state the job is in at a moment."""
        status = STAGING
        closes = _midnight(self.day - timedelta(CLOSED_DAYS))
        for at, event in ((closes, "closes"), (self.runs_at, "runs")):
            if at > now:
                break
            status = TRANSITIONS[status][event]
        return status

    def as_dict(self, now: int) -> dict[str, Any]:
        """Write it as the API does (amplitude facts 5.7 [client])."""
        status = self.status(now)
        return {
            "day": self.day.isoformat(),
            "status": status,
            "amplitude_ids": [
                {
                    "amplitude_id": each.amplitude_id,
                    "requested_on_day": each.requested_on,
                    "requester": each.requester,
                }
                for each in self.requests.values()
            ],
            "app": str(self.project_id),
            "active_scrub_done_date": self.day.isoformat() if status == DONE else None,
        }


class Deletions:
    """The deletion jobs of a workspace."""

    def __init__(self) -> None:
        self.jobs: dict[tuple[int, date], DeletionJob] = {}
        self._waiting: dict[tuple[int, date], DeletionJob] = {}
        self.asked: dict[int, int] = {}  # when a project asked last, in milliseconds

    def day_for(self, project_id: int, now: int, days: int) -> date:
        """Return the day on which a request of this moment is done: of the batch that is open, or so many days on."""
        open_ = (
            job.day for job in self._waiting.values() if job.project_id == project_id and job.status(now) == STAGING
        )
        return min(open_, default=_day(now) + timedelta(days))

    def add(self, project_id: int, day: date, requests: Iterator[Request]) -> None:
        """Let people be deleted on a day."""
        job = self.jobs.setdefault((project_id, day), DeletionJob(project_id, day))
        self._waiting[project_id, day] = job
        for each in requests:
            job.requests.setdefault(each.amplitude_id, each)

    def revoke(self, project_id: int, day: date, amplitude_id: int) -> None:
        """Let somebody stay after all."""
        job = self.jobs[project_id, day]
        job.requests.pop(amplitude_id, None)
        if not job.requests:
            del self.jobs[project_id, day], self._waiting[project_id, day]

    def next_run(self) -> int | None:
        """Return when the next job runs, in milliseconds."""
        return min((job.runs_at for job in self._waiting.values()), default=None)

    def run_until(self, now: int) -> list[int]:
        """Run the jobs that are due at a moment, and return whom they delete."""
        due = [key for key, job in self._waiting.items() if job.runs_at <= now]
        return [amplitude_id for key in sorted(due) for amplitude_id in self._waiting.pop(key).requests]


def deletion_diagram() -> str:
    """Return the table as a Mermaid diagram, for the documentation."""
    arrows = [
        f"    {state} --> {after}: {event}\n"
        for state, events in TRANSITIONS.items()
        for event, after in events.items()
    ]
    return f"```mermaid\nstateDiagram-v2\n    [*] --> {STAGING}\n{''.join(arrows)}    {DONE} --> [*]\n```\n"


def today(now: int) -> str:
    """Return the day of a moment in milliseconds."""
    return _day(now).isoformat()


def _day(now: int) -> date:
    return datetime.fromtimestamp(now / 1000, UTC).date()


def _midnight(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
