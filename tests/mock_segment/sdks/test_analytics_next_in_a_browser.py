"""analytics-next in headless Chromium, on a page of another origin, loading everything from the fake."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_core import Clocks, LabClock, Server
from mock_segment import SegmentClient, SegmentFake, create_app

HERE = Path(__file__).parent / "node"
BUNDLES = HERE / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
KINDS = {"identify", "track", "page", "screen", "group", "alias"}
PATIENCE = 50

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.skipif(
        not BUNDLES.is_dir(), reason="analytics-next is not installed: npm ci in tests/mock_segment/sdks/node"
    ),
]


def page_app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the page, on an origin of its own."""
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [(HERE / "page.html").read_bytes()]


@pytest.fixture
def lab() -> Iterator[SegmentClient]:
    """A fake that has the library, in real time."""
    fake = SegmentFake(clocks=Clocks(LabClock()), bundles=BUNDLES)
    with Server(create_app(fake), threads=8) as running:
        client = SegmentClient(running.url)
        client.put_source("wk")
        yield client
    fake.close()


@contextmanager
def browsing(lab: SegmentClient, **options: Any) -> Iterator[None]:
    """Open the page in a browser that is gone when the block ends."""
    query = urlencode({"cdn": lab.url, "key": "wk", "options": json.dumps(options)})
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


def uploads(lab: SegmentClient) -> list[dict[str, Any]]:
    return [call for call in lab.requests(method="POST") if call["path"] != "/v1/m"]


def assert_each_call_once(lab: SegmentClient) -> None:
    delivered = lab.events(verdict="delivered")
    assert sorted(str(event.type) for event in delivered) == sorted(KINDS)
    assert lab.profile("u1").traits == {"plan": "pro"}
    assert {event.event["context"]["library"]["name"] for event in delivered} == {"analytics.js"}
    assert {event.event["channel"] for event in delivered} == {"browser"}


def test_the_page_delivers_its_six_calls(lab: SegmentClient):
    """Library and settings from the fake, a preflight, and one upload a call with the first letter as its path."""
    with browsing(lab):
        lab.wait_for("events", at_least=len(KINDS), verdict="delivered", timeout=PATIENCE)

    assert_each_call_once(lab)
    assert {call["path"] for call in uploads(lab)} == {f"/v1/{kind[0]}" for kind in KINDS}
    assert {call["headers"]["content-type"] for call in uploads(lab)} == {"text/plain"}
    assert lab.count("requests", path="/v1/projects/wk/settings") == 1
    assert lab.count("requests", method="OPTIONS") >= 1


def test_batching_goes_to_the_batch_alias(lab: SegmentClient):
    """One envelope for all of them."""
    with browsing(lab, deliveryStrategy={"strategy": "batching", "config": {"size": 6, "timeout": 1000}}):
        lab.wait_for("events", at_least=len(KINDS), verdict="delivered", timeout=PATIENCE)

    assert_each_call_once(lab)
    assert {call["path"] for call in uploads(lab)} == {"/v1/b"}


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "retry_after": 1}], ids=["503", "429"])
@pytest.mark.parametrize("strategy", ["standard", "batching"])
def test_a_failed_upload_comes_again(lab: SegmentClient, fault: dict[str, Any], strategy: str):
    """Nothing lost, nothing doubled, and the count of tries in X-Retry-Count."""
    lab.arm("status", match={"method": "POST"}, **fault)
    config = {"size": 6, "timeout": 1000} if strategy == "batching" else {}

    with browsing(lab, deliveryStrategy={"strategy": strategy, "config": config}):
        lab.wait_for("events", at_least=len(KINDS), verdict="delivered", timeout=PATIENCE)

    assert_each_call_once(lab)
    calls = uploads(lab)
    assert {call["status"] for call in calls} == {200, fault["status"]}
    assert "1" in {call["headers"].get("x-retry-count") for call in calls}


def test_settings_that_are_refused_stop_the_page(lab: SegmentClient):
    """The library throws what the CDN said and sends nothing (facts 6.36)."""
    lab.put_source("wk", enabled=False)

    with browsing(lab):
        lab.wait_for("requests", path="/v1/projects/wk/settings", status=404, timeout=PATIENCE)

    assert uploads(lab) == []
