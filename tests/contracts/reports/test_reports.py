"""Reports: each format is what its readers expect, whatever the findings hold."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.check import contract
from contracts.examining import Examination
from contracts.reading import read
from contracts.reports import REPORTS, TextReport

BAD = b'{"type":"identify","userId":7,"traits":{"<b>&\\"\\u0001 (x1)":"true"}}\nnot json\n'
SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
                            "properties": {
                                "level": {"enum": ["error", "warning", "note", "none"]},
                                "message": {"type": "object", "required": ["text"]},
                            },
                        },
                    }
                },
            },
        },
    },
}


def report(kind: str, data: bytes = BAD) -> str:
    """Return the report of a file."""
    examination, writer = Examination(contract("cohort-identify")), REPORTS[kind]()
    pieces = list(writer.begin())
    for finding in examination.payloads(read(io.BytesIO(data)), "calls, of: me.ndjson"):
        pieces += writer.finding(finding)
    return "".join([*pieces, *writer.end(examination.tally)])


def test_text_shows_the_line_and_the_fix() -> None:
    """File, line and column as editors jump to them; the offending member marked."""
    text = report("text")

    assert "calls, of: me.ndjson:1:20: error D204 user-id-is-text at /userId\n" in text
    assert '"userId":7,' in text
    assert "    |                    ^^^^^^^^^^\n" in text
    assert "found the number 7; expected a non-empty string\n" in text
    assert "fix: Send the id as a string" in text
    assert text.endswith("1 payload in 1 file: 3 errors, 1 note\n")


def test_text_is_coloured_only_when_asked() -> None:
    """Quiet when piped."""
    (finding, *_) = Examination(contract("identify")).payloads(read(io.BytesIO(BAD)), "x")

    assert "\x1b[" not in "".join(TextReport().finding(finding))
    assert "\x1b[31m" in "".join(TextReport(colour=True).finding(finding))


def test_json_is_one_object() -> None:
    """Findings with every field, and the counts."""
    document = json.loads(report("json"))

    assert document["summary"] == {
        "files": 1,
        "payloads": 1,
        "known": 0,
        "gone": 0,
        "error": 3,
        "warning": 0,
        "note": 1,
    }
    assert sum(document["rules"].values()) == 4
    assert document["troubles"] == []
    first = document["findings"][0]
    assert (first["code"], first["line"], first["column"], first["pointer"]) == ("D204", 1, 20, "/userId")
    assert first["discard_code"] == "id_not_string"
    assert {"found", "expected", "message", "fix", "severity", "rule", "file"} <= set(first)


def test_junit_is_xml_with_counts() -> None:
    """Characters that XML cannot hold are replaced."""
    root = ET.fromstring(report("junit"))

    (suite,) = root
    assert (root.tag, root.get("failures"), suite.get("tests")) == ("testsuites", "3", "4")
    assert [case.find("failure") is not None for case in suite] == [True, True, False, True]  # a note does not fail
    assert suite[0].find("failure").get("type") == "D204"  # type: ignore[union-attr]


def test_junit_without_findings_has_a_passed_case() -> None:
    """An empty report looks like a check that did not run."""
    root = ET.fromstring(report("junit", b'{"type":"identify","userId":"user-001","traits":{"A (x1)":true}}'))

    assert (root.get("tests"), root.get("failures")) == ("1", "0")
    assert len(root[0]) == 1


def test_github_annotations_are_commands_with_escapes() -> None:
    """A comma or colon in a property would end it."""
    first, *_, last = report("github").splitlines()

    assert first.startswith("::error file=calls%2C of%3A me.ndjson,line=1,col=20,title=D204 user-id-is-text::")
    assert "%0AFix: " in first
    assert last == "1 payload in 1 file: 3 errors, 1 note"


def test_sarif_has_results_and_the_rules_they_name() -> None:
    """Each result's index leads to its rule."""
    document = json.loads(report("sarif"))

    jsonschema.validate(document, SARIF)
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        == "calls%2C%20of%3A%20me.ndjson"
    )


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: json.dumps({"userId": 7, text: text}).encode()))
def test_no_input_breaks_a_report(data: bytes) -> None:
    """Whatever stands in a payload, the report of it can be read."""
    json.loads(report("json", data))
    json.loads(report("sarif", data))
    ET.fromstring(report("junit", data))
    assert report("github", data).count("\n") == len(report("github", data).splitlines())
    assert report("text", data)


@pytest.mark.parametrize("kind", sorted(REPORTS))
def test_a_clean_file_makes_a_whole_report(kind: str) -> None:
    """Every format can say that nothing was found."""
    assert report(kind, b'{"type":"identify","userId":"user-001","traits":{"A (x1)":true}}')
