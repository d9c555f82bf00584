"""What one may ask of a workspace of the Segment fake; every reading settles first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from contracts.nearest import nearest
from mock_core.clock import iso
from mock_core.errors import BadControl
from mock_core.journal import Entry, Metric, refuse_set_aside, set_aside
from mock_core.redaction import redact
from mock_core.workspace import Workspace
from mock_segment.delivery import (
    DEEP,
    DELIVERED,
    DELIVERED_VERDICT,
    DISCARDED,
    DUPLICATE,
    PLACES,
    REFUSED,
    Capture,
    DeliveryFold,
    Event,
    Folding,
    LostEvent,
    Place,
    Profile,
    Registry,
    RegistryFold,
    SeenEvent,
    Source,
    Tally,
    Timeline,
    UserIndex,
    Verdict,
    Verdicts,
    batch_code,
    deliveries,
    empty_batch_outcome,
    in_delivery_order,
    late_values,
    lost,
    normalise,
    read_capture,
    read_refusal,
    refusal_of,
    refusal_outcome,
    refused_events,
    turn,
    unheard,
    unify_drops,
    unreadable_outcome,
)
from mock_segment.edge import BATCH
from mock_segment.settings import SegmentSettings

_LOOKED_AHEAD = 16
"""Calls of which is asked together what was not delivered."""


class Answers:
    """What is known of one workspace: what it was told, what became of its events, what is known of its users."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._registry_fold = RegistryFold(workspace.journal)
        self._delivery = DeliveryFold(workspace.journal)
        self._users = UserIndex(workspace.journal)

    def check(self) -> None:
        """Read all of the journal; raise `JournalUnreadable` for an entry that cannot be taken in."""
        refuse_set_aside(self._registry_fold, self._delivery, self._users)

    def unreadable(self) -> dict[int, str]:
        """Return the entries of the journal that cannot be taken in, with the reason."""
        return set_aside(self._registry_fold, self._delivery, self._users)

    @property
    def _registry(self) -> Registry:
        self._registry_fold.settle()
        return self._registry_fold.registry

    @property
    def settings(self) -> SegmentSettings:
        return self._registry.settings

    @property
    def captured_since(self) -> int:
        """The entry after which captures count: those before it were reset away."""
        return self._registry.captured_since

    def sources(self) -> list[Source]:
        """Return the registered sources."""
        return list(self._registry.sources.values())

    def source(self, write_key: str) -> Source | None:
        """Return the source of a write key, if one is registered."""
        return self._registry.sources.get(write_key)

    def verdict_on(self, write_key: str) -> Verdict | None:
        """Return what becomes of every event of a write key, or None when its source takes them."""
        return self._registry.verdict_on(write_key)

    # What became of the events.

    def tally(self) -> Tally:
        """Return the number of events by (write key, type, verdict, code)."""
        return self._delivery.tally()

    def timeline(self, since: int = 0, until: int = 1 << 62, width: int = 1) -> Timeline:
        """Return the number of events by verdict for each span of `width` seconds in which some came.

        `since` and `until` are in seconds since 1970, and so are the beginnings of the spans.
        """
        return self._delivery.timeline(since, until, width)

    def exceptional(self, verdict: str, code: str = "", *, before: int, most: int) -> list[int]:
        """Return the newest entries before one with events that are discarded, duplicates or unjudged, as is asked.

        What was refused is not found so: Segment never had it.
        """
        return self._delivery.exceptional(verdict, code, before, most)

    def extent(self) -> tuple[int, int] | None:
        """Return the first and the last second in which events came, None when none did."""
        return self._delivery.extent()

    def verdicts(self, **where: Any) -> Verdicts:
        """Return what became of every event and of every refused upload; `where` asks for values of these fields."""
        unknown = next((name for name in where if name not in SeenEvent.__dataclass_fields__), None)
        if unknown is not None:
            raise BadControl(f"Verdicts have no field {unknown!r}: {nearest(unknown, SeenEvent.__dataclass_fields__)}")
        rows = (found.outcome() if isinstance(found, Event) else found for found in self.outcomes())
        return Verdicts(SeenEvent(**row) for row in rows if all(row[name] == value for name, value in where.items()))

    def verdicts_of(self, seq: int) -> list[Verdict]:
        """Return the verdict of every event of one entry, in order."""
        with self.workspace.journal.lock:
            capture = self._delivery.captures.at(seq)
        if capture is None:
            return []
        exceptions = self._delivery.verdicts(seq)
        return [exceptions.get(index, DELIVERED_VERDICT) for index in range(len(capture.items))]

    def captures(self, *, after: int = 0) -> Iterator[Capture]:
        """Yield the accepted calls beyond an entry, to be read only: whoever asks next gets the same ones."""
        for entry in self.workspace.journal.walk(after, kind="request"):
            with self.workspace.journal.lock:
                capture = self._delivery.captures.of(entry)
            if capture is not None:
                yield capture

    def events(self, *, user_id: str | None = None, after: int = 0) -> Iterator[Event]:
        """Yield events in the order of arrival, or those of one user, beyond a position."""
        if user_id is not None:
            yield from (event for event in self._about(user_id) if event.position > after and event.user_id == user_id)
            return
        for entry in self._requests(after):
            for event in self._events_of(entry):
                if event.position > after:
                    yield event

    def outcomes(self, *, after: int = 0) -> Iterator[Event | dict[str, Any]]:
        """Yield every event, lost ones too, and what to say of every upload that was refused or held no event."""
        for entry in self._requests(after):
            for found in self.outcomes_in(entry):
                if (found.position if isinstance(found, Event) else found["position"]) > after:
                    yield found

    def outcomes_in(self, entry: Entry) -> Iterator[Event | dict[str, Any]]:
        """Yield what became of what one entry brought, in order; nothing for a call that is no upload."""
        unreadable = refusal_outcome(entry)
        if unreadable is not None:
            yield unreadable
        capture = read_capture(entry)
        if capture is not None and capture.unreadable:
            yield unreadable_outcome(capture)
        if capture is not None and capture.is_empty_batch:
            yield empty_batch_outcome(capture)
        yield from self._events_of(entry, capture)
        yield from refused_events(entry, capture)

    def refused(self) -> Iterator[Event]:
        """Yield the events that Segment never had, at each attempt: refused, half stored, or sent past every route."""
        journal = self.workspace.journal
        for entry in journal.walk(self.captured_since, kind="request", saying=("refused", "keep")):
            yield from refused_events(entry, read_capture(entry))

    def lost(self) -> list[LostEvent]:
        """Return what was lost for good: refused at each attempt, and never delivered under the same messageId."""
        return lost(self.refused(), self.events())

    def unheard(self, user_id: str | None = None) -> list[str]:
        """Say what came and told Segment nothing, about one user or anybody: discarded, lost, or looked for in vain."""
        return unheard(self._about(user_id), self.lost(), user_id)

    def _about(self, user_id: str | None) -> Iterator[Event]:
        """Yield events in the order of arrival, or those that are about a user, also where nobody reads the id."""
        if user_id is None:
            yield from self.events()
            return
        for seq, positions in groupby(self._users.positions(user_id), key=lambda position: position // PLACES):
            entry = self.workspace.journal.entry(seq)
            wanted = {position % PLACES for position in positions}
            if seq > self.captured_since and entry is not None:
                yield from (event for event in self._events_of(entry) if event.index in wanted)

    def batches(self, *, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yield what became of each batch as a whole, taken or refused, beyond an entry."""
        for entry in self.workspace.journal.walk(max(after, self.captured_since), kind="request"):
            capture = read_capture(entry)
            told = capture or read_refusal(entry)
            if told is None or told.kind != BATCH:
                continue
            found = [event.verdict.verdict for event in self._events_of(entry)]
            found += [event.verdict.verdict for event in refused_events(entry, capture)]
            if capture is None:
                code = refusal_of(entry).code
            else:
                code = batch_code(len(found), found.count(DISCARDED), is_empty=capture.is_empty_batch)
            yield {
                "entry": entry.seq,
                "received_at": iso(entry.at),
                "write_key": told.write_key or None,
                "status": 0 if entry.data.get("reset") else entry.data["status"],
                "events": len(found),
                **{kind: found.count(kind) for kind in (DELIVERED, DISCARDED, DUPLICATE, REFUSED)},
                "code": code,
            }

    def delivered(self, *, user_id: str | None = None) -> Iterator[Event]:
        """Yield what was delivered, in the order of delivery, as far as the lab's clock has come."""
        journal = self.workspace.journal
        entries: Iterator[Entry]
        if user_id is None:
            entries = journal.walk(self.captured_since, kind="request")
        else:
            found = (journal.entry(seq) for seq in self._users.entries(user_id))
            entries = (entry for entry in found if entry is not None and entry.seq > self.captured_since)
        now = self.workspace.clock.now_ms()
        for _, entry in in_delivery_order(entries, self._delivery.holds(), now):
            for event in self._events_of(entry):
                if event.verdict.verdict == DELIVERED and (user_id is None or event.user_id == user_id):
                    yield event

    def deliveries(self, place: Place) -> Iterator[tuple[Place, list[Event]]]:
        """Yield what was delivered beyond a place, call by call in the order of delivery, with the place after it.

        A place is good until the captures are reset or another journal takes the place of this one.
        """
        now = self.workspace.clock.now_ms()
        for after, _, entry in self._deliveries(place, now):
            yield after, [event for event in self._events_of(entry) if event.verdict.verdict == DELIVERED]

    def delivered_calls(self, place: Place) -> Iterator[tuple[Place, int, Capture, Sequence[int]]]:
        """Yield what `deliveries` does by the call and not by the event: the place after it, when it was delivered
        (milliseconds), the call, and the indexes of its events that were delivered. A call without any is left out.
        """
        found = self._deliveries(place, self.workspace.clock.now_ms())
        most = 1
        while some := list(islice(found, most)):
            entries = [entry.seq for *_, entry in some]
            undelivered = self._delivery.undelivered(min(entries), max(entries))
            for after, when, entry in some:
                capture = read_capture(entry)
                if capture is None:
                    continue
                indexes: Sequence[int] = range(len(capture.items))
                if entry.seq in undelivered:
                    indexes = [index for index in indexes if index not in undelivered[entry.seq]]
                if indexes:
                    yield after, when, capture, indexes
            most = min(most * 4, _LOOKED_AHEAD)

    def _deliveries(self, place: Place, now: int) -> Iterator[tuple[Place, int, Entry]]:
        journal = self.workspace.journal
        beyond = journal.walk(max(place.seq, self.captured_since), kind="request")
        waited = (entry for entry in map(journal.entry, place.waiting) if entry is not None)
        return deliveries(beyond, waited, self._delivery.holds(), now, place)

    def next_change(self) -> int | None:
        """Return when the clock alone will deliver something more, in milliseconds."""
        return self._delivery.next_due()

    def _requests(self, after: int) -> Iterator[Entry]:
        return self.workspace.journal.walk(max(after // PLACES - 1, self.captured_since), kind="request")

    def _events_of(self, entry: Entry, capture: Capture | None = None) -> Iterator[Event]:
        capture = capture or read_capture(entry)
        if capture is None:
            return
        exceptions = self._delivery.verdicts(entry.seq)
        hold = self._delivery.hold(entry.seq)
        delivered_at = entry.at if hold is None else hold.delivered_at(entry.at, self.workspace.clock.now_ms())
        for index in range(len(capture.items)):
            yield Event(capture, index, delivered_at, exceptions.get(index, DELIVERED_VERDICT))

    def handed_on(self, event: Event) -> dict[str, Any]:
        """Return an event as Segment hands it on to what is downstream."""
        settings = self.settings
        return normalise(
            event.capture,
            event.index,
            merge_depth=self.merge_depth,
            version=settings.event_version,
            batch_wins=settings.batch_precedence == "batch",
            text_ids=settings.numeric_ids == "coerce",
        )

    def shown(self, event: Event) -> dict[str, Any]:
        """Say all of an event, as the control plane shows it."""
        settings = self.settings
        return event.as_dict(
            merge_depth=self.merge_depth,
            version=settings.event_version,
            batch_wins=settings.batch_precedence == "batch",
            text_ids=settings.numeric_ids == "coerce",
            notes=self._late_values(event),
        )

    def _late_values(self, event: Event) -> Iterator[str]:
        user_id, seq = event.user_id, event.capture.seq
        if user_id is None or event.raw.get("type") != "identify":
            return iter(())
        # Only what was held back was overtaken by calls that came after it.
        until = seq if self._delivery.hold(seq) is None else None
        dated_later = map(self.event_at, self._users.positions(user_id, after=event.dated, until=until))
        return late_values(event, (each for each in dated_later if each is not None), self._turn)

    def _turn(self, event: Event) -> tuple[tuple[float, int, int], int]:
        return turn(event.capture.seq, self._delivery.hold(event.capture.seq)), event.index

    def event_at(self, position: int) -> Event | None:
        """Return an event by its position, None when a reset has taken it meanwhile."""
        seq, index = divmod(position, PLACES)
        return next((each for each in self.events_in(seq) if each.index == index), None)

    def events_in(self, seq: int) -> list[Event]:
        """Return the events of one entry, none when a reset has taken it meanwhile."""
        entry = self.workspace.journal.entry(seq)
        return [] if entry is None else list(self._events_of(entry))

    # What is known of the users.

    def profile(self, user_id: str) -> Profile:
        """Return a user's profile; one nobody told Segment about has no traits, and notes on what came all the same."""
        found = self._folded(self._delivered_identifies(user_id)).get(user_id)
        if found is None or not found.traits:
            found = found or Profile(user_id)
            found.notes = (*found.notes, *self.unheard(user_id))
        return found

    def profiles(self) -> dict[str, Profile]:
        """Return every profile by user id."""
        return self._folded(self._delivered_identifies(None))

    def profiles_by_key(self) -> dict[str, dict[str, Profile]]:
        """Return every profile by user id, apart for each write key, as if each had a space of its own."""
        foldings: dict[str, Folding] = {}
        for event in self._delivered_identifies(None):
            key = event.capture.write_key
            if key not in foldings:
                foldings[key] = Folding(self.settings)
            foldings[key].tell(event.user_id or "", event.raw.get("traits") or {}, event.dated)
        return {key: folding.profiles() for key, folding in foldings.items()}

    def _folded(self, identifies: Iterator[Event]) -> dict[str, Profile]:
        folding = Folding(self.settings)
        for event in identifies:
            folding.tell(event.user_id or "", event.raw.get("traits") or {}, event.dated)
        return folding.profiles()

    def trait_history(self, user_id: str, trait: str) -> list[dict[str, Any]]:
        """Return every delivered value of one trait of one user, in the order of delivery."""
        return [
            {
                "position": event.position,
                "delivered_at": iso(event.delivered_at or event.capture.at),
                "timestamp": iso(event.dated),
                "value": event.raw["traits"][trait],
                "message_id": event.message_id,
            }
            for event in self._delivered_identifies(user_id)
            if trait in (event.raw.get("traits") or {})
        ]

    def _delivered_identifies(self, user_id: str | None) -> Iterator[Event]:
        heeds_limits = self.settings.unify_limits
        for event in self.delivered(user_id=user_id):
            raw = event.raw
            if raw.get("type") != "identify" or event.user_id is None:
                continue
            if not (heeds_limits and unify_drops(raw)):
                yield event

    # What it counted.

    @property
    def merge_depth(self) -> int:
        """How many levels of a batch's context are merged into an event's."""
        return DEEP if self.settings.batch_merge == "deep" else 0

    def metrics(self) -> tuple[Metric, ...]:
        """Return what is counted of events, with write keys shortened."""
        counted: Counter[tuple[str, str, str, str]] = Counter()  # keys may look alike, and no series may come twice
        for (key, kind, verdict, code), events in self.tally().items():
            counted[redact(key) if key else "", kind, verdict, code] += events
        names = ("write_key", "type", "verdict", "code")
        samples = [(dict(zip(names, what, strict=True)), events) for what, events in sorted(counted.items())]
        return (Metric("segment_events_total", "counter", "Events by what became of them.", samples),)
