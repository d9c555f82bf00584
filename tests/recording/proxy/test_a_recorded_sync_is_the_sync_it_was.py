"""The recording proxy: nothing is added or lost, whatever the real side does, and the journals are a lab's."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from cohortlab.cli import run
from mock_core.journal import Journal
from recording.errors import OutputRefused
from recording.proxy import Recorder, Upstreams, finish, unfinished
from scenarios import Lab, read_scenario, run_scenario, subject_maker
from scenarios.keeping import keep, opened
from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY
from syncer import Engine, MemoryState, Settings, Source, Sync, SyncError, Target
from tests.repository import ROOT

COHORT = "7abc12de"
POWER = f"Power Users ({COHORT})"


@dataclass
class Staging:
    """A lab as the real side, a recorder before it, and where the recording is."""

    lab: Lab
    recorder: Recorder
    folder: Path

    def sync(self, state: MemoryState) -> bool:
        """Sync with our engine through the recorder, and say whether it succeeded."""
        engine = Engine(state)
        source = Source(API_KEY, SECRET_KEY, self.recorder.amplitude_url)
        target = Target(WRITE_KEY, self.recorder.segment_url, "lab")
        try:
            return bool(engine.run(Sync(COHORT, source, target, Settings(parallel=1))).is_complete)
        except SyncError:
            return False


@contextmanager
def staging(folder: Path, members: int = 3, **settings: Any) -> Iterator[Staging]:
    """Serve a lab, and record what goes there."""
    with Lab() as lab, lab.serve() as address:
        lab.amplitude.configure(job_seconds=0, **settings)
        lab.segment.put_source(WRITE_KEY, name="lab")
        lab.amplitude.create_cohort("Power Users", cohort_id=COHORT, members=[f"user-{n}" for n in range(members)])
        with Recorder(Upstreams(address.amplitude, address.segment), folder) as recorder:
            yield Staging(lab, recorder, folder)
        recorder.finish()


def entries(folder: Path, fake: str) -> list[Mapping[str, Any]]:
    """Return the calls in a journal."""
    with closing(Journal(folder / f"{fake}.db")) as journal:
        return [each.data for each in journal.walk(kind="request")]


def profiles(lab: Lab) -> dict[str, dict[str, object]]:
    return {user: profile.traits for user, profile in lab.segment.profiles().items()}


ASKS = "/api/5/cohorts/request/*"
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("segment", {"fault": "status", "status": 503, "retry_after": 0}),
    ("segment", {"fault": "lost-reply"}),
    ("segment", {"fault": "connection-reset"}),
    ("segment", {"fault": "truncated-body", "after": 3}),
    ("segment", {"fault": "html-page", "status": 502}),
    ("amplitude", {"fault": "status", "status": 500, "match": {"route": "/api/3/cohorts"}}),
    ("amplitude", {"fault": "truncated-body", "after": 20, "match": {"route": ASKS, "skip": 1}}),
    ("amplitude", {"fault": "framing", "how": "close", "match": {"route": ASKS, "times": None}}),
    (
        "amplitude",
        {"fault": "framing", "how": "chunked", "match": {"route": ASKS, "times": None}},
    ),
]


@pytest.mark.parametrize(("on", "fault"), FAULTS, ids=lambda each: each if isinstance(each, str) else each["fault"])
def test_under_the_faults_of_the_real_side_nothing_is_added_or_lost(on: str, fault: dict[str, Any], tmp_path: Path):
    """As many calls come as are sent, and are kept as they ended; profiles are right, and the kept scenario passes."""
    with staging(tmp_path / "rec") as real, MemoryState() as state:
        getattr(real.lab, on).workspace.arm(fault)
        assert real.sync(state)
        journals = {"amplitude": real.lab.amplitude.workspace.journal, "segment": real.lab.segment.workspace.journal}
        told = {fake: list(journal.walk(kind="request")) for fake, journal in journals.items()}
        right = profiles(real.lab)

    for fake, came in told.items():
        kept = entries(tmp_path / "rec", fake)
        paths = [(each.data["method"], each.data["path"]) for each in came]
        assert [(each["method"], each["path"]) for each in kept] == paths
        statuses = [0 if each.data.get("reset") else each.data["status"] for each in came]
        assert [each["status"] for each in kept] == statuses
    assert right == {f"user-{n}": {POWER: True} for n in range(3)}
    with opened(tmp_path / "rec") as story:
        kept_scenario = keep(story, tmp_path / "kept")
    outcome = run_scenario(read_scenario(kept_scenario.file), subject_maker())
    assert outcome.passed, [check for check in outcome.checks if not check.held]
    assert kept_scenario.faults == (fault["fault"] != "framing")


def test_a_stored_file_comes_through_and_its_signature_is_kept_nowhere(tmp_path: Path):
    """The redirect leads through the proxy, whose journal names the real host."""
    with staging(tmp_path / "rec", members=30, inline_rows=5) as real, MemoryState() as state:
        assert real.sync(state)
        files = real.lab.amplitude_fake.files_base_url
        queries = [each.data["query"] for each in real.lab.amplitude.workspace.journal.walk(kind="request")]
        signatures = [query.partition("X-Amz-Signature=")[2] for query in queries if "X-Amz-Signature=" in query]

    assert len(profiles_of(tmp_path / "rec")) == 30
    text = b"".join(file.read_bytes() for file in (tmp_path / "rec").iterdir())
    for secret in (API_KEY, SECRET_KEY, WRITE_KEY):
        assert secret.encode() not in text
    (redirect,) = [each for each in entries(tmp_path / "rec", "amplitude") if each["status"] == 302]
    assert redirect["answered"]["headers"]["location"].startswith(files)
    assert all(signature.encode() not in text for signature in signatures)
    assert signatures


def profiles_of(folder: Path) -> dict[str, Any]:
    with opened(folder) as story:
        return dict(story.lab.segment.profiles())


def test_a_real_side_that_is_down_is_told_in_a_sentence(tmp_path: Path):
    """502, and it is kept as that."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Recorder(Upstreams(nobody, nobody), tmp_path / "rec") as recorder:
        answer = requests.get(f"{recorder.amplitude_url}/api/3/cohorts", auth=(API_KEY, SECRET_KEY), timeout=10)
    recorder.finish()

    assert answer.status_code == 502
    assert f"the real amplitude cannot be reached at {nobody}" in answer.json()["message"]
    assert [each["status"] for each in entries(tmp_path / "rec", "amplitude")] == [502]


def test_a_killed_recorder_leaves_a_recording_that_can_be_finished(tmp_path: Path):
    """What was answered before the kill is in it."""
    folder = tmp_path / "rec"
    with Lab() as lab, lab.serve() as address:
        lab.amplitude.configure(job_seconds=0)
        command = [sys.executable, "-m", "cohortlab", "record", "-o", str(folder), "--amplitude", address.amplitude]
        command += ["--segment", address.segment, "--amplitude-port", "0", "--segment-port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            amplitude = process.stdout.readline().strip().partition("=")[2]
            requests.get(f"{amplitude}/api/3/cohorts", auth=(API_KEY, SECRET_KEY), timeout=10)
            process.stdout.readline()
            process.stdout.readline()
            process.stdout.readline()
            process.kill()
        assert unfinished(folder)
        finish(folder)

    assert [each["path"] for each in entries(folder, "amplitude")] == ["/api/3/cohorts"]
    assert not unfinished(folder)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path):
    """Before anybody listens."""
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(OutputRefused, match="is there already"):
        Recorder(Upstreams("http://127.0.0.1:1", "http://127.0.0.1:2"), tmp_path)


def test_what_was_recorded_becomes_strangers(tmp_path: Path):
    """`import` reads the folder, and nobody of the cohort is left in it."""
    with staging(tmp_path / "rec") as real, MemoryState() as state:
        real.lab.amplitude.enter(COHORT, ["ada.lovelace@corp.com"])
        assert real.sync(state)

    assert run(["import", str(tmp_path / "rec"), "-o", str(tmp_path / "strange")]) == 0

    found = b"".join(file.read_bytes() for file in (tmp_path / "strange").iterdir())
    assert b"lovelace" not in found
    assert len(profiles_of(tmp_path / "strange")) == 4


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_example_in_node_is_recorded(tmp_path: Path):
    """Its requests are its own, and the kept scenario shows the same profiles."""
    with staging(tmp_path / "rec") as real:
        variables = {
            "AMPLITUDE_BASE_URL": real.recorder.amplitude_url,
            "SEGMENT_BASE_URL": real.recorder.segment_url,
            "AMPLITUDE_API_KEY": API_KEY,
            "AMPLITUDE_SECRET_KEY": SECRET_KEY,
            "SEGMENT_WRITE_KEY": WRITE_KEY,
            "COHORT_ID": COHORT,
            "SYNC_STATE_DIR": str(tmp_path),
            "PATH": "/usr/bin:/bin:/usr/local/bin",
        }
        program = subprocess.run(["node", str(ROOT / "examples" / "sync.mjs")], env=variables, timeout=60, check=False)
        assert program.returncode == 0
        right = profiles(real.lab)

    assert {user: profile.traits for user, profile in profiles_of(tmp_path / "rec").items()} == right


def test_the_official_sdk_is_recorded(tmp_path: Path):
    """segment-analytics-python, whose bodies are its own."""
    from segment.analytics.client import Client

    with staging(tmp_path / "rec") as real:
        client = Client(WRITE_KEY, host=real.recorder.segment_url, gzip=True)
        for number in range(5):
            client.identify(f"user-{number}", {POWER: True})
        client.shutdown()
        right = profiles(real.lab)

    assert {user: profile.traits for user, profile in profiles_of(tmp_path / "rec").items()} == right
    assert len(right) == 5


def test_calls_at_once_are_all_kept(tmp_path: Path):
    """Eight threads, two hundred uploads."""
    with staging(tmp_path / "rec") as real:

        def post(worker: int) -> None:
            with requests.Session() as session:
                for number in range(25):
                    event = {
                        "type": "identify",
                        "userId": f"w{worker}",
                        "messageId": f"{worker}-{number}",
                        "traits": {},
                    }
                    session.post(
                        f"{real.recorder.segment_url}/v1/batch", json={"writeKey": WRITE_KEY, "batch": [event]}
                    )

        threads = [threading.Thread(target=post, args=(each,)) for each in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    with closing(sqlite3.connect(tmp_path / "rec" / "segment.db")) as db:
        (count,) = db.execute("SELECT count(*) FROM journal WHERE kind = 'request'").fetchone()
    assert count == 200
