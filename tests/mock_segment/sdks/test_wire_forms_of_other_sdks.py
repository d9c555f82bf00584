"""The wire forms of the SDKs that cannot be installed here, byte by byte from the table (facts 3.1, 3.2)."""

from __future__ import annotations

import base64
import gzip
import http.client
from dataclasses import dataclass, field
from typing import Any

import pytest

from mock_core import Server

KEY = "wk"
BASIC = f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}"
COHORT = b'"traits":{"Power Users (a1)":true}'


@dataclass(frozen=True, slots=True)
class Form:
    """One upload of one SDK: where, with which headers, and which bytes; `library` is what its events say."""

    name: str
    path: str
    headers: dict[str, str]
    body: bytes
    library: str
    compressed: bool = False
    expected_context: dict[str, Any] = field(default_factory=dict)

    @property
    def sent(self) -> bytes:
        return gzip.compress(self.body, mtime=0) if self.compressed else self.body


def mobile(library: str) -> bytes:
    return (
        b'{"batch":[{"type":"identify","messageId":"0b1a","anonymousId":"a1","userId":"u1","timestamp":'
        b'"2026-01-05T08:59:59.123Z",'
        + COHORT
        + b',"context":{"library":{"name":"'
        + library.encode()
        + b'","version":"1"}},'
        b'"integrations":{},"_metadata":{"bundled":[],"unbundled":[],"bundledIds":[]}}],'
        b'"sentAt":"2026-01-05T09:00:00.000Z","writeKey":"wk"}'
    )


FORMS = (
    Form(
        "ruby 2.5.0",
        "/v1/import",
        {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "analytics-ruby/2.5.0",
            "Authorization": BASIC,
        },
        b'{"sentAt":"2026-01-05T09:00:00.000Z","batch":[{"type":"identify","messageId":"r1","timestamp":'
        b'"2026-01-05T08:59:59.123Z","userId":"u1","context":{"library":{"name":"analytics-ruby","version":"2.5.0"}},'
        + COHORT
        + b',"integrations":null}]}',
        "analytics-ruby",
    ),
    Form(
        "go 3.0.0",
        "/v1/batch",
        {"User-Agent": "analytics-go (version: 3.0.0)", "Content-Type": "application/json", "Authorization": BASIC},
        b'{"messageId":"batch-1","sentAt":"2026-01-05T10:00:00.123456789+01:00","batch":[{"type":"identify","messageId":'
        b'"g1","userId":"u1","timestamp":"2026-01-05T09:59:59.123456789+01:00",'
        + COHORT
        + b'}],"context":{"library":{"name":"analytics-go","version":"3.0.0"}}}',
        "analytics-go",
    ),
    Form(
        "php 3.8.2",
        "/v1/batch",
        {"Content-Type": "application/json", "User-Agent": "analytics-php/3.8.2", "Authorization": BASIC},
        b'{"batch":[{"userId":"u1",'
        + COHORT
        + b',"context":{"library":{"name":"analytics-php","version":"3.8.2","consumer":"LibCurl"}},'
        b'"timestamp":"2026-01-05T08:59:59+00:00","type":"identify","messageId":"p1"}],"sentAt":"2026-01-05T09:00:00+00:00"}',
        "analytics-php",
    ),
    Form(
        "php 3.8.2, compressed",
        "/v1/batch",
        {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "User-Agent": "analytics-php/3.8.2",
            "Authorization": BASIC,
        },
        b'{"batch":[{"userId":"u1",'
        + COHORT
        + b',"context":{"library":{"name":"analytics-php"}},"type":"identify","messageId":"p1",'
        b'"timestamp":"2026-01-05T08:59:59+00:00"}],'
        b'"sentAt":"2026-01-05T09:00:00+00:00"}',
        "analytics-php",
        compressed=True,
    ),
    Form(
        "java",
        "/v1/import/",
        {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "analytics-java/3.5.2",
            "Authorization": BASIC,
            "X-Retry-Count": "1",
            "Accept-Encoding": "gzip",
        },
        b'{"batch":[{"type":"identify","messageId":"j1","timestamp":"2026-01-05T08:59:59.123Z","userId":"u1",'
        b'"integrations":{},'
        + COHORT
        + b'}],"sentAt":"2026-01-05T09:00:00.000Z","context":{"library":{"name":"analytics-java","version":"3.5.2"},'
        b'"instanceId":"i1"},"sequence":1,"writeKey":"wk"}',
        "analytics-java",
        expected_context={"instanceId": "i1"},
    ),
    Form(
        "csharp",
        "/v1/b",
        {"Content-Encoding": "gzip", "Accept": "text/plain", "Connection": "close"},
        mobile("Analytics-CSharp").replace(b"08:59:59.123Z", b"08:59:59.1234567Z"),
        "Analytics-CSharp",
        compressed=True,
    ),
    Form(
        "kotlin",
        "/v1/b",
        {"Content-Type": "text/plain", "Content-Encoding": "gzip", "User-Agent": "analytics-kotlin/1.22.0"},
        mobile("analytics-kotlin"),
        "analytics-kotlin",
        compressed=True,
    ),
    Form(
        "swift",
        "/v1/b",
        {"Content-Type": "application/json; charset=utf-8", "User-Agent": "analytics-ios/1.8.0"},
        mobile("analytics-swift"),
        "analytics-swift",
    ),
    Form(
        "browser 1.84, one event",
        "/v1/i",
        {"Content-Type": "text/plain", "Authorization": BASIC, "Origin": "https://shop.example"},
        b'{"timestamp":"2026-01-05T08:59:59.123Z","integrations":{},"userId":"u1","anonymousId":"a1","type":"identify",'
        + COHORT
        + b',"context":{"library":{"name":"analytics.js","version":"npm:next-1.84.1"}},"messageId":"ajs-next-1-a",'
        b'"writeKey":"wk","sentAt":"2026-01-05T09:00:00.000Z","_metadata":{"bundled":["Segment.io"],"unbundled":[],'
        b'"bundledIds":[]}}',
        "analytics.js",
    ),
)


@pytest.fixture(params=FORMS, ids=lambda form: form.name)
def form(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


def upload(server: Server, form: Form) -> tuple[int, dict[str, str], bytes]:
    """Send exactly the form's headers, and no others but Host and Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", form.path, skip_accept_encoding=True)
    for name, value in form.headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(form.sent)))
    connection.endheaders(form.sent)
    reply = connection.getresponse()
    answer = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    connection.close()
    return answer


def test_each_form_is_taken(server: Server, state: Any, form: Form):
    """200, JSON, a boolean success: what PHP, Ruby and Java each insist on; and the event is delivered whole."""
    status, headers, body = upload(server, form)

    assert (status, headers["content-type"], body) == (200, "application/json", b'{"success": true}')
    (event,) = state.events()
    said = event.as_dict()
    assert (event.verdict.verdict, event.capture.write_key) == ("delivered", KEY)
    assert said["event"]["context"]["library"]["name"] == form.library
    assert form.expected_context.items() <= said["event"]["context"].items()
    assert said["event"]["timestamp"].startswith("2026-01-05T08:59:59")
    assert said["notes"] == []
    assert state.profile("u1").traits == {"Power Users (a1)": True}


def test_the_bytes_are_kept_as_they_came(server: Server, state: Any, form: Form):
    """The journal is a recording: raw body, headers as sent, credentials shortened."""
    upload(server, form)

    (entry,) = state.workspace.journal.walk(kind="request")
    kept = {name: value for name, value in entry.data["headers"].items() if name != "content-length"}
    assert entry.body == form.sent
    assert kept == {
        name.lower(): "Basic ..." if name == "Authorization" else value
        for name, value in form.headers.items()
        if name != "Connection"
    }


def test_a_repeat_of_each_form_is_a_duplicate(server: Server, state: Any, form: Form):
    """Every SDK keeps its messageIds over its retries."""
    if b'"messageId"' not in form.body:
        pytest.skip("this form carries none")
    for _ in range(2):
        upload(server, form)

    assert [event.verdict.verdict for event in state.events()] == ["delivered", "duplicate"]


@pytest.mark.parametrize("status", [429, 460, 500, 503])
def test_errors_are_what_each_sdk_can_read(server: Server, state: Any, form: Form, status: int):
    """JSON with success, message and code; one more try is taken."""
    state.workspace.arm({"fault": "status", "status": status, "retry_after": 1})

    first = upload(server, form)
    second = upload(server, form)

    assert (first[0], first[1]["content-type"], first[1]["retry-after"]) == (status, "application/json", "1")
    assert second[0] == 200
    assert [event.verdict.verdict for event in state.events()] == ["delivered"]
