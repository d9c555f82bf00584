"""What one may ask of a workspace of the Amplitude fake; every reading settles first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from random import Random

from contracts.definitions import Definition, Explanation, Problem, explain, read_definition
from contracts.nearest import nearest
from mock_amplitude.cohorts import UPLOADED, Cohort
from mock_amplitude.computing import Computer, Other, Question, rules_of
from mock_amplitude.errors import UnknownCohort
from mock_amplitude.exports import Export, Job, export_lines, month_of
from mock_amplitude.ingest import (
    HOUR,
    PLACES,
    SETTLED_BY,
    ArrivedPeople,
    Happening,
    Ingested,
    IngestFold,
    Newcomer,
    NotTaken,
    Pace,
    PaceFold,
    entries_in,
    hours_between,
    read_mappings,
)
from mock_amplitude.people import Directory, Members
from mock_amplitude.projects import Project
from mock_amplitude.registry import Registry
from mock_amplitude.settings import AmplitudeSettings
from mock_amplitude.world import World, WorldFold, world_at
from mock_core.clock import LATEST
from mock_core.errors import NotFound
from mock_core.exchange import Call
from mock_core.journal import Entry, Metric, refuse_set_aside, set_aside
from mock_core.workspace import Workspace


class Answers:
    """What is known of one workspace: its projects, cohorts and members, now or at a moment, and its downloads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._ingest = IngestFold(workspace.journal)
        self._fold = WorldFold(workspace.journal, workspace.seed, self._ingest)
        self._newcomers = ArrivedPeople(self._ingest)
        self._paced = PaceFold(workspace.journal, self._ingest.upload)
        self._computer = Computer(workspace.journal, self._ingest, self._newcomers)
        self._evaluated: dict[str, tuple[frozenset[int], int]] = {}  # whom a cohort was given, and when it changed then

    def check(self) -> None:
        """Read all of the journal; raise `JournalUnreadable` for an entry that cannot be taken in."""
        refuse_set_aside(self._fold, self._ingest)

    def unreadable(self) -> dict[int, str]:
        """Return the entries of the journal that cannot be taken in, with the reason."""
        return set_aside(self._fold, self._ingest)

    @property
    def world(self) -> World:
        """Everything known as of now."""
        self.catch_up()
        with self.workspace.lock:
            self._fold.settle()
            if any(at <= self.now for at in self._fold.world.due()):
                # Such an hour is an entry too, or a journal would not tell who was in a cohort when asked.
                self.workspace.control("hour")
                self._fold.settle()
            self._fold.follow()
            return self._fold.world

    @property
    def registry(self) -> Registry:
        """Projects and settings as of now, for which nobody needs to look at people."""
        self._fold.settle()
        return self._fold.world.registry

    def catch_up(self) -> None:
        """Go a long way, such as years of churn, in pieces, before a call keeps others of its workspace waiting."""
        self._fold.settle()

    @property
    def now(self) -> int:
        """The lab's time in milliseconds."""
        return self.workspace.clock.now_ms()

    @property
    def settings(self) -> AmplitudeSettings:
        return self.registry.settings

    @property
    def captured_since(self) -> int:
        """The entry after which captures count: those before it were reset away."""
        return self.registry.captured_since

    def random(self, purpose: str) -> Random:
        """Return a random stream of this moment of the journal: the same in a replay, another one entry later."""
        return self.workspace.seed.fresh(f"{purpose} {self.workspace.journal.last}")

    def projects(self) -> list[Project]:
        """Return the projects of the workspace."""
        return list(self.registry.projects.values())

    def cohorts(self) -> list[Cohort]:
        """Return every cohort, in the order of creation."""
        return list(self.world.cohorts.by_id.values())

    def cohort(self, cohort_id: str) -> Cohort:
        """Return one cohort, or raise `UnknownCohort`."""
        known = self.world.cohorts.by_id
        if cohort_id not in known:
            raise UnknownCohort(f"There is no cohort {cohort_id!r}: {nearest(cohort_id, known)}")
        return known[cohort_id]

    def export_csv(
        self,
        cohort_id: str,
        *,
        props: bool = False,
        prop_keys: Sequence[str] = (),
        entry: int | None = None,
        moment: int | None = None,
    ) -> Iterator[bytes]:
        """Yield a cohort's members in the CSV that Amplitude serves, now or then as in `membership`."""
        members = self.membership(cohort_id, entry=entry, moment=moment)
        directory = self.world.cohorts.directory
        export = Export(members, directory.properties, directory.people, self._newcomers, directory.until)
        return export_lines(export, props=props, prop_keys=prop_keys, settings=self.settings)

    def membership(self, cohort_id: str, *, entry: int | None = None, moment: int | None = None) -> Members:
        """Return the members: now, as of an earlier journal entry, or at an earlier moment in milliseconds."""
        if entry is None and moment is None:
            with self.workspace.lock:  # or somebody else might be at work on what is lent here
                self.cohort(cohort_id)
                self.refresh(cohort_id)
                return self.world.cohorts.members(cohort_id)
        past = self._past(entry=entry, moment=moment)
        if cohort_id not in past.cohorts.by_id:
            raise UnknownCohort(f"There was no cohort {cohort_id!r} then.")
        return past.cohorts.members(cohort_id)

    def refresh(self, cohort_id: str) -> None:
        """Let the members of a cohort follow its definition, where it has one that can be computed."""
        with self.workspace.lock:
            self._refresh(cohort_id)

    def explain(self, cohort_id: str, user: str, at: int | None = None) -> Explanation:
        """Explain why somebody, named by user id or Amplitude id, is in a cohort or not, at a moment in milliseconds.

        The definition is the one of now; the events are those that had come by then. Of a cohort that no definition
        computes there is only to say whether somebody is in it now.
        """
        with self.workspace.lock:
            cohort = self.cohort(cohort_id)
            self._refresh(cohort_id)
            world, now = self.world, self.now
            definition = world.cohorts.definition(cohort_id)
            directory = world.cohorts.directory
            who = directory.find(user, "BY_USER_ID")
            who = directory.find(user, "BY_AMP_ID") if who is None else who
            if who is None:
                raise NotFound(f"Nobody is called {user!r}: expected a user id or an Amplitude id.")
            if definition is None:
                return Explanation(now, self._has(cohort_id, who), None, None, 0, ())
            self._computer.settle(self.captured_since, directory.gone)
            events = self._computer.events_of(cohort.project_id, who)
            moments = self.workspace.journal.moments({event.seq // PLACES for event in events})
            known = [replace(event, received=moments[event.seq // PLACES]) for event in events]
            moment = now if at is None else at
            return explain(definition, known, moment, rules_of(self.settings), lambda other: self._has(other, who))

    def _has(self, cohort_id: str, who: int) -> bool:
        cohorts = self.world.cohorts
        return cohort_id in cohorts.by_id and who in cohorts.current(cohort_id)

    def uncomputed(self, cohort: Cohort) -> list[Problem]:
        """Return why a cohort's members do not follow the definition it was given; empty where they do."""
        if cohort.definition is None or cohort.kind == UPLOADED:
            return []
        definition, problems = read_definition(cohort.definition)
        if definition is None:
            return problems
        if self.world.cohorts.definition(cohort.id) is None:
            return [Problem("", "people were put into it by hand, and stay until its definition is edited")]
        return self._unread(cohort.id, definition, ())

    def _unread(self, cohort_id: str, definition: Definition, path: tuple[str, ...]) -> list[Problem]:
        """Return what is wrong with the cohorts that a definition reads: that they are not there, or read this one."""
        known, path = self.world.cohorts, (*path, cohort_id)
        problems = []
        for other in definition.cohorts():
            if other not in known.by_id:
                problems.append(Problem("", f"reads cohort {other!r}: {nearest(other, known.by_id)}"))
            elif other in path:
                problems.append(Problem("", f"reads itself: {' -> '.join((*path, other))}"))
            elif (inner := known.definition(other)) is not None:
                problems += self._unread(other, inner, path)
        return problems

    def _refresh(self, cohort_id: str) -> None:
        world = self.world
        definition = world.cohorts.definition(cohort_id)
        if definition is None or self._unread(cohort_id, definition, ()):
            return
        recomputes = self.settings.cohorts_of_cohorts == "recomputed"
        for other in definition.cohorts() if recomputes else ():
            self._refresh(other)
        world = self.world
        cohorts, now = world.cohorts, self.now
        others: dict[str, Other] = {}
        for other in definition.cohorts():
            held = cohorts.current(other) if recomputes else cohorts.computed(other)
            stamp = cohorts.modified[other] if recomputes else cohorts.by_id[other].last_computed or 0
            others[other] = Other(stamp, held)
        self._computer.settle(self.captured_since, cohorts.directory.gone)
        asked = Question(cohorts.by_id[cohort_id].project_id, cohort_id, definition, rules_of(self.settings))
        found = self._computer.members(asked, now, others)
        if self._evaluated.get(cohort_id) == (found, cohorts.modified[cohort_id]):
            return
        before = {amplitude_id for amplitude_id, _ in cohorts.current(cohort_id).rows()}
        if found != before:
            moved = {"entered": sorted(found - before), "left": sorted(before - found)}
            self.workspace.control(
                "cohort.evaluate", {"cohort_id": cohort_id, **moved, "seed": self.workspace.seed.value}
            )
        self._evaluated[cohort_id] = (found, self.world.cohorts.modified[cohort_id])

    def _past(self, *, entry: int | None = None, moment: int | None = None) -> World:
        self._fold.settle()
        return world_at(self.workspace.journal, self.workspace.seed, self._newcomers, entry=entry, moment=moment)

    def next_change(self) -> int | None:
        """Return when time alone changes something next: a job moves on, an hour of churn is over."""
        now = self.now
        moves = [at for job in self.jobs() for at, _ in job.history() if at > now]
        due = self._computer.next_change()
        due_by_time = [] if due is None or due <= now or due >= LATEST * 1000 else [due]
        return min((*moves, *self.world.due(), *due_by_time), default=None)

    def metrics(self) -> tuple[Metric, ...]:
        """Return what is counted of cohorts and downloads."""
        cohorts, now = self.world.cohorts, self.now
        phases = Counter(job.phase(now) for job in self.jobs())
        months = [
            ({"project": str(app_id)}, used.months[month_of(now)]) for app_id, used in list(self.world.usage.items())
        ]
        names = ("project", "route", "verdict", "code")
        events = [
            (dict(zip(names, map(str, what), strict=True)), many) for what, many in sorted(self.ingest_tally().items())
        ]
        sizes = [({"cohort": cohort_id}, cohorts.size(cohort_id)) for cohort_id in list(cohorts.by_id)]
        return (
            Metric("amplitude_cohort_members", "gauge", "Members as they are.", sizes),
            Metric("amplitude_jobs", "gauge", "Export jobs.", [({"phase": each}, n) for each, n in phases.items()]),
            Metric("amplitude_events_total", "counter", "Events by what became of them.", events),
            Metric("amplitude_month_requests", "gauge", "Download requests this month.", months),
        )

    @property
    def pace(self) -> Pace:
        """How fast events of each user and device came of late."""
        self._paced.settle()
        return self._paced.pace

    def newcomer(self, amplitude_id: int) -> Newcomer | None:
        """Return what events tell of a person, None of somebody who sent none."""
        directory = self.world.cohorts.directory
        return None if amplitude_id in directory.gone else self._newcomers.newcomer(amplitude_id, directory.until)

    def of_device(self, device_id: str) -> int | None:
        """Return whose a device is, None for one that nobody has."""
        directory = self.world.cohorts.directory
        found = self._newcomers.of_device(device_id, directory.until)
        return found if found is not None and directory.exists(found) else None

    def keep_up(self) -> None:
        """Settle events before anybody asks where many wait: they are parsed now, and would be once more later."""
        if self._ingest.waiting >= SETTLED_BY:
            self._fold.settle()
            self._ingest.settle()

    def ingested(self, *, after: int = 0) -> Iterator[Ingested]:
        """Yield the events and identifications that were answered 200, beyond a position, each with its fate."""
        self.workspace.settle()
        for entry in self._uploads(after):
            for event in self._ingest.events_of(entry):
                if event.position > after:
                    yield event

    def happenings(self, *, after: int = 0) -> Iterator[Happening]:
        """Yield the events that were kept, beyond a position, of people who are still there: what cohorts count."""
        directory = self.world.cohorts.directory
        return (event for event in self._still_there(directory, self._uploads(after)) if event.position > after)

    def upload_hours(self, project_id: int, start: int, end: int) -> list[tuple[int, int]]:
        """Return the hours between two moments in which events of a project came, and their bytes."""
        return hours_between(self.workspace.journal, project_id, start, end, self.captured_since)

    def happenings_in(self, project_id: int, hour: int) -> Iterator[Happening]:
        """Yield the events of a project that came in an hour and were kept, of people who are still there."""
        directory = self.world.cohorts.directory
        entries = entries_in(self.workspace.journal, project_id, hour, self.captured_since, self._ingest.bound)
        return self._still_there(directory, entries)

    def activity(self, amplitude_id: int) -> list[int]:
        """Return the positions of somebody's events, those of before they were merged among them, in order."""
        directory = self.world.cohorts.directory
        merged = self._newcomers.merged(amplitude_id, directory.until)
        return self._newcomers.positions([amplitude_id, *merged], directory.until)

    def happenings_at(self, positions: Sequence[int]) -> Iterator[Happening]:
        """Yield the events at some positions, in their order."""
        for seq, group in groupby(positions, key=lambda position: position // PLACES):
            entry, wanted = self.workspace.journal.entry(seq), list(group)
            found = {} if entry is None else {each.position: each for each in self._ingest.happenings(entry)}
            yield from (found[position] for position in wanted if position in found)

    def merged(self, amplitude_id: int) -> list[int]:
        """Return the anonymous people who turned out to be somebody."""
        return self._newcomers.merged(amplitude_id, self.world.cohorts.directory.until)

    def devices(self, amplitude_id: int) -> list[str]:
        """Return the devices that are somebody's."""
        return self._newcomers.devices(amplitude_id, self.world.cohorts.directory.until)

    def lookups(self, project_id: int) -> int:
        """Return how many user searches and activities a project has had within the last hour."""
        return self.registry.lookups_since(project_id, self.now - HOUR)

    def aliases(self) -> dict[tuple[int, str], str]:
        """Return which global user id each mapped user id of a project stands for."""
        found: dict[tuple[int, str], str] = {}
        for entry in self.workspace.journal.walk(self.captured_since, kind="request", saying=("mapped",)):
            data = entry.data
            call = Call(data["method"], data["path"], data["query"], headers=data["headers"], body=entry.body or b"")
            try:
                aliases = read_mappings(call)
            except NotTaken:  # in a journal that no lab wrote
                continue
            for alias in aliases:
                key = (data["mapped"], alias.user_id)
                if alias.global_user_id is None:
                    found.pop(key, None)
                else:
                    found[key] = alias.global_user_id
        return found

    def _still_there(self, directory: Directory, entries: Iterable[Entry]) -> Iterator[Happening]:
        for entry in entries:
            for event in self._ingest.happenings(entry):
                if directory.canonical(event.amplitude_id) not in directory.gone:
                    yield event

    def _uploads(self, after: int) -> Iterator[Entry]:
        since = max(after // PLACES - 1, self.captured_since)
        until = self._ingest.bound
        return self.workspace.journal.walk(since, until=until, kind="request", saying=("ingested",))

    def ingest_tally(self) -> dict[tuple[int, str, str, str], int]:
        """Return the number of events by (project, route, verdict, code)."""
        self.workspace.settle()
        self._fold.settle()
        return self._ingest.tally()

    def jobs(self) -> list[Job]:
        """Return every export job, in the order they were asked for."""
        return list(self.world.jobs.values())

    def export_of(self, job: Job) -> Export:
        """Return what a job exports: the members as they were when it was asked for."""
        held = self.world.export(job)
        if held is None:
            held = self._past(entry=job.entry).export(job)
        if held is None:  # a reset has taken it meanwhile
            raise NotFound(f"There is no export {job.request_id} any more.")
        return held
