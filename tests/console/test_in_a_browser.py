"""The console in headless Chromium: what a reader sees and does."""

from __future__ import annotations

import socket
from collections.abc import Iterator

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
        page.shows("90 new", "#connection")
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
