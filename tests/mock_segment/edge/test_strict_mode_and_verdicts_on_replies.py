"""Two ways to hear at once what Segment would never say."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def strict(state: Any) -> None:
    state.configure(mode="strict")


@pytest.mark.parametrize(
    ("path", "payload", "code", "words"),
    [
        ("/v1/identify", {}, "no_user_anon_id", "/userId: An event needs"),
        ("/v1/track", {"userId": "u"}, "event_not_defined", "/event"),
        ("/v1/identify", {"userId": 5}, "id_not_string", "/userId"),
        ("/v1/batch", {"batch": []}, "empty_batch", "no events"),
        ("/v1/batch", {"batch": [{"type": "identify", "userId": "u"}, 5]}, "bad_request", "batch[1]"),
        (
            "/v1/batch",
            {"batch": [{"type": "identify", "userId": "u"}, {"type": "track", "userId": "u"}]},
            "event_not_defined",
            "batch[1]/event",
        ),
    ],
)
@pytest.mark.usefixtures("strict")
def test_strict_mode_refuses_with_the_discard_code(
    wire: Any, state: Any, path: str, payload: dict[str, Any], code: str, words: str
):
    """400 with the code, the place and the reason, and nothing is stored."""
    reply = wire.send(path, payload)

    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert words in reply.json()["message"]
    assert list(state.events()) == []


@pytest.mark.usefixtures("strict")
def test_strict_mode_refuses_an_unknown_source(wire: Any, state: Any, identify: Any):
    """The wrong key fails at the call that carries it."""
    state.put_source("another")

    reply = wire.batch(identify())

    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_source")


@pytest.mark.usefixtures("strict")
def test_strict_mode_refuses_a_key_of_the_other_region(wire: Any, state: Any, identify: Any):
    """With the true reason: there is a source of that key, elsewhere."""
    state.put_source("wk", region="eu")

    reply = wire.batch(identify())

    assert (reply.status_code, reply.json()["code"]) == (400, "unknown_source")
    assert "this write key is of region eu, and this fake stands for us" in reply.json()["message"]


@pytest.mark.parametrize("surplus_items", ["discard-surplus", "discard-all"])
@pytest.mark.usefixtures("strict")
def test_strict_mode_refuses_a_batch_of_which_some_would_be_surplus(
    wire: Any, state: Any, identify: Any, surplus_items: str
):
    """2,500 are fine, whichever way the surplus would have gone."""
    state.configure(surplus_items=surplus_items)

    fine = wire.batch(*[identify(f"u{number}") for number in range(2_500)])
    reply = wire.batch(*[identify(f"u{number}") for number in range(2_501)])

    assert (fine.status_code, reply.status_code, reply.json()["code"]) == (200, 400, "bad_request")
    assert reply.json()["message"] == "batch[2500]: item 2501 of a batch; Segment takes 2500"


@pytest.mark.usefixtures("strict")
def test_strict_mode_refuses_an_item_that_would_be_discarded_for_its_size(wire: Any, state: Any, identify: Any):
    """Also where the edge would take the batch and delivery drop the item."""
    state.configure(oversize_item="discard-item")

    reply = wire.batch(identify(), identify("u2", traits={"pad": "x" * 40_000}))

    assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")
    assert reply.json()["message"] == "batch[1]: over 32768 bytes"


@pytest.mark.usefixtures("strict")
def test_strict_mode_takes_a_retry_of_what_it_stored(wire: Any, state: Any, identify: Any):
    """A duplicate is what a retry after a lost reply looks like, and no fault of the sender's."""
    batch = [identify(f"u{number}", messageId=f"m{number}") for number in range(3)]
    state.workspace.arm({"fault": "store-first", "keep": 2})

    replies = [wire.batch(*batch).status_code for _ in range(3)]

    assert replies == [500, 200, 200]
    assert [verdict.verdict for verdict in state.verdicts_of(state.workspace.journal.last)] == ["duplicate"] * 3


@pytest.mark.usefixtures("strict")
def test_strict_mode_takes_what_segment_keeps(wire: Any, identify: Any):
    """A sound event is answered to the byte like always."""
    assert wire.batch(identify()).content == b'{"success": true}'


def test_verdicts_come_on_the_reply_when_asked_for(wire: Any, identify: Any):
    """One for each event, in order, and the batch's own."""
    reply = wire.batch(identify(messageId="m"), identify(messageId="m"), {"type": "track"}, **{"X-Lab-Verdicts": "yes"})

    assert reply.json()["success"] is True
    assert [(found["verdict"], found["code"]) for found in reply.json()["verdicts"]] == [
        ("delivered", ""),
        ("duplicate", ""),
        ("discarded", "no_user_anon_id"),
    ]
    assert reply.json()["batch"] == "multi_user_error"


@pytest.mark.parametrize("wish", ["", "0", "no", "False", "off"])
def test_verdicts_do_not_come_where_they_are_declined(wire: Any, identify: Any, wish: str):
    """Saying no is no way to ask."""
    assert wire.batch(identify(), **{"X-Lab-Verdicts": wish}).content == b'{"success": true}'


@pytest.mark.usefixtures("strict")
def test_what_strict_mode_refused_is_found_by_its_key(wire: Any):
    """And by the event's own type and user, where the upload was one event."""
    wire.send("/v1/track", {"writeKey": "kk", "userId": "u"})
    wire.send("/v1/batch", {"writeKey": "kk", "batch": []})

    rows = wire.lab("verdicts", write_key="kk").json()["verdicts"]
    assert [(row["verdict"], row["code"], row["type"], row["user_id"]) for row in rows] == [
        ("refused", "event_not_defined", "track", "u"),
        ("refused", "empty_batch", None, None),
    ]
    calls = wire.lab("requests", write_key="kk", code="empty_batch").json()["requests"]
    assert [call["path"] for call in calls] == ["/v1/batch"]
    assert wire.lab("requests/count", code="event_not_defined").json() == {"count": 1}


def test_a_single_call_gets_its_verdict_too(wire: Any):
    """Without a word on a batch."""
    reply = wire.send("/v1/identify", {"userId": "u"}, **{"X-Lab-Verdicts": "1"})

    assert reply.json() == {"success": True, "verdicts": [{"verdict": "delivered", "code": "", "reason": ""}]}


def test_a_refusal_is_the_same_with_the_header(wire: Any):
    """There is nothing to add to a 400."""
    plain = wire.post("/v1/batch", b"x")
    asked = wire.post("/v1/batch", b"x", X_Lab_Verdicts="1")

    assert plain.content == asked.content


@pytest.mark.parametrize(
    ("path", "payload", "message"),
    [
        ("/debug/v1/track", {"userId": "u"}, "Missing event key for track call"),
        ("/debug/v1/track", {"userId": "u", "event": 5}, "Event must be a string"),
        ("/debug/v1/identify", {}, "Missing userId or anonymousId"),
        ("/debug/v1/identify", {"userId": "u", "integrations": []}, "context integrations must be an object"),
        ("/debug/v1/identify", {"userId": "u", "writeKey": ""}, "Missing writeKey"),
        ("/debug/v1/identify", {"userId": "u", "writeKey": "unknown"}, "Invalid writeKey"),
        ("/debug/v1/identify", {"userId": "u", "writeKey": "off"}, "Disabled event"),
        ("/debug/v1/identify", {"userId": "u"}, None),
    ],
)
def test_the_debug_routes_say_what_segment_used_to_say(
    wire: Any, state: Any, path: str, payload: dict[str, Any], message: str | None
):
    """The strings of the old debug API; nothing is delivered."""
    state.put_source("wk")
    state.put_source("off", enabled=False)

    reply = wire.send(path, payload)

    assert reply.status_code == (400 if message else 200)
    assert reply.json().get("message") == message
    assert list(state.events()) == []


def test_the_debug_route_says_invalid_json(wire: Any):
    """The first of the old strings."""
    assert wire.post("/debug/v1/track", b"{").json()["message"] == "Invalid JSON"
