"""`cohortlab load`: journals, recordings and files of events become tables, and loading again adds what is new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run
from downstream.warehouse import target_of
from scenarios.lab import SEGMENT_URL, Lab

EVENTS = [
    {"type": "identify", "userId": "ada", "messageId": "a", "traits": {"Power Users (x1)": True}},
    {"type": "identify", "userId": "bob", "messageId": "b", "traits": {"Power Users (x1)": "\x1b[31myes"}},
    {"type": "track", "userId": "bob", "messageId": "c", "event": "Order Done", "timestamp": "2026-01-02T03:04:05Z"},
]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "web.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
    return file


def _asked(into: str, sql: str) -> list[tuple[object, ...]]:
    return target_of(into).query(sql)[1]


def test_events_of_a_file(events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """They are of one source, named like the file; what happened on the way is told and does nothing."""
    into = f"duckdb:{tmp_path / 'w.duckdb'}"
    assert run(["load", str(events), "--into", into]) == 0

    shown = capsys.readouterr().out
    assert "web.identifies: 2 rows" in shown
    assert "\x1b" not in shown
    assert "dropped: 'Power Users (x1)' in web.identifies" in shown
    assert "event 'b'" in shown
    assert _asked(into, "SELECT id, power_users_x1 FROM web.users ORDER BY id") == [("ada", True), ("bob", None)]

    assert run(["load", str(events), "--into", into]) == 0
    assert "Nothing new" in capsys.readouterr().out

    with events.open("a") as file:
        file.write(json.dumps({"batch": [{**EVENTS[0], "messageId": "d"}, EVENTS[1]]}) + "\n")
    assert run(["load", str(events), "--into", into, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["events"], told["duplicates"], told["rows"]["web.identifies"]) == (2, 1, 1)


def test_another_file_into_the_same_warehouse_is_told(events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """One that began alike and went on otherwise is no continuation."""
    into = f"duckdb:{tmp_path / 'w.duckdb'}"
    assert run(["load", str(events), "--into", into]) == 0
    lines = events.read_text().splitlines(keepends=True)
    events.write_text("".join([lines[0], lines[2], lines[1]]))

    assert run(["load", str(events), "--into", into]) == 2
    assert "was loaded from another source" in capsys.readouterr().err


@pytest.mark.parametrize("kept", ["folder", "segment.db"])
def test_the_journal_of_a_lab(tmp_path: Path, kept: str, capsys: pytest.CaptureFixture[str]):
    """What Segment delivered of it, and not what it discarded; a lab that went on is loaded on."""
    folder, into = tmp_path / "lab", f"duckdb:{tmp_path / 'w.duckdb'}"
    file = folder if kept == "folder" else folder / kept
    for number, rows in ((1, 1), (2, 2)):
        with Lab(folder=folder, start=1_700_000_000 + number) as lab:
            lab.segment.put_source("key", name="Web")
            sent = {"writeKey": "key", "type": "identify", "messageId": f"m{number}", "traits": {"n": number}}
            for event in ({**sent, "userId": f"u{number}"}, sent):  # the second names nobody
                lab.session().post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": "key", "batch": [event]})
        assert run(["load", str(file), "--into", into]) == 0
        assert _asked(into, "SELECT count(*) FROM web.identifies") == [(rows,)]
    assert "Loaded 1 event into" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("is no warehouse, expected duckdb:FILE", ["--into", "sqlite:x"]),
        ("There is no setting 'type_form'", ["--set", "type_form=first"]),
        ("--set takes NAME=VALUE", ["--set", "type_from"]),
        ("expected one of 'first', 'last_in_batch'", ["--set", "type_from=second"]),
    ],
)
def test_a_call_that_is_wrong(events: Path, words: str, arguments: list[str], capsys: pytest.CaptureFixture[str]):
    """Status 2, and a sentence."""
    assert run(["load", str(events), *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "identify"}\n{"type": \n', "web.ndjson:2:"),
        ('{"type": "identify", "userId": "a"}\n[1]\n', "an event with a type is expected"),
        ('{"userId": "a"}\n', "an event with a type is expected"),
    ],
)
def test_a_file_that_is_wrong_loads_nothing(tmp_path: Path, text: str, words: str, capsys: pytest.CaptureFixture[str]):
    """The place is named, and the warehouse has no half of it."""
    file, into = tmp_path / "web.ndjson", f"duckdb:{tmp_path / 'w.duckdb'}"
    file.write_text(text)

    assert run(["load", str(file), "--into", into, "--json"]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert (json.loads(told.out)["status"], json.loads(told.out)["loads"]) == ("Failure", [])
    ((status, reason),) = _asked(into, "SELECT status, words FROM cohortlab.lab_loads")
    assert status == "Failure"
    assert words in str(reason)


def test_what_came_in_before_a_load_failed_is_told(events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It is partial: the loads that came in stay, and loading again goes on behind them."""
    into = f"duckdb:{tmp_path / 'w.duckdb'}"
    many = [{**EVENTS[0], "messageId": f"m{number}"} for number in range(600)]
    whole = "".join(json.dumps(event) + "\n" for event in many)
    events.write_text(f"{whole}[1]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("downstream.warehouse.loader.MOST_EVENTS", 500)
        assert run(["load", str(events), "--into", into, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["loads"]) == ("Partial", [{"load": 1, "status": "Success", "events": 500}])
    assert "an event with a type is expected" in told["trouble"]

    events.write_text(whole)
    assert run(["load", str(events), "--into", into]) == 0
    assert "web.identifies: 100 rows" in capsys.readouterr().out
    loads = _asked(into, "SELECT load, status, events FROM cohortlab.lab_loads ORDER BY load")
    assert loads == [(1, "Success", 500), (2, "Failure", 0), (3, "Success", 100)]


STORY = """\
scenario: Ada enters
warehouse: {settings: {text_width: 4}}
cohorts: {power: {name: Power Users, id: abc123, members: [ada]}}
steps:
  - sync: power
  - identify: {user: bob, traits: {plan: gold-and-more}}
expect: {converged: false}
"""


def test_a_recording_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Run by run, with the settings that it had; what was loaded is not loaded again."""
    story, recording, into = tmp_path / "a.cohort.yaml", tmp_path / "r.colr", f"duckdb:{tmp_path / 'w.duckdb'}"
    story.write_text(STORY)
    other = tmp_path / "b.cohort.yaml"
    other.write_text(STORY.replace("[ada]", "[grace, ada]"))
    run(["run", str(story), str(other), "--record", str(recording)])
    for number, rows in (
        ("1", [("ada", None), ("bob", "gold")]),
        ("2", [("ada", None), ("bob", "gold"), ("grace", None)]),
    ):
        into = f"duckdb:{tmp_path / number}.duckdb"
        assert run(["load", str(recording), "--run", number, "--into", into]) == 0
        assert _asked(into, "SELECT id, plan FROM lab.users ORDER BY id") == rows
        capsys.readouterr()
        assert run(["load", str(recording), "--run", number, "--into", into]) == 0
        assert "Nothing new" in capsys.readouterr().out


def test_what_import_made(events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A folder of journals, with strangers in place of people: their rows are in the tables."""
    dated = [{**event, "timestamp": "2026-01-02T03:04:05Z"} for event in EVENTS]
    events.write_text("".join(json.dumps(event) + "\n" for event in dated))
    folder, into = tmp_path / "made", f"duckdb:{tmp_path / 'w.duckdb'}"
    assert run(["import", str(events), "-o", str(folder)]) == 0

    assert run(["load", str(folder), "--into", into, "--json"]) == 0
    told = json.loads(capsys.readouterr().out.partition("follows one user.\n")[2])
    assert (told["status"], told["events"]) == ("Success", 3)
    ((schema,),) = _asked(into, "SELECT schema_name FROM cohortlab.lab_schemas")
    users = _asked(into, f"SELECT id, power_users_x1 FROM {schema}.users ORDER BY power_users_x1")
    assert [told for _, told in users] == [True, None]
    assert not {"ada", "bob"} & {user for user, _ in users}


HAR = {
    "log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [{"request": {"method": "POST"}}]}
}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.har", json.dumps(HAR).encode(), "is a recording of calls: `cohortlab import {file} -o FOLDER` makes"),
        ("e.csv", b"user_id,amplitude_id\nada,1\n", "is the CSV of a cohort, not a journal, a recording or events"),
        ("e.gz", b"\x1f\x8b\x08\x00", "is gzip, not a journal, a recording or events; decompress it first"),
        ("s.yaml", STORY.encode(), "is a scenario, not a journal, a recording or events"),
        ("empty.ndjson", b"", "empty.ndjson is empty: events are expected, one to a line"),
        ("plan.json", b'{"rules": {}}', "is a tracking plan"),
    ],
)
def test_another_form_of_file_is_called_by_its_name(
    tmp_path: Path, name: str, content: bytes, words: str, capsys: pytest.CaptureFixture[str]
):
    """With what reads it; nothing is made of the database."""
    file, into = tmp_path / name, tmp_path / "w.duckdb"
    file.write_bytes(content)

    assert run(["load", str(file), "--into", f"duckdb:{into}"]) == 2
    assert words.format(file=file) in capsys.readouterr().err


def test_the_journal_of_amplitude_delivers_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The other one is named; a lab that delivered nothing is called so."""
    folder, into = tmp_path / "lab", f"duckdb:{tmp_path / 'w.duckdb'}"
    with Lab(folder=folder) as lab:
        lab.amplitude.create_cohort("Power Users", members=["ada"])

    assert run(["load", str(folder / "amplitude.db"), "--into", into]) == 2
    assert (
        f"is the journal of Amplitude, which delivers no events: load {folder / 'segment.db'}"
        in capsys.readouterr().err
    )
    assert run(["load", str(folder), "--into", into]) == 0
    assert f"Nothing to load: no event of {folder} was delivered." in capsys.readouterr().out
