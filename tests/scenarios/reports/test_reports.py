from __future__ import annotations

import io
import json
import os
import re
import sys
import threading
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cohortlab.cli import run
from cohortlab.terminal import Terminal
from scenarios import Outcome, read_scenario, run_scenario, subject_maker
from scenarios.bench import Check
from scenarios.errors import FileUnusable
from scenarios.reports import (
    Choice,
    ConsoleReport,
    GitHubReport,
    HtmlReport,
    JsonReport,
    JUnitReport,
    conformance,
    open_reports,
)
from scenarios.reports.html import page
from scenarios.reports.picture import _short, picture
from scenarios.reports.report import write_whole
from scenarios.subjects import SyncResult
from scenarios.verdict import Finding

NASTY = '<script>alert(1)</script> & "x" ]]> 100%, a:b'
SCENARIO = """\
scenario: {title}
why: {title}
cohorts:
  power: {{name: {title}, members: [ada, "grace\\u0007", {title}], anonymous: 1}}
steps:
  - fault: {{on: segment, fault: lost-reply}}
  - sync: power
  - advance: 1h
  - leave: {{cohort: power, users: [ada]}}
  - sync: power
expect:
  identifies: {identifies}
  profiles: {{ada: {{power: {ada}}}}}
"""


def outcome(folder: Path, *, holds: bool) -> Outcome:
    file = folder / f"{'good' if holds else 'bad'}.cohort.yaml"
    wanted = {"identifies": 4, "ada": "false"} if holds else {"identifies": 99, "ada": "true"}
    file.write_text(SCENARIO.format(title=json.dumps(NASTY), **wanted), encoding="utf-8")
    return run_scenario(read_scenario(file), subject_maker())


@pytest.fixture
def outcomes(tmp_path: Path) -> list[Outcome]:
    return [outcome(tmp_path, holds=True), outcome(tmp_path, holds=False)]


def test_junit_is_xml_that_every_reader_takes(outcomes: list[Outcome], tmp_path: Path):
    """A case per scenario; the failed one with its claims; what XML cannot say is replaced."""
    path = tmp_path / "junit.xml"

    JUnitReport(path).close(outcomes)

    suite = ElementTree.parse(path).getroot()[0]
    good, bad = suite.findall("testcase")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert good.get("name") == bad.get("name") == NASTY
    assert good.get("classname") == "cohortlab.membership.good"
    assert bad.get("classname") == "cohortlab.membership.bad"
    assert good.find("failure") is None
    assert "there were 4" in bad.findtext("failure", "")
    assert "\x07" not in path.read_text(encoding="utf-8")


def test_github_is_told_the_line_and_nothing_breaks_the_command(outcomes: list[Outcome], tmp_path: Path):
    """One annotation, on one line, for the scenario that failed; a summary in which nothing is markup."""
    out, summary = io.StringIO(), tmp_path / "summary.md"
    report = GitHubReport(out, summary)

    for each in outcomes:
        report.show(each)
    report.close(outcomes)

    (line,) = out.getvalue().splitlines()
    place, _, message = line.removeprefix("::error ").partition("::")
    assert re.fullmatch(r"file=[^:,]*bad\.cohort\.yaml,line=\d+,title=[^:,]*", place)
    assert "there were 4" in message
    assert "100%25" in place
    told = summary.read_text(encoding="utf-8")
    assert "1 of 2 scenarios hold" in told
    assert "<script>" not in told


@pytest.mark.parametrize(
    ("workspace", "file"),
    [
        (".", "flows/bad.cohort.yaml"),
        ("elsewhere", "{folder}/flows/bad.cohort.yaml"),
        (None, "{folder}/flows/bad.cohort.yaml"),
    ],
)
def test_github_finds_the_file_in_its_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: str | None, file: str
):
    """A file in the workspace is named from there on, wherever the run was started; another as it was given."""
    (tmp_path / "flows").mkdir()
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    if workspace:
        monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / workspace))
    out = io.StringIO()

    GitHubReport(out).show(outcome(tmp_path / "flows", holds=False))

    assert f"file={file.format(folder=tmp_path)},line=" in out.getvalue()


def test_json_is_one_document(outcomes: list[Outcome]):
    """Everything a run told, the timeline too."""
    out = io.StringIO()

    JsonReport(out).close(outcomes)

    good, bad = json.loads(out.getvalue())["scenarios"]
    assert (good["passed"], bad["passed"]) == (True, False)
    assert {"step", "request", "fault", "standing", "check"} <= {event["kind"] for event in good["timeline"]}


def test_the_console_says_what_did_not_hold(outcomes: list[Outcome]):
    """A line for each scenario, the claim and the reason for the failed one, and a count."""
    console = Terminal(io.StringIO())
    report = ConsoleReport(console)

    for each in outcomes:
        report.show(each)
    report.close(outcomes)

    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"ok   {NASTY}" in told
    assert "identify calls delivered: 99" in told
    assert "there were 4" in told
    assert "1 passed, 1 failed" in told


def test_the_page_draws_the_run_and_escapes_everything(outcomes: list[Outcome], tmp_path: Path):
    """One file without scripts or addresses of others; the lost call, the fault and both syncs are in the picture."""
    HtmlReport(tmp_path / "page.html").close(outcomes)

    told = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in told
    assert "&lt;script&gt;alert(1)" in told
    assert not re.search(r"(src|href)=\"(?!#)", told)
    assert told.count('class="mark lost"') == 2
    assert told.count('class="fault"') == 2
    assert told.count('class="sync good"') == 4
    assert told.index("bad.cohort.yaml") < told.index("good.cohort.yaml"), "what failed comes first"


def test_the_same_run_gives_the_same_page(tmp_path: Path):
    """Nothing of the machine or of the hour is on it."""
    once, again = (page([outcome(tmp_path, holds=True)]) for _ in range(2))

    assert once == again


def test_a_run_writes_every_report_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Beside each other, from one run."""
    outcome(tmp_path, holds=True)
    html, junit = tmp_path / "page.html", tmp_path / "junit.xml"

    status = run(["run", str(tmp_path / "good.cohort.yaml"), "--html", str(html), "--junit", str(junit), "--json"])

    assert status == 0
    assert json.loads(capsys.readouterr().out)["scenarios"][0]["passed"]
    assert html.stat().st_size
    assert junit.stat().st_size


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path):
    """A folder that is not there is found out at once, not after an hour of scenarios."""
    with pytest.raises(FileUnusable, match="cannot be written"):
        open_reports(Choice(html=tmp_path / "nowhere" / "page.html"), Terminal())


def test_the_cause_comes_first_and_hundreds_of_claims_are_counted(outcomes: list[Outcome]):
    """On the console and on the page: why, then the first claims, then how many more; output is cut to its end."""
    finding = Finding(2, "sync power", "ada", "Power Users", True, None, "it was given up.", ("upload 4",))
    claims = tuple(Check(f"claim {number}", False, "it does not") for number in range(12))
    sync = SyncResult("power000", True, output="x" * 64_000 + "END\n")
    broken = replace(outcomes[1], findings=(finding,), checks=claims, syncs=(sync,))
    console = Terminal(io.StringIO())

    ConsoleReport(console).show(broken)

    for told in (console.file.getvalue(), page([broken])):  # type: ignore[attr-defined]
        assert told.index("it was given up.") < told.index("since step 2, sync power") < told.index("claim 0")
        assert "and 2 claims more did not hold" in told
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert "(12 checks, 1 sync)" in lines[0]
    assert max(map(len, lines[1:])) < 400
    assert any(line.endswith("xEND") for line in lines)


MISSED = """\
scenario: An answer of 200 that stored nothing
cohorts:
  power: {name: Power Users, members: [ada]}
  spare: {name: Spare, members: [ada]}
targets: {lab: one-write-key, other: another-write-key}
steps:
  - fault: {on: segment, fault: status, status: 200}
  - sync: {cohort: power, target: lab}
  - advance: 1d
  - sync: {cohort: power, target: lab}
"""


def test_the_picture_shows_where_it_went_wrong_and_when(tmp_path: Path):
    """A ring around the step; a hollow call; the day beside the hour; nothing of what was never synced."""
    file = tmp_path / "missed.cohort.yaml"
    file.write_text(MISSED)
    outcome = run_scenario(read_scenario(file), subject_maker())
    assert outcome.went_wrong

    drawn = picture(outcome.timeline, outcome.went_wrong.step)
    told = page([outcome])

    assert [step.label for step in drawn.steps if step.kind == "sync wrong"] == ["2"]
    assert "It went wrong at step 2" in told
    assert told.count('class="ring"') == 1
    assert [call.kind for call in drawn.calls["segment"]] == ["nothing"]
    assert [(time.kind, time.label) for time in drawn.times] == [("2026-01-05", "09:00:00"), ("2026-01-06", "09:00:00")]
    assert list(drawn.charts) == [("power", "lab")]
    assert len({check.x for check in drawn.checks}) == len(drawn.checks), "one mark for all checks of a step"
    assert {check.kind for check in drawn.checks} == {"bad"}


def test_every_sign_of_the_picture_is_in_the_key(outcomes: list[Outcome]):
    """Lines, dots, boxes and marks: a reader need not guess."""
    key = page(outcomes).partition('class="key"')[2].partition("</details>")[0]

    for words in ("nothing stored", "some are not yet", "said it failed", "check did not", "where it went wrong"):
        assert words in key


def test_numbers_of_events_fit_their_columns():
    """Beside each other, thousands of events must be told apart."""
    assert [_short(events) for events in (1, 999, 1000, 2500, 2549, 12_345)] == [
        "1",
        "999",
        "1k",
        "2.5k",
        "2.5k",
        "12k",
    ]


def test_what_was_left_out_did_not_hold(outcomes: list[Outcome], tmp_path: Path):
    """It counts as neither passed nor failed, and of a behaviour that nothing else shows nobody knows."""
    left_out = replace(outcomes[0], left_out="it cannot be killed there")
    console = Terminal(io.StringIO())

    GitHubReport(io.StringIO(), tmp_path / "summary.md").close([left_out])
    ConsoleReport(console).close([left_out])
    (alone,) = conformance([left_out])
    (beside,) = conformance([left_out, outcomes[0]])

    assert "0 of 0 scenarios hold, 1 left out" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "<title>cohortlab: 0 passed, 0 failed, 1 left out</title>" in page([left_out])
    assert "0 passed, 0 failed, 1 left out" in console.file.getvalue()  # type: ignore[attr-defined]
    assert alone.holds is None
    assert beside.holds is True


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path):
    """The file that a link leads to is written; what is no file, as /dev/null, is written into and never replaced."""
    real, link, pipe = tmp_path / "folder" / "real.xml", tmp_path / "link.xml", tmp_path / "pipe"
    real.parent.mkdir()
    link.symlink_to(real)
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()

    for path in (link, pipe):
        write_whole(path, "told")
    reader.join()

    assert link.is_symlink()
    assert real.read_text() == "told"
    assert pipe.is_fifo()
    assert read == ["told"]
    assert sorted(tmp_path.rglob("*")) == sorted([real, link, pipe, real.parent])


def test_a_terminal_obeys_nobodys_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Titles, ids and a program's output are shown, control characters and all, and colour nothing."""
    file = tmp_path / "esc.cohort.yaml"
    file.write_text('scenario: "\\e[31mred"\ncohorts: {p: {name: P, members: [u]}}\nsteps: [{sync: p}]\n')
    subject = f"""{sys.executable} -c "print('\\x1b[2J\\x07gone')" """

    run(["run", str(file), "--subject", subject])

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\\x1b[31mred" in shown
    assert "\\x1b[2J\\x07gone" in shown


def test_a_fault_that_met_no_call_is_in_every_report_that_a_person_reads(tmp_path: Path):
    """The run passed, and what the fault was to show was not shown."""
    file = tmp_path / "unmet.cohort.yaml"
    armed = "{on: segment, fault: latency, seconds: 1, match: {skip: 9}, as: <b>}"
    file.write_text(
        f"scenario: Unmet\ncohorts: {{p: {{name: P}}}}\nsteps: [{{fault: {armed}}}, {{sync: p}}]\n", encoding="utf-8"
    )
    unmet = run_scenario(read_scenario(file), subject_maker())
    out, told = io.StringIO(), io.StringIO()

    GitHubReport(out).show(unmet)
    ConsoleReport(Terminal(told)).show(unmet)

    assert unmet.passed
    assert out.getvalue().startswith("::warning file=")
    assert "a fault met no call: step 1, fault {on: segment, fault: latency" in out.getvalue()
    assert "a fault met no call: step 1" in told.getvalue()
    assert "A fault met no call: step 1" in page([unmet])
    assert "as: &lt;b&gt;" in page([unmet])
