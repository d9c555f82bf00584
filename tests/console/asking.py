"""A program that uploads to the Segment fake of a lab."""

from __future__ import annotations

from typing import Any

import requests

from scenarios.lab import SEGMENT_URL, WRITE_KEY


class Asking:
    """Sends events one by one or as a batch, and returns the answers."""

    def __init__(self, session: requests.Session, url: str = SEGMENT_URL) -> None:
        self._session, self._url = session, url

    def identify(self, user: str, **traits: Any) -> requests.Response:
        """Send one identify, as a call of its own."""
        return self._post("identify", {"userId": user, "traits": traits})

    def batch(self, *events: dict[str, Any]) -> requests.Response:
        """Send events as one call."""
        return self._post("batch", {"batch": list(events)})

    def _post(self, route: str, payload: Any) -> requests.Response:
        return self._session.post(f"{self._url}/v1/{route}", json=payload, auth=(WRITE_KEY, ""), timeout=30)
