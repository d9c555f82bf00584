"""`cohortlab rule`: every rule can be looked up, by code or by name."""

from __future__ import annotations

import json

import pytest

from cohortlab.cli import run
from contracts.catalogue import all_rules


@pytest.mark.parametrize("word", ["D203", "d203", "somebody-is-identified"])
def test_a_rule_is_explained(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Explanation, both examples, fix and source."""
    assert run(["rule", word]) == 0

    out = capsys.readouterr().out
    assert out.startswith("# D203 somebody-is-identified\n")
    assert "`no_user_anon_id`" in out
    assert out.count("```json") == 2
    assert "**Fix.**" in out
    assert "Source: segment facts 1.8 [doc]" in out


def test_every_rule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, with its severity."""
    assert run(["rule", "--list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in all_rules()]


def test_a_machine_may_read_it(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON of one rule, and of all."""
    assert run(["rule", "C409", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "membership-is-boolean"
    assert run(["rule", "--list", "--json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)] == [rule.code for rule in all_rules()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["D230"], "did you mean"), ([], "either the code"), (["D203", "--list"], "either the code")],
)
def test_a_wrong_call_is_status_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest code, or how to call it."""
    assert run(["rule", *arguments]) == 2
    assert said in capsys.readouterr().err
