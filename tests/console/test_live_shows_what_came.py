"""The live page: calls with what became of their events, the newest first, and filters over them."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from scenarios.lab import Lab
from tests.console.asking import Asking

POWER = "Power Users (abc12345)"


def calls(html: str) -> list[str]:
    """Return which calls a page shows, from above."""
    return re.findall(r'<li class="call [^"]*" id="([a-z]+-\d+)"', html)


def test_a_call_shows_with_what_became_of_its_events(told: Asking, pages: FlaskClient):
    """Time, caller, route, status, verdicts with their codes, the trait and its value."""
    told.batch({"type": "identify", "userId": "ada", "traits": {POWER: True}}, {"type": "track", "userId": "ada"})

    page = pages.get("/").text

    assert "/v1/batch" in page
    assert "python-requests" in page
    assert "event_not_defined" in page
    assert POWER in page
    assert re.search(r'<b data-tally="delivered">1</b>', page)
    assert re.search(r'<b data-tally="discarded">1</b>', page)


def test_the_newest_call_stands_above(told: Asking, lab: Lab, pages: FlaskClient):
    """Those of both fakes in one list, by the lab's time."""
    told.identify("ada")
    lab.clock.advance(1)
    lab.session().get("http://amplitude.lab/api/5/cohorts/request/nobody", auth=("k", "s"))
    lab.clock.advance(1)
    told.identify("grace")

    assert [each.partition("-")[0] for each in calls(pages.get("/").text)] == ["segment", "amplitude", "segment"]


@pytest.mark.parametrize(
    ("asked", "users"),
    [
        ({"user": "ada"}, {"ada"}),
        ({"verdict": "discarded"}, {"grace"}),
        ({"code": "event_not_defined"}, {"grace"}),
        ({"type": "identify"}, {"ada", "linus"}),
        ({"trait": POWER}, {"ada"}),
        ({"text": "LINUS"}, {"linus"}),
        ({"fake": "amplitude"}, set()),
        ({"since": "2026-05-28T20:26:41Z"}, {"grace", "linus"}),
        ({"until": "2026-05-28T20:26:41Z"}, {"ada"}),
    ],
)
def test_a_filter_leaves_what_fits(asked: dict[str, str], users: set[str], told: Asking, lab: Lab, pages: FlaskClient):
    """By fake, verdict, code, type, user, trait, text and time."""
    told.batch({"type": "identify", "userId": "ada", "traits": {POWER: True}})
    lab.clock.advance(2)
    told.batch({"type": "track", "userId": "grace"})
    told.batch({"type": "identify", "userId": "linus"})

    page = pages.get("/", query_string=asked).text

    assert {user for user in ("ada", "grace", "linus") if f'<span class="event-user">{user}</span>' in page} == users


def test_a_filter_that_is_none_is_told_in_words(pages: FlaskClient):
    """With the nearest that is one."""
    reply = pages.get("/?verdict=deliverd")

    assert reply.status_code == 400
    assert "delivered" in reply.text


def test_older_calls_are_had_page_by_page(told: Asking, pages: FlaskClient):
    """Each call once, whatever came meanwhile."""
    for number in range(60):
        told.identify(f"u{number}")
    page = pages.get("/").text
    seen = calls(page)
    while found := re.search(r'data-older data-before="([^"]+)"', page):
        told.identify("meanwhile")
        page = pages.get("/rows", query_string={"before": found[1]}).text
        seen += calls(page)

    assert sorted(seen, key=lambda each: int(each.rpartition("-")[2])) == [f"segment-{n}" for n in range(2, 62)]


def test_an_event_has_an_address_of_its_own(told: Asking, pages: FlaskClient):
    """As sent, as kept, the verdict in words, the call with its headers."""
    told.identify("ada", plan="pro")
    address = re.search(r'href="(/events/\d+)"', pages.get("/").text)
    assert address is not None

    page = pages.get(address[1]).text

    for words in ("As it was sent", "As Segment keeps it", "receivedAt", "user-agent", "delivered"):
        assert words in page


def test_markup_in_names_is_shown_as_text(told: Asking, pages: FlaskClient):
    """Whatever stands in a user, a trait or a value."""
    evil = "<img src=x onerror=alert(1)>"
    told.identify(evil, **{evil: evil})

    for address in ("/", *re.findall(r'href="(/(?:events|calls)/[^"]+)"', pages.get("/").text)):
        assert evil not in pages.get(address).text


def test_a_workspace_has_pages_of_its_own(lab: Lab, pages: FlaskClient):
    """Below /w/NAME, and links stay there."""
    lab.session().post(
        "http://segment.lab/v1/identify", json={"userId": "ada"}, auth=("k", ""), headers={"X-Lab-Workspace": "ci-7"}
    )

    assert calls(pages.get("/").text) == []
    page = pages.get("/w/ci-7/").text
    assert len(calls(page)) == 1
    assert 'href="/w/ci-7/calls/segment/' in page
    assert pages.get("/w/nobody/").status_code == 404


def test_the_chart_counts_events_by_second(told: Asking, lab: Lab, pages: FlaskClient):
    """By what became of them, as wide as it must be."""
    told.identify("ada")
    lab.clock.advance(1)
    told.batch({"type": "track", "userId": "ada"}, {"type": "identify", "userId": "ada"})
    lab.clock.advance(86_400)
    told.identify("ada")

    near = pages.get("/timeline?since=2026-05-28T20:26:40Z&until=2026-05-28T20:26:50Z").json
    far = pages.get("/timeline").json

    assert near is not None
    assert near["width"] == 1
    assert near["delivered"][:3] == [1, 1, 0]
    assert near["discarded"][:3] == [0, 1, 0]
    assert far is not None
    assert sum(far["delivered"]) == 3
    assert len(far["at"]) <= 121
