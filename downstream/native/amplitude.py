"""Actions Amplitude: Segment's events as Amplitude gets them (destination facts 6 [run 3.497.0])."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from downstream.destination import Failure, Sent, Transport
from downstream.mapping import PayloadRefused, checked
from downstream.native import amplitude_calls as calling
from downstream.native import amplitude_fields as fields
from downstream.native.action import Action, ActionsDestination, Subscription
from downstream.native.calling import Calls, Refused

SLUG: Final = "amplitude"
NAME: Final = "Actions Amplitude"


def _system_ms() -> int:
    return time.time_ns() // 1_000_000


def actions(now: Callable[[], int] = _system_ms) -> dict[str, Action]:
    """Return the actions; `now` gives milliseconds from the epoch, for a group call without a timestamp."""
    return {
        "logEvent": Action(_older_event(), calling.log_event),
        "identifyUser": Action(fields.IDENTIFY, calling.identify),
        "mapUser": Action(fields.ALIAS, calling.alias),
        "groupIdentifyUser": Action(
            fields.GROUP, lambda payload, settings, calls: calling.group(payload, settings, calls, now)
        ),
        "logPurchase": Action(fields.PURCHASE, calling.purchase),
        "logEventV2": Action(fields.TRACK, calling.track),
    }


def presets() -> list[Subscription]:
    """Return what is on by default: nothing for group and alias."""
    track = Action(fields.TRACK, calling.track).mapping
    viewed = {**track, "event_type": {"@template": "Viewed {{name}}"}}
    order = Action(fields.PURCHASE, calling.purchase).mapping
    return [
        Subscription("logEventV2", 'type = "track" and event != "Order Completed"', track),
        Subscription("logPurchase", 'type = "track" and event = "Order Completed"', order),
        Subscription("logEventV2", 'type = "page"', viewed),
        Subscription("logEventV2", 'type = "screen"', viewed),
        Subscription("identifyUser", 'type = "identify"', Action(fields.IDENTIFY, calling.identify).mapping),
    ]


class Amplitude(ActionsDestination):
    """The destination, with its settings `apiKey`, `secretKey` and `endpoint` ("north_america" or "europe")."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        subscriptions: Sequence[Subscription] | None = None,
        now: Callable[[], int] = _system_ms,
    ) -> None:
        on = presets() if subscriptions is None else subscriptions
        super().__init__(SLUG, NAME, actions(now), (fields.SETTINGS, settings), on)

    def test_authentication(self, transport: Transport) -> Sent:
        """Try the keys as Segment does when settings are saved (destination facts 6, credential test)."""
        calls = Calls(transport)
        try:
            calling.test_authentication(checked(fields.SETTINGS, dict(self._settings)), calls)
        except PayloadRefused as error:
            return Sent(failure=Failure("AggregateAjvError", str(error), 400))
        except Refused as error:
            return Sent(("testAuthentication",), tuple(calls.exchanges), error.failure)
        return Sent(("testAuthentication",), tuple(calls.exchanges))

    def delete(self, user_id: str, transport: Transport) -> Sent:
        """Ask Amplitude to delete a user, as Segment does for a deletion request."""
        calls = Calls(transport)
        try:
            calling.delete(user_id, checked(fields.SETTINGS, dict(self._settings)), calls)
        except PayloadRefused as error:
            return Sent(failure=Failure("AggregateAjvError", str(error), 400))
        except Refused as error:
            return Sent(("onDelete",), tuple(calls.exchanges), error.failure)
        return Sent(("onDelete",), tuple(calls.exchanges))


def _older_event() -> dict[str, Any]:
    return {key: each for key, each in fields.PURCHASE.items() if key != "trackRevenuePerProduct"}
