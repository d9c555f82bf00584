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
    fake.state.configure(requests_per_10_minutes=0, monthly_requests=0, job_seconds=0.0, user_lookups_per_hour=0)
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
        "/api/2/useractivity",
        "/api/2/export",
        "/api/2/deletions/users",
    ]
)
WHENS = ["20260105T09", "99991231T23", "00010101T00", "2026-01-05", "9999-12-31", "0001-01-01"]
QUERY = st.dictionaries(
    st.sampled_from(
        [
            *("props", "propKeys", "user", "cohortIds", "includeSyncInfo", "refreshCohort", "amp_ids", "lastModified"),
            *("start", "end", "start_day", "end_day", "offset", "limit", "direction", "X"),
        ]
    )
    | st.text(max_size=5),
    st.text(max_size=30) | st.sampled_from(["0", "1", "true", "false", "u1", "9" * 30, *WHENS]),
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


ID = st.sampled_from(["user-1", "device-1", "u1", "", " user-1 ", "unknown"]) | JSON
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "event_type": st.sampled_from(["x", "$identify", "$groupidentify", "[Amplitude] Revenue", ""]) | JSON,
        "user_id": ID,
        "device_id": ID,
        "time": st.integers(0, 253_402_300_799_999) | JSON,
        "insert_id": JSON,
        "session_id": JSON,
        "ip": JSON,
        "event_properties": JSON,
        "groups": JSON,
        "user_properties": JSON
        | st.dictionaries(st.sampled_from(["$set", "$add", "$append", "$preInsert", "$unset", "a", "b"]), JSON),
        "$skip_user_properties_sync": JSON,
    },
)
UPLOADS = st.fixed_dictionaries(
    {"api_key": st.just("lab-api-key") | JSON},
    optional={
        "events": st.lists(EVENT, max_size=4) | EVENT | JSON,
        "options": JSON | st.fixed_dictionaries({"min_id_length": st.integers(-1, 9) | JSON}),
        "mapping": JSON | st.lists(st.fixed_dictionaries({}, optional={"user_id": JSON, "global_user_id": JSON})),
    },
)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "user_ids": st.lists(ID, max_size=3) | JSON,
        "amplitude_ids": st.lists(JSON, max_size=3) | JSON,
        "requester": JSON,
        "ignore_invalid_id": st.booleans() | JSON,
        "delete_from_org": st.booleans() | JSON,
    },
)


@settings(max_examples=60)
@given(
    st.sampled_from(["/2/httpapi", "/batch", "/identify", "/groupidentify", "/usermap"]),
    UPLOADS | JSON,
    st.sampled_from(["json", "form"]),
    st.sampled_from([0, 1, 3_600, -3_600, 20 * 86_400]),
)
def test_any_upload_gets_an_answer_and_everything_can_be_read_then(
    app: Flask, session: requests.Session, path: str, upload: Any, form: str, moved: int
):
    """Odd types, clocks that jump ahead and back; what was taken is read by every view, export and search."""
    fake = app.extensions["fake"]
    clock = fake.state.workspace.clock
    clock.freeze(min(max(clock.now() + moved, 1_767_000_000.0), 1_790_000_000.0))
    fields = {"identification": upload.get("events", upload), **upload} if isinstance(upload, dict) else {"a": upload}
    as_form = {name: each if isinstance(each, str) else orjson.dumps(each) for name, each in fields.items()}
    body: Any = as_form if form == "form" else orjson.dumps(upload)
    answer = session.post(f"http://amplitude.lab{path}", data=body)

    assert answer.status_code < 500, answer.text
    for what in ("ingested", "aliases", "deletions"):
        assert session.get(f"http://127.0.0.1/__lab/{what}").status_code == 200
    assert not any(fold.set_aside for fold in (fake.state._fold, fake.state._ingest))
    hours = {"start": "20260101T00", "end": "20261231T23"}
    for what, query in (("usersearch", {"user": "user-1"}), ("export", hours)):
        assert session.get(f"http://amplitude.lab/api/2/{what}", params=query, headers=BASIC).status_code < 500


@settings(max_examples=40)
@given(ASKED | JSON)
def test_any_deletion_gets_an_answer(app: Flask, session: requests.Session, asked: Any):
    """And time goes on."""
    body = orjson.dumps(asked)
    answered(session.post("http://amplitude.lab/api/2/deletions/users", data=body, headers=BASIC), app)


@settings(max_examples=200)
@given(st.sampled_from(["upload", "membership"]), BODIES)
def test_any_body_gets_an_answer(app: Flask, session: requests.Session, what: str, body: bytes):
    """Bytes, any JSON, and JSON that is nearly right; the next client is served."""
    answered(session.post(f"http://amplitude.lab/api/3/cohorts/{what}", data=body, headers=BASIC), app)

    assert session.get("http://amplitude.lab/api/3/cohorts", headers=BASIC).status_code == 200
