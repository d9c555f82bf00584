"""Events in plain Python, for as long as there are few: no database is started for a rehearsal of some dozens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from contracts.definitions import Definition, Event, Rules, members


class FewEvents:
    """Everybody's events, asked one person at a time."""

    def __init__(self) -> None:
        self._histories: dict[int, list[Event]] = defaultdict(list)
        self._cohorts: dict[str, set[int]] = {}
        self._computed: dict[str, set[int]] = {}
        self.count = 0

    def close(self) -> None:
        """Let go of everything."""
        self._histories.clear()

    def append(self, events: Iterable[tuple[int, Event]]) -> None:
        for who, event in events:
            self._histories[who].append(event)
            self.count += 1

    def merge(self, who: int, into: int) -> None:
        moved = self._histories.pop(who, None)
        if moved:
            self._histories[into] += moved

    def forget(self, people: Collection[int]) -> None:
        for who in people:
            self.count -= len(self._histories.pop(who, ()))

    def put_members(self, cohort_id: str, members: Collection[int]) -> None:
        self._cohorts[cohort_id] = set(members)

    def members(self, definition: Definition, now: int, rules: Rules) -> set[int]:
        return members(definition, self._histories, now, rules, lambda cohort: self._cohorts.get(cohort, ()))

    def compute(self, cohort_id: str, definition: Definition, now: int, rules: Rules) -> None:
        self._computed[cohort_id] = self.members(definition, now, rules)

    def computed(self, cohort_id: str) -> set[int]:
        return self._computed[cohort_id]

    def edge(self, start: int, end: int | None = None) -> int | None:
        """Return the time of the first event at or after a moment, and before another."""
        times = (event.at for events in self._histories.values() for event in events)
        return min((at for at in times if at >= start and (end is None or at < end)), default=None)

    def events_of(self, who: int) -> list[Event]:
        return list(self._histories.get(who, ()))

    def everything(self) -> Iterator[tuple[int, Event]]:
        """Yield all events with whose they are, for whoever takes over."""
        for who, events in self._histories.items():
            for event in events:
                yield who, event
