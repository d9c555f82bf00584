"""What a shell is told when somebody presses the tabulator, by click's own protocol."""

from __future__ import annotations

import pytest

from cohortlab.cli import run
from cohortlab.completing import library_names
from contracts.catalogue import all_rules


def completed(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return what completes the last word of a line, which may be empty."""
    monkeypatch.setenv("_COHORTLAB_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    run([])
    return [each.partition(",")[2] for each in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("cohortlab co", ["cohort"]),
        ("cohortlab cohort ren", ["rename"]),
        ("cohortlab rule D20", [rule.code for rule in all_rules() if rule.code.startswith("D20")]),
        ("cohortlab rule membership-is-b", ["membership-is-boolean"]),
        ("cohortlab check --contract e", ["event", "export"]),
        ("cohortlab check --trait-key se", ["segment"]),
        ("cohortlab docs sce", ["scenarios"]),
        ("cohortlab fault arm segment lo", ["lost-reply"]),
        ("cohortlab fault arm se", ["segment"]),
        ("cohortlab new --program n", ["node"]),
    ],
)
def test_words_are_completed(
    line: str, known: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Commands, codes and names of rules, contracts, pages, faults."""
    assert completed(line, monkeypatch, capsys) == known


def test_scenarios_of_the_library_are_completed_beside_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A name of the library, or a file of one's own."""
    found = completed("cohortlab run an-out", monkeypatch, capsys)

    assert [each for each in library_names() if each.startswith("an-out")] == [
        each for each in found if each != "an-out"
    ]
    assert "an-out" in found
