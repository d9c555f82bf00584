"""What takes minutes: kills under load, control among vendor calls, journals and calls by the thousand (`make soak`).

The figures are the least that must hold: no event lost or twice, no answer 5xx, no journal half read.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings

from cohortlab.cli import run
from mock_segment import SegmentFake
from scenarios.lab import API_KEY, SECRET_KEY, Lab
from tests.mock_segment.edge.test_bad_input_never_breaks_it import BODIES, HEADERS, PACKINGS, PATHS, Bench
from tests.scenarios import test_journals_of_anybody as journals

sound = journals.sound
KILLS = 24
JOURNALS = 2_000
SECONDS = 60.0
KEYS = (API_KEY, SECRET_KEY)


class Up:
    """`cohortlab up` on a folder, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--json", "--db", str(folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())["environment"]
        self.segment, self.amplitude = told["SEGMENT_BASE_URL"], told["AMPLITUDE_BASE_URL"]

    def end(self, *, kill: bool) -> None:
        """Kill it, or let it end by itself."""
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_kills_under_load_lose_nothing_that_was_answered(tmp_path: Path):
    """Six clients on two workspaces, a SIGKILL at a moment of chance, again and again on the same files."""
    answered: list[str] = []
    random = Random(1)

    def send(url: str, client: int, round_: int) -> None:
        session, number = requests.Session(), 0
        while True:
            ids = [f"{round_}.{client}.{number}.{place}" for place in range(20)]
            events = [{"type": "identify", "userId": one, "messageId": one, "traits": {"kept": True}} for one in ids]
            try:
                reply = session.post(f"{url}/v1/batch", json={"writeKey": "wk", "batch": events}, timeout=10)
            except requests.RequestException:
                return
            assert reply.status_code == 200
            answered.extend(ids)
            number += 1

    for round_ in range(KILLS):
        lab = Up(tmp_path)
        urls = [lab.segment, f"{lab.segment}/__lab/w/other"]
        clients = [threading.Thread(target=send, args=(urls[each % 2], each, round_)) for each in range(6)]
        for client in clients:
            client.start()
        time.sleep(random.uniform(0.2, 1.5))
        requests.get(f"{lab.segment}/__lab/tally", timeout=30)
        lab.end(kill=True)
        for client in clients:
            client.join()

    fake = SegmentFake(path=tmp_path / "segment.db")
    states = [fake.workspaces.get(name) for name in ("default", "other")]
    delivered = Counter(event.raw["messageId"] for state in states for event in state.delivered())
    assert set(answered) <= set(delivered)
    assert set(delivered.values()) == {1}
    assert sum(sum(state.tally().values()) for state in states) == len(delivered)
    fake.close()
    print(f"{KILLS} kills, {len(answered):,} events answered")  # noqa: T201 - what a soak is read for


def test_control_among_vendor_calls_breaks_nothing(tmp_path: Path):
    """Eight threads tell the lab what to do, eight call the vendors: no 5xx and no connection broken."""
    lab = Up(tmp_path)
    requests.post(f"{lab.amplitude}/__lab/cohorts", json={"name": "C", "cohort_id": "c1"}, timeout=30)
    saved = {url: requests.get(f"{url}/__lab/journal", timeout=30).content for url in (lab.segment, lab.amplitude)}
    ends = time.monotonic() + SECONDS
    counted: Counter[str] = Counter()
    wrong: list[str] = []

    def work(name: int, one: Callable[[requests.Session, Random], requests.Response]) -> None:
        session, random = requests.Session(), Random(name)
        while time.monotonic() < ends:
            try:
                reply = one(session, random)
            except requests.RequestException as error:
                wrong.append(repr(error))
                continue
            counted[str(reply.status_code)] += 1
            if reply.status_code >= 500:
                wrong.append(f"{reply.request.method} {reply.url}: {reply.text[:300]}")

    def control(session: requests.Session, random: Random) -> requests.Response:
        url = random.choice([lab.segment, lab.amplitude])
        at = f"{url}{random.choice(['', '/__lab/w/x'])}/__lab"
        told: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/reset", {"json": {}}),
            ("POST", "/reset", {"json": {"what": "captures"}}),
            ("POST", "/journal", {"data": saved[url]}),
            ("GET", "/journal", {}),
            ("POST", "/seed", {"json": {"seed": random.randint(0, 9)}}),
            ("POST", "/clock", {"json": random.choice([{"advance": 30}, {"freeze": True}, {"follow_system": True}])}),
            ("POST", "/faults", {"json": {"fault": "latency", "seconds": 0.001, "match": {"probability": 0.5}}}),
            ("DELETE", "/faults", {}),
            ("GET", random.choice(["/requests", "/metrics", "/faults", "/settings"]), {}),
            ("GET", "/events" if url == lab.segment else "/cohorts", {}),
            ("GET", "/verdicts" if url == lab.segment else "/jobs", {}),
        ]
        if random.random() < 0.1:
            return session.delete(f"{url}/__lab/workspaces/{random.choice(['x', 'default'])}", timeout=30)
        method, path, more = random.choice(told)
        return session.request(method, f"{at}{path}", timeout=30, **more)

    def vendor(session: requests.Session, random: Random) -> requests.Response:
        workspace = random.choice(["", "", "/__lab/w/x"])
        if random.random() < 0.3:
            return session.get(f"{lab.amplitude}{workspace}/api/5/cohorts/request/c1", auth=KEYS, timeout=30)
        events = [{"type": "identify", "userId": "u", "messageId": f"{random.randint(0, 50)}"} for _ in range(5)]
        return session.post(
            f"{lab.segment}{workspace}/v1/batch",
            json={"writeKey": "k", "batch": events},
            headers={"X-Lab-Verdicts": random.choice(["0", "1"])},
            timeout=30,
        )

    threads = [threading.Thread(target=work, args=(each, control if each < 8 else vendor)) for each in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lab.end(kill=False)
    assert wrong == []
    assert lab.process.returncode == 0
    print(dict(counted))  # noqa: T201 - as above


def test_journals_by_the_thousand_are_refused_or_served_whole(sound: dict[str, bytes], tmp_path: Path):
    """Each with something changed in it, loaded into a lab that has something to lose."""
    statuses: Counter[int] = Counter()
    for seed in range(JOURNALS):
        fake = ("amplitude", "segment")[seed % 2]
        with Lab(start=1.7e9) as lab:
            lab.segment.put_source("mine")
            lab.amplitude.create_cohort("Mine", cohort_id="mine", members=["m"])
            data = journals.mutated(sound[fake], tmp_path, Random(f"soak {seed}"))
            statuses[journals.must_stand_or_answer(lab, fake, data)] += 1
        for made in tmp_path.glob("mutated-*"):
            made.unlink()
    print(dict(statuses))  # noqa: T201 - as above


@settings(max_examples=13_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=PATHS, body=BODIES, headers=HEADERS, pack=PACKINGS)
def test_generated_calls_are_answered(path: str, body: bytes, headers: dict[str, str], pack: Any):
    """Thirteen thousand, none 5xx."""
    assert Bench().post(path, pack(body), headers).status_code < 500


@pytest.mark.parametrize("fake", ["amplitude", "segment"])
def test_pages_of_noise_are_told_or_served(fake: str, sound: dict[str, bytes], tmp_path: Path):
    """A thousand damaged files: `check` and `trace` end in words."""
    random = Random(fake)
    for number in range(500):
        for other, data in sound.items():
            broken = bytearray(data)
            if other == fake:
                place = random.randrange(100, len(broken) - 600)
                broken[place : place + random.choice([1, 8, 512])] = random.randbytes(1) * 8
            (tmp_path / f"{other}.db").write_bytes(broken)
        assert run(["check", "--contract", "event", str(tmp_path / "segment.db")]) in {0, 1, 2}, number
        assert run(["trace", "a", "c1", str(tmp_path)]) in {0, 2}, number
