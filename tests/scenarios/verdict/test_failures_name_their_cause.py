"""A failed run says for whom, since which step and why, well enough to mend it."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_core.clock import iso
from scenarios import Outcome, read_scenario, run_scenario, shipped
from scenarios.lab import SEGMENT_URL
from scenarios.mutants import SmallSync, make_small
from scenarios.mutants.delivering import DropsTheBatchOn503, NewMessageIdPerAttempt, NoMessageId, SameMessageIdForEver
from scenarios.mutants.exporting import TakesTroubleForNobody
from scenarios.mutants.identifying import FoldsCase, TrimsIds
from scenarios.mutants.remembering import ComparesWithoutCase, OneSnapshotForAllTargets
from scenarios.mutants.small_sync import Event
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
        ("throttled", DropsTheBatchOn503, "ada", 3, "the sync said that it succeeded: 2 events are lost"),
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


class SendsSideBySide(SmallSync):
    """A batch of an hour ago, on its way for long, arrives behind the one that follows it."""

    def send(self, batch: list[Event]) -> None:
        super().send(batch)
        old = iso(self.clock.now_ms() - 3_600_000)
        context = {"library": {"name": "analytics-node", "version": "6.2.0"}}
        for event in batch:
            traits = {name: not value for name, value in event["traits"].items()}
            late = {"traits": traits, "timestamp": old, "messageId": f"{event['messageId']}-", "context": context}
            super().send([event | late])


class OnceIsForEver(SmallSync):
    """Tells nobody true who ever was."""

    def remember(self, members: set[str]) -> None:
        ever = self.file.with_suffix(".ever")
        known = set(ever.read_text().split("\n")) if ever.exists() else set()
        ever.write_text("\n".join(sorted(known | members)))
        super().remember(members)

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        ever = self.file.with_suffix(".ever")
        known = set(ever.read_text().split("\n")) if ever.exists() else set()
        return [change for change in super().changes(before, now) if not (change[1] and change[0] in known)]


class SendsNull(SmallSync):
    """Clears the trait of who left."""

    def value(self, member: bool) -> Any:
        return member or None


class Inverts(SmallSync):
    """Says the opposite."""

    def value(self, member: bool) -> Any:
        return not member


class SendsNoTraits(SmallSync):
    """Sends who entered, and not what."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        return super().event(user_id, member, trait_key) | {"traits": {}}


class AddsAnId(SmallSync):
    """Sends a trait of its own as well."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        return event | {"traits": {**event["traits"], "synced_by": "cron"}}


class ComposesIds(SmallSync):
    """Writes accents in one character."""

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {unicodedata.normalize("NFC", user_id) for user_id in super().sendable(user_ids)}


class AsksForNothing(SmallSync):
    """Believes that it is done."""

    def run(self) -> None:
        pass


class WritesTheOtherStyle(SmallSync):
    """Spells traits as Segment's own pages do."""

    def trait_key(self, name: str) -> str:
        return f"[Amplitude] {super().trait_key(name)}"


class ForgetsTheSlash(SmallSync):
    """Calls a path that is not there."""

    def is_transient(self, status: int) -> bool:
        return False

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        return self.session.post(f"{SEGMENT_URL}/v1/v1/batch", json={"batch": batch}, timeout=self.timeout)


class TellsOfNobody(SmallSync):
    """Tells of members without a user id."""

    def read(self, export: bytes) -> list[str]:
        return [user_id or "anonymous" for user_id in super().read(export)]

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        return event if user_id != "anonymous" else {**event, "userId": None, "anonymousId": "a1"}


class SaysUserId(SmallSync):
    """Writes the field as the export does."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        return {"user_id": event.pop("userId"), **event}


class TellsTheContext(SmallSync):
    """Puts the traits where a client of another service has them."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        return {"context": {"traits": event.pop("traits")}, **event}


class NamesNobody(SmallSync):
    """Forgets whom it speaks of."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        del event["userId"]
        return event


class BelievesEveryAnswer(SmallSync):
    """Sends to a look-alike's path, and takes 404 for an answer."""

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        return self.session.post(f"{SEGMENT_URL}/sdk/batch", json={"batch": batch, "writeKey": self.order.write_key})

    def is_taken(self, reply: requests.Response) -> bool:
        return reply.status_code == 404


@pytest.mark.parametrize(
    ("name", "mutant", "words"),
    [
        ("a-leave", SaysUserId, "3 events came and were discarded: no_user_anon_id; they have `user_id`"),
        ("a-leave", TellsTheContext, "3 events came and were delivered and told nothing; they have `context.traits`"),
        ("a-leave", NamesNobody, "3 events came and were discarded: no_user_anon_id."),
        (
            "a-leave",
            BelievesEveryAnswer,
            "it was answered 404 (POST /sdk/batch is no route of the segment fake. That is where",
        ),
        (
            "a-leave",
            SendsSideBySide,
            "that arrived after it (context.library is analytics-node 6.2.0): batches",
        ),
        ("leave-then-return-later", OnceIsForEver, "is a member again, and no true was sent since"),
        ("a-leave", SendsNull, "what was sent of it is null, not true or false"),
        ("first-sync", Inverts, "it is a member, and false was sent: the wrong way round"),
        ("first-sync", SendsNoTraits, "it is a member, and what was sent of it holds no traits"),
        ("first-sync", AddsAnId, "'synced_by' is the trait of no cohort"),
        ("ids-of-all-alphabets", ComposesIds, "'cafe\\u0301'"),
        ("ids-to-the-letter", TrimsIds, "Segment heard of 'ada' only, who is a member, too"),
        ("two-targets", OneSnapshotForAllTargets, "it was told at another target and never at 'staging'"),
        (
            "an-export-is-refused",
            TakesTroubleForNobody,
            "and false was sent: the wrong way round, by an old export, or",
        ),
        ("twins-enter-later", ComparesWithoutCase, "Segment heard of 'ada' only, who is a member, too"),
        ("first-sync", AsksForNothing, "no export was asked for"),
        ("first-sync", WritesTheOtherStyle, "add --trait-key segment"),
        ("anonymous-members", TellsOfNobody, "an event without a userId was sent"),
    ],
)
def test_the_words_fit_what_was_done(name: str, mutant: type[SmallSync], words: str):
    """Bugs that look alike in the profiles are told apart by what was sent, and asked for."""
    outcome = outcome_of(name, mutant)

    assert not outcome.passed
    assert any(words in finding.cause for finding in outcome.findings), [each.cause for each in outcome.findings]


def test_the_calls_that_were_refused_are_told():
    """The program may keep to itself why it failed; the lab knows."""
    outcome = outcome_of("first-sync", ForgetsTheSlash)

    (reason,) = [check.reason for check in outcome.checks if check.claim.endswith("succeeds")]
    assert "Segment answered 404" in reason
    assert "; POST /v1/v1/batch was answered 404" in reason


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


def test_an_expected_trait_that_came_and_was_discarded_is_not_called_never_told(tmp_path: Path):
    """What is wrong with what came is the reason."""
    file = tmp_path / "x.cohort.yaml"
    file.write_text(
        "scenario: One\ncohorts:\n  power: {name: Power Users, members: [ada]}\nsteps:\n  - sync: power\n"
        "expect:\n  profiles: {ada: {power: true}}\n"
    )

    outcome = run_scenario(read_scenario(file), make_small(SaysUserId))

    (check,) = [each for each in outcome.checks if each.about and each.about[0] == "ada" and not each.held]
    assert check.reason == "it is not there: 1 event came and was discarded: no_user_anon_id; it has `user_id`"
