"""A state folder that is damaged, newer, full or out of step with the clock: said, and nothing is lost."""

from __future__ import annotations

import errno
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from syncer import FileState, RunFailed, StateUnusable
from syncer.config import configure
from syncer.secret import Secret
from syncer.standing import entry
from tests.syncer.conftest import COHORT, Bench


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
