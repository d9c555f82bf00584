"""The Segment fake: batched ingest at the edge and settled, single calls, start-up, memory with events held.

Servers run in a process of their own and the client in this one. The client is a raw-socket driver, so that it
is not what is measured; bodies are made before the clock starts.
"""

from __future__ import annotations

import multiprocessing
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

from benchmarks.measure import Figure, seconds
from mock_core.control import LabClient
from mock_core.wire import Server
from mock_segment import SegmentFake, create_app
from mock_segment.edge import SUCCESS

EVENTS_PER_BATCH = 2_000
BATCHES = 100
SINGLE_CALLS = 6_000
HELD_EVENTS = 2_000_000
PLACE = b"BBBBBBBB"  # where a batch's number goes, in every messageId

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def bench() -> Iterator[Figure]:
    """Measure against servers on loopback."""
    batches = [_batch(number) for number in range(BATCHES)]
    events = BATCHES * EVENTS_PER_BATCH
    with _serving("bare") as bare:
        floor = events / seconds(lambda: _drive(bare, batches, 4))
    with _serving("file") as url:
        edge = events / seconds(lambda: _drive(url, batches, 4))
        yield Figure(
            "batched ingest at the edge, to a file", edge, "events/s", 200_000, False, "cheroot that only reads", floor
        )
    with _serving("file") as url:
        settled = events / seconds(lambda: (_drive(url, batches, 4), _settle(url, events)))
        yield Figure(
            "batched ingest settled", settled, "events/s", 100_000, False, "the edge alone", edge,
            note="checked, deduplicated, counted, in a file",
        )  # fmt: skip
    yield _single_calls(1, None)
    yield _single_calls(16, 3_000)
    yield _start_up()
    yield _fresh_lab()
    yield from _memory()


def _single_calls(connections: int, bar: float | None) -> Figure:
    calls = [_single(number) for number in range(SINGLE_CALLS)]
    with _serving("bare") as bare:
        floor = SINGLE_CALLS / seconds(lambda: _drive(bare, calls, connections))
    with _serving("file") as url:
        rate = SINGLE_CALLS / seconds(lambda: _drive(url, calls, connections))
    what = f"single calls, {connections} connection{'s' if connections > 1 else ''}"
    return Figure(what, rate, "requests/s", bar, False, "cheroot that only reads", floor)


def _start_up() -> Figure:
    program = (
        "import sys; from pathlib import Path; from benchmarks.bench_segment import application\n"
        "from mock_core.wire import Server\n"
        "with Server(application(sys.argv[1])) as server: print(server.url, flush=True); sys.stdin.read()"
    )

    def first_200(kind: str) -> float:
        def start() -> None:
            child = subprocess.Popen(
                [sys.executable, "-c", program, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            if child.stdout is None or child.stdin is None:
                raise AssertionError("the child has no pipes")
            _drive(child.stdout.readline().strip(), [_single(0)], 1)
            child.stdin.close()
            taken.append(child)

        taken: list[subprocess.Popen[str]] = []
        time = statistics.median(seconds(start) for _ in range(5))
        for child in taken:
            child.wait(timeout=30)
        return time

    return Figure(
        "process start to first 200", first_200("memory"), "s", 0.4, True, "the same with a bare server",
        first_200("bare"), note="both import everything",
    )  # fmt: skip


def _fresh_lab() -> Figure:
    def make() -> None:
        fake = SegmentFake()
        create_app(fake)
        fake.close()

    make()
    return Figure(
        "a fresh fake for one test", statistics.median(seconds(make) for _ in range(20)) * 1000, "ms", 10, True
    )


def _memory() -> Iterator[Figure]:
    """Hold two million events in a file, and look at the process on the way."""
    with _serving("file") as url:
        peaks = []
        for share in (HELD_EVENTS // 10, HELD_EVENTS):
            first = len(peaks) and HELD_EVENTS // 10 // EVENTS_PER_BATCH
            for start in range(first, share // EVENTS_PER_BATCH, 20):
                numbers = range(start, min(start + 20, share // EVENTS_PER_BATCH))
                _drive(url, [_batch(number) for number in numbers], 4)
                _settle(url, (numbers[-1] + 1) * EVENTS_PER_BATCH)
            peaks.append(float(_drive(url, [_request("/bench/peak", b"")], 1)[0]))
    yield Figure(
        "memory with 2,000,000 events held in a file", peaks[1], "MB", peaks[0] * 1.25, True, "with 200,000", peaks[0],
        note="the most it ever held; the bar is a quarter more",
    )  # fmt: skip


def application(kind: str, path: Path | None = None) -> Application:
    """Return the application to measure: the fake in memory or in a file, or one that only reads the body."""

    def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [*SUCCESS.headers, ("Content-Length", str(len(SUCCESS.body)))])
        return [SUCCESS.body]

    inner: Application = bare if kind == "bare" else create_app(SegmentFake(path=path))

    def with_peak(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/bench/peak":
            return inner(environ, start_response)
        body = str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return with_peak


@contextmanager
def _serving(kind: str) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        child = context.Process(target=_serve, args=(theirs, kind, folder))
        child.start()
        yield ours.recv()
        ours.send("stop")
        child.join()


def _serve(pipe: Connection, kind: str, folder: str) -> None:
    path = Path(folder, "segment.db") if kind == "file" else None
    with Server(application(kind, path)) as server:
        pipe.send(server.url)
        pipe.recv()


def _settle(url: str, events: int) -> None:
    counted = sum(row["events"] for row in LabClient(url).call("GET", "tally").json())
    if counted != events:
        raise AssertionError(f"{counted} events are held, expected {events}")


def _batch(number: int) -> bytes:
    return _BATCH.replace(PLACE, b"%08x" % number)


def _single(number: int) -> bytes:
    event = {"writeKey": "wk", "userId": f"u{number}", "messageId": f"m{number}", "traits": {"Power Users (a1)": True}}
    return _request("/v1/identify", orjson.dumps(event))


def _request(path: str, body: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body)) + body


def _compact_event(place: int) -> dict[str, Any]:
    return {
        "type": "identify",
        "userId": f"user-{place:08d}",
        "traits": {"Power Users (abc123)": True},
        "context": {"integration": {"name": "Amplitude", "version": "1.0.0"}},
        "messageId": f"{PLACE.decode()}-{place:08x}",
        "timestamp": "2026-01-05T09:00:00Z",
    }


_BATCH = _request(
    "/v1/batch",
    orjson.dumps({"writeKey": "wk", "batch": [_compact_event(place) for place in range(EVENTS_PER_BATCH)]}),
)


def _drive(url: str, requests: list[bytes], connections: int) -> list[bytes]:
    """Send requests over some connections, one at a time on each, and return the bodies of the answers."""
    host, _, port = url.removeprefix("http://").partition(":")
    waiting = iter(requests)
    answers: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        for request in (request for _, request in zip(range(connections), waiting, strict=False)):
            connection = socket.create_connection((host, int(port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request)
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.fileobj  # type: ignore[assignment]
                answers.append(_answer(connection))
                following = next(waiting, None)
                if following is None:
                    selector.unregister(connection)
                    connection.close()
                else:
                    connection.sendall(following)
    return answers


def _answer(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise AssertionError(f"expected 200, got {received[:200]!r}")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return body
