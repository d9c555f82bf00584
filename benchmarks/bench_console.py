"""The console: its first page over a long journal and a short one, and what watching costs and how soon it tells."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import Figure
from cohortlab.serving import LazyConsole
from scenarios.lab import WRITE_KEY, Address, Beside, Lab

EVENTS, FEW = 2_000_000, 2_000
BATCH = 40  # as many calls as a page shows, also in the short journal
PAINTS = 15
RATE, SECONDS = 2_000, 6
HEADERS = {"Content-Type": "application/json"}


def bench() -> Iterator[Figure]:
    """Measure first paint, the delay from a call to its row, and what a console that watches costs ingest."""
    yield from first_paint()
    yield from watching()


def first_paint() -> Iterator[Figure]:
    """Compare the first page of a lab with two million events in a file with one of two thousand.

    The page is answered by the server, whole; a browser paints the same number of rows for both.
    """
    with tempfile.TemporaryDirectory() as name:
        many, few = _paint(Path(name, "many"), EVENTS), _paint(Path(name, "few"), FEW)
    yield Figure(
        f"first page over {EVENTS:,} events in a file",
        many * 1000,
        "ms",
        bar=1.5 * few * 1000,
        less_is_better=True,
        baseline=f"{FEW:,} events",
        baseline_value=few * 1000,
        note="median of 15, settled; at most 1.5x",
    )


def _paint(folder: Path, events: int) -> float:
    console = None
    with Lab(folder=folder) as lab:
        lab.segment.put_source(WRITE_KEY)
        journal = lab.segment.workspace.journal
        headers = {"content-type": "application/json", "user-agent": "bench"}
        for start in range(0, events, BATCH):
            batch = [
                {"type": "identify", "userId": f"u{n}", "messageId": f"m{n}", "traits": {"Power Users (abc)": True}}
                for n in range(start, start + BATCH)
            ]
            data = {
                "method": "POST",
                "path": "/v1/batch",
                "query": "",
                "headers": headers,
                "status": 200,
                "upload": "batch",
                "stored": "batch",
                "write_key": WRITE_KEY,
            }
            journal.append(1_780_000_000_000 + start * 10, "request", data, json.dumps({"batch": batch}).encode())
        assert sum(lab.segment.tally().values()) == events
        console = LazyConsole(lab)
        with lab.serve(beside=Beside(console.at)) as address:
            _get(address, "/")
            times = []
            for _ in range(PAINTS):
                began = time.perf_counter()
                _get(address, "/")
                _get(address, "/timeline")
                times.append(time.perf_counter() - began)
            console.close()
    return statistics.median(times)


def watching() -> Iterator[Figure]:
    """Send single calls at a pace to a lab that one console watches, and as fast as can be with one and with none."""
    alone = _burst(watched=False)
    with_one = _burst(watched=True)
    yield Figure(
        "calls taken and settled with one console that watches",
        with_one,
        "calls/s",
        bar=0.9 * alone,
        baseline="no console",
        baseline_value=alone,
        note="single identifies over 4 connections; at least 0.9x",
    )
    delays, reached = _delays()
    yield Figure(
        "delay from a call to its row in the stream",
        statistics.quantiles(delays, n=20)[-1],
        "s",
        bar=0.5,
        less_is_better=True,
        note=f"19 of 20 of the newest rows of {len(delays)} updates, at {reached:,.0f} calls/s asked as {RATE:,}",
    )


def _burst(*, watched: bool, calls: int = 6_000) -> float:
    with _served() as (lab, address):
        if watched:
            _watch(address, [])
            time.sleep(0.5)
        began = time.perf_counter()
        _send(address, calls, None)
        assert sum(lab.segment.tally().values()) == calls
        return calls / (time.perf_counter() - began)


def _delays() -> tuple[list[float], float]:
    with _served() as (_, address):
        told: list[tuple[float, int]] = []
        _watch(address, told)
        time.sleep(0.5)
        began = time.perf_counter()
        sent = _send(address, RATE * SECONDS, RATE)
        took = time.perf_counter() - began
        time.sleep(1.5)
        by_number = dict(sent)
        return [at - by_number[number] for at, number in told if number in by_number], RATE * SECONDS / took


class _served:  # noqa: N801 - reads as what it gives
    """A lab on sockets with its console."""

    def __enter__(self) -> tuple[Lab, Address]:
        self._lab = Lab()
        self._lab.segment.put_source(WRITE_KEY)
        self._console = LazyConsole(self._lab)
        self._serving = self._lab.serve(beside=Beside(self._console.at))
        return self._lab, self._serving.__enter__()

    def __exit__(self, *_: object) -> None:
        self._console.close()
        self._serving.__exit__(None, None, None)
        self._lab.close()


def _watch(address: Address, told: list[tuple[float, int]]) -> None:
    """Follow the stream as a page does; note when the newest row came, and the number in its user id."""
    place = _get(address, "/").split('data-place="')[1].split('"')[0]

    def follow() -> None:
        connection = HTTPConnection(urlsplit(str(address.beside)).netloc)
        connection.request("GET", f"/stream?after={place}")
        answer = connection.getresponse()
        for line in answer:
            if line.startswith(b'data: {"rows'):
                rows = json.loads(line[6:])["rows"]
                found = rows.partition('class="event-user">u')[2].partition("<")[0]
                if found.isdecimal():
                    told.append((time.perf_counter(), int(found)))

    threading.Thread(target=_quietly, args=(follow,), daemon=True).start()


def _quietly(follow: object) -> None:
    try:
        follow()  # type: ignore[operator]
    except (OSError, ValueError):  # the lab has ended
        return


def _send(address: Address, calls: int, rate: int | None, connections: int = 4) -> list[tuple[int, float]]:
    """Send single identifies over some connections, paced where a rate is given; return when each was sent."""
    sent: list[tuple[int, float]] = []
    began = time.perf_counter()

    def work(first: int) -> None:
        connection = HTTPConnection(urlsplit(address.segment).netloc)
        for number in range(first, calls, connections):
            if rate is not None:
                time.sleep(max(0.0, began + number / rate - time.perf_counter()))
            body = json.dumps({"userId": f"u{number}", "writeKey": WRITE_KEY, "traits": {"Power Users (abc)": True}})
            sent.append((number, time.perf_counter()))
            connection.request("POST", "/v1/identify", body, HEADERS)
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=work, args=(first,)) for first in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent


def _get(address: Address, path: str) -> str:
    connection = HTTPConnection(urlsplit(str(address.beside)).netloc)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, text[:500]
    connection.close()
    return text
