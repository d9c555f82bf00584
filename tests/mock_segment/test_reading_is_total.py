"""Whatever the edge answered 200, every view answers afterwards, and says what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_segment import SegmentFake
from mock_segment.delivery import verdicts
from tests.mock_segment.edge.test_bad_input_never_breaks_it import JSON, KINDS, Bench, encoded

VIEWS = ("events", "verdicts", "batches", "profiles", "requests", "tally", "metrics", "sources")
FIELDS = ("type", "userId", "anonymousId", "messageId", "traits", "properties", "context", "integrations", "timestamp")


def nested(levels: int, way: str, inside: bytes) -> bytes:
    opened, closed = (b"[", b"]") if way == "array" else (b'{"a":', b"}")
    return opened * levels + inside + closed * levels


def wide(width: int, way: str) -> bytes:
    if way == "array":
        return b"[" + b",".join([b"null"] * width) + b"]"
    return b"{" + b",".join(b'"k%d":%d' % (place, place) for place in range(width)) + b"}"


WAYS = st.sampled_from(["array", "object"])
LEAVES = (JSON | KINDS).map(encoded)
TEXTS = (
    LEAVES | st.builds(nested, st.integers(200, 1_010), WAYS, LEAVES) | st.builds(wide, st.integers(300, 2_000), WAYS)
)
EVENTS = st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=4).map(
    lambda fields: b"{" + b",".join(b'"%s":%s' % (name.encode(), text) for name, text in fields.items()) + b"}"
)
GOOD = b'{"type":"identify","userId":"the-good-one","traits":{"kept":true}}'


@settings(max_examples=25)
@given(events=st.lists(EVENTS, min_size=1, max_size=3), mode=st.sampled_from(["faithful", "strict"]))
def test_json_of_any_depth_width_and_type_leaves_every_view_readable(events: list[bytes], mode: str):
    """A verdict for each event, in a batch and alone, at the edge in strict mode and afterwards."""
    bench = Bench()
    if mode == "strict":
        bench.fake.state.configure(mode="strict")

    together = bench.post(
        "/v1/batch", b'{"writeKey":"wk","batch":[' + b",".join([*events, GOOD]) + b"]}", {"X-Lab-Verdicts": "1"}
    )
    alone = bench.post("/v1/track", events[0], {"Authorization": "Basic d2s6"})

    assert {together.status_code, alone.status_code} <= {200, 400}
    assert [bench.session.get(f"http://127.0.0.1/__lab/{view}").status_code for view in VIEWS] == [200] * len(VIEWS)
    if together.status_code == 200:
        told = [each["verdict"] for each in together.json()["verdicts"]]
        assert (len(told), told[-1]) == (len(events) + 1, "delivered")
        assert "unjudged" not in told


@pytest.mark.parametrize("levels", [254, 255, 256, 1_020])
def test_a_deep_event_without_an_id_has_its_verdict(wire: Any, state: Any, levels: int):
    """The reason is told, and so is what came before and after it."""
    body = b'{"writeKey":"wk","event":"e","properties":{"a":' + b"[" * levels + b"]" * levels + b"}}"
    wire.send("/v1/track", {"userId": "u", "event": "before"})

    taken = wire.post("/v1/track", body)
    wire.send("/v1/track", {"userId": "u", "event": "after"})

    assert taken.status_code == 200
    rows = wire.lab("verdicts").json()["verdicts"]
    assert [(row["verdict"], row["code"]) for row in rows] == [
        ("delivered", ""),
        ("discarded", "no_user_anon_id"),
        ("delivered", ""),
    ]
    state.configure(mode="strict")
    assert wire.post("/v1/track", body).json()["code"] == "no_user_anon_id"


def test_what_nobody_can_judge_is_told_and_hides_nothing(wire: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A bug of ours in judging one event is that event's verdict, kept with the others."""
    judge = verdicts.discard_reason

    def trips(event: dict[str, Any]) -> Any:
        if event.get("event") == "odd":
            raise RecursionError("on purpose")
        return judge(event)

    monkeypatch.setattr(verdicts, "discard_reason", trips)

    wire.batch({"type": "track", "userId": "u", "event": "odd"}, {"type": "track", "event": "x"}, {"type": "identify"})

    rows = wire.lab("verdicts").json()["verdicts"]
    assert [row["verdict"] for row in rows] == ["unjudged", "discarded", "discarded"]
    assert "RecursionError: on purpose" in rows[0]["reason"]
    assert {row["verdict"] for row in wire.lab("tally").json()} == {"unjudged", "discarded"}


def test_an_entry_that_a_fold_trips_over_is_set_aside(wire: Any, state: Any, monkeypatch: pytest.MonkeyPatch):
    """Its events have a verdict that says so, and the entries around it are read as if it were not there."""
    from mock_segment.delivery import fold

    look = fold.are_deliverable

    def trips(items: Any) -> bool:
        if items[0]["userId"] == "the odd one":
            raise ValueError("on purpose")
        return look(items)

    monkeypatch.setattr(fold, "are_deliverable", trips)
    for name in ("first", "the odd one", "last"):
        wire.batch({"type": "identify", "userId": name, "messageId": name})

    rows = wire.lab("verdicts").json()["verdicts"]

    assert [row["verdict"] for row in rows] == ["delivered", "unjudged", "delivered"]
    assert sum(state.tally().values()) == 3
    assert [row["user_id"] for row in wire.lab("profiles").json()["profiles"]] == ["first", "last"]


def test_a_deep_event_is_read_again_after_a_restart(tmp_path: Path):
    """The journal of a lab that took one opens as any other."""
    first = SegmentFake(path=tmp_path / "segment.db")
    deep = write_deep()
    first.state.workspace.journal.append(
        1,
        "request",
        {"method": "POST", "path": "/v1/track", "query": "", "headers": {}, "status": 200, "write_key": "wk"}
        | {"stored": "track"},
        deep,
    )
    first.close()

    again = SegmentFake(path=tmp_path / "segment.db")

    assert [found.code for found in again.state.verdicts_of(1)] == ["no_user_anon_id"]
    again.close()


def write_deep() -> bytes:
    return b'{"event":"e","a":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
