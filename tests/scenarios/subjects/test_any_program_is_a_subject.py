"""Commands and addresses: whatever they do, the run ends with a reason and nothing of them is left."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scenarios import Lab, NoSuchSubject, Outcome, SubjectFailed, read_scenario, run_scenario, shipped, subject_maker
from scenarios.subjects import command
from scenarios.subjects.command import KEPT_BEGINNING, KEPT_OUTPUT, run_command
from tests.repository import ROOT

PYTHON = sys.executable
EXAMPLES = ROOT / "examples"


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
    assert outcome.syncs[0].reason == "it exited with status 1 before its first call"
    assert "no key, no sync" in outcome.syncs[0].output


def test_a_program_that_hangs_is_ended_by_the_deadline():
    """With the reason, and its last line."""
    with pytest.raises(SubjectFailed, match=r"did not end within 0\.5 s .* Its last line: 'waiting'\."):
        run_command([PYTHON, "-c", "print('waiting', flush=True); import time; time.sleep(600)"], {}, 0.5)


def test_a_scenario_ends_with_the_first_sync_that_does_not():
    """Every further one would take as long; the check says which it was and how much time it had."""
    outcome = outcome_of("many-hours", f"""{PYTHON} -c "import time; time.sleep(600)" """, deadline=0.5)

    assert len(outcome.syncs) == 1
    (check,) = [check for check in outcome.checks if not check.held]
    assert "did not end within 0.5 s" in check.reason
    assert "It had made no call." in check.reason


def test_a_program_that_was_still_at_it_is_told_to_be_slow():
    """It is not wrong, and no other words than more time will help."""
    program = (
        "import http.client, os, time\n"
        "fake = http.client.HTTPConnection(os.environ['SEGMENT_BASE_URL'].removeprefix('http://'))\n"
        "while True: fake.request('GET', '/v1/none'); fake.getresponse().read(); time.sleep(0.2)"
    )
    outcome = outcome_of("first-sync", shlex.join([PYTHON, "-c", program]), deadline=1.5)

    (check,) = [check for check in outcome.checks if not check.held]
    assert re.search(r"It had made \d+ calls, the last one 0 s before. Give it more time with --timeout", check.reason)


def test_megabytes_of_output_are_cut_to_their_end():
    """Neither memory nor disk is filled, and the program is not blocked."""
    finished = run_command([PYTHON, "-c", "print('x' * 20_000_000); print('the end')"], {}, 60)

    assert finished.status == 0
    assert len(finished.output) <= KEPT_BEGINNING + KEPT_OUTPUT + 100
    assert "bytes more" in finished.output
    assert finished.output.endswith("the end\n")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found through /proc")
def test_what_a_program_leaves_in_the_background_is_ended():
    """A child in a session of its own, which holds the output open, goes with its parent."""
    child = "import time; time.sleep(600)"
    daemon = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"

    finished = run_command([PYTHON, "-c", daemon], {"LEFT_BEHIND": "by-this-test-7f3a"}, 60)

    assert finished.status == 0
    assert left_of("LEFT_BEHIND=by-this-test-7f3a") == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found through /proc")
@pytest.mark.parametrize("signal", ["SIGKILL", "SIGSTOP"])
@pytest.mark.parametrize("forks", ["", "os.fork(); "])
def test_a_program_that_turns_on_its_keeper_does_not_outlive_the_run(
    monkeypatch: pytest.MonkeyPatch, signal: str, forks: str
):
    """Killed or stopped, its keeper ends nobody any more: whoever was below it is ended all the same."""
    program = f"import os, signal, time; {forks}os.kill(os.getppid(), signal.{signal}); time.sleep(600)"
    monkeypatch.setattr(command, "_KEEPER_PATIENCE", 600.0)  # one that was stopped is woken, not waited for

    with suppress(SubjectFailed):
        run_command([PYTHON, "-c", program], {"LEFT_BEHIND": f"by-this-test-{signal}{len(forks)}"}, 1)

    assert left_of(f"LEFT_BEHIND=by-this-test-{signal}{len(forks)}") == []


DAEMON = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3): os.close(fd)
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", {token!r}], {{}})
    os._exit(0)
os.wait()
{then}
"""


def running_with(token: str) -> list[str]:
    """Return the processes that have this text among their words."""
    return [
        folder.name
        for folder in Path("/proc").glob("[0-9]*")
        if (words := _words_of(folder)) and token.encode() in words
    ]


def _words_of(folder: Path) -> list[bytes]:
    try:
        return (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to who asks for them")
@pytest.mark.parametrize("then", ["", "import time; time.sleep(600)"], ids=["ends", "hangs"])
def test_a_daemon_that_hides_is_ended(then: str):
    """Twice forked, in a session of its own, without environment and open files: it goes all the same."""
    token = f"hidden-{os.getpid()}-{bool(then)}"

    with suppress(SubjectFailed):
        run_command([PYTHON, "-c", DAEMON.format(token=token, then=then)], {}, 3)

    assert running_with(token) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_nothing_is_left_when_the_run_itself_is_killed():
    """kill -9 of the run ends its subject, too."""
    token = f"orphan-{os.getpid()}"
    words = [PYTHON, "-c", "import time; time.sleep(600)", token]
    ours = (
        f"from scenarios.subjects.command import run_command; print(1, flush=True); run_command({words!r}, {{}}, 600)"
    )
    run = subprocess.Popen([PYTHON, "-c", ours], stdout=subprocess.PIPE)
    assert run.stdout is not None
    run.stdout.readline()
    while not running_with(token):
        os.sched_yield()

    run.kill()
    run.communicate()

    until = time.monotonic() + 20
    while running_with(token) and time.monotonic() < until:
        os.sched_yield()
    assert running_with(token) == []


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("import sys; sys.exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import os; os.abort()", -6),
    ],
)
def test_a_program_ends_as_it_ended(program: str, status: int):
    """Its status or its signal, whoever stands between."""
    assert run_command([PYTHON, "-c", program], {}, 60).status == status


def test_a_program_that_ends_its_keeper_has_not_succeeded():
    """Whoever signals the process above is taken by its word."""
    finished = run_command([PYTHON, "-c", "import os, signal; os.kill(os.getppid(), signal.SIGTERM)"], {}, 60)

    assert finished.status == -15


def test_a_program_cannot_reset_the_lab_it_is_judged_in():
    """The control planes want a token that it was not given."""
    reset = (
        "import os, urllib.request as r; e = os.environ; "
        "[r.urlopen(r.Request(e[n] + '/__lab/reset', b'{}')) for n in ('AMPLITUDE_BASE_URL', 'SEGMENT_BASE_URL')]"
    )
    outcome = outcome_of("first-sync", f'{PYTHON} -c "{reset}"')

    assert not outcome.passed
    assert "HTTP Error 403" in outcome.syncs[0].output


def test_a_kill_that_never_comes_is_no_proof():
    """A program that makes fewer calls than it was to be killed at is left out: neither passed over nor accused."""
    outcome = outcome_of("killed-in-the-middle", f"{PYTHON} -c pass")

    assert "made no such call" in outcome.left_out


def test_the_output_of_a_program_that_hangs_is_kept(tmp_path: Path):
    """As much as of any other."""
    hangs = f"""{PYTHON} -c "print('first'); print('last', flush=True); import time; time.sleep(600)" """

    outcome = outcome_of("first-sync", hangs, deadline=2)

    assert outcome.syncs[0].output == "first\nlast\n"


def test_a_file_that_may_not_be_run_is_told(tmp_path: Path):
    """It is there; what it lacks is the right."""
    (tmp_path / "sync.sh").write_text("#!/bin/sh\n")

    with pytest.raises(NoSuchSubject, match=r"may not be run; chmod \+x it"):
        subject_maker(str(tmp_path / "sync.sh"))


def test_a_file_that_is_no_program_is_told(tmp_path: Path):
    """It is there and may be run, and the system cannot."""
    file = tmp_path / "program"
    file.write_bytes(b"\x7fELF nonsense")
    file.chmod(0o755)

    with pytest.raises(SubjectFailed, match="cannot be started: Exec format error"):
        run_command([str(file)], {}, 60)


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


DRIPS = {
    "nothing": b"",
    "a-head": b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 4_000,
    "many-heads": b"HTTP/1.1 100 Continue\r\n\r\n" * 400,
    "a-body": b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"a" * 4_000,
    "an-endless-body": b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 4_000,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 1_000,
}


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)
def test_an_address_that_drips_meets_the_deadline(answer: bytes):
    """A byte now and then is no answer: head, body or chunks."""

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            for byte in answer:
                connection.send(bytes([byte]))
                if over.wait(0.01):
                    return
            over.wait()

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=lambda: [drip(listening.accept()[0]) for _ in range(2)])
        serving.start()
        outcome = outcome_of("first-sync", f"http://127.0.0.1:{listening.getsockname()[1]}/sync", deadline=0.5)
        over.set()
        serving.join()

    assert outcome.syncs[0].reason == "the subject did not answer within 0.5 s. It had made no call."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n", "it answered 302"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "it answered 500"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the subject did not answer: SSH-2.0"),
        (b"", "the subject did not answer: Remote end closed connection"),
    ],
)
def test_an_answer_that_is_none_is_told(answer: bytes, reason: str):
    """Only 2xx is success; a redirect is not followed."""

    def serve() -> None:
        for _ in range(2):  # the first one only looks whether anybody is there
            with listening.accept()[0] as connection, connection.makefile("rb") as asked:
                head = b"".join(iter(asked.readline, b"\r\n")) if asked.peek(1) else b""
                if head:  # read to the last byte, or closing would reset the connection
                    asked.read(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve)
        serving.start()
        outcome = outcome_of("first-sync", f"http://127.0.0.1:{listening.getsockname()[1]}", deadline=20)
        serving.join()

    assert outcome.syncs[0].reason.startswith(reason)


def test_two_programs_side_by_side_do_not_end_one_another():
    """What one leaves in the background goes with it, and what the other still needs stays."""
    asked = "import subprocess, sys; print(subprocess.run([sys.executable, '-c', {!r}]).returncode)"
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(run_command, [PYTHON, "-c", asked.format("import time; time.sleep(1.5)")], {}, 60)
        quick = [pool.submit(run_command, [PYTHON, "-c", asked.format("pass")], {}, 60) for _ in range(3)]

    assert [each.result().output for each in quick] == ["0\n"] * 3
    assert slow.result().output == "0\n"


def test_a_command_runs_in_the_zone_of_the_scenario(tmp_path: Path):
    """So that whoever reads a date as local time is found out on a machine that keeps UTC."""
    path = tmp_path / "zone.cohort.yaml"
    path.write_text("scenario: Z\nzone: Asia/Kolkata\ncohorts: {p: {name: P}}\nsteps: [{sync: p}]\n")
    subject = f"""{PYTHON} -c "import time; print(time.strftime('%z'))" """

    outcome = run_scenario(read_scenario(path), subject_maker(subject))

    assert outcome.syncs[0].output == "+0530\n"


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
