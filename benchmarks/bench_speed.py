"""Speed beside an earlier build: the same work by both, in turn, in processes of their own, by processor time.

`COHORTLAB_BASE` names the Python that the earlier build is installed for; without it only this build is measured.
Medians of some rounds, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.bench_contracts import event
from benchmarks.measure import Figure

EVENTS = 1_000_000
ROUNDS = 3
BASE = os.environ.get("COHORTLAB_BASE")
Change = Callable[[int, dict[str, Any]], dict[str, Any]]


def bench() -> Iterator[Figure]:
    """Measure what a person waits for."""
    yield _beside("--help", "--help", bar=1.0, rounds=5 * ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.ndjson"
        for name, bar, change in _KINDS:
            with file.open("wb") as stream:
                stream.writelines(orjson.dumps(change(number, event(number))) + b"\n" for number in range(EVENTS))
            yield _beside(f"check {EVENTS:,} events, {name}", "check", str(file), bar=bar, rounds=ROUNDS)


def _bad(number: int, each: dict[str, Any]) -> dict[str, Any]:
    return {**each, "traits": {"Power Users (7abc12de)": "true"}} if number % 10 == 9 else each


def _bad_ids(number: int, each: dict[str, Any]) -> dict[str, Any]:
    return {**each, "userId": "undefined"} if number % 10 == 9 else each


_KINDS: tuple[tuple[str, float, Change], ...] = (
    ("clean", 2.5, lambda _, each: each),
    ("10% with a bad trait", 2.0, _bad),
    ("10% with a bad id", 2.0, _bad_ids),
    ("names that nobody reads", 1.0, lambda _, each: {**each, "ours": 1, "more_of_ours": {"a": 1}}),
    ("a trait that is always another", 1.0, lambda number, each: {**each, "context": {"ours": number}}),
)


def _beside(what: str, *arguments: str, bar: float, rounds: int) -> Figure:
    """Return how many times faster than the earlier build this one is."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        if BASE:
            theirs.append(_processor_time(BASE, arguments))
        ours.append(_processor_time(sys.executable, arguments))
    mine = statistics.median(ours)
    if not BASE:
        return Figure(what, mine, "s of processor time", note="no earlier build given")
    before = statistics.median(theirs)
    return Figure(what, before / mine, "times as fast", bar=bar, note=f"{before:.2f} s before, {mine:.2f} s now")


def _processor_time(python: str, arguments: tuple[str, ...]) -> float:
    """Return the seconds of processor time that a command takes, start-up included."""
    quiet = subprocess.DEVNULL
    with tempfile.TemporaryDirectory() as elsewhere:
        child = subprocess.Popen([python, "-m", "cohortlab", *arguments], stdout=quiet, stderr=quiet, cwd=elsewhere)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise RuntimeError(f"{python} -m cohortlab {' '.join(arguments)} ended with status {child.returncode}")
    return usage.ru_utime + usage.ru_stime
