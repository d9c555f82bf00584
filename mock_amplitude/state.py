"""What the Amplitude fake knows of one workspace, and what one may ask of it or tell it.

The same methods serve Python callers and the control plane. What may be asked is in `answers`; everything told is
checked, then written to the journal, and only the journal changes what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from contracts.definitions import NotUnderstood, needs_history, read_words, write_definition
from mock_amplitude.answers import Answers
from mock_amplitude.cohorts import (
    BEHAVIORAL,
    OWNER,
    TEMPLATES,
    UPLOADED,
    Cohort,
    Sync,
    Who,
    check_cohort_id,
    check_edits,
    check_shares,
    definition,
    listed,
    told_members,
)
from mock_amplitude.errors import NotAMember
from mock_amplitude.exports import Signer, read_export
from mock_amplitude.ingest import Upload
from mock_amplitude.people import ID_BITS
from mock_amplitude.projects import DEFAULT_PROJECT, EU, US, Project
from mock_amplitude.settings import AmplitudeSettings
from mock_core.clock import Move
from mock_core.errors import BadControl, NotFound
from mock_core.settings import changed
from mock_core.workspace import Workspace

COHORT_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
REQUEST_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
MOST_MOVES = 5_000_000  # enters and leaves by churn that one move of the clock may pass
IN_PROCESS_FILES = "http://files.amplitude.lab"


class AmplitudeState(Answers):
    """One workspace of the Amplitude fake.

    `files_base_url` tells where signed addresses lead; `on_project` hears of every API key and its workspace.
    """

    def __init__(
        self,
        workspace: Workspace,
        files_base_url: Callable[[], str] = lambda: IN_PROCESS_FILES,
        on_project: Callable[[str, str], None] = lambda _key, _workspace: None,
    ) -> None:
        super().__init__(workspace)
        self.files_base_url = files_base_url
        self._on_project = on_project
        self.signer = Signer(workspace.seed.fresh("signed addresses").randbytes(32))
        workspace.on_load = self._announce
        workspace.may_move = self._weigh
        self._announce()

    @classmethod
    def read_all(cls, workspace: Workspace) -> None:
        """Read every fold of a workspace; raise `JournalUnreadable` for an entry that one of them cannot take in."""
        cls(workspace).check()

    def _announce(self) -> None:
        """Read all of the journal, of which every reading makes use, and tell whose keys are here."""
        self.check()
        self.workspace.notes = list(self._fold.world.registry.notes)
        for project in self.projects():
            self._on_project(project.api_key, self.workspace.name)

    def _weigh(self, move: Move) -> None:
        """Refuse to move the clock over more of a population's moves than a lab computes while somebody waits."""
        moves = self._fold.world.cohorts.moves_until(round(move.now * 1000))
        if moves > MOST_MOVES:
            raise BadControl(
                f"The clock would pass {moves:,.0f} enters and leaves of cohorts that churn, expected at most "
                f"{MOST_MOVES:,}. Move it less far, or hold those cohorts still first (churn 0 and 0)."
            )

    def foresee(self, upload: Upload) -> None:
        """Spare the parsing of an upload that the edge has parsed, and is about to write down."""
        self._ingest.foresee(self.workspace.journal.last + 1, upload)

    def configure(self, **changes: Any) -> AmplitudeSettings:
        """Change settings by name."""
        changed(self.settings, changes)
        self.workspace.control("settings.set", {"changes": changes})
        return self.settings

    def put_project(
        self, api_key: str, secret_key: str, *, name: str = "", region: str = US, project_id: int | None = None
    ) -> Project:
        """Create a project, or change the one that has this API key."""
        if region not in {US, EU}:
            raise BadControl(f"Region is {region!r}, expected 'us' or 'eu'.")
        with self.workspace.lock:
            known = self.registry.projects
            taken = max(project.id for project in known.values())
            app_id = project_id or (known[api_key].id if api_key in known else taken + 1)
            if any(each.id == app_id and each.api_key != api_key for each in known.values()):
                raise BadControl(f"Project {app_id} exists with another API key.")
            project = Project(app_id, name or f"project {app_id}", api_key, secret_key, region)
            self._record("project.put", {"project": asdict(project)})
            self._on_project(api_key, self.workspace.name)
            return project

    def new_cohort_id(self) -> str:
        """Return a seeded id of 8 lower-case letters and digits that no cohort has (amplitude facts 1.2 C)."""
        return self._new_id("cohort id", COHORT_ID_LETTERS, 8, self.world.cohorts.by_id)

    def new_request_id(self) -> str:
        """Return a seeded id of 6 letters and digits that no job has (amplitude facts 1.2 C)."""
        return self._new_id("request id", REQUEST_ID_LETTERS, 6, self.world.jobs)

    def _new_id(self, purpose: str, letters: str, length: int, taken: Mapping[str, object]) -> str:
        random = self.random(purpose)
        while (made := "".join(random.choices(letters, k=length))) in taken:
            pass
        return made

    def create_cohort(
        self,
        name: str,
        *,
        cohort_id: str | None = None,
        members: Iterable[Who] = (),
        uploaded: bool = False,
        project_id: int = DEFAULT_PROJECT.id,
        **fields: Any,
    ) -> Cohort:
        """Create a cohort; `fields` are those of `Cohort`, like `published`, `owners` or `definition`."""
        with self.workspace.lock:
            known = self.world.cohorts.by_id
            if cohort_id is not None:
                check_cohort_id(cohort_id)
            if cohort_id in known:
                raise BadControl(f"Cohort {cohort_id!r} exists already.")
            if self.registry.project(project_id) is None:
                raise BadControl(f"There is no project {project_id}.")
            kind = UPLOADED if uploaded else BEHAVIORAL
            fields = self._with_definition(fields)
            told: dict[str, Any] = {
                "id": cohort_id or self.new_cohort_id(),
                "name": name,
                "project_id": project_id,
                "kind": kind,
            }
            try:
                Cohort(**told, **fields)
            except TypeError as error:
                raise BadControl(f"A cohort cannot be made so: {error}.") from error
            self._record("cohort.create", {"cohort": {**told, **fields}, "members": told_members(members)})
            return self.cohort(told["id"])

    def _with_definition(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is said of a cohort with a definition in words as the JSON it stands for."""
        told = fields.get("definition")
        if not isinstance(told, str):
            return dict(fields)
        try:
            read = read_words(told, self.settings.project_time_zone)
        except NotUnderstood as error:
            raise BadControl(f"The definition cannot be read: {error}") from error
        return {**fields, "definition": write_definition(read)}

    def create_templates(self, project_id: int = DEFAULT_PROJECT.id) -> list[Cohort]:
        """Create the six cohorts that a brand-new project has (amplitude facts 2.1 [client])."""
        return [
            self.create_cohort(name, project_id=project_id, definition=definition(clauses), owners=(OWNER,))
            for name, clauses in TEMPLATES.items()
        ]

    def enter(self, cohort_id: str, members: Iterable[Who]) -> int:
        """Let people into a cohort; return how many were not in it before."""
        return self._changing(cohort_id, "cohort.enter", members=told_members(members))

    def leave(self, cohort_id: str, user_ids: Iterable[str] = (), *, amplitude_ids: Iterable[int] = ()) -> int:
        """Let members go, by user id or Amplitude id; raise `NotAMember`, changing nothing, if one is not in it."""
        with self.workspace.lock:
            cohort = self.cohort(cohort_id)
            chosen = dict.fromkeys(self._member(cohort, user_id) for user_id in listed(user_ids))
            members = self.world.cohorts.members(cohort_id)
            for amplitude_id in amplitude_ids:
                if amplitude_id not in members:
                    raise NotAMember(f"Amplitude id {amplitude_id} is no member of {cohort.name!r} ({cohort.id}).")
                chosen[amplitude_id] = None
            return -self._changing(cohort_id, "cohort.leave", amplitude_ids=list(chosen))

    def _member(self, cohort: Cohort, user_id: str) -> int:
        """Return the Amplitude id under which somebody is in a cohort."""
        cohorts = self.world.cohorts
        members = cohorts.members(cohort.id)
        known = cohorts.directory.amplitude_id(user_id)
        if known is not None and known in members and members.user_id(known) == user_id:
            return known
        found = next(members.named(user_id), None)
        if found is None:
            raise NotAMember(f"{user_id!r} is no member of {cohort.name!r} ({cohort.id}): nobody left.")
        return found

    def set_members(self, cohort_id: str, members: Iterable[Who]) -> int:
        """Replace the whole membership; return how many members there are."""
        self._changing(cohort_id, "cohort.set-members", members=told_members(members))
        return len(self.world.cohorts.members(cohort_id))

    def import_csv(self, cohort_id: str, data: bytes) -> dict[str, int]:
        """Make the rows of an export the membership, in their order; raise `MalformedExport`, changing nothing."""
        _, rows = read_export(data)
        with self.workspace.lock:
            before = {amplitude_id for amplitude_id, _ in self.membership(cohort_id)}
            self._changing(cohort_id, "cohort.import", data)
            after = {row.member.amplitude_id for row in rows}
            return {
                "members": len(rows),
                "anonymous": sum(row.member.user_id is None for row in rows),
                "entered": len(after - before),
                "left": len(before - after),
            }

    def populate(self, cohort_id: str, count: int, *, start: int | None = None) -> int:
        """Let in the next `count` people of the seeded population; `start` is the number of a cohort's first one."""
        if count < 0 or (start or 0) + count > 1 << ID_BITS:
            raise BadControl(f"count is {count}, expected 0 to {1 << ID_BITS} people.")
        return self._changing(cohort_id, "cohort.populate", count=count, start=start)

    def churn(self, cohort_id: str, *, enter: float = 0.01, leave: float = 0.01, returning: float = 0.2) -> None:
        """Let a cohort move by itself from now on: shares of its size in an hour; 0 and 0 hold it still again."""
        check_shares(enter=enter, leave=leave, returning=returning)
        self._changing(cohort_id, "cohort.churn", enter=enter, leave=leave, returning=returning)

    def edit(self, cohort_id: str, **changes: Any) -> Cohort:
        """Change what is said of a cohort: name, description, archived, published, definition, job_seconds."""
        check_edits(changes)
        changes = self._with_definition(changes)
        self._changing(cohort_id, "cohort.edit", changes=changes)
        return self.cohort(cohort_id)

    def rename(self, cohort_id: str, name: str) -> Cohort:
        """Give a cohort another name; its id stays."""
        return self.edit(cohort_id, name=name)

    def archive(self, cohort_id: str) -> Cohort:
        """Archive a cohort."""
        return self.edit(cohort_id, archived=True)

    def unarchive(self, cohort_id: str) -> Cohort:
        """Take a cohort out of the archive."""
        return self.edit(cohort_id, archived=False)

    def publish(self, cohort_id: str) -> Cohort:
        """Make a cohort discoverable."""
        return self.edit(cohort_id, published=True)

    def unpublish(self, cohort_id: str) -> Cohort:
        """Make a cohort undiscoverable: not listed, not requested."""
        return self.edit(cohort_id, published=False)

    def delete(self, cohort_id: str) -> None:
        """Delete a cohort; the real ones are archived first, here it is not asked for."""
        self._changing(cohort_id, "cohort.delete")

    def recompute(self, cohort_id: str) -> Cohort:
        """Compute a cohort now, as a look at a chart would."""
        self.refresh(cohort_id)
        self._changing(cohort_id, "cohort.recompute")
        return self.cohort(cohort_id)

    def put_sync(self, cohort_id: str, *, target: str = "segment", frequency: str = "hourly", **fields: Any) -> None:
        """Say that a sync of this cohort stands, so that `syncMetadata` tells of it."""
        if frequency not in {"once", "minute", "hourly", "daily"}:
            raise BadControl(f"frequency is {frequency!r}, expected 'once', 'minute', 'hourly' or 'daily'.")
        definition = self.world.cohorts.definition(cohort_id)
        slow = needs_history(definition) if definition is not None and frequency == "minute" else []
        if slow:  # amplitude facts 2.4, row 11 [doc]
            raise BadControl(f"A cohort of {' and '.join(slow)} has no real-time sync, expected 'hourly' or 'daily'.")
        sync = Sync(target, frequency, **fields)
        self._changing(cohort_id, "cohort.sync", sync=asdict(sync))

    def add_people(self, members: Iterable[Who] = (), *, generated: int = 0) -> None:
        """Let people exist without being in a cohort: by name, and the first so many of the seeded population."""
        self._record("people.add", {"members": told_members(members), "generated": generated})

    def identify(self, amplitude_id: int, user_id: str) -> None:
        """Give an anonymous user a user id; if somebody has it already, the two are merged."""
        with self.workspace.lock:
            directory = self.world.cohorts.directory
            if not directory.exists(amplitude_id):
                raise NotFound(f"Nobody has Amplitude id {amplitude_id}.")
            known = directory.user_id(amplitude_id)
            if known not in {None, user_id}:
                raise BadControl(f"Amplitude id {amplitude_id} is {known!r} already: user ids never merge.")
            if not user_id:
                raise BadControl("A user id cannot be empty.")
            self._record("person.identify", {"amplitude_id": amplitude_id, "user_id": user_id})

    def forget(self, amplitude_id: int) -> None:
        """Delete a person's data: out of every cohort."""
        if not self.world.cohorts.directory.exists(amplitude_id):
            raise NotFound(f"Nobody has Amplitude id {amplitude_id}.")
        self._record("person.forget", {"amplitude_id": amplitude_id})

    def put_properties(self, amplitude_id: int, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set user properties of a person and return all of them."""
        if not self.world.cohorts.directory.exists(amplitude_id):
            raise NotFound(f"Nobody has Amplitude id {amplitude_id}.")
        self._record("person.put", {"amplitude_id": amplitude_id, "properties": dict(properties)})
        return self.world.cohorts.directory.properties_of(amplitude_id)

    def _record(self, op: str, data: Mapping[str, Any], body: bytes | None = None) -> None:
        """Write down what was told, with the seed it is to be done with, so that a journal means the same elsewhere."""
        self.workspace.control(op, {**data, "seed": self.workspace.seed.value}, body)

    def _changing(self, cohort_id: str, op: str, body: bytes | None = None, **data: Any) -> int:
        """Record one change of a cohort and return by how much its members grew."""
        with self.workspace.lock:
            self.cohort(cohort_id)
            before = self.world.cohorts.size(cohort_id)
            self._record(op, {"cohort_id": cohort_id, **data}, body)
            return self.world.cohorts.size(cohort_id) - before
