"""Killed at any moment, a lab that writes to a file has every event it answered for."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_segment import SegmentFake

PROGRAM = """
import sys, threading
from pathlib import Path
from mock_core import Server
from mock_segment import SegmentFake, create_app
with Server(create_app(SegmentFake(path=Path(sys.argv[1])))) as server:
    print(server.url, flush=True)
    threading.Event().wait()
"""


def start(path: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def send_until_killed(url: str, sender: int, answered: list[str], enough: threading.Event, wanted: int) -> None:
    session = requests.Session()
    number = 0
    while True:
        ids = [f"{sender}-{number}-{place}" for place in range(20)]
        events = [{"type": "identify", "userId": one, "messageId": one, "traits": {"kept": True}} for one in ids]
        try:
            reply = session.post(f"{url}/v1/batch", data=json.dumps({"writeKey": "wk", "batch": events}), timeout=10)
        except requests.RequestException:
            return
        assert reply.status_code == 200
        answered += ids
        number += 1
        if len(answered) >= wanted:
            enough.set()


@pytest.mark.parametrize("wanted", [20, 500, 3000])
@pytest.mark.parametrize("settled", [False, True])
def test_every_answered_event_is_there_after_a_kill(tmp_path: Path, wanted: int, settled: bool):
    """Four clients send as fast as they can until SIGKILL; whatever was answered is read back, once each."""
    path = tmp_path / "segment.db"
    process, url = start(path)
    answered: list[str] = []
    enough = threading.Event()
    senders = [
        threading.Thread(target=send_until_killed, args=(url, sender, answered, enough, wanted)) for sender in range(4)
    ]

    for sender in senders:
        sender.start()
    assert enough.wait(timeout=60)
    if settled:  # folds are being written as well
        requests.get(f"{url}/__lab/tally", timeout=30)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for sender in senders:
        sender.join()
    assert process.stdout is not None
    process.stdout.close()

    fake = SegmentFake(path=path)
    delivered = [event.raw["messageId"] for event in fake.state.delivered()]
    tally: dict[Any, int] = fake.state.tally()
    fake.close()
    assert set(answered) <= set(delivered)
    assert len(delivered) == len(set(delivered)) == sum(tally.values())
