"""The pages on which a sync is set up say what the vendors' pages say, and do it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console.setup import KEY_LENGTH
from scenarios.lab import Lab

NASTY = "</td><script>alert(1)</script>{{ 7*7 }}\u202e"


@pytest.fixture
def cohort(lab: Lab) -> str:
    return lab.amplitude.create_cohort("Power Users", members=["ada", "grace"]).id


def send(pages: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Fill a form in and send it, as a browser does from the page it stands on."""
    page = pages.get(path.rpartition("/")[0] + "/" if path.count("/") < 3 else "/setup/")
    token = re.search(r'name="token" value="([^"]+)"', page.text) or re.search(
        r'X-Console-Token": "([^"]+)"', page.text
    )
    assert token is not None
    return pages.post(path, data={**fields, "token": token[1]}, follow_redirects=True)


def test_the_way_of_the_documentation_leads_to_identify_calls(lab: Lab, pages: FlaskClient, cohort: str):
    """Source, write key, Add New Key, Sync, target, cadence, save: and the members have the trait."""
    page = send(pages, "/setup/sources", name="Amplitude cohorts, staging")
    assert "Copy its write key" in page.text
    key = next(each.write_key for each in lab.segment.sources() if each.name == "Amplitude cohorts, staging")
    assert len(key) == KEY_LENGTH
    assert f'value="{key}"' in page.text

    assert "Cohort" in pages.get("/setup/catalog").text
    page = send(pages, "/setup/catalog/segment", write_key=f" {key} ", name="Staging")
    assert "source Amplitude cohorts, staging" in page.text
    assert key not in page.text, "a key that was pasted is not shown again"

    page = send(pages, f"/setup/cohorts/{cohort}/sync", target="Staging", cadence="hourly")
    assert "Hourly" in page.text
    lab.portal.advance(0)
    trait = f"Power Users ({cohort})"
    assert [lab.segment.profile(user).traits.get(trait) for user in ("ada", "grace")] == [True, True]
    assert {event.raw["userId"] for event in lab.segment.delivered()} == {"ada", "grace"}
    assert pages.get("/setup/").text.count(">done<") == 9


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/setup/catalog/segment", {"write_key": "", "name": "Staging"}, "Paste the write key"),
        ("/setup/catalog/segment", {"write_key": "key", "name": "a:b"}, "wants a name"),
        ("/setup/sources", {"name": " "}, "A source wants a name"),
        ("/setup/cohorts/COHORT/sync", {"cadence": "hourly"}, "Choose an API target"),
        ("/setup/cohorts/COHORT/sync", {"target": "Production", "cadence": "weekly"}, "no cadence"),
        ("/setup/cohorts/nobody00/sync", {"target": "Production", "cadence": "once"}, "nobody00"),
        ("/syncs/nobody:Production/run", {}, "no sync"),
        ("/setup/role", {"role": "owner"}, "no role"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    lab: Lab, pages: FlaskClient, cohort: str, path: str, fields: dict[str, str], words: str
):
    """And nothing is set up."""
    lab.portal.put_target("Production", "a-write-key")
    answer = send(pages, path.replace("COHORT", cohort), **fields)
    assert 400 <= answer.status_code < 500
    assert words in answer.text
    assert (lab.portal.syncs(), list(lab.portal.targets())) == ([], ["Production"])


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_a_role_that_may_not_is_told_so_and_changes_nothing(lab: Lab, pages: FlaskClient, cohort: str, role: str):
    """In one sentence, on the page and when it is tried all the same."""
    lab.portal.put_target("Production", "a-write-key")
    assert f"You act as {role.capitalize()} now" in send(pages, "/setup/role", role=role).text
    told = f"A {role.capitalize()} may not manage syncs: that takes Admin or Manager privileges in Amplitude."
    assert told in pages.get(f"/setup/cohorts/{cohort}/sync").text
    answer = send(pages, f"/setup/cohorts/{cohort}/sync", target="Production", cadence="hourly")
    assert (answer.status_code, lab.portal.syncs()) == (403, [])
    assert "Admin or Manager" in answer.text
    assert send(pages, "/setup/catalog/segment", write_key="other", name="Other").status_code == 403


def test_a_sync_is_run_paused_resumed_edited_and_removed(lab: Lab, pages: FlaskClient, cohort: str):
    """Each from its page, which shows how it stands and every run there was."""
    lab.portal.put_target("Production", "a-write-key")
    label = f"{cohort}:Production"
    send(pages, f"/setup/cohorts/{cohort}/sync", target="Production", cadence="daily")
    lab.portal.advance(0)
    assert "The run succeeded" in send(pages, f"/syncs/{label}/run").text
    assert "paused" in send(pages, f"/syncs/{label}/pause").text
    assert "scheduled" in send(pages, f"/syncs/{label}/resume").text
    send(pages, f"/setup/cohorts/{cohort}/sync", target="Production", cadence="realtime")
    assert "Real time" in pages.get(f"/syncs/{label}/state").text
    assert len(lab.portal.runs(label)) >= 2
    assert "nothing sets them to false" in send(pages, f"/syncs/{label}/remove").text
    assert "No sync stands yet" in pages.get("/syncs/").text


def test_a_clock_moved_on_the_page_runs_what_is_due_on_the_way(lab: Lab, pages: FlaskClient, cohort: str):
    """Each run when it is due, not one for all that were missed."""
    lab.portal.put_target("Production", "a-write-key")
    lab.portal.save(cohort, "Production", "hourly")
    send(pages, "/trouble/clock", do="advance", by="3", unit="hours")
    assert len(lab.portal.runs()) == 4


def test_a_failed_run_says_why(lab: Lab, pages: FlaskClient, cohort: str):
    """In the history, in the words of the engine."""
    lab.portal.put_target("Production", "a-write-key")
    lab.portal.save(cohort, "Production")
    lab.amplitude.workspace.arm({"fault": "status", "status": 401, "match": {"times": 100}})
    answer = send(pages, f"/syncs/{cohort}:Production/run")
    assert "The run failed" in answer.text
    assert "Amplitude" in pages.get(f"/syncs/{cohort}:Production").text


def test_names_of_other_people_are_shown_as_text(lab: Lab, pages: FlaskClient):
    """Whatever they hold, on every page of setting up."""
    cohort = lab.amplitude.create_cohort(NASTY, members=[NASTY]).id
    lab.segment.put_source("nasty-key", name=NASTY)
    lab.portal.put_target("<b>x</b>", "nasty-key")
    lab.portal.save(cohort, "<b>x</b>")
    lab.portal.advance(0)
    label = f"{cohort}:<b>x</b>"
    for path in ("/setup/sources", "/setup/catalog/segment", f"/setup/cohorts/{cohort}/sync"):
        page = pages.get(path).text
        assert "<script>alert" not in page
        assert "<b>x" not in page
        assert "\u202e" not in page
    for path in ("/syncs/", f"/syncs/{label}", f"/syncs/{label}/state"):
        page = pages.get(path)
        assert page.status_code == 200
        assert "<b>x" not in page.text
        assert "\u202e" not in page.text


def test_a_change_without_the_pages_token_is_refused(lab: Lab, pages: FlaskClient):
    """So that no other site can set anything up."""
    answer = pages.post("/setup/sources", data={"name": "mine"})
    assert answer.status_code == 403
    assert [each.name for each in lab.segment.sources()] == ["Amplitude cohorts"]
