"""A destination whose code is Segment's, in Node, behind the face that routing knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downstream.destination import Failure, Sent, Transport
from downstream.node.errors import DestinationsError, UnknownDestination
from downstream.node.process import Answer, NodeProcess
from downstream.node.settings import checked_settings, default_settings

_SYNC_MODE = "__segment_internal_sync_mode"
_PASSING = frozenset((408, 423, 429))
_LOST = frozenset(("FetchError", "AbortError", "TimeoutError", "RequestTimeoutError", "SelfTimeoutError"))
_CODES_OF_LOST = frozenset(("ECONNRESET", "ETIMEDOUT", "RETRYABLE_ERROR", "REQUEST_TIMEOUT", "SELF_TIMEOUT"))
_UNMET = "Payload is either invalid or does not match the subscription"


class NodeDestination:
    """Send events through the destination's own code; it meets `downstream.destination.Destination`.

    `settings` of None are placeholders that pass its validation. `subscriptions` (each with `partnerAction`,
    `subscribe` and `mapping`) are its automatic presets unless given. Raises `UnknownDestination` with the nearest
    name, and `BadSettings` with what is missing.
    """

    def __init__(
        self,
        process: NodeProcess,
        slug: str,
        settings: Mapping[str, Any] | None = None,
        subscriptions: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        definition = _definition(process, slug)
        chosen = automatic(definition) if subscriptions is None else subscriptions
        given = default_settings(slug, definition) if settings is None else settings
        self.slug = slug
        self.name: str = definition["name"]
        self.definition = definition
        self.subscriptions = [with_sync_mode(each, definition) for each in chosen]
        self._process = process
        self._number = process.open(slug, checked_settings(slug, given, definition), self.subscriptions)

    def send(self, event: Mapping[str, Any], transport: Transport) -> Sent:
        """Send one event."""
        return self.send_many((event,), transport)[0]

    def send_many(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> list[Sent]:
        """Send events one by one, many under way at once, so that their order at the vendor is not kept."""
        requests = [{"op": "send", "to": self._number, "event": event} for event in events]
        return [_sent(answer) for answer in self._process.ask(requests, transport)]

    def send_batch(self, events: Sequence[Mapping[str, Any]], transport: Transport) -> list[Sent]:
        """Send events together, as far as the destination's actions batch; one result an event, in their order.

        The calls are made for all of them, so each result has them all.
        """
        request = {"op": "batch", "to": self._number, "events": list(events)}
        answer = self._process.ask([request], transport)[0]
        failure = _failure(answer)
        if failure is not None or not answer.done:
            return [Sent((), answer.exchanges, failure) for _ in events]
        triggered = [each["actions"] for each in answer.done["events"]]
        lists = answer.done.get("statuses", [])
        return [
            Sent(actions, answer.exchanges, _of_statuses([each[place] for each in lists if place < len(each)]))
            for place, actions in enumerate(triggered)
        ]

    def close(self) -> None:
        """Let go of it in the process, which stays."""
        self._process.forget(self._number)


def automatic(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the subscriptions that a destination has when it is set up: its automatic presets."""
    names = ("partnerAction", "subscribe", "mapping")
    return [{name: each[name] for name in names} for each in definition["presets"] if each["type"] == "automatic"]


def added(definition: Mapping[str, Any], action: str, **filled: Any) -> dict[str, Any]:
    """Return the subscription that somebody gets who adds an action by hand, with the fields that they fill in."""
    known = definition["actions"][action]
    return {"partnerAction": action, "subscribe": known["subscribe"], "mapping": {**known["mapping"], **filled}}


def with_sync_mode(subscription: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a subscription with the sync mode that its action has by default, where it needs one."""
    action = definition["actions"].get(subscription["partnerAction"], {})
    mapping = subscription.get("mapping") or {}
    if action.get("syncMode") and _SYNC_MODE not in mapping:
        mapping = {**mapping, _SYNC_MODE: action["syncMode"]}
    return {**subscription, "mapping": mapping}


def _definition(process: NodeProcess, slug: str) -> dict[str, Any]:
    known = process.slugs()["folders"]
    if slug not in known:
        raise UnknownDestination(slug, known)
    try:
        return process.describe(slug)
    except DestinationsError as error:
        raise DestinationsError(f"{slug} cannot be loaded: {error}") from None


def _sent(answer: Answer) -> Sent:
    return Sent(tuple(answer.done.get("actions", ())), tuple(answer.exchanges), _failure(answer))


def _failure(answer: Answer) -> Failure | None:
    """Return why a destination did not take an event.

    A vendor's refusal has its status; what never reached the vendor, or got no answer, may be tried again.
    """
    if answer.is_lost:
        return Failure("NodeDied", answer.wrong, again=True)
    if answer.wrong:
        return Failure("DestinationError", answer.wrong)
    if answer.refused:
        told = ", ".join(dict.fromkeys(answer.refused))
        return Failure(
            "WayOutRefused", f"its code tried to reach {told}, and nothing leaves this machine but its calls"
        )
    found = answer.done.get("failure")
    if found is None:
        return None
    status = found["status"] if isinstance(found["status"], int) else None
    lost = found["reason"] in _LOST or found["code"] in _CODES_OF_LOST
    told = next((each.lost for each in answer.exchanges if each.lost), "") if lost else ""
    return Failure(found["reason"], told or found["message"], None if told else status, lost or _passes(status))


def _passes(status: int | None) -> bool:
    return status is not None and (status in _PASSING or status >= 500)


def _of_statuses(statuses: Sequence[Mapping[str, Any]]) -> Failure | None:
    """Return the first refusal among what the actions say of one event of a batch."""
    for each in statuses:
        if each["status"] >= 400 and each["message"] != _UNMET:
            return Failure(each["reason"] or "Refused", each["message"], each["status"], _passes(each["status"]))
    return None
