"""Memberships of a story as steps: who came and went by name where these are few, else an export."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mock_amplitude.people import Members
from scenarios.keeping.story import Story

Data = dict[str, Any]
Export = Callable[[], Iterable[bytes]]

FEW: Final = 40  # people that are told by name
_MOVES: Final = frozenset(
    {
        *("cohort.enter", "cohort.leave", "cohort.set-members", "cohort.import", "cohort.populate", "cohort.churn"),
        *("hour", "cohort.upload", "cohort.membership", "person.identify", "person.forget", "cohort.create"),
        "cohort.evaluate",
    }
)


@dataclass(slots=True)
class _Stand:
    """A cohort as the scenario has it: as of which entry, its people, and the entry of the export they are of."""

    entry: int
    people: Mapping[int, str | None]
    export: int


class Memberships:
    """Follows cohorts through a story; `exports` are the files that the steps name."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._stands: dict[str, _Stand] = {}
        self.exports: dict[str, Export] = {}
        self._churns = any(each.op == "cohort.churn" for each in story.happenings)  # time alone moves people then
        self._moves = [
            each.seq
            for each in story.happenings
            if each.fake == "amplitude"
            and (each.op in _MOVES or "cohort" in str(each.data.get("did", {}).get("op", "")) or "hour" in each.op)
        ]

    @property
    def known(self) -> Collection[str]:
        """The cohorts whose members the scenario has."""
        return self._stands.keys()

    def user(self, cohort_id: str, amplitude_id: int) -> str | None:
        """Return the user id of somebody in a cohort as the scenario has it."""
        return self._stands[cohort_id].people.get(amplitude_id)

    def forgot(self, cohort_id: str, entry: int) -> None:
        """Take note that the scenario itself brings a cohort to where it stood after this entry."""
        people, _ = self._stood(cohort_id, entry)
        self._stands[cohort_id] = _Stand(entry, people, self._stands[cohort_id].export)

    def first(self, short: str, cohort_id: str, entry: int) -> Data:
        """Return the members of a cohort's plan, as of an entry."""
        people, export = self._stood(cohort_id, entry)
        self._stands[cohort_id] = _Stand(entry, people, export)
        if not people:
            return {}
        if self._are_few(people, export):
            named = [user for user in people.values() if user]
            nameless = len(people) - len(named)
            return {**({"members": named} if named else {}), **({"anonymous": nameless} if nameless else {})}
        return {"export": self._file(short, cohort_id, entry, export)}

    def since(self, short: str, cohort_id: str, entry: int) -> Iterator[Data]:
        """Yield the steps that bring a cohort to where it stood after an entry."""
        before = self._stands[cohort_id]
        if not self._churns and not any(before.entry < move <= entry for move in self._moves):
            return
        people, export = self._stood(cohort_id, entry)
        self._stands[cohort_id] = _Stand(entry, people, export)
        if people == before.people and list(people) == list(before.people):
            return
        told = None if export != before.export else _told(short, before.people, people)
        if told is None:
            yield {"import": {"cohort": short, "export": self._file(short, cohort_id, entry, export)}}
        else:
            yield from told

    def _stood(self, cohort_id: str, entry: int) -> tuple[Mapping[int, str | None], int]:
        """Return who was in a cohort, and the entry of the export that its people are of, 0 where they are of none."""
        members: Members = self._story.lab.amplitude.membership(cohort_id, entry=entry)
        export = 0
        for each in self._story.happenings:
            if each.fake == "amplitude" and each.seq <= entry and each.data.get("cohort_id") == cohort_id:
                if each.op == "cohort.import":
                    export = each.seq
                elif each.op == "cohort.set-members":
                    export = 0
        return dict(members.rows()), export

    def _are_few(self, people: Mapping[int, str | None], export: int) -> bool:
        names = [user for user in people.values() if user]
        return not export and len(people) <= FEW and len(set(names)) == len(names)

    def _file(self, short: str, cohort_id: str, entry: int, export: int) -> str:
        """Name an export, as it came where nothing happened since, else as the lab writes it."""
        name = f"exports/{short}-{len([each for each in self.exports if each.startswith(f'exports/{short}-')]) + 1}.csv"
        moved = any(export < move <= entry for move in self._of(cohort_id))
        if export and not moved:
            self.exports[name] = lambda: [self._story.journal("amplitude").entry(export).body or b""]  # type: ignore[union-attr]
        else:
            self.exports[name] = lambda: self._story.lab.amplitude.export_csv(cohort_id, entry=entry)
        return name

    def _of(self, cohort_id: str) -> list[int]:
        """Return the entries that moved a cohort's people, or somebody in any."""
        return [
            each.seq
            for each in self._story.happenings
            if each.fake == "amplitude"
            and (each.op in _MOVES or each.data.get("did"))
            and each.data.get("cohort_id", cohort_id) == cohort_id
            and "job" not in each.data.get("did", {})
        ]


def _told(short: str, before: Mapping[int, str | None], after: Mapping[int, str | None]) -> list[Data] | None:
    """Return the difference as steps by name, None when these would be many or could not say it."""
    left = [(number, user) for number, user in before.items() if number not in after]
    entered = [(number, user) for number, user in after.items() if number not in before]
    renamed = any(after[number] != user for number, user in before.items() if number in after)
    users = [user for user in before.values() if user]
    is_plain = len(set(users)) == len(users) and not {user for _, user in entered if user} & {
        user for number, user in before.items() if number in after
    }
    if renamed or not is_plain or any(user is None for _, user in left) or len(left) + len(entered) > FEW:
        return None
    steps: list[Data] = []
    if left:
        steps.append({"leave": {"cohort": short, "users": [user for _, user in left]}})
    named = [user for _, user in entered if user]
    nameless = len(entered) - len(named)
    if entered:
        who = {**({"users": named} if named else {}), **({"anonymous": nameless} if nameless else {})}
        steps.append({"enter": {"cohort": short, **who}})
    return steps
