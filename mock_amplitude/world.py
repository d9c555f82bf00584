"""The world: everything the Amplitude fake knows of one workspace, folded from its journal.

Its parts do not know one another: the registry (projects, settings), the cohorts, and the downloads (jobs, quotas,
exports). An entry is a control operation, or a vendor call whose handler put what it decided under `did`.

People are told by hand and by events. The fold of events goes in step with this one: before anything happens to people
or cohorts it takes in the events before, and cohorts follow those who were named or merged by them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date
from typing import Any

from mock_amplitude.cohorts import CHANGES, Cohorts
from mock_amplitude.exports import Export, Job, Usage
from mock_amplitude.ingest import ArrivedPeople, IngestFold
from mock_amplitude.people import Deletions, Request
from mock_amplitude.registry import Registry
from mock_core.journal import Entry, Journal, MemoryFold
from mock_core.seed import Seed

EXPORTS_HELD = 8
MOVES_AT_ONCE = 20_000  # enters and leaves by churn that are computed while others wait: a few hundredths of a second


class World:
    """The state after some entries of a journal."""

    def __init__(self, seed: Seed, newcomers: ArrivedPeople | None = None) -> None:
        self.registry = Registry()
        self.cohorts = Cohorts(seed, newcomers)
        self.newcomers = newcomers
        self._followed = 0  # the entry up to which cohorts have followed those named or merged by events
        self.jobs: dict[str, Job] = {}
        self.usage: dict[int, Usage] = {}
        self.deletions = Deletions()
        self.edits: dict[str, int] = {}  # until when a membership call keeps its cohort to itself
        self._exports: OrderedDict[str, Export] = OrderedDict()

    def apply(self, entry: Entry) -> None:
        """Let one entry change the state."""
        did = entry.data.get("did")
        runs_at = self.deletions.next_run()
        is_due = runs_at is not None and runs_at <= entry.at
        if is_due or (entry.data["op"] if entry.kind == "control" else did and did["op"]) in CHANGES:
            self.follow(entry.seq - 1)
        self.cohorts.directory.until = entry.seq
        self.cohorts.pass_hours(entry.at)
        if is_due:
            for amplitude_id in self.deletions.run_until(entry.at):
                self.cohorts.forget(amplitude_id)
        if entry.kind == "control":
            self.registry.apply(entry)
            self.cohorts.apply(entry.data["op"], entry.data, entry)
        elif entry.kind == "request" and "ingested" in entry.data:
            self.cohorts.take_seed(entry.data)
        elif entry.kind == "request" and "looked_up" in entry.data:
            self.registry.look_up(entry.data["looked_up"], entry.at)
        elif entry.kind == "request" and did is not None:
            self.cohorts.apply(did["op"], did, entry)
            if did.get("counts"):
                self.usage.setdefault(did["project_id"], Usage()).count(entry.at)
            if did["op"] == "download.request":
                self._request(did, entry)
            elif did["op"] == "cohort.membership":
                self.edits[did["cohort_id"]] = did["busy_until"]
            elif did["op"] == "people.delete":
                self._delete(did, entry)
            elif did["op"] == "people.keep":
                self.deletions.revoke(did["project_id"], date.fromisoformat(did["day"]), did["amplitude_id"])

    def follow(self, until: int) -> None:
        """Let the cohorts follow those who were named or merged by events up to an entry."""
        if self.newcomers is None or until <= self._followed:
            return
        turns = self.newcomers.turns(self._followed, until)
        self._followed = until
        if turns and self.cohorts.holds_by_name():
            for turn in turns:
                self.cohorts.follow(turn.at, turn.amplitude_id, turn.user_id, turn.merged_into)

    def due(self) -> list[int]:
        """Return when time alone changes who is in a cohort: an hour of churn is over, people are deleted."""
        runs_at = self.deletions.next_run()
        return [*self.cohorts.hours_due(), *(() if runs_at is None else (runs_at,))]

    def _delete(self, did: Mapping[str, Any], entry: Entry) -> None:
        self.deletions.asked[did["project_id"]] = entry.at
        for job in did["jobs"]:
            requests = (Request(each, did["requested_on"], did["requester"]) for each in did["amplitude_ids"])
            self.deletions.add(job["project_id"], date.fromisoformat(job["day"]), requests)

    def _request(self, did: Mapping[str, Any], entry: Entry) -> None:
        if "job" not in did:
            return
        told = did["job"]
        job = Job(
            project_id=did["project_id"],
            entry=entry.seq,
            requested_at=entry.at,
            **{**told, "prop_keys": tuple(told["prop_keys"])},
        )
        self.jobs[job.request_id] = job
        if did["recomputes"] or self.cohorts.computed(job.cohort_id) is None:
            self.cohorts.compute(job.cohort_id, entry.at)
        members = self.cohorts.computed(job.cohort_id)
        assert members is not None
        directory = self.cohorts.directory
        self._exports[job.request_id] = Export(
            members, directory.properties, directory.people, self.newcomers, entry.seq
        )
        if len(self._exports) > EXPORTS_HELD:
            self._exports.popitem(last=False)

    def usage_of(self, project_id: int) -> Usage:
        """Return what a project has used."""
        return self.usage.get(project_id) or Usage()

    def export(self, job: Job) -> Export | None:
        """Return what a job exports, None when it is no longer held and must be folded anew."""
        return self._exports.get(job.request_id)


class WorldFold(MemoryFold):
    """The world as of now."""

    world: World

    def __init__(self, journal: Journal, seed: Seed, ingest: IngestFold) -> None:
        self._seed, self._ingest = seed, ingest
        super().__init__(journal)

    def clear(self) -> None:
        self.world = World(self._seed, ArrivedPeople(self._ingest))
        self._ingest.told, self._ingest.bound = self.world.cohorts.directory, 0

    def is_ready_for(self, entry: Entry) -> bool:
        return self.world.cohorts.pass_hours(entry.at, MOVES_AT_ONCE)

    def apply(self, entry: Entry) -> None:
        self._ingest.bound = entry.seq - 1
        self.world.apply(entry)
        self._ingest.bound = entry.seq

    def follow(self) -> None:
        """Let the cohorts follow those who were named or merged by the events so far."""
        self.world.follow(self._ingest.bound)


def world_at(
    journal: Journal,
    seed: Seed,
    newcomers: ArrivedPeople | None = None,
    *,
    entry: int | None = None,
    moment: int | None = None,
) -> World:
    """Fold the world as it was after an entry, or at a moment in milliseconds."""
    world, last = World(seed, newcomers), 0
    for each in journal.walk(until=entry):
        if moment is not None and each.at > moment:
            break
        world.apply(each)
        last = each.seq
    world.follow(last)
    if moment is not None:
        world.cohorts.pass_hours(moment)
    return world
