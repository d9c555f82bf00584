"""What the Segment fake knows of one workspace, and what one may ask of it or tell it.

The same methods serve Python callers and the control plane. Every reading settles first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any, Unpack

from contracts.nearest import nearest
from mock_core.clock import iso
from mock_core.errors import BadControl
from mock_core.journal import Entry, Metric
from mock_core.redaction import redact
from mock_core.settings import changed
from mock_core.workspace import Workspace
from mock_segment.delivery import (
    DEEP,
    DELIVERED,
    DELIVERED_VERDICT,
    DISCARDED,
    DUPLICATE,
    PLACES,
    Capture,
    DeliveryFold,
    Event,
    OAuthApp,
    Parsed,
    Profile,
    Registry,
    RegistryFold,
    SeenEvent,
    Source,
    SourceChanges,
    Tally,
    UserIndex,
    Verdict,
    Verdicts,
    batch_code,
    empty_batch_outcome,
    fold_profiles,
    in_delivery_order,
    lost_events,
    read_capture,
    refusal_outcome,
    source_put,
    unify_drops,
)
from mock_segment.edge import FixedWindow
from mock_segment.settings import SegmentSettings


class SegmentState:
    """One workspace of the Segment fake.

    `bundles` is a folder with analytics-next's `dist/umd`; `on_source` hears of every write key registered.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        bundles: Path | None = None,
        on_source: Callable[[str, str], None] = lambda _key, _workspace: None,
    ) -> None:
        self.workspace = workspace
        self.bundles = bundles
        self._registry_fold = RegistryFold(workspace.journal)
        self._delivery = DeliveryFold(workspace.journal)
        self._users = UserIndex(workspace.journal)
        self._window = FixedWindow()
        self._on_source = on_source
        workspace.on_load = self._announce
        self._announce()

    def _announce(self) -> None:
        for source in self.sources():
            self._on_source(source.write_key, self.workspace.name)

    # What it was told.

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

    def is_foreign(self, write_key: str) -> bool:
        """Say whether a write key belongs to a source of the other region."""
        source = self.source(write_key)
        return source is not None and source.region != self.settings.region

    def wants_token(self, write_key: str) -> bool:
        """Say whether a source takes uploads with an access token only."""
        source = self.source(write_key)
        return source is not None and source.oauth

    def put_source(self, write_key: str, **changes: Unpack[SourceChanges]) -> Source:
        """Register a source by its write key, or change what is given of one that exists."""
        source = source_put(self.source(write_key), write_key, changes)
        self.workspace.control("source.put", asdict(source))
        self._on_source(write_key, self.workspace.name)
        return source

    def put_oauth_app(self, client_id: str, key_id: str, public_key: str) -> OAuthApp:
        """Register an OAuth application, from when on assertions are verified."""
        app = OAuthApp(client_id, key_id, public_key)
        self.workspace.control("oauth.app.put", asdict(app))
        return app

    def oauth_app(self, client_id: str) -> OAuthApp | None:
        """Return the OAuth application of that id, if one is registered."""
        return self._registry.apps.get(client_id)

    def verifies_assertions(self) -> bool:
        """Say whether the signature of an assertion counts."""
        return bool(self._registry.apps) or self.settings.oauth_assertions == "verify"

    def use_assertion(self, jti: str) -> bool:
        """Use up an assertion by its id; return False when it was used before."""
        if jti in self._registry.used_assertions:
            return False
        self.workspace.control("oauth.assertion", {"jti": jti})
        return True

    def configure(self, **changes: Any) -> SegmentSettings:
        """Change settings by name."""
        changed(self.settings, changes)  # refuses before anything is recorded
        self.workspace.control("settings.set", {"changes": changes})
        return self.settings

    def take_turn(self) -> int | None:
        """Count one upload against the rate limit; return the seconds to wait when it is one too many."""
        settings = self.settings
        if settings.rate_limit_requests <= 0:
            return None
        now = self.workspace.clock.now_ms()
        return self._window.take(now, settings.rate_limit_requests, settings.rate_limit_seconds)

    def foresee(self, parsed: Parsed) -> None:
        """Spare the parsing of a batch that the edge has parsed."""
        self._delivery.captures.foresee(parsed)

    # What became of the events.

    def tally(self) -> Tally:
        """Return the number of events by (write key, type, verdict, code)."""
        return self._delivery.tally()

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
            for seq, positions in groupby(self._users.positions(user_id), key=lambda position: position // PLACES):
                if seq > self.captured_since and (entry := self.workspace.journal.entry(seq)) is not None:
                    wanted = {position % PLACES for position in positions if position > after}
                    for event in self._events_of(entry):
                        if event.index in wanted and event.raw.get("userId") == user_id:
                            yield event
            return
        for entry in self._requests(after):
            for event in self._events_of(entry):
                if event.position > after:
                    yield event

    def outcomes(self, *, after: int = 0) -> Iterator[Event | dict[str, Any]]:
        """Yield every event, lost ones too, and what to say of every upload that was refused or held no event."""
        for entry in self._requests(after):
            for found in self._outcomes_of(entry):
                if (found.position if isinstance(found, Event) else found["position"]) > after:
                    yield found

    def _outcomes_of(self, entry: Entry) -> Iterator[Event | dict[str, Any]]:
        refused = refusal_outcome(entry)
        if refused is not None:
            yield refused
        capture = read_capture(entry)
        if capture is None:
            return
        if capture.is_empty_batch:
            yield empty_batch_outcome(capture)
        yield from self._events_of(entry)
        yield from lost_events(capture, entry.data["status"])

    def batches(self, *, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yield what became of each batch as a whole, beyond an entry."""
        for entry in self.workspace.journal.walk(max(after, self.captured_since), kind="request"):
            capture = read_capture(entry)
            if capture is None or capture.kind != "batch":
                continue
            found = [event.verdict.verdict for event in self._events_of(entry)]
            yield {
                "entry": entry.seq,
                "received_at": iso(entry.at),
                "write_key": capture.write_key,
                "events": len(found),
                **{kind: found.count(kind) for kind in (DELIVERED, DISCARDED, DUPLICATE)},
                "code": batch_code(len(found), found.count(DISCARDED), is_empty=capture.is_empty_batch),
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
                if event.verdict.verdict == DELIVERED and (user_id is None or event.raw.get("userId") == user_id):
                    yield event

    def next_change(self) -> int | None:
        """Return when the clock alone will deliver something more, in milliseconds."""
        return self._delivery.next_due()

    def _requests(self, after: int) -> Iterator[Entry]:
        return self.workspace.journal.walk(max(after // PLACES - 1, self.captured_since), kind="request")

    def _events_of(self, entry: Entry) -> Iterator[Event]:
        capture = read_capture(entry)
        if capture is None:
            return
        exceptions = self._delivery.verdicts(entry.seq)
        hold = self._delivery.hold(entry.seq)
        delivered_at = entry.at if hold is None else hold.delivered_at(entry.at, self.workspace.clock.now_ms())
        for index in range(len(capture.items)):
            yield Event(capture, index, delivered_at, exceptions.get(index, DELIVERED_VERDICT))

    # What is known of the users.

    def profile(self, user_id: str) -> Profile:
        """Return a user's profile; one nobody told Segment about has no traits."""
        profiles = fold_profiles(self._identifies(user_id), null_removes=self.settings.null_trait == "remove")
        return profiles.get(user_id, Profile(user_id))

    def profiles(self) -> dict[str, Profile]:
        """Return every profile by user id."""
        return fold_profiles(self._identifies(), null_removes=self.settings.null_trait == "remove")

    def trait_history(self, user_id: str, trait: str) -> list[dict[str, Any]]:
        """Return every delivered value of one trait of one user, in the order of delivery."""
        return [
            {
                "position": event.position,
                "delivered_at": iso(event.delivered_at or event.capture.at),
                "value": event.raw["traits"][trait],
                "message_id": event.message_id,
            }
            for event in self._delivered_identifies(user_id)
            if trait in (event.raw.get("traits") or {})
        ]

    def _identifies(self, user_id: str | None = None) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for event in self._delivered_identifies(user_id):
            yield event.raw["userId"], event.raw.get("traits") or {}

    def _delivered_identifies(self, user_id: str | None) -> Iterator[Event]:
        heeds_limits = self.settings.unify_limits
        for event in self.delivered(user_id=user_id):
            raw = event.raw
            if raw.get("type") != "identify" or not isinstance(raw.get("userId"), str):
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
            counted[redact(key), kind, verdict, code] += events
        names = ("write_key", "type", "verdict", "code")
        samples = [(dict(zip(names, what, strict=True)), events) for what, events in sorted(counted.items())]
        return (Metric("segment_events_total", "counter", "Events by what became of them.", samples),)
