"""`cohortlab check --warehouse ENGINE --cohorts LIST`, as a user calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import scenarios.lab
from cohortlab.cli import run

Check = Callable[..., "Result"]
LONG = "Customers who bought twice in the last ninety days and opened a mail"
PAIR = {"cohorts": [{"id": "7abc12de", "name": LONG}, {"id": "9def34ab", "name": LONG}]}


@dataclass(frozen=True)
class Result:
    """Hold what a call said."""

    exit_code: int
    stdout: str
    output: str


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Call the command in this process."""

    def called(*arguments: object) -> Result:
        status = run(["check", *map(str, arguments)])
        out, err = capsys.readouterr()
        return Result(status, out, out + err)

    return called


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Write Amplitude's answer with two cohorts of one long name."""
    file = tmp_path / "cohorts.json"
    file.write_text(json.dumps(PAIR))
    return file


def test_a_pair_that_will_share_a_column_is_named_with_the_rename(check: Check, pair: Path, tmp_path: Path) -> None:
    """Every report has it, and the status is 1; with the rename it is 0 as far as clashes go."""
    sarif, junit = tmp_path / "out.sarif", tmp_path / "out.xml"
    result = check("--warehouse", "postgres", "--cohorts", pair, "--json", "--sarif", sarif, "--junit", junit)
    (shared,) = [each for each in json.loads(result.stdout)["findings"] if each["code"] == "W604"]

    assert result.exit_code == 1
    assert "(9def34ab)" in shared["found"]
    assert "(7abc12de)" in shared["found"]
    assert f'"{LONG[:-7]}"' in shared["fix"]
    assert "W604" in sarif.read_text()
    assert "W604" in junit.read_text()

    pair.write_text(json.dumps(PAIR).replace(LONG, LONG[:-7], 1))
    renamed = check("--warehouse", "postgres", "--cohorts", pair, "--ignore", "W603")
    assert (renamed.exit_code, renamed.stdout) == (0, "2 cohorts in 1 list: nothing found\n")


@pytest.mark.parametrize(("name", "status"), [("redshift", 0), ("duckdb", 0), ("PostgreSQL", 1)])
def test_the_engine_decides(check: Check, pair: Path, name: str, status: int) -> None:
    """What PostgreSQL cuts others keep whole."""
    assert check("--warehouse", name, "--cohorts", pair).exit_code == status


def test_lists_scenarios_and_folders_are_one_set(check: Check, pair: Path, tmp_path: Path) -> None:
    """A clash between lists is one, too; a scenario counts with the names it gives later."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "Power Users (ABC123).csv").write_text('"amplitude_id","user_id"\n')
    scenario = tmp_path / "one.cohort.yaml"
    scenario.write_text(
        "scenario: one\ncohorts:\n  one: {name: Other, id: abc123, members: [ada]}\n"
        "steps:\n  - rename: {cohort: one, to: Power-Users}\n  - sync: one\nexpect: {identifies: 1}\n"
    )
    result = check("--warehouse", "duckdb", "--cohorts", folder, "--cohorts", scenario, "--cohorts", pair)

    assert result.exit_code == 1
    assert "W601" in result.stdout
    assert f"{scenario}:5:" in result.stdout
    assert result.stdout.endswith("5 cohorts in 3 lists: 1 warning\n")


def test_a_scenario_is_judged_in_every_spelling(check: Check, pair: Path) -> None:
    """What fits in one spelling is cut in a longer one."""
    pair.write_text('{"id": "abc12345", "name": "Customers who bought twice in ninety days or so"}')

    assert check("--warehouse", "postgres", "--cohorts", pair).exit_code == 0
    assert check("--warehouse", "postgres", "--cohorts", pair, "--trait-key", "all").stdout.count("W603") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cohorts", "{}"], "--cohorts needs the engine"),
        (["--warehouse", "oracle", "--cohorts", "{}"], "no warehouse is called 'oracle'"),
        (["--warehouse", "postgres", "--cohorts", "{}", "--sequence"], "a call of its own"),
        (["--warehouse", "postgres", "--cohorts", "nowhere.json"], "does not exist"),
        (["--warehouse", "postgres", "--cohorts", "http://127.0.0.1:9"], "nothing listens there"),
        (["--warehouse", "postgres", "--cohorts", "https://amplitude.com"], "no lab"),
    ],
)
def test_what_cannot_be_judged_is_told(check: Check, pair: Path, arguments: list[str], words: str) -> None:
    """Two is the status of a call that is wrong, and of a list that cannot be read."""
    result = check(*(str(pair) if each == "{}" else each for each in arguments))

    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_a_lab_that_runs_is_asked_for_its_cohorts(check: Check) -> None:
    """The cohorts of a lab are judged by its address."""
    with scenarios.lab.Lab() as lab, lab.serve() as address:
        for each in PAIR["cohorts"]:
            lab.amplitude.create_cohort(each["name"], cohort_id=each["id"])
        result = check("--warehouse", "postgres", "--cohorts", address.amplitude)

    assert result.exit_code == 1
    assert "W604" in result.stdout


def test_events_are_judged_by_the_engine_as_well(check: Check, tmp_path: Path) -> None:
    """What is a clash on PostgreSQL is none on Redshift."""
    file = tmp_path / "events.ndjson"
    file.write_text(
        "".join(
            json.dumps({"type": "identify", "userId": "user-001", "traits": {f"{LONG} ({each['id']})": True}}) + "\n"
            for each in PAIR["cohorts"]
        )
    )
    codes = [each for each in ("postgres", "redshift") if "W604" in check("--warehouse", each, file).stdout]

    assert codes == ["postgres"]
