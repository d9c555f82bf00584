"""Sending events as a program does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Send = Callable[..., None]


@pytest.fixture
def send(desk: Any) -> Send:
    """Events that are taken, each of type `x` unless it says."""

    def post(*events: dict[str, Any]) -> None:
        payload = {"api_key": "lab-api-key", "events": [{"event_type": "x", **event} for event in events]}
        answer = desk.anyone.post(f"{desk.url}/batch", json=payload)
        assert answer.status_code == 200, answer.text

    return post
