"""The console in headless Chromium: what a reader sees and does."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from cohortlab.serving import LazyConsole
from scenarios.lab import Address, Beside, Lab
from tests.console.asking import Asking
from tests.console.browser import CHROMIUM, Browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all of them; pages are apart."""
    with Browser() as browser:
        yield browser


@pytest.fixture
def served(lab: Lab) -> Iterator[Address]:
    """The lab on sockets, with its console."""
    lab.clock.follow_system()
    console = LazyConsole(lab)
    with lab.serve(beside=Beside(console.at)) as address:
        yield address
        console.close()


@pytest.fixture
def program(served: Address) -> Iterator[Asking]:
    """A program that sends to the served lab."""
    with requests.Session() as session:
        yield Asking(session, served.segment)


def shown(user: str) -> str:
    return f"[...document.querySelectorAll('.event-user')].filter((each) => each.innerText === '{user}').length === 1"


def test_a_call_shows_as_it_comes_and_nothing_is_lost_while_paused(browser: Browser, served: Address, program: Asking):
    """Without loading the page again; what came while it was paused comes when it goes on."""
    browser.complaints.clear()
    with browser.page(f"{served.beside}/") as page:
        page.shows("Nothing has come yet")
        page.wait("document.querySelector('#connection').dataset.state === 'live'")
        program.identify("ada", plan="pro")
        page.wait(shown("ada"))
        page.wait("document.querySelector('[data-tally=delivered]').innerText === '1'")

        page.click("#pause")
        for number in range(90):
            program.identify(f"u{number}")
        page.wait("document.querySelector('[data-tally=delivered]').innerText === '91'")
        page.shows("new", "#connection")
        assert page.ask("document.querySelectorAll('.call').length") == 1
        page.click("#pause")
        page.wait(shown("u89"))
        page.click("[data-gap]")
        page.wait("document.querySelectorAll('.call').length === 91")

    assert browser.complaints == []


def test_a_page_finds_its_lab_again(browser: Browser, lab: Lab):
    """It says that the lab does not answer, and goes on by itself when it does."""
    consoles = [LazyConsole(lab), LazyConsole(lab)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with lab.serve(beside=Beside(consoles[0].at, port)) as address:
        leaving = browser.page(f"{address.beside}/")
        page = leaving.__enter__()
        page.wait("document.querySelector('#connection').dataset.state === 'live'")
        consoles[0].close()
    try:
        page.shows("does not answer", "#connection")
        Asking(lab.session()).identify("ada")
        with lab.serve(beside=Beside(consoles[1].at, port)):
            page.wait(shown("ada"))
            page.wait("document.querySelector('#connection').dataset.state === 'live'")
            consoles[1].close()
    finally:
        leaving.__exit__(None, None, None)


def test_a_page_of_markup_runs_nothing(browser: Browser, served: Address, program: Asking):
    """Names are text, whatever they hold."""
    evil = "<img src=x onerror=\"document.title='had'\"><script>document.title='had'</script>"
    program.identify(evil, **{evil: evil})
    with browser.page(f"{served.beside}/") as page:
        page.shows("<img src=x", "#calls")
        page.click(".event")
        page.shows("As it was sent")
        assert page.ask("document.title") != "had"
        assert page.ask("document.querySelectorAll('main img').length") == 0


def test_the_address_of_what_is_seen_is_the_view(browser: Browser, served: Address, program: Asking):
    """A filter stands in it, and what comes and does not fit stays out."""
    program.batch({"type": "track", "userId": "grace"})
    with browser.page(f"{served.beside}/?user=ada") as page:
        page.shows("No call fits")
        page.wait("document.querySelector('#connection').dataset.state === 'live'")
        program.identify("grace")
        program.identify("ada")
        page.wait(shown("ada"))
        assert "grace" not in page.text("#calls")


def test_a_sync_is_set_up_from_nothing_to_the_identify_calls(browser: Browser, served: Address, lab: Lab):
    """Word for word along the vendors' documentation; the second run tells who left."""
    browser.complaints.clear()
    lab.amplitude.configure(job_seconds=0.0)
    with browser.page(f"{served.beside}/setup/") as page:
        page.click("a[href$='/setup/sources']")
        page.shows("Add source")
        page.fill("input[name=name]", "Amplitude cohorts, mine")
        page.click("main form button")
        page.shows("Copy its write key")
        key = page.ask("[...document.querySelectorAll('.copy input')].at(-1).value")

        page.click("a.button[href$='/setup/catalog']")
        page.shows("Destinations", ".subtabs")
        page.click("a.tile")
        page.shows("Add New Key")
        page.fill("input[name=write_key]", key)
        page.fill("main input[name=name]", "Mine")
        page.click("form[action$='/setup/catalog/segment'] button")
        page.shows("Mine is an API target now")

        page.click("a.button[href$='/cohorts']")
        page.shows("New cohort")
        page.fill("main input[name=name]", "Power Users")
        page.fill("textarea[name=members]", "ada\ngrace")
        page.click("form[action$='/cohorts'] button[type=submit].primary")
        page.shows("Download export")
        page.click("a.button.primary[href$='/sync']")
        page.shows("Sync Power Users")
        page.click("input[name=cadence][value=hourly]")
        page.click("form.narrow button")
        page.shows("The sync was saved")
        page.shows("succeeded")

        cohort_id = lab.amplitude.cohorts()[-1].id
        trait = f"Power Users ({cohort_id})"
        assert lab.segment.profile("grace").traits[trait] is True
        lab.amplitude.leave(cohort_id, ["grace"])
        page.click("form[action$='/run'] button")
        page.wait("document.querySelectorAll('#state tbody .badge.is-good').length === 2")
        assert (lab.segment.profile("ada").traits[trait], lab.segment.profile("grace").traits[trait]) == (True, False)

        page.ask("document.querySelector('#role').value = 'viewer'")
        page.click(".who button")
        page.shows("A Viewer may not manage syncs")
        for width in (400, 900, 1600):
            page.look(width)
            assert page.ask("document.documentElement.scrollWidth <= innerWidth"), width
    assert browser.complaints == []


AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("/", "/setup", "/syncs", "/cohorts", "/cohorts/abc12345", "/people", "/people?user=ada", "/trouble", "/keep")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in tests/console/node")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    browser: Browser, served: Address, program: Asking, lab: Lab, dark: bool
):
    """Names, order, contrast: axe finds nothing serious on any page."""
    lab.amplitude.create_cohort("Power Users", cohort_id="abc12345", members=["ada"])
    program.batch({"type": "identify", "userId": "ada", "traits": {"a": True}}, {"type": "track", "userId": "ada"})
    call = lab.segment.workspace.journal.last
    lab.segment.workspace.arm({"fault": "status", "status": 503})
    found = []
    with browser.page(f"{served.beside}/", dark=dark) as page:
        others = () if dark else (*PAGES[1:], f"/calls/segment/{call}", "/rules/D203")
        for address in ("/", f"/events/{call << 20}", "/trouble", *(each for each in others if each != "/trouble")):
            page.go(f"{served.beside}{address}")
            page.ask(AXE.read_text(encoding="utf-8") + ";0")
            told = page.ask(
                "axe.run(document, {resultTypes: ['violations']}).then((all) => JSON.stringify(all.violations))"
            )
            found += [
                f"{address}: {each['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
                for each in json.loads(told)
                if each["impact"] in {"serious", "critical"}
                for node in each["nodes"]
            ]

    assert "\n".join(found) == ""
