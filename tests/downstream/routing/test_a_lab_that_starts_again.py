"""With a folder for journals nothing is sent twice, and what was under way is told."""

from __future__ import annotations

import pytest

from tests.downstream.routing.bench import POWER


def test_what_was_delivered_is_not_sent_again(benches, tmp_path):
    """And what waited goes on waiting, with the faults as often as they had struck."""
    first = benches(path=tmp_path / "lab.db")
    first.destinations.put("small", settings={"api_key": "k"})
    first.destinations.arm("small", "status", status=503, match={"times": 2})
    first.tell("ada")
    first.destinations.settle()
    first.tell("grace")
    first.destinations.settle()
    sent = first.destinations.requests()
    first.fake.close()

    again = benches(path=tmp_path / "lab.db")
    assert again.destinations.requests() == sent
    assert again.verdicts() == [("ada", "retrying"), ("grace", "retrying")]
    assert again.destinations.faults()[0]["struck"] == 2
    again.clock.advance(3600)
    assert again.verdicts() == [("ada", "reached"), ("grace", "reached")]


def test_what_was_under_way_when_the_lab_was_killed_is_sent_again_and_told(benches, tmp_path):
    """At least once, as everywhere: the mark was written before it was sent."""
    first = benches(path=tmp_path / "lab.db")
    first.destinations.put("small")
    first.tell("ada")
    first.destinations._store.note = None  # killed after it was sent, before that was noted
    with pytest.raises(TypeError):
        first.destinations.settle()
    first.fake.close()

    again = benches(path=tmp_path / "lab.db")
    (row,) = again.destinations.deliveries()
    assert (row["verdict"], row["notes"]) == (
        "reached",
        ["the lab ended while this was sent, and sent it again: it may have arrived twice"],
    )


def test_a_full_reset_begins_anew(benches):
    """Destinations and deliveries are gone."""
    bench = benches()
    bench.destinations.put("small")
    bench.tell("ada")
    bench.destinations.settle()
    bench.fake.state.workspace.reset()

    assert bench.destinations.connections() == []
    assert bench.destinations.deliveries() == []
    bench.destinations.put("small")
    bench.tell("ada")
    assert bench.verdicts() == [("ada", "reached")]


def test_the_control_plane_says_and_is_told_the_same(benches):
    """Operations and views under /__lab/; keys are shortened."""
    client = (bench := benches()).client
    shown = client.post(
        "/__lab/destinations", json={"name": "mine", "destination": "small", "settings": {"api_key": "a-secret-key"}}
    ).json
    assert shown["settings"]["api_key"] != "a-secret-key"
    armed = client.post("/__lab/destination-faults", json={"on": "mine", "fault": "status", "status": 429}).json
    bench.tell("ada")
    (row,) = client.get("/__lab/destination-deliveries", query_string={"trait": POWER}).json["destination-deliveries"]
    assert (row["verdict"], row["reason"]) == ("retrying", "HTTPError 429: it said no")
    (request,) = client.get("/__lab/destination-requests?status=429").json["destination-requests"]
    assert (request["faults"], request["users"]) == ([armed["id"]], ["ada"])
    bench.clock.advance(600)
    (known,) = client.get("/__lab/destination-traits?user_id=ada").json["destination-traits"]
    assert (known["destination"], known["key"], known["value"]) == ("mine", POWER, True)
    assert client.get("/__lab/destinations").json["destinations"][0]["events"] == {"reached": 1}
    assert client.post("/__lab/destination-settings", json={"order": "kpet"}).status_code == 400
    assert client.delete("/__lab/destination-faults/fault-9").status_code == 404
    assert client.delete("/__lab/destinations/mine").json == {"removed": "mine"}
    assert client.get("/__lab/destination-deliveries").json["destination-deliveries"][0]["verdict"] == "reached"
    assert client.delete("/__lab/destinations/mine").status_code == 400
