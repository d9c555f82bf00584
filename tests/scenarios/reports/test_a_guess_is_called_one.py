"""A verdict that rests on an inferred fact says so, in reports of `check` and of `run`."""

from __future__ import annotations

from contracts.catalogue import rule
from contracts.rule import Observation, Violation
from mock_amplitude import AmplitudeSettings
from mock_segment import SegmentSettings
from scenarios.bench import FaultStruck, RequestMade
from scenarios.reports.guesses import GUESSES, guessed
from scenarios.verdict.conduct import _sureness


def _call(status: int, path: str, entry: int = 1, on: str = "amplitude") -> RequestMade:
    return RequestMade(
        at=0, amplitude=1, segment=1, on=on, entry=entry, method="GET", path=path, status=status, events=0, verdicts={}
    )


def test_an_answer_that_nobody_published_is_named_with_its_setting():
    """Once, however often it was given."""
    calls = [_call(404, "/api/5/cohorts/request/abc123/file", entry) for entry in (1, 2)]

    (told,) = guessed(calls)

    assert told == (
        "GET /api/5/cohorts/request/abc123/file -> 404 rests on an inferred fact: "
        "the amplitude setting not_ready_status changes it"
    )


def test_what_a_fault_made_it_answer_is_no_guess():
    """The scenario wanted it so."""
    struck = FaultStruck(at=0, amplitude=1, segment=1, on="amplitude", entry=1, fault_id="f", fault="status")

    assert list(guessed([_call(401, "/api/3/cohorts"), struck])) == []


def test_what_is_documented_is_no_guess():
    """A taken call, and a quota's 429."""
    assert list(guessed([_call(200, "/api/3/cohorts"), _call(429, "/api/5/cohorts/request/abc")])) == []


def test_every_guess_names_a_setting_of_its_fake():
    """One that is there to be changed."""
    fields = {"amplitude": AmplitudeSettings.__dataclass_fields__, "segment": SegmentSettings.__dataclass_fields__}
    assert [each.setting for each in GUESSES if each.setting not in fields[each.on]] == []


def test_a_rule_that_is_inferred_says_so_and_a_documented_one_does_not():
    """In the reason of a scenario's contracts."""
    assert (_sureness("C411"), _sureness("D203")) == (" (rests on an inferred fact)", "")


def test_check_says_on_what_reason_an_inferred_rule_rests(tmp_path, capsys):
    """A line of its own below the fix."""
    from cohortlab import cli

    file = tmp_path / "event.json"
    file.write_text('{"type": "identify", "userId": "u1 ", "traits": {"plan": "pro"}}')
    cli.run(["check", str(file), "--pedantic"])

    assert "rests on an inferred fact: ids are passed through as they are" in capsys.readouterr().out
    assert Violation.of(rule("H304"), Observation("", "x")).rule.source.is_inferred
