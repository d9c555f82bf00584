"""Without Node, `amplitude` is a destination of every lab: its calls arrive at the lab's own Amplitude or another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from downstream.pump import Pump
from mock_amplitude import AmplitudeClient
from mock_amplitude.ingest import Ingested
from mock_core.errors import BadControl
from mock_segment import create_app
from scenarios.lab import Lab

START = 1_700_000_000.0
USER = "grace-hopper"  # Amplitude refuses user ids of fewer than five characters
POWER = "Power Users (abc123)"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(start=START) as made:
        yield made


def post(lab: Lab, kind: str, /, workspace: str = "default", **event: Any) -> None:
    told = {"X-Lab-Workspace": workspace}
    sent = {"writeKey": "wk", "userId": USER, "messageId": f"{kind}-{event.get('event')}", **event}
    assert create_app(lab.segment_fake).test_client().post(f"/v1/{kind}", json=sent, headers=told).status_code == 200


def arrived(lab: Lab) -> list[tuple[str, str | None, str]]:
    return [
        (row["event_type"], row["user_id"], row["verdict"]) for row in map(Ingested.as_dict, lab.amplitude.ingested())
    ]


def test_a_track_told_to_segment_is_an_event_in_amplitude(lab: Lab):
    """Whoever asks Amplitude first sees it; nobody need ask Segment."""
    lab.destinations.put("amplitude")
    post(lab, "track", event="Order Placed", properties={"total": 5})
    post(lab, "identify", traits={POWER: True})
    post(lab, "page", name="Home")

    assert arrived(lab) == [
        ("Order Placed", USER, "kept"),
        ("$identify", USER, "kept"),
        ("Viewed Home", USER, "kept"),
    ]
    first = next(iter(lab.amplitude.ingested()))
    assert first.event["event_properties"] == {"total": 5}
    assert lab.destinations.known("amplitude") == {USER: {POWER: True}}


def test_a_served_lab_sends_on_by_itself_and_over_http(lab: Lab):
    """A client of the Amplitude fake waits for the event, as for everything else."""
    lab.destinations.put("amplitude")
    with lab.serve() as address, Pump(lab.segment_fake):
        post(lab, "track", event="Order Placed")
        AmplitudeClient(address.amplitude).wait_for("ingested", event_type="Order Placed", timeout=20)


def test_another_labs_amplitude_is_reached_at_its_address(lab: Lab):
    """Over real HTTP, below the path that its base URL has."""
    with Lab(start=START) as other, other.serve() as address:
        lab.destinations.put("amplitude", settings={"address": f"{address.amplitude}/__lab/w/default"})
        post(lab, "track", event="Order Placed")

        assert arrived(lab) == []
        assert lab.destinations.tally() == {("amplitude", "reached"): 1}
        assert arrived(other) == [("Order Placed", USER, "kept")]


def test_a_workspace_of_segment_has_the_amplitude_of_the_same_name(lab: Lab):
    """Nothing of it comes to another."""
    segment = lab.segment_fake.workspaces.get("ci-7")
    next(each for each in segment.workspace.additions.values() if hasattr(each, "put")).put("amplitude")
    post(lab, "track", event="Order Placed", workspace="ci-7")

    segment.workspace.settle()
    assert arrived(lab) == []
    assert len(list(lab.amplitude_fake.workspaces.get("ci-7").ingested())) == 1


def test_what_amplitude_refuses_is_refused_in_its_words(lab: Lab):
    """A user id of three characters; and a region where the key is not known."""
    lab.destinations.put("amplitude")
    lab.destinations.put(
        "europe", destination="amplitude", settings={"apiKey": "lab-api-key", "secretKey": "s", "endpoint": "europe"}
    )
    post(lab, "track", event="Order Placed", userId="ada")

    assert lab.destinations.tally() == {("amplitude", "refused"): 1, ("europe", "refused"): 1}
    answers = {row["destination"]: row["answer"] for row in lab.destinations.requests()}
    assert "Invalid id length" in answers["amplitude"]
    assert "Invalid API key" in answers["europe"]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ({"fault": "status", "status": 503}, 503),
        ({"fault": "latency", "seconds": 60}, "no answer came within 10 s"),
        ({"fault": "connection-reset"}, "the connection was reset"),
        ({"fault": "lost-reply"}, "the connection was reset"),
    ],
)
def test_trouble_at_amplitude_is_tried_again(lab: Lab, trouble: dict[str, Any], told: str | int):
    """A fault of the fake strikes what a destination sends, as it strikes every call."""
    lab.destinations.put("amplitude")
    lab.amplitude.workspace.arm({**trouble, "match": {"route": "/2/httpapi"}})
    post(lab, "track", event="Order Placed")

    assert [row["verdict"] for row in lab.destinations.deliveries()] == ["retrying"]
    lab.clock.advance(3600)
    assert [(row["verdict"], row["attempts"]) for row in lab.destinations.deliveries()] == [("reached", 2)]
    assert [row["lost"] or row["status"] for row in lab.destinations.requests()] == [told, 200]


def test_an_answer_that_is_lost_counts_the_event_twice(lab: Lab):
    """No insert_id is sent by default, so Amplitude cannot know it again (destination facts 6 [run])."""
    lab.destinations.put("amplitude")
    lab.amplitude.workspace.arm({"fault": "lost-reply", "match": {"route": "/2/httpapi"}})
    post(lab, "track", event="Order Placed")
    lab.clock.advance(3600)

    assert arrived(lab) == [("Order Placed", USER, "kept")] * 2


@pytest.mark.timeout(60)
def test_asking_amplitude_while_segment_sends_holds_up_neither(lab: Lab):
    """Two threads, each of which needs what the other has."""
    lab.destinations.put("amplitude")
    lab.amplitude.create_cohort("Power Users", cohort_id="abc12345")
    errors: list[Exception] = []

    def told() -> None:
        try:
            for number in range(30):
                lab.amplitude.enter("abc12345", [f"user-{number}"])
                list(lab.amplitude.ingested())
        except Exception as error:
            errors.append(error)

    other = threading.Thread(target=told)
    other.start()
    for number in range(30):
        post(lab, "track", event=f"Event {number}")
        lab.segment.workspace.settle()
    other.join()

    assert errors == []
    assert lab.destinations.tally() == {("amplitude", "reached"): 30}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"address": "https://api2.amplitude.com"}, "real Amplitude"),
        ({"address": "https://amplitude.com./"}, "real Amplitude"),
        ({"address": "amplitude.lab:80"}, "such as http://127.0.0.1:4801"),
        ({"address": 5}, "such as http://127.0.0.1:4801"),
        ({"address": "http://[::1"}, "such as http://127.0.0.1:4801"),
        ({"apikey": "x"}, "apiKey"),
        ({"apiKey": "x"}, "secretKey"),
        ({"endpoint": "mars"}, "north_america"),
    ],
)
def test_settings_that_cannot_be_are_told(lab: Lab, settings: dict[str, Any], told: str):
    """What, and what was expected."""
    with pytest.raises(BadControl, match=told):
        lab.destinations.put("amplitude", settings=settings)


@pytest.mark.parametrize(
    ("subscription", "told"),
    [
        ({"partnerAction": "logEventV3", "subscribe": 'type = "track"'}, "logEventV2"),
        ({"partnerAction": "logEventV2"}, "such as type ="),
        ({"partnerAction": "logEventV2", "subscribe": 'type = "track"', "mapping": 5}, "object of fields"),
        (
            {"partnerAction": "mapUser", "subscribe": 'type = "alias"', "mapping": {"user_id": {"@pth": "$.userId"}}},
            "no directive",
        ),
    ],
)
def test_subscriptions_that_cannot_be_are_told(lab: Lab, subscription: dict[str, Any], told: str):
    """At their number."""
    with pytest.raises(BadControl, match=told):
        lab.destinations.put("amplitude", subscriptions=[subscription])


def test_an_action_that_is_added_by_hand_is_on(lab: Lab):
    """Group calls do nothing by default; with a subscription they go to two routes."""
    mapping = {"group_type": "org", "group_value": {"@path": "$.groupId"}, "user_id": {"@path": "$.userId"}}
    told = {"partnerAction": "groupIdentifyUser", "subscribe": 'type = "group"', "mapping": mapping}
    lab.destinations.put("amplitude", subscriptions=[told])
    post(lab, "group", groupId="acme")

    assert [row["url"].rpartition("/")[2] for row in lab.destinations.requests()] == ["identify", "groupidentify"]
    assert lab.destinations.tally() == {("amplitude", "reached"): 1}
