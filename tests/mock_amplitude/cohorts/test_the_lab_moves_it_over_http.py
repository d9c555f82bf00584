"""The control plane: everything Python callers can do, over /__lab/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk


def users(desk: Desk, **filters: Any) -> list[str | None]:
    rows = desk.lab("GET", "/members", params={"cohort_id": "c", **filters}).json()["members"]
    return [row["user_id"] for row in rows]


@pytest.fixture
def made(desk: Desk) -> Desk:
    """A desk whose cohort `c` was made over HTTP."""
    answer = desk.lab("POST", "/cohorts", json={"name": "C", "cohort_id": "c", "members": ["u1", None, [5, "u5"]]})
    assert answer.status_code == 200, answer.text
    return desk


def test_a_cohort_lives_its_life_over_http(made: Desk):
    """Created, read, entered, left, replaced, renamed, archived, unpublished, computed, deleted."""
    made.lab("POST", "/cohorts/c/enter", json={"members": ["u2"]})
    made.lab("POST", "/cohorts/c/leave", json={"user_ids": ["u1"], "amplitude_ids": [5]})
    assert users(made) == [None, "u2"]
    made.lab("PUT", "/cohorts/c/members", json={"members": ["a", "b"]})
    assert users(made) == ["a", "b"]

    edited = made.lab("PATCH", "/cohorts/c", json={"name": "D", "archived": True, "published": False}).json()
    computed = made.lab("POST", "/cohorts/c/recompute").json()
    deleted = made.lab("DELETE", "/cohorts/c").json()

    assert (edited["name"], edited["archived"], edited["published"]) == ("D", True, False)
    assert (edited["size"], computed["size"], computed["members"]) == (None, 2, 2)
    assert deleted == {"deleted": "c"}
    assert made.lab("GET", "/cohorts/c").status_code == 404


def test_a_population_moves_over_http(made: Desk):
    """Populated, churned, identified, forgotten, told properties."""
    assert made.lab("POST", "/cohorts/c/populate", json={"count": 100}).json() == {"entered": 100}
    made.lab("POST", "/cohorts/c/churn", json={"enter": 1, "leave": 0})
    made.lab("POST", "/clock", json={"advance": 3600})
    assert made.lab("GET", "/members/count", params={"cohort_id": "c"}).json()["count"] == 206
    rows = made.lab("GET", "/members", params={"cohort_id": "c", "limit": 1000}).json()["members"]
    anonymous = next(row["amplitude_id"] for row in rows if row["user_id"] is None)

    made.lab("POST", f"/people/{anonymous}/identify", json={"user_id": "late"})
    properties = made.lab("PUT", f"/people/{anonymous}/properties", json={"properties": {"plan": "x"}}).json()
    made.lab("DELETE", "/people/5")

    assert properties["properties"]["plan"] == "x"
    assert users(made, user_id="late") == ["late"]
    assert users(made, user_id="u5") == []


def test_membership_then_is_a_filter_of_the_view(made: Desk):
    """As of an entry, or at a moment."""
    entry = made.lab("GET", "/").json()["entries"]
    moment = made.clock.now_ms()
    made.lab("POST", "/clock", json={"advance": 60})
    made.lab("POST", "/cohorts/c/enter", json={"members": ["late"]})

    assert users(made, entry=entry) == users(made, moment=moment) == ["u1", None, "u5"]
    assert users(made)[-1] == "late"


def test_an_export_is_imported_and_exported_over_http(made: Desk):
    """Raw bytes in, the same raw bytes out."""
    file = b'"amplitude_id","user_id","plan"\n"9","nine","pro"\n"8","",""\n'

    counts = made.lab("POST", "/cohorts/c/import", data=file).json()
    exported = made.lab("GET", "/cohorts/c/export", params={"props": "1", "propKeys": "plan"})

    assert counts == {"members": 2, "anonymous": 1, "entered": 2, "left": 3}
    assert exported.content == file
    assert exported.headers["Content-Type"].startswith("text/csv")


def test_projects_jobs_quotas_and_syncs_are_told(made: Desk):
    """Each has its view or operation."""
    project = made.lab("POST", "/projects", json={"api_key": "k", "secret_key": "s", "region": "eu"}).json()
    made.lab("POST", f"/projects/{project['id']}/templates")
    made.lab("POST", "/cohorts/c/syncs", json={"target": "segment", "frequency": "minute"})
    request_id = made.request("c")

    jobs = made.lab("GET", "/jobs", params={"cohort_id": "c"}).json()["jobs"]
    quotas = made.lab("GET", "/quotas").json()
    of_eu = made.lab("GET", "/cohorts", params={"project_id": project["id"]}).json()["cohorts"]

    assert [(job["request_id"], job["phase"]) for job in jobs] == [(request_id, "requested")]
    assert quotas[0] == {
        "project_id": 100001,
        "month": 1,
        "last_10_minutes": 1,
        "running": 1,
        "resets_at": "2026-02-01T00:00:00.000Z",
    }
    assert len(of_eu) == 6
    synced = made.get("/api/3/cohorts", params={"includeSyncInfo": "true"}).json()["cohorts"]
    assert [each["syncMetadata"][0]["frequency"] for each in synced] == ["minute"]


def test_await_waits_for_a_job_without_polling(made: Desk):
    """Any view can be awaited; one that holds answers at once, one that does not answers when its time is up."""
    made.request("c")

    there = made.lab("POST", "/await", json={"view": "jobs", "where": {"cohort_id": "c"}, "at_least": 1})
    not_there = made.lab("POST", "/await", json={"view": "jobs", "where": {"cohort_id": "x"}, "timeout": 0})

    assert (there.status_code, there.json()["held"]) == (200, True)
    assert (not_there.status_code, not_there.json()["held"]) == (408, False)


@pytest.mark.parametrize(
    ("method", "path", "payload", "status", "words"),
    [
        ("POST", "/cohorts", {}, 400, "'name' is a required property"),
        ("POST", "/cohorts", {"name": "D", "cohort_id": "c"}, 400, "Cohort 'c' exists already"),
        ("POST", "/cohorts", {"name": "D", "cohort_id": "a/b"}, 400, "does not match"),
        ("POST", "/cohorts", {"name": "D", "project_id": 7}, 400, "There is no project 7"),
        ("POST", "/cohorts", {"name": "D", "nmae": 7}, 400, "did you mean 'name'?"),
        ("POST", "/cohorts/d/enter", {"members": ["u"]}, 404, "There is no cohort 'd': known: c."),
        ("POST", "/cohorts/c/enter", {"members": "u1"}, 400, "is not of type 'array'"),
        ("POST", "/cohorts/c/enter", {"members": [""]}, 400, "is no member"),
        ("POST", "/cohorts/c/enter", {"members": [[5.0, "u"]]}, 400, "5.0 is not of type 'integer'"),
        ("POST", "/cohorts/c/leave", {"user_ids": ["u9"]}, 400, "'u9' is no member of 'C' (c)"),
        ("POST", "/cohorts/c/leave", {"amplitude_ids": [6]}, 400, "Amplitude id 6 is no member"),
        ("POST", "/cohorts/c/populate", {"count": -1}, 400, "less than the minimum"),
        ("POST", "/cohorts/c/populate", {"count": 5.0}, 400, "is not of type 'integer'"),
        ("POST", "/cohorts/c/churn", {"enter": 2}, 400, "greater than the maximum"),
        ("PATCH", "/cohorts/c", {}, 400, "{} should be non-empty"),
        ("PATCH", "/cohorts/c", {"size": 3}, 400, "size"),
        ("POST", "/people/77/identify", {"user_id": "x"}, 404, "Nobody has Amplitude id 77"),
        ("POST", "/people/5/identify", {"user_id": "x"}, 400, "never merge"),
        ("POST", "/projects", {"api_key": "k", "secret_key": "s", "region": "mars"}, 400, "'mars' is not one of"),
        ("POST", "/settings", {"job_secnods": 1}, 400, "did you mean 'job_seconds'?"),
        ("POST", "/settings", {"gzip": "on"}, 400, "expected one of 'header', 'no-header', 'off'"),
        ("POST", "/settings", {"job_seconds": -1}, 400, "expected a number from 0 to 1000000000"),
        ("POST", "/settings", {"job_seconds": 1e300}, 400, "expected a number from 0 to 1000000000"),
        ("POST", "/faults", {"fault": "job-fail"}, 400, "did you mean 'job-fails'?"),
    ],
)
def test_what_is_told_wrongly_is_one_sentence_and_changes_nothing(
    made: Desk, method: str, path: str, payload: Any, status: int, words: str
):
    """The status, the sentence, the nearest word; no entry in the journal, nobody moved."""
    before = made.amplitude.workspace.journal.last

    answer = made.lab(method, path, json=payload)

    assert answer.status_code == status, answer.text
    assert words in answer.json()["message"]
    assert made.amplitude.workspace.journal.last == before


@pytest.mark.parametrize("filters", [{}, {"cohort_id": "c", "entry": "x"}, {"cohort_id": "c", "moment": "-5"}])
def test_the_members_view_says_what_it_needs(made: Desk, filters: dict[str, str]):
    """Without a cohort, or with a filter that is no number."""
    assert made.lab("GET", "/members", params=filters).status_code == 400


def test_every_call_is_in_the_journal_and_keys_are_not(made: Desk):
    """Requests can be listed with their answers; the secret key is not among them."""
    made.get("/api/3/cohorts")
    made.get("/api/5/cohorts/request/nothere")

    text = made.lab("GET", "/requests").text
    rows = made.lab("GET", "/requests", params={"path": "/api/5/*"}).json()["requests"]

    assert [row["status"] for row in rows] == [404]
    assert "lab-secret-key" not in text
    assert "bGFiLWFwaS1rZXk6" not in text


def test_workspaces_keep_apart(made: Desk):
    """Cohorts, quotas and clocks of one are nothing to the other."""
    headers = {"X-Lab-Workspace": "ci-1"}

    assert made.lab("GET", "/cohorts", headers=headers).json()["cohorts"] == []
    assert made.get("/__lab/w/ci-1/api/3/cohorts").json() == {"cohorts": []}
    assert len(made.get("/api/3/cohorts").json()["cohorts"]) == 1


def test_a_cohort_that_no_trait_can_be_named_after_is_shown_all_the_same(desk: Desk):
    """An empty name makes no trait key, and that is no reason to break."""
    made = desk.lab("POST", "/cohorts", json={"name": "", "cohort_id": "c"})

    assert made.status_code == 200
    assert made.json()["trait_key"] is None
