"""Policy, configuration and baseline: what a team wants, and how a mistake in it is told."""

from __future__ import annotations

import io
import json
import tomllib
from typing import Any

import pytest

from contracts.catalogue import all_rules, rule
from contracts.check import contract
from contracts.errors import BadBaseline, BadPolicy, UnknownRule
from contracts.examining import Configuration, Examination, Finding, Recorder, baseline, configuration
from contracts.policy import Policy, policy
from contracts.reading import read
from contracts.rule import Severity


def test_without_a_choice_all_but_the_pedantic_rules_are_judged() -> None:
    """Pedantic rules are asked for, all together or one by one."""
    short = rule("H307")

    assert short.pedantic
    assert not Policy().keeps(short)
    assert Policy(pedantic=True).keeps(short)
    assert policy(select=["H307"]).keeps(short)
    assert all(Policy().keeps(known) for known in all_rules() if not known.pedantic)


def test_ignore_wins_over_select() -> None:
    """Families, the start of codes, codes and names are all understood."""
    chosen = policy(select=["D", "C4", "no-nan"], ignore=["d204"])

    assert chosen.keeps(rule("D203"))
    assert chosen.keeps(rule("C409"))
    assert chosen.keeps(rule("J002"))
    assert not chosen.keeps(rule("D204"))
    assert not chosen.keeps(rule("H301"))


def test_the_longest_severity_counts() -> None:
    """A code says more than its family."""
    chosen = policy(severity={"H": "error", "H303": "note"})

    assert chosen.severity_of(rule("H301")) is Severity.ERROR
    assert chosen.severity_of(rule("H303")) is Severity.NOTE
    assert chosen.severity_of(rule("D203")) is rule("D203").severity


@pytest.mark.parametrize(("word", "meant"), [("D204x", "D204"), ("membership-is-bool", "membership-is-boolean")])
def test_an_unknown_rule_is_told_with_the_nearest(word: str, meant: str) -> None:
    """A misspelt code must not silently select nothing."""
    with pytest.raises(UnknownRule, match=f"did you mean '{meant}'"):
        policy(select=[word])


@pytest.mark.parametrize("word", ["nope", "9", ""])
def test_an_unknown_rule_that_is_like_no_other_is_told_where_all_are(word: str) -> None:
    """A guess would send people the wrong way."""
    with pytest.raises(UnknownRule, match="; `cohortlab rule --list` lists them"):
        policy(select=[word])


def test_an_unknown_severity_is_told_with_the_choices() -> None:
    """There are three."""
    with pytest.raises(BadPolicy, match="error, warning, note"):
        policy(severity={"D": "fatal"})


def test_the_configuration_is_read() -> None:
    """Every setting of the table."""
    text = """
    [tool.cohortlab.check]
    contract = "event"
    trait-key = "segment"
    select = ["D", "C"]
    ignore = ["C412"]
    pedantic = true
    baseline = "known.json"
    fail-on = "error"
    [tool.cohortlab.check.severity]
    C403 = "error"
    """

    assert configuration(tomllib.loads(text), "pyproject.toml") == Configuration(
        "event", "segment", ("D", "C"), ("C412",), {"C403": "error"}, True, "known.json", "error"
    )
    assert configuration({"project": {}}, "pyproject.toml") == Configuration()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"selct": []}, "no setting 'selct'; did you mean 'select'"),
        ({"select": "D"}, "select in .* must be a list of codes; found the string"),
        ({"severity": {"D203": "fatal"}}, "severity in .* must be a table"),
        ({"pedantic": "yes"}, "pedantic in .* must be true or false"),
        ({"fail-on": "always"}, "must be error, warning, note or never"),
        ([], "must be a table"),
    ],
)
def test_a_mistake_in_the_configuration_is_told(section: Any, said: str) -> None:
    """File, setting, what was expected, what was found."""
    with pytest.raises(BadPolicy, match=said):
        configuration({"tool": {"cohortlab": {"check": section}}}, "pyproject.toml")


def findings(data: bytes) -> list[Finding]:
    """Examine identifies."""
    return list(Examination(contract("identify")).payloads(read(io.BytesIO(data)), "calls.ndjson"))


def test_a_baseline_forgives_as_many_as_there_were() -> None:
    """New findings of a known kind still count."""
    bad = b'{"type":"identify","userId":7}\n'
    recorder = Recorder()
    for found in findings(bad * 2):
        recorder.add(found)

    known = baseline(json.loads(json.dumps(recorder.document())))
    new = [
        found.line
        for found in findings(b'{"type":"identify","userId":"user-001"}\n' + bad * 3)
        if not known.forgives(found)
    ]

    assert new == [4]


def test_a_baseline_does_not_forgive_another_fault() -> None:
    """Another value under the same rule is another finding."""
    recorder = Recorder()
    for found in findings(b'{"type":"identify","userId":7}\n'):
        recorder.add(found)

    known = baseline(recorder.document())

    assert [known.forgives(found) for found in findings(b'{"type":"identify","userId":8}\n')] == [False]


@pytest.mark.parametrize("document", [None, [], {}, {"format": 2, "findings": {}}, {"format": 1, "findings": {"x": 1}}])
def test_a_file_that_is_no_baseline_is_refused(document: Any) -> None:
    """The error says how to make one."""
    with pytest.raises(BadBaseline, match="--write-baseline"):
        baseline(document)
