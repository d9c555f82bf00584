"""The sync engine: difference, delivery against the official SDK, and whole syncs from fake to engine to fake.

Each measurement runs in a process of its own, so that its peak memory is its own; `python -m
benchmarks.bench_syncer ROLE` is such a process. Sizes stand side by side: cost must grow linearly.
"""

# ruff: noqa: PLC0415 - a process loads what its role needs and nothing else, or its memory would not be its own

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure

SIZES = (100_000, 1_000_000, 2_000_000, 10_000_000)
DELIVERED, BY_SDK = 400_000, 40_000
MEMBERS = 2_000_000


def bench() -> Iterator[Figure]:
    """Measure everything; takes about two minutes and 1.5 GB of disk."""
    with tempfile.TemporaryDirectory(prefix="cohortlab-bench-") as folder:
        yield from _differences(folder)
        yield from _deliveries(folder)
        yield from _syncs(folder)


def _differences(folder: str) -> Iterator[Figure]:
    small = 0.0
    for size in SIZES:
        where = Path(folder) / f"diff-{size}"
        _child("prepare", str(where), str(size))
        found = _child("difference", str(where), str(size))
        small = small or found["seconds"] / size
        bar = 6.0 if size == SIZES[-1] else None
        yield Figure(
            f"difference of {size:,} members, 1% changed",
            found["seconds"],
            "s",
            bar=bar,
            less_is_better=True,
            baseline="at the pace of the smallest",
            baseline_value=small * size,
        )
        if bar:
            yield Figure(f"its peak memory, {size:,} members", found["megabytes"], "MB", bar=500, less_is_better=True)


def _deliveries(folder: str) -> Iterator[Figure]:
    with _sink() as url:
        sdk = _child("sdk", url, str(BY_SDK))
        ours = _child("deliver", url, str(DELIVERED), str(Path(folder) / "deliver"))
    pace = BY_SDK / sdk["seconds"]
    yield Figure(
        "delivery to an always-200 sink, as a multiple of the official SDK",
        DELIVERED / ours["seconds"] / pace,
        "x",
        bar=20,
    )
    yield Figure(
        "identify calls delivered",
        DELIVERED / ours["seconds"],
        "/s",
        baseline="segment-analytics-python, batches of 100",
        baseline_value=pace,
    )


def _syncs(folder: str) -> Iterator[Figure]:
    with _role("lab", str(MEMBERS)) as lab:
        address = lab.read()
        arguments = (address["amplitude"], address["segment"], str(Path(folder) / "sync"))
        for what, bar in (("first sync", 25.0), ("next sync, 1% changed,", 6.0)):
            found = _child("sync", *arguments)
            spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in found["spent"].items())
            yield Figure(
                f"{what} of {MEMBERS:,} members, fake to engine to fake",
                found["seconds"],
                "s",
                bar=bar,
                less_is_better=True,
                note=f"{found['calls']:,} calls; seconds: {spent}",
            )
            yield Figure("the engine's peak memory meanwhile", found["megabytes"], "MB", bar=300, less_is_better=True)
            lab.write("churn")
            lab.read()


class _Talk:
    """A process that is asked and answers, a line of JSON each."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the measured process ended without a word")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def _role(*arguments: str) -> Iterator[_Talk]:
    command = [sys.executable, "-m", "benchmarks.bench_syncer", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _Talk(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _child(*arguments: str) -> dict[str, Any]:
    with _role(*arguments) as talk:
        return talk.read()


@contextmanager
def _sink() -> Iterator[str]:
    """Answer every POST with Segment's 200, in a process of its own."""
    with _role("sink") as talk:
        yield talk.read()["url"]


def _say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _measured(began: float, **facts: Any) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(seconds=time.perf_counter() - began, megabytes=peak, **facts)


def prepare(where: str, size: str) -> None:
    """Write an export and a snapshot of which 1% entered and 1% left."""
    import duckdb

    folder = Path(where) / "runs" / "1"
    folder.mkdir(parents=True)
    members = int(size)
    with duckdb.connect() as db:
        changed = members // 100
        before = _people(0, members)
        now = _people(changed, members + changed)
        db.execute(f"COPY (SELECT user_id FROM ({before})) TO '{where}/before.parquet'")
        db.execute(
            f"COPY (SELECT (1610000000000 + i)::VARCHAR AS amplitude_id, user_id FROM ({now}) ORDER BY hash(i)) "
            f"TO '{folder}/export.csv' (HEADER, FORCE_QUOTE (amplitude_id, user_id))"
        )
    _say(done=True)


def _people(first: int, end: int) -> str:
    uuid = "concat_ws('-', h[1:8], h[9:12], h[13:16], h[17:32])"
    return f"SELECT i, {uuid} AS user_id FROM (SELECT i, md5(i::VARCHAR) AS h FROM range({first}, {end}) t(i))"


def difference(where: str, size: str) -> None:
    """Compare the export with the snapshot."""
    from syncer.difference import DiffRules
    from syncer.snapshots import FileMemberships

    memberships = FileMemberships(Path(where))
    began = time.perf_counter()
    counts = memberships.compare(1, "before.parquet", DiffRules(), previous_members=int(size), most=0)
    assert counts.entered == counts.left == int(size) // 100
    _measured(began)


def deliver(url: str, size: str, where: str) -> None:
    """Run a first sync whose export is at hand, and time it from the moment its changes are known."""
    from syncer import Diffed, Engine, FileState, RequestsTransport, Source, Sync, Target
    from syncer.wire import Download, Reply

    users = (b'"1610000000000","9a34afb0-f3f7-4575-afa6-%012d"\n' % number for number in range(int(size)))

    class ExportAtHand(RequestsTransport):
        """Answers for Amplitude from memory, and carries what is for Segment."""

        def exchange(self, method: str, url: str, *rest: Any) -> Reply:
            if method == "POST":
                return super().exchange(method, url, *rest)
            answer = {"request_id": "Req001", "cohorts": [{"id": "abc123", "name": "Power Users"}]}
            return Reply(200, {}, json.dumps(answer).encode())

        @contextmanager
        def download(self, *_: Any) -> Iterator[Download]:
            yield Download(200, {}, (piece for pieces in ((b'"amplitude_id","user_id"\n',), users) for piece in pieces))

    began = 0.0

    def start(event: object) -> None:
        nonlocal began
        began = time.perf_counter() if isinstance(event, Diffed) else began

    with FileState(where) as state:
        engine = Engine(state, transport=ExportAtHand(), listeners=[start])
        report = engine.run(Sync("abc123", Source("key", "secret"), Target("write-key", url)))
    assert report.calls == int(size)
    _measured(began)


def sdk(url: str, size: str) -> None:
    """Deliver the same identifies with the official SDK."""
    from segment.analytics import Client

    client = Client("write-key", host=url, max_queue_size=int(size), on_error=_fail)
    began = time.perf_counter()
    for number in range(int(size)):
        client.identify(
            f"9a34afb0-f3f7-4575-afa6-{number:012}",
            {"Power Users (abc123)": True},
            {"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
        )
    client.flush()
    client.join()
    _measured(began)


def _fail(error: Exception, _items: Any) -> None:
    raise RuntimeError("the SDK lost events") from error


def sync(amplitude: str, segment: str, where: str) -> None:
    """Run one whole sync and say where its time went."""
    from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY
    from syncer import Engine, FileState, Settings, Source, Sync, Target
    from syncer.telling import Event

    spent: dict[str, float] = {}
    last = began = time.perf_counter()
    stages = {"ExportReady": "export", "Downloaded": "download", "Diffed": "difference", "RunFinished": "delivery"}

    def watch(event: Event) -> None:
        nonlocal last
        stage = stages.get(type(event).__name__)
        if stage:
            now = time.perf_counter()
            spent[stage] = round(now - last, 2)
            last = now

    with FileState(where) as state:
        engine = Engine(state, listeners=[watch])
        source, target = Source(API_KEY, SECRET_KEY, amplitude), Target(WRITE_KEY, segment)
        report = engine.run(Sync("bench00", source, target, Settings(poll_interval=0.1)))
    _measured(began, spent=spent, calls=report.calls)


def lab(members: str) -> None:
    """Serve both fakes, journals on disk, with one large cohort that changes when told."""
    from scenarios.lab import WRITE_KEY, Lab

    with tempfile.TemporaryDirectory(prefix="cohortlab-bench-lab-") as folder, Lab(folder=Path(folder)) as lab:
        lab.segment.put_source(WRITE_KEY, name="Amplitude Engage")
        lab.amplitude.configure(job_seconds=0.0)
        lab.amplitude.create_cohort("Bench", cohort_id="bench00")
        lab.amplitude.populate("bench00", int(members))
        with lab.serve() as address:
            _say(amplitude=address.amplitude, segment=address.segment)
            for _ in sys.stdin:
                lab.amplitude.churn("bench00", enter=0.01, leave=0.01, returning=0.0)
                lab.clock.advance(3_600)
                lab.amplitude.churn("bench00", enter=0.0, leave=0.0)
                _say(done=True)


def sink() -> None:
    """Answer every POST with Segment's 200."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=_accept, args=(server,), daemon=True).start()
    _say(url=f"http://127.0.0.1:{server.getsockname()[1]}")
    sys.stdin.read()


def _accept(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    reply = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"success": true}'
    room = memoryview(bytearray(1 << 20))
    with connection, connection.makefile("rb", buffering=1 << 18) as incoming:
        while incoming.readline():
            length = 0
            while (header := incoming.readline().strip()) != b"":
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            while length > 0:
                length -= incoming.readinto(room[: min(length, len(room))]) or length
            connection.sendall(reply)


if __name__ == "__main__":
    roles = {each.__name__: each for each in (prepare, difference, deliver, sdk, sync, lab, sink)}
    roles[sys.argv[1]](*sys.argv[2:])
