"""Actions Amplitude as a lab connects it: with the lab's keys unless others are given, and never to the real Amplitude.

`address` is the one setting that the published code has not: where the calls go, `lab` for the lab's own Amplitude.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from contracts.nearest import nearest
from downstream.mapping import PayloadRefused, checked
from downstream.native.amplitude import Amplitude, actions
from downstream.native.amplitude_fields import SETTINGS
from downstream.native.subscribing import read_subscriptions
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
    on = None if subscriptions is None else read_subscriptions("Actions Amplitude", subscriptions, actions())
    return Amplitude(given, on), _address(settings.get(_ADDRESS, INSIDE))


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
