"""The Amplitude fake: how fast a large cohort is made and downloaded, how long a list takes, how fast events come in.

The fake runs in a process of its own, so that its memory is its own and the client has the other processor.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import resource
import statistics
import time
import zlib
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import orjson
import requests

from benchmarks.measure import Figure, rate, seconds
from mock_amplitude import AmplitudeFake, AmplitudeState, create_app
from mock_amplitude.exports import gzipped
from mock_core.exchange import Call
from mock_core.wire import Server

MEMBERS = 2_000_000
COHORTS = 1_000
BATCH, BATCHES = 1_000, 40
KEYS = ("lab-api-key", "lab-secret-key")


def bench() -> Iterator[Figure]:
    """Measure against a fake on loopback."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(theirs,))
    child.start()
    url, made = ours.recv()
    with requests.Session() as session:
        session.auth = KEYS
        yield Figure("make a cohort of 2,000,000", made, "s", bar=10, less_is_better=True)
        downloaded = [_download(session, url) for _ in range(3)]
        yield Figure(
            "download it, gzip, through the signed address",
            MEMBERS / statistics.median(downloaded),
            "rows/s",
            bar=400_000,
            baseline="csv.writer and gzip level 1, rows at hand, no HTTP",
            baseline_value=_plain_writer(),
        )
        yield _packing()
        ours.send("memory")
        before, after = ours.recv()
        yield Figure("memory above start while doing so", after - before, "MB", bar=200, less_is_better=True)
        listed = [seconds(lambda: session.get(f"{url}/api/3/cohorts", timeout=60).content) for _ in range(20)]
        yield Figure(
            "list 1,000 cohorts",
            statistics.median(listed) * 1000,
            "ms",
            bar=50,
            less_is_better=True,
            baseline="list none",
            baseline_value=_list_none(session, url) * 1000,
        )
    ours.send("stop")
    child.join()
    yield from _ingest()


def _ingest() -> Iterator[Figure]:
    """Measure events in batches, by processor time: answered, and settled, with the people they are of."""
    bodies = [
        orjson.dumps({"api_key": KEYS[0], "events": [_event(batch * BATCH + n) for n in range(BATCH)]})
        for batch in range(BATCHES)
    ]
    events = BATCH * BATCHES
    parsed = events / _processor_seconds(lambda: [orjson.loads(body) for body in bodies])
    edge, both = (statistics.median(_take_in(bodies, settles=each) for _ in range(3)) for each in (False, True))
    yield Figure(
        "take batches of 1,000 events and settle them, a tenth of them of somebody new",
        events / both,
        "events/s",
        bar=50_000,
        baseline="orjson parses them once",
        baseline_value=parsed,
        note="processor time",
    )
    yield Figure(
        "the same",
        events / both,
        "events/s",
        baseline="answer them, settle nothing",
        baseline_value=events / edge,
        note="processor time",
    )


def _take_in(bodies: list[bytes], *, settles: bool) -> float:
    """Return the seconds of a processor until all is answered; with `settles`, until all is settled, too."""
    fake = AmplitudeFake()
    state = fake.state
    (route,) = (each for each in fake.routes if (each.method, each.path) == ("POST", "/batch"))
    with patch.object(AmplitudeState, "keep_up", AmplitudeState.keep_up if settles else lambda _state: None):

        def take() -> None:
            for body in bodies:
                reply = fake.serve(state, route, Call("POST", "/batch", body=body))
                if reply.status != 200:
                    raise AssertionError(reply.body)
            if settles:
                state.ingest_tally()

        seconds_taken = _processor_seconds(take)
    if sum(state.ingest_tally().values()) != BATCH * len(bodies):
        raise AssertionError(state.ingest_tally())
    fake.close()
    return seconds_taken


def _event(number: int) -> dict[str, Any]:
    return {
        "event_type": "Song Played",
        "user_id": f"user-{number % (BATCH * BATCHES // 10)}",
        "insert_id": f"i-{number}",
        "time": 1_767_600_000_000 + number,
        "event_properties": {"genre": "jazz", "seconds": number % 300, "title": "Blue in Green"},
        "user_properties": {"plan": "pro"},
        "platform": "iOS",
        "library": "amplitude-python/1.3.0",
    }


def _processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _serve(pipe: Connection) -> None:
    fake = AmplitudeFake()
    before = _peak()
    fake.state.configure(job_seconds=0.0)
    fake.state.create_cohort("Large", cohort_id="large")
    made = seconds(lambda: fake.state.populate("large", MEMBERS))
    for number in range(COHORTS - 1):
        fake.state.create_cohort(f"Cohort {number}")
    fake.state.put_project("empty", "empty")
    app = create_app(fake)
    with Server(app) as server, Server(app) as files:
        fake.files_base_url = files.url
        pipe.send((server.url, made))
        while pipe.recv() != "stop":
            pipe.send((before, _peak()))


def _peak() -> float:
    """Return the most memory this process ever held, in MB (Linux counts it in KB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _download(session: requests.Session, url: str) -> float:
    request_id = session.get(f"{url}/api/5/cohorts/request/large", timeout=60).json()["request_id"]
    start = time.perf_counter()
    lines = 0
    with session.get(f"{url}/api/5/cohorts/request/{request_id}/file", stream=True, timeout=60) as answer:
        for chunk in answer.iter_content(1 << 16):
            lines += chunk.count(b"\n")
    if lines != MEMBERS + 1:
        raise AssertionError(f"{lines} lines came, expected {MEMBERS + 1}")
    return time.perf_counter() - start


def _plain_writer() -> float:
    rows = [(1_610_000_000_000 + n, f"{n:032x}-ffff") for n in range(200_000)]

    def write() -> Any:
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
        return zlib.compress(out.getvalue().encode(), 1)

    return rate(write, len(rows))


def _packing() -> Figure:
    """Measure packing alone, of lines as an export has them."""
    rows = 200_000
    chunk = "".join(
        f'"{1_610_000_000_000 + n * 7919}","{n * 2654435761 % 2**64:016x}"\n' for n in range(2_000)
    ).encode()
    chunks = [chunk.replace(b"61", b"%02d" % number) for number in range(rows // 2_000)]

    def by_zlib() -> None:
        packer = zlib.compressobj(1, wbits=31)
        for each in chunks:
            packer.compress(each)
        packer.flush()

    return Figure(
        "pack it",
        rate(lambda: sum(map(len, gzipped(chunks))), rows),
        "rows/s",
        baseline="zlib level 1",
        baseline_value=rate(by_zlib, rows),
    )


def _list_none(session: requests.Session, url: str) -> float:
    empty = ("empty", "empty")
    return statistics.median(
        seconds(lambda: session.get(f"{url}/api/3/cohorts", auth=empty, timeout=60).content) for _ in range(20)
    )
