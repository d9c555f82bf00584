"""Amplitude's browser SDK in headless Chromium, on a page of another origin: its events settle, of one person."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_amplitude import AmplitudeFake, create_app
from mock_core.wire import Server

HERE = Path(__file__).parent / "node"
BUNDLE = HERE / "node_modules" / "@amplitude" / "analytics-browser" / "lib" / "scripts" / "amplitude-min.umd.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 30

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.skipif(
        not BUNDLE.is_file(), reason="The browser SDK is not installed: npm ci in tests/mock_amplitude/sdks/node"
    ),
]


def page_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the page and the library, on an origin of their own."""
    is_page = environ["PATH_INFO"] == "/"
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8" if is_page else "text/javascript")])
    return [(HERE / "page.html" if is_page else BUNDLE).read_bytes()]


@pytest.fixture
def served() -> Iterator[tuple[AmplitudeFake, str]]:
    fake = AmplitudeFake()
    fake.state.put_project("page-api-key", "secret")  # no page may use the keys that everybody knows
    with Server(create_app(fake), threads=8) as server:
        yield fake, server.url
    fake.close()


@contextmanager
def browsing(url: str, **options: Any) -> Iterator[None]:
    """Open the page in a browser that is gone when the block ends."""
    query = urlencode({"url": url, "options": json.dumps(options)})
    with Server(page_app, threads=2) as pages, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        command = [str(CHROMIUM), *flags, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        browser = subprocess.Popen(
            [*command, f"{pages.url}/?{query}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            browser.terminate()
            browser.wait(timeout=30)


def wait_for(fake: AmplitudeFake, events: int) -> list[Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = list(fake.state.happenings())
        if len(found) >= events:
            return found
        time.sleep(0.05)
    raise AssertionError([each.as_dict() for each in fake.state.ingested()])


@pytest.mark.parametrize("fault", [None, 500, 413])
def test_a_visit_arrives_and_is_of_one_person(served: tuple[AmplitudeFake, str], fault: int | None):
    """Before and after the sign-in, though an upload failed on the way: each event once, with one Amplitude id."""
    fake, url = served
    if fault is not None:
        fake.state.workspace.arm(
            {"fault": "status", "status": fault, "match": {"route": "/2/httpapi", "method": "POST", "times": 1}}
        )
    with browsing(url):
        found = wait_for(fake, 3)

    events = {each.event["event_type"]: each.event for each in found}
    assert sorted(events) == ["$identify", "Order Completed", "Shop Viewed"]
    assert len({each.amplitude_id for each in found}) == 1
    assert (
        events["Order Completed"]["user_properties"] | {"plan": "pro", "visits": 1}
        == (events["Order Completed"]["user_properties"])
    )
    assert events["Shop Viewed"]["platform"] == "Web"
    assert [each.fate.verdict for each in fake.state.ingested()] == ["kept"] * 3
    directory = fake.state.world.cohorts.directory
    assert directory.user_id(found[0].amplitude_id) == "user-1"
