"""What a person reads of a failure: everything that helps, once, and nothing twice."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cohortlab.terminal import Terminal
from scenarios import Outcome, read_scenario, run_scenario, shipped, subject_maker
from scenarios.mutants import SmallSync, make_small
from scenarios.mutants.delivering import DropsTheBatchOn503
from scenarios.mutants.telling import ForgetsLeaves
from scenarios.reports import ConsoleReport, GitHubReport, JUnitReport, conformance, grouped
from scenarios.verdict.likeness import how_changed

RENAMED = """\
scenario: A leave after a rename
why: The old trait is read by a campaign.
cohorts:
  power: {name: Power Users, members: [ada, grace]}
steps:
  - sync: power
  - rename: {cohort: power, to: Super Users}
  - leave: {cohort: power, users: [grace]}
  - sync: power
"""


class CutsAtCommas(SmallSync):
    """Splits lines of the export at commas."""

    def read(self, export: bytes) -> list[str]:
        return [line.split(",")[1].strip('"') for line in export.decode().splitlines()[1:]]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.cohort.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def shown(*outcomes: Outcome) -> str:
    out = io.StringIO()
    report = ConsoleReport(Terminal(out))
    for each in outcomes:
        report.show(each)
    report.close(outcomes)
    return out.getvalue()


def of_the_library(name: str, mutant: type[SmallSync]) -> Outcome:
    (path,) = [path for path in shipped() if path.name == f"{name}.cohort.yaml"]
    return run_scenario(read_scenario(path), make_small(mutant))


def test_why_it_matters_and_the_faults_that_struck_are_told():
    """With what the kind of fault does; and nothing that holds at two places for one reason is said twice."""
    told = shown(of_the_library("throttled", DropsTheBatchOn503))

    assert "why: A program that gives up on 429" in told
    assert "fault: status 429 with retry_after 3 at Segment (step 1) struck 1 call: answer with this status" in told
    assert "answered 503 (status 503 at Segment (step 2)), not stored" in told


def test_a_claim_that_fails_twice_for_one_reason_is_told_once():
    """After the sync and at the end it is the same."""
    told = shown(of_the_library("a-leave", ForgetsLeaves))

    assert told.count("every profile is what it must be") == 1
    assert "after step 5: sync power and at the end: every profile is what it must be" in told


@pytest.mark.parametrize("lines", [3, 100])
def test_both_ends_of_what_a_failed_sync_printed_are_kept(tmp_path: Path, lines: int):
    """An error message may stand before a long trace, or after it."""
    printed = (
        f"print('Error: first'); [print('at', each) for each in range({lines})]; print('v20'); raise SystemExit(1)"
    )
    file = written(tmp_path, "x", "scenario: X\ncohorts: {p: {name: P, members: [a]}}\nsteps: [{sync: p}]\n")

    told = shown(run_scenario(read_scenario(file), subject_maker(f'{sys.executable} -c "{printed}"')))

    assert "| Error: first" in told
    assert "| v20" in told
    assert ("lines more" in told) == (lines > 20)
    assert sum("| " in line for line in told.splitlines()) <= 21


def test_wide_names_are_cut(tmp_path: Path):
    """Forty columns tell most names apart; ninety, dozens of times, hide the rest."""
    name = "x" * 90
    text = f"scenario: X\ncohorts: {{p: {{name: P, members: [{name}]}}}}\nsteps: [{{sync: p}}]\n"
    text += f"expect: {{untold: [{name}]}}\n"

    told = shown(run_scenario(read_scenario(written(tmp_path, "x", text)), subject_maker()))

    assert name not in told
    assert "Segment never heard of 'xxxxx" in told
    assert "it got 1 event\n" in told


def test_no_python_is_told(tmp_path: Path):
    """Steps and values are written as their author wrote them."""
    text = (
        "scenario: X\ncohorts: {p: {name: P, members: [a]}}\n"
        "steps: [{fault: {on: segment, fault: status, status: 503, match: {times: null}}},"
        " {sync: {cohort: p, fails: true}}, {expect: {attempts: [{status: 200}], profiles: {a: {p: true}}}}]\n"
    )
    outcome = run_scenario(read_scenario(written(tmp_path, "x", text)), subject_maker())
    told = shown(outcome) + str([event.words for event in outcome.timeline if event.kind == "step"])  # type: ignore[attr-defined]

    assert "None" not in told
    assert "True" not in told
    assert "fault {on: segment, fault: status, status: 503, match: {times: null}}" in told
    assert "sync {cohort: p, fails: true}" in told


def test_an_old_key_that_stays_true_is_noted_where_all_is_well(tmp_path: Path):
    """The vendors leave it open, so no profile is wrong; who reads the old trait sees a member for ever."""
    outcome = run_scenario(read_scenario(written(tmp_path, "x", RENAMED)), make_small(SmallSync))

    told = shown(outcome)
    assert outcome.passed
    assert (
        "note: 'Power Users (power000)' stays true for 2 users, of whom 1 left ('grace'): "
        "nobody closes the old key since the rename at step 2" in told
    )
    assert any("stays true" in check.as_dict().get("note", "") for check in outcome.checks)


def test_an_old_key_that_stays_true_is_the_cause_where_it_matters(tmp_path: Path):
    """Told false under the new name, and closed by nobody: since the rename, not since the sync."""
    text = f'{RENAMED}expect: {{traits: {{grace: {{"Power Users (power000)": false}}}}, contracts: [S708]}}\n'

    outcome = run_scenario(read_scenario(written(tmp_path, "x", text)), make_small(SmallSync))

    (finding,) = outcome.findings
    assert finding.cause == (
        "told false under the new name, 'Super Users (power000)'; nobody closes the old key since the rename at step 2."
    )
    assert (finding.step, finding.user_id, finding.expected, finding.found) == (4, "grace", False, True)
    (contracts,) = [check for check in outcome.checks if "keeps S708" in check.what]
    assert "stays true for ever" in contracts.reason


def test_a_picture_agrees_with_the_checks(tmp_path: Path):
    """Who was told under the old name was told; after a sync that left all well nobody is not yet as they must be."""
    outcome = run_scenario(read_scenario(written(tmp_path, "x", RENAMED)), make_small(SmallSync))

    standing = [event.as_dict() for event in outcome.timeline if event.kind == "standing"]
    assert [(each["told_true"], each["wrong"]) for each in standing] == [(0, 2), (2, 0), (2, 1), (1, 0)]


def test_failures_are_counted_by_what_they_failed_of():
    """The mend that helps most comes first; a behaviour is not blamed for ids that are cut."""
    names = ("ids-to-the-letter", "a-cohort-that-moves-by-itself")
    outcomes = [of_the_library(name, CutsAtCommas) for name in names]
    outcomes.append(of_the_library("a-leave", ForgetsLeaves))

    told = shown(*outcomes)

    assert "2 of 3: ids are cut at a comma or quote; mend that first" in told
    assert "1 of 3: leaves are not told" in told
    assert [each.scenarios for each in grouped(outcomes)] == [names, ("a-leave",)]


def test_a_behaviour_is_not_judged_by_ids_that_were_cut(tmp_path: Path):
    """A scenario about batches that fails of an id says nothing of batches."""
    text = 'scenario: X\nbehaviour: limits\ncohorts: {p: {name: P, members: ["a, b"]}}\nsteps: [{sync: p}]\n'
    outcome = run_scenario(read_scenario(written(tmp_path, "x", text)), make_small(CutsAtCommas))

    (limits,) = conformance([outcome])

    assert not outcome.passed
    assert (limits.holds, limits.failed, limits.elsewhere) == (None, (), ("x",))


@pytest.mark.parametrize(
    ("original", "became", "words"),
    [
        ('crm:A, "1"', "crm:A", "cut at a comma or quote"),
        ('crm:A, "1"', 'crm:A, ""1""', "cut at a comma or quote"),
        ("long-id", "long", "cut short"),
        (" ada ", "ada", "stripped of blanks"),
        ("Kim", "kim", "written in another case"),
        ("007", "7", "stripped of leading zeros"),
        ("cafe\u0301", "caf\u00e9", "normalised"),
    ],
)
def test_what_was_done_to_an_id_is_named(original: str, became: str, words: str):
    """So that ids that failed of the same are counted together."""
    assert how_changed(original, became) == words


def test_the_step_summary_of_github_has_the_cause(tmp_path: Path):
    """And what several scenarios failed of above the table."""
    outcomes = [of_the_library("a-leave", ForgetsLeaves), of_the_library("ids-to-the-letter", CutsAtCommas)]

    GitHubReport(io.StringIO(), tmp_path / "summary.md").close(outcomes)

    told = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "no false was ever sent: leaves are forgotten" in told
    assert "- 1 of 2: leaves are not told" in told


# Of Jenkins' junit-10.xsd: what a test case may have. GitLab and Azure take it as well.
CASE = {"name", "assertions", "time", "timestamp", "classname", "status", "class", "file", "line"} - {"file", "line"}
SUITE = {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package"}


def test_junit_has_nothing_that_jenkins_refuses(tmp_path: Path):
    """Attributes and elements of the schema only, in its order."""
    outcomes = [of_the_library("a-leave", ForgetsLeaves), of_the_library("first-sync", SmallSync)]

    JUnitReport(tmp_path / "x.xml").close(outcomes)

    (suite,) = ElementTree.parse(tmp_path / "x.xml").getroot()
    assert suite.attrib.keys() <= SUITE
    for case in suite:
        assert case.attrib.keys() <= CASE
        assert {child.tag for child in case} <= {"skipped", "error", "failure", "system-out"}
        assert all(child.attrib.keys() <= {"message", "type"} for child in case)
