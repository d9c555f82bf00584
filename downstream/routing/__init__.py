"""Routing: which destinations an event goes to, in Segment's order, when again, and what became of it there."""

from __future__ import annotations

from downstream.routing.attempt import Made
from downstream.routing.client import DestinationsClient
from downstream.routing.connections import Connection
from downstream.routing.control import annexe
from downstream.routing.destinations import Destinations, Making
from downstream.routing.outcome import VERDICTS
from downstream.routing.settings import RoutingSettings
from downstream.routing.vendor import VENDOR_FAULTS

__all__ = [
    "VENDOR_FAULTS",
    "VERDICTS",
    "Connection",
    "Destinations",
    "DestinationsClient",
    "Made",
    "Making",
    "RoutingSettings",
    "annexe",
]
