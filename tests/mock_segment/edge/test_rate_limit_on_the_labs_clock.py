"""So many uploads a window of the lab's clock, and then 429 with the time to wait."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_segment.edge import FixedWindow


def test_the_limit_answers_429_until_the_clock_moves(wire: Any, state: Any, clock: Any, identify: Any):
    """With both headers in seconds; nothing of a refused call is stored."""
    state.configure(rate_limit_requests=2, rate_limit_seconds=10)
    clock.advance(3)

    replies = [wire.batch(identify(f"u{number}")) for number in range(3)]
    clock.advance(7)
    after = wire.batch(identify("u9"))

    assert [reply.status_code for reply in (*replies, after)] == [200, 200, 429, 200]
    assert (replies[2].headers["Retry-After"], replies[2].headers["X-RateLimit-Reset"]) == ("7", "7")
    assert replies[2].json()["success"] is False
    assert set(state.profiles()) == {"u0", "u1", "u9"}
    assert [row["code"] for row in wire.lab("verdicts", verdict="refused").json()["verdicts"]] == ["429"]


@pytest.mark.parametrize(
    ("body", "content", "media"), [("text", b"Too Many Requests", "text/plain; charset=utf-8"), ("empty", b"", None)]
)
def test_the_body_of_a_429_can_be_no_json(wire: Any, state: Any, body: str, content: bytes, media: str | None):
    """The real one is unknown; the headers stay."""
    state.configure(rate_limit_requests=1, rate_limit_body=body)
    wire.post("/v1/batch", b"{}")

    reply = wire.post("/v1/batch", b"{}")

    assert (reply.status_code, reply.content, reply.headers.get("Content-Type")) == (429, content, media)
    assert reply.headers["Retry-After"] == "1"


def test_without_a_limit_there_is_none(wire: Any, identify: Any):
    """Off unless asked for."""
    assert {wire.batch(identify()).status_code for _ in range(50)} == {200}


def test_pixels_and_the_control_plane_are_not_limited(wire: Any, state: Any):
    """An image is always an image."""
    state.configure(rate_limit_requests=1)

    pixels = {wire.session.get(f"{wire.url}/v1/pixel/track").status_code for _ in range(5)}

    assert pixels == {200}
    assert wire.lab("events").status_code == 200


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_window_of_no_length_is_one_second(seconds: int):
    """A setting that makes no sense breaks nothing."""
    window = FixedWindow()

    assert [window.take(0, 1, seconds), window.take(0, 1, seconds), window.take(1000, 1, seconds)] == [None, 1, None]


@given(
    times=st.lists(st.integers(0, 20_000), min_size=1, max_size=60).map(sorted),
    requests=st.integers(1, 5),
    seconds=st.integers(1, 5),
)
def test_whoever_waits_as_told_gets_in(times: list[int], requests: int, seconds: int):
    """Never more than the limit in a window, and the announced wait always leads to the next one."""
    window, taken = FixedWindow(), {}
    for now in times:
        wait = window.take(now, requests, seconds)
        place = now // (seconds * 1000)
        if wait is None:
            taken[place] = taken.get(place, 0) + 1
        else:
            assert 1 <= wait <= seconds
            assert (now + wait * 1000) // (seconds * 1000) == place + 1

    assert max(taken.values()) <= requests
