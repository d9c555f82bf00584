"""What is done after a try: decided from its number and outcome, waited for on the clock."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.wire import Accept, GiveUp, Outcome, Refuse, Retry, RetryPolicy, keep_trying, retry_after
from syncer.wire.retry import decide
from tests.syncer.conftest import ManualClock
from tests.syncer.wire.headers import headers

POLICY = RetryPolicy()
TRANSIENT = [None, 200, 408, 410, 425, 429, 460, 500, 502, 503, 504, 599]
FINAL = [301, 304, 401, 403, 404, 405, 501, 505, 511]


def failure(status: int | None, retry_after: float | None = None) -> Outcome:
    return Outcome(status, is_accepted=False, detail="trouble", retry_after=retry_after)


@pytest.mark.parametrize("status", TRANSIENT)
def test_what_may_pass_is_tried_again(status: int | None) -> None:
    """No answer, a 2xx that is no acknowledgement, throttling and server trouble are tried again."""
    assert decide(1, failure(status), POLICY) == Retry(1.0, "trouble")


@pytest.mark.parametrize("status", FINAL)
def test_what_will_not_pass_is_given_up(status: int) -> None:
    """Wrong keys, wrong places and what a server will never do are given up at once."""
    assert decide(1, failure(status), POLICY) == GiveUp("trouble")


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_content_is_refused(status: int) -> None:
    """A status that may be about one event says that the content is refused."""
    assert decide(1, failure(status), POLICY) == Refuse("trouble")


def test_eight_waits_double_from_one_second() -> None:
    """The waits of a request that never succeeds are 1, 2, 4 ... 128 seconds (amplitude facts 0)."""
    clock = ManualClock()

    tries = keep_trying(lambda _: failure(503), POLICY, clock)

    assert clock.waits == [1, 2, 4, 8, 16, 32, 64, 128]
    assert tries.attempts == 9
    assert tries.decision == GiveUp("trouble, 9 times")


def test_retry_after_takes_the_place_of_the_wait() -> None:
    """What the other side asks for is waited for, whether longer or shorter than the usual wait."""
    clock = ManualClock()
    outcomes = iter([failure(429, 7.0), failure(503, 0.5), Outcome(200, is_accepted=True, detail="")])

    tries = keep_trying(lambda _: next(outcomes), POLICY, clock)

    assert clock.waits == [7.0, 0.5]
    assert tries.decision == Accept()


def test_a_wait_beyond_the_cap_is_not_begun() -> None:
    """Asked to wait longer than the cap, the run stops instead, so that it may go on later."""
    decision = decide(1, failure(429, 3_601.0), POLICY)

    assert isinstance(decision, GiveUp)
    assert "3601 s" in decision.reason


def test_everything_may_be_retried() -> None:
    """With `everything`, a 404 is tried again, and content is refused only after the last try."""
    policy = RetryPolicy(retries=1, everything=True)

    assert isinstance(decide(1, failure(404), policy), Retry)
    assert isinstance(decide(1, failure(400), policy), Retry)
    assert isinstance(decide(2, failure(404), policy), GiveUp)
    assert isinstance(decide(2, failure(400), policy), Refuse)


@given(attempt=st.integers(1, 8), jitter=st.floats(0, 1), chance=st.floats(0, 1))
def test_jitter_only_lengthens_a_wait(attempt: int, jitter: float, chance: float) -> None:
    """Chance makes a wait longer by at most the share that the policy allows."""
    plain = 2.0 ** (attempt - 1)

    decision = decide(attempt, failure(500), RetryPolicy(jitter=jitter), chance)

    assert isinstance(decision, Retry)
    assert plain <= decision.after <= plain * (1 + jitter) + 1e-9


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"x-ratelimit-reset": "9"}, 9.0),
        ({"retry-after": "3", "x-ratelimit-reset": "9"}, 3.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "Fri, 15 Jan 2027 08:00:20 GMT"}, 10.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon", "x-ratelimit-reset": "4"}, 4.0),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """`Retry-After` is seconds or an HTTP date, against the reply's own date if it has one; nonsense is ignored."""
    now = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT

    assert retry_after(headers, now) == seconds


def test_headers_as_servers_write_them_are_survived() -> None:
    """Odd numbers, days no calendar has, zones beyond the earth; a soak reads millions of them."""
    random = Random(13)
    for _ in range(3_000):
        asked = headers(random)
        seconds = retry_after(asked, 1.7e9)
        assert seconds is None or seconds >= 0, asked


@given(st.text(max_size=40))
def test_any_retry_after_is_survived(value: str) -> None:
    """Whatever the header holds, reading it gives a wait that is not negative, or none."""
    seconds = retry_after({"retry-after": value}, 0.0)

    assert seconds is None or seconds >= 0
