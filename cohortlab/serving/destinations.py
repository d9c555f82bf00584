"""Destinations that a served lab begins with, as typed: `braze`, `heap:FILE` with settings, `webhooks:URL`.

`amplitude:URL` is Actions Amplitude with the base URL of another lab's Amplitude.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_core.errors import BadControl

if TYPE_CHECKING:
    from scenarios.lab import Lab


def connect(lab: Lab, asked: Sequence[str]) -> None:
    """Connect destinations to a lab; raise `BadControl` in words for one that is none, or whose settings are wrong."""
    from downstream.node import DestinationsError, read_settings  # noqa: PLC0415 - most labs have no destination

    for each in asked:
        name, _, file = each.partition(":")
        try:
            if file.startswith(("http://", "https://")):
                told: dict[str, Any] = {"settings": _at(name, file)}
            else:
                told = {"settings": read_settings(Path(file))} if file else {}
        except DestinationsError as error:
            raise BadControl(f"--destination {each}: {error}.") from error
        lab.destinations.put(name, **told)


def _at(name: str, url: str) -> dict[str, Any]:
    """Return the settings of a destination that is at an address."""
    if name == "webhooks":
        return {"hooks": [url]}
    return {"address" if name == "amplitude" else "url": url}
