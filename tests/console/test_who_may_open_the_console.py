"""The console answers its reader, and no page of another site, whatever a browser is made to send."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from console import create_app
from scenarios.lab import Lab


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_other_sites_are_refused(headers: dict[str, str], pages: FlaskClient):
    """By the name they call us, by their own, by what the browser says of them."""
    reply = pages.get("/", headers=headers)

    assert reply.status_code == 403
    assert "X-Console-Token" not in reply.text


def test_a_link_from_elsewhere_opens_a_page(pages: FlaskClient):
    """An address may stand in a ticket."""
    assert pages.get("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}).status_code == 200


def test_a_change_wants_the_token_of_our_pages(pages: FlaskClient):
    """Another site cannot know it."""
    for data in ({}, {"token": "guessed"}):
        reply = pages.post("/", data=data)
        assert reply.status_code == 403
        assert "load it again" in reply.text


def test_a_page_may_load_nothing_of_others_and_run_nothing_inline(pages: FlaskClient):
    """The policy says so, and the page keeps to it."""
    reply = pages.get("/")
    policy = reply.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for inline in ("<style", "style=", "onclick=", "<script>"):
        assert inline not in reply.text


def test_beyond_loopback_the_token_is_asked_for(lab: Lab):
    """A page asks for it, the right one opens the door, and the wrong one does not."""
    app = create_app(lab, token="s3cret")
    pages = app.test_client()
    base = "http://lab.example:4800"

    asked = pages.get("/?verdict=refused", base_url=base)
    assert asked.status_code == 302
    assert asked.location == "/enter?next=/?verdict%3Drefused"
    form = pages.get(asked.location, base_url=base)
    assert "token" in form.text
    assert "X-Console-Token" not in form.text
    assert pages.post("/enter", data={"lab_token": "guessed"}, base_url=base).status_code == 401
    let_in = pages.post("/enter", data={"lab_token": "s3cret", "next": "/?verdict=refused"}, base_url=base)
    assert let_in.location == "/?verdict=refused"
    assert "HttpOnly" in let_in.headers["Set-Cookie"]
    assert pages.get("/", base_url=base).status_code == 200
    assert app.test_client().get("/", headers={"X-Lab-Token": "s3cret"}, base_url=base).status_code == 200


def test_the_way_back_leads_nowhere_else(lab: Lab):
    """An address of another host is not followed."""
    pages = create_app(lab, token="s3cret").test_client()
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example"):
        let_in = pages.post("/enter", data={"lab_token": "s3cret", "next": evil}, base_url="http://lab.example")
        assert let_in.location == "/"
