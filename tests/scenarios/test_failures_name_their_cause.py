"""A failed run says for whom, since which step and why, well enough to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Outcome, read_scenario, run_scenario, shipped
from scenarios.mutants import SmallSync, make_small
from scenarios.mutants.delivering import DropsTheBatchOn503, NewMessageIdPerAttempt, NoMessageId, SameMessageIdForEver
from scenarios.mutants.identifying import FoldsCase, TrimsIds
from scenarios.mutants.telling import ForgetsLeaves, KeysByName, SendsEverybodyEachTime, SendsStrings


def outcome_of(name: str, mutant: type[SmallSync]) -> Outcome:
    (path,) = [path for path in shipped() if path.name == f"{name}.cohort.yaml"]
    return run_scenario(read_scenario(path), make_small(mutant))


@pytest.mark.parametrize(
    ("name", "mutant", "user_id", "step", "words"),
    [
        ("a-leave", ForgetsLeaves, "grace", 5, "no false was ever sent"),
        ("first-sync", SendsStrings, "007", 1, "not a JSON boolean"),
        ("first-sync", KeysByName, "007", 1, "the trait is called 'Power Users', expected"),
        ("ids-to-the-letter", TrimsIds, " ada ", 1, "the id was changed on its way"),
        ("case-twins", FoldsCase, "Kim", 1, "Segment heard of"),
        ("server-trouble", DropsTheBatchOn503, "", 0, ""),
        ("throttled", DropsTheBatchOn503, "ada", 3, "answered 503 and the event was never sent again"),
        ("leave-then-return-later", SameMessageIdForEver, "ada", 7, "which an earlier event had"),
    ],
)
def test_the_cause_is_named(name: str, mutant: type[SmallSync], user_id: str, step: int, words: str):
    """The user, the step and the probable cause; and nothing at all where the bug does not show."""
    outcome = outcome_of(name, mutant)

    if not words:
        assert outcome.passed
        return
    finding = next(each for each in outcome.findings if each.user_id == user_id)
    assert (finding.step, words in finding.cause) == (step, True), finding


@pytest.mark.parametrize(
    ("name", "mutant", "step", "words"),
    [
        ("reply-lost-after-commit", NewMessageIdPerAttempt, 2, "sent again under another messageId"),
        ("reply-lost-after-commit", NoMessageId, 2, "sent again under another messageId"),
        ("nothing-changed", SendsEverybodyEachTime, 3, "nothing had changed"),
    ],
)
def test_what_was_told_twice_is_named(name: str, mutant: type[SmallSync], step: int, words: str):
    """Profiles are right, and still a call too many was made: the first user shows why."""
    outcome = outcome_of(name, mutant)

    (finding,) = outcome.findings
    assert not outcome.passed
    assert (finding.step, words in finding.cause) == (step, True), finding


def test_the_first_step_that_went_wrong_is_kept():
    """Later steps add differences; the first is where to look."""
    outcome = outcome_of("many-hours", ForgetsLeaves)

    assert outcome.went_wrong is not None
    assert outcome.went_wrong.step == 7
    assert [difference.user_id for difference in outcome.went_wrong.differences] == ["a1", "b1"]


def test_the_timeline_tells_steps_syncs_calls_faults_and_checks_in_order(tmp_path: Path):
    """Reports are drawn from it, so each kind is there with its time."""
    (path,) = [path for path in shipped() if path.name == "throttled.cohort.yaml"]

    outcome = run_scenario(read_scenario(path), make_small(SmallSync))

    kinds = {event.kind for event in outcome.timeline}
    assert kinds == {"step", "sync-started", "sync-ended", "request", "fault", "check", "standing"}
    struck = [event for event in outcome.timeline if event.kind == "fault"]
    assert [event.as_dict()["fault"] for event in struck] == ["status", "status"]
