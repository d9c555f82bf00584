"""What `cohortlab up` begins with, what it says, and what it tells of the calls."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from cohortlab.cli import run
from cohortlab.serving import MOST_WAITING, CallTeller
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab

SCENARIO = """
scenario: A leave
seed: 7
start: "2026-03-01T00:00:00Z"
targets: {prod: prod-key, other: other-key}
settings: {segment: {mode: strict}}
cohorts:
  power: {name: "Power, Users", id: power000, members: [ada, grace, "-x"], anonymous: 2, people: 5}
  rows: {name: Rows, id: rows0000, export: rows.csv}
steps:
  - sync: power
  - advance: 90m
  - leave: {cohort: power, users: [grace, "-x"]}
  - enter: {cohort: power, users: [barbara], people: 2}
  - fault: {on: segment, fault: status, status: 503, as: outage, match: {times: null}}
  - fault: {on: amplitude, fault: latency, seconds: 0}
  - rename: {cohort: power, to: Super Users}
  - churn: {cohort: power, enter: 0.1, leave: 0.1}
  - lift: outage
  - sync: power
"""


class Up:
    """A lab in another process, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        yield from iter(self.process.stdout.readline, "")

    def until(self, wanted: str) -> str:
        """Return what is said up to the first line that has the wanted text."""
        said = []
        for line in self.lines():
            said.append(line)
            if wanted in line:
                return "".join(said)
        pytest.fail(f"{wanted!r} was not said: {''.join(said)}")


@contextmanager
def up(*words: str, folder: Path) -> Iterator[Up]:
    command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            yield Up(process)
        finally:
            process.terminate()


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text('"amplitude_id","user_id"\n"1","r1"\n"2",""\n', encoding="utf-8")
    file = tmp_path / "a-leave.cohort.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


def variables(said: str) -> dict[str, str]:
    """Return what is to be exported."""
    return dict(re.findall(r"  export (\w+)=(\S+)", said))


def test_a_scenario_is_what_the_lab_begins_with(scenario: Path, tmp_path: Path):
    """Its cohorts, exports and people, its targets, settings, faults, seed and time; its steps are not run."""
    with up(scenario.name, "--json", folder=tmp_path) as lab:
        told = json.loads(next(lab.lines()))
        amplitude, segment = (told["environment"][f"{fake}_BASE_URL"] for fake in ("AMPLITUDE", "SEGMENT"))
        control = f"{amplitude}/__lab"
        cohorts = {each["id"]: each for each in requests.get(f"{control}/cohorts", timeout=10).json()["cohorts"]}
        faults = requests.get(f"{segment}/__lab/faults", timeout=10).json()["faults"]
        settings = {
            each["name"]: each["value"] for each in requests.get(f"{segment}/__lab/settings", timeout=10).json()
        }
        sources = {each["write_key"] for each in requests.get(f"{segment}/__lab/sources", timeout=10).json()}
        clock = requests.get(f"{control}/clock", timeout=10).json()

    assert told["environment"]["COHORT_ID"] == "power000"
    assert told["environment"]["SEGMENT_WRITE_KEY"] == "prod-key"
    assert {cohort_id: each["members"] for cohort_id, each in cohorts.items()} == {"power000": 10, "rows0000": 2}
    assert [each["trait_key"] for each in told["cohorts"]] == ["Power, Users (power000)", "Rows (rows0000)"]
    assert [(each["fault"], each["status"], each["struck"]) for each in faults] == [("status", 503, 0)]
    assert settings["mode"] == "strict"
    assert {"prod-key", "other-key"} <= sources
    assert not clock["frozen"]
    assert 1772323200.0 <= clock["now"] < 1772323200.0 + 3600


def test_the_steps_of_a_scenario_are_commands_to_take(scenario: Path, tmp_path: Path):
    """In order, each as it is written on a command line; what has no command is told in its own words."""
    with up(scenario.name, "--json", folder=tmp_path) as lab:
        told = json.loads(next(lab.lines()))

    assert told["steps"] == [
        "# sync power",
        "cohortlab clock advance 90m",
        "cohortlab cohort leave -- power000 grace -x",
        "cohortlab cohort enter --people=2 power000 barbara",
        "cohortlab cohort rename power000 'Super Users'",
        "# churn {cohort: power, enter: 0.1, leave: 0.1}",
        "cohortlab fault lift segment fault-1",
        "# sync power",
    ]
    assert len(told["faults"]) == 2


def test_people_are_told_what_it_begins_with(scenario: Path, tmp_path: Path):
    """The variable that names the cohort, the faults, and that the steps are theirs to take."""
    with up(scenario.name, folder=tmp_path) as lab:
        said = lab.until("Ctrl-C stops them")

    assert variables(said)["COHORT_ID"] == "power000"
    assert "trait key Power, Users (power000)" in said
    assert "Armed: segment fault-1: status" in said
    assert "The steps of the scenario are not run" in said
    assert "  cohortlab clock advance 90m\n" in said


def test_a_lab_without_a_cohort_says_how_to_make_one(tmp_path: Path):
    """There is no COHORT_ID to export yet."""
    with up(folder=tmp_path) as lab:
        said = lab.until("Ctrl-C stops them")

    assert "COHORT_ID" not in variables(said)
    assert '  # COHORT_ID: no cohort yet. In another shell: cohortlab cohort create "Power Users" ada grace\n' in said


def test_a_sample_cohort_comes_from_an_export_or_of_nothing(tmp_path: Path):
    """The rows of a CSV are its members; without one people are made up. A kept lab has it still, and no second one."""
    (tmp_path / "rows.csv").write_text('"amplitude_id","user_id"\n"1","r1"\n"2",""\n', encoding="utf-8")
    words = ("--json", "--db", "lab", "--cohort", "Power=Users=rows.csv", "--cohort", "Sample")
    seen = []
    for _ in range(2):
        with up(*words, folder=tmp_path) as lab:
            told = json.loads(next(lab.lines()))
            seen.append([(each["name"], each["members"], each["id"]) for each in told["cohorts"]])

    assert [(name, members) for name, members, _ in seen[0]] == [("Power=Users", 2), ("Sample", 100)]
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["gone.cohort.yaml"], "gone.cohort.yaml:1:1: cannot be read"),
        (["--cohort", "Power=gone.csv"], "gone.csv"),
        (["--cohort", "=x.csv"], "NAME=EXPORT.csv"),
        (["--cohort", "P=bad.csv"], "bad.csv: Line 1"),
    ],
)
def test_what_it_cannot_begin_with_is_said(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Before anything listens: status 2 and words."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("no export\n", encoding="utf-8")

    assert run(["up", "--port", "0", *words]) == 2
    assert told in capsys.readouterr().err


def test_every_call_is_a_line(tmp_path: Path):
    """When, to which fake, what was asked and answered, what became of the events; text from outside escaped."""
    with up("--cohort", "Sample", folder=tmp_path) as lab:
        given = variables(lab.until("Ctrl-C stops them"))
        segment = given["SEGMENT_BASE_URL"]
        key = (given["SEGMENT_WRITE_KEY"], "")
        batch = [{"type": "identify", "userId": "u1", "messageId": "m1"}, {"type": "identify", "user_id": "u2"}]
        requests.post(f"{segment}/v1/batch", json={"batch": batch}, auth=key, timeout=10)
        requests.post(f"{segment}/v1/identify", json={"userId": "u1"}, timeout=10)
        requests.post(f"{segment}/__lab/faults", json={"fault": "status", "status": 503}, timeout=10)
        requests.post(f"{segment}/v1/identify", json={"userId": "u1"}, auth=key, timeout=10)
        requests.get(f"{segment}/%1b[2Jnowhere", timeout=10)
        requests.post(f"{segment}/__lab/w/ci-7/v1/identify", json={"userId": "u1"}, auth=key, timeout=10)
        requests.get(f"{given['AMPLITUDE_BASE_URL']}/api/3/cohorts", timeout=10)
        said = lab.until("/api/3/cohorts")

    assert re.search(
        r"^\d\d:\d\d:\d\d\.\d{3} segment   POST /v1/batch 200: 1 delivered, 1 discarded \(no_user_anon_id\)$",
        said,
        re.M,
    )
    assert re.search(r"POST /v1/identify 400: An invalid write key", said)
    assert re.search(r"POST /v1/identify 503: fault-1 \(status\), 1 event refused$", said, re.M)
    assert "\x1b" not in said
    assert re.search(r"POST /v1/identify 200: 1 delivered \[ci-7\]", said)
    assert re.search(r"amplitude GET /api/3/cohorts 401", said)
    assert "__lab" not in said.partition("Every call")[2]


@pytest.mark.parametrize("how", [["--quiet"], ["--json"]])
def test_a_quiet_lab_tells_no_call(how: list[str], tmp_path: Path):
    """Nor does one that prints one line of JSON."""
    with up(*how, folder=tmp_path) as lab:
        said = next(lab.lines()) if how == ["--json"] else lab.until("Ctrl-C stops them")
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address is not None
        requests.get(f"{address[0]}/api/3/cohorts", timeout=10)
        lab.process.terminate()
        rest = "".join(lab.lines())

    assert rest == ""


def test_a_lab_on_every_address_prints_one_that_can_be_called(tmp_path: Path):
    """And a signed address leads to the host by which the caller found the lab."""
    with up("--json", "--host", "0.0.0.0", "--cohort", "Sample", folder=tmp_path) as lab:
        told = json.loads(next(lab.lines()))
        given, token = told["environment"], {"X-Lab-Token": told["token"]}
        amplitude = given["AMPLITUDE_BASE_URL"].replace("127.0.0.1", "localhost")
        requests.post(
            f"{amplitude}/__lab/settings", json={"inline_rows": 0, "job_seconds": 0}, headers=token, timeout=10
        )
        keys = (given["AMPLITUDE_API_KEY"], given["AMPLITUDE_SECRET_KEY"])
        asked = requests.get(f"{amplitude}/api/5/cohorts/request/{given['COHORT_ID']}", auth=keys, timeout=10).json()
        file = f"{amplitude}/api/5/cohorts/request/{asked['request_id']}/file"
        answer = requests.get(file, auth=keys, allow_redirects=False, timeout=10)

        assert given["SEGMENT_BASE_URL"].startswith("http://127.0.0.1:")
        assert answer.headers["Location"].startswith("http://localhost:")
        assert requests.get(answer.headers["Location"], timeout=10).text.startswith('"amplitude_id"')


def test_calls_that_come_faster_than_they_are_told_are_counted():
    """A terminal that stands still holds nobody up, and what is kept for it is bounded."""
    started, released = threading.Event(), threading.Event()
    said: list[str] = []

    def tell(line: str) -> None:
        started.set()
        released.wait(30)
        said.append(line)

    with Lab() as lab, lab.session() as session, CallTeller(lab, tell):
        session.get(f"{SEGMENT_URL}/first")
        assert started.wait(30)
        for _ in range(MOST_WAITING + 5):
            session.get(f"{SEGMENT_URL}/next")
        released.set()

    assert "/first" in said[0]
    assert said[1] == "... 5 calls are not shown"
    assert len(said) == MOST_WAITING + 2
    assert lab.segment_fake.watch is None


def test_a_reader_who_has_gone_ends_the_telling_and_nothing_else():
    """`up | head`: the lab goes on, and no traceback comes of it."""

    def tell(_line: str) -> None:
        raise BrokenPipeError

    with Lab() as lab, lab.session() as session, CallTeller(lab, tell):
        for _ in range(3):
            assert session.get(f"{SEGMENT_URL}/nowhere").status_code == 404


def test_a_workspace_that_is_dropped_takes_its_calls_along():
    """What waits to be told of it is not told, and the next call is."""
    held = threading.Event()
    said: list[str] = []

    def tell(line: str) -> None:
        held.wait(30)
        said.append(line)

    with Lab() as lab, lab.session() as session, CallTeller(lab, tell):
        session.get(f"{SEGMENT_URL}/first")
        session.get(f"{SEGMENT_URL}/gone", headers={"X-Lab-Workspace": "ci-7"})
        lab.segment_fake.workspaces.drop("ci-7")
        session.get(f"{SEGMENT_URL}/last")
        held.set()

    assert [line.split()[3] for line in said] == ["/first", "/last"]


def test_a_call_that_waits_for_time_that_does_not_pass_says_so():
    """Whoever froze the clock and watches a program poll is told why it never ends."""
    said: list[str] = []
    with Lab(start=0.0) as lab, lab.session() as session, CallTeller(lab, said.append):
        lab.amplitude.create_cohort("P", cohort_id="power000")
        keys = (API_KEY, SECRET_KEY)
        session.get(f"{AMPLITUDE_URL}/api/5/cohorts/request/power000", auth=keys)
        asked = lab.amplitude.jobs()[0].request_id
        session.get(f"{AMPLITUDE_URL}/api/5/cohorts/request-status/{asked}", auth=keys)

    assert [line.partition(" 202")[2] for line in said] == ["", ": the lab's clock stands still"]
