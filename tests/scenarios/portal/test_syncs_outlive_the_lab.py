"""What was set up, and what Segment acknowledged, is kept beside the journals."""

from __future__ import annotations

import threading
from pathlib import Path

import requests

from downstream.pump import Pump
from scenarios.lab import WRITE_KEY, Lab
from scenarios.portal import portal_of

START = 1_780_000_000.0


def test_a_lab_that_is_opened_again_goes_on_with_its_syncs(tmp_path: Path) -> None:
    with Lab(start=START, folder=tmp_path) as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada", "grace"])
        lab.portal.put_target("Production", WRITE_KEY)
        lab.portal.act_as("manager")
        lab.portal.save("7abc12de", "Production", "daily")
        lab.portal.advance(0)
    with Lab(folder=tmp_path) as lab:
        assert lab.portal.role == "manager"
        assert lab.portal.advance(0) == 0, "it has run today"
        lab.amplitude.leave("7abc12de", ["grace"])
        lab.portal.run("7abc12de:Production")
        newest, oldest = lab.portal.runs("7abc12de:Production")
        assert (oldest["entered"], newest["left"], newest["entered"]) == (2, 1, 0)


def test_what_a_run_left_beside_journals_that_are_gone_is_not_taken_for_this_labs(tmp_path: Path) -> None:
    for _ in range(2):
        with Lab(start=START, folder=tmp_path) as lab:
            lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada"])
            lab.portal.put_target("Production", WRITE_KEY)
            lab.portal.save("7abc12de", "Production")
            assert lab.portal.advance(0) == 1
            assert lab.portal.runs()[0]["entered"] == 1
        for file in tmp_path.glob("*.db*"):
            file.unlink()


def test_a_lab_that_is_served_runs_what_is_due_by_itself_and_tells_it_on_the_control_plane() -> None:
    with Lab() as lab, lab.serve() as address, Pump(lab.amplitude_fake, lambda state: portal_of(state).step()):
        control = f"{address.amplitude}/__lab"
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=["ada"])
        lab.amplitude.configure(job_seconds=0.0)
        target = {"name": "Production", "write_key": "a-long-write-key-of-thirty-letters"}
        assert requests.post(f"{control}/api-targets", json=target, timeout=10).json()["name"] == "Production"
        told = {"cohort_id": "7abc12de", "target": "Production", "cadence": "hourly"}
        assert requests.post(f"{control}/standing-syncs", json=told, timeout=10).status_code == 200
        arrived = threading.Event()
        for _ in range(200):
            if lab.segment.profile("ada").traits.get("Power Users (7abc12de)") is True:
                arrived.set()
                break
            lab.segment.workspace.journal.wait_beyond(lab.segment.workspace.journal.last, 0.1)
        assert arrived.is_set()
        (sync,) = requests.get(f"{control}/standing-syncs", timeout=10).json()["standing-syncs"]
        assert (sync["sync"], sync["cadence"], sync["paused"]) == ("7abc12de:Production", "hourly", False)
        (row,) = requests.get(f"{control}/api-targets", timeout=10).json()["api-targets"]
        assert target["write_key"] not in str(row)
        requests.put(f"{control}/role", json={"role": "viewer"}, timeout=10)
        refused = requests.post(f"{control}/standing-syncs/7abc12de:Production/run", json={}, timeout=10)
        assert refused.status_code == 403
        assert "Admin or Manager" in refused.json()["message"]
