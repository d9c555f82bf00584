"""A membership: who is in a cohort, in order, small enough to hold millions.

Generated people are a run of numbers with a flag each, one byte a member. People the lab was told of by name,
and those of an imported export, are kept as they came. A copy is cheap to hold, so an export job keeps the
membership it was asked for while the cohort moves on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress
from random import Random
from typing import NamedTuple

from mock_amplitude.people.population import People


class Member(NamedTuple):
    """One row of a membership; an anonymous member has no user id."""

    amplitude_id: int
    user_id: str | None


class Members:
    """An ordered set of members: generated people by number first, then the others as they came."""

    __slots__ = ("_count", "_first", "_loose", "_people", "_present", "_renamed")

    def __init__(self, people: People, members: Iterable[Member] = ()) -> None:
        self._people = people
        self._first = 0  # the number of the first generated person drawn
        self._present = bytearray()  # a flag for each person drawn since
        self._count = 0  # how many flags are set
        self._renamed: dict[int, str | None] = {}  # generated people identified later
        self._loose: dict[int, str | None] = dict(members)

    def copy(self) -> Members:
        """Return a membership of its own with the same members."""
        twin = Members(self._people)
        twin._first, twin._count = self._first, self._count
        twin._present = bytearray(self._present)
        twin._renamed, twin._loose = dict(self._renamed), dict(self._loose)
        return twin

    def __len__(self) -> int:
        return self._count + len(self._loose)

    @property
    def holds_by_name(self) -> bool:
        """Whether there are members who are not of the seeded population."""
        return bool(self._loose)

    def __contains__(self, amplitude_id: object) -> bool:
        return amplitude_id in self._loose or self._place(amplitude_id, present=True) is not None

    def __iter__(self) -> Iterator[Member]:
        return (Member(amplitude_id, user_id) for amplitude_id, user_id in self.rows())

    def rows(self) -> Iterator[tuple[int, str | None]]:
        """Yield the members as plain pairs, which is faster."""
        generated = self._people.rows(self.numbers())
        if not self._renamed:
            yield from generated
        else:
            renamed = {self._people.amplitude_id(number): user_id for number, user_id in self._renamed.items()}
            for amplitude_id, user_id in generated:
                yield amplitude_id, renamed.get(amplitude_id, user_id)
        yield from self._loose.items()

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the generated members."""
        return compress(range(self._first, self._first + len(self._present)), self._present)

    def user_id(self, amplitude_id: int) -> str | None:
        """Return the user id that a member goes by."""
        if amplitude_id in self._loose:
            return self._loose[amplitude_id]
        number = self._people.number_of(amplitude_id)
        if number is None:
            return None
        return self._renamed[number] if number in self._renamed else self._people.user_id(number)

    def add(self, member: Member) -> bool:
        """Let somebody in; False when the member was in already."""
        amplitude_id, user_id = member
        if amplitude_id in self._loose:
            return False
        place = self._place(amplitude_id, present=False)
        if place is not None:
            if self._present[place]:
                return False
            self._present[place] = 1
            self._count += 1
            if user_id != self.user_id(amplitude_id):
                self._renamed[self._first + place] = user_id
            return True
        self._loose[amplitude_id] = user_id
        return True

    def discard(self, amplitude_id: int) -> bool:
        """Let somebody go; False when that was no member."""
        if amplitude_id in self._loose:
            del self._loose[amplitude_id]
            return True
        place = self._place(amplitude_id, present=True)
        if place is None:
            return False
        self._present[place] = 0
        self._count -= 1
        return True

    def rename(self, amplitude_id: int, user_id: str | None) -> None:
        """Give a member another user id, in the same place."""
        if amplitude_id in self._loose:
            self._loose[amplitude_id] = user_id
        elif (place := self._place(amplitude_id, present=False)) is not None:
            self._renamed[self._first + place] = user_id

    def named(self, user_id: str) -> Iterator[int]:
        """Yield the Amplitude ids under which a user id was let in by hand or by an import."""
        return (amplitude_id for amplitude_id, known in self._loose.items() if known == user_id)

    def draw(self, count: int, start: int | None = None) -> range:
        """Let in the next `count` generated people and return their numbers; `start` is where a first draw begins."""
        if start is not None and not self._present:
            self._first = start
        drawn = range(self._first + len(self._present), self._first + len(self._present) + count)
        self._present.extend(b"\x01" * count)
        self._count += count
        for amplitude_id in self._people.among(drawn, self._loose):  # let in by name before
            if (place := self._place(amplitude_id, present=True)) is not None:
                self._present[place] = 0
                self._count -= 1
        return drawn

    def pick(self, count: int, random: Random, *, present: bool = True) -> list[int]:
        """Pick Amplitude ids at random: of members, or of generated people who left."""
        wanted = 1 if present else 0
        available = self._count if present else len(self._present) - self._count
        among = list(self._loose) if present else []
        count = min(count, available + len(among))
        loose = round(count * len(among) / (available + len(among))) if count else 0
        picked = random.sample(among, loose)
        amplitude_id, first = self._people.amplitude_id, self._first
        if available * 4 < len(self._present):  # few of them: list them rather than draw blanks
            places = list(_places(self._present, wanted))
            picked += [amplitude_id(first + place) for place in random.sample(places, count - loose)]
            return picked
        seen: set[int] = set()
        while len(seen) < count - loose:
            place = random.randrange(len(self._present))
            if self._present[place] == wanted and place not in seen:
                seen.add(place)
                picked.append(amplitude_id(first + place))
        return picked

    def _place(self, amplitude_id: object, *, present: bool) -> int | None:
        """Return the flag's place of a generated person drawn here; with `present`, only of a member."""
        if not self._present or not isinstance(amplitude_id, int):
            return None
        number = self._people.number_of(amplitude_id)
        if number is None or not 0 <= (place := number - self._first) < len(self._present):
            return None
        return place if self._present[place] or not present else None


def _places(flags: bytearray, wanted: int) -> Iterator[int]:
    """Yield where a flag stands among others of which it is one in a few."""
    place = flags.find(wanted)
    while place >= 0:
        yield place
        place = flags.find(wanted, place + 1)
