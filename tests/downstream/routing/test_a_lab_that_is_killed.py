"""A lab that is killed while it sends on loses no event; what was under way may arrive twice, and is told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

EVENTS, KILLED_AT = 40, 15


class Hook:
    """Counts the events that arrive, and kills a lab at one of them before it answers."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self.victim: subprocess.Popen[str] | None = None
        self.changed = threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.take(event["userId"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def take(self, user_id: str) -> None:
        with self.changed:
            self.got[user_id] += 1
            if self.victim is not None and sum(self.got.values()) == KILLED_AT:
                self.victim.send_signal(signal.SIGKILL)
                self.victim.wait()
                self.victim = None
            self.changed.notify_all()

    def wait_for(self, held: object) -> None:
        with self.changed:
            assert self.changed.wait_for(held, timeout=60), self.got  # type: ignore[arg-type]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@contextmanager
def up(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A lab in a process of its own, with its journals in a folder."""
    command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--json", "--db", str(folder), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["environment"]["SEGMENT_BASE_URL"]
        finally:
            process.terminate()


@pytest.mark.timeout(150)
def test_a_kill_loses_nothing_and_only_what_was_under_way_may_come_twice(tmp_path: Path, hook: Hook):
    """SIGKILL between an event's arrival and its answer; the lab begins again, by what stands in its journal."""
    users = [f"u{number}" for number in range(EVENTS)]
    batch = [{"type": "identify", "userId": user, "messageId": f"m-{user}", "traits": {"x": True}} for user in users]
    with up(tmp_path, "--destination", f"webhooks:{hook.url}") as (process, url):
        hook.victim = process
        requests.post(f"{url}/v1/batch", json={"writeKey": "k", "batch": batch}, timeout=10)
        hook.wait_for(lambda: hook.victim is None)
    assert sum(hook.got.values()) == KILLED_AT

    with up(tmp_path) as (_, url):
        hook.wait_for(lambda: len(hook.got) == EVENTS)
        wanted = {"view": "destination-deliveries", "where": {"verdict": "reached"}, "at_least": EVENTS, "timeout": 60}
        assert requests.post(f"{url}/__lab/await", json=wanted, timeout=90).json()["held"]
        page = requests.get(f"{url}/__lab/destination-deliveries", params={"limit": 1000}, timeout=10).json()
        rows = page["destination-deliveries"]

    told = {row["user_id"] for row in rows if any("may have arrived twice" in note for note in row["notes"])}
    twice = {user_id for user_id, times in hook.got.items() if times > 1}
    assert set(hook.got) == set(users)
    assert twice == told
    assert len(twice) == 1
