"""A state folder that is damaged, newer, full or out of step with the clock: said, and nothing is lost."""

from __future__ import annotations

import errno
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from syncer import FileState, RunFailed, StateUnusable, WrongCall
from syncer.config import configure
from syncer.secret import Secret
from syncer.standing import entry
from tests.syncer.conftest import COHORT, KEY, Bench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def bench_at(folder: Path) -> Bench:
    return Bench(FileState(folder))


def test_a_state_from_a_newer_version_is_left_alone(folder: Path) -> None:
    """A state that a newer cohortlab wrote is neither read nor changed, and the way out is named."""
    FileState(folder).close()
    with closing(sqlite3.connect(folder / "state.db")) as db, db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(StateUnusable, match=r"newer cohortlab \(state version 99.*update cohortlab"):
        FileState(folder)


@pytest.mark.parametrize("length", [0, 10, 5_000, 20_000])
def test_a_state_file_cut_short_is_refused(folder: Path, length: int) -> None:
    """A cut state file is refused with the next step, unless it is empty: then it is a new one."""
    bench = bench_at(folder)
    bench.run("ann")
    bench.state.close()
    for file in folder.glob("state.db-*"):
        file.unlink()
    whole = (folder / "state.db").read_bytes()
    (folder / "state.db").write_bytes(whole[:length])
    if length == 0:
        with FileState(folder) as state:
            assert state.ledger.runs() == []
        return

    with (
        pytest.raises(StateUnusable, match=r"state\.db cannot be used .*move the state folder away"),
        FileState(folder) as state,
    ):
        Bench(state).run("ann")


def test_a_damaged_snapshot_is_named_and_can_be_told_anew(folder: Path) -> None:
    """A snapshot cut short fails the run before anything is sent; asked for everybody, the run does without it."""
    bench = bench_at(folder)
    bench.run("ann", "bob")
    snapshot = next(folder.glob("runs/*/members.parquet"))
    snapshot.write_bytes(snapshot.read_bytes()[:100])

    with pytest.raises(StateUnusable, match="--everybody"):
        bench.run("ann")

    assert len(bench.segment.requests) == 1
    bench.engine().run(bench.sync(), everybody=True)
    assert bench.run("cleo").left == 1
    bench.state.close()


@pytest.mark.parametrize(
    "where", ["write export.csv", "sync export.csv", "rename members.parquet", "sync changes.parquet"]
)
def test_a_full_disk_fails_the_run_and_keeps_the_snapshot(folder: Path, where: str) -> None:
    """Out of space at any write, the run fails and says so, the history has a line, and the next run is right."""
    is_full = False

    def boundary(name: str) -> None:
        if is_full and name == where:
            raise OSError(errno.ENOSPC, "No space left on device")

    bench = Bench(FileState(folder, boundary=boundary))
    bench.run("ann", "bob")
    is_full = True
    with pytest.raises(StateUnusable, match=r"No space left on device.*free disk space") as error:
        bench.run("bob")
    is_full = False

    report = bench.run("bob", "cleo")

    assert error.value.exit_status == 3
    assert (report.entered, report.left) == (1, 1)
    assert [run.phase for run in bench.state.ledger.runs()] == ["finished", "failed", "finished"]
    assert bench.segment.told() == {"bob", "cleo"}
    bench.state.close()


def test_a_clock_that_jumps_back_confuses_nothing(folder: Path) -> None:
    """When the clock is set back between and during runs, each change is told once and no run ends before it began."""
    bench = bench_at(folder)
    bench.run("ann")
    bench.clock.sleep(-86_400)
    bench.run("bob")
    bench.amplitude.polls_needed = 3
    bench.heard.clear()
    sleep = bench.clock.sleep
    bench.clock.sleep = lambda seconds: sleep(seconds - 3_600)  # type: ignore[method-assign]
    bench.run("cleo")

    assert bench.segment.sent() == [("ann", True), ("bob", True), ("ann", False), ("cleo", True), ("bob", False)]
    assert bench.segment.duplicates == 0
    assert [entry(run)["seconds"] for run in bench.state.ledger.runs()] == [0.0, 0.0, 0.0]
    bench.state.close()


def test_only_what_is_needed_is_kept(folder: Path) -> None:
    """After many runs, failed ones among them, the folder holds one snapshot and the ledger, whoever left."""
    bench = bench_at(folder)
    for number in range(5):
        bench.run(*(f"user-{n}" for n in range(number, number + 20)))
    bench.amplitude.csv = b"no export"
    with pytest.raises(RunFailed):
        bench.again()

    kept = sorted(path.relative_to(folder).as_posix() for path in (folder / "runs").rglob("*") if path.is_file())

    assert kept == ["runs/5/members.parquet"]
    bench.state.close()


def test_syncs_side_by_side_leave_each_other_alone(folder: Path) -> None:
    """Several syncs of one state folder, each run over and over at the same time, do not lose each other's files."""

    def work(name: str) -> bool:
        bench = bench_at(folder)
        for number in range(8):
            members = [f"{name}-{n}" for n in range(number, number + 5)]
            bench.amplitude.become(*members)
            bench.engine().run(bench.sync(write_key=name))
            assert bench.segment.told() == set(members)
        bench.state.close()
        return True

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, ["one-key", "two-key", "red-key"])) == [True] * 3


def test_no_key_is_anywhere_in_the_state(folder: Path) -> None:
    """Neither a write key nor a secret key is in any file of the state folder."""
    bench = bench_at(folder)
    bench.segment.refused_users = {"ann"}
    bench.run("ann", "bob")
    bench.state.close()

    files = [path for path in folder.rglob("*") if path.is_file()]

    assert len(files) >= 2
    assert not any(key in path.read_bytes() for path in files for key in (b"write-key", b"secret-key"))


def test_a_secret_is_not_shown() -> None:
    """A secret prints as stars, in whatever it is part of, and can be told from another by its fingerprint."""
    secret = Secret("very-secret-key")
    environment = {"COHORT_ID": COHORT, "AMPLITUDE_API_KEY": "a", "AMPLITUDE_SECRET_KEY": "very-secret-key"}

    config = configure({**environment, "SEGMENT_WRITE_KEY": "very-secret-key"})

    assert "very-secret-key" not in f"{secret} {secret!r} {config!r} {config.sync!r}"
    assert secret.scrub("bad key very-secret-key!") == "bad key ********!"
    assert secret.fingerprint != Secret("other").fingerprint


def lose_snapshots(folder: Path, how: str) -> None:
    """Damage every snapshot of a state folder."""
    for snapshot in folder.glob("runs/*/*.parquet"):
        whole = snapshot.read_bytes()
        snapshot.unlink()
        if how == "cut":
            snapshot.write_bytes(whole[:100])
        elif how == "damaged in the middle":
            snapshot.write_bytes(whole[:30] + b"\xff" * (len(whole) - 60) + whole[-30:])
        elif how == "a folder":
            snapshot.mkdir()
        elif how == "a pipe":
            os.mkfifo(snapshot)


@pytest.mark.parametrize("how", ["gone", "cut", "damaged in the middle", "a folder", "a pipe"])
def test_who_left_behind_a_lost_snapshot_is_counted_and_not_forgotten(folder: Path, how: str) -> None:
    """Told everybody again, nobody knows who left meanwhile: the report says so, and the count stays an orphan."""
    bench = bench_at(folder)
    bench.run("ann", "bob", "cleo")
    lose_snapshots(folder, how)
    with pytest.raises(StateUnusable, match=r"the 3 members .* --everybody.*nobody who left since.*sync orphans"):
        bench.run("ann")

    report = bench.engine().run(bench.sync(), everybody=True)

    assert report.is_complete
    assert "3 were told true by a snapshot that is lost" in report.reason
    assert bench.segment.told() == {"ann", "bob", "cleo"}  # nobody was told of those who left, and nobody can be
    (orphan,) = bench.state.ledger.orphans()
    assert (orphan.members, orphan.trait_key, orphan.is_current) == (3, KEY, False)
    assert bench.run("ann").calls == 0
    assert len(bench.state.ledger.orphans()) == 1
    assert bench.state.ledger.accept(KEY) == 3
    assert bench.state.ledger.orphans() == []
    bench.state.close()


def test_a_run_under_way_does_without_a_lost_snapshot_too(folder: Path) -> None:
    """A stopped run whose snapshot is lost would be resumed in vain: for everybody, it is ended and counted as well."""
    bench = bench_at(folder)
    bench.run("ann", "bob", "cleo")
    bench.segment.script.extend([503] * 3)
    with pytest.raises(RunFailed):
        bench.run("ann", "dan", retries=1, mode="additive")
    members = next(folder.glob("runs/1/members.parquet"))
    members.unlink()
    with pytest.raises(StateUnusable, match="--everybody"):
        bench.again(mode="additive")

    report = bench.engine().run(bench.sync(mode="additive"), everybody=True)

    assert report.resumed is not None
    assert report.is_complete
    assert sum(each.members for each in bench.state.ledger.orphans()) == 3
    assert bench.run("ann").left == 1
    bench.state.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("state.db", "pipe"), ("state.db", "folder"), ("locks", "file"), ("locks/state.lock", "folder")),
        *(("runs", "pipe"), ("runs/1", "file"), ("runs/1", "pipe"), ("runs/1/export.csv.part", "folder")),
    ],
)
def test_what_is_no_file_of_ours_is_refused_in_words(folder: Path, name: str, kind: str) -> None:
    """Pipes, folders and files in the place of one another are neither waited for nor taken for a full disk."""
    (folder / name).parent.mkdir(parents=True)
    {"pipe": os.mkfifo, "folder": os.mkdir, "file": Path.touch}[kind](folder / name)

    with pytest.raises(StateUnusable) as error, FileState(folder) as state:
        Bench(state).run("ann")

    assert "disk space" not in str(error.value)
    assert "Error" not in str(error.value).replace("Errno", "")


def test_nothing_is_written_through_what_stands_in_a_files_place(folder: Path, tmp_path: Path) -> None:
    """A link or a pipe with the name of an unfinished file is replaced; whoever it led to is left alone."""
    other = tmp_path / "other"
    other.write_text("theirs")
    (folder / "runs" / "1").mkdir(parents=True)
    (folder / "runs" / "1" / "export.csv.part").symlink_to(other)
    bench = bench_at(folder)

    assert bench.run("ann").is_complete

    assert other.read_text() == "theirs"
    bench.state.close()


def test_a_state_of_the_version_before_is_read_on(folder: Path) -> None:
    """What an older version wrote gets what it lacks, and the next run goes on from it."""
    bench = bench_at(folder)
    bench.run("ann", "bob")
    bench.state.close()
    with closing(sqlite3.connect(folder / "state.db")) as db, db:
        db.execute("DROP TABLE lost")
        db.execute("ALTER TABLE runs DROP COLUMN note")
        db.execute("PRAGMA user_version = 1")

    again = Bench(FileState(folder))
    again.segment = bench.segment

    assert again.run("ann").left == 1
    assert again.state.ledger.orphans() == []
    again.state.close()


@pytest.mark.parametrize("now", ["nan", "inf", "-inf", "1e300", "-1", "253402300800", "noon", "1_0_"])
def test_a_lab_time_that_no_calendar_has_is_refused(now: str) -> None:
    """Where it is read, before anything is written by it."""
    with pytest.raises(WrongCall, match=r"LAB_NOW is .* epoch seconds"):
        configure({"LAB_NOW": now})
