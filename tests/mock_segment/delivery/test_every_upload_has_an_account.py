"""What was refused or missed its route is told event by event: whose it was, what it was, and whether it is lost."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_core.clock import LabClock
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app

BATCH = {
    "batch": [
        {"type": "identify", "userId": "ann", "messageId": "m1", "traits": {"Power Users (a1)": True}},
        {"type": "track", "event": "Opened", "anonymousId": "a2", "messageId": "m2"},
    ]
}


def told(wire: Any, **filters: str) -> list[tuple[Any, ...]]:
    rows = wire.lab("verdicts", **filters).json()["verdicts"]
    return [(row["verdict"], row["write_key"], row["type"], row["index"], row["message_id"]) for row in rows]


BOTH = [("refused", "wk", "identify", 0, "m1"), ("refused", "wk", "track", 1, "m2")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/sdk/batch", 404),
        ("POST", "/v1/v1/batch", 404),
        ("POST", "/collect", 404),
        ("POST", "/", 404),
        ("PUT", "/v1/batch", 405),
        ("GET", "/v1/batch", 400),
    ],
)
def test_an_upload_that_misses_its_route_shows_its_events(wire: Any, method: str, path: str, status: int):
    """By its path or by its method: each event with its key and its id, in verdicts, tally, batches and metrics."""
    reply = wire.session.request(method, f"{wire.url}{path}", json={"writeKey": "wk", **BATCH}, timeout=10)

    assert reply.status_code == status
    assert told(wire) == BOTH
    assert told(wire, user_id="ann") == BOTH[:1]
    assert told(wire, message_id="m2", write_key="wk") == BOTH[1:]
    assert [(row["type"], row["verdict"], row["events"]) for row in wire.lab("tally").json()] == [
        ("identify", "refused", 1),
        ("track", "refused", 1),
    ]
    (batch,) = wire.lab("batches").json()["batches"]
    assert (batch["write_key"], batch["status"], batch["events"], batch["refused"]) == ("wk", status, 2, 2)
    assert wire.lab("metrics").text.count('verdict="refused"') == 2
    assert wire.lab("requests/count", write_key="wk").json() == {"count": 1}
    assert wire.lab("events").json()["events"] == []


@pytest.mark.parametrize(
    ("settings", "fault", "body", "code"),
    [
        ({}, {"fault": "status", "status": 429}, BATCH, "429"),
        ({}, {"fault": "connection-reset"}, BATCH, "reset"),
        ({}, {"fault": "html-page"}, BATCH, "200"),
        ({"rate_limit_requests": 1, "rate_limit_seconds": 60}, None, BATCH, "429"),
        ({"mode": "strict"}, None, {"batch": [*BATCH["batch"], {"type": "track", "userId": "u"}]}, "event_not_defined"),
        ({"batch_bytes": 100}, None, BATCH, "invalid_request"),
        ({"min_write_key_length": 20}, None, BATCH, "invalid_request"),
    ],
)
def test_a_refused_batch_shows_its_events(
    wire: Any, state: Any, settings: dict[str, Any], fault: dict[str, Any] | None, body: dict[str, Any], code: str
):
    """Whoever refused it: the edge, strict mode, the rate limit or a fault."""
    state.configure(**settings)
    if "rate_limit_requests" in settings:
        wire.send("/v1/track", {"userId": "first", "event": "e"})
    if fault:
        state.workspace.arm(fault)
    try:
        wire.send("/v1/batch", body)
    except OSError:
        assert code == "reset"

    assert told(wire, verdict="refused")[:2] == BOTH
    assert {row["code"] for row in wire.lab("verdicts", verdict="refused").json()["verdicts"]} == {code}
    assert wire.lab("verdicts/count", verdict="refused").json() == {"count": len(body["batch"])}


def test_what_segment_would_not_parse_is_still_read(wire: Any):
    """A NaN, a byte order mark: the batch is refused whole, and whose events were in it is known."""
    body = json.dumps({"writeKey": "wk", **BATCH, "sentAt": float("nan")})

    assert wire.post("/v1/batch", body.encode()).status_code == 400
    assert wire.post("/v1/batch", b"\xef\xbb\xbf" + json.dumps({"writeKey": "wk", **BATCH}).encode()).status_code == 400
    assert told(wire) == BOTH * 2


def test_what_nobody_can_read_is_told_as_a_call(wire: Any):
    """One row without an event, with the key as far as it is known."""
    key = base64.b64encode(b"kk:").decode()
    wire.post("/v1/batch", b'{"batch":[{"type', Authorization=f"Basic {key}")
    wire.post("/elsewhere", b"nothing of an event")

    assert told(wire) == [("refused", "kk", None, None, None)]
    assert [row["events"] for row in wire.lab("batches").json()["batches"]] == [0]


def test_a_batch_far_too_large_is_told_event_by_event(wire: Any):
    """Also compressed: what a client sends too much of is what it loses."""
    events = [
        {"type": "identify", "userId": f"u{n}", "messageId": f"m{n}", "traits": {"t": "x" * 900}} for n in range(900)
    ]
    body = json.dumps({"writeKey": "wk", "batch": events}).encode()

    plain = wire.post("/v1/batch", body)
    packed = wire.post("/v1/batch", gzip.compress(body), Content_Encoding="gzip")

    assert (plain.status_code, packed.status_code) == (400, 400)
    assert wire.lab("verdicts/count", user_id="u899").json() == {"count": 2}
    assert wire.lab("lost/count").json() == {"count": 900}


def test_an_upload_past_every_route_stays_in_the_workspace_of_its_key(fake: SegmentFake, wire: Any):
    """The key says whose it is, wherever it was sent."""
    fake.workspaces.get("ci-7").put_source("key-of-ci-7")

    wire.send("/sdk/batch", {**BATCH, "writeKey": "key-of-ci-7"})

    assert told(wire) == []
    assert len(list(fake.workspaces.get("ci-7").refused())) == 2


def test_what_carries_no_event_has_no_account(wire: Any):
    """A look at a path, a form, a browser's question."""
    wire.session.get(f"{wire.url}/v1/batch")
    wire.session.get(f"{wire.url}/favicon.ico")
    wire.session.options(f"{wire.url}/sdk/batch", headers={"Origin": "http://page"})
    wire.post("/login", b"user=ann&password=x")

    assert told(wire) == []


def test_lost_is_what_never_came_again(wire: Any, state: Any):
    """Refused and retried is not lost, refused for ever is; one row an event, with its last attempt."""
    state.workspace.arm({"fault": "script", "statuses": [500, 500]})
    wire.send("/v1/batch", BATCH)
    wire.send("/v1/batch", BATCH)
    wire.send("/v1/batch", {"batch": BATCH["batch"][:1]})

    (row,) = wire.lab("lost").json()["lost"]
    assert (row["message_id"], row["attempts"], row["code"], row["entry"]) == ("m2", 2, "500", 3)
    assert row["event"] == BATCH["batch"][1]
    assert wire.lab("lost", event="Opened", write_key="wk").json()["lost"] == [row]
    assert wire.lab("lost", user_id="ann").json()["lost"] == []
    assert [each.message_id for each in state.lost()] == ["m2"]


def test_a_repetition_that_is_refused_is_no_loss(wire: Any, state: Any):
    """A stored upload whose reply was lost, and whose retry met a 503."""
    state.workspace.arm({"fault": "lost-reply"})
    with pytest.raises(OSError):
        wire.send("/v1/batch", BATCH)
    state.workspace.arm({"fault": "status", "status": 503})
    wire.send("/v1/batch", BATCH)

    assert wire.lab("lost").json()["lost"] == []


def test_events_without_a_message_id_are_known_by_their_content(wire: Any, state: Any):
    """A retry with the same text arrives; another text is another event."""
    state.workspace.arm({"fault": "status", "status": 500})
    wire.batch(
        {"type": "identify", "userId": "u", "traits": {"t": 1}}, {"type": "identify", "userId": "u", "traits": {"t": 2}}
    )
    wire.send("/v1/identify", {"type": "identify", "userId": "u", "traits": {"t": 2}, "sentAt": "2026-01-05T09:00:01Z"})

    assert [row["event"]["traits"] for row in wire.lab("lost").json()["lost"]] == [{"t": 1}]


def test_what_store_first_lost_is_lost_until_it_comes(wire: Any, state: Any):
    """The rest of a half stored batch counts like a refused one."""
    state.workspace.arm({"fault": "store-first", "keep": 1, "status": 502})
    wire.send("/v1/batch", BATCH)
    before = [each.message_id for each in state.lost()]
    wire.send("/v1/batch", BATCH)

    assert (before, state.lost()) == (["m2"], [])


FIELDS = st.sampled_from(
    [
        "batch",
        "type",
        "userId",
        "user_id",
        "traits",
        "trait",
        "context",
        "properties",
        "messageId",
        "timestamp",
        "event",
    ]
)
SENDS = st.lists(
    st.tuples(st.sampled_from([200, 429, 500]), st.lists(st.integers(0, 5), min_size=1, max_size=4)), max_size=12
)


@given(sends=SENDS)
def test_every_event_ends_delivered_or_lost(sends: list[tuple[int, list[int]]]):
    """Whatever is refused and repeated: an event that was sent has arrived or is lost, never both, never neither."""
    fake = SegmentFake(clocks=Clocks(LabClock(0)))
    client = create_app(fake).test_client()
    for status, ids in sends:
        if status != 200:
            fake.state.workspace.arm({"fault": "status", "status": status})
        batch = [{"type": "identify", "userId": "u", "messageId": f"m{n}"} for n in ids]
        client.post("/v1/batch", json={"writeKey": "wk", "batch": batch})

    arrived = {event.message_id for event in fake.state.delivered()}
    lost = [event.message_id for event in fake.state.lost()]
    assert arrived.isdisjoint(lost)
    assert arrived | set(lost) == {f"m{n}" for _, ids in sends for n in ids}
    assert len(lost) == len(set(lost))
    rows = [row["events"] for row in client.get("/__lab/tally").json]
    assert sum(rows) == sum(len(ids) for _, ids in sends)
    fake.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | FIELDS, inner, max_size=5),
    max_leaves=12,
)
PLACES = st.sampled_from(["/v1/batch", "/v1/identify", "/sdk/batch", "/elsewhere", "/v1/v1/track", "/v1/pixel/page"])


@given(body=JSON, path=PLACES, method=st.sampled_from(["POST", "PUT", "GET"]), status=st.sampled_from([0, 429]))
def test_whatever_was_sent_can_be_looked_at(body: Any, path: str, method: str, status: int):
    """No event of any shape, refused or taken, keeps a view from being read; the tally and the verdicts agree."""
    fake = SegmentFake(clocks=Clocks(LabClock(0)))
    client = create_app(fake).test_client()
    if status:
        fake.state.workspace.arm({"fault": "status", "status": status})
    client.open(path, method=method, data=json.dumps(body), headers={"Authorization": "Basic d2s6"})

    for view in ("verdicts", "events", "batches", "lost", "profiles", "requests"):
        assert client.get(f"/__lab/{view}").status_code == 200, view
    rows = client.get("/__lab/verdicts?limit=1000").json["verdicts"]
    assert sum(row["events"] for row in client.get("/__lab/tally").json) == len(rows)
    assert client.get("/__lab/metrics").status_code == 200
    assert isinstance(fake.state.unheard(), list)
    assert fake.broken == []
    fake.close()
