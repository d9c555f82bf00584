"""`cohortlab check --filter`: what a filter really does, and how to write it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cohortlab.commands.check import command
from contracts.fql import advice, parse

TRAIT = "Power Users (7abc12de)"
KEY = r"traits.Power\ Users\ \(7abc12de\)"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("traits.Power Users (7abc12de) = true", "operator-unknown"),
        (f'traits["{TRAIT}"] = true', "cannot-be-read"),
        (f"{KEY} != true", "not-equal-boolean"),
        ('type = "track" or type = "identify" and userId != null', "last-conjunction-counts"),
        ('type = "track" AND userId != null', "capital-conjunction"),
        ("type = 'identify'", "single-quotes"),
        ('type == "identify"', "double-equals"),
        ('not type = "identify"', "negation-ignored"),
        ('!(type = "identify")', "negation-ignored"),
        ('type = "track" and anonymousId != null', "field-vanishes"),
        (r"traits.\[Amplitude\]\ X = true", "key-unreachable"),
        ('() and type = "track"', "empty-group"),
        ("", "cannot-be-read"),
        ('match(event, "Order")', "match-without-star"),
        ('!match(event, "*Order*")', "wildcard-is-plain"),
        ('match(event, "O?der*")', "wildcard-is-plain"),
        (r"traits.address\.city = null", "escaped-dot"),
        (r"traits.\plan = null", "needless-escape"),
        (r"traits.a\-b = null", "needless-escape"),
        ('properties.total = "5"', "number-in-quotes"),
        ("properties.total != 5", "not-equal-number"),
    ],
)
def test_a_surprise_is_named(text: str, name: str):
    """Each oddity that the twin has."""
    assert name in [found for found, _ in advice(text).surprises]


@pytest.mark.parametrize(
    "text",
    [
        f"{KEY} = true",
        f'type = "identify" and {KEY} = false',
        '(type = "track" or type = "page") and userId != null',
        '!contains(event, "Test") and match(traits.plan, "pro*")',
        "properties.total >= 5",
        r"traits.\2024\ Users = true",
        r"traits.\-x = null",
        'event = "a\\b" or userId = "5"',
    ],
)
def test_a_plain_filter_does_what_it_says(text: str):
    """Nothing is found where nothing is wrong."""
    assert advice(text).surprises == []


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("traits.Power Users (7abc12de) = true", f"{KEY} = true"),
        (f'traits["{TRAIT}"] = true', f"{KEY} = true"),
        ('event == "A AND B"', 'event = "A AND B"'),
        (f"type = 'identify' AND {KEY} != true", f'type = "identify" and {KEY} = false'),
    ],
)
def test_what_was_meant_is_written(text: str, rewritten: str):
    """Only what the twin has nothing to say about."""
    assert advice(text, TRAIT).rewritten == rewritten
    assert parse(rewritten).tree is not None


def test_the_trait_is_tried():
    """True, false, and not there."""
    assert dict(advice(f"{KEY} = true", TRAIT).truth) == {"true": True, "false": False, "absent": False}
    assert dict(advice(f"{KEY} != true", TRAIT).truth) == {"true": True, "false": True, "absent": True}


@given(st.text(max_size=60), st.text(min_size=1, max_size=10))
def test_no_text_is_too_much(text: str, trait: str):
    """Any text gets its answer."""
    assert advice(text, trait).filter == text


def test_the_command_says_it_and_fails(tmp_path: Path):
    """Status 1 for a filter that does not do what it says, 0 for one that does; files hold several."""
    file = tmp_path / "filters.txt"
    file.write_text(f"# cohorts\n{KEY} = true\n\ntype == 'x'\n", encoding="utf-8")
    fine = CliRunner().invoke(command, ["--filter", f"{KEY} = true", "--trait", TRAIT])
    wrong = CliRunner().invoke(command, ["--filter", f"@{file}", "--json"])
    assert (fine.exit_code, wrong.exit_code) == (0, 1)
    assert "does what it says" in fine.output
    assert [each["surprises"] == [] for each in json.loads(wrong.stdout)] == [True, False]
    assert CliRunner().invoke(command, ["--trait", TRAIT]).exit_code == 2


def test_findings_are_those_of_rules_in_every_report(tmp_path: Path):
    """Codes in the text and in JSON; JUnit, SARIF with the rule's page, annotations; chosen and weighed like others."""
    junit, sarif = tmp_path / "junit.xml", tmp_path / "out.sarif"
    call = ["--filter", 'type == "identify"', "--filter", 'properties.total = "5"']
    done = CliRunner().invoke(command, [*call, "--json", "--junit", str(junit), "--sarif", str(sarif)])

    assert done.exit_code == 1
    told = [[(each["code"], each["severity"]) for each in said["surprises"]] for said in json.loads(done.output)]
    assert told == [[("F805", "error")], [("F815", "note")]]
    assert "F805" in junit.read_text(encoding="utf-8")
    run = json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [("F805", "error"), ("F815", "note")]
    assert "double-equals" in run["tool"]["driver"]["rules"][0]["help"]["markdown"]

    assert "F805 double-equals" in CliRunner().invoke(command, call).output
    assert CliRunner().invoke(command, [*call, "--ignore", "F805"]).exit_code == 0
    assert CliRunner().invoke(command, [*call, "--select", "F815", "--severity", "F815=error"]).exit_code == 1
    assert "::error" in CliRunner().invoke(command, [*call, "--output", "github"]).output


def test_a_file_of_filters_names_the_line(tmp_path: Path):
    """Comments and blank lines count."""
    file = tmp_path / "filters.txt"
    file.write_text("# ours\n\nevent == 5\n", encoding="utf-8")
    done = CliRunner().invoke(command, ["--filter", f"@{file}", "--output", "junit"])

    assert f"{file}:3" in done.output
