"""Run any sync program as a command, by the environment contract, and never leave anything of it behind.

The program gets a session and a folder for its temporary files, and on Linux a keeper above it. When it ends,
overstays or is to be killed, the keeper kills whoever it left in the background; elsewhere its process group is killed.
Its output is read as it comes, and its beginning and its end are kept.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from contracts.foreign import quoted
from scenarios.errors import CannotKill, NoSuchSubject, SubjectFailed, SubjectOverstayed
from scenarios.lab import Lab
from scenarios.subjects.order import KillPoint, SyncOrder, SyncResult
from scenarios.subjects.served import ServedSubject
from scenarios.subjects.tidying import take_away

KEPT_BEGINNING = 4_000  # bytes of a program's output: an error message may stand before a long trace
KEPT_OUTPUT = 60_000  # bytes of its end
_KEEPER = str(Path(__file__).with_name("keeper.py"))
_KEEPER_PATIENCE = 10.0  # seconds in which a keeper must have ended a program and all it started
_HELD = 2.0  # seconds that an answer is held back for the kill to come first
_LOOK = 0.02  # seconds between two looks whether a program that is to be killed has come to the place
_GLANCE = 0.2  # seconds between two looks at whether the run is being ended


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit status, the ends of what it printed, and whether it was killed on purpose."""

    status: int
    output: str
    was_killed: bool = False


def words_of(command: str) -> list[str]:
    """Split a command into words; raise `NoSuchSubject` when there is no such program."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise NoSuchSubject(f"The subject {command!r} cannot be read as a command: {error}.") from error
    if not words:
        raise NoSuchSubject("The subject is empty, expected a command or an http:// address.")
    if shutil.which(words[0]) is None:
        if Path(words[0]).is_file():
            raise NoSuchSubject(f"The subject {command!r} cannot be started: {words[0]} may not be run; chmod +x it.")
        raise NoSuchSubject(f"The subject {command!r} cannot be started: there is no program {words[0]!r} to run.")
    return words


def run_command(
    command: Sequence[str] | str,
    environment: Mapping[str, str],
    deadline: float,
    *,
    is_to_be_killed: Callable[[], bool] | None = None,
) -> Finished:
    """Run a program with these variables added to the environment, for at most `deadline` seconds.

    Raises `SubjectFailed` when it cannot be started or does not end in time.
    """
    words = shlex.split(command) if isinstance(command, str) else list(command)
    with _scratch_folder() as scratch:
        try:
            process = _started(words, {**os.environ, **environment, "TMPDIR": scratch})
        except OSError as error:
            raise SubjectFailed(f"the sync program {command!r} cannot be started: {error}.") from error
        assert process.stdout is not None
        output = _Output(process.stdout)
        try:
            was_killed = _wait(process, deadline, is_to_be_killed)
        except subprocess.TimeoutExpired as error:
            _end(process, scratch)
            printed = output.text()
            told = f"the sync program did not end within {deadline:g} s and was killed.{_last_line(printed)}"
            raise SubjectOverstayed(told, printed) from error
        finally:
            _end(process, scratch)
        return Finished(process.returncode, output.text(), was_killed)


@contextlib.contextmanager
def _scratch_folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="cohortlab-subject-")
    try:
        yield folder
    finally:
        take_away(Path(folder))


def _started(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a program, on Linux with a keeper above it; raise `OSError` when it cannot be."""
    keeper = [sys.executable, "-I", "-S", _KEEPER] if sys.platform == "linux" else []
    read, write = os.pipe()
    with os.fdopen(read, "rb") as complaints:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own program, without a shell
                [*keeper, *([str(os.getpid()), str(write)] if keeper else []), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                pass_fds=(write,) if keeper else (),
            )
        finally:
            os.close(write)
        complaint = complaints.read()
    if complaint:
        process.communicate()
        raise OSError(complaint.decode("utf-8", "replace"))
    return process


stopping = threading.Event()
"""Set when the whole run is being ended: every program that runs, in whatever thread, is ended too."""


def _wait(process: subprocess.Popen[bytes], deadline: float, is_to_be_killed: Callable[[], bool] | None) -> bool:
    """Wait for the end; say whether it was killed on purpose."""
    until = time.monotonic() + deadline
    while process.poll() is None:
        if is_to_be_killed is not None and is_to_be_killed():
            return True
        if stopping.is_set():
            raise SubjectFailed("the run was ended before the sync program was.")
        left = until - time.monotonic()
        if left <= 0:
            raise subprocess.TimeoutExpired(process.args, deadline)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(left, _LOOK if is_to_be_killed is not None else _GLANCE))
    return False


class _Output:
    """Reads a program's output to its end, however long, and keeps its beginning and the last of it."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._first = b""
        self._kept = b""
        self._left_out = 0
        self._thread = threading.Thread(target=self._read, name="subject output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._pipe, contextlib.suppress(OSError, ValueError):
            while piece := os.read(self._pipe.fileno(), 1 << 16):
                room = KEPT_BEGINNING - len(self._first)
                self._first += piece[:room]
                kept = self._kept + piece[room:]
                self._left_out += max(0, len(kept) - KEPT_OUTPUT)
                self._kept = kept[-KEPT_OUTPUT:]

    def text(self) -> str:
        """Return the output, as far as it came; whoever still holds the pipe is not waited for."""
        self._thread.join(1.0)
        between = f"\n... {self._left_out:,} bytes more ...\n".encode() if self._left_out else b""
        return (self._first + between + self._kept).decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes], scratch: str) -> None:
    """End the program and everything it started: by its keeper, or, where there is none, its group.

    A program may have stopped its keeper, which then hears nothing, or killed it. Whoever was below it then is looked
    for before, and whoever has the program's own folder in the environment, since nothing leads to orphans any more.
    """
    left: list[tuple[int, str]] = []
    if sys.platform == "linux":
        if process.poll() is None:
            left = _below(process.pid)
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_KEEPER_PATIENCE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.wait() < 0 and sys.platform == "linux":  # a keeper that ended in peace has left nobody
        for pid, began in (*left, *_marked(f"TMPDIR={scratch}".encode())):
            if _began(pid) == began:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)


def _below(above: int) -> list[tuple[int, str]]:
    """Return who is below a process, and when each began: a number alone may be another's by the time it is used."""
    from scenarios.subjects.keeper import descendants  # noqa: PLC0415 - it is written for Linux

    return [(pid, _began(pid)) for pid in descendants(above)]


def _marked(mark: bytes) -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((int(folder.name), _began(int(folder.name))))
    return found


def _began(pid: int) -> str:
    """Return when a process began, in the kernel's ticks; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return f" Its last line: {quoted(lines[-1], 200)}." if lines else ""


class CommandSubject(ServedSubject):
    """Any program, run once per sync."""

    def __init__(
        self, lab: Lab, command: str | Sequence[str], deadline: float, *, keeps_time: bool = False, zone: str = ""
    ) -> None:
        super().__init__(lab, deadline, keeps_time=keeps_time)
        self._command = command
        self._zone = {"TZ": zone} if zone else {}

    def sync(self, order: SyncOrder) -> SyncResult:
        environment = {**self.variables(order), **self._zone}
        if order.killed_at is None:
            finished = run_command(self._command, environment, self.deadline)
        else:
            finished = self._run_and_kill(environment, order.killed_at)
        reason = "" if finished.status == 0 else f"it exited with status {finished.status}"
        if finished.status < 0:
            reason = f"it was ended by signal {-finished.status} ({_signal_name(-finished.status)})"
        return SyncResult(
            order.cohort_id,
            finished.status == 0 and not finished.was_killed,
            reason,
            finished.output,
            finished.was_killed,
        )

    def _run_and_kill(self, environment: Mapping[str, str], point: KillPoint) -> Finished:
        """Hold back the answer of the call at which it is to be killed: the call is stored, the answer never seen."""
        if point.boundary:
            raise CannotKill("a command cannot be killed at an I/O boundary: only our engine names them.")
        fake = self.lab.segment if point.on == "segment" else self.lab.amplitude
        hold = {"fault": "latency", "seconds": _HELD, "match": {"skip": point.calls - 1, "times": 1}}
        armed = fake.workspace.faults.arm(hold)
        try:
            finished = run_command(self._command, environment, self.deadline, is_to_be_killed=lambda: armed.is_spent)
        finally:
            fake.workspace.faults.lift(armed.id)
        if not finished.was_killed:
            told = f"it was to be killed at call {point.calls} to {point.on} of a sync, and made no such call."
            raise CannotKill(told)
        return finished

    def restart(self) -> None:
        """Every sync is a process of its own."""
