"""The first sync tells every member, later ones only who entered and who left."""

from __future__ import annotations

from tests.syncer.conftest import KEY, Bench


def test_first_sync_tells_every_identified_member_true(bench: Bench) -> None:
    """The first sync sends every member with a user id, once, with true; anonymous members are counted and
    skipped."""
    report = bench.run("ann", "bob", "", "", "cleo")

    assert bench.segment.sent() == [("ann", True), ("bob", True), ("cleo", True)]
    assert (report.members, report.anonymous, report.identified) == (5, 2, 3)
    assert (report.entered, report.left, report.calls, report.status) == (3, 0, 3, "succeeded")


def test_a_leave_is_told_false_and_an_enter_true(bench: Bench) -> None:
    """A later sync sends true for who entered, then false for who left, and nothing for who stayed."""
    bench.run("ann", "bob")

    report = bench.run("bob", "cleo")

    assert bench.segment.sent()[2:] == [("cleo", True), ("ann", False)]
    assert (report.entered, report.left, report.calls) == (1, 1, 2)
    assert bench.segment.told() == {"bob", "cleo"}


def test_leave_and_return_between_runs_sends_nothing(bench: Bench) -> None:
    """Who left and came back between two runs is not mentioned, and no request is made."""
    bench.run("ann", "bob")

    report = bench.run("bob", "ann")

    assert len(bench.segment.requests) == 1
    assert (report.calls, report.batches, report.attempts, report.status) == (0, 0, 0, "succeeded")


def test_a_return_to_an_earlier_state_is_not_taken_for_a_retry(bench: Bench) -> None:
    """Entering, leaving and entering again makes three events with three messageIds, none dropped as a duplicate."""
    for members in (["ann"], [], ["ann"]):
        bench.run(*members)

    assert bench.segment.sent() == [("ann", True), ("ann", False), ("ann", True)]
    assert bench.segment.duplicates == 0


def test_the_event_is_the_documented_one(bench: Bench) -> None:
    """An event holds type, userId, one boolean trait and the integration's name and version."""
    bench.run('o"neil, 李 \n00')

    event = bench.segment.events[0]
    assert len(event.pop("messageId")) < 100
    assert event == {
        "type": "identify",
        "userId": 'o"neil, 李 \n00',
        "traits": {KEY: True},
        "context": {"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
    }


def test_a_user_in_two_rows_is_told_once(bench: Bench) -> None:
    """Two rows with one user id are one member: told once when it enters and once when it leaves."""
    bench.run("ann", "ann", "bob")

    report = bench.run("bob", "bob")

    assert bench.segment.sent() == [("ann", True), ("bob", True), ("ann", False)]
    assert (report.members, report.identified, report.duplicates) == (2, 1, 1)


def test_another_write_key_is_another_target(bench: Bench) -> None:
    """A sync to another key starts with everybody, and coming back to the first key goes on where that one was."""
    bench.run("ann")
    bench.amplitude.become("ann", "bob")

    bench.engine().run(bench.sync(write_key="other-key"))
    back = bench.again()

    assert bench.segment.sent() == [("ann", True), ("ann", True), ("bob", True), ("bob", True)]
    assert (back.entered, back.left) == (1, 0)
