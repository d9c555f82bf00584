from __future__ import annotations

import base64
import gzip
import socket
import threading
from typing import Any

import pytest
import requests

from mock_core import Fake, LabClock, Server, build_app
from mock_core.inprocess import InProcessAdapter

Echo = Fake[Any]


def call(session: requests.Session, method: str, url: str, **keywords: Any) -> requests.Response:
    return session.request(method, url, headers={"Host": "127.0.0.1:4802", **keywords.pop("headers", {})}, **keywords)


def test_the_index_names_every_operation_and_view(session: requests.Session, url: str):
    """A person who opens /__lab/ sees what there is."""
    index = call(session, "GET", f"{url}/__lab/").json()

    assert any(line.startswith("POST /__lab/faults") for line in index["operations"])
    assert any(line.startswith("GET /__lab/requests") for line in index["views"])


def test_the_clock_moves_over_http(session: requests.Session, url: str, clock: LabClock):
    """Advance and freeze answer with the new time, and the journal knows of each move."""
    start = clock.now()

    moved = call(session, "POST", f"{url}/__lab/clock", json={"advance": 3600}).json()
    frozen = call(session, "POST", f"{url}/__lab/clock", json={"freeze": "2026-02-01T00:00:00Z"}).json()

    assert moved == {"now": start + 3600, "frozen": True}
    assert frozen["now"] == 1_769_904_000.0
    assert clock.now() == 1_769_904_000.0


def test_a_fault_is_armed_listed_and_lifted_over_http(session: requests.Session, url: str):
    """The whole life of a fault."""
    armed = call(session, "POST", f"{url}/__lab/faults", json={"fault": "status", "status": 500}).json()
    listed = call(session, "GET", f"{url}/__lab/faults").json()["faults"]
    lifted = call(session, "DELETE", f"{url}/__lab/faults/{armed['id']}").json()
    again = call(session, "DELETE", f"{url}/__lab/faults/{armed['id']}")

    assert [fault["id"] for fault in listed] == [armed["id"]]
    assert lifted == {"lifted": 1}
    assert again.status_code == 404


def test_requests_are_listed_page_by_page(session: requests.Session, url: str):
    """A cursor leads from page to page until there is no more."""
    for size in range(5):
        session.post(f"{url}/v1/echo", data=b"x" * size)

    first = call(session, "GET", f"{url}/__lab/requests", params={"limit": 3}).json()
    second = call(session, "GET", f"{url}/__lab/requests", params={"limit": 3, "after": first["next"]}).json()

    assert [row["bytes"] for row in first["requests"]] == [0, 1, 2]
    assert [row["bytes"] for row in second["requests"]] == [3, 4]
    assert second["next"] is None


def test_requests_are_filtered_and_counted(session: requests.Session, url: str):
    """Filters narrow rows and counts alike."""
    call(session, "POST", f"{url}/__lab/faults", json={"fault": "status", "status": 503})
    for _ in range(3):
        session.post(f"{url}/v1/echo", data=b"x")

    assert call(session, "GET", f"{url}/__lab/requests/count", params={"status": 503}).json() == {"count": 1}
    assert call(session, "GET", f"{url}/__lab/requests/count", params={"path": "/v1/*"}).json() == {"count": 3}


@pytest.mark.parametrize(
    ("body", "headers", "shown"),
    [
        (b'{"a": 1}', {}, '{"a": 1}'),
        (gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}, '{"a": 1}'),
        (b"no gzip", {"Content-Encoding": "gzip"}, "no gzip"),
        (b"\xff\x00", {}, "\ufffd\x00"),
    ],
    ids=["text", "gzip", "no-gzip", "bytes"],
)
def test_a_body_is_shown_as_text_and_kept_as_it_came(
    session: requests.Session, url: str, body: bytes, headers: dict[str, str], shown: str
):
    """gzip is inflated; what is no text is there as base64 too."""
    session.post(f"{url}/v1/echo", data=body, headers=headers)

    (row,) = call(session, "GET", f"{url}/__lab/requests").json()["requests"]

    assert (row["body"], row["bytes"]) == (shown, len(body))
    assert base64.b64decode(row["body_base64"]) == body if "body_base64" in row else body.decode() == shown


def test_requests_are_found_by_time(session: requests.Session, url: str, clock: LabClock):
    """In milliseconds or ISO 8601, from `since` to before `until`."""
    for _ in range(3):
        session.post(f"{url}/v1/echo", data=b"x")
        clock.advance(60)

    def count(**span: str) -> int:
        return int(call(session, "GET", f"{url}/__lab/requests/count", params=span).json()["count"])

    assert count(since="2026-01-05T09:01:00Z") == 2
    assert count(since="1767603660000", until="2026-01-05T10:02:00+01:00") == 1
    assert call(session, "GET", f"{url}/__lab/requests", params={"since": "noon"}).status_code == 400


def test_a_fault_takes_its_times_as_views_do(session: requests.Session, url: str, clock: LabClock):
    """ISO 8601 in `since` and `until` of its match."""
    match = {"since": "2026-01-05T09:01:00Z", "until": "2026-01-05T09:02:00Z", "times": None}
    spec = {"fault": "status", "status": 500, "match": match}
    armed = call(session, "POST", f"{url}/__lab/faults", json=spec).json()

    statuses = []
    for _ in range(3):
        statuses.append(session.post(f"{url}/v1/echo", data=b"x").status_code)
        clock.advance(60)

    assert armed["match"]["since"] == 1_767_603_660_000
    assert statuses == [200, 500, 200]


def test_a_workspace_that_is_not_there_cannot_be_dropped(session: requests.Session, url: str, fake: Echo):
    """404 with the nearest name, so that a misspelt one is noticed."""
    fake.workspaces.get("ci-7")

    reply = call(session, "DELETE", f"{url}/__lab/workspaces/ci-8")
    gone = call(session, "DELETE", f"{url}/__lab/workspaces/ci-7")

    assert (reply.status_code, gone.json()) == (404, {"workspaces": ["default"]})
    assert "did you mean 'ci-7'" in reply.json()["message"]


def test_credentials_never_reach_the_journal(fake: Echo, session: requests.Session, url: str):
    """Of an Authorization header only the scheme is kept."""
    session.post(f"{url}/v1/echo", data=b"x", auth=("my-very-secret-key", "password"))

    (entry,) = fake.state.workspace.journal.walk(kind="request")

    assert entry.data["headers"]["authorization"] == "Basic ..."


def test_await_returns_as_soon_as_the_rows_are_there(fake: Echo, session: requests.Session, url: str, clock: LabClock):
    """A waiter is woken by the call it waits for; nobody polls."""
    other = requests.Session()
    other.mount(url, InProcessAdapter(build_app(fake, max_body=1000), clock))
    sender = threading.Thread(target=lambda: other.post(f"{url}/v1/echo", data=b"x"))

    sender.start()
    waited = call(session, "POST", f"{url}/__lab/await", json={"view": "requests", "at_least": 1, "timeout": 30})
    sender.join()

    assert waited.json() == {"held": True, "count": 1}


def test_await_says_when_it_did_not_hold(session: requests.Session, url: str):
    """A deadline that passes is 408 with the count so far."""
    waited = call(session, "POST", f"{url}/__lab/await", json={"view": "requests", "timeout": 0.01})

    assert (waited.status_code, waited.json()) == (408, {"held": False, "count": 0})


def test_captures_alone_can_be_forgotten(session: requests.Session, url: str, fake: Echo):
    """A full reset empties the journal; a reset of captures marks it."""
    session.post(f"{url}/v1/echo", data=b"x")

    call(session, "POST", f"{url}/__lab/reset", json={"what": "captures"})
    assert fake.state.workspace.journal.last == 2
    call(session, "POST", f"{url}/__lab/reset")

    assert fake.state.workspace.journal.last == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:4802"}, 200),
        ({"Host": "127.0.0.1"}, 200),
        ({"Host": "[::1]:4802"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "127.0.0.1", "Origin": "https://evil.example"}, 403),
        ({"Host": "127.0.0.1", "Origin": "null"}, 403),
        ({"Host": "127.0.0.1", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "127.0.0.1", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "127.0.0.1", "Sec-Fetch-Site": "none"}, 200),
    ],
)
def test_web_pages_cannot_reach_the_control_plane(
    session: requests.Session, url: str, headers: dict[str, str], status: int
):
    """No Origin, no image of a page elsewhere, and only loopback names: a page open in the browser gets 403."""
    assert session.get(f"{url}/__lab/", headers=headers).status_code == status


@pytest.mark.parametrize(("token", "status"), [("right", 200), ("wrong", 403), (None, 403)])
def test_a_token_is_wanted_once_one_is_set(fake: Echo, clock: LabClock, url: str, token: str | None, status: int):
    """Beyond loopback every control call carries the token."""
    session = requests.Session()
    session.mount(url, InProcessAdapter(build_app(fake, max_body=10, token="right"), clock))
    headers = {"X-Lab-Token": token} if token else {}

    assert session.get(f"{url}/__lab/", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/__lab/clock", b'{"advance": "x"}', "advance"),
        ("POST", "/__lab/clock", b'{"advanse": 1}', "did you mean 'advance'"),
        ("POST", "/__lab/clock", b'{"freeze": "noon"}', "ISO 8601"),
        ("POST", "/__lab/clock", b'{"freeze": "2026-01-01T00:00:00"}', "time zone"),
        ("POST", "/__lab/clock", b'{"freeze": false}', "follow_system"),
        ("POST", "/__lab/clock", b"{", "not JSON"),
        ("POST", "/__lab/clock", b"[]", "expected an object"),
        ("POST", "/__lab/clock", b'{"a":' * 900 + b"1" + b"}" * 900, "250 levels"),
        ("POST", "/__lab/settings", b'{"lout": true}', "did you mean 'loud'"),
        ("POST", "/__lab/settings", b'{"loud": 1}', "true or false"),
        ("POST", "/__lab/settings", b'{"mood": "angry"}', "'calm', 'wild'"),
        ("POST", "/__lab/await", b'{"view": "request"}', "did you mean 'requests'"),
        ("GET", "/__lab/requests?limit=0", b"", "from 1"),
        ("GET", "/__lab/requests?pth=x", b"", "did you mean 'path'"),
    ],
)
def test_a_wrong_control_call_is_one_clear_sentence(
    session: requests.Session, url: str, method: str, path: str, body: bytes, words: str
):
    """400 with what is wrong, what was expected, and the nearest word."""
    reply = call(session, method, url + path, data=body)

    assert reply.status_code == 400
    assert words in reply.json()["message"]


def test_an_unknown_path_says_what_was_meant(session: requests.Session, url: str):
    """A base URL with or without /v1 is the usual mistake, and is named."""
    doubled = session.post(f"{url}/v1/v1/echo", data=b"x")
    bare = session.post(f"{url}/echo", data=b"x")

    assert (doubled.status_code, bare.status_code) == (404, 404)
    assert "this is /v1/echo" in doubled.json()["message"]
    assert "lacks /v1" in bare.json()["message"]


def test_a_wrong_method_says_which_are_right(session: requests.Session, url: str):
    """405 with Allow, in words that do not name the same path as the remedy."""
    reply = session.put(f"{url}/v1/echo", data=b"x")

    assert reply.status_code == 405
    assert reply.headers["Allow"] == "POST"
    assert "/v1/echo takes POST, not PUT" in reply.json()["message"]


def test_a_doubled_slash_is_told(session: requests.Session, url: str):
    """No vendor is known to overlook it."""
    reply = session.post(f"{url}//v1/echo", data=b"x")

    assert reply.status_code == 404
    assert "this is /v1/echo" in reply.json()["message"]


def test_a_control_body_that_breaks_off_is_the_callers_fault(fake: Echo):
    """400, and the lab does not count it among its own bugs."""
    with Server(build_app(fake, max_body=10)) as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /__lab/faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert fake.broken == []


def test_a_body_beyond_the_bound_is_not_read(fake: Echo, session: requests.Session, url: str):
    """The vendor is told it was too large and gets no bytes of it."""
    session.post(f"{url}/v1/echo", data=b"x" * 5000)

    (entry,) = fake.state.workspace.journal.walk(kind="request")

    assert entry.body == b""


def test_a_bug_of_ours_is_answered_500_and_kept(
    fake: Echo, session: requests.Session, url: str, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is swallowed in a server thread: the caller is told, and the lab keeps the error."""
    monkeypatch.setattr(fake, "serve", lambda *_, **__: 1 / 0)

    reply = session.post(f"{url}/v1/echo", data=b"x")

    assert reply.status_code == 500
    assert "itself broke: ZeroDivisionError" in reply.json()["message"]
    assert [type(error) for error in fake.broken] == [ZeroDivisionError]


def test_replies_are_dated_by_the_labs_clock(session: requests.Session, url: str, clock: LabClock):
    """A Retry-After given as a date can be reckoned from the Date of the same reply."""
    clock.advance(86_400)

    reply = session.post(f"{url}/v1/echo", data=b"x")

    assert reply.headers["Date"] == "Tue, 06 Jan 2026 09:00:00 GMT"


def test_a_page_ends_where_it_has_become_large(
    fake: Echo, clock: LabClock, session: requests.Session, url: str, monkeypatch: pytest.MonkeyPatch
):
    """Bounded in bytes as in rows, and the cursor leads on: nothing is left out, however large one row is."""
    monkeypatch.setattr("mock_core.control.plane.PAGE_BYTES", 2_000)
    for size in (10, 900, 990, 20, 980):
        session.post(f"{url}/v1/echo", data=b"x" * size)

    pages, after = [], 0
    while after is not None:
        page = call(session, "GET", f"{url}/__lab/requests", params={"limit": 10_000, "after": after}).json()
        pages.append([row["bytes"] for row in page["requests"]])
        after = page["next"]

    assert len(pages) > 1
    assert [size for page in pages for size in page] == [10, 900, 990, 20, 980]


@pytest.mark.parametrize(("seats", "statuses"), [(0, [503, 503]), (1, [408, 408])])
def test_calls_that_wait_leave_threads_for_others(
    fake: Echo, clock: LabClock, url: str, monkeypatch: pytest.MonkeyPatch, seats: int, statuses: list[int]
):
    """One more than may wait is told so at once; a seat is free again when its call has ended."""
    monkeypatch.setattr("mock_core.control.plane.MAX_WAITING", seats)
    session = requests.Session()
    session.mount(url, InProcessAdapter(build_app(fake, max_body=1000), clock))

    waited = [call(session, "POST", f"{url}/__lab/await", json={"view": "requests", "timeout": 0.01}) for _ in range(2)]

    assert [reply.status_code for reply in waited] == statuses
    assert seats or "calls wait already" in waited[0].json()["message"]


def test_a_date_to_come_back_at_is_one_that_a_calendar_has(session: requests.Session, url: str):
    """A wait beyond the year 9999 is told as its end."""
    fault = {"fault": "status", "status": 429, "retry_after": 1e9, "retry_after_as": "date"}
    call(session, "POST", f"{url}/__lab/clock", json={"freeze": 253_402_300_000})
    call(session, "POST", f"{url}/__lab/faults", json=fault)

    assert session.post(f"{url}/v1/echo", data=b"x").headers["Retry-After"] == "Fri, 31 Dec 9999 23:59:59 GMT"


def test_a_choice_is_taken_as_it_is_listed():
    """404.0 is 404: it ends up in a status line."""
    from mock_amplitude.settings import AmplitudeSettings
    from mock_core.settings import changed

    status = changed(AmplitudeSettings(), {"unknown_id_status": 400.0}).unknown_id_status

    assert (status, type(status)) == (400, int)
