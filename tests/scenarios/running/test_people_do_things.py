"""Steps of people doing things: their app tells Segment, which sends it on, or Amplitude itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_amplitude.ingest import Ingested
from scenarios import BadScenario, Bench, Outcome, read_scenario, run_scenario
from scenarios.mutants import SmallSync, make_small
from scenarios.verdict import expectations

STORY = """\
scenario: People do things
destinations:
  amplitude:
  hook: {destination: webhooks, settings: {hooks: ["http://hook.lab/"]}}
cohorts:
  power: {name: Power Users, members: [grace-hopper]}
steps:
"""


def outcome_of(folder: Path, *steps: str, expect: str = "{converged: false}", story: str = STORY) -> Outcome:
    path = folder / "story.cohort.yaml"
    lines = "".join(f"  - {step}\n" for step in steps)
    path.write_text(f"{story}{lines}expect: {expect}\n", encoding="utf-8")
    return run_scenario(read_scenario(path), make_small(SmallSync))


def test_what_is_tracked_arrives_at_amplitude_either_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Through Segment's destination, or from the app itself; users, an anonymous device, and what they are."""
    seen: list[tuple[str, str | None, object]] = []

    def look(bench: Bench, *_: object) -> list[object]:
        for row in map(Ingested.as_dict, bench.lab.amplitude.ingested()):
            event = row["event"]
            seen.append(
                (row["event_type"], row["user_id"], event.get("event_properties") or event.get("user_properties"))
            )
        return []

    monkeypatch.setitem(expectations._JUDGES, "untold", look)
    outcome = outcome_of(
        tmp_path,
        "track: {user: grace-hopper, event: Order Completed, properties: {total: 5}}",
        "track: {users: [ada-lovelace, grace-hopper], event: Looked}",
        "track: {anonymous: device-1, event: Came, to: amplitude}",
        "identify: {user: ada-lovelace, traits: {power: true, plan: gold}, to: amplitude}",
        expect="{converged: false, untold: []}",
    )

    assert outcome.passed, outcome.checks
    assert [(kind, user) for kind, user, _ in seen] == [
        ("Order Completed", "grace-hopper"),
        ("Looked", "ada-lovelace"),
        ("Looked", "grace-hopper"),
        ("Came", None),
        ("$identify", "ada-lovelace"),
    ]
    assert seen[0][2] == {"total": 5}
    assert seen[4][2] == {"Power Users (power000)": True, "plan": "gold"}


def test_what_the_only_webhook_was_told_is_expected_by_its_kind(tmp_path: Path):
    """Right and wrong."""
    step = "identify: {user: ada, traits: {power: false}}"
    assert outcome_of(tmp_path, step, expect="{converged: false, webhook: {ada: {power: false}}}").passed
    wrong = outcome_of(tmp_path, step, expect="{converged: false, webhook: {ada: {power: true}}}")
    assert "it has false" in next(check.reason for check in wrong.checks if not check.held)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("tell: {cohort: power, users: [ada], value: true}", "it is `identify` now: identify: {users"),
        ("track: {event: Came}", "does not say who"),
        ("track: {user: ada}", "event"),
        ("track: {user: ada, users: [grace], event: Came}", "user or users, not both"),
        ("track: {users: [ada, grace], event: Came, message_id: m}", "one messageId is for one user"),
        ("track: {user: ada, event: Came, to: amplitude, target: lab}", "a matter of Segment's"),
        ("track: {user: ada, event: Came, to: amplitud}", "did you mean 'amplitude'"),
        ("track: {user: ada, event: Came, target: lap}", "did you mean 'lab'"),
        ("track: {user: ada, event: Came, to: amplitude}", "Amplitude answered 400 to it: .*id length"),
    ],
)
def test_a_step_that_cannot_be_is_told_in_words(tmp_path: Path, step: str, told: str):
    """With the word that is meant; a user id that is too short for Amplitude in Amplitude's words."""
    with pytest.raises(BadScenario, match=told):
        outcome_of(tmp_path, step)


def test_webhook_is_refused_where_there_are_none_or_several(tmp_path: Path):
    """They have names then."""
    step = "identify: {user: ada, traits: {power: false}}"
    with pytest.raises(BadScenario, match="it has 0; say which under destinations"):
        outcome_of(
            tmp_path, step, expect="{webhook: {ada: {power: false}}}", story=STORY.replace("  hook:", "  # hook:")
        )
