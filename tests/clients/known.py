"""Which clients are driven, where they come from, and how each is pointed at the lab."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """One client at one version; `module` is what a Python driver imports, empty for one on Node."""

    name: str
    version: str
    point: str
    module: str = ""

    @property
    def registry(self) -> str:
        return "PyPI" if self.module else "npm"


CLIENTS = (
    Client("segment-analytics-python", "2.4.0", "`host=` (without `/v1`)", "segment.analytics.client"),
    Client("analytics-python", "1.4.post1", "`host=` (without `/v1`)", "analytics.client"),
    Client("segmentio", "1.2.8", "`host=` (without `/v1`)", "segmentio.client"),
    Client("rudder-sdk-python", "2.1.9", "`host=` or `dataPlaneUrl` (without `/v1`)", "rudderstack.analytics.client"),
    Client("customerio-cdp-analytics", "1.1.0", "`host=` (without `/v1`)", "customerio.analytics.client"),
    Client("events-sdk-python", "0.0.4", "`host=` (without `/v1`)", "hightouch.htevents.client"),
    Client("@segment/analytics-node", "3.1.0", "`host` (without `/v1`)"),
    Client("analytics-node", "6.2.0", "`host` (without `/v1`)"),
    Client("@customerio/cdp-analytics-node", "0.5.9", "`host` (without `/v1`)"),
    Client("@june-so/analytics-node", "8.0.0", "no option; an `httpClient` of one's own that posts to the lab"),
    Client("@rudderstack/rudder-sdk-node", "3.0.13", "`dataPlaneUrl` (without `/v1`)"),
    Client("@expo/rudder-sdk-node", "1.1.1", "its second argument, with `/v1/batch`"),
)


def client(name: str) -> Client:
    """Return the client of that name; raise KeyError with those there are."""
    known = {each.name: each for each in CLIENTS}
    if name not in known:
        raise KeyError(f"there is no client {name!r}; known: {', '.join(known)}")
    return known[name]
