"""Sequences: a correct sync is never accused, and each planted fault is found where it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.check import contract
from contracts.errors import BadMemberships
from contracts.examining import Examination
from contracts.reading import Record
from contracts.sequences import Place, Sequence, memberships, read_key
from contracts.sequences.changes import changes
from contracts.trait_key import TRAIT_KEY_STYLES, trait_key_format

SPELLING = trait_key_format("amplitude")
COHORTS = {"abc123": "Power Users", "def456": "Trial (EU)"}
USERS = ("user-001", "user-002", "user-003")


def told(user: str, cohort: str, value: bool, run: int, **fields: Any) -> dict[str, Any]:
    """Return what a correct sync sends."""
    return {
        "type": "identify",
        "userId": user,
        "traits": {SPELLING.format(COHORTS[cohort], cohort): value},
        "messageId": f"{run}-{cohort}-{user}",
        "timestamp": f"2026-11-23T{run:02}:00:00Z",
        **fields,
    }


def said(value: bool | None, user: str = "user-001", **fields: Any) -> dict[str, Any]:
    """Return a call without a messageId that tells one membership, or null for it."""
    key = SPELLING.format(COHORTS["abc123"], "abc123")
    return {"type": "identify", "userId": user, "traits": {key: value}, **fields}


def judge(events: list[dict[str, Any]], members: dict[str, set[str]] | None = None) -> list[tuple[str, int]]:
    """Return code and line of everything that is wrong with a capture."""
    document = [{"id": key, "name": COHORTS[key], "members": sorted(users)} for key, users in (members or {}).items()]
    live = None if members is None else memberships({"cohorts": document})
    examination = Examination(contract("event"), sequence=Sequence(SPELLING), memberships=live)
    records = [Record(event, b"{}", line) for line, event in enumerate(events, 1)]
    found = [*examination.payloads(records, "capture"), *examination.end()]
    return [(finding.code, finding.line) for finding in found if finding.code[0] == "S"]


@st.composite
def correct_syncs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
    """Return the calls of a sync that tells every change of several runs once, and the members at the end."""
    members: dict[str, set[str]] = {cohort: set() for cohort in COHORTS}
    events = []
    for run in range(draw(st.integers(1, 4))):
        for cohort, before in members.items():
            after = draw(st.sets(st.sampled_from(USERS)))
            events += [told(user, cohort, True, run) for user in sorted(after - before)]
            events += [told(user, cohort, False, run) for user in sorted(before - after)]
            members[cohort] = after
    return events, members


@given(correct_syncs())
def test_a_correct_sync_breaks_nothing(sync: tuple[list[dict[str, Any]], dict[str, set[str]]]) -> None:
    """Whatever the memberships do, telling each change once in order is right."""
    events, members = sync

    assert judge(events, members) == []


@given(sync=correct_syncs(), data=st.data())
def test_retries_with_the_same_message_id_break_nothing(sync: Any, data: st.DataObject) -> None:
    """Segment drops them, so they tell nobody anything."""
    events, members = sync
    retried = [event for event in events for _ in range(data.draw(st.integers(1, 3)))]

    assert judge(retried, members) == []


@given(sync=correct_syncs(), data=st.data())
def test_a_lost_call_is_found(sync: Any, data: st.DataObject) -> None:
    """Whichever call is left out, the members at the end or the next call give it away."""
    events, members = sync
    if not events:
        return
    lost = data.draw(st.integers(0, len(events) - 1))

    assert judge(events[:lost] + events[lost + 1 :], members)


def test_each_fault_is_found_on_its_line() -> None:
    """The line is that of the call which is wrong."""
    enter, leave = told("user-001", "abc123", True, 1), told("user-001", "abc123", False, 2)
    again = told("user-001", "abc123", True, 3)

    assert judge([leave]) == [("S701", 1)]
    assert judge([enter, told("user-001", "abc123", True, 2)]) == [("S702", 2)]
    assert judge([enter, {**enter, "messageId": "other"}]) == [("S702", 2), ("S703", 2)]
    assert judge([enter, {**told("user-002", "abc123", True, 1), "messageId": enter["messageId"]}]) == [("S704", 2)]
    assert judge([enter, leave, enter]) == [("S705", 3)]
    assert judge([enter, again, leave]) == [("S702", 2), ("S709", 3)]
    assert judge([enter, {**leave, "timestamp": enter["timestamp"]}]) == [("S712", 2)]


def test_a_discarded_event_tells_nobody() -> None:
    """An enter without a usable user id is no enter, so the leave after it is wrong."""
    lost = {**told("user-001", "abc123", True, 1), "anonymousId": 7}

    assert judge([lost, told("user-001", "abc123", False, 2)]) == [("S701", 2)]


def test_what_the_members_say_is_compared_with_the_end() -> None:
    """A missing leave points at the last thing that was said, a missing enter at the whole input."""
    events = [told("user-001", "abc123", True, 1), told("user-002", "abc123", True, 1)]

    assert judge(events, {"abc123": {"user-001"}}) == [("S710", 2)]
    assert judge(events, {"abc123": {"user-001", "user-002", "user-003"}}) == [("S711", 0)]
    assert judge(events, {"abc123": {"user-001", "user-002"}, "def456": {"user-001"}}) == [("S711", 0)]


def test_many_users_are_counted_rather_than_listed() -> None:
    """A first sync that never ran names a hundred members, and says how many more there are."""
    missing = {f"user-{number:03}" for number in range(250)}

    found = judge([told("user-000", "abc123", True, 1)], {"abc123": missing})

    assert found == [("S711", 0)] * 101


def test_a_deleted_cohort_leaves_an_orphan() -> None:
    """Its trait is true, and no live cohort writes it."""
    events = [told("user-001", "abc123", True, 1), told("user-001", "def456", True, 1)]

    assert judge(events, {"abc123": {"user-001"}}) == [("S708", 2)]


def test_a_rename_is_one_cohort_with_two_keys() -> None:
    """Who is not told under the new key keeps the old one for ever."""
    renamed = told("user-002", "abc123", True, 2)
    renamed["traits"] = {"Power Users 2026 (abc123)": True}

    assert judge([told("user-001", "abc123", True, 1), renamed]) == [("S706", 2), ("S708", 1)]


def test_a_batch_is_one_request() -> None:
    """Both values for one user in one batch have no order downstream; timestamps are not needed to see it."""
    events = [told("user-001", "abc123", value, 1) for value in (True, False)]
    for event, name in zip(events, "ab", strict=True):
        event["messageId"] = name
        del event["timestamp"]

    found = list(Sequence(SPELLING).see(events, Place("capture", 1)))

    assert [(index, violation.rule.code) for index, violation in found] == [(1, "S712")]


@pytest.mark.parametrize("style", sorted(TRAIT_KEY_STYLES))
def test_a_key_is_read_in_the_configured_style(style: str) -> None:
    """Its own spelling is in style, and the others are recognised as other spellings."""
    spelling = trait_key_format(style)

    for other in TRAIT_KEY_STYLES:
        read, in_style = read_key(trait_key_format(other).format("Power Users", "abc123"), spelling)
        assert in_style == (other == style)
        if other != "partner-test":  # too common a form to be taken for a cohort unless it is configured
            assert read is not None
            assert read.cohort_id == "abc123"


def test_values_that_are_neither_boolean_nor_null_are_no_changes() -> None:
    """The payload contract says what is wrong with them."""
    event = {"type": "identify", "userId": "u", "traits": {"A (x1)": "true", "B (x1)": 1, "C (x1)": [None]}}

    assert list(changes(event, SPELLING)) == []


def test_null_where_false_is_due_is_told_and_is_the_last_word() -> None:
    """To the members at the end it is null that was told, not true; after null, both values are news."""
    null = said(None)

    assert judge([said(True), null]) == [("S715", 2)]
    assert judge([said(True), null, said(False), null, said(True)]) == [("S715", 2)]
    assert judge([said(True), null], {"abc123": set()}) == [("S715", 2)]
    assert judge([said(True), null], {"abc123": {"user-001"}}) == [("S715", 2), ("S711", 2)]


def test_null_for_what_nobody_was_told_says_nothing() -> None:
    """A trait in brackets that was never a membership is none because it is null."""
    null = said(None)

    assert judge([null, null, said(True)]) == []


@pytest.mark.parametrize(
    ("field", "first", "again", "codes"),
    [
        ("sentAt", "2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z", []),
        ("sentAt", "2026-11-20T09:00:00Z", "2026-11-21T09:00:01Z", ["S716"]),
        ("receivedAt", "2026-11-20T09:00:00+02:00", "2026-11-21T08:00:00Z", ["S716"]),
        ("sentAt", "2026-11-20T09:00:00Z", "2026-11-20T08:00:00Z", []),
        ("sentAt", "no date", "2026-11-23T09:00:00Z", []),
    ],
)
def test_a_replay_after_a_day_is_a_new_event(field: str, first: str, again: str, codes: list[str]) -> None:
    """A messageId is remembered for 24 hours, by the moments of receiving or sending where an event has them."""
    event = {**said(True), "messageId": "m"}

    assert [code for code, _ in judge([{**event, field: first}, {**event, field: again}])] == codes


def test_a_late_replay_overwrites_and_its_own_age_tells() -> None:
    """Where no moment of sending is there, the capture's own course says how late it is."""
    enter = {**said(True), "messageId": "a", "timestamp": "2026-11-20T09:00:00Z"}
    leave = {**said(False), "messageId": "b", "timestamp": "2026-11-23T09:00:00Z"}

    assert judge([enter, leave, enter]) == [("S716", 3), ("S709", 3)]


def test_a_message_id_may_mean_another_event_after_a_day() -> None:
    """Segment has forgotten the first one and keeps both."""
    one = {**said(True), "messageId": "m", "sentAt": "2026-11-20T09:00:00Z"}
    other = {**said(True, user="user-002"), "messageId": "m", "sentAt": "2026-11-22T09:00:00Z"}

    assert judge([one, other]) == []


def test_an_event_of_any_depth_is_followed() -> None:
    """What nests deeper than a writer goes has a digest all the same."""
    deep: object = 1
    for _ in range(900):
        deep = [deep]
    event = {**said(True), "messageId": "m", "context": {"deep": deep}}

    assert judge([event, event]) == []


@pytest.mark.parametrize("document", [None, [], {}, {"cohorts": {}}, {"cohorts": [{"id": "x"}]}, {"cohorts": [7]}])
def test_memberships_that_are_none_are_refused(document: object) -> None:
    """The error says what was expected."""
    with pytest.raises(BadMemberships, match="members"):
        memberships(document)
