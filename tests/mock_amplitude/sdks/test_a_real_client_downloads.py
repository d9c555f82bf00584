"""amplitude-data-wrapper, unmodified: list, request, poll, download, small and large, over sockets (facts 8)."""

from __future__ import annotations

import csv
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from amplitude_data_wrapper import analytics_api

from mock_amplitude import AmplitudeFake, AmplitudeState, create_app
from mock_core.wire import Server

# The wrapper closes neither its files nor its sessions; that is its own affair.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
KEYS = ("lab-api-key", "lab-secret-key")


class Served:
    """A workspace of a fake on two sockets, the API's and the files', whose clock the client's own waits move."""

    def __init__(self, state: AmplitudeState, url: str, files: str) -> None:
        self.state, self.clock, self.url, self.files = state, state.workspace.clock, url, files


@pytest.fixture(scope="module")
def sockets() -> Iterator[tuple[AmplitudeFake, str, str]]:
    fake = AmplitudeFake()
    app = create_app(fake)
    with Server(app, threads=4) as api, Server(app, threads=4) as files:
        fake.files_base_url = files.url
        yield fake, api.url, files.url
        gc.collect()  # what the wrapper left open is noticed here, not in somebody else's test
    fake.close()


@pytest.fixture
def served(
    sockets: tuple[AmplitudeFake, str, str], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Served:
    fake, api, files = sockets
    name = f"test-{abs(hash(request.node.name))}"
    state = fake.workspaces.get(name)
    state.workspace.clock.freeze(1_767_603_600.0)
    url = f"{api}/__lab/w/{name}"
    monkeypatch.setattr(analytics_api, "API_DOMAINS", {"us": url})
    monkeypatch.setattr(analytics_api.time, "sleep", state.workspace.clock.advance)
    return Served(state, url, files)


@pytest.mark.parametrize("rows", [0, 10, 10_000, 25_000])
def test_the_wrapper_downloads_small_and_large_cohorts(served: Served, tmp_path: Path, rows: int):
    """Inline and through the signed address of another origin: every member is in the file, once."""
    served.state.create_cohort("C", cohort_id="c")
    served.state.populate("c", rows)

    path = analytics_api.get_cohort(*KEYS, "c", str(tmp_path / "c.csv"), region="us")

    with Path(path).open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    members = list(served.state.membership("c"))
    assert [(int(row["amplitude_id"]), row["user_id"] or None) for row in found] == members
    (job,) = served.state.jobs()
    assert job.cohort_id == "c"


def test_the_wrapper_waits_while_a_job_runs(served: Served, tmp_path: Path):
    """It polls every five seconds until the status is 200."""
    served.state.configure(job_seconds=42.0)
    served.state.create_cohort("C", cohort_id="c", members=["u1"])
    start = served.clock.now()

    analytics_api.get_cohort(*KEYS, "c", str(tmp_path / "c.csv"), region="us")

    assert served.clock.now() - start == 45


def test_the_wrapper_reads_properties(served: Served, tmp_path: Path):
    """props=1 puts a column per property into the file."""
    served.state.create_cohort("C", cohort_id="c", members=["u1"])

    path = analytics_api.get_cohort(*KEYS, "c", str(tmp_path / "c.csv"), props=1, region="us")

    with Path(path).open(newline="", encoding="utf-8") as file:
        assert "country" in next(csv.DictReader(file))


@pytest.mark.parametrize(("keys", "region"), [(("x", "y"), "us"), (KEYS, "eu")])
def test_the_wrapper_raises_on_keys_that_do_not_open(
    served: Served, tmp_path: Path, keys: tuple[str, str], region: str
):
    """A wrong key and a wrong region look the same to it, as they do in life."""
    served.state.configure(region=region)
    served.state.create_cohort("C", cohort_id="c")

    with pytest.raises(requests.HTTPError) as raised:
        analytics_api.get_cohort(*keys, "c", str(tmp_path / "c.csv"), region="us")

    assert raised.value.response.status_code == 403


def test_the_wrapper_finds_a_user(served: Served):
    """Its user search reads the same endpoint that Segment's client probes its keys with."""
    served.state.add_people(["u1"])

    answer = analytics_api.find_user("u1", *KEYS, region="us")

    assert answer.status_code == 200
    assert answer.json()["matches"][0]["user_id"] == "u1"


def test_requests_drops_the_keys_when_it_follows_to_the_files_origin(served: Served):
    """Two ports are two origins: a library that behaves gets the file, one that drags its keys along gets a 400."""
    served.state.configure(inline_rows=0, job_seconds=0.0)
    served.state.create_cohort("C", cohort_id="c", members=["u1"])
    request_id = requests.get(f"{served.url}/api/5/cohorts/request/c", auth=KEYS, timeout=10).json()["request_id"]
    path = f"{served.url}/api/5/cohorts/request/{request_id}/file"

    location = requests.get(path, auth=KEYS, allow_redirects=False, timeout=10).headers["Location"]

    assert location.startswith(f"{served.files}/")
    assert requests.get(path, auth=KEYS, timeout=10).status_code == 200
    assert requests.get(location, auth=KEYS, timeout=10).status_code == 400
