"""Cohorts and people: members page by page, who came and went, changes, a user's traits and their way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from scenarios.lab import Lab
from tests.console.asking import Asking

POWER = "Power Users (abc12345)"
Do = Callable[..., TestResponse]


@pytest.fixture
def cohort(lab: Lab) -> str:
    """A cohort with two members."""
    return lab.amplitude.create_cohort("Power Users", cohort_id="abc12345", members=["ada", "grace"]).id


def users(lab: Lab, cohort: str) -> list[str | None]:
    return [member.user_id for member in lab.amplitude.membership(cohort)]


def test_people_enter_and_leave(do: Do, lab: Lab, cohort: str, pages: FlaskClient):
    """By name, and what happened is told, the newest first."""
    assert "2 entered" in do(f"/cohorts/{cohort}/enter", users="linus\nken, ada").text
    assert "1 left" in do(f"/cohorts/{cohort}/leave", users="grace").text

    assert users(lab, cohort) == ["ada", "linus", "ken"]
    history = pages.get(f"/cohorts/{cohort}").text.partition("What happened to it")[2]
    assert history.index("left") < history.index("entered") < history.index("created as")


def test_who_is_no_member_cannot_leave(do: Do, lab: Lab, cohort: str):
    """It is said in words, and nothing has changed."""
    refused = do(f"/cohorts/{cohort}/leave", users="nobody")

    assert refused.status_code == 400
    assert "is no member" in refused.text
    assert users(lab, cohort) == ["ada", "grace"]


def test_a_cohort_is_made_renamed_archived_and_deleted(do: Do, lab: Lab, pages: FlaskClient):
    """With people made up, from the form."""
    do("/cohorts", name="Lapsed", people="150", members="ada")
    (cohort,) = lab.amplitude.cohorts()
    do(f"/cohorts/{cohort.id}/rename", name="<b>Gone</b>")
    do(f"/cohorts/{cohort.id}/archive", archived="yes")

    (cohort,) = lab.amplitude.cohorts()
    assert (cohort.name, cohort.archived, lab.amplitude.world.cohorts.size(cohort.id)) == ("<b>Gone</b>", True, 151)
    assert "<b>Gone</b>" not in pages.get("/cohorts").text
    do(f"/cohorts/{cohort.id}/delete")
    assert lab.amplitude.cohorts() == []


def test_members_are_had_page_by_page(lab: Lab, cohort: str, pages: FlaskClient):
    """A hundred at a time; a search finds any of them."""
    lab.amplitude.populate(cohort, 150)
    last = users(lab, cohort)[-1]

    first, second = (pages.get(f"/cohorts/{cohort}/members?page={page}").text for page in (1, 2))

    assert first.count("<code>") == 100
    assert second.count("<code>") == 52
    assert str(last) in pages.get(f"/cohorts/{cohort}/members", query_string={"search": str(last)[3:]}).text


def test_an_export_goes_out_and_comes_in(do: Do, lab: Lab, cohort: str, pages: FlaskClient):
    """As Amplitude serves it; its rows become the members."""
    data = pages.get(f"/cohorts/{cohort}/export.csv").data
    other = lab.amplitude.create_cohort("Other", members=["ken"])

    told = do(f"/cohorts/{other.id}/import", export=(io.BytesIO(data), "power.csv"))

    assert "2 members: 2 entered, 1 left" in told.text
    assert users(lab, other.id) == ["ada", "grace"]


def test_a_person_shows_what_each_trait_was_and_which_call_set_it(told: Asking, cohort: str, pages: FlaskClient):
    """The profile, the memberships, the history with its calls."""
    told.identify("ada", **{POWER: True, "plan": "pro"})
    told.identify("ada", **{POWER: False})

    page = pages.get("/people?user=ada").text

    assert "2 times" in page
    assert len(set(re.findall(r'href="(/events/\d+)"', page))) == 2
    assert "Power Users</a>" in page
    assert "/people?user=ada" in pages.get("/people").text


def test_a_trace_marks_where_it_went_wrong(do: Do, told: Asking, lab: Lab, cohort: str, pages: FlaskClient):
    """A member was told that they are none, so the last thing told is marked."""
    told.identify("ada", **{POWER: False})

    page = pages.get("/people/trace?user=ada&trait=abc12345").text

    assert page.count("here it went wrong") == 1
    told.identify("ada", **{POWER: True})
    assert "here it went wrong" not in pages.get("/people/trace?user=ada&trait=abc12345").text
