"""A disk that is full, a file that may not be written: a refusal in words, and nothing that was answered is lost."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_core import Fake, LabClock
from mock_core.errors import CannotKeep, Gone, JournalUnreadable
from mock_core.faults import CORE_FAULTS
from mock_core.journal import Journal, told
from mock_core.workspace import Workspace

Echo = Fake[Any]


@contextmanager
def full(journal: Journal) -> Iterator[None]:
    """Let a journal's database have no page more than it has."""
    (pages,) = journal.db.execute("PRAGMA page_count").fetchone()
    journal.db.execute(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        journal.db.execute("PRAGMA max_page_count=1073741823")


def call(session: requests.Session, method: str, url: str, **keywords: Any) -> requests.Response:
    return session.request(method, url, headers={"Host": "127.0.0.1"}, **keywords)


def test_a_call_that_cannot_be_kept_is_refused_in_words(fake: Echo, session: requests.Session, url: str):
    """503, no bug of ours; what came before stays, and the lab goes on by itself when there is room."""
    session.post(f"{url}/v1/echo", data=b"before")
    journal = fake.state.workspace.journal

    with full(journal):
        refused = session.post(f"{url}/v1/echo", data=b"x" * 900)
        while session.post(f"{url}/v1/echo", data=b"x" * 900).status_code == 200:
            pass
        seen = call(session, "GET", f"{url}/__lab/requests/count").json()["count"]
    again = session.post(f"{url}/v1/echo", data=b"after")

    assert refused.status_code in {200, 503}
    assert again.status_code == 200
    assert call(session, "GET", f"{url}/__lab/requests/count").json()["count"] == seen + 1
    assert fake.broken == []


def test_the_words_say_what_to_do():
    """Which journal, why, what mends it, and that the lab goes on."""
    workspace = Workspace(kinds={})

    with full(workspace.journal), pytest.raises(CannotKeep, match="the disk is full") as refused:
        while True:
            workspace.control("x", {"text": "x" * 1000})

    assert "goes on by itself" in str(refused.value)
    assert refused.value.http_status == 503
    workspace.close()


def test_what_could_not_be_written_down_has_not_happened():
    """Faults, their counts, seed, lifts and the clock stand as the journal says."""
    clock = LabClock(100.0)
    workspace = Workspace(kinds=CORE_FAULTS, clock=clock)
    armed = workspace.arm({"fault": "status", "status": 500, "match": {"times": None}})
    with full(workspace.journal):
        with pytest.raises(CannotKeep):
            while True:
                workspace.control("fill", {"text": "x" * 300})
        tried = (
            lambda: workspace.arm({"fault": "lost-reply", "match": {"route": "/" + "x" * 4000}}),
            lambda: workspace.control("fill", {"text": "x" * 4000}),
        )
        for attempt in tried:
            with pytest.raises(CannotKeep):
                attempt()
        with pytest.raises(CannotKeep):
            for _ in range(1000):
                clock.advance(1)
        stood = clock.now()
        with pytest.raises(CannotKeep):
            while True:
                workspace.reseed(workspace.seed.value + 1)
        seed = workspace.seed.value

    moves = [entry.data["now"] for entry in workspace.journal.walk(kind="clock")]
    seeds = [entry.data["seed"] for entry in workspace.journal.turns() if entry.data.get("op") == "seed.set"]
    assert [each.id for each in workspace.faults] == [armed.id]
    assert stood == clock.now() == (moves[-1] if moves else 100.0)
    assert seed == (seeds[-1] if seeds else 0)
    workspace.close()


def test_a_fault_that_struck_a_call_nobody_could_keep_strikes_the_next(fake: Echo, session: requests.Session, url: str):
    """Counts are those of the journal, or a restart would go on differently."""
    workspace = fake.state.workspace
    workspace.arm({"fault": "latency", "seconds": 0, "match": {"times": 1}})

    with full(workspace.journal):
        while session.post(f"{url}/v1/echo?{'x' * 3000}", data=b"x" * 900).status_code == 200:
            workspace.arm({"fault": "latency", "seconds": 0, "match": {"times": 1}})
        unstruck = [armed for armed in workspace.faults if not armed.struck]

    struck = {each for entry in workspace.journal.walk(kind="request") for each in entry.data.get("faults", ())}
    assert {armed.id for armed in workspace.faults if armed.struck} == struck
    assert unstruck


def test_a_clock_that_one_journal_cannot_write_down_stands_for_all():
    """Two fakes share it: the first is told that the move was none."""
    clock = LabClock(100.0)
    first, second = Workspace(kinds={}, clock=clock), Workspace(kinds={}, clock=clock)

    with full(second.journal):
        with pytest.raises(CannotKeep):
            while True:
                second.control("fill", {"text": "x" * 300})
        with pytest.raises(CannotKeep):
            for _ in range(1000):
                clock.advance(1)

    assert [entry.data["now"] for entry in first.journal.walk(kind="clock")][-1] == clock.now()
    first.close()
    second.close()


def test_a_reset_that_cannot_be_kept_changes_nothing(tmp_path: Path):
    """All of it stays: entries, faults, beginning."""
    workspace = Workspace(kinds=CORE_FAULTS, path=tmp_path / "lab.db")
    workspace.arm({"fault": "lost-reply"})
    workspace.journal.db.execute("PRAGMA query_only=ON")

    with pytest.raises(CannotKeep, match="may not be written"):
        workspace.reset()

    workspace.journal.db.execute("PRAGMA query_only=OFF")
    assert workspace.journal.last == 1
    assert len(list(workspace.faults)) == 1
    workspace.close()


FILLS = """
import resource, sys
from pathlib import Path
from mock_core.errors import CannotKeep
from mock_core.journal import Journal
journal = Journal(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
kept = 0
try:
    while True:
        kept = journal.append(1, "request", {"n": kept}, b"x" * 1000)
except CannotKeep as error:
    words = str(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert journal.append(1, "request", {"n": kept}, b"after") == kept + 1
print(kept, words)
"""


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path: Path):
    """The limit of the operating system, in a process of its own; what was kept is there after it has gone."""
    path = tmp_path / "lab.db"

    told_words = subprocess.run(
        [sys.executable, "-c", FILLS, str(path)], check=True, capture_output=True, text=True, timeout=60
    ).stdout

    kept = int(told_words.split()[0])
    assert "cannot be used" in told_words
    reopened = Journal(path)
    assert [entry.data["n"] for entry in reopened.walk()] == [*range(kept), kept]
    reopened.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path):
    """At the start, in words."""
    tmp_path.chmod(0o500)

    with pytest.raises(CannotKeep):
        Journal(tmp_path / "lab.db")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, CannotKeep, "full"),
        (sqlite3.SQLITE_IOERR_WRITE, CannotKeep, "space, limits"),
        (sqlite3.SQLITE_READONLY, CannotKeep, "writable"),
        (sqlite3.SQLITE_BUSY, CannotKeep, "another program"),
        (sqlite3.SQLITE_CORRUPT, JournalUnreadable, "damaged"),
    ],
)
def test_what_sqlite_says_is_told_by_what_to_do_next(code: int, kind: type[Exception], words: str):
    """A caller knows whether to free space, to call again, or to name another file."""
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code

    found = told(error, Path("lab.db"))

    assert isinstance(found, kind)
    assert words in str(found)


def test_a_mistake_in_a_query_stays_a_bug_of_ours():
    """It is not blamed on anybody's disk."""
    journal = Journal()

    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        journal.rows("SELECT * FROM nowhere")


def test_a_call_under_way_when_its_workspace_goes_is_told_so(clock: LabClock):
    """Dropped or closed meanwhile: words, and nothing among the lab's own bugs."""
    workspace = Workspace(kinds={}, clock=clock)
    workspace.close()

    with pytest.raises(Gone, match="closed while it was asked"):
        workspace.control("late")


def test_files_used_up_are_told(tmp_path: Path):
    """With no descriptor left a journal says so, and opens when there is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    journal = Journal(tmp_path / "lab.db")
    journal.append(1, "request", {})
    assert journal.rest()
    held = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 1, hard))
    try:
        with pytest.raises(CannotKeep, match="as many files are open"):
            journal.entry(1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(held[0])

    assert journal.entry(1) is not None
    journal.close()
