"""The Python client: what a test says to a fake that runs elsewhere, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from mock_amplitude import AmplitudeClient, AmplitudeFake, Member, create_app
from mock_core.errors import BadControl
from mock_core.wire import Server

KEYS = ("lab-api-key", "lab-secret-key")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    fake = AmplitudeFake()
    with Server(create_app(fake), threads=4) as server:
        fake.files_base_url = server.url
        yield server.url
    fake.close()


@pytest.fixture
def lab(url: str, request: pytest.FixtureRequest) -> Iterator[AmplitudeClient]:
    with requests.Session() as session:
        made = AmplitudeClient(url, workspace=f"test-{abs(hash(request.node.name))}", session=session)
        made.freeze(1_767_603_600.0)
        yield made
        made.drop()


def test_a_cohort_lives_its_life(lab: AmplitudeClient):
    """The same methods as in process, the same answers."""
    cohort = lab.create_cohort("C", cohort_id="c", members=["u1", None, (5, "u5")])

    assert (cohort["id"], cohort["members"]) == ("c", 3)
    assert lab.enter("c", ["u1", "u2"]) == 1
    assert lab.leave("c", ["u1"], amplitude_ids=[5]) == 2
    assert [member.user_id for member in lab.membership("c")] == [None, "u2"]
    assert lab.set_members("c", ["z"]) == 1
    assert lab.rename("c", "D")["name"] == "D"
    assert [lab.archive("c")["archived"], lab.unarchive("c")["archived"]] == [True, False]
    assert [lab.unpublish("c")["published"], lab.publish("c")["published"]] == [False, True]
    assert lab.recompute("c")["size"] == 1
    assert lab.put_sync("c", frequency="daily")["syncMetadata"][0]["frequency"] == "daily"
    assert [each["name"] for each in lab.cohorts()] == ["D"]
    lab.delete("c")
    with pytest.raises(BadControl, match="There is no cohort 'c'"):
        lab.cohort("c")


def test_a_population_moves(lab: AmplitudeClient):
    """Populate, churn, then and now, identify, properties, forget, import, export."""
    lab.create_cohort("C", cohort_id="c")
    lab.populate("c", 1_500)
    before = lab.now()
    lab.churn("c", enter=0.1, leave=0.1)
    lab.advance(3600)
    members = lab.membership("c")

    assert len(members) == 1_500
    assert len(set(members) & set(lab.membership("c", moment=round(before * 1000)))) == 1_350
    anonymous = next(member.amplitude_id for member in members if member.user_id is None)
    lab.identify(anonymous, "late")
    assert lab.put_properties(anonymous, {"plan": "x"})["plan"] == "x"
    assert Member(anonymous, "late") in lab.membership("c")
    lab.forget(anonymous)
    assert len(lab.membership("c")) == 1_499
    file = lab.export_csv("c", props=True, prop_keys=["plan"])
    lab.create_cohort("D", cohort_id="d")
    assert lab.import_csv("d", file)["members"] == 1_499
    assert lab.export_csv("d", props=True, prop_keys=["plan"]) == file


def test_a_call_with_a_projects_key_finds_its_workspace(lab: AmplitudeClient, url: str):
    """A client that can name no workspace ends up where its key was made; the default keys stay at home."""
    project = lab.put_project(f"key-{lab.workspace}", "s", name="P")
    lab.create_cohort("C", cohort_id="c", project_id=project.id)

    found = requests.get(f"{url}/api/3/cohorts", auth=(project.api_key, "s"), timeout=10).json()["cohorts"]
    at_home = requests.get(f"{url}/api/3/cohorts", auth=KEYS, timeout=10).json()["cohorts"]
    by_path = requests.get(f"{lab.base_url}/api/3/cohorts", auth=(project.api_key, "s"), timeout=10).json()["cohorts"]

    assert [each["id"] for each in found] == [each["id"] for each in by_path] == ["c"]
    assert at_home == []
    assert [each.name for each in lab.projects()] == ["lab", "P"]


def test_jobs_are_awaited_and_counted(lab: AmplitudeClient):
    """A test never polls: the view is awaited until the clock has brought the job to its end."""
    lab.create_cohort("C", cohort_id="c", members=["u1"])
    lab.configure(job_seconds=0.3)
    lab.follow_system()
    requests.get(f"{lab.base_url}/api/5/cohorts/request/c", auth=KEYS, timeout=10)

    assert lab.wait_for("jobs", phase="completed", timeout=20) == 1
    assert [job["phase"] for job in lab.jobs(cohort_id="c")] == ["completed"]
    assert lab.quotas()[0]["month"] == 1
    assert 'amplitude_jobs{phase="completed"} 1' in lab.metrics()


@pytest.mark.parametrize(("fault", "fields"), [("truncated-body", {"after": 400}), ("truncated-body", {"after": 0})])
def test_a_file_that_is_cut_off_does_not_look_whole(lab: AmplitudeClient, fault: str, fields: dict[str, int]):
    """A body without a length, cut: the client sees that its end is missing."""
    lab.create_cohort("C", cohort_id="c")
    lab.populate("c", 500)
    lab.configure(job_seconds=0)
    answer = requests.get(f"{lab.base_url}/api/5/cohorts/request/c", auth=KEYS, timeout=10).json()
    lab.arm(fault, match={"route": "/api/5/*"}, **fields)

    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        requests.get(f"{lab.base_url}/api/5/cohorts/request/{answer['request_id']}/file", auth=KEYS, timeout=10)


def test_a_slow_file_comes_whole(lab: AmplitudeClient):
    """Dripping changes the pace, not the bytes."""
    lab.create_cohort("C", cohort_id="c", members=["u1"])
    lab.configure(job_seconds=0, gzip="off")
    answer = requests.get(f"{lab.base_url}/api/5/cohorts/request/c", auth=KEYS, timeout=10).json()
    lab.arm("slow-body", bytes_per_second=2_000)

    file = requests.get(f"{lab.base_url}/api/5/cohorts/request/{answer['request_id']}/file", auth=KEYS, timeout=10)

    assert file.content == lab.export_csv("c")
