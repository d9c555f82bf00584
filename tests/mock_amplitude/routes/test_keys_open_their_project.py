"""Who a call is made for, and the documented words when it is nobody (amplitude facts 1.1, 1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mock_core.errors import BadControl

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

LIST = "http://amplitude.lab/api/3/cohorts"


def test_an_unknown_key_is_refused_in_the_live_words(desk: Desk):
    """403 and `Invalid API Key`, in an envelope every known client reads."""
    answer = desk.anyone.get(LIST, auth=("nobody", "x"))

    assert answer.status_code == 403
    assert answer.json() == {
        "error": {
            "http_code": 403,
            "type": "unspecified",
            "error": "FORBIDDEN",
            "message": "Invalid API Key",
            "metadata": {"details": "Invalid API Key"},
        }
    }


@pytest.mark.parametrize("secret", ["", "wrong", "lab-secret-key "])
def test_a_wrong_secret_is_refused_in_other_words(desk: Desk, secret: str):
    """A known key with another secret is told apart from an unknown key."""
    answer = desk.anyone.get(LIST, auth=("lab-api-key", secret))

    assert (answer.status_code, desk.details(answer)) == (403, "Invalid API/Secret Key combination")


@pytest.mark.parametrize("header", [None, "Bearer x", "Basic !!!", "Basic /w=="])
def test_a_call_without_basic_credentials_is_401(desk: Desk, header: str | None):
    """No header, another scheme, and a value that is no base64 are one case."""
    answer = desk.anyone.get(LIST, headers={} if header is None else {"Authorization": header})

    assert answer.status_code == 401


def test_the_status_without_credentials_is_a_setting(desk: Desk):
    """Clients handle 401 and 403, and nobody knows which is real."""
    desk.amplitude.configure(missing_auth_status=403)

    assert desk.anyone.get(LIST).status_code == 403


def test_the_live_403_has_no_message_in_the_documented_envelope(desk: Desk):
    """With the documented envelope the body is the live one to the letter."""
    desk.amplitude.configure(error_envelope="documented")

    answer = desk.anyone.get(LIST, auth=("nobody", "x"))

    assert answer.json() == {
        "error": {"http_code": 403, "type": "unspecified", "metadata": {"details": "Invalid API Key"}}
    }


def test_the_other_envelope_is_what_segments_client_reads(desk: Desk):
    """`error.error` and `error.message`, nothing else."""
    desk.amplitude.configure(error_envelope="segment")

    answer = desk.get("/api/5/cohorts/request/nothere")

    assert answer.json() == {"error": {"error": "NOT_FOUND", "message": "Cohort nothere not found"}}


def test_a_key_of_the_other_region_is_an_unknown_key(desk: Desk):
    """EU keys answer 403 on the US host and work on the EU one, told by setting or by host name."""
    desk.amplitude.put_project("eu-key", "eu-secret", region="eu")
    auth = ("eu-key", "eu-secret")

    assert desk.details(desk.anyone.get(LIST, auth=auth)) == "Invalid API Key"
    assert desk.anyone.get("http://analytics.eu.amplitude.com/api/3/cohorts", auth=auth).status_code == 200
    assert desk.anyone.get("http://eu.localhost:4801/api/3/cohorts", auth=auth).status_code == 200
    assert desk.session.get("http://analytics.eu.amplitude.com/api/3/cohorts").status_code == 403
    desk.amplitude.configure(region="eu")
    assert desk.anyone.get(LIST, auth=auth).status_code == 200
    assert desk.session.get("http://amplitude.com/api/3/cohorts").status_code == 200


def test_projects_do_not_see_each_others_cohorts(desk: Desk):
    """A cohort is listed, requested and edited with the keys of its own project only."""
    other = desk.amplitude.put_project("other-key", "other-secret")
    desk.amplitude.create_cohort("Theirs", cohort_id="theirs01", project_id=other.id, members=["u1"])
    desk.amplitude.create_cohort("Ours", cohort_id="ours0001", members=["u1"])

    assert [each["id"] for each in desk.get("/api/3/cohorts").json()["cohorts"]] == ["ours0001"]
    assert desk.get("/api/5/cohorts/request/theirs01").status_code == 404
    assert desk.get("/api/3/cohorts/theirs01").status_code == 404


def test_two_projects_cannot_share_an_app_id(desk: Desk):
    """An app id is one project's; its own key may change its secret."""
    with pytest.raises(BadControl, match="100001 exists with another API key"):
        desk.amplitude.put_project("k", "s", project_id=100001)

    desk.amplitude.put_project("lab-api-key", "rotated", project_id=100001)

    assert desk.anyone.get(LIST, auth=("lab-api-key", "rotated")).status_code == 200
