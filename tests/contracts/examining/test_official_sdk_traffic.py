"""Clean traffic of the official SDKs has no finding: what they add and leave null is as it should be."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from segment.analytics.client import Client

from contracts.check import contract
from contracts.examining import Examination
from contracts.reading import read

NODE = {
    "messageId": "node-next-1795000000000-5f0a8a3c-4c7e-4e2a-9d0b-2f7c1b1a9e11",
    "timestamp": "2026-11-23T10:22:18.249Z",
    "context": {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}},
    "integrations": {},
    "_metadata": {"nodeVersion": "20.1.0", "jsRuntime": "node"},
}
BROWSER = {
    "messageId": "ajs-next-1795000000000-5f0a8a3c-4c7e-4e2a-9d0b-2f7c1b1a9e11",
    "timestamp": "2026-11-23T10:22:18.249Z",
    "sentAt": "2026-11-23T10:22:18.251Z",
    "writeKey": "sWgNfVxhGDQ0pD2cDXhKk8QmIrVJ0Bsk",
    "userId": None,
    "anonymousId": "5f0a8a3c-4c7e-4e2a-9d0b-2f7c1b1a9e11",
    "context": {
        "page": {"path": "/", "referrer": "", "search": "", "title": "Home", "url": "https://example.com/"},
        "userAgent": "Mozilla/5.0",
        "userAgentData": {"brands": [{"brand": "Chromium", "version": "130"}], "mobile": False, "platform": "Linux"},
        "locale": "en-GB",
        "library": {"name": "analytics.js", "version": "npm:next-1.84.1"},
        "timezone": "Europe/London",
        "campaign": {"name": "spring", "source": "mail"},
    },
    "integrations": {"Segment.io": True, "All": True},
    "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
}
CALLS: dict[str, dict[str, Any]] = {
    "identify": {"traits": {"email": "ada@example.com", "plan": "pro", "age": 36, "address": {"city": "London"}}},
    "track": {
        "event": "Order Completed",
        "properties": {"revenue": 39.95, "currency": "USD", "products": [{"sku": "1"}]},
    },
    "page": {
        "name": "Pricing",
        "properties": {"path": "/pricing", "title": "Pricing", "url": "https://example.com/pricing"},
    },
    "screen": {"name": "Welcome", "properties": {"variation": "blue"}},
    "group": {"groupId": "company-7", "traits": {"name": "Initech", "employees": 329}},
    "alias": {"userId": "user-001", "previousId": "5f0a8a3c"},
}


def findings(*payloads: dict[str, Any]) -> list[str]:
    """Check payloads, in order, as a capture file would be."""
    capture = b"\n".join(map(orjson.dumps, payloads))
    return [found.code for found in Examination(contract("event")).payloads(read(io.BytesIO(capture)), "capture")]


def python_events() -> list[dict[str, Any]]:
    """Let the real SDK make one event of each call, without sending any."""
    client = Client("sWgNfVxhGDQ0pD2cDXhKk8QmIrVJ0Bsk", send=False)
    answers = (
        client.identify("user-001", CALLS["identify"]["traits"]),
        client.track("user-001", "Order Completed", CALLS["track"]["properties"]),
        client.page("user-001", "Docs", "Pricing", CALLS["page"]["properties"]),
        client.screen("user-001", None, "Welcome"),
        client.group("user-001", "company-7", CALLS["group"]["traits"]),
        client.alias("5f0a8a3c", "user-001"),
    )
    return [event for _, event in answers]


def test_the_python_sdk_is_clean() -> None:
    """`integrations: {}`, `anonymousId: null`, its own context and its offset timestamps."""
    events = python_events()

    assert [event["type"] for event in events] == list(CALLS)
    assert findings(*events) == []
    assert findings({"batch": events, "sentAt": "2026-11-23T10:22:18.249123+00:00", "writeKey": "k" * 32}) == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("sdk", [NODE, BROWSER], ids=["node", "browser"])
def test_the_javascript_sdks_are_clean(sdk: dict[str, Any], call: str) -> None:
    """As their source and a run of them show."""
    who = {} if sdk.get("anonymousId") else {"userId": "user-001"}

    assert findings({"type": call, **sdk, **who, **CALLS[call]}) == []


def test_go_and_java_name_their_library_on_the_envelope() -> None:
    """Items without context, timestamps with nanoseconds and a local offset, batch-level extras."""
    item = {"userId": "user-001", "messageId": "m1", "timestamp": "2026-11-23T11:22:18.249123456+01:00"}
    batch = [{"type": call, **item, **fields, "messageId": f"m-{call}"} for call, fields in CALLS.items()]
    go = {"messageId": "b1", "sentAt": "2026-11-23T10:22:18Z", "context": {"library": {"name": "analytics-go"}}}
    java = {"sequence": 7, "sentAt": "2026-11-23T10:22:18.249Z", "writeKey": "k" * 32, "context": {}}

    assert findings({**go, "batch": batch}) == []
    assert findings({**java, "batch": batch}) == []


@pytest.mark.parametrize(
    "timestamp", ["2026-11-23T10:22:18+00:00", "2026-11-23T10:22:18.2491234Z", "2026-11-23T10:22:18.249Z"]
)
def test_php_and_csharp_timestamps_are_clean(timestamp: str) -> None:
    """Whole seconds, and seven fractional digits."""
    assert (
        findings({"type": "screen", "userId": "user-001", "name": "Home", "category": "", "timestamp": timestamp}) == []
    )
