"""Commands and addresses: whatever they do, the run ends with a reason and nothing of them is left."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scenarios import Lab, NoSuchSubject, Outcome, SubjectFailed, read_scenario, run_scenario, shipped, subject_maker
from scenarios.command import KEPT_OUTPUT, MARK, run_command

PYTHON = sys.executable
EXAMPLES = Path(__file__).parents[2] / "examples"


def outcome_of(name: str, subject: str, deadline: float = 60) -> Outcome:
    (path,) = [path for path in shipped() if path.name == f"{name}.cohort.yaml"]
    return run_scenario(read_scenario(path), subject_maker(subject, deadline))


def left_of(mark: str) -> list[str]:
    """Return the processes that carry this text in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return [pid for pid in found if int(pid) != os.getpid()]


@pytest.mark.parametrize("name", ["a-leave", "ids-to-the-letter", "killed-before-it-could-tell-a-leave"])
@pytest.mark.parametrize("example", ["sync.py", "sync.mjs"])
def test_the_examples_pass(name: str, example: str):
    """Two programs that share no code with ours, one of them not in Python."""
    program = PYTHON if example.endswith(".py") else shutil.which("node")
    if program is None:
        pytest.skip("there is no node on this machine")

    outcome = outcome_of(name, f"{program} {EXAMPLES / example}")

    assert [(check, outcome.syncs) for check in outcome.checks if not check.held] == []


def test_a_program_that_does_nothing_fails_with_the_cause():
    """It believes that it succeeded; the oracle does not."""
    outcome = outcome_of("first-sync", f"{PYTHON} -c pass")

    assert not outcome.passed
    assert "no true was ever sent" in outcome.findings[0].cause


def test_a_program_that_crashes_is_told_with_its_output():
    """Its status and its last words are in the outcome, and the run goes on to the end."""
    outcome = outcome_of("first-sync", f"""{PYTHON} -c "raise SystemExit('no key, no sync')" """)

    assert not outcome.passed
    assert outcome.syncs[0].reason == "it exited with status 1"
    assert "no key, no sync" in outcome.syncs[0].output


def test_a_program_that_hangs_is_ended_by_the_deadline():
    """With the reason, and its last line."""
    with pytest.raises(SubjectFailed, match=r"did not end within 0\.5 s .* Its last line: waiting"):
        run_command([PYTHON, "-c", "print('waiting', flush=True); import time; time.sleep(600)"], {}, 0.5)


def test_megabytes_of_output_are_cut_to_their_end():
    """Neither memory nor disk is filled, and the program is not blocked."""
    finished = run_command([PYTHON, "-c", "print('x' * 20_000_000); print('the end')"], {}, 60)

    assert finished.status == 0
    assert len(finished.output) <= KEPT_OUTPUT
    assert finished.output.endswith("the end\n")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found through /proc")
def test_what_a_program_leaves_in_the_background_is_ended():
    """A child in a session of its own, which holds the output open, goes with its parent."""
    child = "import time; time.sleep(600)"
    daemon = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"

    finished = run_command([PYTHON, "-c", daemon], {"LEFT_BEHIND": "by-this-test-7f3a"}, 60)

    assert finished.status == 0
    assert left_of("LEFT_BEHIND=by-this-test-7f3a") == []


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """State folder and scratch folder go, whatever the program wrote and forbade there."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mess = (
        "import os, pathlib, tempfile; s = pathlib.Path(os.environ['SYNC_STATE_DIR']); (s / 'a/b').mkdir(parents=True);"
        "(s / 'a/b/c').write_text('x'); os.symlink('/', s / 'root'); (s / 'a').chmod(0); tempfile.mkdtemp()"
    )

    outcome = outcome_of("first-sync", f'{PYTHON} -c "{mess}"')

    assert not outcome.passed
    assert list(tmp_path.iterdir()) == []
    assert Path("/").exists()


@pytest.mark.parametrize("subject", ["no-such-program --now", "", "'unclosed", "http://127.0.0.1:9/sync"])
def test_a_subject_that_cannot_be_started_is_a_wrong_call(subject: str):
    """Told at once, not once for every scenario."""
    with pytest.raises(NoSuchSubject) as caught:
        subject_maker(subject)

    assert caught.value.exit_status == 2


class _Listener(BaseHTTPRequestHandler):
    """Runs the example with the variables it is sent, as a sync service would."""

    def do_POST(self) -> None:
        variables = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        finished = run_command([PYTHON, str(EXAMPLES / "sync.py")], variables, 60)
        self.send_response(200 if finished.status == 0 else 500)
        self.end_headers()
        self.wfile.write(finished.output.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sync"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_subject_may_listen_at_an_address(address: str):
    """It is posted the variables of the contract as JSON; 2xx says that it believes it succeeded."""
    outcome = outcome_of("a-leave", address)

    assert [(check, outcome.syncs) for check in outcome.checks if not check.held] == []
    assert "3 members, 2 changes" in outcome.syncs[1].output


def test_a_subject_at_an_address_is_left_out_where_it_would_be_killed(address: str):
    """It cannot be killed from here: neither passed over in silence nor accused."""
    outcome = outcome_of("killed-during-the-export", address)

    assert "cannot be killed" in outcome.left_out
    assert outcome.passed


def test_the_mark_of_one_program_is_not_that_of_another():
    """Two subjects side by side do not end one another."""
    first = run_command([PYTHON, "-c", f"import os; print(os.environ['{MARK}'])"], {}, 60)
    second = run_command([PYTHON, "-c", f"import os; print(os.environ['{MARK}'])"], {}, 60)

    assert first.output != second.output


@pytest.mark.parametrize("start", ["", "start: 2020-02-02T02:00:00Z\n"])
def test_the_lab_follows_the_clock_that_programs_read(tmp_path: Path, start: str):
    """Unless the scenario is set at a time of its own; a date in a Retry-After means the same to both."""
    path = tmp_path / "clock.cohort.yaml"
    path.write_text(f"scenario: Clock\n{start}cohorts: {{p: {{name: P}}}}\nsteps: [{{sync: p}}]\n")
    scenario = read_scenario(path)

    with Lab(start=scenario.start) as lab, subject_maker(PYTHON)(lab, scenario):
        now = datetime.fromtimestamp(lab.clock.now(), UTC)

        assert not lab.clock.is_frozen
    assert now.year == (2020 if start else datetime.now(UTC).year)
