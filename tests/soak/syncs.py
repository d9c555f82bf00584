"""`cohortlab sync run` killed at moments of chance, with faults on both sides: in the end every profile is right."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY, Lab

KILLS = 48
MEMBERS = 20_000
FAULTS = (
    ("segment", {"fault": "status", "status": 503, "match": {"times": 3, "probability": 0.5}}),
    ("segment", {"fault": "status", "status": 429, "retry_after": 1, "match": {"times": 2}}),
    ("segment", {"fault": "lost-reply", "match": {"times": 2, "skip": 3}}),
    ("segment", {"fault": "connection-reset", "match": {"times": 2, "skip": 5}}),
    ("amplitude", {"fault": "status", "status": 500, "match": {"times": 1}}),
    ("amplitude", {"fault": "connection-reset", "match": {"times": 1, "skip": 1}}),
)


def sync(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cohortlab", "sync", "run", "--json"]
    return subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_killed_syncs_end_at_the_truth(tmp_path: Path):
    """Members come and go between rounds, a run is killed once or twice, and the next one finishes what it began."""
    random, kills, rounds, delivered = Random(7), 0, 0, 0
    members = {f"u{number}" for number in range(MEMBERS)}
    with Lab(seed=7) as lab, lab.serve() as address:
        lab.segment.put_source(WRITE_KEY, name="Engage")
        lab.amplitude.configure(job_seconds=0.0, monthly_requests=0, requests_per_10_minutes=0, parallel_per_minute=0)
        cohort = lab.amplitude.create_cohort("Power", cohort_id="power000", members=sorted(members)).id
        environment = {
            "AMPLITUDE_BASE_URL": address.amplitude,
            "AMPLITUDE_API_KEY": API_KEY,
            "AMPLITUDE_SECRET_KEY": SECRET_KEY,
            "SEGMENT_BASE_URL": address.segment,
            "SEGMENT_WRITE_KEY": WRITE_KEY,
            "COHORT_ID": cohort,
            "SYNC_STATE_DIR": str(tmp_path / "state"),
        }
        takes = 4.0
        while kills < KILLS:
            rounds += 1
            for fake, spec in random.sample(FAULTS, random.randint(0, 4)):
                getattr(lab, fake).workspace.arm(spec)
            for _ in range(random.randint(1, 2)):
                run = sync(environment)
                time.sleep(random.uniform(0.3, takes))
                kills += run.poll() is None
                run.kill()
                run.wait()
            began, run = time.monotonic(), sync(environment)
            for _ in range(4):
                if run.wait(600) == 0:
                    break
                run = sync(environment)
            assert run.wait(600) == 0
            takes = max(1.0, min(8.0, time.monotonic() - began))
            for fake in ("segment", "amplitude"):
                getattr(lab, fake).workspace.lift()
            told = {user: profile.traits.get(f"Power ({cohort})") for user, profile in lab.segment.profiles().items()}
            wrong = [user for user, value in told.items() if bool(value) is not (user in members)]
            assert wrong == []
            assert members <= told.keys()
            delivered = sum(count for key, count in lab.segment.tally().items() if "delivered" in key)
            gone = set(random.sample(sorted(members), 200))
            members = (members - gone) | {f"r{rounds}.{number}" for number in range(300)}
            lab.amplitude.set_members(cohort, sorted(members))
    print(f"{kills} kills, {rounds} rounds, {delivered:,} delivered, 0 profiles wrong")  # noqa: T201 - as above
