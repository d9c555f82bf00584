from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from mock_core import Clocks, Fake, LabClock
from mock_core.errors import BadControl
from mock_core.faults import Marks
from mock_core.seed import Seed
from mock_core.workspace import Workspace, Workspaces

Echo = Fake[Any]


def test_workspaces_do_not_see_one_another(fake: Echo, session: requests.Session, url: str):
    """A call, a fault and a clock of one workspace leave the others alone."""
    fake.workspaces.get("ci-7").workspace.arm({"fault": "status", "status": 500})

    in_default = session.post(f"{url}/v1/echo", data=b"x")
    in_named = session.post(f"{url}/v1/echo", data=b"x", headers={"X-Lab-Workspace": "ci-7"})

    assert (in_default.status_code, in_named.status_code) == (200, 500)
    assert fake.state.workspace.journal.last == 1


def test_a_workspace_can_be_chosen_in_the_base_url(fake: Echo, session: requests.Session, url: str):
    """Clients that know nothing of headers carry the workspace in their path."""
    session.post(f"{url}/__lab/w/ci-7/v1/echo", data=b"x")

    assert fake.state.workspace.journal.last == 0
    assert fake.workspaces.get("ci-7").workspace.journal.last == 1


def test_the_default_workspaces_of_a_lab_share_its_clock():
    """Two fakes given the same clocks tell the same time, workspace by workspace."""
    clocks = Clocks(LabClock(10.0))

    assert clocks.get("default").now() == 10.0
    assert clocks.get("other") is clocks.get("other")
    assert clocks.get("other") is not clocks.get("default")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 65, ".hidden"])
def test_a_name_that_cannot_be_a_file_is_refused(fake: Echo, name: str):
    """A workspace name cannot lead out of the folder."""
    with pytest.raises(BadControl, match="not usable"):
        fake.workspaces.get(name)


def test_a_workspace_of_a_file_is_a_file_beside_it(tmp_path: Path):
    """Each workspace of lab.db is a recording of its own."""
    workspaces = Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db")
    workspaces.get("ci-7").control("x")
    workspaces.close()

    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["lab.ci-7.db", "lab.db"]


def test_a_reopened_workspace_still_has_its_faults(tmp_path: Path):
    """Faults are in the journal: armed ones come back with their counts, lifted ones do not."""
    from mock_core.faults import CORE_FAULTS

    path = tmp_path / "lab.db"
    first = Workspace(kinds=CORE_FAULTS, path=path)
    kept = first.arm({"fault": "status", "status": 500, "match": {"times": 3}})
    first.lift(first.arm({"fault": "lost-reply"}).id)
    first.journal.append(0, "request", {"faults": [kept.id]})
    first.close()

    again = Workspace(kinds=CORE_FAULTS, path=path)

    assert [(armed.kind, armed.struck) for armed in again.faults] == [("status", 1)]
    again.close()


def test_what_was_recorded_after_a_reset_goes_on_the_same_elsewhere(tmp_path: Path):
    """A full reset keeps clock and seed, and its recording tells them: chance strikes the same calls."""
    from mock_core.exchange import Call, Exchange
    from mock_core.faults import CORE_FAULTS

    def struck(workspace: Workspace) -> list[bool]:
        calls = [Exchange(Call("POST", "/v1/echo"), "/v1/echo") for _ in range(30)]
        return [bool(workspace.faults.claim(call, 0, Marks)) for call in calls]

    first = Workspace(kinds=CORE_FAULTS, clock=LabClock(5.0))
    first.reseed(7)
    first.clock.freeze(1e9)
    first.reset()
    first.arm({"fault": "status", "status": 503, "match": {"probability": 0.5, "times": None}})
    first.journal.save(tmp_path / "saved.db")
    again = Workspace(kinds=CORE_FAULTS, clock=LabClock())
    again.load(tmp_path / "saved.db")

    assert (again.clock.now(), again.clock.is_frozen, again.seed.value) == (1e9, True, 7)
    assert struck(again) == struck(first)
    first.close()
    again.close()


def test_a_recording_that_ends_with_a_running_clock_does_not_stop_anybodys(tmp_path: Path):
    """Only where the clock stood at the end counts."""
    first = Workspace(kinds={}, clock=LabClock(5.0))
    first.clock.freeze(1e9)
    first.clock.follow_system()
    first.journal.save(tmp_path / "saved.db")
    again = Workspace(kinds={}, clock=LabClock())
    again.load(tmp_path / "saved.db")

    assert not again.clock.is_frozen
    first.close()
    again.close()


def test_seed_streams_are_repeatable_and_apart():
    """The same seed and name give the same numbers, whatever other streams are drawn from."""
    one, two = Seed(7), Seed(7)
    one.stream("faults").random()

    assert one.stream("people").random() == two.stream("people").random()
    assert Seed(8).stream("people").random() != Seed(7).stream("people").random()
