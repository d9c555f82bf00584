"""The cohorts of a workspace and who is in them: a reducer over what the journal says was done to them.

A cohort has its members as they are, and its members as last computed; the two differ while nobody computes
it (amplitude facts 2.4, row 12). Who is in a cohort moves by entries of the journal and, where churn was asked
for, by the hours of the lab's clock; entries are given the hours before them, so the same journal gives the
same members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Final

import orjson

from contracts.definitions import Definition, read_definition
from mock_amplitude.cohorts.cohort import UPLOADED, Cohort, Sync
from mock_amplitude.exports import read_export
from mock_amplitude.people import Directory, Member, Members, Newcomers
from mock_core.journal import Entry
from mock_core.seed import Seed

HOUR = 3_600_000
_BY_HAND = frozenset(
    {
        *("cohort.enter", "cohort.leave", "cohort.set-members", "cohort.import", "cohort.populate", "cohort.churn"),
        *("cohort.membership", "cohort.delete"),
    }
)
MOST_BY_CHURN = 10_000_000  # members at which a cohort that churns stops growing: shares of many hours multiply


@dataclass(slots=True)
class Churn:
    """How a cohort moves by itself: shares of its members that enter and leave in an hour.

    Of those who enter, the share `returning` had left before.
    """

    enter: float
    leave: float
    returning: float
    since: int
    hours: int = 0

    def moves(self, members: int) -> float:
        """Reckon how many of so many members come and go in an hour."""
        return members * (self.enter + self.leave)

    @property
    def next_hour(self) -> int:
        """When the hour that runs is over."""
        return self.since + (self.hours + 1) * HOUR


class Cohorts:
    """Cohorts and their members; `directory` knows the people."""

    def __init__(self, seed: Seed, newcomers: Newcomers | None = None) -> None:
        self._seed = seed
        self.directory = Directory(seed, self._rename_everywhere, newcomers)
        self.by_id: dict[str, Cohort] = {}
        self._members: dict[str, Members] = {}
        self._computed: dict[str, Members] = {}
        self._definitions: dict[str, Definition] = {}  # of the cohorts that nobody put members into by hand
        self._lent: set[str] = set()  # cohorts whose members somebody else holds too
        self._churns: dict[str, Churn] = {}
        self.modified: dict[str, int] = {}  # when a cohort's members last changed; never the same time twice
        self._at = 0

    # Asked

    def members(self, cohort_id: str) -> Members:
        """Return a cohort's members as they are, to be read only; later changes do not touch what was returned."""
        self._lent.add(cohort_id)
        return self._members[cohort_id]

    def current(self, cohort_id: str) -> Members:
        """Return a cohort's members as they are, to be looked at before anything else happens."""
        return self._members[cohort_id]

    def size(self, cohort_id: str) -> int:
        """Return how many members a cohort has, 0 when there is none with this id."""
        members = self._members.get(cohort_id)
        return 0 if members is None else len(members)

    def computed(self, cohort_id: str) -> Members | None:
        """Return a cohort's members as last computed, to be read only."""
        return self._computed.get(cohort_id)

    def definition(self, cohort_id: str) -> Definition | None:
        """Return the definition that says who is in a cohort; None where people were put into it by hand."""
        return self._definitions.get(cohort_id)

    def hours_due(self) -> list[int]:
        """Return when, for each cohort that churns, its next hour is over."""
        return [churn.next_hour for churn in self._churns.values()]

    # Told

    def apply(self, op: str, data: Mapping[str, Any], entry: Entry) -> None:
        """Let one thing done change the cohorts."""
        self._at = entry.at
        self.take_seed(data)
        change = _CHANGES.get(op)
        if change is not None:
            change(self, data, entry)
            self._define(op, data)

    def take_seed(self, data: Mapping[str, Any]) -> None:
        """Go on with the seed that something was done with, so that a journal means the same elsewhere."""
        if data.get("seed", self._seed.value) != self._seed.value:
            self._seed = Seed(data["seed"])
            self.directory.reseed(self._seed)

    def follow(self, at: int, amplitude_id: int, user_id: str, merged_into: int | None) -> None:
        """Let the cohorts follow somebody anonymous who was given a user id, or who turned out to be somebody else.

        A member who is identified late becomes one with a user id (amplitude facts 7.18).
        """
        self._at = max(self._at, at)
        if merged_into is None:
            self._rename_everywhere(amplitude_id, user_id)
        else:
            self._replace_everywhere(amplitude_id, Member(merged_into, user_id))

    def forget(self, amplitude_id: int) -> None:
        """Let somebody be gone, out of every cohort."""
        self.directory.gone.add(amplitude_id)
        for cohort_id, members in list(self._members.items()):
            if amplitude_id in members:
                self._own(cohort_id).discard(amplitude_id)

    def holds_by_name(self) -> bool:
        """Say whether any cohort has members who are not of the seeded population."""
        return any(members.holds_by_name for members in self._members.values())

    def pass_hours(self, now: int, most: float = inf) -> bool:
        """Let the hours up to a moment move the cohorts that churn; False when `most` moves were not enough for it."""
        for cohort_id, churn in self._churns.items():
            while churn.next_hour <= now:
                if most <= 0:
                    return False
                most -= 1 + churn.moves(len(self._members[cohort_id]))
                self._at = churn.next_hour
                churn.hours += 1
                self._churn_one_hour(cohort_id, churn)
        return True

    def moves_until(self, now: int) -> float:
        """Reckon how many enters and leaves the hours up to a moment bring, with cohorts as large as they are."""
        return sum(
            max(0, (now - churn.next_hour) // HOUR) * churn.moves(len(self._members[cohort_id]))
            for cohort_id, churn in tuple(self._churns.items())
        )

    def compute(self, cohort_id: str, at: int) -> None:
        """Compute a cohort: its members as they are become its members as computed."""
        members = self.members(cohort_id)
        self._computed[cohort_id] = members
        self._change(cohort_id, last_computed=at // 1000, size=len(members))

    def _churn_one_hour(self, cohort_id: str, churn: Churn) -> None:
        random = self._seed.fresh(f"churn {cohort_id} {churn.since} {churn.hours}")
        members = self._own(cohort_id)

        def share(rate: float) -> int:
            exact = len(members) * rate
            return int(exact) + (random.random() < exact % 1)

        leaving, entering = share(churn.leave), share(churn.enter)
        entering = min(entering, max(0, MOST_BY_CHURN - len(members)))
        returning = members.pick(round(entering * churn.returning), random, present=False)
        for amplitude_id in members.pick(leaving, random):
            members.discard(amplitude_id)
        for amplitude_id in returning:
            if amplitude_id not in self.directory.gone:
                members.add(Member(amplitude_id, self.directory.user_id(amplitude_id)))
        self._draw(members, entering - len(returning))

    def _draw(self, members: Members, count: int, start: int | None = None) -> None:
        directory = self.directory
        drawn = members.draw(count, start)
        identified = directory.people.among(drawn, directory.users)  # since, under an id of their own
        for amplitude_id in identified:
            members.rename(amplitude_id, directory.users[amplitude_id])
        for amplitude_id in directory.people.among(drawn, directory.gone):
            members.discard(amplitude_id)
        directory.drawn = max(directory.drawn, drawn.stop)

    def _fill(self, cohort_id: str, members: Iterable[Member]) -> None:
        """Replace a cohort's members."""
        self._modify(cohort_id)
        self._members[cohort_id] = Members(self.directory.people, members)
        self._lent.discard(cohort_id)

    def _modify(self, cohort_id: str) -> None:
        self.modified[cohort_id] = max(self._at, self.modified.get(cohort_id, 0) + 1)

    def _own(self, cohort_id: str) -> Members:
        """Return a cohort's members to be changed, a copy when somebody else holds them."""
        self._modify(cohort_id)
        if cohort_id in self._lent:
            self._members[cohort_id] = self._members[cohort_id].copy()
            self._lent.discard(cohort_id)
        return self._members[cohort_id]

    def _change(self, cohort_id: str, **changes: Any) -> None:
        self.by_id[cohort_id] = replace(self.by_id[cohort_id], **changes)

    def _touch(self, cohort_id: str, entry: Entry, **changes: Any) -> None:
        self._change(cohort_id, last_mod=entry.at // 1000, **changes)

    def _rename_everywhere(self, amplitude_id: int, user_id: str) -> None:
        for cohort_id, members in list(self._members.items()):
            if amplitude_id in members:
                self._own(cohort_id).rename(amplitude_id, user_id)

    def _replace_everywhere(self, amplitude_id: int, by: Member) -> None:
        for cohort_id, members in list(self._members.items()):
            if amplitude_id in members:
                own = self._own(cohort_id)
                own.discard(amplitude_id)
                own.add(by)

    def _define(self, op: str, data: Mapping[str, Any]) -> None:
        """Let whoever spoke last say who is in a cohort: its definition, or somebody who puts people into it."""
        told = data["cohort"] if op == "cohort.create" else data.get("changes", {}) if op == "cohort.edit" else {}
        cohort_id: str = told["id"] if op == "cohort.create" else data.get("cohort_id", "")
        if told.get("definition") is not None and not data.get("members"):
            definition = None if self.by_id[cohort_id].kind == UPLOADED else read_definition(told["definition"])[0]
            if definition is not None:
                self._definitions[cohort_id] = definition
                return
            self._definitions.pop(cohort_id, None)
        elif op in _BY_HAND:
            self._definitions.pop(cohort_id, None)

    # What each thing done does

    def _create(self, data: Mapping[str, Any], entry: Entry) -> None:
        told = dict(data["cohort"])
        for name in ("owners", "viewers"):
            if name in told:
                told[name] = tuple(told[name])
        now = entry.at // 1000
        cohort = Cohort(**{"created_at": now, "last_mod": now, **told})
        self.by_id[cohort.id] = cohort
        self._members[cohort.id] = Members(self.directory.people)
        self._enter({"cohort_id": cohort.id, "members": data.get("members", [])}, entry)

    def _enter(self, data: Mapping[str, Any], entry: Entry) -> None:
        members = self._own(data["cohort_id"])
        for member in self.directory.resolve(data["members"]):
            members.add(member)
        self._recompute_list(data["cohort_id"], entry)

    def _leave(self, data: Mapping[str, Any], entry: Entry) -> None:
        members = self._own(data["cohort_id"])
        for amplitude_id in data["amplitude_ids"]:
            members.discard(amplitude_id)
        self._recompute_list(data["cohort_id"], entry)

    def _set(self, data: Mapping[str, Any], entry: Entry) -> None:
        chosen = list(self.directory.resolve(data["members"]))
        self._fill(data["cohort_id"], chosen)
        self._recompute_list(data["cohort_id"], entry)

    def _import(self, data: Mapping[str, Any], entry: Entry) -> None:
        columns, rows = read_export(entry.body or b"")
        for row in rows:
            self.directory.know(row.member.amplitude_id, row.member.user_id)
        self._fill(data["cohort_id"], (row.member for row in rows))
        if columns:
            told = {row.member.amplitude_id: dict(zip(columns, row.properties, strict=True)) for row in rows}
            self.directory.tell(told)
        self._recompute_list(data["cohort_id"], entry)

    def _populate(self, data: Mapping[str, Any], entry: Entry) -> None:
        self._draw(self._own(data["cohort_id"]), data["count"], data.get("start"))
        self._recompute_list(data["cohort_id"], entry)

    def _evaluate(self, data: Mapping[str, Any], _entry: Entry) -> None:
        """Let members follow the definition: who entered and who left since it was asked last."""
        members = self._own(data["cohort_id"])
        for amplitude_id in data["left"]:
            members.discard(amplitude_id)
        for amplitude_id in data["entered"]:
            members.add(Member(amplitude_id, self.directory.user_id(amplitude_id)))

    def _set_churn(self, data: Mapping[str, Any], entry: Entry) -> None:
        if data["cohort_id"] in self.by_id and (data["enter"] or data["leave"]):
            self._churns[data["cohort_id"]] = Churn(data["enter"], data["leave"], data["returning"], entry.at)
        else:
            self._churns.pop(data["cohort_id"], None)

    def _edit(self, data: Mapping[str, Any], entry: Entry) -> None:
        self._touch(data["cohort_id"], entry, **data["changes"])

    def _delete(self, data: Mapping[str, Any], _entry: Entry) -> None:
        for held in (self.by_id, self._members, self._computed, self._churns, self.modified):
            held.pop(data["cohort_id"], None)
        self._lent.discard(data["cohort_id"])

    def _put_sync(self, data: Mapping[str, Any], _entry: Entry) -> None:
        sync = Sync(**data["sync"])
        others = tuple(each for each in self.by_id[data["cohort_id"]].syncs if each.target != sync.target)
        self._change(data["cohort_id"], syncs=(*others, sync))

    def _identify(self, data: Mapping[str, Any], _entry: Entry) -> None:
        """Give an anonymous user a user id; when somebody has it already, the two become one (facts 5.6 [doc])."""
        amplitude_id, user_id = data["amplitude_id"], data["user_id"]
        known = self.directory.amplitude_id(user_id)
        if known is None or known == amplitude_id:
            self.directory.identify(amplitude_id, user_id)
            return
        self.directory.know(known, user_id)
        self.directory.gone.add(amplitude_id)
        self._replace_everywhere(amplitude_id, Member(known, user_id))

    def _forget(self, data: Mapping[str, Any], _entry: Entry) -> None:
        self.forget(data["amplitude_id"])

    def _add_people(self, data: Mapping[str, Any], _entry: Entry) -> None:
        self.directory.drawn = max(self.directory.drawn, data["generated"])
        for _ in self.directory.resolve(data["members"]):
            pass

    def _put_properties(self, data: Mapping[str, Any], _entry: Entry) -> None:
        amplitude_id = data["amplitude_id"]
        merged = {**self.directory.properties_of(amplitude_id), **data["properties"]}
        self.directory.tell({amplitude_id: merged})

    def _compute_now(self, data: Mapping[str, Any], entry: Entry) -> None:
        self.compute(data["cohort_id"], entry.at)

    def _upload(self, data: Mapping[str, Any], entry: Entry) -> None:
        """Take in an upload: a new list, or the whole membership of an old one (amplitude facts 1.2 F [doc])."""
        chosen = [Member(each, self.directory.user_id(each)) for each in self._posted(data, entry)]
        if data["cohort"]["id"] not in self.by_id:
            self._create({"cohort": data["cohort"]}, entry)
        else:
            self._touch(data["cohort"]["id"], entry, **data["changes"])
        self._fill(data["cohort"]["id"], chosen)
        self.compute(data["cohort"]["id"], entry.at)

    def _posted(self, data: Mapping[str, Any], entry: Entry) -> Iterator[int]:
        """Read from the body of an upload who was in it."""
        posted = orjson.loads(entry.body or b"{}")
        for each in posted["ids"]:
            found = self.directory.find(each, data["id_type"])
            if found is not None:
                yield found

    def _membership(self, data: Mapping[str, Any], entry: Entry) -> None:
        posted = orjson.loads(entry.body or b"{}")
        members = self._own(data["cohort_id"])
        for part in posted["memberships"]:
            for each in part["ids"]:
                found = self.directory.find(each, part["id_type"])
                if found is None:
                    continue
                if part["operation"] == "ADD":
                    members.add(Member(found, self.directory.user_id(found)))
                else:
                    members.discard(found)
        self._touch(data["cohort_id"], entry)
        self._recompute_list(data["cohort_id"], entry)

    def _recompute_list(self, cohort_id: str, entry: Entry) -> None:
        """A list has no definition: its members as computed are its members (amplitude facts 2.4, row 10)."""
        if self.by_id[cohort_id].kind == UPLOADED:
            self.compute(cohort_id, entry.at)


_CHANGES: Mapping[str, Callable[[Cohorts, Mapping[str, Any], Entry], None]] = {
    "cohort.create": Cohorts._create,
    "cohort.enter": Cohorts._enter,
    "cohort.leave": Cohorts._leave,
    "cohort.set-members": Cohorts._set,
    "cohort.import": Cohorts._import,
    "cohort.populate": Cohorts._populate,
    "cohort.evaluate": Cohorts._evaluate,
    "cohort.churn": Cohorts._set_churn,
    "cohort.edit": Cohorts._edit,
    "cohort.delete": Cohorts._delete,
    "cohort.recompute": Cohorts._compute_now,
    "cohort.sync": Cohorts._put_sync,
    "cohort.upload": Cohorts._upload,
    "cohort.membership": Cohorts._membership,
    "people.add": Cohorts._add_people,
    "person.identify": Cohorts._identify,
    "person.forget": Cohorts._forget,
    "person.put": Cohorts._put_properties,
}
CHANGES: Final = frozenset(_CHANGES)
