"""Users, devices and Amplitude ids: whose an event is, who merges into whom, and cohorts that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_amplitude import AmplitudeFake, create_app
from mock_core import Clocks, LabClock
from tests.generating import EXAMPLES

T0 = 1_767_603_600.0
KEY = "lab-api-key"
USERS = ("user-1", "user-2", "User-1")
DEVICES = ("device-1", "device-2", "device-3")


@contextmanager
def opened(path: Path | None = None, seed: int = 0) -> Iterator[tuple[AmplitudeFake, Any]]:
    fake = AmplitudeFake(clocks=Clocks(LabClock(T0)), path=path, seed=seed)
    yield fake, create_app(fake).test_client()
    fake.close()


def send(client: Any, *events: dict[str, Any]) -> None:
    named = [{"event_type": "x", **event} for event in events]
    answer = client.post("/batch", json={"api_key": KEY, "events": named})
    assert answer.status_code == 200, answer.json


def people(fake: AmplitudeFake) -> list[int]:
    """Return who each event is of by now."""
    directory = fake.state.world.cohorts.directory
    return [directory.canonical(each.amplitude_id or 0) for each in fake.state.ingested()]


def test_an_anonymous_device_keeps_its_amplitude_id_when_its_first_user_is_known():
    """One person, before and after."""
    with opened() as (fake, client):
        send(client, {"device_id": "device-1"}, {"device_id": "device-1", "user_id": "user-1"}, {"user_id": "user-1"})

        assert len(set(people(fake))) == 1
        assert fake.state.world.cohorts.directory.user_id(people(fake)[0]) == "user-1"


def test_an_anonymous_device_merges_into_the_user_who_turns_up_on_it():
    """The user was known before by another id: that one stays, and the other leads to it."""
    with opened() as (fake, client):
        send(client, {"user_id": "user-1"}, {"device_id": "device-1"})
        before = people(fake)
        send(client, {"device_id": "device-1", "user_id": "user-1"})

        assert before[0] != before[1]
        assert people(fake) == [before[0]] * 3
        assert [each.amplitude_id for each in fake.state.ingested()] == [before[0], before[1], before[0]]


def test_events_without_a_user_are_of_the_last_known_user_of_the_device():
    """Two users share a device: neither merges, and anonymous events go to whoever was there last."""
    with opened() as (fake, client):
        both = [{"device_id": "device-1", "user_id": user} for user in ("user-1", "user-2")]
        send(client, both[0], {"device_id": "device-1"}, both[1], {"device_id": "device-1"}, both[0])
        one, one_more, two, two_more, again = people(fake)

        assert one == one_more == again
        assert two == two_more != one


def test_user_ids_differ_by_case_and_devices_by_project():
    """They never merge; the projects of a workspace share its people, but not its devices."""
    with opened() as (fake, client):
        fake.state.put_project("other", "secret")
        send(client, {"user_id": "user-1"}, {"user_id": "User-1"}, {"device_id": "device-1"})
        events = [{"event_type": "x", "device_id": "device-1"}, {"event_type": "x", "user_id": "user-1"}]
        client.post("/batch", json={"api_key": "other", "events": events})
        found = people(fake)

        assert len(set(found)) == 4
        assert found[4] == found[0]


def test_somebody_made_by_hand_is_who_sends_events_under_their_user_id():
    """And somebody who has sent events is who is put into a cohort by that id."""
    with opened() as (fake, client):
        state = fake.state
        state.create_cohort("C", cohort_id="c", members=["user-1"])
        send(client, {"user_id": "user-1"}, {"user_id": "user-2"})
        state.enter("c", ["user-2"])
        by_name = {member.user_id: member.amplitude_id for member in state.membership("c")}

        assert people(fake) == [by_name["user-1"], by_name["user-2"]]


def test_a_cohort_follows_who_is_named_and_who_is_merged():
    """An anonymous member becomes one with a user id; one who turns out to be a member already is in once."""
    with opened() as (fake, client):
        state = fake.state
        send(client, {"device_id": "device-1"}, {"device_id": "device-2"}, {"user_id": "user-2"})
        first, second, user = people(fake)
        state.create_cohort("C", cohort_id="c", uploaded=True, members=[[each, None] for each in (first, second)])
        assert [tuple(each) for each in state.membership("c")] == [(first, None), (second, None)]
        was = state.workspace.journal.last

        send(client, {"device_id": "device-1", "user_id": "user-1"}, {"device_id": "device-2", "user_id": "user-2"})

        assert [tuple(each) for each in state.membership("c")] == [(first, "user-1"), (user, "user-2")]
        assert [tuple(each) for each in state.membership("c", entry=was)] == [(first, None), (second, None)]


def test_an_identification_makes_nobody_new_until_an_event_comes():
    """It is no event; what it set shows on the first (amplitude facts 5.3)."""
    with opened() as (fake, client):
        told = '{"user_id": "user-1", "user_properties": {"$set": {"plan": "pro"}, "$add": {"orders": 2}}}'
        client.post("/identify", data={"api_key": KEY, "identification": told})
        directory = fake.state.world.cohorts.directory
        assert directory.amplitude_id("user-1") is None

        send(client, {"user_id": "user-1", "user_properties": {"beta": True}})
        known = fake.state.world.cohorts.directory.amplitude_id("user-1")
        assert known == people(fake)[1]
        assert directory.properties_of(known or 0) == {"plan": "pro", "orders": 2, "beta": True}


def test_an_event_is_stamped_with_what_was_known_of_its_user_when_it_came():
    """What is identified later shows on the next event only (loop facts 1 [doc])."""
    with opened() as (fake, client):
        fake.state.create_cohort("C", members=["user-1"])
        fake.state.put_properties(fake.state.world.cohorts.directory.amplitude_id("user-1") or 0, {"by": "hand"})
        before = fake.state.world.cohorts.directory.properties_of(people_of(fake, "user-1"))
        send(client, {"user_id": "user-1", "user_properties": {"plan": "free"}})
        identify = {"event_type": "$identify", "user_id": "user-1", "user_properties": {"$set": {"plan": "pro"}}}
        send(client, identify, {"user_id": "user-1"}, {"user_id": "user-1", "user_properties": {"$set": 1}})
        fake.state.put_properties(people_of(fake, "user-1"), {"by": "me"})
        send(client, {"user_id": "user-1"})

        stamps = [each.event["user_properties"] for each in fake.state.happenings()]
        assert before["by"] == "hand"
        assert [(stamp["plan"], stamp["by"]) for stamp in stamps] == [
            ("free", "hand"),
            ("pro", "hand"),
            ("pro", "hand"),
            ("pro", "hand"),
            ("pro", "me"),
        ]
        assert [stamp.get("$set") for stamp in stamps] == [None, None, None, 1, 1]


def people_of(fake: AmplitudeFake, user_id: str) -> int:
    found = fake.state.world.cohorts.directory.amplitude_id(user_id)
    assert found is not None
    return found


EVENTS = st.fixed_dictionaries(
    {},
    optional={"user_id": st.sampled_from(USERS), "device_id": st.sampled_from(DEVICES)},
).filter(bool)


def groups(ids: Sequence[int], keys: Sequence[Any]) -> set[frozenset[Any]]:
    """Return which events are of the same person, by names for the events that do not depend on their order."""
    pairs = sorted(zip(ids, keys, strict=True), key=lambda pair: pair[0])
    return {frozenset(key for _, key in each) for _, each in groupby(pairs, key=lambda pair: pair[0])}


@settings(max_examples=12 * EXAMPLES)
@given(st.permutations([(user, device) for user in ("user-1", None) for device in DEVICES] * 2))
def test_the_order_does_not_matter_where_a_device_has_one_user(pairs: list[tuple[str | None, str]]):
    """Once every device has carried the user id, all of it is that user's, whichever came first."""
    with opened() as (fake, client):
        for user, device in pairs:
            send(client, {"device_id": device, **({"user_id": user} if user else {})})

        assert len(set(people(fake))) == 1


@settings(max_examples=12 * EXAMPLES)
@given(st.lists(EVENTS, min_size=1, max_size=12), st.integers(0, 11), st.integers(0, 3))
def test_the_same_events_are_of_the_same_people_however_they_were_cut(
    events: list[dict[str, Any]], cut: int, seed: int
):
    """One upload or many, read at once or in between: the same Amplitude ids, from the seed alone."""
    with opened(seed=seed) as (fake, client):
        send(client, *events)
        at_once = people(fake)
    with opened(seed=seed) as (fake, client):
        for place, event in enumerate(events):
            send(client, event)
            if place == cut:
                people(fake)
        assert people(fake) == at_once
    with opened(seed=seed + 1) as (fake, client):
        send(client, *events)
        assert set(people(fake)).isdisjoint(at_once)
        assert groups(people(fake), range(len(events))) == groups(at_once, range(len(events)))


@settings(max_examples=8 * EXAMPLES)
@given(st.lists(EVENTS, min_size=1, max_size=12), st.integers(0, 11))
def test_a_lab_that_is_opened_again_knows_the_same_people(
    tmp_path_factory: pytest.TempPathFactory, events: list[dict[str, Any]], entered: int
):
    """Also who was put into a cohort in between, and what became of them."""
    path = tmp_path_factory.mktemp("lab") / "amplitude.db"
    with opened(path) as (fake, client):
        fake.state.create_cohort("C", cohort_id="c")
        for place, event in enumerate(events):
            send(client, event)
            if place == entered % len(events):
                fake.state.enter("c", ["user-1", [people(fake)[-1], None]])
        before, members = people(fake), list(fake.state.membership("c"))
    with opened(path) as (fake, _client):
        assert (people(fake), list(fake.state.membership("c"))) == (before, members)


def test_user_search_finds_them_by_every_id():
    """By user id, device, Amplitude id and the beginning of a user id; not one who only identified."""
    with opened() as (fake, client):
        send(
            client, {"user_id": "user-1", "device_id": "device-1", "time": 1_767_000_000_000}, {"device_id": "device-2"}
        )
        one, anonymous = people(fake)

        def found(word: str) -> Any:
            auth = ("lab-api-key", "lab-secret-key")
            return client.get("/api/2/usersearch", query_string={"user": word}, auth=auth).json

        known = {"user_id": "user-1", "amplitude_id": one, "last_seen": "2025-12-29", "last_device_id": "device-1"}
        for word in ("user-1", "device-1", str(one)):
            assert found(word) == {"matches": [known], "type": "match_user_or_device_id"}
        assert found("user-") == {"matches": [known], "type": "match_user_prefix"}
        assert found("device-2")["matches"][0] | {"last_seen": ""} == {
            "user_id": None,
            "amplitude_id": anonymous,
            "last_seen": "",
            "last_device_id": "device-2",
        }
        assert found("user-9")["type"] == "nomatch"
