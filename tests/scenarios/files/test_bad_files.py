from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from scenarios import BadScenario, read_scenario, run_scenario, subject_maker

BOMB = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
GOOD = """\
scenario: Fine
cohorts:
  power: {name: Power Users, members: [ada]}
steps:
  - sync: power
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "x.cohort.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ("steps:", "step:", ":4:1:", "did you mean 'steps'"),
        ("members", "member", ":3:30:", "did you mean 'members'"),
        ("- sync: power", "- sink: power", ":5:5:", "did you mean 'sync'"),
        ("- sync: power", "- sync: powr", ":5:11:", "did you mean 'power'"),
        ("[ada]", "[007]", ":3:40:", "Put it in quotes"),
        ("[ada]", "[yes]", ":3:40:", "Put it in quotes"),
        ("[ada]", "[ada, ada", ":", "not YAML"),
        ("scenario: Fine", "scenario: Fine\nscenario: Twice", ":2:1:", "stands here twice"),
        ("scenario: Fine", "scenario: Fine\nstart: noon", ":2:8:", "ISO 8601"),
        ("scenario: Fine", "scenario: Fine\nstart: 2026-01-01T00:00:00", ":2:8:", "time"),
        ("- sync: power", "- advance: 1 hour", ":5:14:", "500ms, 30s"),
        ("- sync: power", "- fault: {on: segmint, fault: latency}", ":5:17:", "did you mean 'segment'"),
        ("- sync: power", "- import: {cohort: power, export: gone.csv}", ":5:37:", "no file 'gone.csv'"),
        ("- sync: power", "- expect: {profiles: {ada: {pwer: true}}}", ":5:", "did you mean 'power'"),
        ("- sync: power", "- sync: power\n    advance: 1h", ":5:5:", ""),
        ("name: Power Users, ", "", ":3:10:", "lacks 'name'"),
        ("- sync: power", "- advance: 99999999999d", ":5:14:", "500ms, 30s"),
        ("- sync: power", "- enter: {cohort: power, anonymous: 3000000000}", ":5:39:", "at most 2000000"),
        ("- sync: power", "- expect: {contracts: [H9]}", ":5:", "there is no rule 'H9'"),
        ("- sync: power", "- expect: {discards: {id_not_strin: 0}}", ":5:", "did you mean 'id_not_string'"),
        ("- sync: power", "- expect: {requests: {2o0: 1}}", ":5:", "a status of three digits"),
        ("- sync: power", "- expect: {identifies: {least: 5, most: 2}}", ":5:", "at least 5 and at most 2 cannot be"),
        (
            "- sync: power",
            "- leave: {cohort: power}",
            ":5:12:",
            "steps/1/leave does not say who: anonymous, people, users",
        ),
        ("name: Power Users", "name: P, id: A.1", ":3:24:", "1 to 64 letters, digits, _ and -"),
        ("- sync: power", "- advance: 90", ":5:14:", "steps/1/advance is 90, expected: A number and a unit: 500ms"),
        ("{name: Power Users, members: [ada]}", "[ada]", ":3:10:", "cohorts/power is a list, expected a mapping"),
        ("[ada]", "ada", ":3:39:", "cohorts/power/members is 'ada', expected a list"),
        ("[ada]", "[ada, null]", ":3:45:", "cohorts/power/members/2 is empty, expected text"),
        (
            "- sync: power",
            "- {sync: power, advance: 1h}",
            ":5:5:",
            "has 2 keys (sync, advance), expected 1. Every step",
        ),
        (
            "- sync: power",
            "- sync: {cohort: power, killed: {boundary: 3, on: segment}}",
            ":5:35:",
            "steps/1/sync/killed has 2 keys (boundary, on), expected 1.",
        ),
        ("steps:\n  - sync: power", "steps: []", ":4:8:", "steps is empty."),
        ("members: [ada]", "people: 3.0", ":3:38:", "cohorts/power/people is 3.0, expected a whole number."),
        ("- sync: power", "- churn: {cohort: power, enter: .nan}", ":5:35:", "the value '.nan' cannot be read"),
        ("scenario: Fine", "scenario: Fine\nseed: 9223372036854775808", ":2:7:", "at most 9223372036854775807"),
        ("scenario: Fine", f"scenario: Fine\nseed: {'9' * 5000}", ":2:7:", "cannot be read"),
        ("scenario: Fine", 'scenario: "\\ud800"', ":1:", ""),
        ("scenario: Fine", "scenario: Fine\nstart: 2026-01-01", ":2:8:", "write 2026-01-01T00:00:00Z."),
        ("scenario: Fine", "scenario: Fine\nwhy: a\0b", ":2:7:", "the character U+0000 may not stand in it"),
        ("- sync: power", "- import: {cohort: power, export: x.cohort.yml}", ":5:37:", "did you mean 'x.cohort.yaml'?"),
        ("scenario: Fine", 'scenario: Fine\ninclude: ["a\\0b"]', ":2:11:", "is no file name"),
        ("scenario: Fine", f"scenario: Fine\ninclude: [{'a' * 300}]", ":2:11:", "is no file name"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, where: str, words: str):
    """File, line, column, and the nearest valid word."""
    path = write(tmp_path, GOOD.replace(old, new))

    with pytest.raises(BadScenario) as caught:
        read_scenario(path)

    assert f"x.cohort.yaml{where}" in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("advance: 3000000d", "beyond the year 9999"),
        ("churn: {cohort: power, enter: 0.5}\n  - advance: 4000d", "more than ten years of hours"),
        ("fault: {on: segment, fault: lost-reply, match: {route: batch}}", "did you mean '/v1/batch'"),
        ("fault: {on: amplitude, fault: lost-reply, match: {route: /v1/batch}}", "no call to amplitude goes to"),
    ],
)
def test_a_step_that_cannot_be_is_named_with_its_place(tmp_path: Path, step: str, words: str):
    """What only the lab knows to be wrong is told the same way, and not passed over."""
    scenario = read_scenario(write(tmp_path, GOOD.replace("- sync: power", f"- {step}")))

    with pytest.raises(BadScenario, match=words) as caught:
        run_scenario(scenario, subject_maker())

    assert f"x.cohort.yaml:{5 + step.count(chr(10))}:" in str(caught.value)


@pytest.mark.parametrize("route", ["/v1/batch", "/v1/*", "/analytics.js/v1/key/*", "/v1/projects/abc/settings", "*"])
def test_a_route_that_calls_can_take_is_taken(tmp_path: Path, route: str):
    """By its path, by a beginning, or with its parts filled in."""
    step = f'- fault: {{on: segment, fault: lost-reply, match: {{route: "{route}", method: PUT}}}}'

    scenario = read_scenario(write(tmp_path, GOOD.replace("- sync: power", f"{step}\n  - sync: power")))

    assert run_scenario(scenario, subject_maker()).passed


def test_the_good_file_is_good(tmp_path: Path):
    """What the mistakes are made in has none."""
    scenario = read_scenario(write(tmp_path, GOOD))

    assert (scenario.title, scenario.name, len(scenario.steps)) == ("Fine", "x", 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("a: &x [*x]", "part of"),
        ("? [a]\n: b\n", "must be a word"),
        ("a: !!python/object:os.system x", "cannot be read"),
        ("\x00", "not YAML"),
    ],
)
def test_what_is_no_scenario_at_all_is_one_clear_sentence(tmp_path: Path, text: str, words: str):
    """Odd YAML is refused; tags construct nothing."""
    with pytest.raises(BadScenario, match=words):
        read_scenario(write(tmp_path, text))


def test_a_file_that_is_not_there_is_one_clear_sentence(tmp_path: Path):
    """An unreadable file is named."""
    with pytest.raises(BadScenario, match="cannot be read"):
        read_scenario(tmp_path / "gone.cohort.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + BOMB, "more than 200,000 values"),
        ("[" * 100_000, "nest"),
        ("[" * 60 + "]" * 60, "nested too deeply"),
        (f"a: 1{':1' * 400_000}", "cannot be read"),
        (f"# {'x' * 1_000_000}", "more than 1,000,000 bytes"),
    ],
)
def test_no_file_takes_all_time_or_memory(tmp_path: Path, text: str, words: str):
    """Aliases of aliases, depth, long numbers and size have a limit each."""
    with pytest.raises(BadScenario, match=words):
        read_scenario(write(tmp_path, text))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path):
    """A pipe that nobody writes to and a device without an end are refused; a folder is called one."""
    os.mkfifo(tmp_path / "fifo")

    for path, words in ((tmp_path / "fifo", "a pipe"), (Path("/dev/zero"), "a device"), (tmp_path, "a folder")):
        with pytest.raises(BadScenario, match=words):
            read_scenario(path)


def test_a_byte_that_is_no_text_is_found(tmp_path: Path):
    """By line and column, which count letters."""
    path = tmp_path / "x.cohort.yaml"
    path.write_bytes("scenario: x\nwhy: é".encode() + b"\xff")

    with pytest.raises(BadScenario, match=r"x\.cohort\.yaml:2:7: is not UTF-8"):
        read_scenario(path)


def test_a_long_value_is_told_by_its_beginning(tmp_path: Path):
    """A message stays a message."""
    for old, new in (("[ada]", "x" * 500_000), ("sync: power", "y" * 500), ("sync: power", f"sync: {'z' * 500_000}")):
        with pytest.raises(BadScenario) as caught:
            read_scenario(write(tmp_path, GOOD.replace(old, new)))

        assert len(str(caught.value)) - len(str(tmp_path)) < 800


def test_without_libyaml_places_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """PyYAML may have been built without it; half a character is found either way."""
    monkeypatch.setattr("scenarios.files.document._LOADER", yaml.SafeLoader)

    for old, new, where in (("- sync: power", "- sink: power", ":5:5:"), ("Fine", '"\\ud800"', ":1:11:")):
        with pytest.raises(BadScenario, match=where):
            read_scenario(write(tmp_path, GOOD.replace(old, new)))
