"""A journal may come from anybody: it is refused in words and nothing changes, or every view of it answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests

from cohortlab.cli import run
from mock_core.errors import LabError
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab

FAKES = {"amplitude": AMPLITUDE_URL, "segment": SEGMENT_URL}
VIEWS = {
    "amplitude": ("cohorts", "members?cohort_id=c1", "jobs", "projects", "quotas", "requests", "faults", "settings"),
    "segment": ("events", "verdicts", "batches", "profiles", "tally", "requests", "faults", "settings", "sources"),
}
EVENT = b'{"userId":"u","event":"e","type":"track"}'
CALL = {"method": "POST", "path": "/v1/track", "query": "", "headers": {}, "status": 200}
KEPT = {**CALL, "write_key": "wk", "stored": "track"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The journals of a lab in which a little of everything happened."""
    folder = tmp_path_factory.mktemp("sound")
    with Lab(start=1.7e9, folder=folder) as lab:
        told, asked = lab.segment, lab.amplitude
        told.put_source("wk", name="cohorts")
        told.configure(null_trait="remove")
        asked.create_cohort("C", cohort_id="c1", members=["a", None, "b"])
        asked.populate("c1", 20)
        asked.churn("c1", enter=0.1, leave=0.1)
        asked.put_sync("c1")
        asked.add_people(["d"], generated=5)
        session = lab.session()
        for fault in ("stored-twice", "out-of-order"):
            told.workspace.arm({"fault": fault})
        for number in range(4):
            events = [{"type": "identify", "userId": "a", "messageId": f"{number % 2}.{n}"} for n in range(3)]
            session.post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": "wk", "batch": [*events, 5, {"type": "track"}]})
        session.post(f"{SEGMENT_URL}/v1/track", data=b"{")
        asked.workspace.arm({"fault": "latency", "seconds": 1, "match": {"times": 2, "probability": 0.5}})
        session.get(f"{AMPLITUDE_URL}/api/5/cohorts/request/c1", auth=(API_KEY, SECRET_KEY))
        upload = {"name": "L", "app_id": 1, "id_type": "BY_USER_ID", "ids": ["a"], "owner": "o", "published": True}
        session.post(f"{AMPLITUDE_URL}/api/3/cohorts/upload", json=upload, auth=(API_KEY, SECRET_KEY))
        lab.clock.advance(7200)
        asked.edit("c1", name="D", archived=True)
        asked.workspace.reseed(9)
        assert asked.cohorts()
        assert told.tally()
    return {fake: (folder / f"{fake}.db").read_bytes() for fake in FAKES}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(start=1.7e9) as made:
        made.segment.put_source("mine")
        made.amplitude.create_cohort("Mine", cohort_id="mine", members=["m"])
        yield made


def standing(lab: Lab) -> tuple[Any, ...]:
    """Return what a refused journal must not change."""
    return (
        [source.write_key for source in lab.segment.sources()],
        [cohort.id for cohort in lab.amplitude.cohorts()],
        *(list(state.workspace.journal.walk()) for state in (lab.segment, lab.amplitude)),
        lab.clock.now(),
        lab.clock.is_frozen,
    )


def load(session: requests.Session, fake: str, data: bytes) -> requests.Response:
    return session.post(f"{FAKES[fake]}/__lab/journal", data=data, headers={"Host": "localhost"}, timeout=60)


def must_stand_or_answer(lab: Lab, fake: str, data: bytes) -> int:
    """Load a journal; assert a refusal in words with the lab unchanged, or a lab of which every view answers."""
    before = standing(lab)
    session = lab.session()
    reply = load(session, fake, data)
    assert reply.status_code in {200, 400}, reply.text
    if reply.status_code == 400:
        assert reply.json()["message"]
        assert standing(lab) == before
    views = {
        view: session.get(f"{FAKES[fake]}/__lab/{view}", headers={"Host": "localhost"}, timeout=60)
        for view in (*VIEWS[fake], "metrics", "clock", "")
    }
    odd = {view: answer.text[:200] for view, answer in views.items() if answer.status_code not in {200, 404}}
    assert not odd
    assert session.post(f"{SEGMENT_URL}/v1/track", data=EVENT, auth=("mine", "")).status_code in {200, 429}
    assert session.get(f"{AMPLITUDE_URL}/api/3/cohorts", auth=(API_KEY, SECRET_KEY)).status_code < 500
    assert lab.segment_fake.broken == lab.amplitude_fake.broken == []
    return reply.status_code


def made(path: Path, rows: list[tuple[Any, ...]], *then: str, begin: str = '{"seed":0,"frozen_at":null}') -> bytes:
    """Write a journal that holds these (at, kind, data, body) and has this done to it, and return its bytes."""
    with Lab(folder=path) as empty:
        assert empty.segment.tally() == {}
    with closing(sqlite3.connect(path / "segment.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("UPDATE beginning SET data = ?", (begin,))
        db.executemany("INSERT INTO journal(at, kind, data, body) VALUES (?, ?, ?, ?)", rows)
        for statement in then:
            db.execute(statement)
    return (path / "segment.db").read_bytes()


def control(**data: Any) -> list[tuple[Any, ...]]:
    return [(1, "control", json.dumps(data).encode(), None)]


def kept(body: bytes | None = EVENT, at: Any = 1, **more: Any) -> list[tuple[Any, ...]]:
    return [(at, "request", json.dumps({**KEPT, **more}).encode(), body)]


ODD = {
    "an operation without a name": (control(), ()),
    "an array for an entry": ([(1, "control", b"[1]", None)], ()),
    "no JSON": ([(1, "control", b"\xff", None)], ()),
    "a kind of its own": ([(1, "weather", b"{}", None)], ()),
    "a clock without a time": ([(1, "clock", b"{}", None)], ()),
    "a clock beyond the calendar": ([(1, "clock", b'{"now": 1e250, "frozen": true}', None)], ()),
    "a seed in words": (control(op="seed.set", seed="nine"), ()),
    "a fault nobody has": (control(op="fault.arm", spec={"fault": "hail"}), ()),
    "a fault lifted by number": (control(op="fault.lift", id=7), ()),
    "a source without a key": (control(op="source.put", name="x"), ()),
    "a setting of another type": (control(op="settings.set", changes={"dedupe_hours": "many"}), ()),
    "a call without a path": ([(1, "request", b'{"method": "POST"}', EVENT)], ()),
    "headers of numbers": (kept(headers={"a": 1}), ()),
    "an endless number of copies": (kept(copies=40_000_000), ()),
    "a batch of another type": (kept(stored=["batch"]), ()),
    "a write key in a list": (kept(write_key=["wk"]), ()),
    "a body that is no JSON": (kept(b"\xfe\xff"), ()),
    "a body that is no object": (kept(b"[]"), ()),
    "no body": (kept(None), ()),
    "a body of text": ([(1, "request", json.dumps(KEPT).encode(), "text")], ()),
    "a time in words": (kept(at="noon"), ()),
    "a time beyond the calendar": (kept(at=1 << 61), ()),
    "a time before there was one": (kept(at=-5), ()),
    "a number beyond the last": (kept(), ("UPDATE journal SET seq = 4611686018427387904",)),
    "a trigger": (kept(), ("CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM journal; END",)),
    "an endless view": (
        [],
        (
            "DROP TABLE journal",
            """CREATE VIEW journal(seq, at, kind, data, body) AS WITH RECURSIVE n(x) AS
            (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x, 0, 'control', '{}', NULL FROM n""",
        ),
    ),
    "columns that are computed": (
        [],
        (
            "DROP TABLE journal",
            """CREATE TABLE journal(seq INTEGER PRIMARY KEY, at INTEGER, kind TEXT, data BLOB,
            body BLOB AS (zeroblob(100000000)))""",
        ),
    ),
    "other columns": ([], ("DROP TABLE journal", "CREATE TABLE journal(a)")),
    "no journal": ([], ("DROP TABLE journal",)),
}


@pytest.mark.parametrize("what", ODD)
def test_a_journal_that_no_lab_wrote_is_refused_and_nothing_changes(what: str, lab: Lab, tmp_path: Path):
    """By the control plane; opened, traced and checked it is status 2, whatever is wrong with it."""
    rows, then = ODD[what]
    data = made(tmp_path, rows, *then)

    assert must_stand_or_answer(lab, "segment", data) == 400
    assert run(["check", "--contract", "event", str(tmp_path / "segment.db")]) in {0, 1, 2}
    assert run(["trace", "u", "x", str(tmp_path)]) == 2


@pytest.mark.parametrize("begin", ["nothing", "[]", '{"seed": "x"}', '{"frozen_at": 1e300}'])
def test_a_journal_that_does_not_say_how_it_began_is_refused(begin: str, lab: Lab, tmp_path: Path):
    """The first thing a lab asks of it."""
    assert must_stand_or_answer(lab, "segment", made(tmp_path, kept(), begin=begin)) == 400


@pytest.mark.parametrize(
    ("rows", "then"),
    [
        (control(op="never.heard"), ()),
        (kept(), ("DROP TABLE seen", "CREATE TABLE seen(x)", "UPDATE folds SET position = 99999")),
        (kept(), ("INSERT INTO exceptions VALUES (1048576, 'discarded', 'x', 'y')", "UPDATE folds SET position = 1")),
    ],
    ids=["operation", "tables", "rows"],
)
def test_what_another_version_wrote_beside_the_entries_is_no_matter(
    rows: list[Any], then: tuple[str, ...], lab: Lab, tmp_path: Path
):
    """Operations that this one does not know pass; what folds made of entries is made again."""
    assert must_stand_or_answer(lab, "segment", made(tmp_path, rows, *then)) == 200


@pytest.mark.parametrize("changes", [{"colour": "red"}, {"null_trait": "paint-it", "mode": "strict"}])
def test_a_setting_that_this_version_does_not_have_is_told_and_left_out(
    changes: dict[str, Any], lab: Lab, tmp_path: Path
):
    """The journal goes on without it; the answer, the index and the start say so."""
    data = made(tmp_path, control(op="settings.set", changes=changes))

    reply = load(lab.session(), "segment", data)

    (note,) = reply.json()["notes"]
    assert "left out" in note
    assert lab.segment.workspace.notes == [note]
    assert lab.segment.settings.mode == changes.get("mode", "faithful")
    with Lab(folder=tmp_path) as again:
        assert again.segment.workspace.notes == [note]


def mutated(data: bytes, folder: Path, random: Random) -> bytes:
    """Return a journal with something changed: a cell, a row, a piece of an entry's JSON, a page."""
    path = folder / f"mutated-{random.getrandbits(32):x}.db"
    path.write_bytes(data)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        for _ in range(random.randint(1, 3)):
            (seq,) = random.choice(db.execute("SELECT seq FROM journal").fetchall() or [(1,)])
            match random.choice(["json", "json", "json", "json", "cell", "row", "table", "bytes"]):
                case "json":
                    (written,) = db.execute("SELECT data FROM journal WHERE seq = ?", (seq,)).fetchone() or (b"{}",)
                    with suppress(ValueError, TypeError):  # a change before this one may have left no JSON
                        changed = json.dumps(twisted(json.loads(written), random)).encode()
                        db.execute("UPDATE journal SET data = ? WHERE seq = ?", (changed, seq))
                case "cell":
                    column = random.choice(["at", "kind", "data", "body"])
                    value = random.choice([-1, 1 << 62, 1.5, "text", b"\xff\x00", b"{}", b"[]", "request", "clock"])
                    db.execute(f"UPDATE journal SET {column} = ? WHERE seq = ?", (value, seq))
                case "row":
                    db.execute("DELETE FROM journal WHERE seq = ?", (seq,))
                case "table":
                    table = random.choice(["folds", "beginning"])
                    db.execute(f"DELETE FROM {table}")
                case _:
                    db.execute("UPDATE journal SET body = substr(body, 1, length(body) / 2) WHERE seq = ?", (seq,))
    return path.read_bytes()


VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    2**63,
    "",
    "x",
    [],
    {},
    ["a"],
    {"a": 1},
    "0",
    [None, [2, "x"]],
    "c1",
]


def twisted(value: Any, random: Random) -> Any:
    """Return JSON with one thing in it changed, taken away or added."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        name = random.choice(list(value))
        rest = {key: inner for key, inner in value.items() if key != name}
        match random.randint(0, 5):
            case 0:
                return rest
            case 1:
                return {**value, random.choice(["op", "stored", "did", "copies", "x"]): random.choice(VALUES)}
            case _:
                return {**value, name: twisted(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.7:
        place = random.randrange(len(value))
        return [*value[:place], twisted(value[place], random), *value[place + 1 :]]
    return random.choice(VALUES)


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("seed", range(12))
def test_a_mutated_journal_is_refused_or_served_whole(
    fake: str, seed: int, lab: Lab, sound: dict[str, bytes], tmp_path: Path
):
    """Rows, columns, types, kinds and the JSON of every entry: never half of it, never a 5xx."""
    random = Random(f"{fake} {seed}")

    for _ in range(4):
        must_stand_or_answer(lab, fake, mutated(sound[fake], tmp_path, random))
        lab.segment.workspace.reset()
        lab.amplitude.workspace.reset()


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("seed", range(8))
def test_damaged_pages_are_told_at_the_start_with_what_can_still_be_read(
    fake: str, seed: int, sound: dict[str, bytes], tmp_path: Path
):
    """Noise, zeros, a file that is cut: words and status 2, or a lab that serves every view."""
    random = Random(f"{fake} {seed}")
    for other, data in sound.items():
        (tmp_path / f"{other}.db").write_bytes(data)
    broken = bytearray(sound[fake])
    page = random.randrange(0, len(broken) // 4096) * 4096
    match seed % 4:
        case 0:
            broken[page : page + 4096] = random.randbytes(4096)
        case 1:
            broken[page : page + 4096] = bytes(4096)
        case 2:
            broken = broken[: max(page, 4096)]
        case _:
            broken[page + 100 + random.randrange(3900)] ^= 1 << random.randrange(8)
    (tmp_path / f"{fake}.db").write_bytes(broken)

    try:
        with Lab(folder=tmp_path) as lab:
            must_stand_or_answer(lab, fake, sound[fake])
    except LabError as refused:
        told = (refused.exit_status, "journal" in str(refused) or str(tmp_path) in str(refused))
    else:
        told = (2, True)
    assert told == (2, True)


def test_a_damaged_journal_says_which_entries_can_be_read(tmp_path: Path):
    """So that whoever has no other copy knows what there is to save."""
    with Lab(folder=tmp_path) as lab:
        for number in range(200):
            lab.segment.workspace.control("x", {"number": number, "text": "x" * 500})
    path = tmp_path / "segment.db"
    data = bytearray(path.read_bytes())
    data[10 * 4096 : 12 * 4096] = b"\xff" * 8192
    path.write_bytes(data)

    with pytest.raises(LabError, match=r"Entries (1 to \d+ and )?\d+ to 200 can still be read"):
        Lab(folder=tmp_path)
