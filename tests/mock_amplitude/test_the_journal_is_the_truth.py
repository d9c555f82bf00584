"""Everything a job, a quota or a membership depends on is in the journal: reopened or replayed it is the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests

from mock_amplitude import AmplitudeFake, AmplitudeState, create_app
from mock_amplitude.world import World
from mock_core import Clocks, LabClock
from mock_core.inprocess import InProcessAdapter

T0 = 1_767_603_600.0


def told(state: AmplitudeState) -> dict[str, Any]:
    """Return everything one may ask of a state."""
    return {
        "cohorts": state.cohorts(),
        "members": {cohort.id: list(state.membership(cohort.id)) for cohort in state.cohorts()},
        "jobs": state.jobs(),
        "usage": dict(state.world.usage),
        "settings": state.settings,
        "projects": state.projects(),
        "exports": {job.request_id: list(state.export_of(job).members) for job in state.jobs()},
    }


def live_a_little(fake: AmplitudeFake, clock: LabClock) -> None:
    """Do a bit of everything that changes a state."""
    session = requests.Session()
    session.auth = ("lab-api-key", "lab-secret-key")
    session.mount("http://", InProcessAdapter(create_app(fake), clock))
    state = fake.state
    state.configure(monthly_requests=40, job_seconds=1.0, job_seconds_max=9.0)
    state.put_project("k", "s", region="eu")
    state.create_cohort("Moving", cohort_id="moving", members=["u1", None])
    state.populate("moving", 500)
    state.churn("moving", enter=0.1, leave=0.1)
    session.get("http://amplitude.lab/api/5/cohorts/request/moving")
    clock.advance(3 * 3600)
    session.get("http://amplitude.lab/api/5/cohorts/request/moving")
    state.import_csv(state.create_cohort("File").id, b'"amplitude_id","user_id"\n"5","u1"\n"6",""\n')
    state.identify(6, "late")
    upload = {"name": "L", "app_id": 1, "id_type": "BY_USER_ID", "ids": ["u1", "late"], "owner": "o", "published": True}
    listed = session.post("http://amplitude.lab/api/3/cohorts/upload", json=upload).json()["cohortId"]
    part = {"ids": ["u1"], "id_type": "BY_NAME", "operation": "REMOVE"}
    session.post("http://amplitude.lab/api/3/cohorts/membership", json={"cohort_id": listed, "memberships": [part]})
    session.get("http://amplitude.lab/api/3/cohorts/moving")
    state.rename("moving", "Moved")
    state.archive("moving")


def test_a_reopened_file_gives_the_same_state(tmp_path: Path):
    """Closed and opened again, with the clock where it was."""
    clock = LabClock(T0)
    fake = AmplitudeFake(clocks=Clocks(clock), seed=3, path=tmp_path / "amplitude.db")
    live_a_little(fake, clock)
    before = told(fake.state)
    fake.close()

    again = AmplitudeFake(clocks=Clocks(LabClock(clock.now())), seed=3, path=tmp_path / "amplitude.db")

    assert told(again.state) == before
    again.close()


def test_the_same_calls_with_the_same_seed_give_the_same_journal():
    """To the byte, entry by entry; another seed gives another one."""

    def entries(seed: int) -> list[Any]:
        clock = LabClock(T0)
        fake = AmplitudeFake(clocks=Clocks(clock), seed=seed)
        live_a_little(fake, clock)
        found = [(entry.at, entry.kind, entry.data, entry.body) for entry in fake.state.workspace.journal.walk()]
        fake.close()
        return found

    first = entries(3)

    assert entries(3) == first
    assert entries(4) != first


def test_a_world_can_be_folded_from_any_prefix():
    """A fold of a prefix is the state as it was, and folding the rest gives the state as it is."""
    clock = LabClock(T0)
    fake = AmplitudeFake(clocks=Clocks(clock), seed=3)
    live_a_little(fake, clock)
    journal, seed = fake.state.workspace.journal, fake.state.workspace.seed
    world = World(seed)

    for entry in journal.walk():
        world.apply(entry)

    assert {each: list(world.cohorts.members(each)) for each in world.cohorts.by_id} == told(fake.state)["members"]
    fake.close()


def test_a_full_reset_is_a_new_beginning():
    """No cohort, no job, no setting is left; the same seed starts over."""
    fake = AmplitudeFake(clocks=Clocks(LabClock(T0)))
    first = fake.state.create_cohort("C").id
    fake.state.configure(job_seconds=9.0)

    fake.state.workspace.reset()

    assert fake.state.cohorts() == []
    assert fake.state.settings.job_seconds == 2.0
    assert fake.state.create_cohort("C").id == first
    fake.close()


def test_a_saved_journal_is_the_same_lab_elsewhere(tmp_path: Path):
    """Loaded into a fake of another seed: the same people, members, jobs and quotas, and it goes on the same."""
    clock = LabClock(T0)
    fake = AmplitudeFake(clocks=Clocks(clock), seed=3)
    live_a_little(fake, clock)
    fake.state.workspace.journal.save(tmp_path / "saved.db")
    other = AmplitudeFake(clocks=Clocks(LabClock(clock.now())), seed=99)

    other.state.workspace.load(tmp_path / "saved.db")

    assert told(other.state) == told(fake.state)
    clock.advance(2 * 3600)
    other.state.workspace.clock.freeze(clock.now())
    assert list(other.state.membership("moving")) == list(fake.state.membership("moving"))
    fake.close()
    other.close()


def test_another_seed_moves_chance_but_not_the_people_there_are():
    """Reseeded, churn goes another way; who is there stays who he is. Before there are people, the seed makes them."""
    clock = LabClock(T0)
    fake = AmplitudeFake(clocks=Clocks(clock), seed=1)
    fake.state.create_cohort("C", cohort_id="c")
    fake.state.workspace.reseed(2)
    fake.state.populate("c", 100)
    before = list(fake.state.membership("c"))

    fake.state.workspace.reseed(3)
    fake.state.populate("c", 1)

    of_two = AmplitudeFake(clocks=Clocks(LabClock(T0)), seed=2)
    of_two.state.create_cohort("C", cohort_id="c")
    of_two.state.populate("c", 101)
    assert list(fake.state.membership("c"))[:100] == before
    assert list(fake.state.membership("c")) == list(of_two.state.membership("c"))
    fake.close()
    of_two.close()
