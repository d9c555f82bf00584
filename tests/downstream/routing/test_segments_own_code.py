"""The destinations' own code, from a batch that Segment took to what the vendor knows."""

from __future__ import annotations

import pytest

from downstream.annexes import annexes
from downstream.making import Makers, most_together
from downstream.routing import Destinations
from mock_core.annexe import addition
from mock_core.clock import LabClock
from mock_core.errors import BadControl
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, create_app
from tests.destinations import FOLDER, installation
from tests.downstream.routing.bench import POWER, START


@pytest.fixture
def fake(monkeypatch):
    installation()
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(FOLDER))
    made = SegmentFake(clocks=Clocks(LabClock(START)), annexes=annexes())
    yield made
    made.close()


def tell(fake, *users, value=True):
    batch = [{"type": "identify", "userId": user, "traits": {POWER: value}} for user in users]
    create_app(fake).test_client().post("/v1/batch", json={"writeKey": "wk", "batch": batch})


def test_each_vendor_gets_what_its_destination_makes_of_the_trait(fake):
    """Braze a batch, Heap the text of the boolean, FullStory another key, HubSpot nothing at all."""
    destinations = addition(fake.state, Destinations)
    for name in ("braze", "heap", "fullstory", "hubspot"):
        destinations.put(name)
    tell(fake, "user-1", "user-2")
    tell(fake, "user-2", value=False)

    assert destinations.known("braze") == {"user-1": {POWER: True}, "user-2": {POWER: False}}
    assert destinations.known("heap")["user-2"] == {POWER: "false"}
    assert destinations.deliveries(destination="fullstory")[0]["carried"][POWER]["key"] == "PowerUsersabc123"
    assert destinations.tally()["hubspot", "not triggered"] == 3
    assert [each["users"] for each in destinations.requests(destination="braze")] == [["user-1", "user-2", "user-2"]]


def test_a_vendors_trouble_is_read_by_its_own_code(fake):
    """503 is tried again, 400 is not; faults strike the user they name among many under way."""
    destinations = addition(fake.state, Destinations)
    destinations.put("heap")
    destinations.arm("heap", "status", status=503, match={"user": "user-1"})
    destinations.arm("heap", "status", status=400, match={"user": "user-2"})
    tell(fake, "user-1", "user-2", "user-3")
    assert [row["verdict"] for row in destinations.deliveries()] == ["retrying", "refused", "reached"]
    fake.state.workspace.clock.advance(3600)
    assert [row["verdict"] for row in destinations.deliveries()] == ["reached", "refused", "reached"]


def test_an_unknown_destination_is_told_with_the_nearest(fake):
    """And settings that miss a field with what it is for."""
    destinations = addition(fake.state, Destinations)
    with pytest.raises(BadControl, match="braze"):
        destinations.put("braz")
    with pytest.raises(BadControl, match="api_key"):
        destinations.put("braze", settings={"app_id": "x"})


def test_where_node_is_missing_that_is_told(monkeypatch, tmp_path):
    """With what to do."""
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(tmp_path / "nowhere"))
    with pytest.raises(BadControl, match=r"cohortlab destinations install|Node"):
        Makers()("braze", {}, None, workspace="default")


def test_identifies_go_together_where_every_subscribed_action_batches():
    """The smallest batch counts; one that does not batch keeps them all apart."""
    actions = {"one": {"batch": True}, "other": {"batch": False}}
    batching = {"partnerAction": "one", "subscribe": 'type = "identify"', "mapping": {"enable_batching": True}}
    small = {**batching, "mapping": {"enable_batching": True, "batch_size": 75}}
    tracks = {"partnerAction": "other", "subscribe": 'type = "track"', "mapping": {}}

    assert most_together([batching, small, tracks], actions) == 75
    assert most_together([batching], actions) == 1000
    assert most_together([small, {**tracks, "subscribe": 'type = "identify"'}], actions) == 1
    assert most_together([], actions) == 1
