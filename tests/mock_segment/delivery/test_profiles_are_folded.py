"""Profiles: what is known of a user after everything that was delivered, in the order of delivery."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_segment import Profile, SegmentSettings
from mock_segment.delivery import Folding

USERS = st.sampled_from(["u1", "U1", "01", "1", "é"])
VALUES = st.one_of(st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.none())
CALLS = st.lists(st.tuples(USERS, st.dictionaries(st.sampled_from("abc"), VALUES)), max_size=30)


def folded(calls: list[tuple[str, dict[str, Any]]], **settings: Any) -> dict[str, Profile]:
    """Fold calls of which each is dated a millisecond after the one before."""
    folding = Folding(SegmentSettings(**settings))
    for at, (user, traits) in enumerate(calls):
        folding.tell(user, traits, at)
    return folding.profiles()


@given(calls=CALLS)
def test_the_newest_value_of_each_trait_counts(calls: list[tuple[str, dict[str, Any]]]):
    """For every user and trait: the last value given, and nothing after a null."""
    profiles = folded(calls)

    for user in {user for user, _ in calls}:
        expected: dict[str, Any] = {}
        for _, traits in filter(lambda call: call[0] == user, calls):
            expected.update(traits)
        assert profiles[user].traits == {name: value for name, value in expected.items() if value is not None}


@given(calls=CALLS)
def test_folding_twice_the_same_changes_nothing(calls: list[tuple[str, dict[str, Any]]]):
    """A repeated history ends where it ended."""
    once = folded(calls)
    twice = folded([*calls, *calls])

    assert {user: profile.traits for user, profile in once.items()} == {
        user: profile.traits for user, profile in twice.items()
    }


def test_traits_accumulate(wire: Any, state: Any, identify: Any):
    """A key left out keeps its value; false is a value like any other."""
    wire.batch(identify(traits={"Power Users (a1)": True, "plan": "pro"}), identify(traits={"Power Users (a1)": False}))

    profile = state.profile("u1")
    assert profile.traits == {"Power Users (a1)": False, "plan": "pro"}
    assert profile.identifies == 2


def test_a_null_trait_leaves_or_stays_as_set(wire: Any, state: Any, identify: Any):
    """Unify removes it; that is a setting."""
    wire.batch(identify(traits={"a": 1}), identify(traits={"a": None}))

    assert state.profile("u1").traits == {}
    state.configure(null_trait="keep")
    assert state.profile("u1").traits == {"a": None}


def test_user_ids_are_kept_to_the_letter(wire: Any, state: Any, identify: Any):
    """Leading zeros, case, space and what looks like a number make different users."""
    ids = ["1", "01", "1.0", "Ann", "ann", " ann", "null", "é", "e\u0301", "a/b", "=1+1", "<b>", 'a"b', "\n"]
    wire.batch(*[identify(user, traits={"n": place}) for place, user in enumerate(ids)])

    assert {user: profile.traits["n"] for user, profile in state.profiles().items()} == {
        user: place for place, user in enumerate(ids)
    }
    assert all(state.profile(user).traits == {"n": place} for place, user in enumerate(ids))


def test_only_delivered_identifies_count(wire: Any, state: Any, identify: Any):
    """Not tracks, not duplicates, not what was discarded, not anonymous users."""
    wire.batch(
        identify(messageId="m1", traits={"a": 1}),
        identify(messageId="m1", traits={"a": 2}),
        {"type": "track", "userId": "u1", "event": "E", "traits": {"a": 3}},
        identify(traits=[]),
        {"type": "identify", "anonymousId": "anon", "traits": {"a": 4}},
    )

    assert {user: profile.traits for user, profile in state.profiles().items()} == {"u1": {"a": 1}}


def test_a_trait_has_a_history(wire: Any, state: Any, clock: Any, identify: Any):
    """Every delivered value with the time and the messageId."""
    wire.batch(identify(traits={"a": True}, messageId="m1"))
    clock.advance(3600)
    wire.batch(
        identify(traits={"b": 1}), identify(traits={"a": False}, messageId="m3"), identify("u2", traits={"a": 1})
    )

    assert [(row["delivered_at"], row["value"], row["message_id"]) for row in state.trait_history("u1", "a")] == [
        ("2026-01-05T09:00:00.000Z", True, "m1"),
        ("2026-01-05T10:00:00.000Z", False, "m3"),
    ]


def test_a_user_nobody_told_about_has_an_empty_profile(state: Any):
    """Asking is no error."""
    assert state.profile("nobody").as_dict() == {"user_id": "nobody", "traits": {}, "identifies": 0, "notes": []}
