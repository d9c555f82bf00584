"""The directory: which people exist, by Amplitude id and by user id, and what is known of each.

Most are of the seeded population and need no record. Written down are those the lab was told of by name or by an
import, those identified since, and those that are gone: deleted, or merged into somebody else. People who came with
their events are written down by the fold of those; here they are asked for as they were after entry `until`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Any, Protocol

from mock_amplitude.people.members import Member
from mock_amplitude.people.population import FIRST_ARRIVED, People
from mock_core.seed import Seed


class Newcomers(Protocol):
    """People who came with their events, as they were after entry `until` of the journal."""

    def amplitude_id(self, user_id: str, until: int, *, active: bool = True) -> int | None:
        """Return who has a user id; with `active`, only somebody who has sent an event."""

    def user_id(self, amplitude_id: int, until: int) -> str | None:
        """Return the user id of an Amplitude id; None for nobody and for an anonymous user."""

    def exists(self, amplitude_id: int, until: int) -> bool:
        """Say whether an Amplitude id is that of somebody who has sent an event."""

    def merged_into(self, amplitude_id: int, until: int) -> int | None:
        """Return who somebody anonymous turned out to be, None while nobody else."""

    def properties(self, amplitude_id: int, until: int) -> Mapping[str, Any] | None:
        """Return user properties, None where no event and no identification told of any."""

    def with_properties(self, until: int) -> Container[int]:
        """Return whose properties events or identifications told."""

    def beginning_with(self, prefix: str, until: int) -> Iterator[tuple[int, str | None]]:
        """Yield those whose user id, device or Amplitude id begins so."""

    def any(self, until: int) -> bool:
        """Say whether there is anybody."""


class Directory:
    """Who is who. `on_rename` hears of a person who goes by another user id from now on."""

    def __init__(self, seed: Seed, on_rename: Callable[[int, str], None], newcomers: Newcomers | None = None) -> None:
        self.people = People(seed)
        self.newcomers = newcomers
        self.until = 0
        self._on_rename = on_rename
        self.users: dict[int, str | None] = {}  # by Amplitude id, where the population does not tell
        self.gone: set[int] = set()
        self.drawn = 0  # people of the population below this number exist
        self.properties: Mapping[int, Mapping[str, Any]] = {}
        self._ids: dict[str, int] = {}
        self._told = 0

    def reseed(self, seed: Seed) -> None:
        """Take the population of another seed, unless somebody exists: people stay who they are."""
        if not self.users and not self.drawn and not (self.newcomers and self.newcomers.any(self.until)):
            self.people.reseed(seed)

    def amplitude_id(self, user_id: str) -> int | None:
        """Return the Amplitude id of a user id that somebody has."""
        known = self._ids.get(user_id)
        if known is None:
            number = self.people.find(user_id)
            known = None if number is None or number >= self.drawn else self.people.amplitude_id(number)
        if (known is None or known in self.gone) and self.newcomers is not None:
            known = self.newcomers.amplitude_id(user_id, self.until)
        return None if known in self.gone else known

    def told_id(self, user_id: str) -> int | None:
        """Return the Amplitude id that a user id has of somebody made by hand, or would have of the population."""
        known = self._ids.get(user_id)
        if known is None:
            number = self.people.find(user_id)
            known = None if number is None else self.people.amplitude_id(number)
        return None if known in self.gone else known

    def identified_as(self, amplitude_id: int, user_id: str) -> int:
        """Return who somebody anonymous is who was given a user id by hand: themselves, or whoever had it before."""
        return self._ids[user_id] if amplitude_id in self.gone else amplitude_id

    def arrived_id(self, number: int) -> int:
        """Return the Amplitude id of the person who came with an event as the `number`-th."""
        return self.people.arrived_id(number)

    def user_id(self, amplitude_id: int) -> str | None:
        """Return the user id of an Amplitude id; None for nobody and for an anonymous user."""
        if amplitude_id in self.users:
            return self.users[amplitude_id]
        number = self.people.number_of(amplitude_id)
        if number is not None:
            return self.people.user_id(number)
        return None if self.newcomers is None else self.newcomers.user_id(amplitude_id, self.until)

    def exists(self, amplitude_id: int) -> bool:
        """Say whether an Amplitude id is somebody's."""
        if amplitude_id in self.gone:
            return False
        number = self.people.number_of(amplitude_id)
        if amplitude_id in self.users or (number is not None and number < self.drawn):
            return True
        return self.newcomers is not None and self.newcomers.exists(amplitude_id, self.until)

    def canonical(self, amplitude_id: int) -> int:
        """Return who somebody is by now: merges are applied when one asks (amplitude facts 5.6 [doc])."""
        into = None if self.newcomers is None else self.newcomers.merged_into(amplitude_id, self.until)
        return amplitude_id if into is None else into

    def find(self, posted: str, id_type: str) -> int | None:
        """Return whom an id of an upload or membership call stands for, None for nobody."""
        if id_type in {"BY_USER_ID", "BY_NAME"}:
            return self.amplitude_id(posted)
        if not posted.isascii() or not posted.isdecimal() or len(posted) > 19:
            return None
        found = self.canonical(int(posted))
        return found if self.exists(found) else None

    def properties_of(self, amplitude_id: int) -> Mapping[str, Any]:
        """Return the user properties of an Amplitude id: as events told, as told by hand, or the population's."""
        if self.newcomers is not None:
            found = self.newcomers.properties(amplitude_id, self.until)
            if found is not None:
                return found
        return self.told_properties(amplitude_id)

    def told_properties(self, amplitude_id: int) -> Mapping[str, Any]:
        """Return the user properties of an Amplitude id before its first event."""
        told = self.properties.get(amplitude_id)
        if told is not None:
            return told
        return {} if amplitude_id >= FIRST_ARRIVED else self.people.properties(amplitude_id)

    def tell(self, properties: Mapping[int, Mapping[str, Any]]) -> None:
        """Put properties of some people in place of what was known; what others hold stays as it was."""
        self.properties = {**self.properties, **properties}

    def resolve(self, told: Iterable[Any]) -> Iterator[Member]:
        """Yield who is meant: by user id, by None for somebody new and anonymous, by [Amplitude id, user id]."""
        for one in told:
            if isinstance(one, list):
                self.know(one[0], one[1])
                yield Member(one[0], one[1])
            elif one is None:
                amplitude_id = self._new_id()
                self.know(amplitude_id, None)
                yield Member(amplitude_id, None)
            else:
                yield Member(self._welcome(one), one)

    def know(self, amplitude_id: int, user_id: str | None) -> None:
        """Write a person down. A user id given to somebody known by another, or by none, is news to all cohorts."""
        self.gone.discard(amplitude_id)
        if user_id is None:
            self.users.setdefault(amplitude_id, None)
            return
        is_news = amplitude_id in self.users and self.users[amplitude_id] != user_id
        self.users[amplitude_id] = user_id
        self._ids[user_id] = amplitude_id
        if is_news:
            self._on_rename(amplitude_id, user_id)

    def identify(self, amplitude_id: int, user_id: str) -> None:
        """Give an anonymous person a user id."""
        self.users.setdefault(amplitude_id, None)
        self.know(amplitude_id, user_id)

    def _welcome(self, user_id: str) -> int:
        """Return who has a user id, or write down somebody new; one of the population's is still that person's."""
        known = self._ids.get(user_id)
        if (known is None or known in self.gone) and self.newcomers is not None:
            known = self.newcomers.amplitude_id(user_id, self.until, active=False)
            if known is not None and known not in self.gone and user_id not in self._ids:
                self.know(known, user_id)
        if known is not None and known not in self.gone:
            return known
        number = self.people.find(user_id)
        amplitude_id = self._new_id() if number is None else self.people.amplitude_id(number)
        if known is not None or number is None or number >= self.drawn or amplitude_id in self.gone:
            self.know(amplitude_id, user_id)
        return amplitude_id

    def _new_id(self) -> int:
        while True:
            amplitude_id = self.people.named_id(self._told)
            self._told += 1
            if amplitude_id not in self.users:
                return amplitude_id
