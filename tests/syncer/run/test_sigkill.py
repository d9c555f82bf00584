"""Killed for real, with SIGKILL, at every boundary of a run against the fakes on sockets: the oracle is content."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenarios.lab import WRITE_KEY, Address, Lab
from tests.repository import SUITE

FIRST = {"ann", "bob", "cleo", "dan", "eve"}
SECOND = {"bob", "cleo", "eve", "fay", "gus"}
SIGKILL = -9


class Zygote:
    """Runs the engine in children of a child, once for each order."""

    def __init__(self, process: subprocess.Popen[str], address: Address) -> None:
        self._process = process
        self._address = address

    def run(self, cohort: str, state: Path, kill_at: int = 0) -> dict[str, Any]:
        order = {
            "amplitude": self._address.amplitude,
            "segment": self._address.segment,
            "cohort": cohort,
            "state": str(state),
            "kill_at": kill_at,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=1) as lab:
        lab.segment.put_source(WRITE_KEY, name="Amplitude Engage")
        lab.amplitude.configure(job_seconds=0.0, monthly_requests=0, requests_per_10_minutes=0, parallel_per_minute=0)
        yield lab


@pytest.fixture
def zygote(lab: Lab) -> Iterator[Zygote]:
    command = [sys.executable, "-m", "tests.syncer.run.zygote"]
    with (
        lab.serve() as address,
        subprocess.Popen(command, cwd=SUITE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        yield Zygote(process, address)
        assert process.stdin is not None
        process.stdin.close()


def test_killed_at_every_boundary_a_sync_converges(lab: Lab, zygote: Zygote, tmp_path: Path) -> None:
    """Wherever the process dies, the next run leaves every profile right, and tells nobody a second time in effect."""
    killed_at: list[str] = []
    for kill_at in range(1, 200):
        cohort = lab.amplitude.create_cohort("Power Users", cohort_id=f"c{kill_at:06}").id
        state = tmp_path / cohort
        lab.amplitude.set_members(cohort, sorted(FIRST))
        assert zygote.run(cohort, state)["status"] == 0
        lab.amplitude.set_members(cohort, sorted(SECOND))

        killed = zygote.run(cohort, state, kill_at)
        if killed["status"] == 0:
            break
        assert killed["status"] == SIGKILL
        killed_at.append(killed["where"])
        assert zygote.run(cohort, state)["status"] == 0

        key = f"Power Users ({cohort})"
        profiles = {user: profile.traits.get(key) for user, profile in lab.segment.profiles().items()}
        holders = {user for user, value in profiles.items() if value is True}
        told = [event for event in lab.segment.delivered() if key in event.raw["traits"]]
        assert holders == SECOND, killed["where"]
        assert len(told) == len(FIRST) + len(FIRST ^ SECOND), killed["where"]
    else:
        pytest.fail("the run has no end")

    assert len(killed_at) > 30
    assert {"ledger begin", "rename changes.parquet", "reply", "ledger settle", "ledger finish done"} <= set(killed_at)
