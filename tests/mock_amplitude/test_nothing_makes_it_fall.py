"""No 5xx on any input: a fuzz over ids, queries, headers and bodies, known ids among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import requests
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_amplitude import AmplitudeFake, create_app
from mock_core import Clocks, LabClock
from mock_core.inprocess import InProcessAdapter

BASIC = {"Authorization": "Basic bGFiLWFwaS1rZXk6bGFiLXNlY3JldC1rZXk="}


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    fake = AmplitudeFake(clocks=Clocks(LabClock(1_767_603_600.0)))
    fake.state.configure(requests_per_10_minutes=0, monthly_requests=0, job_seconds=0.0)
    fake.state.create_cohort("C", cohort_id="c", members=["u1", None])
    fake.state.create_cohort("L", cohort_id="l", members=["u1"], uploaded=True)
    yield create_app(fake)
    fake.close()


IDS = st.sampled_from(["c", "l", "JOB"]) | st.text(max_size=20)
PATHS = st.sampled_from(
    [
        "/api/3/cohorts",
        "/api/3/cohorts/{}",
        "/api/3/cohorts/usage",
        "/api/5/cohorts/request/{}",
        "/api/5/cohorts/request-status/{}",
        "/api/5/cohorts/request/{}/file",
        "/sdk/v1/cohort/{}",
        "/cohort-exports/100001/{}",
        "/api/2/usersearch",
    ]
)
QUERY = st.dictionaries(
    st.sampled_from(
        ["props", "propKeys", "user", "cohortIds", "includeSyncInfo", "refreshCohort", "amp_ids", "lastModified", "X"]
    )
    | st.text(max_size=5),
    st.text(max_size=30) | st.sampled_from(["0", "1", "true", "false", "u1", "9" * 30]),
    max_size=4,
)
HEADERS = st.dictionaries(
    st.sampled_from(["Authorization", "Accept", "Range", "Host", "If-None-Match", "Content-Encoding"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    max_size=2,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["name", "app_id", "id_type", "ids", "owner", "published", "cg", "skip_save", "skip_invalid_ids"]
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIELDS, JSON),
        "existing_cohort_id": st.just("l") | JSON,
        "cohort_id": st.just("l") | JSON,
        "memberships": st.lists(
            st.fixed_dictionaries(
                {
                    "ids": st.lists(st.just("u1") | st.text(max_size=5)) | JSON,
                    "id_type": st.sampled_from(["BY_NAME", "BY_ID", "BY_USER_ID", "BY_AMP_ID"]) | JSON,
                    "operation": st.sampled_from(["ADD", "REMOVE"]) | JSON,
                }
            ),
            max_size=3,
        )
        | JSON,
    },
)
BODIES = st.binary(max_size=60) | JSON.map(orjson.dumps) | NEARLY.map(orjson.dumps)


@pytest.fixture(scope="module")
def session(app: Flask) -> requests.Session:
    session = requests.Session()
    session.mount("http://", InProcessAdapter(app, LabClock(0.0)))
    return session


def answered(answer: requests.Response, app: Flask) -> None:
    """Say that an answer is one: no 5xx, errors in an envelope, a line in the journal."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and answer.headers["Content-Type"].startswith("application/json"):
        assert answer.json()["error"]["http_code"] == answer.status_code
    journal = app.extensions["fake"].state.workspace.journal
    assert journal.entry(journal.last).data["status"] == answer.status_code


@pytest.fixture(scope="module")
def job(session: requests.Session) -> str:
    """The request id of an export that is there to be fetched."""
    return str(session.get("http://amplitude.lab/api/5/cohorts/request/c", headers=BASIC).json()["request_id"])


@settings(max_examples=200)
@given(PATHS, IDS, QUERY, HEADERS)
def test_any_call_gets_an_answer(
    app: Flask, session: requests.Session, job: str, path: str, part: str, query: Any, headers: Any
):
    """Ids, queries and headers of any kind, known ids among them."""
    part = job if part == "JOB" else part
    url = "http://amplitude.lab" + path.format(requests.utils.quote(part, safe=""))

    answered(session.get(url, params=query, headers={**BASIC, **headers}, allow_redirects=False), app)


@settings(max_examples=200)
@given(st.sampled_from(["upload", "membership"]), BODIES)
def test_any_body_gets_an_answer(app: Flask, session: requests.Session, what: str, body: bytes):
    """Bytes, any JSON, and JSON that is nearly right; the next client is served."""
    answered(session.post(f"http://amplitude.lab/api/3/cohorts/{what}", data=body, headers=BASIC), app)

    assert session.get("http://amplitude.lab/api/3/cohorts", headers=BASIC).status_code == 200
