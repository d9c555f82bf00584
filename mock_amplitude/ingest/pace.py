"""How fast events of one user or device may come (amplitude facts 5.1, 5.2 [doc]; loop facts 1 [doc])."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final

SECONDS: Final = 30  # over which the pace is averaged
_HOURS: Final = 24
_HOUR_MS: Final = 3_600_000
_KEPT: Final = 50_000
_FEW: Final = 100

Who = tuple[int, str, str]  # project, `user_id` or `device_id`, the id


@dataclass(frozen=True, slots=True)
class Throttled:
    """Who is too fast, in events a second, who has had all of a day's events, and the places of their events."""

    fast: Mapping[Who, int]
    spent: Mapping[Who, int]
    events: list[int]

    def as_dict(self, pace: int) -> dict[str, Any]:
        """Say it as the answer does."""

        def of(found: Mapping[Who, int], kind: str) -> dict[str, int]:
            return {who[2]: held for who, held in found.items() if who[1] == kind}

        return {
            "eps_threshold": pace,
            "throttled_devices": of(self.fast, "device_id"),
            "throttled_users": of(self.fast, "user_id"),
            "throttled_events": self.events,
            "exceeded_daily_quota_devices": of(self.spent, "device_id"),
            "exceeded_daily_quota_users": of(self.spent, "user_id"),
        }


class Window:
    """Events that were taken, by who they are of: one count over the last buckets of some milliseconds.

    Of more than `_KEPT` ids in a bucket that is over, those with few events are forgotten: they are far from any limit.
    """

    def __init__(self, bucket_ms: int, buckets: int) -> None:
        self._bucket, self._most = bucket_ms, buckets
        self._buckets: deque[tuple[int, Counter[Who]]] = deque()
        self._total: Counter[Who] = Counter()

    def count(self, more: Counter[Who], now: int) -> None:
        """Add events."""
        self._pass(now)
        at = now // self._bucket
        if not self._buckets or self._buckets[-1][0] != at:
            self._thin()
            self._buckets.append((at, Counter()))
        for held in (self._buckets[-1][1], self._total):
            held_before = held.get
            for who, many in more.items():
                held[who] = held_before(who, 0) + many

    def sums(self, now: int) -> Mapping[Who, int]:
        """Return how many events lie within the window; to be read only, and before the next is counted."""
        self._pass(now)
        return self._total

    def _pass(self, now: int) -> None:
        since = now // self._bucket - self._most
        while self._buckets and self._buckets[0][0] <= since:
            self._take_out(self._buckets.popleft()[1])

    def _thin(self) -> None:
        if self._buckets and len(self._buckets[-1][1]) > _KEPT:
            at, held = self._buckets.pop()
            few = Counter({who: many for who, many in held.items() if many < _FEW})
            self._take_out(few)
            self._buckets.append((at, Counter({who: many for who, many in held.items() if many >= _FEW})))

    def _take_out(self, held: Counter[Who]) -> None:
        self._total.subtract(held)
        for who in held:
            if not self._total[who]:
                del self._total[who]


class Pace:
    """What was taken of late."""

    def __init__(self) -> None:
        self._window = Window(1000, SECONDS)
        self._day = Window(_HOUR_MS, _HOURS)
        self._counted: tuple[object, int, Counter[Who]] = (None, 0, Counter())  # those that were looked at last

    def _count(self, project: int, events: Sequence[Mapping[str, Any]]) -> Counter[Who]:
        held, of, counted = self._counted
        if held is not events or of != project:
            counted = events_by_who(project, events)
            self._counted = (events, project, counted)
        return counted

    def take(self, project: int, events: Sequence[Mapping[str, Any]], now: int) -> None:
        """Count events that were taken."""
        more = self._count(project, events)
        self._window.count(more, now)
        self._day.count(more, now)

    def throttled(
        self, project: int, events: Sequence[Mapping[str, Any]], now: int, *, pace: int, a_day: int
    ) -> Throttled | None:
        """Say who would be too fast if these events were taken, None when nobody is; 0 for either is no limit."""
        coming = self._count(project, events)
        late, today = self._window.sums(now), self._day.sums(now)
        most = pace * SECONDS if pace else inf
        fast = {who: held // SECONDS for who, more in coming.items() if (held := late.get(who, 0) + more) > most}
        most = a_day or inf
        spent = {who: held for who, more in coming.items() if (held := today.get(who, 0) + more) > most}
        if not fast and not spent:
            return None
        named = {who[1:] for who in (*fast, *spent)}
        kinds = ("user_id", "device_id")
        at = [place for place, event in enumerate(events) if any((kind, event.get(kind)) in named for kind in kinds)]
        return Throttled(fast, spent, at)


def events_by_who(project: int, events: Iterable[Mapping[str, Any]]) -> Counter[Who]:
    """Return how many events each user and each device of a project has."""
    counted: Counter[Who] = Counter()
    for kind in ("user_id", "device_id"):
        ids = Counter([found for event in events if type(found := event.get(kind)) is str])
        for found, many in ids.items():
            if found:
                counted[project, kind, found] = many
    return counted
