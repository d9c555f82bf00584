"""Events through Segment's own code: what the vendor gets, what its answers come to, and how many at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from downstream.destination import Request, Response, Unreachable
from downstream.node import (
    DestinationsError,
    NodeDestination,
    NodeProcess,
    UnknownDestination,
    added,
    plausible,
    read_settings,
)

KEY = "Power Users (7abc12de)"


def identify(user: str = "user-001", value: object = True, **more: Any) -> dict[str, Any]:
    """Return a cohort identify."""
    return {"type": "identify", "userId": user, "messageId": f"m-{user}", "traits": {KEY: value, **more}, "context": {}}


def answering(status: int) -> Any:
    """Return a vendor that answers with one status."""
    return lambda _: Response(status, {"content-type": "application/json"}, b"{}")


def unreachable(_: Request) -> Response:
    """Be a vendor that nobody reaches."""
    raise Unreachable("connection reset")


@pytest.fixture(scope="module")
def braze(node: NodeProcess) -> NodeDestination:
    """Return Braze with placeholders for settings."""
    return NodeDestination(node, "braze")


def test_the_vendor_gets_what_the_package_makes_of_the_event(braze: NodeDestination) -> None:
    """The request is the published code's own, to the last name (destination facts 2)."""
    sent = braze.send(identify(value=False), plausible)

    (call,) = sent.exchanges
    assert (call.request.method, call.request.url) == ("POST", "https://rest.iad-01.braze.com/users/track")
    assert json.loads(call.request.body)["attributes"][0][KEY] is False
    assert (list(sent.actions), sent.failure) == (["updateUserProfile"], None)


@pytest.mark.parametrize(("status", "again"), [(400, False), (401, False), (429, True), (500, True), (503, True)])
def test_a_refusal_says_whether_to_try_again(braze: NodeDestination, status: int, again: bool) -> None:
    """A vendor's own status is told, and whether another try may help."""
    failure = braze.send(identify(), answering(status)).failure

    assert failure is not None
    assert (failure.reason, failure.status, failure.again) == ("HTTPError", status, again)


def test_a_vendor_out_of_reach_is_tried_again(braze: NodeDestination) -> None:
    """No answer has no status, and the reason is the transport's."""
    sent = braze.send(identify(), unreachable)

    assert sent.failure is not None
    assert (sent.failure.message, sent.failure.status, sent.failure.again) == ("connection reset", None, True)
    assert (sent.exchanges[0].response, sent.exchanges[0].lost) == (None, "connection reset")


def test_an_event_without_what_the_mapping_needs_is_not_tried_again(node: NodeProcess) -> None:
    """What never reached the vendor fails in the package's words."""
    sent = NodeDestination(node, "outfunnel").send(identify(), plausible)

    assert sent.failure is not None
    assert (sent.failure.reason, sent.failure.status, sent.failure.again) == ("AggregateAjvError", 400, False)
    assert not sent.exchanges


def test_many_events_each_keep_their_own_calls(braze: NodeDestination) -> None:
    """With many under way each result has the call of its own event."""
    users = [f"user-{number:03}" for number in range(200)]

    sent = braze.send_many([identify(user) for user in users], plausible)

    assert [json.loads(each.exchanges[0].request.body)["attributes"][0]["external_id"] for each in sent] == users


def test_a_batch_is_one_call_with_a_result_for_each(braze: NodeDestination) -> None:
    """Braze takes up to 75 events in one request (destination facts 2)."""
    taken = braze.send_batch([identify("a"), identify("b", value=False), {"type": "alias", "userId": "c"}], plausible)
    refused = braze.send_batch([identify("a"), identify("b")], answering(503))

    assert [list(each.actions) for each in taken] == [["updateUserProfile"], ["updateUserProfile"], []]
    assert len(json.loads(taken[0].exchanges[0].request.body)["attributes"]) == 2
    assert [each.failure for each in taken] == [None, None, None]
    assert all(each.failure is not None and each.failure.again for each in refused)


@pytest.mark.parametrize(
    ("slug", "filled", "address"),
    [
        ("kafka", {"topic": "cohorts"}, "kafka://cohorts"),
        ("aws-kinesis", {"streamName": "s", "awsRegion": "us-east-1"}, "https://kinesis.us-east-1.amazonaws.com/"),
    ],
)
def test_libraries_that_speak_no_plain_http_are_the_labs_too(
    node: NodeProcess, slug: str, filled: dict[str, Any], address: str
) -> None:
    """Kafka's client and those of AWS hand their calls to the lab like any other."""
    subscription = added(node.describe(slug), "send", **filled)

    sent = NodeDestination(node, slug, subscriptions=[subscription]).send(identify(), plausible)

    assert sent.failure is None
    assert sent.exchanges[-1].request.url == address


def test_an_unknown_destination_is_told_the_nearest(node: NodeProcess) -> None:
    """A slip of the finger costs one look."""
    with pytest.raises(UnknownDestination, match="no destination is called 'braz'; did you mean 'braze'"):
        NodeDestination(node, "braz")


def test_settings_that_lack_something_say_what_it_is_for(node: NodeProcess, tmp_path: Path) -> None:
    """The package's own words say what a missing setting means."""
    file = tmp_path / "braze.json"
    file.write_text('{"app_id": "x", "endpoint": "https://rest.iad-01.braze.com", "apikey": "k"}', encoding="utf-8")

    with pytest.raises(DestinationsError) as told:
        NodeDestination(node, "braze", read_settings(file))

    assert "the settings of braze lack api_key, API Key: Created under Developer Console" in str(told.value)
    assert "'apikey' may be meant as 'api_key'" in str(told.value)


def test_settings_that_the_package_refuses_are_told_in_its_words(node: NodeProcess) -> None:
    """A value that is none of the choices is the package's to refuse."""
    settings = {"api_key": "x", "app_id": "x", "endpoint": "https://example.com"}

    with pytest.raises(DestinationsError, match="braze does not take these settings: "):
        NodeDestination(node, "braze", settings)


@pytest.mark.parametrize("content", ["", "[]", '{"a":', "\udcff"])
def test_a_settings_file_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    """What is no JSON object is named with its file."""
    file = tmp_path / "settings.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(DestinationsError, match=r"settings\.json"):
        read_settings(file)


def test_a_condition_that_cannot_be_read_is_told_before_the_first_event(node: NodeProcess) -> None:
    """A subscription that could never be met is wrong from the start."""
    subscription = {"partnerAction": "updateUserProfile", "subscribe": 'traits["x"] = true', "mapping": {}}

    with pytest.raises(DestinationsError, match="cannot be read as FQL"):
        NodeDestination(node, "braze", subscriptions=[subscription])
