"""Damaged journals and recordings: what can be read is in a new file that every command takes, the rest is told."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cohortlab.cli import run
from mock_core.errors import InUse, LabError
from mock_core.journal import Journal
from scenarios import shipped
from scenarios.errors import FileUnusable, NothingToSave
from scenarios.lab import API_KEY, SECRET_KEY, SEGMENT_URL, Lab
from scenarios.recordings import Recording
from scenarios.salvaging import Salvaged, salvage, trial

PAGE = 4096
USERS = [f"u{number}" for number in range(40)]


def filled(folder: Path) -> Path:
    """Return the folder of a lab in which a cohort lives and events are told, over some fifty pages."""
    with Lab(start=1.7e9, seed=5, folder=folder) as lab:
        lab.segment.put_source("wk", name="cohorts")
        lab.amplitude.create_cohort("Power", cohort_id="power", members=USERS)
        session = lab.session()
        for number in range(60):
            event = {"type": "identify", "userId": USERS[number % 40], "messageId": f"m{number}"}
            traits = {"power": number % 3 > 0, "filler": "x" * (8_000 if number == 30 else 900)}
            session.post(f"{SEGMENT_URL}/v1/identify", json={**event, "traits": traits}, auth=("wk", ""))
            lab.amplitude.leave("power", [USERS[number % 40]])
            lab.amplitude.enter("power", [USERS[number % 40]])
            lab.clock.advance(60)
        lab.session().get("http://amplitude.lab/api/5/cohorts/request/power", auth=(API_KEY, SECRET_KEY))
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = filled(tmp_path_factory.mktemp("whole"))
    return {name: (folder / name).read_bytes() for name in ("amplitude.db", "segment.db")}


@pytest.fixture
def kept(tmp_path: Path, whole: dict[str, bytes]) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    for name, data in whole.items():
        (folder / name).write_bytes(data)
    return folder


def overwrite(path: Path, page: int, pages: int = 1, fill: bytes = b"\xff") -> None:
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(fill * (pages * PAGE))


def entries(path: Path) -> dict[int, tuple[Any, ...]]:
    with closing(Journal(path)) as journal:
        return {each.seq: (each.at, each.kind, each.data, each.body) for each in journal.walk()}


def of(done: list[Salvaged], name: str) -> Salvaged:
    return next(each for each in done if each.name == name)


def lost(saved: Salvaged) -> set[int]:
    return {number for first, last in saved.lost for number in range(first, last + 1)}


def opens(folder: Path) -> None:
    """Assert that a lab goes on with a folder, and that check and trace take what is in it."""
    with Lab(folder=folder) as lab:
        lab.segment.check()
        lab.amplitude.check()
        assert lab.session().post(f"{SEGMENT_URL}/v1/track", json={"userId": "u", "event": "e"}, auth=("wk", ""))
        assert sum(lab.segment.tally().values()) > 0
    assert run(["check", "--contract", "event", str(folder / "segment.db")]) in {0, 1}
    assert run(["trace", "u1", "power", str(folder)]) in {0, 2}


def test_a_whole_journal_is_saved_whole(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Every entry with its number, and how it began; status 0."""
    assert run(["salvage", str(kept), "-o", str(tmp_path / "new"), "--json"]) == 0

    told = json.loads(capsys.readouterr().out)["saved"]
    assert [(each["name"], each["whole"], each["lost_entries"]) for each in told] == [
        ("amplitude.db", True, []),
        ("segment.db", True, []),
    ]
    assert entries(tmp_path / "new" / "segment.db") == entries(kept / "segment.db")
    with Lab(folder=tmp_path / "new") as lab:
        assert lab.segment.workspace.journal.beginning == {"seed": 5, "frozen_at": 1.7e9}


@pytest.mark.parametrize("seed", range(6))
def test_overwritten_pages_cost_their_entries_only(seed: int, kept: Path, whole: dict[str, bytes], tmp_path: Path):
    """What is saved is what was there, what is lost is told by number, nothing is both, and a lab goes on with it."""
    random = Random(seed)
    before = {name: entries(kept / name) for name in whole}
    for name, data in whole.items():
        (kept / name).write_bytes(data)
        for _ in range(random.randint(1, 3)):
            overwrite(
                kept / name, random.randrange(2, len(data) // PAGE + 1), fill=random.choice([b"\xff", b"\0", b"{"])
            )
    damaged = {name: (kept / name).read_bytes() for name in whole}

    done = salvage(kept, tmp_path / "new")

    for name in whole:
        saved, after = of(done, name), entries(tmp_path / "new" / name)
        assert after.items() <= before[name].items()
        assert after.keys() | lost(saved) | saved.left_out.keys() == before[name].keys() or saved.may_have_followed
        assert not after.keys() & (lost(saved) | saved.left_out.keys())
        assert saved.saved == len(after)
    assert {name: (kept / name).read_bytes() for name in whole} == damaged
    assert sorted(each.name for each in kept.iterdir() if not each.name.endswith(".lock")) == sorted(whole)
    opens(tmp_path / "new")


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@pytest.mark.parametrize("pages", [1, 2])
def test_a_journal_without_its_head_is_read_by_its_pages(fill: bytes, pages: int, kept: Path, tmp_path: Path):
    """Neither SQLite's mark, nor the catalogue, nor the root of the table is needed."""
    before = entries(kept / "segment.db")
    overwrite(kept / "segment.db", 1, pages, fill)
    with pytest.raises(LabError, match=r"`cohortlab salvage \S+kept -o FOLDER` saves what can be read"):
        Lab(folder=kept)

    done = salvage(kept, tmp_path / "new")

    assert entries(tmp_path / "new" / "segment.db") == before
    assert of(done, "segment.db").saved == len(before)
    opens(tmp_path / "new")


def test_a_file_that_is_cut_says_that_more_may_have_followed(kept: Path, tmp_path: Path):
    """As a copy does that broke off."""
    before = entries(kept / "segment.db")
    data = (kept / "segment.db").read_bytes()
    (kept / "segment.db").write_bytes(data[: len(data) // 2 + 700])

    saved = of(salvage(kept, tmp_path / "new"), "segment.db")

    assert saved.may_have_followed
    assert 0 < saved.saved < len(before)
    assert entries(tmp_path / "new" / "segment.db").items() <= before.items()
    opens(tmp_path / "new")


def test_what_a_killed_lab_wrote_last_is_saved_from_its_log(tmp_path: Path):
    """Also when the log is damaged: only what stood on that frame is older, or lost."""
    folder = tmp_path / "kept"
    program = (
        "import os, signal, sys; from pathlib import Path; from mock_core.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1])); journal.begin({'seed': 1, 'frozen_at': None})\n"
        "for n in range(300): journal.append(n, 'control', {'op': 'x', 'name': 'x' * 400})\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    folder.mkdir()
    killed = subprocess.run([sys.executable, "-c", program, str(folder / "segment.db")], check=False)
    assert killed.returncode == -signal.SIGKILL
    log = folder / "segment.db-wal"
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)

    (saved,) = salvage(folder, tmp_path / "new")

    assert saved.saved >= 290
    assert max(entries(tmp_path / "new" / "segment.db")) == 300
    assert log.read_bytes() == bytes(data)


def test_entries_from_before_a_reset_do_not_come_back(tmp_path: Path):
    """They still stand on pages that were given up."""
    folder = tmp_path / "kept"
    with Lab(folder=folder) as lab:
        for number in range(200):
            lab.segment.workspace.control("old", {"number": number, "text": "x" * 500})
        lab.segment.workspace.reset()
        for number in range(20):
            lab.segment.workspace.control("new", {"number": number, "text": "y" * 500})
    data = (folder / "segment.db").read_bytes()
    page = data.index(b"y" * 500) // PAGE + 1
    overwrite(folder / "segment.db", page)

    (saved,) = (each for each in salvage(folder, tmp_path / "new") if each.name == "segment.db")

    ops = {data["op"] for _, _, data, _ in entries(tmp_path / "new" / "segment.db").values()}
    assert "old" not in ops
    assert saved.lost or saved.may_have_followed


def test_what_rests_on_a_lost_entry_is_left_out_and_told(kept: Path, tmp_path: Path):
    """Members of a cohort whose making is lost: the lab opens, and the report says why they are not there."""
    with closing(sqlite3.connect(kept / "amplitude.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("DELETE FROM journal WHERE json_extract(data, '$.op') = 'cohort.create'")

    saved = of(salvage(kept, tmp_path / "new"), "amplitude.db")

    assert saved.lost == [(1, 1)]
    assert len(saved.left_out) > 50
    assert all("power" in why for why in saved.left_out.values())
    opens(tmp_path / "new")


def test_a_fault_that_nobody_has_is_left_out(tmp_path: Path):
    """As a bit that fell over makes one of a fault there is."""
    with Lab(folder=tmp_path / "kept") as lab:
        lab.segment.workspace.arm({"fault": "latency", "seconds": 1})
    path = tmp_path / "kept" / "segment.db"
    path.write_bytes(path.read_bytes().replace(b"latency", b"natency"))

    saved = of(salvage(tmp_path / "kept", tmp_path / "new"), "segment.db")

    assert list(saved.left_out) == [1]
    with Lab(folder=tmp_path / "new") as lab:
        assert list(lab.segment.workspace.faults) == []


def test_a_journal_of_any_name_is_known_by_what_is_in_it(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """As one that was saved with `/__lab/journal`; check names the command for a damaged one."""
    for name in ("amplitude.db", "segment.db"):
        (tmp_path / f"my-{name}.bak").write_bytes((kept / name).read_bytes())
    overwrite(tmp_path / "my-segment.db.bak", 8, 8)
    damaged = tmp_path / "my-segment.db.bak"

    assert run(["check", str(damaged)]) == 2
    assert f"`cohortlab salvage {damaged} -o FILE` saves what can be read" in capsys.readouterr().err
    assert run(["salvage", str(damaged), "-o", str(tmp_path / "new.db")]) == 1
    told = capsys.readouterr().out
    assert "segment.db.bak" in told
    assert run(["check", "--contract", "event", str(tmp_path / "new.db")]) in {0, 1}
    salvage(tmp_path / "my-amplitude.db.bak", tmp_path / "other.db")
    with Lab() as lab:
        lab.amplitude.workspace.load(tmp_path / "other.db")
        lab.segment.workspace.load(tmp_path / "new.db")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "x.rec"
    files = [str(each) for each in shipped() if each.name.startswith(("a-leave.", "throttled.", "churn-day."))]
    assert run(["run", *files, "--json", "--record", str(path)]) == 0
    return path


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_recording_is_saved_run_by_run(seed: int, recorded: Path, tmp_path: Path):
    """Every run that is left can be replayed to its end; entries are those that were there, in their order."""
    random = Random(seed)
    data = recorded.read_bytes()
    damaged = tmp_path / "damaged.rec"
    damaged.write_bytes(data)
    overwrite(damaged, random.randrange(1 if seed else 4, len(data) // PAGE + 1), fill=b"\xff")

    done = salvage(damaged, tmp_path / "new.rec")

    with closing(Recording(recorded)) as before, closing(Recording(tmp_path / "new.rec")) as after:
        were = {each.run: each for each in before.runs()}
        for each in after.runs():
            there = [(one.fake, one.entry.at, one.entry.data) for one in before.entries(each.run, 1 << 30)]
            kept = [(one.fake, one.entry.at, one.entry.data) for one in after.entries(each.run, 1 << 30)]
            left = iter(there)
            assert all(one in left for one in kept)
            said = of(done, f"run {each.run}")
            assert len(kept) == each.entries == said.saved
            assert len(there) == len(kept) + said.entries_lost + len(said.left_out) or said.may_have_followed
            assert (each.name == were[each.run].name) or said.notes
            with closing(after.lab(each, each.entries)) as lab:
                lab.segment.check()
            status = run(["replay", str(tmp_path / "new.rec"), "--run", str(each.run), "--json"])
            assert status == 0
    assert sum(each.saved for each in done) > 0


def test_replay_names_the_command_for_a_damaged_recording(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """With its head lost, and with a page in the middle lost."""
    for page in (1, 3, 5):
        damaged = tmp_path / f"{page}.rec"
        damaged.write_bytes(recorded.read_bytes())
        overwrite(damaged, page)
        assert run(["replay", str(damaged)]) == 2
        assert f"`cohortlab salvage {damaged} -o FILE`" in capsys.readouterr().err


@pytest.fixture
def unreadable(tmp_path: Path) -> dict[str, Path]:
    files = {"nothing": b"", "zeros": bytes(50_000), "text": b"hello\n" * 5_000}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in files}


@pytest.mark.parametrize("name", ["nothing", "zeros", "text"])
def test_where_nothing_can_be_read_nothing_is_written(
    name: str, unreadable: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Status 2, and the file's name."""
    assert run(["salvage", str(unreadable[name]), "-o", str(tmp_path / "new")]) == 2
    assert f"{unreadable[name]}: No entry" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_what_is_there_is_not_written_over_and_what_breaks_off_leaves_nothing(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An output that exists, a folder that does not, a disk that gives up in the middle, a lab that is running."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x").touch()
    with pytest.raises(FileUnusable, match="is there already"):
        salvage(kept, tmp_path / "there")
    with pytest.raises(FileUnusable, match="there is no folder"):
        salvage(kept, tmp_path / "no" / "new")
    with Lab(folder=tmp_path / "runs"), pytest.raises(InUse):
        salvage(tmp_path / "runs", tmp_path / "new")

    def gives_up(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trial.shutil, "copy", gives_up)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileUnusable, match="No space left"):
        salvage(kept, tmp_path / "new")
    assert sorted(tmp_path.iterdir()) == before


def test_a_database_of_another_program_is_refused(tmp_path: Path):
    """By its mark; a folder without journals by what it lacks."""
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.executescript("PRAGMA application_id=7; CREATE TABLE t(x)")
    with pytest.raises(FileUnusable, match="of another program"):
        salvage(tmp_path / "other.db", tmp_path / "new")
    with pytest.raises(FileUnusable, match=r"holds no amplitude.db or segment.db"):
        salvage(tmp_path, tmp_path / "new")
    (tmp_path / "segment.db").write_bytes(bytes(10_000))
    with pytest.raises(NothingToSave):
        salvage(tmp_path, tmp_path / "new")
