"""The contracts: events judged in a second, one by one, in batches and from a file, and the memory that takes.

Files are checked by `cohortlab check` in a process of its own, start-up included, against all payload rules. Its
rate is by processor time, so that it is that of one core whatever else the machine does.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson

from benchmarks.measure import Figure, rate
from contracts.delivery import are_deliverable, is_deliverable
from contracts.publishing.schemas import schema

EVENTS = 1_000_000
FEW = 100_000
LOOPS = 200_000
PLAN = [
    {
        "type": "IDENTIFY",
        "key": None,
        "version": 1,
        "jsonSchema": {
            "type": "object",
            "properties": {
                "userId": {"type": "string", "pattern": "(?i)^[0-9a-f-]{36}$"},
                "timestamp": {"type": "string", "format": "date-time"},
                "traits": {"type": "object", "properties": {"Power Users (7abc12de)": {"type": "boolean"}}},
            },
            "required": ["userId", "traits"],
        },
    }
]
"""A rule with a pattern and a format that only Segment's validator reads so."""


def event(number: int, value: object = True) -> dict[str, Any]:
    """Return a cohort identify of 334 bytes of JSON."""
    return {
        "type": "identify",
        "userId": f"3aa47ea1-2bdb-4978-89d0-{number:012d}",
        "messageId": f"cohort-7abc12de-0001-3aa47ea12bdb4978{number:012d}",
        "timestamp": "2026-11-23T10:00:00.000Z",
        "traits": {"Power Users (7abc12de)": value},
        "context": {
            "integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"},
            "library": {"name": "cohortlab", "version": "1.0"},
        },
    }


def bench() -> Iterator[Figure]:
    """Measure in this process, then files in processes of their own."""
    one = event(1)
    reference = jsonschema.Draft202012Validator(schema("identify"))
    slow = rate(lambda: _loop(reference.is_valid, one, 2_000), 2_000)
    yield Figure(
        "is_deliverable, one call an event",
        rate(lambda: _loop(is_deliverable, one, LOOPS), LOOPS),
        "events/s",
        bar=1_000_000,
        baseline="jsonschema on identify.schema.json",
        baseline_value=slow,
        note=f"{len(orjson.dumps(one))} bytes an event",
    )
    batch = [event(number) for number in range(2_000)]
    yield Figure("are_deliverable, batches of 2,000", rate(lambda: are_deliverable(batch), 2_000, 20), "events/s")
    with tempfile.TemporaryDirectory() as folder:
        yield from _files(Path(folder))
        yield _broken_batch(Path(folder))


def _files(folder: Path) -> Iterator[Figure]:
    clean, bad, short = folder / "clean.ndjson", folder / "bad.ndjson", folder / "short.ndjson"
    _write(clean, EVENTS, bad_each=0)
    _write(bad, EVENTS, bad_each=10)
    _write(short, FEW, bad_each=10)
    start = time.process_time()
    _parse(clean)
    parsed = EVENTS / (time.process_time() - start)
    for name, file, bar in (("clean", clean, 150_000), ("10% bad", bad, 50_000)):
        seconds, processor, memory = _check(file)
        yield Figure(
            f"check {EVENTS:,} events, {name}",
            EVENTS / processor,
            "events/s of one core",
            bar=bar,
            baseline="reading the lines and orjson.loads alone",
            baseline_value=parsed,
            note=f"{EVENTS / seconds:,.0f}/s by the clock on the wall",
        )
        yield Figure(
            f"memory for {EVENTS:,} events, {name}",
            memory,
            "MB",
            baseline=f"{FEW:,} events",
            baseline_value=_check(short)[2],
        )
    planned, plan_file = folder / "planned.ndjson", folder / "plan.json"
    _write(planned, FEW, bad_each=0)
    plan_file.write_bytes(orjson.dumps(PLAN))
    alone, held = _check(planned, "--contract", "event")[1], _check(planned, "--plan", str(plan_file))[1]
    yield Figure(
        f"check {FEW:,} events held to a plan",
        FEW / held,
        "events/s of one core",
        baseline="without the plan",
        baseline_value=FEW / alone,
    )


def _broken_batch(folder: Path) -> Figure:
    """Measure a batch whose items all break a rule, beside the same events one a line; start-up is in both."""
    items = [event(number, "true") for number in range(2_000)]
    batch, lines = folder / "batch.json", folder / "lines.ndjson"
    batch.write_bytes(orjson.dumps({"batch": items}))
    lines.write_bytes(b"\n".join(map(orjson.dumps, items)))
    return Figure(
        "check a batch of 2,000 broken events",
        _check(batch)[1],
        "s of processor time",
        baseline="the same events as NDJSON",
        baseline_value=_check(lines)[1],
        less_is_better=True,
    )


def _loop(judge: Callable[[Any], object], payload: Any, times: int) -> None:
    for _ in itertools.repeat(None, times):
        judge(payload)


def _write(file: Path, events: int, *, bad_each: int) -> None:
    with file.open("wb") as stream:
        for number in range(events):
            is_bad = bad_each and number % bad_each == bad_each - 1
            stream.write(orjson.dumps(event(number, "true" if is_bad else True)) + b"\n")


def _parse(file: Path) -> None:
    with file.open("rb") as stream:
        for line in stream:
            orjson.loads(line)


def _check(file: Path, *options: str) -> tuple[float, float, float]:
    """Return seconds, seconds of processor time, and megabytes at most, of a check in its own process."""
    arguments = [sys.executable, "-m", "cohortlab", "check", str(file), *options]
    start = time.perf_counter()
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise RuntimeError(f"the check of {file.name} ended with status {child.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
