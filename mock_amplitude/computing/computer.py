"""The computer of a workspace: it holds the events of each project as they come, and asks them definitions.

What it holds is made from the journal and read on from where it stopped. While there are few events they lie in plain
Python; beyond that in DuckDB, where it is installed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.definitions import Definition, Event, Rules, all_texts, next_edge
from contracts.extras import is_installed
from mock_amplitude.computing.few import FewEvents
from mock_amplitude.computing.table import EventTable
from mock_amplitude.ingest import ArrivedPeople, Happening, IngestFold
from mock_amplitude.people import Members
from mock_core.journal import Journal

FEW: Final = 2_000
BUILT_IN: Final = (  # user properties that events carry themselves, by their names in definitions (facts 2.3)
    *("user_id", "device_id", "platform", "os_name", "os_version", "device_brand", "device_manufacturer"),
    *("device_model", "device_type", "carrier", "country", "region", "city", "dma", "language", "version", "library"),
)


@dataclass(frozen=True, slots=True)
class Other:
    """The members of a cohort that a definition reads, and a stamp that is another one when they are others."""

    stamp: int
    members: Members | None


@dataclass(frozen=True, slots=True)
class Question:
    """Who is in a cohort of a project, by its definition and the rules of the workspace?"""

    project_id: int
    cohort_id: str
    definition: Definition
    rules: Rules


@dataclass(slots=True)
class _Answer:
    """Who was in a cohort when it was asked last, and until when that holds."""

    asked: Question
    version: int
    others: Mapping[str, int]
    members: frozenset[int]
    since: int
    until: int


class _Project:
    """The events of one project."""

    def __init__(self) -> None:
        self.held: FewEvents | EventTable = FewEvents()
        self.version = 0
        self.answers: dict[str, _Answer] = {}
        self.others: dict[str, int] = {}  # the stamps of the cohorts whose members were told

    def append(self, events: list[tuple[int, Event]]) -> None:
        self.held.append(events)
        self.version += 1
        if isinstance(self.held, FewEvents) and self.held.count > FEW and is_installed("duckdb"):
            few, self.held, self.others = self.held, EventTable(), {}
            self.held.append(few.everything())


class Computer:
    """Computes cohorts of one workspace; whoever asks holds the workspace's lock and has settled its folds."""

    def __init__(self, journal: Journal, ingest: IngestFold, newcomers: ArrivedPeople) -> None:
        self._journal, self._ingest, self._newcomers = journal, ingest, newcomers
        self._generation = journal.generation
        self.asked = 0  # how often events were asked, for those who wonder
        self._clear(0)

    def _clear(self, position: int) -> None:
        for project in getattr(self, "_projects", {}).values():
            project.held.close()
        self._position = self._since = position
        self._projects: dict[int, _Project] = {}
        self._merged: dict[int, int] = {}
        self._gone: set[int] = set()

    def settle(self, since: int, gone: Collection[int]) -> None:
        """Take in the events of the entries after `since` up to now, but for those of people who are gone."""
        if self._generation != self._journal.generation or since != self._since:
            self._generation = self._journal.generation
            self._clear(since)
        last = self._journal.last
        if last > self._position:
            self._follow(last)
            for entry in self._journal.walk(self._position, until=last, kind="request", saying=("ingested",)):
                self._take(self._ingest.happenings(entry))
            self._position = last
        if len(gone) != len(self._gone):
            fresh = set(gone) - self._gone
            for project in self._projects.values():
                project.held.forget(fresh)
                project.version += 1
            self._gone |= fresh

    def _follow(self, last: int) -> None:
        """Let events that came before be those of the people whom theirs turned out to be."""
        for turn in self._newcomers.turns(self._position, last):
            if turn.merged_into is None:
                continue
            self._merged[turn.amplitude_id] = turn.merged_into
            for project in self._projects.values():
                project.held.merge(turn.amplitude_id, turn.merged_into)
                project.version += 1

    def _take(self, happenings: Iterator[Happening]) -> None:
        by_project: dict[int, list[tuple[int, Event]]] = {}
        for each in happenings:
            by_project.setdefault(each.project_id, []).append((self._canonical(each.amplitude_id), event_of(each)))
        for project_id, events in by_project.items():
            self._projects.setdefault(project_id, _Project()).append(events)

    def _canonical(self, who: int) -> int:
        while who in self._merged:
            who = self._merged[who]
        return who

    def members(self, asked: Question, now: int, others: Mapping[str, Other]) -> frozenset[int]:
        """Return who is in a cohort at a moment; `others` are the members of the cohorts that its definition reads.

        Events are asked again only when some have come since, or when the first moment has passed at which time alone
        could have changed the answer.
        """
        project = self._projects.setdefault(asked.project_id, _Project())
        known, stamps = project.answers.get(asked.cohort_id), {name: other.stamp for name, other in others.items()}
        if (
            known is not None
            and known.version == project.version
            and known.since <= now < known.until
            and known.asked == asked
            and known.others == stamps
        ):
            return known.members
        for name, other in others.items():
            if project.others.get(name) != other.stamp:
                project.held.put_members(name, [who for who, _ in other.members.rows()] if other.members else ())
                project.others[name] = other.stamp
        self.asked += 1
        project.held.compute(asked.cohort_id, asked.definition, now, asked.rules)
        found = frozenset(project.held.computed(asked.cohort_id))
        until = next_edge(asked.definition, now, asked.rules, project.held.edge)
        project.answers[asked.cohort_id] = _Answer(asked, project.version, stamps, found, now, until)
        return found

    def next_change(self) -> int | None:
        """Return the first moment at which time alone may change a cohort that was asked for."""
        answers = (each for project in self._projects.values() for each in project.answers.values())
        return min((each.until for each in answers), default=None)

    def events_of(self, project_id: int, who: int, *, before: int | None = None) -> list[Event]:
        """Return somebody's events in the order of arrival, those up to a position alone where one is given."""
        project = self._projects.get(project_id)
        if project is None:
            return []
        found = project.held.events_of(self._canonical(who))
        return sorted((e for e in found if before is None or e.seq < before), key=lambda event: event.seq)


def event_of(happening: Happening) -> Event:
    """Return an event as definitions see it; custom properties of users have `gp:` before their names (facts 2.2)."""
    event: dict[str, Any] = happening.event
    user = {f"gp:{name}": value for name, value in event["user_properties"].items()}
    built_in: dict[str, Any] = {name: event[name] for name in BUILT_IN if name in event}
    if "app_version" in event:
        built_in.setdefault("version", event["app_version"])
    properties = event.get("event_properties") or {}
    return Event(
        happening.position, event["time"], event["event_type"], all_texts(properties), all_texts({**built_in, **user})
    )
