"""Run a program and leave nobody of it behind: a process between a run and its subject, started as a script.

Whoever a program leaves in the background, in whatever session and with whatever environment, becomes in the end a
child of the nearest process above that keeps its orphans (Linux: PR_SET_CHILD_SUBREAPER). This one does, and when the
program ends, or when it is told to end by SIGTERM, or when the run above it dies, it kills whoever is left. It ends as
the program did: with its status, or by its signal.

It imports the standard library only, and as little of it as it can: it starts once for every sync of a subject.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import time
from typing import NoReturn

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36
_PATIENCE = 5.0  # seconds in which whoever was killed must be gone
_LARGEST_FILE = 1 << 30  # bytes; a program that writes without end must not fill the disk


class _Told(BaseException):
    """The run above says that it is over."""


def main(run: int, complaints: int, words: list[str]) -> NoReturn:
    """Run a program for the process `run`; write to `complaints`, a file descriptor, why it cannot be started."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    os.set_inheritable(complaints, False)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE if most < 0 else min(most, _LARGEST_FILE), most))
    signal.signal(signal.SIGTERM, _tell)
    status: int = signal.SIGTERM  # until the program has one of its own
    if os.getppid() != run:  # it died before this process could ask to be told
        os._exit(1)
    try:
        program = os.posix_spawnp(words[0], words, os.environ, setsid=True, setsigdef=[signal.SIGPIPE])
        os.close(complaints)
        status = _status_of(program)
    except OSError as error:
        os.write(complaints, (error.strerror or str(error)).encode())
    except _Told:
        pass
    _end_whoever_is_left()
    if os.WIFSIGNALED(status):
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # it was not this process that crashed
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


class _Ending:
    """What the signal handler and the waiting tell one another."""

    is_waiting = False
    was_told = False


def _tell(_number: int, _frame: object) -> None:
    """Break off the waiting; at any other moment only be remembered, so that nothing breaks off the end."""
    _Ending.was_told = True
    if _Ending.is_waiting:
        _Ending.is_waiting = False
        raise _Told


def _status_of(program: int) -> int:
    """Wait for the program, and let orphans that end before it go."""
    _Ending.is_waiting = True
    if _Ending.was_told:
        raise _Told
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == program:
            _Ending.is_waiting = False
            return status


def _end_whoever_is_left() -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:  # gone already, or somebody else's by now
                continue
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def descendants(above: int) -> list[int]:
    """Return everybody below a process, the nearest first."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib is slow to import
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - as above
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found = [above]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found[1:]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
