"""Syncs that people set up in a lab run on its clock, by our engine, as their cadence says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_core.errors import BadControl, Forbidden, InUse, NotFound
from mock_segment import SegmentState
from scenarios.lab import WRITE_KEY, Lab
from scenarios.portal import MOST_RUNS

START = 1_780_000_000.0
HOUR = 3_600.0


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(start=START) as made:
        made.segment.put_source(WRITE_KEY, name="Amplitude cohorts")
        made.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada", "grace"])
        made.portal.put_target("Production", WRITE_KEY)
        yield made


def told(segment: SegmentState, user: str) -> object:
    return segment.profile(user).traits.get("Power Users (7abc12de)")


def test_the_first_run_comes_when_a_sync_is_saved_and_later_ones_at_its_cadence(lab: Lab) -> None:
    lab.portal.save("7abc12de", "Production", "hourly")
    lab.portal.advance(0)
    assert (told(lab.segment, "ada"), told(lab.segment, "grace")) == (True, True)
    lab.amplitude.leave("7abc12de", ["grace"])
    assert lab.portal.advance(HOUR) == 1
    assert (told(lab.segment, "ada"), told(lab.segment, "grace")) == (True, False)


@pytest.mark.parametrize(("cadence", "runs"), [("once", 1), ("hourly", 7), ("daily", 1)])
def test_each_run_that_time_sets_off_is_begun_when_it_is_due(lab: Lab, cadence: str, runs: int) -> None:
    lab.portal.save("7abc12de", "Production", cadence)
    lab.portal.advance(6 * HOUR)
    begun = [run["started_at"] for run in lab.portal.runs("7abc12de:Production")]
    assert len(begun) in {runs, runs + 1 if cadence == "daily" else runs}
    assert len({moment[11:13] for moment in begun}) >= runs - 1, "one an hour"


def test_a_sync_in_real_time_tells_changes_within_the_minute(lab: Lab) -> None:
    lab.portal.save("7abc12de", "Production", "realtime")
    lab.portal.advance(0)
    lab.amplitude.enter("7abc12de", ["linus"])
    lab.portal.advance(61)
    assert told(lab.segment, "linus") is True


def test_a_paused_sync_does_not_run_and_a_resumed_one_does(lab: Lab) -> None:
    label = lab.portal.save("7abc12de", "Production", "hourly").label
    lab.portal.advance(0)
    lab.portal.pause(label)
    lab.amplitude.enter("7abc12de", ["linus"])
    assert lab.portal.advance(5 * HOUR) == 0
    assert lab.portal.next_due(label) is None
    lab.portal.resume(label)
    assert lab.portal.advance(0) == 1, "one run makes up for all that were missed"
    assert told(lab.segment, "linus") is True


def test_a_run_by_hand_is_a_difference_too(lab: Lab) -> None:
    label = lab.portal.save("7abc12de", "Production").label
    assert lab.portal.run(label) == {"sync": label, "status": "succeeded", "message": ""}
    lab.amplitude.enter("7abc12de", ["linus"])
    assert lab.portal.run(label)["status"] == "succeeded"
    newest, oldest = lab.portal.runs(label)
    assert ((oldest["entered"], oldest["calls"]), (newest["entered"], newest["calls"])) == ((2, 2), (1, 1))


def test_an_archived_cohort_fails_the_run_and_ends_the_schedule_until_somebody_resumes_it(lab: Lab) -> None:
    label = lab.portal.save("7abc12de", "Production", "hourly").label
    lab.portal.advance(0)
    lab.amplitude.archive("7abc12de")
    lab.portal.advance(HOUR)
    assert "archived" in lab.portal.sync(label).disabled
    assert lab.portal.next_due(label) is None
    lab.amplitude.unarchive("7abc12de")
    lab.portal.resume(label)
    lab.portal.advance(HOUR)
    assert [run["status"] for run in lab.portal.runs(label)] == ["succeeded", "failed", "succeeded"]


def test_a_vendor_in_trouble_fails_a_run_and_the_next_one_makes_up_for_it(lab: Lab) -> None:
    lab.segment.workspace.arm({"fault": "status", "status": 503, "match": {"times": 100}})
    label = lab.portal.save("7abc12de", "Production", "hourly").label
    assert lab.portal.run(label)["status"] in {"failed", "stopped", "partial"}
    lab.segment.workspace.lift()
    lab.portal.run(label, everybody=True)
    assert told(lab.segment, "ada") is True


def test_another_target_gets_a_first_sync_of_its_own(lab: Lab) -> None:
    lab.portal.put_target("Staging", "staging-write-key")
    for target in ("Production", "Staging"):
        lab.portal.save("7abc12de", target)
    lab.portal.advance(0)
    assert {(run["target"], run["entered"]) for run in lab.portal.runs()} == {("Production", 2), ("Staging", 2)}


def test_the_cohort_says_how_its_syncs_stand(lab: Lab) -> None:
    lab.portal.save("7abc12de", "Production", "realtime")
    lab.portal.advance(0)
    (sync,) = lab.amplitude.cohort("7abc12de").syncs
    assert (sync.target, sync.frequency, sync.enabled, sync.last_failure) == ("Production", "minute", True, None)
    assert sync.last_successful is not None
    assert sync.last_successful.startswith("2026-05-28T20:26")


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_only_admin_and_manager_set_up_targets_and_syncs(lab: Lab, role: str) -> None:
    label = lab.portal.save("7abc12de", "Production").label
    lab.portal.act_as(role)
    for forbidden in (
        lambda: lab.portal.put_target("Mine", "key"),
        lambda: lab.portal.remove_target("Production"),
        lambda: lab.portal.save("7abc12de", "Production", "daily"),
        lambda: lab.portal.pause(label),
        lambda: lab.portal.remove(label),
        lambda: lab.portal.run(label),
    ):
        with pytest.raises(Forbidden, match=f"A {role.capitalize()} may not manage .*Admin or Manager"):
            forbidden()
    lab.portal.act_as("manager")
    assert lab.portal.run(label)["status"] == "succeeded"


def test_what_cannot_be_is_told_in_words(lab: Lab) -> None:
    for wrong, words in (
        (lambda: lab.portal.save("7abc12de", "Produktion"), "no API target 'Produktion': did you mean 'Production'"),
        (lambda: lab.portal.save("7abc12de", "Production", "weekly"), "no cadence 'weekly'"),
        (lambda: lab.portal.save("7abc12de", "Production", settings={"colour": "red"}), "no setting 'colour'"),
        (lambda: lab.portal.act_as("owner"), "no role 'owner'"),
        (lambda: lab.portal.sync("nobody:Production"), "no sync 'nobody:Production'"),
    ):
        with pytest.raises(BadControl, match=words):
            wrong()
    with pytest.raises(NotFound):
        lab.portal.save("nobody00", "Production")
    lab.portal.save("7abc12de", "Production")
    with pytest.raises(InUse, match="7abc12de:Production"):
        lab.portal.remove_target("Production")


def test_time_that_would_set_off_more_runs_than_somebody_waits_for_is_refused(lab: Lab) -> None:
    lab.portal.save("7abc12de", "Production", "realtime")
    with pytest.raises(BadControl, match=f"some .* runs, expected at most {MOST_RUNS:,}"):
        lab.portal.advance(30 * 24 * HOUR)
    assert lab.clock.now() == START


def test_a_reset_takes_everything_that_was_set_up(lab: Lab) -> None:
    lab.portal.save("7abc12de", "Production", "hourly")
    lab.portal.advance(0)
    lab.amplitude.workspace.reset()
    assert (lab.portal.syncs(), lab.portal.targets(), lab.portal.runs()) == ([], {}, [])
