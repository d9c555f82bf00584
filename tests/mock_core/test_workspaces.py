from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_core import Clocks, Fake, LabClock
from mock_core.errors import BadControl, InUse, TooMany
from mock_core.faults import Marks
from mock_core.journal.shelf import STANDING_OPEN
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
    call = {"method": "POST", "path": "/v1/echo", "query": "", "headers": {}, "status": 500}
    first.journal.append(0, "request", {**call, "faults": [kept.id]})
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


def test_a_second_lab_on_the_same_files_is_refused(tmp_path: Path):
    """It would count again what the first has written; once the first has closed, it may have them."""
    first = Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db")

    with pytest.raises(InUse, match=r"lab\.db is in use by another lab"):
        Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db")

    first.close()
    Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db").close()


def test_a_lab_that_was_killed_holds_nothing(tmp_path: Path):
    """Its lock goes with its process."""
    program = (
        "import sys, os, signal; from pathlib import Path; from mock_core import Workspaces\n"
        "held = Workspaces(lambda workspace: workspace, kinds={}, path=Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "lab.db")], check=False, timeout=60)

    Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db").close()


def test_workspaces_have_a_bound(tmp_path: Path):
    """One too many is told what to do, and those there are go on; one that is dropped makes room."""
    workspaces = Workspaces(lambda workspace: workspace, kinds={}, most=3)
    for name in ("a", "b"):
        workspaces.get(name)

    with pytest.raises(TooMany, match="DELETE /__lab/workspaces/NAME"):
        workspaces.get("c")

    assert workspaces.get("a").control("x") == 1
    workspaces.drop("b")
    assert workspaces.get("c").control("x") == 1
    workspaces.close()


def test_a_page_of_another_origin_makes_no_workspace(fake: Echo, session: requests.Session, url: str):
    """It may speak to those there are, as pages under test do."""
    page = {"Origin": "http://elsewhere.example"}

    new = session.post(f"{url}/__lab/w/new/v1/echo", data=b"x", headers=page)
    image = session.get(f"{url}/__lab/w/new/nowhere", headers={"Sec-Fetch-Site": "cross-site"})
    fake.workspaces.get("known")
    known = session.post(f"{url}/__lab/w/known/v1/echo", data=b"x", headers=page)
    default = session.post(f"{url}/v1/echo", data=b"x", headers=page)

    assert [new.status_code, image.status_code, known.status_code, default.status_code] == [403, 403, 200, 200]
    assert fake.workspaces.names() == ["default", "known"]
    assert "Name it from a program first" in new.json()["message"]


def test_more_workspaces_than_files_that_stand_open_all_go_on(tmp_path: Path):
    """Files are opened when they are asked for, and a rest loses nothing."""
    workspaces = Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db")
    names = [f"test-{number}" for number in range(STANDING_OPEN + 40)]
    for _ in range(2):
        for name in names:
            workspaces.get(name).control("x")

    open_files = [path for path in _open_files() if path.startswith(str(tmp_path))]

    assert len({path for path in open_files if path.endswith(".db")}) <= STANDING_OPEN + 1
    assert [workspaces.get(name).journal.last for name in names] == [2] * len(names)
    assert all(len(list(workspaces.get(name).journal.walk())) == 2 for name in names)
    workspaces.close()
    again = Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db")
    assert len(again.names()) == len(names) + 1
    again.close()


def _open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("there is no /proc to ask")
    return [str(each.readlink()) for each in folder.iterdir() if each.is_symlink()]


def test_what_is_no_file_beside_the_first_is_left_alone(tmp_path: Path):
    """A pipe would be waited for, and a folder is no journal."""
    os.mkfifo(tmp_path / "lab.pipe.db")
    (tmp_path / "lab.folder.db").mkdir()

    workspaces = Workspaces(lambda workspace: workspace, kinds={}, path=tmp_path / "lab.db")

    assert workspaces.names() == ["default"]
    workspaces.close()


@pytest.mark.parametrize("value", ["7", 2**64, -(2**63) - 1, True, 1.0])
def test_a_seed_is_a_whole_number_that_a_journal_can_tell(value: Any):
    """Anything else is a sentence."""
    with pytest.raises(BadControl, match="expected a whole number"):
        Seed(value)


def test_two_loads_at_once_are_two_loads(tmp_path: Path):
    """One after the other, with calls between them, and the clock in no one's way."""
    clock = LabClock(5.0)
    saved = Workspace(kinds={}, clock=LabClock(1e9))
    saved.control("x")
    saved.journal.save(tmp_path / "saved.db")
    workspace = Workspace(kinds={}, clock=clock)
    failed: list[BaseException] = []

    def work(part: Callable[[], object]) -> None:
        try:
            for _ in range(20):
                part()
        except BaseException as error:
            failed.append(error)

    parts = [
        lambda: workspace.load(tmp_path / "saved.db"),
        lambda: workspace.load(tmp_path / "saved.db"),
        lambda: workspace.control("y"),
        lambda: clock.advance(1),
        workspace.reset,
    ]
    threads = [threading.Thread(target=work, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not failed
    assert not any(thread.is_alive() for thread in threads)
    workspace.close()
    saved.close()
