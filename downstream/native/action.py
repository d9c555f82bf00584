"""A destination of actions: subscriptions pick events, mappings make payloads, fields check them, actions call.

As `@segment/actions-core` 3.170.0 runs them (destination facts 3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.fql import Filter, FilterBreaks, parse
from contracts.javascript import MISSING
from downstream.destination import Exchange, Failure, Sent, Transport
from downstream.mapping import Field, MappingError, PayloadRefused, checked, transform, without_empty
from downstream.native.calling import Calls, Refused


class _Thrown(Exception):
    """The package throws an error of JavaScript's own; the message is its."""


@dataclass(frozen=True, slots=True)
class Action:
    """What an action takes and what it does with it; `perform` gets the payload, the settings and what calls.

    `perform_batch` gets the payloads of several events, those for which `batch_of` says the same.
    """

    fields: Mapping[str, Field]
    perform: Callable[[dict[str, Any], Mapping[str, Any], Calls], None]
    perform_batch: Callable[[Sequence[dict[str, Any]], Mapping[str, Any], Calls], None] | None = None
    batch_of: Callable[[Mapping[str, Any]], str] = lambda _payload: ""

    @property
    def mapping(self) -> dict[str, Any]:
        """Return the mapping that its fields suggest."""
        return {key: each.default for key, each in self.fields.items() if each.default is not MISSING}


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which events set off which action, with which mapping."""

    action: str
    subscribe: str
    mapping: Mapping[str, Any]


class ActionsDestination:
    """A destination made of actions; `settings` are checked at every event, as Segment checks them.

    `slug` is what is typed, `name` what the integrations object calls it.
    """

    def __init__(
        self,
        slug: str,
        name: str,
        actions: Mapping[str, Action],
        settings: tuple[Mapping[str, Field], Mapping[str, Any]],
        subscriptions: Sequence[Subscription],
    ) -> None:
        self.slug = slug
        self.name = name
        self.subscriptions = tuple(subscriptions)
        self._actions = actions
        self._fields, self._settings = settings
        self._filters = [parse(each.subscribe) for each in subscriptions]

    def send(self, event: Mapping[str, Any], transport: Transport) -> Sent:
        """Send an event through every subscription that it meets; the first failure is the event's."""
        calls = Calls(transport)
        done: list[str] = []
        failures: list[Failure] = []
        try:
            settings = checked(self._fields, dict(self._settings))
        except PayloadRefused as error:
            return Sent(failure=Failure("AggregateAjvError", str(error), 400))
        for subscription, wanted in zip(self.subscriptions, self._filters, strict=True):
            try:
                if not subscription.subscribe or subscription.action not in self._actions or not wanted.matches(event):
                    continue
                done.append(subscription.action)
                self._run(subscription, event, settings, calls)
            except (MappingError, PayloadRefused, Refused, FilterBreaks, RecursionError, _Thrown) as error:
                failures.append(failure_of(error))
        return Sent(tuple(done), tuple(calls.exchanges), failures[0] if failures else None)

    def send_batch(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> Sequence[Sent]:
        """Send events together where an action has a way to, else one by one."""
        if all(each.perform_batch is None for each in self._actions.values()):
            return [self.send(event, transport) for event in events]
        calls = Calls(transport)
        told = [_Told() for _ in events]
        try:
            settings = checked(self._fields, dict(self._settings))
        except PayloadRefused as error:
            return [Sent(failure=Failure("AggregateAjvError", str(error), 400)) for _ in events]
        for subscription, wanted in zip(self.subscriptions, self._filters, strict=True):
            if subscription.subscribe and subscription.action in self._actions:
                met = [place for place, event in enumerate(events) if _holds(wanted, event, told[place])]
                self._run_batch(subscription, [(told[place], events[place]) for place in met], settings, calls)
        return [each.sent for each in told]

    def _run_batch(
        self,
        subscription: Subscription,
        events: Sequence[tuple[_Told, Mapping[str, Any]]],
        settings: Mapping[str, Any],
        calls: Calls,
    ) -> None:
        action = self._actions[subscription.action]
        groups: dict[str, list[tuple[_Told, dict[str, Any]]]] = {}
        for told, event in events:
            told.actions.append(subscription.action)
            try:
                mapped = transform(subscription.mapping, event)
                payload = checked(action.fields, without_empty(action.fields, mapped, is_batch=True))
            except PayloadRefused as error:
                told.failures.append(Failure("PAYLOAD_VALIDATION_FAILED", str(error), 400))
            except (MappingError, RecursionError) as error:
                told.failures.append(failure_of(error))
            else:
                groups.setdefault(action.batch_of(payload), []).append((told, payload))
        for group in groups.values():
            before, failed = len(calls.exchanges), None
            try:
                if action.perform_batch is None:
                    raise _Thrown("This action does not support batched requests.")
                action.perform_batch([payload for _, payload in group], settings, calls)
            except (Refused, _Thrown, RecursionError) as error:
                failed = failure_of(error)
            for told, _ in group:
                told.exchanges += calls.exchanges[before:]
                told.failures += [failed] if failed is not None else []

    def close(self) -> None:
        """Hold nothing, let go of nothing."""

    def _run(
        self, subscription: Subscription, event: Mapping[str, Any], settings: Mapping[str, Any], calls: Calls
    ) -> None:
        action = self._actions[subscription.action]
        payload = checked(action.fields, without_empty(action.fields, transform(subscription.mapping, event)))
        if event.get("context", MISSING) is None:
            raise _Thrown("Cannot destructure property 'personas' of '{}' as it is null.")
        action.perform(payload, settings, calls)


@dataclass(slots=True)
class _Told:
    """What became of one event of a batch, as its subscriptions are gone through."""

    actions: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def sent(self) -> Sent:
        return Sent(tuple(self.actions), tuple(self.exchanges), self.failures[0] if self.failures else None)


def _holds(wanted: Filter, event: Mapping[str, Any], told: _Told) -> bool:
    try:
        return wanted.matches(event)
    except FilterBreaks as error:
        told.failures.append(failure_of(error))
        return False


def failure_of(error: Exception) -> Failure:
    """Return what is told of an error; what was refused before a call is refused again."""
    if isinstance(error, Refused):
        return error.failure
    if isinstance(error, PayloadRefused):
        return Failure("AggregateAjvError", str(error), 400)
    if isinstance(error, RecursionError):
        return Failure("RangeError", "the event is nested too deeply")
    return Failure("MappingError" if isinstance(error, MappingError) else "TypeError", str(error))
