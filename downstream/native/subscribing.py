"""Subscriptions of a native destination, read from the form in which Segment and a lab have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.fql import parse
from contracts.nearest import nearest
from downstream.mapping import faults
from downstream.native.action import Action, Subscription
from mock_core.errors import BadControl


def read_subscriptions(what: str, told: Sequence[Mapping[str, Any]], known: Mapping[str, Action]) -> list[Subscription]:
    """Read subscriptions of the destination `what`; raise `BadControl` at the number of one that cannot be.

    A mapping that is left out is the one that the action suggests.
    """
    return [_read(f"Subscription {number} of {what}", each, known) for number, each in enumerate(told, 1)]


def _read(what: str, told: Mapping[str, Any], known: Mapping[str, Action]) -> Subscription:
    action, subscribe = told.get("partnerAction"), told.get("subscribe")
    if not isinstance(action, str) or action not in known:
        raise BadControl(f"{what} has partnerAction {action!r}: {nearest(str(action), known)}")
    if not isinstance(subscribe, str) or not subscribe:
        raise BadControl(f'{what} has subscribe {subscribe!r}, expected FQL such as type = "track".')
    if error := parse(subscribe).error:
        raise BadControl(f"{what} has subscribe {subscribe!r}, which cannot be read: {error}.")
    mapping = told.get("mapping", known[action].mapping)
    if not isinstance(mapping, Mapping):
        raise BadControl(f"{what} has mapping {mapping!r}, expected an object of fields.")
    for wrong in faults(mapping):
        raise BadControl(f"{what} has a mapping that cannot be: {wrong}.")
    return Subscription(action, subscribe, mapping)
