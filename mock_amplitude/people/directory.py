"""The directory: which people exist, by Amplitude id and by user id, and what is known of each.

Most are of the seeded population and need no record. Written down are those the lab was told of by name or by an
import, those identified since, and those that are gone: deleted, or merged into somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mock_amplitude.people.members import Member
from mock_amplitude.people.population import People
from mock_core.seed import Seed


class Directory:
    """Who is who. `on_rename` hears of a person who goes by another user id from now on."""

    def __init__(self, seed: Seed, on_rename: Callable[[int, str], None]) -> None:
        self.people = People(seed)
        self._on_rename = on_rename
        self.users: dict[int, str | None] = {}  # by Amplitude id, where the population does not tell
        self.gone: set[int] = set()
        self.drawn = 0  # people of the population below this number exist
        self.properties: Mapping[int, Mapping[str, Any]] = {}
        self._ids: dict[str, int] = {}
        self._told = 0

    def reseed(self, seed: Seed) -> None:
        """Take the population of another seed, unless somebody exists: people stay who they are."""
        if not self.users and not self.drawn:
            self.people.reseed(seed)

    def amplitude_id(self, user_id: str) -> int | None:
        """Return the Amplitude id of a user id that somebody has."""
        known = self._ids.get(user_id)
        if known is None:
            number = self.people.find(user_id)
            known = None if number is None or number >= self.drawn else self.people.amplitude_id(number)
        return None if known in self.gone else known

    def user_id(self, amplitude_id: int) -> str | None:
        """Return the user id of an Amplitude id; None for nobody and for an anonymous user."""
        if amplitude_id in self.users:
            return self.users[amplitude_id]
        number = self.people.number_of(amplitude_id)
        return None if number is None else self.people.user_id(number)

    def exists(self, amplitude_id: int) -> bool:
        """Say whether an Amplitude id is somebody's."""
        if amplitude_id in self.gone:
            return False
        number = self.people.number_of(amplitude_id)
        return amplitude_id in self.users or (number is not None and number < self.drawn)

    def find(self, posted: str, id_type: str) -> int | None:
        """Return whom an id of an upload or membership call stands for, None for nobody."""
        if id_type in {"BY_USER_ID", "BY_NAME"}:
            return self.amplitude_id(posted)
        if not posted.isascii() or not posted.isdecimal() or len(posted) > 19:
            return None
        return int(posted) if self.exists(int(posted)) else None

    def properties_of(self, amplitude_id: int) -> Mapping[str, Any]:
        """Return the user properties of an Amplitude id: as told, or the population's."""
        told = self.properties.get(amplitude_id)
        return self.people.properties(amplitude_id) if told is None else told

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
