"""Whatever comes in: Segment's answer, never a 5xx, no good event lost, and the next client is served."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_core import Clocks, LabClock
from mock_core.inprocess import InProcessAdapter
from mock_segment import SegmentFake, create_app

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        *("type", "userId", "anonymousId", "messageId", "traits", "properties", "event", "context", "integrations"),
        *("name", "groupId", "previousId", "timestamp", "sentAt", "writeKey", "category"),
    ]
)
KINDS = st.sampled_from(["identify", "track", "page", "screen", "group", "alias"])
EVENTS = st.dictionaries(FIELDS, JSON | KINDS | st.just("2026-01-05T09:00:00Z"), max_size=8)
GOOD = st.fixed_dictionaries({"type": st.just("identify"), "userId": st.text(min_size=1, max_size=5)})
ENVELOPES = st.fixed_dictionaries(
    {"writeKey": st.just("wk"), "batch": st.lists(EVENTS | JSON | GOOD, max_size=6)},
    optional={"context": JSON, "integrations": JSON, "sentAt": JSON, "timestamp": JSON},
)
PATHS = st.sampled_from(
    [f"/v1/{path}" for path in ("batch", "b", "import", "import/", "identify", "i", "t", "p", "s", "g", "a", "m")]
    + ["/token", "/debug/v1/track", "/debug/v1/identify", "/v1/nonsense", "/", "//v1/batch", "/v1/pixel/track"]
)
HEADER_TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=20)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": HEADER_TEXT | st.sampled_from(["application/x-www-form-urlencoded", "text/plain"]),
        "Content-Encoding": HEADER_TEXT | st.sampled_from(["gzip", "deflate", "identity"]),
        "Authorization": HEADER_TEXT | st.sampled_from(["Basic d2s6", "Basic d2s", "Bearer x", "Bearer a.b.c"]),
        "Origin": HEADER_TEXT,
        "X-Lab-Verdicts": HEADER_TEXT,
        "X-Retry-Count": HEADER_TEXT,
    },
)
PACKINGS = st.sampled_from([lambda body: body, gzip.compress, zlib.compress, lambda body: gzip.compress(body)[:-3]])


def encoded(payload: Any) -> bytes:
    return json.dumps(payload).encode("utf-8", "surrogatepass")


BODIES = st.one_of(st.binary(max_size=200), JSON.map(encoded), EVENTS.map(encoded), ENVELOPES.map(encoded))


class Bench:
    """A fake and a client, made anew for every example."""

    def __init__(self) -> None:
        clock = LabClock(1_767_603_600.0)
        self.fake = SegmentFake(clocks=Clocks(clock))
        self.session = requests.Session()
        self.session.mount("http://127.0.0.1", InProcessAdapter(create_app(self.fake), clock))

    def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
        raw = {name: value.encode("latin-1") for name, value in (headers or {}).items()}
        request = requests.Request("POST", f"http://127.0.0.1{path}", data=body, headers=raw).prepare()
        return self.session.send(request)

    def reads(self) -> list[int]:
        """Read everything there is to read."""
        views = ("events", "verdicts", "batches", "profiles", "requests", "tally", "metrics")
        return [self.session.get(f"http://127.0.0.1/__lab/{view}").status_code for view in views]


@settings(max_examples=60)
@given(path=PATHS, body=BODIES, headers=HEADERS, pack=PACKINGS, mode=st.sampled_from(["faithful", "strict"]))
def test_no_call_is_answered_5xx(path: str, body: bytes, headers: dict[str, str], pack: Any, mode: str):
    """Bytes, encodings, JSON shapes and headers; and everything can still be read afterwards."""
    bench = Bench()
    if mode == "strict":
        bench.fake.state.configure(mode="strict")

    reply = bench.post(path, pack(body), headers)

    assert reply.status_code < 500
    assert reply.headers["Content-Type"].startswith(("application/json", "text/plain", "image/gif"))
    if path.startswith("/v1/") and path != "/v1/nonsense":
        assert reply.status_code in {200, 400, 401, 405}
    assert set(bench.reads()) == {200}


@settings(max_examples=40)
@given(envelopes=st.lists(ENVELOPES, max_size=4), position=st.integers(0, 5))
def test_no_good_event_is_lost_among_bad_ones(envelopes: list[dict[str, Any]], position: int):
    """An event with an id of its own arrives in whatever company it travels, as long as the company is JSON."""
    bench = Bench()
    good = {"type": "identify", "userId": "the-good-one", "traits": {"kept": True}}
    for envelope in envelopes:
        envelope["batch"].insert(min(position, len(envelope["batch"])), good)

    taken = [bench.post("/v1/batch", encoded(envelope)).status_code == 200 for envelope in envelopes]

    profile = bench.fake.state.profile("the-good-one")
    assert profile.identifies == sum(taken)
    assert set(bench.reads()) == {200}


@settings(max_examples=60)
@given(query=st.text(max_size=60) | EVENTS.map(lambda event: "&".join(f"{n}={v}" for n, v in event.items())))
def test_a_pixel_is_always_an_image(query: str):
    """Whatever the address says, on the first and on every later look."""
    bench = Bench()

    reply = bench.session.get("http://127.0.0.1/v1/pixel/track", params=query)

    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "image/gif")
    assert set(bench.reads()) == {200}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"writeKey":"wk","userId":"u","userId":"v"}', 200),  # the last of two equal keys counts, as in Go
        (b'{"writeKey":"wk","userId":"\\ud83d"}', 400),
        (b'{"writeKey":"wk","userId":"\\ud83d\\ude00"}', 200),
        (b'{"writeKey":"wk","userId":"u","n":' + b"9" * 400 + b"}", 400),
        (b'{"writeKey":"wk","userId":"u","n":1e-400}', 200),
        (b'{"writeKey":"wk","userId":"u","a":' + b"[" * 1000 + b"]" * 1000 + b"}", 200),
        (b'{"writeKey":"wk","userId":"u","a":' + b"[" * 2000 + b"]" * 2000 + b"}", 400),
        (b'{"writeKey":"w\\u0000k","userId":"\\u0000"}', 200),
    ],
    ids=["duplicate-keys", "lone-surrogate", "pair", "huge-number", "tiny-number", "deep", "too-deep", "nul"],
)
def test_odd_json_has_a_documented_answer(wire: Any, body: bytes, status: int):
    """Each oddity of JSON is taken or refused, and either way can be looked at."""
    assert wire.post("/v1/identify", body).status_code == status
    assert wire.lab("events").status_code == 200
    assert wire.lab("verdicts").status_code == 200


def test_the_last_of_two_equal_keys_counts(wire: Any, state: Any):
    """As in Go and in every SDK's language."""
    wire.post("/v1/identify", b'{"writeKey":"wk","userId":"u","userId":"v"}')

    assert set(state.profiles()) == {"v"}
