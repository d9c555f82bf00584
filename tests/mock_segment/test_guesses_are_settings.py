"""What the facts leave open is a setting: each choice does what it says, and the default is what it was."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

DAY = 86_400


@pytest.mark.parametrize(
    ("choice", "verdict", "shown", "users"),
    [("discard", "discarded", 42, []), ("accept", "delivered", 42, ["42"]), ("coerce", "delivered", "42", ["42"])],
)
@pytest.mark.parametrize("mode", ["faithful", "strict"])
def test_numeric_ids(wire: Any, state: Any, mode: str, choice: str, verdict: str, shown: Any, users: list[str]):
    """A number for an id is dropped, taken, or taken as text; it is found by its text in each case."""
    state.configure(numeric_ids=choice, mode=mode)

    reply = wire.batch({"type": "identify", "userId": 42, "messageId": "m", "traits": {"t": True}})

    if mode == "strict" and choice == "discard":
        assert (reply.status_code, reply.json()["code"]) == (400, "id_not_string")
        return
    (row,) = wire.lab("events", user_id="42").json()["events"]
    assert (row["verdict"], row["event"]["userId"]) == (verdict, shown)
    assert sorted(state.profiles()) == users
    assert state.profile("42").traits == ({"t": True} if users else {})


def test_numbers_that_are_no_ids_stay_discarded(wire: Any, state: Any):
    """Whatever is set: true is no number, an object is none, and an empty text is no id."""
    state.configure(numeric_ids="coerce")

    wire.batch(*[{"type": "identify", "userId": value} for value in (True, {}, "", [1])])

    assert {event.verdict.code for event in state.events()} == {"id_not_string"}


@pytest.mark.parametrize(("order", "value"), [("arrival", True), ("timestamp", False)])
def test_profile_order(wire: Any, state: Any, order: str, value: bool):
    """The value that came last, or the one that is dated last; of two dates that are the same, the last to come."""
    state.configure(profile_order=order)
    for message_id, second, told in (("m2", 1, False), ("m1", 0, True)):
        stamp = f"2026-01-05T08:00:0{second}Z"
        wire.batch(
            {"type": "identify", "userId": "u", "messageId": message_id, "timestamp": stamp, "traits": {"t": told}}
        )

    assert state.profile("u").traits == state.profiles()["u"].traits == {"t": value}
    assert state.profiles_by_key()["wk"]["u"].traits == {"t": value}


def test_a_null_that_is_dated_last_removes_what_comes_after(wire: Any, state: Any):
    """By timestamp an older value does not bring back a trait that was removed later."""
    state.configure(profile_order="timestamp")
    for message_id, second, told in (("m2", 1, None), ("m1", 0, True)):
        stamp = f"2026-01-05T08:00:0{second}Z"
        wire.batch(
            {"type": "identify", "userId": "u", "messageId": message_id, "timestamp": stamp, "traits": {"t": told}}
        )

    assert state.profile("u").traits == {}


@pytest.mark.parametrize(("choice", "version"), [("event", "1"), ("batch", "2")])
def test_batch_precedence(wire: Any, state: Any, choice: str, version: str):
    """Where both say something: the event's own word, or its batch's; what one of them lacks comes from the other."""
    state.configure(batch_precedence=choice)
    event = {"type": "identify", "userId": "u", "context": {"app": {"version": "1"}, "locale": "de"}}

    wire.send("/v1/batch", {"batch": [event], "context": {"app": {"version": "2", "name": "x"}}})

    (row,) = wire.lab("events").json()["events"]
    assert row["event"]["context"]["app"] == {"version": version, "name": "x"}
    assert row["event"]["context"]["locale"] == "de"


@pytest.mark.parametrize(("choice", "code"), [("receive-time", ""), ("discard", "bad_request")])
def test_unreadable_timestamp(wire: Any, state: Any, choice: str, code: str):
    """Dated by its arrival, or dropped; one without a timestamp is no such event."""
    state.configure(unreadable_timestamp=choice)

    wire.batch({"type": "identify", "userId": "u", "timestamp": "yesterday"}, {"type": "identify", "userId": "u"})

    assert [event.verdict.code for event in state.events()] == [code, ""]


@pytest.mark.parametrize(("choice", "status"), [("discard", 200), ("refuse", 400)])
def test_empty_batch(wire: Any, state: Any, choice: str, status: int):
    """Taken and discarded, or refused; the batch is in the account either way."""
    state.configure(empty_batch=choice)

    assert wire.batch().status_code == status
    assert [batch["events"] for batch in state.batches()] == [0]


def test_sizes_are_settings(wire: Any, state: Any):
    """Of an event and of a batch, whether it comes alone or with others."""
    state.configure(event_bytes=200, batch_bytes=500)
    event = {"type": "identify", "userId": "u", "traits": {"t": "x" * 100}}

    assert wire.send("/v1/identify", event).status_code == 200
    assert wire.send("/v1/identify", {**event, "traits": {"t": "x" * 200}}).status_code == 400
    assert wire.batch(event, event).status_code == 200
    assert wire.batch(event, event, event, event).status_code == 400
    assert wire.batch({**event, "traits": {"t": "x" * 200}}).status_code == 400
    state.configure(oversize_item="discard-item")
    assert wire.batch({**event, "traits": {"t": "x" * 200}}, event).status_code == 200
    assert [verdict.reason for verdict in state.verdicts_of(state.workspace.journal.last)] == ["over 200 bytes", ""]


@pytest.mark.parametrize(("choice", "status"), [("inflated", 400), ("sent", 200)])
def test_sizes_count(wire: Any, state: Any, choice: str, status: int):
    """What compresses well is small or large; what is stored can be read again."""
    state.configure(sizes_count=choice, oversize_item="discard-item")
    events = [{"type": "identify", "userId": f"u{n}", "traits": {"t": "x" * 1_000}} for n in range(600)]
    body = gzip.compress(json.dumps({"writeKey": "wk", "batch": events}).encode())

    assert wire.post("/v1/batch", body, Content_Encoding="gzip").status_code == status
    assert len(list(state.events())) == (600 if status == 200 else 0)


@pytest.mark.parametrize(
    ("choice", "verdicts"),
    [("first", ["delivered", "duplicate", "delivered"]), ("last", ["delivered", "duplicate", "duplicate"])],
)
def test_dedupe_from(wire: Any, state: Any, clock: Any, choice: str, verdicts: list[str]):
    """The day of a messageId begins when it was first delivered, or anew each time it comes."""
    state.configure(dedupe_from=choice)
    for _ in range(3):
        wire.batch({"type": "identify", "userId": "u", "messageId": "m"})
        clock.advance(DAY * 0.6)

    assert [event.verdict.verdict for event in state.events()] == verdicts
