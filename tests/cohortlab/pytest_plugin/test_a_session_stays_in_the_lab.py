from __future__ import annotations

import pytest
import requests

from cohortlab.testing import Lab
from mock_core.errors import OutsideTheLab


@pytest.fixture(params=[False, True], ids=["in process", "served"])
def lab(request: pytest.FixtureRequest):
    with Lab(served=request.param) as lab:
        yield lab


@pytest.mark.parametrize(
    "url",
    [
        "https://api.segment.io/v1/identify",
        "http://amplitude.com/api/3/cohorts",
        "http://127.0.0.1:1/v1/identify",
        "http://amplitude.lab.example/api/3/cohorts",
        "http://segment.lab@example.org/v1/identify",
        "http://[::1]/",
        "http://segment.lab:81/v1/identify",
    ],
)
def test_nothing_but_the_lab_is_reached(lab: Lab, url: str):
    """A wrong base URL in a test is a sentence, and no request that leaves the machine."""
    with pytest.raises(OutsideTheLab, match=r"is not the lab: this session reaches .* Give the program the lab's"):
        lab.http.post(url, json={"userId": "u1"}, timeout=1)


def test_an_address_that_begins_like_the_labs_is_not_the_labs(lab: Lab):
    """What looks like the lab's host and port may be a user name and a password."""
    with pytest.raises(OutsideTheLab, match=r"GET http://example\.org/v1/identify is not the lab"):
        lab.http.get(f"{lab.segment_url}@example.org/v1/identify", timeout=1)


def test_a_redirect_does_not_lead_out(lab: Lab):
    """What a fault or a proxy points at is followed within the lab only."""
    lab.segment.workspace.arm({"fault": "status", "status": 302, "location": "https://api.segment.io/v1/batch"})

    with pytest.raises(OutsideTheLab, match=r"https://api\.segment\.io/v1/batch is not the lab"):
        lab.http.post(f"{lab.segment_url}/v1/batch", json={}, auth=(lab.write_key, ""))


def test_no_proxy_stands_between_a_test_and_its_lab(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    """Whatever the environment or the call says: a proxy would be a way out."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    reply = lab.http.get(
        f"{lab.amplitude_url}/api/3/cohorts",
        auth=(lab.api_key, lab.secret_key),
        proxies={"http": "http://127.0.0.1:9"},
    )

    assert reply.json() == {"cohorts": []}


def test_signed_addresses_are_the_labs(lab: Lab):
    """A large export lies on an origin of its own, which a session of the lab knows."""
    lab.amplitude.configure(inline_rows=0)
    lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1"])
    keys = (lab.api_key, lab.secret_key)
    asked = lab.http.get(f"{lab.amplitude_url}/api/5/cohorts/request/abcd1234", auth=keys).json()["request_id"]

    file = lab.http.get(f"{lab.amplitude_url}/api/5/cohorts/request/{asked}/file", auth=keys)

    assert '"u1"' in file.text
    assert isinstance(file, requests.Response)
