"""What is known of the clients that programs are built on: by it a report says which faults are a client's own.

Measured; docs/clients.md tells how, and of all of them. A client is known by its `context.library`, name and version: a
name alone is a family's (customerio-cdp-analytics calls itself analytics-python).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.nearest import nearest
from scenarios.errors import UnknownClient


@dataclass(frozen=True, slots=True)
class Library:
    """A client at one version: whether it waits for a Retry-After, and when it gives a call up.

    `tries` is None where a client was still at it after a minute; `seconds` lie between its first try and its last.
    """

    waits: bool
    tries: int | None = None
    seconds: float = 0.0

    @property
    def retry_after(self) -> str:
        """How a Retry-After counts for a program that is built on it: `Scenario.retry_after`."""
        return "required" if self.waits else "reported"

    @property
    def parameters(self) -> dict[str, int]:
        """The size of an outage that it bears, for scenarios that have a parameter for it: calls refused in all."""
        return {} if self.tries is None else {"outage_calls": self.tries - 1}


LIBRARIES: Mapping[tuple[str, str], Library] = {
    ("analytics-python", "2.4.0"): Library(waits=True),
    ("analytics-python", "1.4.post1"): Library(waits=False),
    ("analytics-python", "2.1.9"): Library(waits=False),  # rudder-sdk-python
    ("analytics-python", "1.1.0"): Library(waits=False),  # customerio-cdp-analytics
    ("events-sdk-python", "0.0.4"): Library(waits=False),
    ("segmentio", "1.2.8"): Library(waits=False, tries=5),
    ("@segment/analytics-node", "3.1.0"): Library(waits=False),
    ("@segment/analytics-node", "1.3.0"): Library(waits=False, tries=4, seconds=0.6),  # @june-so/analytics-node
    ("@customerio/cdp-analytics-node", "1.0.0-beta.22"): Library(waits=False, tries=4, seconds=0.5),
    ("analytics-node", "6.2.0"): Library(waits=False, tries=3, seconds=0.7),
    ("analytics-node", "3.0.13"): Library(waits=True, tries=4, seconds=1.6),  # @rudderstack/rudder-sdk-node
    ("@expo/rudder-sdk-node", "1.1.1"): Library(waits=False, tries=4, seconds=1.6),
    ("analytics-ruby", "2.5.0"): Library(waits=False, tries=10, seconds=7.6),
    ("analytics-php", "3.8.2"): Library(waits=False, tries=7, seconds=6.4),
    ("analytics-go", "3.0.0"): Library(waits=False, tries=10),
}
"""Clients by the name and the version they say they have."""


def library(words: str) -> Library:
    """Return what is known of a client by `NAME VERSION`, or by its name where that is one only.

    Raises `UnknownClient`, which names those that are like it.
    """
    named = {" ".join(each): known for each, known in LIBRARIES.items()}
    name = " ".join(words.split())
    if name in named:
        return named[name]
    versions = [each for each in named if each.rpartition(" ")[0] == name]
    if len(versions) == 1:
        return named[versions[0]]
    if versions:
        raise UnknownClient(f"There are several clients {words!r}; say which: {', '.join(versions)}.")
    raise UnknownClient(f"Nothing is known of the client {words!r}: {nearest(words, named)}")


def library_of(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and version of the client that an event says it was made by, empty where it says nothing."""
    context = event.get("context")
    library = context.get("library") if isinstance(context, Mapping) else None
    if not isinstance(library, Mapping):
        return "", ""
    name, version = library.get("name"), library.get("version")
    return (name if isinstance(name, str) else ""), (version if isinstance(version, str) else "")


def does_not_wait(event: Mapping[str, Any]) -> str:
    """Say of the client an event was made by that it waits for no Retry-After, or name it, where it says its name."""
    name, version = library_of(event)
    if not name:
        return ""
    known = LIBRARIES.get((name, version))
    if known is None or known.waits:
        return f"context.library is {name} {version}".rstrip()
    return f"context.library is {name} {version}, which waits for no Retry-After: see --retry-after reported"


def gives_up(event: Mapping[str, Any]) -> str:
    """Say after how many tries the client an event was made by gives up, empty where that is not known."""
    name, version = library_of(event)
    known = LIBRARIES.get((name, version))
    if known is None or known.tries is None:
        return ""
    return f"{name} {version} gives up after {known.tries} tries in {known.seconds:g} s"
