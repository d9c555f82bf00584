"""The recording proxy: a first sync through it against the same sync direct, and how much memory it takes.

The lab and the proxy are processes of their own, as they are for users; the engine is in this one. The size is
2,000,000 members, or what `COHORTLAB_BENCH_MEMBERS` says.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.measure import Figure
from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY
from syncer import Engine, FileState, Settings, Source, Sync, Target

MEMBERS = int(os.environ.get("COHORTLAB_BENCH_MEMBERS", "2000000"))
_PORTS = ("4831", "4832", "4841", "4842")
_LAB = "import sys; from cohortlab.cli import main; main()"


def bench() -> Iterator[Figure]:
    """Measure a first sync both ways; takes some minutes at full size."""
    amplitude, segment, proxied_amplitude, proxied_segment = (f"http://127.0.0.1:{port}" for port in _PORTS)
    with tempfile.TemporaryDirectory(prefix="cohortlab-bench-") as folder:
        up = ["up", "--amplitude-port", _PORTS[0], "--segment-port", _PORTS[1], "--no-console"]
        with _started([*up, "--db", f"{folder}/lab"]):
            _ready(amplitude)
            _ready(segment)
            control = f"{amplitude}/__lab"
            requests.post(f"{control}/settings", json={"job_seconds": 0}, timeout=30)
            requests.post(f"{control}/cohorts", json={"name": "Power Users", "cohort_id": "7abc12de"}, timeout=30)
            requests.post(f"{control}/cohorts/7abc12de/populate", json={"count": MEMBERS}, timeout=600)
            direct = _sync(amplitude, segment, Path(folder) / "direct")
            record = ["record", "--amplitude", amplitude, "--segment", segment, "-q", "-o", f"{folder}/recorded"]
            ports = ["--amplitude-port", _PORTS[2], "--segment-port", _PORTS[3]]
            with _started([*record, *ports]) as proxy:
                _ready(proxied_segment)
                proxied = _sync(proxied_amplitude, proxied_segment, Path(folder) / "proxied")
                peak = _peak(proxy.pid)
    yield Figure(
        f"first sync of {MEMBERS:,} members through the proxy",
        proxied,
        "s",
        bar=1.3 * direct,
        less_is_better=True,
        baseline="direct",
        baseline_value=direct,
    )
    if peak:
        yield Figure("peak memory of the proxy while it records", peak, "MB", bar=200, less_is_better=True)


def _sync(amplitude: str, segment: str, state: Path) -> float:
    """Sync once, to a write key of its own, so that neither sync repeats what the other told."""
    with FileState(state) as kept:
        sync = Sync(
            "7abc12de", Source(API_KEY, SECRET_KEY, amplitude), Target(f"{WRITE_KEY}-{state.name}", segment), Settings()
        )
        began = time.perf_counter()
        report = Engine(kept).run(sync)
        took = time.perf_counter() - began
    assert report.is_complete, report.reason
    return took


@contextmanager
def _started(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", _LAB, *arguments], stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL if "record" in arguments else signal.SIGINT)
        process.wait(60)


def _ready(url: str) -> None:
    for _ in range(200):
        try:
            requests.get(f"{url}/", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nobody listens at {url}")


def _peak(pid: int) -> float:
    """Return the peak memory of a process in MB, 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
