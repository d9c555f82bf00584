"""Actions Amplitude as a lab connects it: with the lab's keys unless others are given, and never to the real Amplitude.

`address` is the one setting that the published code has not: where the calls go, `lab` for the lab's own Amplitude.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.nearest import nearest
from downstream.mapping import PayloadRefused, checked, faults
from downstream.native.action import Subscription
from downstream.native.amplitude import Amplitude, actions
from downstream.native.amplitude_fields import SETTINGS
from mock_core.errors import BadControl

INSIDE: Final = "lab"
_ADDRESS: Final = "address"
_THEIRS: Final = "amplitude.com"


def connected(
    settings: Mapping[str, Any], subscriptions: Sequence[Mapping[str, Any]] | None, *, keys: tuple[str, str] | None
) -> tuple[Amplitude, str]:
    """Return the destination and where its calls go: `lab`, or a base URL; raise `BadControl` for what is wrong.

    `keys` are the API key and the secret key where neither is given. `subscriptions` are its presets unless given.
    """
    known = (*SETTINGS, _ADDRESS)
    for name in settings:
        if name not in known:
            raise BadControl(f"Actions Amplitude has no setting {name!r}: {nearest(name, known)}")
    given = {name: value for name, value in settings.items() if name != _ADDRESS}
    if keys is not None and not given.keys() & {"apiKey", "secretKey"}:
        given = {"apiKey": keys[0], "secretKey": keys[1], **given}
    try:
        checked(SETTINGS, given)
    except PayloadRefused as error:
        raise BadControl(f"The settings of Actions Amplitude: {error}.") from error
    on = None if subscriptions is None else [_subscription(each, at) for at, each in enumerate(subscriptions, 1)]
    return Amplitude(given, on), _address(settings.get(_ADDRESS, INSIDE))


def _subscription(told: Mapping[str, Any], number: int) -> Subscription:
    """Read a subscription in the form in which Segment has it; what it lacks is the action's own."""
    what, known = f"Subscription {number} of Actions Amplitude", actions()
    action, subscribe = told.get("partnerAction"), told.get("subscribe")
    if action not in known:
        raise BadControl(f"{what} has partnerAction {action!r}: {nearest(str(action), known)}")
    if not isinstance(subscribe, str) or not subscribe:
        raise BadControl(f'{what} has subscribe {subscribe!r}, expected FQL such as type = "track".')
    mapping = told.get("mapping", known[action].mapping)
    if not isinstance(mapping, Mapping):
        raise BadControl(f"{what} has mapping {mapping!r}, expected an object of fields.")
    for wrong in faults(mapping):
        raise BadControl(f"{what} has a mapping that cannot be: {wrong}.")
    return Subscription(action, subscribe, mapping)


def _address(address: Any) -> str:
    if address == INSIDE:
        return INSIDE
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
        host = "" if parts is None or parts.scheme not in {"http", "https"} or parts.port == 0 else parts.hostname or ""
    except ValueError:
        host = ""
    if not host:
        raise BadControl(
            f"Actions Amplitude has address {address!r}, expected {INSIDE!r} for the lab's own Amplitude, or the base "
            "URL of another lab's, such as http://127.0.0.1:4801."
        )
    if f".{host.lower().rstrip('.')}".endswith(f".{_THEIRS}"):
        raise BadControl(f"Actions Amplitude has address {address!r}, and no lab sends anything to the real Amplitude.")
    return str(address)
