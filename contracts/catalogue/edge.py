"""E1xx: what Segment's edge refuses with a 400, so that nothing of the request is kept."""

from __future__ import annotations

import datetime
from typing import Any

from contracts.catalogue.delivery import CALLS
from contracts.catalogue.sources import HTTP_API, inferred, observed, segment
from contracts.fragments import TEXT, root
from contracts.limits import BATCH_BYTES, EVENT_BYTES
from contracts.rule import Rule, Severity

_IDENTIFY = {"type": "identify", "userId": "user-001", "traits": {"plan": "pro"}}


def _identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "user-001", "traits": traits}


RULES = (
    Rule(
        code="E101",
        name="event-fits",
        severity=Severity.ERROR,
        message=f"An event may take at most {EVENT_BYTES:,} bytes of JSON.",
        explanation="A larger event is refused with a 400 and the message `Exceed payload limit`; inside a batch it "
        "sinks the whole batch. Identifies grow over the limit when many cohort traits are sent at once. The size is "
        "that of the UTF-8 JSON as sent: a name in another alphabet counts two to four bytes a character.",
        bad=_identify(notes="x" * EVENT_BYTES),
        good=_identify(notes="x" * 400),
        expected=f"at most {EVENT_BYTES:,} bytes",
        fix="Send fewer traits or properties in one call, and large texts elsewhere.",
        source=observed("1.6, 1.7", "probe log of the live API: 30,082 bytes passed, 33,087 did not"),
        contracts=("event", *CALLS),
    ),
    Rule(
        code="E102",
        name="batch-fits",
        severity=Severity.ERROR,
        message=f"A batch may take at most {BATCH_BYTES:,} bytes of JSON.",
        explanation="A larger body is refused with a 400 and every event in it is lost. Counting events is not "
        "enough: 2,000 cohort identifies of 334 bytes are 670 KB.",
        bad={"batch": [_identify(notes="x" * 30_000)] * 18},
        good={"batch": [_identify(notes="x" * 400)] * 18},
        expected=f"at most {BATCH_BYTES:,} bytes",
        fix="Close a batch before it passes the limit, measured in bytes as they will be sent.",
        source=segment("1.6, 1.7", "[doc]", HTTP_API),
        contracts=("batch",),
    ),
    Rule(
        code="E103",
        name="payload-is-an-object",
        severity=Severity.ERROR,
        message="A request holds one JSON object: an event, or a batch envelope.",
        explanation="An array of events is not a batch, and a string or a number is not an event. The edge cannot "
        "decode them.",
        bad=[_IDENTIFY],
        good=_IDENTIFY,
        expected="a JSON object",
        fix='Put several events into an envelope: `{"batch": [...]}`.',
        source=inferred("1.6", "the body is decoded into an event or an envelope, and an array is neither"),
        contracts=("event", *CALLS, "batch"),
        schema={"type": "object"},
    ),
    Rule(
        code="E104",
        name="batch-is-an-array",
        severity=Severity.ERROR,
        message="`batch` must be an array.",
        explanation="The envelope cannot be decoded when `batch` is one event or a string.",
        bad={"batch": _IDENTIFY},
        good={"batch": [_IDENTIFY]},
        expected="an array of events",
        fix="Put the events into an array, even when there is only one.",
        source=inferred("1.10", "the envelope is decoded before anything is looked at"),
        contracts=("batch",),
        schema=root(batch={"type": ["array", "null"]}),
        presumes=("payload-is-an-object",),
    ),
    Rule(
        code="E105",
        name="batch-items-are-objects",
        severity=Severity.ERROR,
        message="Every item of a batch must be an event, so a JSON object.",
        explanation="SDK bugs have produced batches with empty elements and with batches inside batches; the edge "
        "answered 400 and the neighbours were lost too.",
        bad={"batch": [_IDENTIFY, None]},
        good={"batch": [_IDENTIFY, _IDENTIFY]},
        expected="a JSON object",
        fix="Drop empty items before the batch is written.",
        source=observed("1.4, 6 (12)", "analytics-android#597, analytics-swift#320", "2018 to 2024"),
        contracts=("batch",),
        schema=root(batch={"type": ["array", "null"], "items": {"type": "object"}}),
        presumes=("payload-is-an-object", "batch-is-an-array"),
    ),
    Rule(
        code="E106",
        name="numbers-are-finite",
        severity=Severity.ERROR,
        message="NaN and Infinity cannot be written as JSON.",
        explanation="Python's own encoder writes a bare NaN, which no strict reader takes: one such float costs the "
        "whole batch of up to a hundred events with a 400. Only payloads made in Python can break this rule; in a "
        "file the same fault is J002.",
        bad=_identify(score=float("nan")),
        good=_identify(score=None),
        expected="a finite number, or null",
        fix="Leave the trait out, or send null, when the number is not finite.",
        source=inferred("1.4", "the Python SDK was seen to write bare NaN; documentation says invalid JSON is a 400"),
        contracts=("event", *CALLS, "batch"),
    ),
    Rule(
        code="E107",
        name="values-are-json",
        severity=Severity.ERROR,
        message="Only JSON values can be sent: no dates, sets, bytes or objects of a program.",
        explanation="The Python SDK drops a trait that it cannot write, logs a warning and reports success; other "
        "clients fail to send at all. Only payloads made in Python can break this rule.",
        bad=_identify(since=datetime.date(2026, 1, 1)),
        good=_identify(since="2026-01-01T00:00:00Z"),
        expected="a string, a number, a boolean, null, an array or an object with string keys",
        fix="Turn the value into a string or a number first; dates as ISO 8601 with a time zone.",
        source=observed("6 (22)", "segment-analytics-python 2.4.0, executed", "2026-11-23"),
        contracts=("event", *CALLS, "batch"),
    ),
    Rule(
        code="E108",
        name="write-key-is-filled",
        severity=Severity.ERROR,
        message="`writeKey`, where it is in the body, must be a non-empty string.",
        explanation="An empty key is answered 400 `An invalid write key was provided` unless the Authorization header "
        "carries one. It is the usual sign of an environment variable that is not set.",
        bad={"writeKey": "", "batch": [_IDENTIFY]},
        good={"writeKey": "sWgNfVxhGDQ0pD2cDXhKk8QmIrVJ0Bsk", "batch": [_IDENTIFY]},
        expected="a non-empty string",
        fix="Set the write key, or leave it out of the body and send it in the Authorization header.",
        source=observed("1.3", "analytics-ruby#270 and a probe log of the live API", "2024-04 and 2026-03-28"),
        contracts=("batch", "event", *CALLS),
        schema=root(writeKey={**TEXT, "minLength": 1}),
        presumes=("payload-is-an-object",),
    ),
)
