"""What the edge says, to the byte, and where its limits are."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from contracts.limits import BATCH_BYTES, EVENT_BYTES

SUCCESS = b'{"success": true}'
INVALID_KEY = (
    b'{\n  "success": false,\n  "message": "An invalid write key was provided",\n  "code": "invalid_request"\n}'
)
MALFORMED = b'{\n  "success": false,\n  "message": "malformed JSON",\n  "code": "invalid_request"\n}'
TOO_LARGE = b'{\n  "success": false,\n  "message": "Exceed payload limit",\n  "code": "invalid_request"\n}'

EVENT_PATHS = {
    f"/v1/{path}": kind
    for kind in ("identify", "track", "page", "screen", "group", "alias")
    for path in (kind, kind[0])
}
BATCH_PATHS = ("/v1/batch", "/v1/b", "/v1/import", "/v1/import/")


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def padded_event(size: int) -> bytes:
    """An identify of exactly `size` bytes."""
    empty = json.dumps({"writeKey": "wk", "userId": "u", "traits": {"pad": ""}}).encode()
    return empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')


def padded_batch(size: int) -> bytes:
    """A batch of exactly `size` bytes in which no item is too large."""
    item = {"type": "identify", "userId": "u", "traits": {"pad": "x" * 20_000}}
    whole = {"writeKey": "wk", "batch": [item] * (size // 20_200), "pad": ""}
    text = json.dumps(whole).encode()
    return text[:-2] + b"x" * (size - len(text)) + text[-2:]


@pytest.mark.parametrize("path", [*EVENT_PATHS, *BATCH_PATHS])
def test_every_route_says_200_and_nothing_else(wire: Any, path: str):
    """The answer to what is taken is one JSON object, to the byte, whatever becomes of it."""
    reply = wire.send(path, {"batch": [{}]} if path in BATCH_PATHS else {})

    assert (reply.status_code, reply.content) == (200, SUCCESS)
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("path", "kind"), EVENT_PATHS.items())
def test_the_route_gives_the_type(wire: Any, state: Any, path: str, kind: str):
    """A single call needs no type in its body."""
    wire.send(path, {"userId": "u1", "event": "E", "groupId": "g", "name": "n", "previousId": "p"})

    (event,) = state.events()
    assert (event.raw["type"], event.verdict.verdict) == (kind, "delivered")


@pytest.mark.parametrize("path", [*EVENT_PATHS, *BATCH_PATHS])
@pytest.mark.parametrize(
    "body", [b"{}", b'{"writeKey": ""}', b'{"writeKey": null}', b'{"writeKey": 7}', b'{"batch": []}']
)
def test_no_write_key_is_a_400(wire: Any, path: str, body: bytes):
    """Missing, empty or not a string: the observed message and code, pretty-printed."""
    reply = wire.post(path, body)

    assert (reply.status_code, reply.content) == (400, INVALID_KEY)
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "authorization", "key"),
    [
        (b'{"writeKey": "in-body"}', "", "in-body"),
        (b"{}", basic("in-header:"), "in-header"),
        (b"{}", basic("no-colon"), "no-colon"),
        (b'{"writeKey": "in-body"}', basic("in-header:"), "in-body"),
        (b'{"writeKey": ""}', basic("in-header:"), "in-header"),
        (b'{"writeKey": "in-body"}', "Bearer-ish nonsense", "in-body"),
    ],
)
def test_a_write_key_arrives_in_body_or_header(wire: Any, state: Any, body: bytes, authorization: str, key: str):
    """Body, Basic, or both; the body counts when they differ."""
    wire.post("/v1/identify", body, **({"Authorization": authorization} if authorization else {}))

    (event,) = state.events()
    assert event.capture.write_key == key


def test_header_and_body_that_differ_are_noted(wire: Any, state: Any):
    """The edge says nothing; the event carries the note."""
    wire.send("/v1/identify", {"userId": "u"}, Authorization=basic("another:"))

    (event,) = state.events()
    assert event.as_dict()["notes"] == ["The body and the Authorization header name different write keys."]


@pytest.mark.parametrize(
    "authorization",
    ["Basic", "Basic !!!", "Basic \xe9", basic(":"), basic(""), "Basic /////w==", "Digest abc", "", "basic"],
)
def test_an_unreadable_authorization_names_no_key(wire: Any, authorization: str):
    """What is no Basic with a user name is as good as nothing."""
    reply = wire.post("/v1/track", b"{}", Authorization=authorization.encode("latin-1"))

    assert (reply.status_code, reply.content) == (400, INVALID_KEY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"not json",
        b'{"writeKey": "wk", "traits": {"n": NaN}}',
        b'{"writeKey": "wk", "traits": {"n": Infinity}}',
        b'{"writeKey": "wk", "traits": {"n": -Infinity}}',
        b'{"writeKey": "wk",}',
        b'{"writeKey": "wk", "batch": [, ,]}',
        b"\xef\xbb\xbf{}",
        b'{"writeKey": "wk"}\x00\x00',
        b'{"writeKey": "wk"}{"writeKey": "wk"}',
        b'{"writeKey": "w\xff"}',
        b'{"writeKey": "wk", "userId": "\\ud800"}',
        b"{'writeKey': 'wk'}",
        b"[1, 2]",
        b'"text"',
        b"null",
        b"1e400",
        b'{"writeKey": "wk", "deep": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("path", ["/v1/identify", "/v1/batch"])
def test_what_is_no_json_object_is_malformed(wire: Any, path: str, body: bytes):
    """Strict JSON: NaN, a byte order mark, padding and half surrogates are refused like plain text."""
    reply = wire.post(path, body)

    assert (reply.status_code, reply.content) == (400, MALFORMED)


@pytest.mark.parametrize("path", [*EVENT_PATHS, *BATCH_PATHS])
def test_a_get_is_malformed_too(wire: Any, path: str):
    """A GET has no body, and an empty body is no JSON."""
    reply = wire.session.get(f"{wire.url}{path}")

    assert (reply.status_code, reply.content) == (400, MALFORMED)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/json; charset=utf-8", "text/plain;charset=UTF-8", "image/png", ""],
)
def test_the_content_type_is_not_looked_at(wire: Any, content_type: str):
    """Browsers send text/plain and C# none at all."""
    reply = wire.post("/v1/identify", b'{"writeKey": "wk", "userId": "u"}', Content_Type=content_type)

    assert reply.content == SUCCESS


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
@pytest.mark.parametrize("level", [1, 6, 9])
def test_gzip_is_inflated_when_declared(wire: Any, state: Any, encoding: str, level: int):
    """Python, PHP, Kotlin and C# compress."""
    body = gzip.compress(b'{"writeKey": "wk", "userId": "u"}', level)

    assert wire.post("/v1/identify", body, Content_Encoding=encoding).content == SUCCESS
    assert [event.raw["userId"] for event in state.events()] == ["u"]


def test_gzip_may_come_in_members(wire: Any):
    """Concatenated gzip is one gzip, as every decoder has it."""
    body = gzip.compress(b'{"writeKey": ') + gzip.compress(b'"wk"}')

    assert wire.post("/v1/identify", body, Content_Encoding="gzip").content == SUCCESS


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b'{"writeKey": "wk"}', "gzip"),  # declared, and is not
        (gzip.compress(b'{"writeKey": "wk"}'), "identity"),  # is, and not declared
        (gzip.compress(b'{"writeKey": "wk"}')[:-9], "gzip"),  # cut off
        (gzip.compress(b'{"writeKey": "wk"}')[:-1] + b"\x01", "gzip"),  # wrong length in its trailer
        (gzip.compress(b'{"writeKey": "wk"}') + b"rest", "gzip"),  # something behind it
        (gzip.compress(b"") * 100 + gzip.compress(b'{"writeKey": "wk"}'), "gzip"),  # members without end
        (zlib.compress(b'{"writeKey": "wk"}'), "gzip"),
        (zlib.compress(b'{"writeKey": "wk"}'), "deflate"),
        (b"", "gzip"),
    ],
    ids=["plain", "undeclared", "cut", "wrong-length", "rest-behind", "many-members", "zlib", "deflate", "empty"],
)
def test_a_lie_about_the_encoding_is_malformed(wire: Any, body: bytes, encoding: str):
    """What cannot be inflated, or was not declared, is no JSON."""
    reply = wire.post("/v1/identify", body, Content_Encoding=encoding)

    assert (reply.status_code, reply.content) == (400, MALFORMED)


@pytest.mark.parametrize(("size", "answer"), [(EVENT_BYTES, SUCCESS), (EVENT_BYTES + 1, TOO_LARGE)])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_single_event_may_have_32_768_bytes(wire: Any, size: int, answer: bytes, compressed: bool):
    """The limit is exact, in bytes, and counts what was inflated."""
    body = padded_event(size)
    assert len(body) == size

    reply = (
        wire.post("/v1/identify", gzip.compress(body), Content_Encoding="gzip")
        if compressed
        else wire.post("/v1/identify", body)
    )

    assert reply.content == answer


def test_the_limit_counts_bytes_and_not_characters(wire: Any):
    """Half as many two-byte characters are as large."""
    text = json.dumps({"writeKey": "wk", "userId": "é" * (EVENT_BYTES // 2)}, ensure_ascii=False)

    assert wire.post("/v1/identify", text.encode()).content == TOO_LARGE


@pytest.mark.parametrize(("size", "answer"), [(BATCH_BYTES, SUCCESS), (BATCH_BYTES + 1, TOO_LARGE)])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_batch_may_have_512_000_bytes(wire: Any, size: int, answer: bytes, compressed: bool):
    """The limit is exact for the body of a batch too."""
    body = padded_batch(size)
    assert len(body) == size

    reply = (
        wire.post("/v1/batch", gzip.compress(body), Content_Encoding="gzip")
        if compressed
        else wire.post("/v1/batch", body)
    )

    assert reply.content == answer


def padded_item(size: int, **spelling: Any) -> str:
    """An identify of exactly `size` bytes, in one of the ways to spell the same JSON."""
    empty = json.dumps({"type": "identify", "userId": "é", "traits": {"pad": ""}}, **spelling)
    return empty.replace(': ""', ': "" ').replace('""', '"' + "x" * (size - len(empty.encode()) - 1) + '"')


@pytest.mark.parametrize(("size", "answer"), [(EVENT_BYTES, SUCCESS), (EVENT_BYTES + 1, TOO_LARGE)])
@pytest.mark.parametrize("spelling", [{}, {"ensure_ascii": False}, {"indent": 4}])
def test_an_item_over_32_kb_refuses_its_batch(wire: Any, size: int, answer: bytes, spelling: dict[str, Any]):
    """By default, counted as it was sent, spaces and escapes included; the documented limit names no status."""
    item = padded_item(size, **spelling)
    assert len(item.encode()) == size

    body = f'{{"writeKey": "wk", "batch": [7, "x", {item}, {{"type": "track"}}], "context": {{"batch": [1]}}}}'

    assert wire.post("/v1/batch", body.encode()).content == answer


def test_escapes_count_in_a_batch_as_they_do_alone(wire: Any, state: Any):
    """Thirty thousand bytes that mean ten: refused on either route, or discarded alone where that is set."""
    event = {"type": "identify", "userId": "u", "traits": {"pad": "é" * 6_000}}
    alone = wire.send("/v1/identify", event)
    in_batch = wire.batch(event)
    state.configure(oversize_item="discard-item")
    taken = wire.batch({"type": "identify", "userId": "u"}, event)

    assert (alone.content, in_batch.content, taken.content) == (TOO_LARGE, TOO_LARGE, SUCCESS)
    assert [verdict.reason for verdict in state.verdicts_of(state.workspace.journal.last)] == ["", "over 32768 bytes"]


def test_an_oversize_item_can_be_discarded_alone(wire: Any, state: Any, identify: Any):
    """A setting lets its neighbours live."""
    state.configure(oversize_item="discard-item")

    reply = wire.batch(identify("a"), identify("b", traits={"pad": "x" * 40_000}), identify("c"))

    assert reply.content == SUCCESS
    assert [verdict.code for verdict in state.verdicts_of(state.workspace.journal.last)] == ["", "bad_request", ""]


def test_a_gzip_bomb_is_too_large_and_never_unpacked(wire: Any):
    """A megabyte of gzip that means a gigabyte is answered like any other large body."""
    bomb = gzip.compress(b" " * 50_000_000)

    assert wire.post("/v1/batch", bomb, Content_Encoding="gzip").content == TOO_LARGE


def test_a_body_beyond_a_megabyte_is_too_large(wire: Any):
    """It is not even looked at."""
    assert wire.post("/v1/batch", b"x" * 2_000_000).content == TOO_LARGE


def test_short_keys_can_be_refused(wire: Any, state: Any):
    """One observer saw abc123 refused; the threshold is a setting."""
    state.configure(min_write_key_length=7)

    assert wire.post("/v1/identify", b'{"writeKey": "abc123"}').content == INVALID_KEY
    assert wire.post("/v1/identify", b'{"writeKey": "abc1234"}').content == SUCCESS


def test_the_header_can_be_made_to_count_first(wire: Any, state: Any):
    """Precedence is unknown, so it is a setting."""
    state.configure(write_key_precedence="header")

    wire.send("/v1/identify", {"userId": "u"}, Authorization=basic("in-header:"))

    assert [event.capture.write_key for event in state.events()] == ["in-header"]


def test_the_address_can_be_made_to_carry_the_key(wire: Any, state: Any):
    """Unknown as well: off unless asked for."""
    refused = wire.post("/v1/identify?a=b&writeKey=in%2Daddress", b"{}")
    state.configure(query_write_key=True)
    taken = wire.post("/v1/identify?a=b&writeKey=in%2Daddress", b"{}")

    assert (refused.content, taken.content) == (INVALID_KEY, SUCCESS)
    assert [event.capture.write_key for event in state.events()] == ["in-address"]


def test_bad_requests_can_be_plain_text(wire: Any, state: Any):
    """As they were in 2018; a missing key keeps the body that was observed."""
    state.configure(bad_request_body="text")

    replies = [wire.post("/v1/batch", body) for body in (b"nonsense", b"x" * 600_000)]
    replies.append(wire.session.get(f"{wire.url}/v1/batch"))
    keyless = wire.post("/v1/batch", b"{}")

    assert [(reply.status_code, reply.content) for reply in replies] == [(400, b"Bad Request")] * 3
    assert {reply.headers["Content-Type"] for reply in replies} == {"text/plain; charset=utf-8"}
    assert keyless.content == INVALID_KEY


def test_an_ordinary_answer_has_no_rate_limit_headers(wire: Any):
    """Only date, type and length were ever seen on a 200."""
    reply = wire.send("/v1/identify", {"userId": "u"})

    assert set(reply.headers) <= {"Content-Type", "Content-Length", "Date"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/v1/batch", "this is /v1/batch"),
        ("/v1/v1/import/", "this is /v1/import/"),
        ("/batch", "this is /v1/batch"),
        ("/v1/identity", "Did you mean /v1/identify?"),
        ("/", "Known:"),
    ],
)
def test_an_unknown_route_says_what_was_meant(wire: Any, state: Any, path: str, words: str):
    """A doubled or missing /v1 is the usual mistake; the call is in the journal all the same."""
    reply = wire.send(path, {})

    assert reply.status_code == 404
    assert words in reply.json()["message"]
    assert [entry.data["status"] for entry in state.workspace.journal.walk(kind="request")] == [404]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_405(wire: Any, method: str):
    """It says so in Segment's envelope."""
    reply = wire.session.request(method, f"{wire.url}/v1/batch", data=b"{}")

    assert reply.status_code == 405
    assert reply.json()["success"] is False
