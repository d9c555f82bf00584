"""Each expectation holds where it is true and fails, with what was found, where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Outcome, read_scenario, run_scenario, subject_maker
from scenarios.mutants import SmallSync, make_small
from scenarios.mutants.delivering import IgnoresRetryAfter
from scenarios.mutants.hurrying import (
    PrintsItsSecrets,
    SaysItWasSentLongAgo,
    StampsNextYear,
    WritesTheKeyIntoTheAddress,
)
from scenarios.mutants.small_sync import Event

STORY = """\
scenario: A story
targets: {production: key-of-production, staging: key-of-staging}
cohorts:
  power: {name: Power Users, id: p0wer000, members: [ada, grace]}
  other: {name: Others, members: [ada]}
steps:
  - fault: {on: segment, fault: status, status: 429, retry_after: 5}
  - sync: power
  - sync: other
  - leave: {cohort: power, users: [grace]}
  - advance: 1h
  - sync: power
  - sync: {cohort: power, target: staging}
"""

ANSWERED = "{status: 200}, {status: 200}, {status: 200}]}"


def outcome_of(folder: Path, expect: str, subject: type[SmallSync] = SmallSync) -> Outcome:
    path = folder / "story.cohort.yaml"
    path.write_text(f"{STORY}expect: {expect}\n", encoding="utf-8")
    return run_scenario(read_scenario(path), make_small(subject))


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("{identifies: 5}", "{identifies: 4}", "there were 5"),
        ("{identifies: {least: 5, most: 5}}", "{identifies: {most: 4}}", "there were 5"),
        ("{target: staging, identifies: 1}", "{target: staging, identifies: 2}", "there was 1"),
        (
            "{target: staging, profiles: {grace: {power: null}}}",
            "{target: staging, profiles: {grace: {power: false}}}",
            "it is never told",
        ),
        ("{duplicates: 0}", "{duplicates: {least: 1}}", "there were 0"),
        ("{discards: {unknown_source: 0}}", "{discards: {unknown_source: 1}}", "there were 0"),
        ('{requests: {"429": 1, "200": 4}}', '{requests: {"200": 5}}', "there were 4"),
        ('{resent: {"429": 1, "400": 0}}', '{resent: {"429": 0}}', "there was 1"),
        ("{exports: 4}", "{exports: 3}", "there were 4"),
        ("{profiles: {grace: {power: false}}}", "{profiles: {grace: {power: true}}}", "it is false"),
        (
            '{traits: {ada: {"Power Users (p0wer000)": true}}}',
            '{traits: {ada: {"Power Users": true}}}',
            "it is never told",
        ),
        (
            "{target: production, history: {grace: {power: [true, false]}}}",
            "{target: production, history: {grace: {power: [true]}}}",
            "it was: true, false",
        ),
        (
            "{calls: [{grace: {power: true}}, {ada: {other: true}}, {grace: {power: false}}]}",
            "{calls: [{ada: {other: true}}, {grace: {power: true}}]}",
            "it was not",
        ),
        ("{untold: [barbara]}", "{untold: [ada]}", "it got"),
        ("{runs: [succeeded, succeeded, succeeded, succeeded]}", "{runs: [failed]}", "it was succeeded, succeeded"),
        (
            "{attempts: [{status: 429}, {status: 200, after: 5s, within: 5s}, " + ANSWERED,
            "{attempts: [{status: 429}, {status: 200, after: 6s}, " + ANSWERED,
            "it came after 5 s",
        ),
        (
            "{attempts: [{status: 429}, {status: 200}, {status: 200}, {status: 200}, {status: 200}]}",
            "{attempts: []}",
            "it was [429",
        ),
        ("{contracts: [S704]}", "{contracts: [S701, S702, S703, S712, C401]}", ""),
    ],
)
def test_an_expectation_holds_or_fails(tmp_path: Path, right: str, wrong: str, reason: str):
    """Right holds; wrong fails and says what was found instead."""
    assert [check for check in outcome_of(tmp_path, right).checks if not check.held] == []

    failed = [check for check in outcome_of(tmp_path, wrong).checks if not check.held]

    if reason:
        assert reason in "; ".join(check.reason for check in failed)


def test_a_retry_after_is_minded_in_every_scenario(tmp_path: Path):
    """Nobody has to expect it: a refused event that comes back too early fails the sync step."""
    outcome = outcome_of(tmp_path, "{identifies: 5}", IgnoresRetryAfter)

    (failed,) = [check for check in outcome.checks if not check.held]
    assert "a Retry-After is waited for" in failed.claim
    assert "4.0 s too early" in failed.reason


class BuiltOnRuby(IgnoresRetryAfter):
    """Says which client it is built on, as they all do."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        made = super().event(user_id, member, trait_key)
        return made | {"context": made.get("context", {}) | {"library": {"name": "analytics-ruby", "version": "2.5.0"}}}


def test_a_retry_after_may_be_reported_instead(tmp_path: Path):
    """Most clients out there read none: then it is a note that names the client, and fails nothing."""
    outcome = outcome_of(tmp_path, "{identifies: 5, retry_after: reported}", BuiltOnRuby)

    assert outcome.passed
    (note,) = outcome.notes
    assert "4.0 s too early" in note
    assert "context.library is analytics-ruby 2.5.0, which waits for no Retry-After" in note


def test_the_client_is_named_where_a_retry_after_is_required(tmp_path: Path):
    """So that nobody looks for the fault in a program that has none of its own."""
    (failed,) = [each for each in outcome_of(tmp_path, "{identifies: 5}", BuiltOnRuby).checks if not each.held]

    assert "context.library is analytics-ruby 2.5.0, which waits for no Retry-After" in failed.reason


def test_contracts_are_held_or_told(tmp_path: Path):
    """A second trait in one identify breaks the contract of a cohort identify."""
    from scenarios.mutants.delivering import LeaksTheKeyIntoTheEvents

    outcome = outcome_of(tmp_path, "{contracts: true, converged: false}", LeaksTheKeyIntoTheEvents)

    failed = [check for check in outcome.checks if "keeps every contract" in check.claim]
    assert not failed[0].held
    assert "event 0/traits" in failed[0].reason


def test_our_engine_passes_the_story(tmp_path: Path):
    """Two targets, a refusal and a leave."""
    path = tmp_path / "story.cohort.yaml"
    path.write_text(f"{STORY}expect: {{contracts: true}}\n", encoding="utf-8")

    outcome = run_scenario(read_scenario(path), subject_maker())

    assert [check for check in outcome.checks if not check.held] == []


@pytest.mark.parametrize("mutant", [StampsNextYear, SaysItWasSentLongAgo])
def test_events_dated_elsewhere_in_time_are_told(tmp_path: Path, mutant: type[SmallSync]):
    """Whatever moved them: the timestamp itself, or the time of sending it is reckoned from."""
    right = outcome_of(tmp_path, "{dated: 1h}")
    wrong = outcome_of(tmp_path, "{dated: 1h}", mutant)

    assert right.passed
    (failed,) = [check for check in wrong.checks if not check.held]
    assert "'ada' is dated 20" in failed.reason
    assert "and came at 2026-01-05T09:00" in failed.reason


@pytest.mark.parametrize(
    ("mutant", "reason"),
    [
        (PrintsItsSecrets, "sync 1 printed Amplitude's secret key"),
        (WritesTheKeyIntoTheAddress, "the write key of production stands in the address of POST /v1/batch"),
    ],
)
def test_a_key_that_got_out_is_told(tmp_path: Path, mutant: type[SmallSync], reason: str):
    """By its name, never by the key itself."""
    right = outcome_of(tmp_path, "{keeps_secrets: true}")
    wrong = outcome_of(tmp_path, "{keeps_secrets: true}", mutant)

    assert right.passed
    (failed,) = [check for check in wrong.checks if not check.held]
    assert failed.reason.startswith(reason)
    assert "key-of-production" not in failed.reason


def test_a_sync_that_takes_too_long_is_told(tmp_path: Path):
    """It waits for 5 seconds in its first sync, as it was told to."""
    path = tmp_path / "slow.cohort.yaml"

    def outcome(within: str) -> Outcome:
        text = STORY.replace("  - sync: power\n  - sync: other", f"  - sync: {{cohort: power, within: {within}}}", 1)
        path.write_text(text, encoding="utf-8")
        return run_scenario(read_scenario(path), make_small(SmallSync))

    assert outcome("5s").passed
    (failed,) = [check for check in outcome("4s").checks if not check.held]
    assert (failed.claim, failed.reason) == ("step 2: sync power ends within 4s", "it took 5 s")
