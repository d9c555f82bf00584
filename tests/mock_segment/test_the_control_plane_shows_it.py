"""Everything can be looked at over HTTP, filtered, counted, paged and waited for."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from mock_core import Clocks, Server
from mock_segment import SegmentClient, SegmentFake, create_app

HOUR_9, HOUR_10 = "2026-01-05T09:00:00Z", "2026-01-05T10:00:00Z"


@pytest.fixture
def traffic(wire: Any, state: Any, clock: Any) -> None:
    """Six events in two calls, an hour apart."""
    state.put_source("wk")
    wire.batch(
        {"type": "identify", "userId": "u1", "messageId": "m1", "traits": {"A (a1)": True}},
        {"type": "identify", "userId": "u1", "messageId": "m1", "traits": {"A (a1)": True}},
        {"type": "track", "userId": "u2", "messageId": "m2", "event": "Signed Up"},
        {"type": "track", "userId": "u2"},
    )
    clock.advance(3600)
    wire.send("/v1/identify", {"userId": "u2", "traits": {"B (b2)": False}})
    wire.send("/v1/identify", {"userId": "u3", "writeKey": "unknown"})


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 6),
        ({"type": "identify"}, 4),
        ({"user_id": "u1"}, 2),
        ({"user_id": "U1"}, 0),
        ({"write_key": "unknown"}, 1),
        ({"message_id": "m1"}, 2),
        ({"event": "Signed Up"}, 1),
        ({"verdict": "delivered"}, 3),
        ({"verdict": "duplicate"}, 1),
        ({"code": "unknown_source"}, 1),
        ({"trait": "A (a1)"}, 2),
        ({"since": HOUR_10}, 2),
        ({"until": HOUR_10}, 4),
        ({"since": "1767607200000"}, 2),
        ({"user_id": "u2", "type": "track", "verdict": "discarded"}, 1),
        ({"user_id": "u2", "since": HOUR_9, "until": HOUR_10}, 2),
    ],
)
def test_events_and_verdicts_are_filtered_alike(wire: Any, filters: dict[str, str], count: int):
    """By type, user, key, code, trait, time; rows and counts agree."""
    for view in ("events", "verdicts"):
        rows = wire.lab(view, **filters).json()[view]

        assert len(rows) == count
        assert wire.lab(f"{view}/count", **filters).json() == {"count": count}
        assert all(
            row[name] == wanted for row in rows for name, wanted in filters.items() if name in row and name != "event"
        )


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 3),
        ({"write_key": "unknown"}, 1),
        ({"since": HOUR_10}, 2),
        ({"until": HOUR_10}, 1),
        ({"path": "/v1/i*", "since": HOUR_9, "write_key": "wk"}, 1),
        ({"code": "invalid_request"}, 0),
    ],
)
def test_requests_are_filtered_by_time_and_key(wire: Any, filters: dict[str, str], count: int):
    """Beside method, path and status, which every fake has."""
    assert len(wire.lab("requests", **filters).json()["requests"]) == count
    assert wire.lab("requests/count", **filters).json() == {"count": count}


def test_events_are_found_by_an_anonymous_id(wire: Any):
    """To the letter, like a user's."""
    wire.batch({"type": "page", "anonymousId": "a1"}, {"type": "page", "anonymousId": "a2"})

    (row,) = wire.lab("events", anonymous_id="a2").json()["events"]

    assert (row["index"], row["event"]["anonymousId"]) == (1, "a2")


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("view", ["events", "verdicts", "requests", "profiles"])
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_follow_one_another_without_gap_or_repeat(wire: Any, view: str, limit: int):
    """Following the cursor yields what one large page holds."""
    whole = wire.lab(view).json()[view]

    rows, after = [], 0
    while after is not None:
        page = wire.lab(view, after=after, limit=limit).json()
        rows += page[view]
        after = page["next"]

    assert rows == whole


@pytest.mark.usefixtures("traffic")
def test_an_event_says_all_there_is_to_know(wire: Any):
    """Where it lies, when it came, what became of it and what Segment would hand on."""
    row = wire.lab("events", message_id="m2").json()["events"][0]

    assert row["event"]["event"] == "Signed Up"
    assert {name: row[name] for name in ("entry", "index", "type", "user_id", "verdict", "code", "notes")} == {
        "entry": 2,
        "index": 2,
        "type": "track",
        "user_id": "u2",
        "verdict": "delivered",
        "code": "",
        "notes": [],
    }
    assert row["received_at"] == row["delivered_at"] == "2026-01-05T09:00:00.000Z"


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize(
    ("filters", "users"),
    [
        ({}, ["u1", "u2"]),
        ({"trait": "A (a1)"}, ["u1"]),
        ({"trait": "A (a1)", "value": "true"}, ["u1"]),
        ({"trait": "B (b2)", "value": "true"}, []),
        ({"trait": "B (b2)", "value": "false"}, ["u2"]),
        ({"user_id": "u2"}, ["u2"]),
        ({"user_id": "nobody"}, []),
    ],
)
def test_profiles_are_found_by_trait_and_value(wire: Any, filters: dict[str, str], users: list[str]):
    """Who is in the cohort, and who is told to be out of it."""
    rows = wire.lab("profiles", **filters).json()["profiles"]

    assert [row["user_id"] for row in rows] == users


@pytest.mark.usefixtures("traffic")
def test_what_was_captured_can_be_forgotten(wire: Any, state: Any, identify: Any):
    """Captures go, sources stay, and a messageId may come again."""
    wire.lab("reset", {"what": "captures"})
    wire.batch(identify(messageId="m1"))

    assert [event.verdict.verdict for event in state.events()] == ["delivered"]
    assert state.tally() == {("wk", "identify", "delivered", ""): 1}
    assert [source.write_key for source in state.sources()] == ["wk"]
    assert set(state.profiles()) == {"u1"}


@pytest.mark.usefixtures("traffic")
def test_everything_can_be_forgotten(wire: Any, state: Any, identify: Any):
    """After a full reset it is a new lab, with nothing left in any fold."""
    assert state.tally()
    wire.lab("reset", {})
    wire.send("/v1/batch", {"writeKey": "other", "batch": [identify(messageId="m1"), identify(messageId="m1")]})

    assert state.tally() == {("other", "identify", "delivered", ""): 1, ("other", "identify", "duplicate", ""): 1}
    assert state.sources() == []


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("events", {"since": "yesterday"}, "no time"),
        ("events", {"until": "2026-01-01"}, "no time zone"),
        ("events", {"users": "u1"}, "did you mean 'user_id'"),
        ("profiles", {"value": "true"}, "no trait"),
        ("events", {"after": "x"}, "expected a number"),
    ],
)
def test_a_wrong_question_is_one_clear_sentence(wire: Any, path: str, query: dict[str, str], words: str):
    """400, with what was expected."""
    reply = wire.lab(path, **query)

    assert reply.status_code == 400
    assert words in reply.json()["message"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({}, "write_key"),
        ({"write_key": ""}, "write_key"),
        ({"write_key": "wk", "regoin": "eu"}, "did you mean 'region'"),
        ({"write_key": "wk", "region": "asia"}, "region"),
    ],
)
def test_a_wrong_source_is_one_clear_sentence(wire: Any, state: Any, payload: dict[str, Any], words: str):
    """And nothing is registered."""
    reply = wire.lab("sources", payload)

    assert reply.status_code == 400
    assert words in reply.json()["message"]
    assert state.sources() == []


def test_a_saved_journal_is_the_same_lab_elsewhere(wire: Any, fake: Any, state: Any, tmp_path: Any, clock: Any):
    """Events, verdicts, sources, settings, faults and the frozen clock come with it."""
    state.put_source("wk", name="web")
    state.configure(dedupe_hours=1)
    state.workspace.arm({"fault": "status", "status": 503, "match": {"times": 2}})
    wire.send("/v1/identify", {"userId": "u0"})
    state.workspace.arm({"fault": "late", "seconds": 60, "match": {"skip": 1}})
    state.workspace.lift("fault-1")
    wire.batch({"type": "identify", "userId": "u1", "messageId": "m", "traits": {"a": 1}}, {"type": "track"})
    wire.batch({"type": "identify", "userId": "u2", "messageId": "m2"})
    clock.advance(7)
    saved = tmp_path / "saved.db"
    saved.write_bytes(wire.lab("journal").content)
    before = [wire.lab(view).json() for view in ("events", "verdicts", "tally", "sources", "settings", "faults")]

    elsewhere = SegmentFake()
    elsewhere.state.put_source("something else")
    assert elsewhere.state.sources()
    elsewhere.state.workspace.load(saved)
    wire.lab("reset", {})
    loaded = wire.session.post(f"{wire.url}/__lab/journal", data=saved.read_bytes())

    assert loaded.status_code == 200
    assert before == [
        wire.lab(view).json() for view in ("events", "verdicts", "tally", "sources", "settings", "faults")
    ]
    assert elsewhere.state.tally() == state.tally()
    assert elsewhere.state.workspace.clock.now() == clock.now()
    elsewhere.close()


@pytest.mark.parametrize("body", [b"", b"not a database", b"SQLite format 3\x00" + b"x" * 200])
def test_what_is_no_journal_is_not_loaded(wire: Any, state: Any, identify: Any, body: bytes):
    """One sentence, and the lab is as it was."""
    wire.batch(identify())

    reply = wire.session.post(f"{wire.url}/__lab/journal", data=body)

    assert (reply.status_code, reply.json()["error"]) == (400, "JournalUnreadable")
    assert len(list(state.events())) == 1


def test_reopening_a_file_goes_on_where_it_stopped(tmp_path: Any):
    """Verdicts made before and after the reopening know of one another."""
    import requests

    from mock_core import LabClock
    from mock_core.inprocess import InProcessAdapter

    def send(fake: SegmentFake, *messages: str) -> None:
        session = requests.Session()
        session.mount("http://127.0.0.1", InProcessAdapter(create_app(fake), fake.state.workspace.clock))
        events = [{"type": "identify", "userId": "u", "messageId": message} for message in messages]
        session.post("http://127.0.0.1/v1/batch", json={"writeKey": "wk", "batch": events})

    path = tmp_path / "segment.db"
    first = SegmentFake(clocks=Clocks(LabClock(0.0)), path=path)
    send(first, "m1", "m2")
    assert len(first.state.tally()) == 1
    send(first, "m2")
    first.close()
    again = SegmentFake(clocks=Clocks(LabClock(1.0)), path=path)
    send(again, "m1", "m3")

    assert again.state.tally() == {("wk", "identify", "delivered", ""): 3, ("wk", "identify", "duplicate", ""): 2}
    again.close()


def test_waiting_ends_when_the_clock_delivers(wire: Any, fake: Any, state: Any, clock: Any, identify: Any):
    """A late event wakes the waiter as soon as the clock is moved."""
    state.workspace.arm({"fault": "late", "seconds": 60})
    wire.batch(identify(traits={"a": True}))
    mover = threading.Timer(0.05, clock.advance, [60])
    mover.start()

    waited = wire.lab("await", {"view": "profiles", "where": {"trait": "a", "value": True}, "timeout": 30})
    mover.join()

    assert waited.json() == {"held": True, "count": 1}


def test_waiting_ends_when_time_itself_delivers(wire: Any, state: Any, clock: Any, identify: Any):
    """On a clock that runs nothing else happens, and the waiter still wakes."""
    clock.follow_system()
    state.workspace.arm({"fault": "late", "seconds": 0.05})
    wire.batch(identify(traits={"a": True}))

    waited = wire.lab("await", {"view": "profiles", "where": {"trait": "a"}, "timeout": 30})

    assert waited.json()["held"] is True


def test_a_user_nobody_ever_sent_is_waited_for_in_vain(wire: Any, identify: Any):
    """And is there as soon as the first identify was delivered."""
    wanted = {"view": "profiles", "where": {"user_id": "u1"}, "timeout": 0.01}

    before = wire.lab("await", wanted)
    wire.batch(identify())
    after = wire.lab("await", wanted)

    assert (before.status_code, before.json()) == (408, {"held": False, "count": 0})
    assert (after.status_code, after.json()) == (200, {"held": True, "count": 1})


def test_the_python_client_reads_like_the_state(server: Server, clock: Any, tmp_path: Any):
    """The same names, over HTTP, from another process or this one."""
    import requests

    from mock_core.errors import BadControl, NotInTime

    lab = SegmentClient(server.url)
    lab.put_source("wk", name="web")
    fault = lab.arm("status", status=503, match={"route": "/v1/batch"})
    events = [{"type": "identify", "userId": "u/1", "messageId": f"m{n}", "traits": {"n": n}} for n in range(3)]
    for _ in range(2):
        requests.post(f"{lab.base_url}/v1/batch", json={"writeKey": "wk", "batch": events}, timeout=10)

    assert lab.profile("u/1").traits == {"n": 2}
    assert lab.profile("count").traits == {}
    assert [(event.verdict, event.message_id) for event in lab.events(user_id="u/1")] == [
        ("delivered", f"m{n}") for n in range(3)
    ]
    assert [event.verdict for event in lab.verdicts()] == [*["refused"] * 3, *["delivered"] * 3]
    assert lab.tally() == {("wk", "identify", "delivered", ""): 3, ("wk", "identify", "refused", "503"): 3}
    assert [(batch["events"], batch["refused"]) for batch in lab.batches()] == [(3, 3), (3, 0)]
    assert lab.lost() == []
    assert [row["value"] for row in lab.trait_history("u/1", "n")] == [0, 1, 2]
    assert [source.name for source in lab.sources()] == ["web"]
    assert (lab.faults()[0]["id"], lab.faults()[0]["struck"]) == (fault, 1)
    assert lab.wait_for("events", at_least=3, verdict="delivered") == 3
    assert lab.count("requests", status="503") == 1
    assert "segment_events_total" in lab.metrics()
    assert lab.advance(60) == lab.now() == clock.now()
    assert lab.configure(dedupe_hours=1)["dedupe_hours"] == lab.settings()["dedupe_hours"] == 1
    lab.save_journal(tmp_path / "saved.db")
    lab.reset()
    assert lab.events() == []
    lab.load_journal(tmp_path / "saved.db")
    assert len(lab.events()) == 3
    assert lab.lift() == 1
    with pytest.raises(NotInTime, match=r"Waited 0\.01 s for 9 of events with type 'track'; there are 0"):
        lab.wait_for("events", at_least=9, timeout=0.01, type="track")
    with pytest.raises(BadControl, match="did you mean 'dedupe_hours'"):
        lab.configure(dedupe_hour=1)


def test_no_series_comes_twice_and_no_path_tells_a_key(wire: Any, state: Any, identify: Any):
    """Keys that begin alike are told apart, a path with parts counts as its route, an unknown one as none."""
    keys = [f"wk_live_{number}" for number in range(3)] + ["a", "b"]
    for key in keys:
        wire.send("/v1/batch", {"writeKey": key, "batch": [identify()]})
        wire.session.get(f"{wire.url}/v1/projects/{key}/settings")
        wire.post(f"/v1/nowhere/{key}")

    lines = [line for line in wire.lab("metrics").text.splitlines() if not line.startswith("#")]
    series = [line.rpartition(" ")[0] for line in lines]

    assert len(set(series)) == len(series)
    assert sum(line.startswith("segment_events_total") for line in lines) == len(keys)
    assert [line for line in lines if line.startswith("lab_calls_total")] == [
        'lab_calls_total{method="GET",path="/v1/projects/<write_key>/settings",status="200"} 5',
        'lab_calls_total{method="POST",path="",status="404"} 5',
        'lab_calls_total{method="POST",path="/v1/batch",status="200"} 5',
    ]


def test_the_counts_start_anew_when_captures_are_forgotten(wire: Any, identify: Any):
    """As the views do, whether somebody read them before or not."""
    wire.batch(identify())
    wire.lab("metrics")
    wire.lab("reset", {"what": "captures"})
    wire.batch(identify("u2"), identify("u3"))

    text = wire.lab("metrics").text

    assert 'lab_calls_total{method="POST",path="/v1/batch",status="200"} 1\n' in text
    assert 'verdict="delivered",code=""} 2\n' in text


def test_metrics_do_nothing_to_a_terminal(wire: Any, identify: Any):
    """Text of other people in a label is shown as its escape; what a line must not hold, Prometheus escapes itself."""
    wire.send("/v1/batch", {"writeKey": "\x1b]0;owned\x07", "batch": [{**identify(), "type": "\x1b[31m\u202e"}]})

    text = wire.lab("metrics").text
    assert "\\\\x1b[31m\\\\u202e" in text
    assert "\x1b" not in text
    assert "\x07" not in text


def test_prometheus_can_read_the_metrics(wire: Any, state: Any, identify: Any):
    """The official parser agrees, counts are right, and no write key is told."""
    parser = pytest.importorskip("prometheus_client.parser")
    key = "a-very-secret-write-key"
    state.workspace.arm({"fault": "status", "status": 503})
    for _ in range(3):
        wire.send("/v1/batch", {"writeKey": key, "batch": [identify(messageId="m"), {"type": 'odd "\\\n'}]})

    text = wire.lab("metrics").text
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }
    calls = {labels[2][1]: value for (name, *labels), value in found.items() if name == "lab_calls_total"}
    types = {dict(labels)["type"] for name, *labels in found if name == "segment_events_total"}

    assert calls == {"503": 1, "200": 2}
    assert sum(value for (name, *_), value in found.items() if name == "segment_events_total") == 6
    assert types == {"identify", 'odd "\\\n'}
    assert key not in text
