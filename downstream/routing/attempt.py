"""One turn at one destination: events sent, what their requests carried, and what is to be noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from downstream.destination import Destination, Failure, Sent, Transport
from downstream.routing.backoff import due_again
from downstream.routing.carried import Content, carried
from downstream.routing.outcome import judged
from downstream.routing.settings import RoutingSettings
from downstream.routing.store import Result, Row
from downstream.routing.vendor import CallTold, Vendors
from mock_core.deep_json import write_json
from mock_core.redaction import journal_headers
from mock_core.seed import Seed


@dataclass(frozen=True, slots=True)
class Made:
    """A destination as it was made for a connection.

    `most` is how many identifies it takes together, 1 for none; `seconds` is how long it waits for an answer, None for
    the usual time. `beyond` carries requests to a real address; without it the lab plays the vendor as `plays` answers,
    or with an empty object. `send_many` sends several events one by one, many under way at once.
    """

    destination: Destination
    most: int = 1
    seconds: float | None = None
    beyond: Transport | None = None
    plays: Transport | None = None
    send_many: Callable[[Sequence[Mapping[str, Any]], Transport], Sequence[Sent]] | None = None


class Attempt:
    """Events sent to one destination, with the rows for the tables that come of it."""

    def __init__(self, name: str, made: Made, vendors: Vendors, settings: RoutingSettings, seed: Seed) -> None:
        self._name = name
        self._made = made
        self._vendors = vendors
        self._settings = settings
        self._seed = seed
        self.results: list[Result] = []
        self.requests: list[tuple[Any, ...]] = []
        self.known: list[tuple[Any, ...]] = []

    @property
    def keep(self) -> int:
        """How many requests are kept."""
        return int(self._settings.requests_kept)

    def fault_counts(self) -> dict[str, tuple[int, int]]:
        """Return how often this destination's faults were met and struck, by their ids."""
        return {key: (each.seen, each.struck) for key, (on, each) in self._vendors.armed().items() if on == self._name}

    def send(self, rows: Sequence[tuple[Row, Mapping[str, Any]]], at: int) -> None:
        """Send events, one by itself or several together, and judge what became of each."""
        events = [event for _, event in rows]
        told: list[CallTold] = []
        sent = self._given(events, at, told)
        self.requests += [self._request(call, events, at) for call in told]
        due = self._due([row for (row, _), each in zip(rows, sent, strict=True) if each.failure is not None], at)
        is_batch = len(rows) > 1
        contents = [Content(call.request) for call in told if call.is_taken]
        for index, ((row, event), each) in enumerate(zip(rows, sent, strict=True)):
            arrived: dict[str, Any] = {}
            for content in contents:
                arrived |= carried(content, event, index=index, events=events)
            failure = each.failure
            if is_batch and failure is not None and not failure.again and self._settings.batch_failure == "one-by-one":
                self._learn(event, arrived, at)
                self.send([(row, event)], at)
                continue
            alone = row.alone or (is_batch and self._settings.batch_again == "alone")
            is_called = bool(each.exchanges) or (bool(told) and not is_batch)
            self._settle(row, event, each, arrived, at, due=due, is_called=is_called, alone=alone, notes=_notes(told))

    def can_send_many(self) -> bool:
        """Say whether events may be under way side by side: no fault waits for a certain one of their calls."""
        return self._made.send_many is not None and not self._vendors.is_troubled(self._name)

    def send_many(self, rows: Sequence[tuple[Row, Mapping[str, Any]]], at: int) -> None:
        """Send events one by one, many under way at once; each is of another user."""
        events = [event for _, event in rows]
        told: list[CallTold] = []
        try:
            sent = self._made.send_many(events, self._transport(events, at, told)) if self._made.send_many else ()
        except Exception as error:
            sent = _failed(error, len(events))
        by_request = {id(call.request): call for call in told}
        for (row, event), each in zip(rows, sent, strict=True):
            calls = [call for made in each.exchanges if (call := by_request.get(id(made.request)))]
            self.requests += [self._request(call, [event], at) for call in calls]
            arrived: dict[str, Any] = {}
            for call in calls:
                if call.is_taken:
                    arrived |= carried(Content(call.request), event)
            due = self._due([row], at) if each.failure is not None else None
            self._settle(
                row, event, each, arrived, at, due=due, is_called=bool(calls), alone=row.alone, notes=_notes(calls)
            )

    def _settle(
        self,
        row: Row,
        event: Mapping[str, Any],
        sent: Sent,
        arrived: Mapping[str, Any],
        at: int,
        *,
        due: int | None,
        is_called: bool,
        alone: bool,
        notes: tuple[str, ...],
    ) -> None:
        self._learn(event, arrived, at)
        again = due if sent.failure is not None and sent.failure.again else None
        outcome = judged(sent, arrived, row.traits, is_called=is_called, due=again)
        self.results.append(Result(row, outcome, at, again, notes, alone))

    def _transport(self, events: Sequence[Mapping[str, Any]], at: int, told: list[CallTold]) -> Transport:
        made = self._made
        seconds = self._settings.vendor_seconds if made.seconds is None else made.seconds
        return self._vendors.transport(
            self._name, events, at=at, seconds=seconds, plays=made.plays, beyond=made.beyond, told=told
        )

    def _given(self, events: Sequence[Mapping[str, Any]], at: int, told: list[CallTold]) -> Sequence[Sent]:
        transport = self._transport(events, at, told)
        destination = self._made.destination
        try:
            if len(events) == 1:
                return [destination.send(events[0], transport)]
            sent = destination.send_batch(events, transport)
            if len(sent) == len(events):
                return sent
        except Exception as error:  # code of others, or Node gone: one event lost must not end the lab
            return _failed(error, len(events))
        failure = Failure("NoResult", f"the destination told of {len(sent)} of {len(events)} events")
        return [Sent((), (), failure)] * len(events)

    def _due(self, failed: Sequence[Row], at: int) -> int | None:
        """Return when what failed together is tried again: together, too."""
        if not failed:
            return None
        first = failed[0]
        return due_again(
            self._settings,
            attempts=first.attempts + 1,
            first_at=at if first.first_at is None else first.first_at,
            now=at,
            random=self._seed.fresh(f"destinations:{self._name}:{first.position}:{first.attempts + 1}"),
        )

    def _learn(self, event: Mapping[str, Any], arrived: Mapping[str, Any], at: int) -> None:
        """Note what the vendor knows of a user now."""
        if event.get("userId") is not None:
            who, message_id = str(event["userId"]), str(event.get("messageId"))
            for trait, found in arrived.items():
                key, value = str(found["key"]), write_json(found["value"])
                self.known.append((self._name, who, trait, key, value, at, message_id))

    def _request(self, call: CallTold, events: Sequence[Mapping[str, Any]], at: int) -> tuple[Any, ...]:
        request, response = call.request, call.response
        return (
            self._name,
            at,
            request.method,
            request.url,
            write_json(journal_headers(request.headers)),
            request.body,
            None if response is None else response.status,
            None if response is None else response.body,
            call.lost,
            write_json(call.faults),
            int(call.is_taken),
            write_json([event.get("userId") for event in events]),
            write_json([event.get("messageId") for event in events]),
        )


def _notes(told: Sequence[CallTold]) -> tuple[str, ...]:
    """Say what only the lab knows of calls: that the vendor took one whose answer was lost."""
    return tuple({f"the vendor took it, and {call.lost}" for call in told if call.is_taken and call.lost})


def _failed(error: Exception, events: int) -> list[Sent]:
    return [Sent((), (), Failure(type(error).__name__, str(error) or "it says nothing more"))] * events
