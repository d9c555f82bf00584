from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cohortlab.cli import run
from scenarios import shipped
from scenarios.recordings import Recording, recording
from tests.repository import ROOT

NAMES = ("a-leave", "throttled", "anonymous-members")
EXAMPLE = str(ROOT / "examples" / "sync.py")
FILES = [str(path) for path in shipped() if path.name.removesuffix(".cohort.yaml") in NAMES]


def record(path: Path) -> Path:
    assert run(["run", *FILES, "--json", "--record", str(path)]) == 0
    return path


def replayed(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    capsys.readouterr()
    assert run(["replay", *map(str, arguments), "--json"]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def test_the_same_scenarios_and_seeds_give_the_same_file(tmp_path: Path):
    """Both journals of every run, byte for byte."""
    once, again = record(tmp_path / "once.rec"), record(tmp_path / "again.rec")

    assert once.read_bytes() == again.read_bytes()


def test_any_moment_of_a_run_can_be_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Before anything: nobody. Then members without traits, then the first sync told, then the leave."""
    path = record(tmp_path / "x.rec")
    number = next(each.run for each in Recording(path).runs() if each.name == "a-leave")
    until = [each.place for each in Recording(path).entries(number, 10_000) if each.entry.data.get("stored")]

    start = replayed(capsys, path, "--run", number, "--until", 0)
    first = replayed(capsys, path, "--run", number, "--until", until[0])
    before = replayed(capsys, path, "--run", number, "--until", until[0] - 1)
    end = replayed(capsys, path, "--run", number, "--user", "grace")

    trait = "Power Users (power000)"
    assert start["cohorts"] == []
    assert before["cohorts"][0]["members"] == 3  # type: ignore[index]
    assert before["profiles"] == {}
    assert first["profiles"] == {name: {trait: True} for name in ("ada", "edsger", "grace")}
    assert end["profiles"] == {"grace": {trait: False}}
    assert end["until"] == end["of"]


def test_entries_stand_in_the_order_they_came(tmp_path: Path):
    """Of both fakes, though the clock stood still: the source is registered before the cohort is made."""
    recording = Recording(record(tmp_path / "x.rec"))

    happened = list(recording.entries(1, 1_000))
    told = [each.entry.data.get("op") for each in happened]

    assert [each.fake for each in happened[:2]] == ["segment", "amplitude"]
    assert told.index("source.put") < told.index("cohort.create")


def test_a_user_is_shown_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Whether a member, and only what names this user: the making, what was told when, the leave."""
    path = record(tmp_path / "x.rec")
    number = next(each.run for each in Recording(path).runs() if each.name == "a-leave")

    told = replayed(capsys, path, "--run", number, "--user", "grace")
    assert run(["replay", str(path), "--run", str(number), "--user", "grace"]) == 0

    trait = "Power Users (power000)"
    entries: Any = told["entries"]
    assert [each["told"] for each in entries if "told" in each] == [[{trait: True}], [{trait: False}]]
    moves = [each["summary"] for each in entries if "told" not in each]
    assert [(move.split()[0], move.rpartition(", ")[2]) for move in moves] == [
        ("cohort.enter", "entered power000"),
        ("cohort.leave", "left power000"),
    ]
    out = capsys.readouterr().out
    assert "is a member" in out


def test_json_holds_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Every entry and every profile, unless fewer are asked for."""
    path = record(tmp_path / "x.rec")
    number = next(each.run for each in Recording(path).runs() if each.name == "throttled")

    told: Any = replayed(capsys, path, "--run", number)
    few: Any = replayed(capsys, path, "--run", number, "--last", 3)

    assert len(told["entries"]) == told["of"] > 10
    assert len(told["profiles"]) == told["people"]
    assert few["entries"] == told["entries"][-3:]


class SyncsWhenTold(BaseHTTPRequestHandler):
    """The example program behind an address."""

    def do_POST(self) -> None:
        variables = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        done = subprocess.run([sys.executable, EXAMPLE], env={**os.environ, **variables}, check=False)
        self.send_response(200 if done.returncode == 0 else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(params=["command", "address"])
def subject(request: pytest.FixtureRequest) -> Iterator[str]:
    """The example program, in each of the two ways a program can be judged."""
    if request.param == "command":
        yield f"{sys.executable} {EXAMPLE}"
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), SyncsWhenTold) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_run_of_any_program_is_recorded_and_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], subject: str
):
    """A lab that is served has entries before the scenario begins; they stand first."""
    path = tmp_path / "x.rec"
    (leave,) = [file for file in FILES if "a-leave" in file]

    assert run(["run", leave, "--subject", subject, "--record", str(path)]) == 0
    told: Any = replayed(capsys, path)
    grace: Any = replayed(capsys, path, "--user", "grace")

    trait = "Power Users (power000)"
    assert [each["kind"] for each in told["entries"][:2]] == ["clock", "clock"]
    assert told["profiles"]["ada"] == {trait: True}
    assert [each["told"] for each in grace["entries"] if "told" in each] == [[{trait: True}], [{trait: False}]]


def test_a_run_is_recorded_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One that cannot be recorded leaves nothing, and the others are there."""
    in_order, runs = recording._in_order, iter(range(3))

    def broken(bench: Any) -> Iterator[Any]:
        breaks = next(runs) == 0
        for number, entry in enumerate(in_order(bench)):
            yield entry if number < 3 or not breaks else 1 / 0

    monkeypatch.setattr(recording, "_in_order", broken)

    assert run(["run", *FILES, "--json", "--record", str(tmp_path / "x.rec")]) == 3

    assert [each.run for each in Recording(tmp_path / "x.rec").runs()] == [1, 2]
    assert all(each.entries > 3 for each in Recording(tmp_path / "x.rec").runs())


def test_what_is_no_recording_is_refused_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Another database is neither replayed nor overwritten; a missing file and a missing run are one sentence each."""
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db, db:
        db.execute("CREATE TABLE mine(x)")
    kept = other.read_bytes()

    assert run(["replay", str(other)]) == 2
    assert run(["run", *FILES, "--record", str(other)]) == 2
    assert run(["replay", str(tmp_path / "none")]) == 2
    assert run(["replay", str(record(tmp_path / "x.rec")), "--run", "9"]) == 2
    told = capsys.readouterr().err
    assert other.read_bytes() == kept
    assert "no recording" in told
    assert "There is no run 9" in told


def test_a_recording_replaces_no_link_and_no_pipe(tmp_path: Path):
    """The file that a link leads to is written; what comes out of a pipe replays the same."""
    real, link, pipe = tmp_path / "real.rec", tmp_path / "link.rec", tmp_path / "pipe"
    link.symlink_to(real)
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()

    for path in (link, pipe):
        record(path)
    reader.join()

    assert link.is_symlink()
    assert pipe.is_fifo()
    piped = tmp_path / "piped.rec"
    piped.write_bytes(b"".join(read))
    assert Recording(piped).runs() == Recording(real).runs()


def test_a_replay_reads_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Where it stands, what happened last, memberships, verdicts, profiles."""
    path = record(tmp_path / "x.rec")
    capsys.readouterr()

    run(["replay", str(path), "--until", "12"])

    told = capsys.readouterr().out
    assert "after entry 12 of " in told
    assert "told true" in told


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert run(["replay", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def recorded(folder: Path, name: str) -> tuple[Path, int]:
    path = folder / "x.rec"
    if not path.exists():
        record(path)
    return path, next(each.run for each in Recording(path).runs() if each.name == name)


def test_a_moment_is_named_by_entry_step_or_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """One of them; what lies beyond the end is refused and not taken for the end."""
    path, number = recorded(tmp_path, "a-leave")
    every: Any = replayed(capsys, path, "--run", number)["entries"]
    first = [each for each in every if each["step"] <= 1]

    assert replayed(capsys, path, "--run", number, "--step", 1)["until"] == len(first)
    assert replayed(capsys, path, "--run", number, "--at", first[-1]["at"])["until"] == len(first)
    assert replayed(capsys, path, "--run", number, "--step", 0)["profiles"] == {}
    assert f"beyond the end: run {number} has {len(every)} entries" in refused(
        capsys, path, "--run", number, "--until", 999
    )
    assert "beyond the end: the last step" in refused(capsys, path, "--run", number, "--step", 99)
    assert "--at takes a time" in refused(capsys, path, "--at", "noon")
    assert "give one of them" in refused(capsys, path, "--at", "2026-01-05", "--step", 1)


def test_two_moments_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What became of cohorts, events and profiles between two entries; and that nothing did."""
    path, number = recorded(tmp_path, "a-leave")
    end = Recording(path).runs()[number - 1].entries
    until = replayed(capsys, path, "--run", number, "--step", 1)["until"]

    changed: Any = replayed(capsys, path, "--run", number, "--diff", until, end)
    same: Any = replayed(capsys, path, "--run", number, "--diff", end, end)
    assert run(["replay", str(path), "--run", str(number), "--diff", str(until), str(end)]) == 0

    trait = "Power Users (power000)"
    assert changed["profiles"] == {"grace": [{trait: True}, {trait: False}], "barbara": [{}, {trait: True}]}
    assert changed["verdicts"] == {"delivered": [3, 5]}
    assert (same["profiles"], same["verdicts"], same["cohorts"]) == ({}, {}, [])
    out = capsys.readouterr().out
    assert f'\'grace\': {{"{trait}": true}} -> {{"{trait}": false}}' in out
    assert "events delivered: 3 -> 5" in out


def test_a_misspelt_user_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """As a trace refuses one, with the nearest; an empty profile would say that nobody told them anything."""
    path, number = recorded(tmp_path, "a-leave")

    assert "did you mean 'grace'?" in refused(capsys, path, "--run", number, "--user", "grce")


def test_a_rename_is_among_what_happened_to_a_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It is why their old trait stays; and the title counts what is below it."""
    (rename,) = [str(path) for path in shipped() if path.name == "a-rename.cohort.yaml"]
    path = tmp_path / "x.rec"
    assert run(["run", rename, "--record", str(path)]) == 0

    told: Any = replayed(capsys, path, "--user", "grace")
    assert run(["replay", str(path), "--user", "grace"]) == 0
    alone = capsys.readouterr().out
    assert run(["replay", str(path), "--limit", "2"]) == 0

    assert any("called 'Super Users' from here on" in each["summary"] for each in told["entries"])
    assert "Profile of 'grace'" in alone
    assert "Profiles (2 of 4)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET data = x'ff' WHERE place = 3",
        "UPDATE entries SET data = '{}' WHERE kind = 'control'",
        "UPDATE entries SET kind = 'weather' WHERE place = 2",
        "UPDATE entries SET at = 'noon' WHERE place = 2",
        "UPDATE entries SET fake = 'nobody' WHERE place = 2",
        "UPDATE entries SET body = x'fe' WHERE kind = 'request' AND fake = 'segment'",
        "UPDATE runs SET seed = 'nine'",
        "UPDATE runs SET start = 1e300, trait_key = NULL",
        "DROP TABLE runs",
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
    ],
)
def test_a_recording_that_nobody_recorded_is_refused_in_words(
    change: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Status 2, with the file's name, whatever was changed in it."""
    path = record(tmp_path / "x.rec")
    with closing(sqlite3.connect(path)) as db:
        db.execute(change)
        db.commit()
    capsys.readouterr()

    assert run(["replay", str(path)]) == 2

    assert "x.rec" in capsys.readouterr().err
