from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import BadScenario, read_scenario

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
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, where: str, words: str):
    """File, line, column, and the nearest valid word."""
    path = write(tmp_path, GOOD.replace(old, new))

    with pytest.raises(BadScenario) as caught:
        read_scenario(path)

    assert f"x.cohort.yaml{where}" in str(caught.value)
    assert words in str(caught.value)


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
