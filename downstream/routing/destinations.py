"""What Segment does with delivered events for the destinations of one workspace, in its order.

Source enabled (the fake's own verdict), destination connected to that source and switched on, integrations object,
destination filters; then the destination itself, again and again for four hours (segment facts 5.4, 5.7).

Everything is done when somebody asks, or a pump does: read on in what was delivered, then send what is due. Attempts
that fell due while the clock was moved past them are made at their own times, one after the other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any, Protocol

from downstream.routing.attempt import Attempt, Made
from downstream.routing.carried import judged_traits
from downstream.routing.connections import Connection, ConnectionsFold, connection_put
from downstream.routing.filters import Filter, apply_filters, read_filters
from downstream.routing.integrations import switch
from downstream.routing.outcome import FILTERED, GIVEN_UP, REFUSED, SWITCHED_OFF, WAITING, Outcome
from downstream.routing.settings import RoutingSettings
from downstream.routing.store import New, Result, Row, Store
from downstream.routing.vendor import Vendors, read_fault
from mock_core.faults import Armed
from mock_core.settings import changed
from mock_segment import SegmentState
from mock_segment.delivery import PLACES, Event, Place

_CHUNK = 500  # events sent one by one between two notes


class Making(Protocol):
    """Makes a destination from what a workspace of the lab was told; raises `BadControl` for one that cannot be."""

    def __call__(
        self,
        slug: str,
        settings: Mapping[str, Any],
        subscriptions: Sequence[Mapping[str, Any]] | None,
        *,
        workspace: str,
    ) -> Made:
        """Make it."""
        ...


class Destinations:
    """The destinations of one workspace: what one may tell them, what became of events there."""

    def __init__(self, state: SegmentState, make: Making) -> None:
        self._state = state
        self._make = make
        self._told = ConnectionsFold(state.workspace.journal)
        self._store = Store(state.workspace.journal)
        self._made: dict[str, tuple[int, Made, list[Filter]]] = {}
        self._vendors: Vendors | None = None
        self._armed: set[str] = set()
        self._lock = threading.RLock()
        self._is_settling = False

    # What it was told.

    def put(self, name: str, **changes: Any) -> Connection:
        """Connect a destination, or change what is given of one; it gets what is delivered from now on."""
        with self._lock:
            self._told.settle()
            connection = connection_put(self._told.connections.get(name), {"name": name, **changes})
            read_filters(connection.filters)
            made = self._make_for(connection)
        try:
            self._state.workspace.control("destination.put", connection.told())
        except BaseException:
            made.destination.close()
            raise
        with self._lock:
            told = self.connection(name)
            self._let_go(name)
            self._made[name] = told.version, made, read_filters(told.filters)
        return told

    def remove(self, name: str) -> None:
        """Disconnect a destination: what waits for it is given up, what became of events there stays to be read."""
        self.connection(name)
        self._state.workspace.control("destination.remove", {"name": name})
        with self._lock:
            self._begin()
            self._store.settle_rows(name, Outcome(GIVEN_UP, "the destination was disconnected"))
            self._let_go(name)

    def connection(self, name: str) -> Connection:
        """Return a connection by name, or raise `BadControl` with the nearest ones."""
        self._told.settle()
        return self._told.known(name)

    def connections(self) -> list[Connection]:
        """Return the connections in the order they were made."""
        self._told.settle()
        return list(self._told.connections.values())

    def arm(self, on: str, fault: str, *, match: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Arm a fault of a destination's vendor, for the calls that `match` describes, and return its id."""
        return self.arm_spec(on, {"fault": fault, "match": dict(match or {}), **fields}).id

    def arm_spec(self, on: str, spec: Mapping[str, Any]) -> Armed:
        """Arm a fault from its JSON form, and return it; its id is the lab's."""
        spec = {"on": on, **spec}
        self.connection(on)
        read_fault(spec)
        self._state.workspace.control("destination.fault.arm", {"spec": spec})
        with self._lock:
            self._begin()
            fault_id = list(self._told.faults)[-1]
            return replace(self._ready().armed()[fault_id][1], id=fault_id)

    def lift(self, fault_id: str | None = None) -> int:
        """Lift one fault or all of them, and return how many were lifted."""
        self._told.settle()
        before = len(self._told.faults)
        if fault_id is not None and fault_id not in self._told.faults:
            return 0
        self._state.workspace.control("destination.fault.lift", {"id": fault_id})
        self._told.settle()
        return before - len(self._told.faults)

    def faults(self) -> list[dict[str, Any]]:
        """Return the armed faults, on which destination, and how often they were met and struck."""
        with self._lock:
            self.settle()
            armed = self._ready().armed() if self._told_anything() else {}
            return [{**each.as_dict(), "id": key, "on": on} for key, (on, each) in armed.items()]

    @property
    def settings(self) -> RoutingSettings:
        self._told.settle()
        return self._told.settings

    def configure(self, **changes: Any) -> RoutingSettings:
        """Change settings by name."""
        changed(self.settings, changes)  # refuses before anything is recorded
        self._state.workspace.control("destination.settings.set", {"changes": changes})
        return self.settings

    # What became of events.

    def deliveries(self, **where: str) -> list[dict[str, Any]]:
        """Return what became of events at destinations: of one destination, verdict, user_id, message_id, or trait."""
        return [row for _, row in self.delivery_rows(where)]

    def known(self, name: str) -> dict[str, dict[str, Any]]:
        """Return what the vendor of a destination was told last: the value by user and trait key."""
        self.connection(name)
        self.settle()
        self._begun()
        return self._store.known(name)

    def known_rows(self, where: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what vendors were told last, a row for each user and trait: of one destination, user_id, or trait."""
        self.settle()
        self._begun()
        return self._store.known_rows(where)

    def tally(self) -> dict[tuple[str, str], int]:
        """Return the number of events by destination and verdict."""
        self.settle()
        self._begun()
        return self._store.tally()

    def requests(self, **where: str) -> list[dict[str, Any]]:
        """Return the newest requests to vendors with what was answered: of one destination, or with one status."""
        return [row for _, row in self.request_rows(where)]

    def recorded(self, user_id: str, traits: Collection[str]) -> list[dict[str, Any]]:
        """Return what is known by now of a user's events with one of these traits; nothing is sent for it."""
        if not self._told_anything():
            return []
        self._begun()
        rows = (row for _, row in self._store.deliveries({"user_id": user_id}))
        return [row for row in rows if set(row["traits"]) & set(traits)]

    def delivery_rows(self, where: Mapping[str, str], after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the rows of `deliveries` by their number, beyond one."""
        self.settle()
        self._begun()
        yield from self._store.deliveries(where, after)

    def request_rows(self, where: Mapping[str, str], after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the rows of `requests` by their number, beyond one."""
        self.settle()
        self._begun()
        yield from self._store.requests(where, after)

    def next_due(self) -> int | None:
        """Return when something is to be sent again, in milliseconds, None when nothing waits."""
        with self._lock:
            if not self.connections():
                return None
            self._begin()
            found = self._next()
            return None if found is None else found[0]

    # As an addition to a workspace.

    def settle(self, *, waits: bool = True) -> None:
        """Route what was delivered, and send what is due, as far as the lab's clock has come.

        Where somebody else is at it, this `waits` until they are done, or leaves it to them.
        """
        if not self._told_anything() or not self._lock.acquire(blocking=waits):
            return
        try:
            if self._is_settling:  # a destination told the lab something
                return
            self._is_settling = True
            try:
                self._begin()
                self._route()
                self._send()
            finally:
                self._is_settling = False
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Begin again with another journal."""
        with self._lock:
            for name in list(self._made):
                self._let_go(name)
            self._vendors, self._armed = None, set()

    def close(self) -> None:
        """Let go of every destination."""
        with self._lock:
            for name in list(self._made):
                self._let_go(name)

    def _told_anything(self) -> bool:
        self._told.settle()
        return bool(self._told.connections)

    def _begun(self) -> None:
        with self._lock:
            self._store.begin()

    def _begin(self) -> None:
        self._store.begin()
        self._told.settle()
        if self._vendors is None:
            self._vendors = Vendors(lambda on: self._state.workspace.seed.fresh(f"destinations:faults:{on}"))
            counts = self._store.fault_counts()
        else:
            counts = {}
        for fault_id in self._armed - self._told.faults.keys():
            self._vendors.lift(fault_id)
        for fault_id, spec in self._told.faults.items():
            if fault_id not in self._armed:
                seen, struck = counts.get(fault_id, (0, 0))
                self._vendors.arm(fault_id, spec, seen=seen, struck=struck)
        self._armed = set(self._told.faults)

    def _ready(self) -> Vendors:
        if self._vendors is None:
            self._begin()
        if self._vendors is None:
            raise AssertionError
        return self._vendors

    def _let_go(self, name: str) -> None:
        _, made, _ = self._made.pop(name, (0, None, None))
        if made is not None:
            with suppress(Exception):  # it ends either way
                made.destination.close()

    def _make_for(self, connection: Connection) -> Made:
        return self._make(
            connection.destination,
            connection.settings,
            connection.subscriptions,
            workspace=self._state.workspace.name,
        )

    def _of(self, connection: Connection) -> tuple[Made, list[Filter]]:
        """Return the destination of a connection, made when it is first wanted and again when it was told anything."""
        found = self._made.get(connection.name)
        if found is None or found[0] != connection.version:
            self._let_go(connection.name)
            made = self._make_for(connection)
            found = connection.version, made, read_filters(connection.filters)
            self._made[connection.name] = found
        return found[1], found[2]

    # Routing.

    def _route(self) -> None:
        state, connections = self._state, list(self._told.connections.values())
        place, since = self._store.place()
        if state.captured_since != since:
            self._store.clear(state.captured_since)
            place, since = Place(state.captured_since), state.captured_since
        first = min(connection.since for connection in connections)
        if place.seq < first:  # nobody was connected before
            place = Place(first, place.waiting)
        for beyond, events in state.deliveries(place):
            rows = [row for event in events for row in self._routed(event, connections)]
            if rows or beyond.seq != place.seq:
                self._store.add(rows, beyond, since)
            place = beyond

    def _routed(self, event: Event, connections: Sequence[Connection]) -> list[New]:
        wanted = [
            connection
            for connection in connections
            if event.capture.seq > connection.since
            and (connection.sources is None or event.capture.write_key in connection.sources)
        ]
        if not wanted:
            return []
        handed_on = self._state.handed_on(event)
        traits = list(judged_traits(handed_on))
        found = []
        for connection in wanted:
            outcome, notes = self._sorted_out(handed_on, connection)
            due = (event.delivered_at or event.capture.at) if outcome.verdict == WAITING else None
            found.append(New(connection.name, event.position, handed_on, traits, outcome, notes, due))
        return found

    def _sorted_out(self, event: Mapping[str, Any], connection: Connection) -> tuple[Outcome, tuple[str, ...]]:
        """Say whether an event is to be sent to a destination, or what keeps it back, with notes either way."""
        if not connection.enabled:
            return Outcome(SWITCHED_OFF, "the destination is switched off"), ()
        settings = self._told.settings
        try:
            made, filters = self._of(connection)
        except Exception as error:
            return Outcome(REFUSED, f"by the destination, which cannot be made: {error}"), ()
        excepted = {name.strip() for name in settings.not_by_all.split(",")}
        switched = switch(
            event.get("integrations"),
            made.destination.name,
            not_by_all=excepted,
            reads_odd_values=settings.odd_switch == "javascript",
        )
        if not switched.is_on:
            return Outcome(SWITCHED_OFF, switched.reason), switched.notes
        left = apply_filters(filters, event, seed=self._state.workspace.seed.value)
        notes = (*switched.notes, *left.notes)
        return Outcome(WAITING) if left.event is not None else Outcome(FILTERED, left.reason), notes

    # Sending.

    def _send(self) -> None:
        at = 0
        while (found := self._next()) is not None:
            due, name = found
            now = self._state.workspace.clock.now_ms()
            if due > now:
                return
            at = self._send_some(self._told.connections[name], max(at, due), now)

    def _next(self) -> tuple[int, str] | None:
        return self._store.next_due(list(self._told.connections), one_a_user=self._told.settings.order == "kept")

    def _send_some(self, connection: Connection, at: int, now: int) -> int:
        """Send what is due about one time at one destination, and return the time at which the last of it was sent."""
        settings, name = self._told.settings, connection.name
        until = min(now, at + round(settings.gather_seconds * 1000))
        try:
            made, filters = self._of(connection)
        except Exception as error:
            outcome = Outcome(REFUSED, f"by the destination, which cannot be made: {error}")
            self._store.settle_rows(name, outcome)
            return at
        is_batching = made.most > 1 and settings.batch == "destination"
        most = made.most if is_batching else self._between_notes(made)
        rows = self._store.due(name, until, most, one_a_user=settings.order == "kept")
        seed = self._state.workspace.seed
        if settings.order == "shuffled":
            seed.fresh(f"destinations:order:{name}:{at}").shuffle(rows)
        self._store.mark(rows)
        attempt = Attempt(name, made, self._ready(), settings, seed)
        together: list[tuple[Row, Mapping[str, Any]]] = []
        many = attempt.can_send_many() and not is_batching
        users: set[str] = set()
        entry = lru_cache(maxsize=64)(self._state.events_in)  # events of one batch are sent one after the other
        for row in rows:
            if many and row.user_id in users:  # its earlier event first
                attempt.send_many(together, at)
                together, users = [], set()
            at = max(at, row.due or 0)
            event, outcome = self._left(row, entry, connection, filters)
            if event is None:
                attempt.results.append(Result(row, outcome, at, None))
            elif many or (is_batching and not row.alone and event.get("type") == "identify"):
                together.append((row, event))
                users |= {row.user_id} - {""}
            else:
                attempt.send([(row, event)], at)
        if together:
            (attempt.send_many if many else attempt.send)(together, at)
        self._store.note(attempt.results, attempt.requests, attempt.known, attempt.fault_counts(), keep=attempt.keep)
        return at

    def _between_notes(self, made: Made) -> int:
        """Return how many events are sent before that is noted: one, where a kill would make an address get more twice.

        A vendor that the lab plays forgets with the lab what was not noted.
        """
        return 1 if made.beyond is not None and self._state.workspace.journal.path is not None else _CHUNK

    def _left(
        self, row: Row, entry: Callable[[int], list[Event]], connection: Connection, filters: Sequence[Filter]
    ) -> tuple[Mapping[str, Any] | None, Outcome]:
        """Return what is to be sent of an event, or what keeps it back since it was routed."""
        seq, index = divmod(row.position, PLACES)
        event = next((each for each in entry(seq) if each.index == index), None)
        if event is None or seq <= self._state.captured_since:
            return None, Outcome(GIVEN_UP, "the captures were reset")
        if not connection.enabled:
            return None, Outcome(SWITCHED_OFF, "the destination was switched off while it waited")
        left = apply_filters(filters, self._state.handed_on(event), seed=self._state.workspace.seed.value)
        return left.event, Outcome(FILTERED, left.reason)
