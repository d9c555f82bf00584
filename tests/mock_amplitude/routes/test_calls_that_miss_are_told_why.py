"""Calls that miss are told why: ids of something else, older routes, other APIs, and credentials that are none."""

from __future__ import annotations

import base64
from typing import Any

import pytest

COHORT = "abcd1234"


@pytest.fixture
def request_id(desk: Any) -> str:
    """A download that was asked for."""
    desk.amplitude.create_cohort("Power Users", cohort_id=COHORT, members=["ann"])
    return str(desk.get(f"/api/5/cohorts/request/{COHORT}").json()["request_id"])


def message(answer: Any) -> str:
    return str(answer.json()["error"]["message"])


def test_a_request_id_in_the_place_of_a_cohort_is_told(desk: Any, request_id: str):
    """On every route that takes a cohort: what it is of, and where its state and its file are."""
    for path in (
        f"/api/5/cohorts/request/{request_id}",
        f"/api/3/cohorts/{request_id}",
        f"/sdk/v1/cohort/{request_id}",
    ):
        answer = desk.get(path)
        assert answer.status_code == 404
        assert f"the request_id of a download of cohort {COHORT}" in message(answer)
        assert f"GET /api/5/cohorts/request-status/{request_id}" in message(answer)


def test_a_cohort_in_the_place_of_a_request_id_is_told(desk: Any, request_id: str):
    """At the state and at the file: which call answers the id that is wanted."""
    for path in (f"/api/5/cohorts/request-status/{COHORT}", f"/api/5/cohorts/request/{COHORT}/file"):
        answer = desk.get(path)
        assert answer.status_code == 404
        assert f"the id of a cohort; GET /api/5/cohorts/request/{COHORT} asks for a download" in message(answer)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("Power Users", f"the name of cohort {COHORT}"),
        (f"Power Users ({COHORT})", f"cohort {COHORT} is, and a path takes its id alone"),
        ("zzzz9999", "Cohort zzzz9999 not found"),
    ],
)
def test_a_name_or_a_trait_key_in_the_place_of_an_id_is_told(desk: Any, request_id: str, word: str, words: str):
    """What people copy from a screen."""
    assert words in message(desk.get(f"/api/5/cohorts/request/{word}"))


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/api/5/cohorts/request-status/qfaZya/file", "/api/5/cohorts/request/qfaZya/file"),
        (f"/api/3/cohorts/info/{COHORT}", f"/api/3/cohorts/{COHORT}"),
        (f"/api/3/cohorts/request/{COHORT}", f"/api/5/cohorts/request/{COHORT}"),
        (f"/api/5/cohorts/download/{COHORT}", f"/api/5/cohorts/request/{COHORT}"),
        ("/api/5/cohorts/status/qfaZya", "/api/5/cohorts/request-status/qfaZya"),
        ("/api/5/cohorts/usage", "/api/3/cohorts/usage"),
        (f"/sdk/v2/cohorts/{COHORT}", f"/sdk/v1/cohort/{COHORT}"),
    ],
)
def test_older_routes_lead_to_those_that_are(desk: Any, path: str, meant: str):
    """What an SDK once called, or a script guessed."""
    answer = desk.get(path)

    assert answer.status_code == 404
    assert f"is {meant}." in message(answer)


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/api/2/users?start=20260101&end=20260105", "Dashboard REST API"),
        ("/api/2/events/list", "Dashboard REST API"),
        ("/api/3/chart/abc/query", "Dashboard REST API"),
    ],
)
def test_a_route_that_the_lab_lacks_looks_at_the_keys_first(desk: Any, path: str, api: str):
    """A client that tries its keys there is told the truth about them; then what the lab does not have."""
    wrong = desk.get(path, auth=("nope", "nope"))
    none = desk.anyone.get(f"{desk.url}{path}")
    right = desk.get(path)

    assert (wrong.status_code, none.status_code, right.status_code) == (403, 401, 404)
    assert wrong.json()["error"]["metadata"]["details"] == "Invalid API Key"
    assert f"{api}, which this lab does not have" in message(right)


def test_ingestion_that_the_lab_lacks_looks_for_the_key_in_the_body(desk: Any):
    """In the words of that API: the key is missing, unknown, or fine and of no use here."""
    bodies = ({}, {"api_key": "x"}, {"api_key": "lab-api-key"})
    answers = [desk.anyone.post(f"{desk.url}/httpapi", json=body) for body in bodies]

    assert [answer.status_code for answer in answers] == [400, 400, 404]
    assert answers[0].json()["missing_field"] == "api_key"
    assert answers[1].json()["error"] == "Invalid API key"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"headers": {"Authorization": "Bearer xyz"}}, 401, "of the scheme 'Bearer'; Amplitude takes Basic"),
        ({"headers": {"Authorization": "lab-api-key"}}, 401, "without a scheme"),
        ({"headers": {"Authorization": "Basic ???"}}, 401, "no Base64 of text"),
        ({"headers": {"X-Api-Key": "lab-api-key"}}, 401, "x-api-key is not looked at"),
        ({"json": {"api_key": "lab-api-key"}}, 401, "the key in the body is not looked at"),
        ({"headers": {"Authorization": basic("[object Object]", "")}}, 403, "what JavaScript makes of an object"),
        ({"headers": {"Authorization": basic("lab-secret-key", "lab-api-key")}}, 403, "that is the secret key"),
        ({"headers": {"Authorization": basic("lab-api-key", "")}}, 403, "the secret key is missing"),
    ],
)
def test_credentials_that_are_none_are_told_for_what_they_are(desk: Any, sent: dict[str, Any], status: int, words: str):
    """Beside the vendor's own words, in the answer and in the journal."""
    answer = desk.anyone.get(f"{desk.url}/api/3/cohorts", **sent)

    assert answer.status_code == status
    assert words in answer.json()["error"]["metadata"]["lab"]
    assert words in desk.lab("GET", "/requests").json()["requests"][-1]["refused"]["message"]


def test_a_success_that_a_fault_answers_is_no_error(desk: Any, request_id: str):
    """202 at the state says what a running job says, and at the SDK's route that the cohort is not there yet."""
    desk.amplitude.workspace.arm({"fault": "script", "statuses": [202, 429], "retry_after": 1})
    waiting = desk.get(f"/api/5/cohorts/request-status/{request_id}")
    limited = desk.get(f"/sdk/v1/cohort/{COHORT}")
    desk.amplitude.workspace.arm({"fault": "status", "status": 202, "match": {"route": "/sdk/v1/cohort/*"}})
    pending = desk.get(f"/sdk/v1/cohort/{COHORT}")

    assert (waiting.status_code, waiting.json()) == (202, {"async_status": "JOB INPROGRESS"})
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "1")
    assert (pending.status_code, pending.json()) == (202, {})
