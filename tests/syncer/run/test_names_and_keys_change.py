"""A cohort is renamed, archived or deleted, a target gets another key: each choice does what its setting says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncer import CohortUnavailable, DeliveryStopped, ExportFailed, Settings, WrongCall
from syncer.state import StandingSync
from tests.syncer.conftest import COHORT, KEY, Bench

NEW_KEY = "Heavy Users (abc123)"


def rename(bench: Bench, name: str = "Heavy Users") -> None:
    bench.amplitude.names[COHORT] = name


def orphans(bench: Bench) -> list[tuple[str, int]]:
    return [(each.trait_key, each.members) for each in bench.state.ledger.holdings() if not each.is_current]


def test_after_a_rename_only_changes_get_the_new_key(bench: Bench) -> None:
    """By default a rename is not told: who changes gets the new key, and everybody else keeps the old one."""
    bench.run("ann", "bob")
    rename(bench)

    report = bench.run("bob", "cleo")

    assert bench.segment.sent()[2:] == [("cleo", True), ("ann", False)]
    assert bench.segment.told(NEW_KEY) == {"cleo"}
    assert bench.segment.told(KEY) == {"ann", "bob"}
    assert report.trait_key == NEW_KEY
    assert orphans(bench) == [(KEY, 2)]


def test_after_a_rename_the_diff_goes_on(bench: Bench) -> None:
    """A rename does not disturb later differences, and who holds the new key is known exactly."""
    bench.run("ann", "bob")
    rename(bench)
    bench.run("bob", "cleo")

    bench.run("cleo", "dan")

    assert bench.segment.sent()[4:] == [("dan", True), ("bob", False)]
    current = bench.state.ledger.current(COHORT, bench.sync().target.name)
    assert current is not None
    assert (current.trait_key, current.members, current.baseline_members) == (NEW_KEY, 2, 2)
    bench.engine().clear(bench.sync())
    assert bench.segment.told(NEW_KEY) == set()


def test_a_rename_may_be_told_to_everybody(bench: Bench) -> None:
    """With rename = resync every member gets the new key; the old one stays, as an orphan."""
    bench.run("ann", "bob")
    rename(bench)

    bench.run("bob", "cleo", rename="resync")

    assert bench.segment.told(NEW_KEY) == {"bob", "cleo"}
    assert bench.segment.told(KEY) == {"ann", "bob"}
    assert orphans(bench) == [(KEY, 2)]


def test_a_rename_may_clear_the_old_key(bench: Bench) -> None:
    """With rename = resync-and-clear the old key is set to false for everybody who held it."""
    bench.run("ann", "bob")
    rename(bench)

    report = bench.run("bob", "cleo", rename="resync-and-clear")

    assert bench.segment.told(NEW_KEY) == {"bob", "cleo"}
    assert bench.segment.told(KEY) == set()
    assert orphans(bench) == []
    assert report.cleared is not None
    assert (report.cleared.kind, report.cleared.left, report.cleared.calls) == ("clear", 2, 2)


def test_a_name_that_comes_back_is_set_right(bench: Bench) -> None:
    """Renamed there and back, the old key ends true for exactly the members, whoever held it before."""
    bench.run("ann", "bob")
    rename(bench)
    bench.run("bob", "cleo")
    rename(bench, "Power Users")

    bench.run("cleo", "dan")

    assert bench.segment.told(KEY) == {"cleo", "dan"}
    assert orphans(bench) == [(NEW_KEY, 1)]


def test_an_orphan_can_be_cleared_when_asked(bench: Bench) -> None:
    """Clearing an orphan sends false to who holds it, once, and leaves the sync itself alone."""
    bench.run("ann", "bob")
    rename(bench)
    bench.run("bob", "cleo", rename="resync")

    report = bench.engine().clear(bench.sync(), KEY)

    assert bench.segment.told(KEY) == set()
    assert bench.segment.told(NEW_KEY) == {"bob", "cleo"}
    assert (report.status, report.left) == ("succeeded", 2)
    assert orphans(bench) == []
    assert bench.again().calls == 0
    with pytest.raises(WrongCall, match="nobody is known to hold"):
        bench.engine().clear(bench.sync(), KEY)


def test_who_refuses_to_be_cleared_stays_an_orphan(bench: Bench) -> None:
    """An orphan that could be cleared only in part remains with the rest."""
    bench.run("ann", "bob")
    rename(bench)
    bench.run("ann", "bob", rename="resync")
    bench.segment.refused_users = {"bob"}

    bench.engine().clear(bench.sync(), KEY)

    assert orphans(bench) == [(KEY, 1)]
    bench.segment.refused_users = set()
    bench.engine().clear(bench.sync(), KEY)
    assert bench.segment.told(KEY) == set()


@pytest.mark.parametrize(
    "gone", [lambda bench: bench.amplitude.archived.add(COHORT), lambda bench: bench.amplitude.names.clear()]
)
def test_a_cohort_that_is_gone_fails_the_run(bench: Bench, gone: Any) -> None:
    """An archived or deleted cohort fails the run by default; nobody is told anything, no export is asked for."""
    bench.run("ann")
    gone(bench)

    with pytest.raises(CohortUnavailable):
        bench.again()

    assert bench.segment.told() == {"ann"}
    assert bench.amplitude.exports == 1


@pytest.mark.parametrize("setting", ["archived", "deleted"])
def test_a_cohort_that_is_gone_may_be_cleared(bench: Bench, setting: str) -> None:
    """With the setting on clear everybody is told false, once; a cohort that comes back is told afresh."""
    bench.run("ann", "bob")
    names = dict(bench.amplitude.names)
    if setting == "archived":
        bench.amplitude.archived.add(COHORT)
    else:
        bench.amplitude.names.clear()

    report = bench.again(**{setting: "clear"})

    assert bench.segment.told() == set()
    assert (report.kind, report.left) == ("clear", 2)
    assert bench.again(**{setting: "clear"}).calls == 0
    bench.amplitude.archived.clear()
    bench.amplitude.names = names
    bench.run("ann", "cleo")
    assert bench.segment.told() == {"ann", "cleo"}


def test_an_archived_cohort_may_be_synced_all_the_same(bench: Bench) -> None:
    """With archived = ignore the run goes on as usual."""
    bench.amplitude.archived.add(COHORT)

    bench.run("ann", archived="ignore")

    assert bench.segment.told() == {"ann"}


def test_another_key_for_a_target_starts_over(bench: Bench) -> None:
    """A new write key under the same name is another source: everybody is told, and the old one is an orphan."""
    bench.run("ann", target="production")
    bench.amplitude.become("ann", "bob")

    report = bench.engine().run(bench.sync(write_key="second-key", target="production"))

    assert (report.entered, report.left) == (2, 0)
    assert orphans(bench) == [(KEY, 1)]


def test_whoever_an_abandoned_run_may_have_told_is_an_orphan(bench: Bench) -> None:
    """A run stopped half-way at a key that is then replaced cannot go on; who may hold the trait there is known."""
    bench.run("ann", target="production")
    bench.segment.script.extend(["lost"] * 9)
    with pytest.raises(DeliveryStopped):
        bench.run("bob", target="production")

    report = bench.engine().run(bench.sync(write_key="second-key", target="production"))

    assert (report.entered, report.resumed) == (1, None)
    assert orphans(bench) == [(KEY, 2)]
    bench.engine().run(bench.sync(target="production"))
    assert bench.segment.told() == {"bob"}


def test_a_rotated_key_may_go_on(bench: Bench) -> None:
    """With target_change = keep the same source has a new key, so only changes are told, and nothing is orphaned."""
    bench.run("ann", target="production")
    bench.amplitude.become("ann", "bob")

    sync = bench.sync(write_key="second-key", target="production", target_change="keep")
    report = bench.engine().run(sync)

    assert (report.entered, report.left) == (1, 0)
    assert orphans(bench) == []
    assert bench.engine().run(sync).calls == 0


def test_everybody_can_be_told_again(bench: Bench) -> None:
    """Asked for everybody, a run tells every member true and who left false, changed or not."""
    bench.run("ann", "bob")
    bench.amplitude.become("bob", "cleo")

    report = bench.engine().run(bench.sync(), everybody=True)

    assert bench.segment.sent()[2:] == [("bob", True), ("cleo", True), ("ann", False)]
    assert (report.entered, report.left, report.identified, report.calls) == (1, 1, 2, 3)
    assert bench.again().calls == 0


def test_an_edit_may_tell_everybody_again() -> None:
    """With edit = full the first run after an edit is for everybody; a first run and later ones are not."""
    sync = StandingSync(
        cohort_id=COHORT, target="production", cadence="hourly", settings={"edit": "full"}, added_at=0, edited_at=50
    )

    assert [sync.is_for_everybody(last) for last in (None, 10.0, 50.0, 60.0)] == [False, True, False, False]
    assert not replace(sync, settings={}).is_for_everybody(10.0)


def test_values_may_be_text(bench: Bench) -> None:
    """With trait_value = text membership is written "True" and "False"."""
    bench.run("ann", trait_value="text")
    bench.run(trait_value="text")

    assert bench.segment.sent() == [("ann", "True"), ("ann", "False")]


@pytest.mark.parametrize(
    ("order", "sent"),
    [
        ("enters-first", [("cleo", True), ("zoe", True), ("ann", False), ("mia", False)]),
        ("leaves-first", [("ann", False), ("mia", False), ("cleo", True), ("zoe", True)]),
        ("interleaved", [("ann", False), ("cleo", True), ("mia", False), ("zoe", True)]),
    ],
)
def test_the_order_of_changes_is_a_choice(bench: Bench, order: str, sent: list[tuple[str, bool]]) -> None:
    """Enters first, leaves first, or both by user id."""
    bench.run("ann", "mia")

    bench.run("cleo", "zoe", order=order)

    assert bench.segment.sent()[2:] == sent


def test_an_additive_sync_never_tells_a_leave(bench: Bench) -> None:
    """In additive mode nobody is told false; back in mirror mode everybody who left meanwhile is."""
    bench.run("ann", "bob", mode="additive")
    bench.run("bob", mode="additive")
    assert bench.segment.told() == {"ann", "bob"}

    report = bench.run("bob")

    assert report.left == 1
    assert bench.segment.told() == {"bob"}


def test_a_cohort_over_the_limit_is_refused_or_cut(bench: Bench) -> None:
    """A cohort with more members than the limit fails the run, or only so many of them are told."""
    with pytest.raises(Exception, match="3 members and size_limit is 2"):
        bench.run("ann", "bob", "cleo", size_limit=2)
    assert bench.segment.requests == []

    bench.again(size_limit=2, over_size_limit="truncate")

    assert bench.segment.told() == {"ann", "bob"}


def test_most_of_a_large_cohort_does_not_leave_unasked(bench: Bench) -> None:
    """By default more than half of the members leave only where they are few; 1 lets them all, and the words say so."""
    bench.run(*(f"user-{number}" for number in range(4_100)))

    with pytest.raises(ExportFailed, match=r"4,090 of 4,100 members would leave.*--set most_leaves=1"):
        bench.run(*(f"user-{number}" for number in range(10)))

    assert bench.run(*(f"user-{number}" for number in range(2_100))).left == 2_000
    with pytest.raises(ExportFailed, match="most_leaves"):
        bench.run("user-1")
    assert bench.again(most_leaves=1).left == 2_099
    assert bench.run().left == 1


def test_a_mass_leave_can_be_held_back(bench: Bench) -> None:
    """More leaves than the share that may leave look like a broken export: nothing is sent."""
    bench.run("ann", "bob", "cleo", "dan")

    with pytest.raises(Exception, match=r"3 of 4 members would leave.*most_leaves"):
        bench.run("ann", most_leaves=0.5, few_leaves=0)

    assert bench.segment.told() == {"ann", "bob", "cleo", "dan"}
    assert bench.run("ann", "bob", most_leaves=0.5, few_leaves=0).left == 2


def test_failed_rows_can_be_retried_without_an_export(bench: Bench) -> None:
    """Who was refused is told again when asked, what is no longer due is not, and the next run finds nothing to do."""
    bench.segment.refused_users = {"ann", "bob"}
    bench.run("ann", "bob", "cleo")
    bench.segment.refused_users = {"bob"}

    report = bench.engine().retry_failed(bench.sync())

    assert (report.kind, report.calls, report.failed, report.status) == ("retry", 1, 1, "partial")
    assert bench.segment.told() == {"ann", "cleo"}
    assert bench.amplitude.exports == 1
    bench.segment.refused_users = set()
    assert bench.again().entered == 1
    assert bench.engine().retry_failed(bench.sync()).calls == 0


def test_committed_failures_can_be_retried(bench: Bench) -> None:
    """With partial_failure = commit, retrying tells who was refused if that is still how it is."""
    bench.segment.refused_users = {"ann", "bob"}
    bench.run("ann", "bob", partial_failure="commit")
    bench.segment.refused_users = {"ann"}
    bench.run("ann", partial_failure="commit")
    bench.segment.refused_users = set()

    report = bench.engine().retry_failed(bench.sync(partial_failure="commit"))

    assert report.calls == 1
    assert bench.segment.told() == {"ann"}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("parallel", "0", "from 1 to 64"),
        ("parallel", "2.5", "from 1 to 64"),
        ("parallel", True, "from 1 to 64"),
        ("retry_base", "soon", "a number"),
        ("retry_base", "nan", "a number"),
        ("mode", "mirrored", "mirror, additive"),
        ("trait_key", "{name}", "template"),
        ("trait_key", 5, "text"),
        ("paralel", "4", "did you mean 'parallel'"),
        ("batch_bytes", 512_001, "to 512000"),
        ("batch_events", 2_501, "to 2500"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name: str, value: object, complaint: str) -> None:
    """A wrong setting is refused with what it may be."""
    with pytest.raises(WrongCall, match=complaint):
        Settings.of({name: value})
