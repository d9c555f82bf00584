"""The smallest correct sync over HTTP: what the mutants are made from, one step of the way per method.

List, request, poll, download, read, compare with the members acknowledged last, send in batches with retries, and
only then remember the new members.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urljoin

import requests

from mock_core.clock import Clock
from scenarios.files import Scenario
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab
from scenarios.subjects import MakeSubject, SyncOrder, SyncResult, WatchedWire

Event = dict[str, Any]
Headers = dict[str, str]


class GaveUp(Exception):
    """The sync cannot go on and says so."""


class SmallSync:
    """One run of a correct sync."""

    most_events: ClassVar[int] = 1_000
    most_bytes: ClassVar[int] = 450_000
    retries: ClassVar[int] = 8
    polls: ClassVar[int] = 600
    timeout: ClassVar[float] = 30.0

    def __init__(self, session: requests.Session, clock: Clock, order: SyncOrder) -> None:
        self.session = session
        self.clock = clock
        self.order = order
        self.cohort_id = order.cohort_id
        self.printed = ""

    def run(self) -> None:
        """Sync once; raise `GaveUp` when it cannot."""
        name = self.cohort_name()
        rows = self.read(self.export())
        now = self.sendable(rows)
        before = self.recall()
        self.deliver(self.events(self.changes(before, now), self.trait_key(name)))
        self.remember(now)

    # Amplitude

    def get(self, url: str, headers: Headers) -> requests.Response:
        """Get, retrying what passes; redirects are not followed."""
        for attempt in range(self.retries + 1):
            try:
                reply = self.session.get(url, headers=headers, timeout=self.timeout, allow_redirects=False)
            except requests.RequestException:
                self.pause(attempt)
                continue
            if reply.status_code not in {408, 429} and reply.status_code < 500:
                return reply
            self.pause(attempt, reply)
        raise GaveUp(f"{url} could not be read")

    def api(self, path: str) -> requests.Response:
        """Call Amplitude and return an answer that is no error and JSON where JSON is due."""
        request = requests.Request("GET", f"{AMPLITUDE_URL}{path}", auth=(API_KEY, SECRET_KEY)).prepare()
        reply = self.get(str(request.url), dict(request.headers))
        if reply.status_code >= 400:
            raise GaveUp(f"Amplitude answered {reply.status_code} to {path}")
        return reply

    def api_json(self, path: str) -> tuple[int, dict[str, Any]]:
        for attempt in range(self.retries + 1):
            reply = self.api(path)
            try:
                answer = reply.json()
            except ValueError:
                self.pause(attempt)
                continue
            return reply.status_code, answer
        raise GaveUp(f"Amplitude's answer to {path} is no JSON")

    def cohort_name(self) -> str:
        _, listed = self.api_json("/api/3/cohorts")
        found = next((each for each in listed["cohorts"] if each["id"] == self.cohort_id), None)
        if found is None:
            raise GaveUp("there is no such cohort")
        if found["archived"]:
            raise GaveUp("the cohort is archived")
        return str(found["name"])

    def export(self) -> bytes:
        """Return the CSV of an export asked for now; a job that fails is asked for once more."""
        for _ in range(2):
            _, asked = self.api_json(f"/api/5/cohorts/request/{self.cohort_id}?props=0")
            try:
                self.wait_for(asked["request_id"])
            except GaveUp:
                continue
            return self.download(asked["request_id"])
        raise GaveUp("the export job failed")

    def wait_for(self, request_id: str) -> None:
        for _ in range(self.polls):
            status, answer = self.api_json(f"/api/5/cohorts/request-status/{request_id}")
            if "FAILED" in answer.get("async_status", ""):
                break
            if status == 200:
                return
            self.clock.sleep(1.0)
        raise GaveUp("the export job did not complete")

    def download(self, request_id: str) -> bytes:
        for attempt in range(self.retries + 1):
            try:
                reply = self.api(f"/api/5/cohorts/request/{request_id}/file")
                if reply.status_code in {301, 302, 303, 307}:
                    reply = self.get(self.location(reply), self.stored_headers(reply))
                if reply.status_code == 200 and self.is_whole(reply.content):
                    return self.inflate(reply.content)
            except requests.RequestException:
                pass
            self.pause(attempt)
        raise GaveUp("the file could not be fetched")

    def location(self, reply: requests.Response) -> str:
        return urljoin(AMPLITUDE_URL, reply.headers["Location"])

    def stored_headers(self, reply: requests.Response) -> Headers:
        """The signed address is its own proof: no credentials go there."""
        del reply
        return {}

    def is_whole(self, body: bytes) -> bool:
        try:
            text = self.inflate(body)
        except (OSError, EOFError):
            return False
        return text.startswith(b'"amplitude_id"')

    def inflate(self, body: bytes) -> bytes:
        return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body

    # Reading

    def read(self, export: bytes) -> list[str]:
        """Return the user id of every row, empty for an anonymous one."""
        rows = csv.DictReader(io.StringIO(export.decode(), newline=""))
        return [row["user_id"] for row in rows]

    def sendable(self, user_ids: list[str]) -> set[str]:
        return {user_id for user_id in user_ids if user_id}

    # Comparing

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        enters = [(user_id, True) for user_id in sorted(now - before)]
        return enters + [(user_id, False) for user_id in sorted(before - now)]

    def trait_key(self, name: str) -> str:
        return f"{name} ({self.cohort_id})"

    def value(self, member: bool) -> Any:
        return member

    def events(self, changes: list[tuple[str, bool]], trait_key: str) -> list[Event]:
        return [self.event(user_id, member, trait_key) for user_id, member in changes]

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        return {
            "type": "identify",
            "userId": user_id,
            "traits": {trait_key: self.value(member)},
            "messageId": self.message_id(user_id, member),
        }

    def message_id(self, user_id: str, member: bool) -> str:
        """The same for every attempt of a change, another for another change."""
        said = f"{self.order.write_key}|{self.cohort_id}|{user_id}|{member}|{self.clock.now():.6f}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    # Segment

    def deliver(self, events: list[Event]) -> None:
        for batch in self.batches(events):
            self.send(batch)

    def batches(self, events: list[Event]) -> Iterator[list[Event]]:
        batch: list[Event] = []
        size = 0
        for event in events:
            length = self.length(event) + 2
            if batch and (len(batch) >= self.most_events or size + length > self.most_bytes):
                yield batch
                batch, size = [], 0
            batch.append(event)
            size += length
        if batch:
            yield batch

    def length(self, event: Event) -> int:
        return len(json.dumps(event).encode())

    def send(self, batch: list[Event]) -> None:
        for attempt in range(self.retries + 1):
            try:
                reply = self.post(batch, attempt)
            except requests.RequestException:
                self.pause(attempt)
                continue
            if self.is_taken(reply):
                return
            if not self.is_transient(reply.status_code):
                self.refused(reply.status_code)
                return
            self.pause(attempt, reply)
        self.exhausted()

    def post(self, batch: list[Event], attempt: int) -> requests.Response:
        del attempt
        return self.session.post(
            f"{SEGMENT_URL}/v1/batch", json={"batch": batch}, auth=(self.order.write_key, ""), timeout=self.timeout
        )

    def is_taken(self, reply: requests.Response) -> bool:
        """Exactly 200 with a JSON object: a captive portal's page is no success (segment facts 0.5 [sdk])."""
        if reply.status_code != 200:
            return False
        try:
            return reply.json().get("success") is True
        except (ValueError, AttributeError):
            return False

    def is_transient(self, status: int) -> bool:
        return status in {200, 408, 410, 429, 460} or status >= 500

    def refused(self, status: int) -> None:
        raise GaveUp(f"Segment answered {status}")

    def exhausted(self) -> None:
        raise GaveUp("Segment did not take a batch")

    def pause(self, attempt: int, reply: requests.Response | None = None) -> None:
        asked = self.asked_to_wait(reply) if reply is not None else None
        self.clock.sleep(2.0**attempt if asked is None else asked)

    def asked_to_wait(self, reply: requests.Response) -> float | None:
        value = reply.headers.get("Retry-After", "")
        if value.replace(".", "", 1).isdigit():
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - self.clock.now()) if value else None

    # State

    @property
    def file(self) -> Path:
        key = hashlib.sha256(self.order.write_key.encode()).hexdigest()[:16]
        return self.order.state_dir / f"{self.cohort_id}-{key}.json"

    def recall(self) -> set[str]:
        return set(json.loads(self.file.read_text())) if self.file.exists() else set()

    def remember(self, members: set[str]) -> None:
        self.order.state_dir.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps(sorted(members)))
        draft.replace(self.file)


class SmallSyncSubject:
    """Runs a small sync, or a mutant of it, as a subject in this process."""

    def __init__(self, lab: Lab, kind: type[SmallSync]) -> None:
        self._kind = kind
        self._clock = lab.clock
        self._wire = WatchedWire(lab)
        self.restart()

    def restart(self) -> None:
        """A new process: what a mutant holds in memory is gone."""
        self._process: type[SmallSync] = type(self._kind.__name__, (self._kind,), {"memory": {}})

    def sync(self, order: SyncOrder) -> SyncResult:
        program = self._process(self._wire.session, self._clock, order)
        try:
            with self._wire.watching(order.killed_at) as watch:
                program.run()
        except Exception as error:  # a program that falls over has failed
            reason = f"{type(error).__name__}: {error}"
            return SyncResult(order.cohort_id, succeeded=False, reason=reason, output=program.printed)
        if watch.was_killed:
            self.restart()
        return SyncResult(order.cohort_id, not watch.was_killed, "", program.printed, watch.was_killed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def make_small(kind: type[SmallSync]) -> MakeSubject:
    """Return what makes a subject of a small sync or a mutant for a scenario's lab."""

    def make(lab: Lab, _scenario: Scenario) -> SmallSyncSubject:
        return SmallSyncSubject(lab, kind)

    return make
