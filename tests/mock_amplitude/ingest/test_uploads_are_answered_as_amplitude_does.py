"""Uploads of events and identifications: what the edge answers, in Amplitude's words and keys, and to whom."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

KEY = "lab-api-key"
EVENT = {"event_type": "Order Completed", "user_id": "user-1"}


def send(desk: Any, events: Any, path: str = "/2/httpapi", **more: Any) -> Any:
    return desk.anyone.post(f"{desk.url}{path}", json={"api_key": KEY, "events": events, **more})


def rows(desk: Any, **filters: str) -> list[dict[str, Any]]:
    return list(desk.lab("GET", "/ingested", params=filters).json()["ingested"])


def fates(desk: Any) -> list[tuple[str, str]]:
    return [(row["verdict"], row["code"]) for row in rows(desk)]


def test_what_is_taken_is_told_with_its_size_and_time(desk: Any):
    """The keys, in the order of live answers: SDKs read the code out of the body."""
    answer = send(desk, [EVENT, EVENT])

    assert answer.status_code == 200
    assert list(answer.json()) == ["code", "server_upload_time", "payload_size_bytes", "events_ingested"]
    assert answer.json()["events_ingested"] == 2
    assert answer.json()["server_upload_time"] == desk.start * 1000
    assert answer.json()["payload_size_bytes"] == len(answer.request.body)


@pytest.mark.parametrize(
    ("body", "error", "field"),
    [
        (b"", "Missing request body", None),
        (b"{", "Invalid JSON request body", None),
        (b"[]", "Invalid JSON request body", None),
        (b'{"events": []}', "Request missing required field", "api_key"),
        (b'{"api_key": "lab-api-key"}', "Request missing required field", "events"),
        (b'{"api_key": "nobody", "events": [{}]}', "Invalid API key: nobody", None),
        (b'{"api_key": "lab-api-key", "events": 5}', "Invalid event JSON", None),
    ],
)
@pytest.mark.parametrize("path", ["/2/httpapi", "/batch"])
def test_questions_are_asked_in_amplitudes_order(desk: Any, path: str, body: bytes, error: str, field: str | None):
    """Body, JSON, key, events: the first that is not answered is told."""
    answer = desk.anyone.post(f"{desk.url}{path}", data=body)

    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (400, 400, error)
    assert answer.json().get("missing_field") == field


ODD = {
    "event_type": ({"user_id": "user-1"}, "events_with_missing_fields"),
    "user_id": ({"event_type": "x"}, "events_with_missing_fields"),
    "time": ({**EVENT, "time": "2026-01-05"}, "events_with_invalid_fields"),
    "event_properties": ({**EVENT, "event_properties": [1]}, "events_with_invalid_fields"),
    "device_id": ({**EVENT, "device_id": "unknown"}, "events_with_invalid_fields"),
}


@pytest.mark.parametrize("name", ODD)
def test_wrong_events_are_named_by_field_and_place(desk: Any, name: str):
    """HTTP V2 names the first of each field, Batch every one; nothing of the upload is kept."""
    event, kind = ODD[name]
    first = send(desk, [EVENT, event, event])
    every = send(desk, [EVENT, event, event], "/batch")

    assert (first.status_code, every.status_code) == (400, 400)
    assert first.json()[kind][name] == [1]
    assert every.json()[kind][name] == [1, 2]
    assert fates(desk) == []


def test_an_id_that_is_too_short_refuses_the_upload_or_is_taken_out(desk: Any):
    """As live answers do, or as the documentation says: a setting; and the upload may ask for another length."""
    short = {"event_type": "x", "user_id": "abc", "device_id": "device-1"}
    refused = send(desk, [EVENT, short])
    asked = send(desk, [short], options={"min_id_length": 3})
    desk.amplitude.configure(short_id="strip")
    stripped, alone = send(desk, [short]), send(desk, [{"event_type": "x", "user_id": "abc"}])

    assert refused.json()["events_with_invalid_id_lengths"] == {"user_id": [1]}
    assert refused.json()["error"] == "Invalid id length for user_id or device_id"
    assert (asked.status_code, stripped.status_code, alone.status_code) == (200, 200, 400)


def test_an_id_that_is_a_number_is_answered_200_and_never_seen_again(desk: Any):
    """The gap between the two planes that cost people days."""
    answer = send(desk, [EVENT, {"event_type": "x", "user_id": 4711}])

    assert answer.status_code == 200
    assert fates(desk) == [("kept", ""), ("dropped", "id_not_text")]


def test_the_same_insert_id_of_a_device_counts_once_in_seven_days(desk: Any):
    """Also of a user without a device, who is given one; another device's is another event."""
    event = {**EVENT, "insert_id": "i-1"}
    send(desk, [event])
    desk.clock.advance(7 * 86_400 - 1)
    send(desk, [event, {**event, "device_id": "device-9"}])
    desk.clock.advance(2)
    send(desk, [event], "/batch")

    assert [verdict for verdict, _ in fates(desk)] == ["kept", "duplicate", "kept", "kept"]


@pytest.mark.parametrize(("path", "events"), [("/2/httpapi", 2000), ("/batch", 2001)])
def test_too_many_events_are_too_large(desk: Any, path: str, events: int):
    """One fewer is fine, spread over users: HTTP V2 takes fewer than 2,000, Batch 2,000."""
    many = [{**EVENT, "user_id": f"user-{number}"} for number in range(events)]

    assert send(desk, many, path).json() == {"code": 413, "error": "Payload too large"}
    assert send(desk, many[1:], path).status_code == 200


def test_too_many_bytes_are_too_large_to_httpapi_and_not_to_batch(desk: Any):
    """One megabyte against twenty, inflated."""
    event = {**EVENT, "event_properties": {"text": "x" * 1_100_000}}
    body = gzip.compress(json.dumps({"api_key": KEY, "events": [event]}).encode())
    answers = [
        desk.anyone.post(f"{desk.url}{path}", data=body, headers={"Content-Encoding": "gzip"})
        for path in ("/2/httpapi", "/batch")
    ]

    assert [answer.status_code for answer in answers] == [413, 200]


def test_events_of_one_user_that_come_too_fast_are_named(desk: Any):
    """30 a second over half a minute; nothing of the upload is kept, and whose events are not to blame is told."""
    fast = [EVENT] * 900
    assert send(desk, fast).status_code == 200
    refused = send(desk, [{**EVENT, "user_id": "user-2"}, EVENT])
    elsewhere = send(desk, [EVENT], "/batch")
    desk.clock.advance(31)
    slow = send(desk, [EVENT])
    desk.amplitude.configure(ingest_pace="off")

    told = refused.json()
    assert (refused.status_code, told["code"], told["eps_threshold"]) == (429, 429, 30)
    assert told["throttled_users"] == {"user-1": 30}
    assert told["throttled_events"] == [1]
    assert (elsewhere.status_code, slow.status_code) == (200, 200)
    assert send(desk, fast * 2).status_code == 200


def test_a_days_events_of_one_device_are_enough(desk: Any):
    """By /batch, once the quota of a day is used up; a day later it is free again."""
    desk.amplitude.configure(ingest_daily_quota=10)
    event = {"event_type": "x", "device_id": "device-1"}
    first, second = send(desk, [event] * 10, "/batch"), send(desk, [event], "/batch")
    desk.clock.advance(25 * 3600)

    assert first.status_code == 200
    assert second.json()["exceeded_daily_quota_devices"] == {"device-1": 11}
    assert send(desk, [event], "/batch").status_code == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_identifications_come_as_a_form(desk: Any, method: str):
    """One or a list of them, in the body or the address; the answer is a word, not JSON."""
    item = {"user_id": "user-1", "user_properties": {"Power Users (7abc12de)": True}}
    where = "data" if method == "POST" else "params"
    for told in (item, [item]):
        form = {"api_key": KEY, "identification": json.dumps(told), "options": "undefined"}
        answer = desk.anyone.request(method, f"{desk.url}/identify", **{where: form})
        assert (answer.status_code, answer.text) == (200, "success")
        assert answer.headers["Content-Type"] == "text/html;charset=utf-8"

    kept = rows(desk, route="/identify")
    assert [row["event"]["user_properties"] for row in kept] == [item["user_properties"]] * 2


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"identification": "{}"}, "missing_api_key"),
        ({"api_key": KEY}, "missing_event"),
        ({"api_key": KEY, "identification": "{"}, "not JSON"),
        ({"api_key": KEY, "identification": "[5]"}, "no object"),
        ({"api_key": KEY, "identification": '{"user_id": "abc"}'}, "user_id of identification 0"),
        ({"api_key": "nobody", "identification": '{"user_id": "user-1"}'}, "Invalid API key: nobody"),
    ],
)
def test_a_form_that_is_wrong_is_told_in_words(desk: Any, form: dict[str, str], words: str):
    """Without JSON, as that API answers."""
    answer = desk.anyone.post(f"{desk.url}/identify", data=form)

    assert answer.status_code == 400
    assert words in answer.text


def test_groups_have_properties_too(desk: Any):
    """Who a group is, its own fields say; no user is needed."""
    item = {"group_type": "org", "group_value": "acme", "group_properties": {"plan": "pro"}}
    form = {"api_key": KEY, "identification": json.dumps(item)}

    assert desk.anyone.post(f"{desk.url}/groupidentify", data=form).text == "success"


def test_a_page_may_send_events_and_read_the_answer(desk: Any):
    """A browser asks first, and an API key of events is public: it stands in every page."""
    origin = {"Origin": "http://shop.example"}
    asked = desk.anyone.options(f"{desk.url}/2/httpapi", headers={**origin, "Access-Control-Request-Method": "POST"})
    answer = desk.anyone.post(f"{desk.url}/2/httpapi", json={"api_key": KEY, "events": [EVENT]}, headers=origin)

    assert (asked.status_code, answer.status_code) == (204, 200)
    assert answer.headers["Access-Control-Allow-Origin"] == "http://shop.example"


def test_a_fault_answers_as_this_api_does(desk: Any):
    """With the code in the body, which is what clients read."""
    desk.lab("POST", "/faults", json={"fault": "status", "status": 500, "match": {"route": "/batch"}})
    answer = send(desk, [EVENT], "/batch")

    assert (answer.status_code, answer.json()["code"]) == (500, 500)
    assert send(desk, [EVENT], "/batch").status_code == 200


def test_strings_are_cut_and_what_is_missing_is_filled_in(desk: Any):
    """As the event is kept: at most 1,024 characters, ids without blanks around them, a device, a time."""
    send(desk, [{"event_type": "x", "user_id": "  user-1 ", "event_properties": {"deep": [{"text": "y" * 2000}]}}])
    (row,) = rows(desk)

    assert row["user_id"] == "user-1"
    assert row["device_id"].count("-") == 4
    assert row["event"]["time"] == desk.start * 1000
    assert len(row["event"]["event_properties"]["deep"][0]["text"]) == 1024


@pytest.mark.parametrize("path", ["/2/httpapi", "/batch", "/identify", "/groupidentify"])
def test_a_page_of_any_origin_may_ask_and_read(desk: Any, path: str):
    """The question before, the refusal, and a fault are readable to it, or its SDK takes them for no network."""
    desk.amplitude.workspace.arm({"fault": "status", "status": 500, "match": {"route": path, "method": "POST"}})
    page = {"Origin": "https://shop.example", "Access-Control-Request-Headers": "content-type"}
    answers = [
        desk.anyone.request(method, f"{desk.url}{path}", headers=page, data=b"")
        for method in ("OPTIONS", "POST", "POST")
    ]

    assert [answer.status_code for answer in answers] == [204, 500, 400]
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {"https://shop.example"}
    assert "content-type" in answers[0].headers["Access-Control-Allow-Headers"]
