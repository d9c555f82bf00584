"""Faults that only a tracking API has: what became of the events, not of the reply."""

from __future__ import annotations

import base64
from typing import Any

import pytest


def values(state: Any) -> list[Any]:
    return [event.raw["traits"]["n"] for event in state.delivered()]


def send(wire: Any, *numbers: int) -> Any:
    return wire.batch(
        *[{"type": "identify", "userId": "u1", "messageId": f"m{n}", "traits": {"n": n}} for n in numbers]
    )


def test_store_first_keeps_the_first_and_answers_500(wire: Any, state: Any):
    """A retry of the whole batch delivers the rest and nothing twice."""
    state.workspace.arm({"fault": "store-first", "keep": 2})

    failed = send(wire, 1, 2, 3)
    stored = values(state)
    again = send(wire, 1, 2, 3)

    assert (failed.status_code, again.status_code) == (500, 200)
    assert failed.json()["success"] is False
    assert stored == [1, 2]
    assert values(state) == [1, 2, 3]
    assert [verdict.verdict for verdict in state.verdicts_of(3)] == ["duplicate", "duplicate", "delivered"]


def test_store_first_of_none_stores_none(wire: Any, state: Any):
    """Keeping nothing is a plain failure after the fact."""
    state.workspace.arm({"fault": "store-first", "keep": 0, "status": 502})

    assert send(wire, 1).status_code == 502
    assert values(state) == []
    assert state.tally() == {("wk", "identify", "refused", "502"): 1}


def test_stored_twice_is_a_duplicate_with_a_message_id(wire: Any, state: Any):
    """What dedupe is for."""
    state.workspace.arm({"fault": "stored-twice"})

    send(wire, 1)

    assert [event.verdict.verdict for event in state.events()] == ["delivered", "duplicate"]


def test_stored_twice_is_two_events_without_one(wire: Any, state: Any):
    """Events that came without a messageId get different ones."""
    state.workspace.arm({"fault": "stored-twice"})

    wire.batch({"type": "identify", "userId": "u1", "traits": {"n": 1}})

    assert values(state) == [1, 1]


@pytest.mark.parametrize("surplus_items", ["discard-surplus", "discard-all"])
def test_stored_twice_does_not_make_a_batch_too_long(wire: Any, state: Any, surplus_items: str):
    """What Segment takes is counted as it was sent, and not with the copies."""
    state.configure(surplus_items=surplus_items)
    state.workspace.arm({"fault": "stored-twice"})

    wire.batch(*[{"type": "identify", "userId": f"u{number}"} for number in range(2_000)])

    assert state.tally() == {("wk", "identify", "delivered", ""): 4_000}


def test_stored_twice_discards_the_surplus_of_each_copy(wire: Any, state: Any):
    """The same events as without the fault, twice."""
    state.workspace.arm({"fault": "stored-twice"})

    wire.batch(*[{"type": "identify", "userId": f"u{number}"} for number in range(2_501)])

    lost = [event for event in state.events() if event.verdict.verdict == "discarded"]
    assert [(event.index, event.raw["userId"]) for event in lost] == [(2_500, "u2500"), (5_001, "u2500")]


def test_late_events_are_delivered_when_their_time_comes(wire: Any, state: Any, clock: Any):
    """Until then the profile does not know of them; then they overwrite what came between."""
    state.workspace.arm({"fault": "late", "seconds": 60})
    send(wire, 1)
    send(wire, 2)
    before = (values(state), state.profile("u1").traits)
    (held, _) = state.events()

    clock.advance(59.999)
    still = values(state)
    clock.advance(0.001)

    assert before == ([2], {"n": 2})
    assert held.outcome()["delivered_at"] is None
    assert still == [2]
    assert values(state) == [2, 1]
    assert state.profile("u1").traits == {"n": 1}
    assert [row["delivered_at"] for row in state.trait_history("u1", "n")] == [
        "2026-01-05T09:00:00.000Z",
        "2026-01-05T09:01:00.000Z",
    ]


def test_a_late_event_goes_before_what_comes_after_its_time(wire: Any, state: Any, clock: Any):
    """Order of delivery is order of time."""
    state.workspace.arm({"fault": "late", "seconds": 60})
    send(wire, 1)
    clock.advance(60)
    send(wire, 2)

    assert values(state) == [1, 2]


def test_late_events_come_in_the_order_of_their_times(wire: Any, state: Any, clock: Any):
    """The later sent may come first."""
    state.workspace.arm({"fault": "late", "seconds": 60})
    send(wire, 1)
    state.workspace.arm({"fault": "late", "seconds": 30})
    send(wire, 2)
    clock.advance(100)

    assert values(state) == [2, 1]


def test_out_of_order_is_overtaken_by_the_next_call(wire: Any, state: Any):
    """Delivered only once the next call has been."""
    state.workspace.arm({"fault": "out-of-order"})
    send(wire, 1)
    before = values(state)
    send(wire, 2)
    send(wire, 3)

    assert before == []
    assert values(state) == [2, 1, 3]
    assert state.profile("u1").traits == {"n": 3}


def test_a_held_event_still_uses_its_message_id(wire: Any, state: Any, clock: Any):
    """A resend while the first is on its way is the duplicate."""
    state.workspace.arm({"fault": "late", "seconds": 60})
    send(wire, 1)
    send(wire, 1)

    assert [event.verdict.verdict for event in state.events()] == ["delivered", "duplicate"]
    clock.advance(60)
    assert values(state) == [1]


def test_a_fault_strikes_one_write_key(wire: Any, state: Any):
    """By the key in the body, or in the header."""
    state.workspace.arm({"fault": "status", "status": 503, "match": {"key": "bad", "times": None}})
    event = {"userId": "u"}
    header = {"Authorization": f"Basic {base64.b64encode(b'bad:').decode()}"}

    in_body = [wire.send("/v1/identify", {"writeKey": key, **event}).status_code for key in ("good", "bad")]
    in_header = wire.post("/v1/identify", b'{"userId": "u"}', **header).status_code

    assert (in_body, in_header) == ([200, 503], 503)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 408, 410, 413, 422, 429, 460, 500, 501, 502, 503, 504, 505, 511]
)
def test_any_status_comes_in_segments_envelope(wire: Any, state: Any, status: int):
    """Python reads `code` and `message` of every error, Ruby retries what is no JSON."""
    state.workspace.arm({"fault": "status", "status": status})

    reply = send(wire, 1)

    assert reply.status_code == status
    assert reply.json().keys() == {"success", "message", "code"}
    assert values(state) == []


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(wire: Any, state: Any, status: int):
    """204 stores nothing either, and PHP loops on it."""
    state.workspace.arm({"fault": "status", "status": status})

    assert (send(wire, 1).status_code, values(state)) == (status, [])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fault": "html-page"}, "200"),
        ({"fault": "status", "status": 204}, "204"),
        ({"fault": "status", "status": 503}, "503"),
        ({"fault": "connection-reset"}, "reset"),
    ],
)
def test_whatever_a_fault_kept_from_being_stored_has_a_verdict(wire: Any, state: Any, fault: dict[str, Any], code: str):
    """Also where the answer was 200 from somebody else; whose it was is told as far as it can be read."""
    state.workspace.arm({**fault, "match": {"times": 3}})
    for send_it in (
        lambda: wire.send("/v1/identify", {"userId": "u", "messageId": "m"}),
        lambda: wire.post("/v1/batch", b"nonsense", Authorization=f"Basic {base64.b64encode(b'kk:').decode()}"),
        lambda: wire.session.get(f"{wire.url}/v1/pixel/track?writeKey=px&userId=p"),
    ):
        try:
            send_it()
        except OSError:
            assert code == "reset"

    rows = wire.lab("verdicts", code=code).json()["verdicts"]
    told = [(row["verdict"], row["write_key"], row["type"], row["user_id"], row["message_id"]) for row in rows]
    assert told == [
        ("refused", "wk", "identify", "u", "m"),
        ("refused", "kk", None, None, None),
        ("refused", "px", "track", "p", None),
    ]


def test_what_carries_no_events_has_no_verdict(wire: Any, state: Any):
    """A token, a metric, a page's settings: a fault there loses nobody's event."""
    state.workspace.arm({"fault": "status", "status": 503, "match": {"times": None}})
    for path in ("/token", "/v1/m", "/debug/v1/track"):
        wire.send(path, {})
    wire.session.get(f"{wire.url}/v1/projects/wk/settings")

    assert wire.lab("verdicts").json()["verdicts"] == []


def test_the_events_that_store_first_lost_are_refused(wire: Any, state: Any):
    """Each by itself, with the status that was answered; page by page like the others."""
    state.workspace.arm({"fault": "store-first", "keep": 1, "status": 502})
    send(wire, 1, 2, 3)

    rows = wire.lab("verdicts").json()["verdicts"]
    (second,) = wire.lab("verdicts", after=rows[0]["position"], limit=1).json()["verdicts"]

    assert [(row["index"], row["verdict"], row["code"], row["message_id"]) for row in rows] == [
        (0, "delivered", "", "m1"),
        (1, "refused", "502", "m2"),
        (2, "refused", "502", "m3"),
    ]
    assert rows[1]["reason"] == "a fault stored the first 1 of 3 events"
    assert rows[1] == second
    assert wire.lab("verdicts/count", verdict="refused", user_id="u1").json() == {"count": 2}
    assert wire.lab("events/count").json() == {"count": 1}


def test_a_refused_upload_has_a_verdict(wire: Any, state: Any):
    """Refused by the edge, by a fault, or cut before it got there."""
    state.workspace.arm({"fault": "status", "status": 503})
    send(wire, 1)
    wire.post("/v1/batch", b"nonsense")
    send(wire, 2)

    rows = wire.lab("verdicts").json()["verdicts"]
    assert [(row["verdict"], row["code"]) for row in rows] == [
        ("refused", "503"),
        ("refused", "invalid_request"),
        ("delivered", ""),
    ]
    assert rows[1]["reason"] == "malformed JSON"


def test_a_lost_reply_and_its_retry_deliver_once(wire: Any, state: Any):
    """The caller cannot know; dedupe does."""
    state.workspace.arm({"fault": "lost-reply"})

    with pytest.raises(OSError):
        send(wire, 1)
    send(wire, 1)

    assert values(state) == [1]


def test_a_reset_before_storing_is_told_as_such(wire: Any, state: Any):
    """The verdict says that nothing came in."""
    state.workspace.arm({"fault": "connection-reset"})
    with pytest.raises(OSError):
        send(wire, 1)

    (row,) = wire.lab("verdicts").json()["verdicts"]
    assert (row["verdict"], row["code"]) == ("refused", "reset")


def test_faults_wait_for_the_call_behind_a_preflight(wire: Any, state: Any):
    """A browser's question does not use a fault up; naming OPTIONS does."""
    state.workspace.arm({"fault": "status", "status": 503})
    asked = wire.session.options(f"{wire.url}/v1/b", headers={"Origin": "http://page"})
    state.workspace.arm({"fault": "status", "status": 500, "match": {"method": "OPTIONS"}})
    broken = wire.session.options(f"{wire.url}/v1/b", headers={"Origin": "http://page"})

    assert (asked.status_code, broken.status_code, send(wire, 1).status_code) == (204, 500, 503)


def test_a_200_that_stores_nothing_says_success(wire: Any, state: Any):
    """The silent loss: the client hears what it always hears."""
    state.workspace.arm({"fault": "status", "status": 200})

    reply = send(wire, 1)

    assert (reply.status_code, reply.content) == (200, b'{"success": true}')
    assert values(state) == []


@pytest.mark.parametrize(("status", "error"), [(429, "temporarily_unavailable"), (401, "invalid_request")])
def test_the_token_endpoint_refuses_as_oauth_does(wire: Any, state: Any, status: int, error: str):
    """SDKs read `error` and `error_description` there, not the tracking API's envelope."""
    state.workspace.arm({"fault": "status", "status": status, "match": {"route": "/token"}})

    reply = wire.session.post(f"{wire.url}/token", data={})

    assert reply.status_code == status
    assert reply.json()["error"] == error
    assert "error_description" in reply.json()


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ({"user": "u2"}, [200, 503, 200]),
        ({"user": "anon-3"}, [200, 200, 503]),
        ({"message_id": "m1"}, [503, 200, 200]),
        ({"user": "u2", "message_id": "m1"}, [200, 200, 200]),
        ({"user": "nobody"}, [200, 200, 200]),
    ],
)
def test_a_fault_stays_with_an_event(match: dict[str, str], struck: list[int], wire: Any, state: Any):
    """By its user or its messageId, however it is packed: another batch that comes first is not taken for it."""
    state.workspace.arm({"fault": "status", "status": 503, "match": {**match, "times": None}})
    shapes = [{"userId": "u1"}, {"userId": "u2"}, {"anonymousId": "anon-3"}]

    answers = [
        wire.batch({"type": "track", "event": "x", "messageId": f"m{number}", **ids}).status_code
        for number, ids in enumerate(shapes, 1)
    ]

    assert answers == struck


def test_a_script_goes_on_with_the_batch_it_began_with(wire: Any, state: Any):
    """Two batches on their way at once do not share the answers that were meant for one."""
    state.workspace.arm({"fault": "script", "statuses": [500, 500], "match": {"message_id": "m1"}})

    assert [send(wire, number).status_code for number in (1, 2, 1, 2, 1)] == [500, 200, 500, 200, 200]
