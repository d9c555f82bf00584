from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from mock_core import Fake, LabClock
from mock_core.errors import BadControl

Echo = Fake[Any]


def post(session: requests.Session, url: str, **keywords: Any) -> requests.Response:
    return session.post(f"{url}/v1/echo", data=b"12345", timeout=10, **keywords)


def stored(fake: Echo) -> list[bool]:
    return [bool(entry.data.get("stored")) for entry in fake.state.workspace.journal.walk(kind="request")]


def test_a_status_answers_and_stores_nothing(fake: Echo, session: requests.Session, url: str):
    """The call never reaches the vendor's edge."""
    fake.state.workspace.arm({"fault": "status", "status": 503})

    statuses = [post(session, url).status_code for _ in range(2)]

    assert statuses == [503, 200]
    assert stored(fake) == [False, True]


def test_retry_after_is_announced_in_seconds(fake: Echo, session: requests.Session, url: str):
    """Both header names carry the seconds to wait, as Segment documents."""
    fake.state.workspace.arm({"fault": "status", "status": 429, "retry_after": 7})

    reply = post(session, url)

    assert (reply.headers["Retry-After"], reply.headers["X-RateLimit-Reset"]) == ("7", "7")


def test_retry_after_can_be_a_date_on_the_labs_clock(fake: Echo, session: requests.Session, url: str, clock: LabClock):
    """The date is that many seconds after the lab's now."""
    fake.state.workspace.arm({"fault": "status", "status": 429, "retry_after": 90, "retry_after_as": "date"})

    reply = post(session, url)

    assert parsedate_to_datetime(reply.headers["Retry-After"]).timestamp() == clock.now() + 90


def test_a_script_answers_call_after_call(fake: Echo, session: requests.Session, url: str):
    """Each call takes the next status of the list; 200 lets it proceed, and then the script is over."""
    fake.state.workspace.arm({"fault": "script", "statuses": [500, 200, 502]})

    assert [post(session, url).status_code for _ in range(4)] == [500, 200, 502, 200]


def test_a_lost_reply_has_stored_everything(fake: Echo, session: requests.Session, url: str):
    """The caller sees a dead connection; the journal has the call and says that it was cut."""
    fake.state.workspace.arm({"fault": "lost-reply"})

    with pytest.raises(requests.exceptions.ConnectionError):
        post(session, url)

    (entry,) = fake.state.workspace.journal.walk(kind="request")
    assert entry.data["stored"] is True
    assert entry.data["reset"] is True


def test_a_connection_reset_has_stored_nothing(fake: Echo, session: requests.Session, url: str):
    """The caller sees the same as with a lost reply, and nothing was stored."""
    fake.state.workspace.arm({"fault": "connection-reset"})

    with pytest.raises(requests.exceptions.ConnectionError):
        post(session, url)

    assert stored(fake) == [False]


def test_latency_passes_on_the_labs_clock(fake: Echo, session: requests.Session, url: str, clock: LabClock):
    """In process a late reply costs lab time only."""
    fake.state.workspace.arm({"fault": "latency", "seconds": 5})
    before = clock.now()

    reply = post(session, url)

    assert reply.status_code == 200
    assert clock.now() - before == 5


def test_latency_beyond_the_callers_patience_is_a_time_out(
    fake: Echo, session: requests.Session, url: str, clock: LabClock
):
    """A caller who waits 10 seconds gives up after 10 seconds, though the call was stored."""
    fake.state.workspace.arm({"fault": "latency", "seconds": 60})
    before = clock.now()

    with pytest.raises(requests.exceptions.ReadTimeout):
        post(session, url)

    assert clock.now() - before == 10
    assert stored(fake) == [True]


def test_a_truncated_body_ends_early(fake: Echo, session: requests.Session, url: str):
    """The announced length does not come."""
    fake.state.workspace.arm({"fault": "truncated-body", "after": 3})

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        post(session, url)


def test_an_html_page_comes_with_200_and_stores_nothing(fake: Echo, session: requests.Session, url: str):
    """What a captive portal answers is no acknowledgement."""
    fake.state.workspace.arm({"fault": "html-page"})

    reply = post(session, url)

    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert stored(fake) == [False]


def test_faults_strike_in_the_order_they_were_armed(fake: Echo, session: requests.Session, url: str):
    """The first one armed stands nearest to the caller and decides what the caller sees."""
    fake.state.workspace.arm({"fault": "status", "status": 500})
    fake.state.workspace.arm({"fault": "lost-reply"})

    assert post(session, url).status_code == 500


@pytest.mark.parametrize(
    ("match", "statuses"),
    [
        ({"times": 2}, [500, 500, 200, 200]),
        ({"times": None}, [500, 500, 500, 500]),
        ({"skip": 1}, [200, 500, 200, 200]),
        ({"route": "/v1/other"}, [200, 200, 200, 200]),
        ({"route": "/v1/*", "times": 1}, [500, 200, 200, 200]),
        ({"method": "get"}, [200, 200, 200, 200]),
        ({"key": "k2"}, [200, 200, 200, 200]),
        ({"key": "k1"}, [500, 200, 200, 200]),
        ({"until": 0}, [200, 200, 200, 200]),
        ({"since": 0}, [500, 200, 200, 200]),
        ({"since": "2026-01-05T09:00:00Z"}, [500, 200, 200, 200]),
        ({"until": "2026-01-05T10:00:00+01:00"}, [200, 200, 200, 200]),
        ({"probability": 0.0}, [200, 200, 200, 200]),
    ],
)
def test_a_match_chooses_the_calls(
    fake: Echo, session: requests.Session, url: str, match: dict[str, Any], statuses: list[int]
):
    """Route, method, key, count, probability and time bound what a fault strikes."""
    fake.state.workspace.arm({"fault": "status", "status": 500, "match": match})

    assert [post(session, url, headers={"X-Key": "k1"}).status_code for _ in range(4)] == statuses


def test_probability_is_drawn_from_the_seed(fake: Echo, session: requests.Session, url: str, clock: LabClock):
    """The same seed strikes the same calls."""

    def struck() -> list[int]:
        fake.state.workspace.reset()
        fake.state.workspace.arm({"fault": "status", "status": 500, "match": {"probability": 0.5, "times": None}})
        return [post(session, url).status_code for _ in range(40)]

    first = struck()

    assert {200, 500} == set(first)
    assert struck() == first


@pytest.mark.parametrize(("seconds", "announced"), [(0.5, "1"), (7, "7"), (1_234_567, "1234567")])
def test_retry_after_is_a_whole_number(fake: Echo, session: requests.Session, url: str, seconds: float, announced: str):
    """As HTTP has it, and never fewer seconds than asked."""
    fake.state.workspace.arm({"fault": "status", "status": 503, "retry_after": seconds})

    assert post(session, url).headers["Retry-After"] == announced


def test_a_script_can_announce_when_to_come_back(fake: Echo, session: requests.Session, url: str):
    """On the statuses that do."""
    fake.state.workspace.arm({"fault": "script", "statuses": [500, 429, 503], "retry_after": 3})

    told = [post(session, url).headers.get("Retry-After") for _ in range(3)]

    assert told == [None, "3", "3"]


def test_a_redirect_can_say_where_to(fake: Echo, session: requests.Session, url: str):
    """A client that follows it shows that it does."""
    fake.state.workspace.arm({"fault": "status", "status": 308, "location": "http://elsewhere.lab/v1/echo"})

    reply = session.post(f"{url}/v1/echo", data=b"x", allow_redirects=False)

    assert (reply.status_code, reply.headers["Location"]) == (308, "http://elsewhere.lab/v1/echo")


def test_a_lifted_fault_strikes_no_more(fake: Echo, session: requests.Session, url: str):
    """Lifting ends it at once."""
    armed = fake.state.workspace.arm({"fault": "status", "status": 500, "match": {"times": None}})

    fake.state.workspace.lift(armed.id)

    assert post(session, url).status_code == 200


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"fault": "latencyy"}, "did you mean 'latency'"),
        ({}, "There is no fault None"),
        ({"fault": "latency"}, "lacks seconds"),
        ({"fault": "latency", "second": 1}, "did you mean 'seconds'"),
        ({"fault": "latency", "seconds": "1"}, "expected a number"),
        ({"fault": "latency", "seconds": 1e308}, "expected a number from 0 to 1,000,000,000"),
        ({"fault": "slow-body", "bytes_per_second": 0}, "expected 1 or more"),
        ({"fault": "script", "statuses": [700]}, "expected 200 to 599"),
        ({"fault": "script", "statuses": [500], "match": {"times": 3}}, "leave out times"),
        ({"fault": "html-page", "status": 9999}, "expected 200 to 599"),
        ({"fault": "status", "status": 100}, "expected 200 to 599"),
        ({"fault": "status", "status": 301, "location": "a\r\nb"}, "plain ASCII"),
        ({"fault": "lost-reply", "match": {"probability": 2}}, "expected 0 to 1"),
        ({"fault": "lost-reply", "match": {"since": "noon"}}, "no time, expected milliseconds since 1970 or ISO 8601"),
        ({"fault": "lost-reply", "match": {"until": "2026-01-01T00:00:00"}}, "no time zone"),
        ({"fault": "status", "status": 99}, "expected 200 to 599"),
        ({"fault": "status", "status": True}, "expected a whole number"),
        ({"fault": "status", "status": 429, "retry_after": 1, "retry_after_as": "iso"}, "'seconds' or 'date'"),
        ({"fault": "script", "statuses": []}, "expected a list of whole numbers"),
        ({"fault": "lost-reply", "match": {"time": 1}}, "did you mean 'times'"),
        ({"fault": "lost-reply", "match": 3}, "expected an object"),
    ],
)
def test_a_wrong_fault_is_one_clear_sentence(fake: Echo, spec: dict[str, Any], words: str):
    """What is wrong is named with what was expected, and nothing is armed."""
    with pytest.raises(BadControl, match=words.replace("(", r"\(")):
        fake.state.workspace.arm(spec)

    assert list(fake.state.workspace.faults) == []
