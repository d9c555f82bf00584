from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scenarios.oracle import Difference, Oracle

USERS = st.sets(st.sampled_from(["a", "b", "c", "d", ""]))


def told_by_a_correct_sync(histories: list[set[str]]) -> dict[str, dict[str, bool]]:
    """The profiles a correct sync leaves, written another way: the last membership of whoever was ever in."""
    ever = set().union(*histories) - {""}
    return {user_id: {"T": user_id in histories[-1]} for user_id in ever}


@given(histories=st.lists(USERS, min_size=1, max_size=6))
def test_a_correct_sync_is_never_accused(histories: list[set[str]]):
    """Whoever was ever told has the trait by the last membership; others have nothing."""
    oracle = Oracle()
    for members in histories:
        oracle.synced("c1", "T", members)

    assert oracle.differences(told_by_a_correct_sync(histories)) == []


@given(histories=st.lists(USERS, min_size=1, max_size=6), flipped=st.sampled_from(["a", "b", "c", "d"]))
def test_one_wrong_profile_is_named_and_nobody_else(histories: list[set[str]], flipped: str):
    """A single flipped, missing or extra value is the one difference reported."""
    oracle = Oracle()
    for members in histories:
        oracle.synced("c1", "T", members)
    profiles = told_by_a_correct_sync(histories)
    if flipped in profiles:
        profiles[flipped]["T"] = not profiles[flipped]["T"]
    else:
        profiles[flipped] = {"T": True}

    differences = oracle.differences(profiles)

    assert [difference.user_id for difference in differences] == [flipped]


def test_a_string_is_not_a_boolean():
    """The word "true" in a profile is not what must be there."""
    oracle = Oracle()
    oracle.synced("c1", "T", ["a"])

    assert oracle.differences({"a": {"T": "true"}}) == [Difference("a", "T", True, "true")]


def test_after_a_failed_sync_a_false_is_forgiven_but_not_a_true():
    """A failed sync may have told a user; taking it back later is right, leaving it is not."""
    oracle = Oracle()
    oracle.attempted("T", ["a"])
    oracle.synced("c1", "T", [])

    assert oracle.differences({"a": {"T": False}}) == []
    assert oracle.differences({}) == []
    assert oracle.differences({"a": {"T": True}}) == [Difference("a", "T", None, True)]


def test_a_renamed_cohort_leaves_its_old_trait_as_it_was():
    """Changes after a rename go to the new key; the old key keeps its last value (amplitude facts 3.5 [inferred])."""
    oracle = Oracle()
    oracle.synced("c1", "Old (c1)", ["a", "b"])
    oracle.synced("c1", "New (c1)", ["b", "c"])

    expected = {"a": {"Old (c1)": True, "New (c1)": False}, "b": {"Old (c1)": True}, "c": {"New (c1)": True}}
    assert oracle.differences(expected) == []


def test_after_a_rename_every_sensible_answer_is_accepted():
    """Told again under the new key or not, the old key cleared or not; but a leave is told under one of the two."""
    oracle = Oracle()
    oracle.synced("c1", "Old (c1)", ["stays", "leaves"])
    oracle.synced("c1", "New (c1)", ["stays"])

    keeps = {"stays": {"Old (c1)": True}, "leaves": {"Old (c1)": True, "New (c1)": False}}
    resyncs = {"stays": {"Old (c1)": False, "New (c1)": True}, "leaves": {"Old (c1)": False}}
    forgets = {"stays": {"Old (c1)": True}, "leaves": {"Old (c1)": True}}

    assert oracle.differences(keeps) == []
    assert oracle.differences(resyncs) == []
    assert oracle.differences(forgets) == [Difference("leaves", "New (c1)", False, None)]


def test_a_failed_sync_may_have_told_anybody_it_was_about_to_tell():
    """Until the next success either value is right; then only one is."""
    oracle = Oracle()
    oracle.synced("c1", "T", ["a", "b"])
    oracle.attempted("T", ["b", "c"])

    nothing_sent = {"a": {"T": True}, "b": {"T": True}}
    all_sent = {"a": {"T": False}, "b": {"T": True}, "c": {"T": True}}
    assert oracle.differences(nothing_sent) == []
    assert oracle.differences(all_sent) == []
    assert oracle.differences({**all_sent, "b": {"T": False}}) == [Difference("b", "T", True, False)]

    oracle.synced("c1", "T", ["b", "c"])

    assert oracle.differences(all_sent) == []
    assert {difference.user_id for difference in oracle.differences(nothing_sent)} == {"a", "c"}


def test_a_deleted_person_may_be_told_or_not():
    """Nobody can demand a false for an id that is gone (amplitude facts 7.21), nor forbid it."""
    oracle = Oracle()
    oracle.synced("c1", "T", ["a"])
    oracle.forgot("a")
    oracle.synced("c1", "T", [])

    assert oracle.differences({"a": {"T": True}}) == []
    assert oracle.differences({"a": {"T": False}}) == []
