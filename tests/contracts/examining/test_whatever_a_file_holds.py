"""Whatever a file holds, check ends in words: never with status 3, and with a document that is whole."""

from __future__ import annotations

import contextlib
import io
import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from cohortlab.cli import run
from mock_core.journal import APPLICATION_ID as JOURNALS
from scenarios.recordings import APPLICATION_ID as RECORDINGS
from tests.generating import EXAMPLES

FILES: Final = 300
"""Files of each form in every run of the tests; a soak takes many times as many."""

EVENT: Final[dict[str, Any]] = {
    "type": "identify",
    "userId": "user-001",
    "messageId": "m-1",
    "timestamp": "2026-11-23T10:00:00.000Z",
    "sentAt": "2026-11-23T10:00:01.000Z",
    "traits": {"Power Users (abc123)": True},
    "context": {"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
    "integrations": {"All": False, "Braze": True},
}
NAMES: Final = (
    *("type", "userId", "anonymousId", "messageId", "timestamp", "sentAt", "traits", "properties", "context", "event"),
    *("integrations", "batch", "groupId", "name", "user_id", "log", "entries", "request", "url", "body", "postData"),
    *("item", "info", "method", "path", "rules", "$schema", "cohorts", "originalTimestamp", "", "\u202e", "a/b~c"),
)
VALUES: Final = (
    *(None, True, False, 0, -1, 2.5, 1e308, 2**70, "", "x" * 200, "true", "None", "identify", "track", "1970-01-01"),
    *("2026-11-23T10:00:00", "9999-12-31T23:59:59Z", "0000-00-00", "\x1b[31m", "\u2028", "{", "https://x.example/v1/i"),
)
PIECES: Final = (
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b",",
        b":",
        b"\\",
        b"\n",
        b"\r",
        b"\r\n",
        b"\x00",
        b"\xff",
        b"\xef\xbb\xbf",
        b"NaN",
    ),
    *(
        b"\xff\xfe",
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"\t",
        b"1e999",
        b"\\ud800",
        b"[" * 1100,
        b"]" * 300,
        b'"batch":[',
        b"null",
    ),
)


def value(chance: random.Random, depth: int = 0) -> Any:
    """Return any JSON value, sometimes a deep one."""
    kind = chance.random()
    if depth > 4 or kind < 0.5:
        return chance.choice(VALUES)
    if kind < 0.52:
        deep: Any = 1
        for _ in range(chance.choice([100, 253, 254, 255, 300, 900])):
            deep = [deep] if chance.random() < 0.5 else {"x": deep}
        return deep
    if kind < 0.7:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(NAMES): value(chance, depth + 1) for _ in range(chance.randrange(5))}


def event(chance: random.Random) -> Any:
    """Return an event with some fields changed, taken away, or put where they do not belong."""
    made = json.loads(json.dumps(EVENT))
    made["type"] = chance.choice(("identify", "track", "page", "group", "alias", "nonsense"))
    for _ in range(chance.randrange(4)):
        place = chance.choice([made, *(held for held in made.values() if isinstance(held, dict))])
        place[chance.choice(NAMES)] = value(chance)
        if place and chance.random() < 0.3:
            place.pop(chance.choice(list(place)))
    return made if chance.random() < 0.95 else value(chance)


def ndjson(chance: random.Random) -> bytes:
    """Return lines, most of them events."""
    return b"\n".join(json.dumps(event(chance)).encode() for _ in range(chance.randrange(1, 6)))


def document(chance: random.Random) -> bytes:
    """Return one document: an array, an envelope, anything."""
    events = [event(chance) for _ in range(chance.randrange(4))]
    made = chance.choice([events, {"batch": events, "sentAt": "x"}, value(chance), {"data": events}])
    return json.dumps(made, indent=chance.choice([None, 1]), ensure_ascii=chance.random() < 0.5).encode(
        errors="surrogatepass"
    )


def recording(chance: random.Random) -> bytes:
    """Return calls as some tool records them."""
    body: Any = chance.choice([event(chance), {"batch": [event(chance)]}, value(chance)])
    held = chance.choice([body, json.dumps(body), json.dumps(body)[:-1]])
    url = chance.choice(["https://api.segment.io/v1/batch", "/v1/i", "http://[", "", 7, None])
    request = {"url": url, "method": "POST", chance.choice(["body", "postData", "data"]): chance.choice(
        [held, {"text": held}, {"raw": held}, {"json": held}, {"string": held}]
    )}  # fmt: skip
    made = chance.choice(
        [
            {"log": {"entries": [{"request": request}, value(chance)]}},
            {"info": {}, "item": [{"request": request}, {"item": [value(chance), {"request": request}]}]},
            {"_type": "export", "resources": [request, value(chance)]},
            {"requests": [{"request": request}]},
            {"http_interactions": [{"request": request}]},
            [request, value(chance)],
            request,
        ]
    )
    return json.dumps(made, indent=chance.choice([None, 2])).encode()


def cassette(chance: random.Random) -> bytes:
    """Return calls as recorders write them in YAML."""
    calls: Any = json.loads(recording(chance))
    name = chance.choice(["interactions", "http_interactions", "collection"])
    made = {"type": "collection.insomnia.rest/5.0"} if name == "collection" else {}
    listed = (
        calls if isinstance(calls, list) else next((held for held in calls.values() if isinstance(held, list)), [calls])
    )
    try:
        return yaml.safe_dump({name: listed, **made}, sort_keys=False).encode()
    except RecursionError:  # deep values are the other forms' to have
        return f"{name}: [{'[' * chance.choice([3, 990, 5_000])}".encode()


def table(chance: random.Random) -> bytes:
    """Return a CSV that may be an export."""
    head = chance.choice(
        [
            '"amplitude_id","user_id"',
            "user_id",
            "a;b",
            '"Operation","Skip_detected","user_id"',
            '"\tuser_id"',
            "u-1",
            "",
        ]
    )
    cells = ("1610450763183", "user-001", '"a,b"', '"un', '""', "", "1.6E+12", "\tx", "é", '"a""b"', "null")
    rows = [",".join(chance.choice(cells) for _ in range(chance.choice([1, 2, 2, 2, 3]))) for _ in range(6)]
    return (
        chance.choice(["\n", "\r\n"]).join([head, *rows]).encode(chance.choice(["utf-8", "utf-8", "latin-1", "utf-16"]))
    )


def journal(chance: random.Random) -> bytes:
    """Return a database that may be a journal or a recording of ours."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"PRAGMA application_id = {chance.choice([JOURNALS, RECORDINGS, 7])}")
        database.execute("CREATE TABLE journal(seq INTEGER, at INTEGER, kind TEXT, data BLOB, body BLOB)")
        database.execute(
            "CREATE TABLE entries(run INTEGER, place INTEGER, fake TEXT, at INTEGER, kind TEXT, data BLOB, body BLOB)"
        )
        data = {"path": "/v1/batch", "method": "POST", "status": 200, "answered": 200, "headers": {}, "key": "k"}
        written = json.dumps(chance.choice([data, {**data, chance.choice(list(data)): value(chance)}, value(chance)]))
        held = chance.choice([json.dumps({"batch": [event(chance)]}).encode(), b"{", "text", 7, None])
        database.execute("INSERT INTO journal VALUES (1, 0, 'request', ?, ?)", (written, held))
        database.execute("INSERT INTO entries VALUES (1, 1, 'segment', 0, 'request', ?, ?)", (written, held))
        database.commit()
        return bytes(database.serialize())


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with something cut, put in, or turned round."""
    changed = bytearray(data)
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        at = chance.randrange(len(changed) + 1)
        kind = chance.random()
        if kind < 0.3:
            del changed[at : at + chance.randrange(1, 12)]
        elif kind < 0.8:
            changed[at:at] = chance.choice(PIECES)
        elif kind < 0.9:
            changed = changed[:at]
        else:
            changed[at:at] = changed[: chance.randrange(len(changed) + 1)]
    return bytes(changed)


CHOICES: Final = (
    *([], ["--contract", "event"], ["--contract", "track"], ["--contract", "batch"], ["--contract", "export"]),
    *(["--sequence"], ["--sequence", "--contract", "event", "--pedantic"], ["--members", "Power Users (abc123)=file"]),
    *(["--memberships", "file"], ["--plan", "file"], ["--baseline", "file"], ["--trait-key", "segment", "--pedantic"]),
)


FORMS: Final = (ndjson, document, recording, cassette, table, journal)


@pytest.mark.parametrize("form", FORMS)
def test_check_ends_in_words(
    form: Callable[[random.Random], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, random_seed: int
) -> None:
    """Files of every form, most of them damaged, under every contract: fine, broken or not readable, never status 3."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    chance = random.Random(random_seed)
    for number in range(FILES * EXAMPLES):
        must_end_in_words(form, chance, f"file {number} of seed {random_seed}")


def must_end_in_words(form: Callable[[random.Random], bytes], chance: random.Random, named: str) -> None:
    """Check one file, in a folder that is the current one and has a pyproject.toml."""
    data, choice = mutated(form(chance), chance), chance.choice(CHOICES)
    Path("file").write_bytes(data)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(["check", "file", "--json", *choice])
    told = f"{named}, {choice}: {data!r}\n{err.getvalue()}"
    assert status in (0, 1, 2), told
    written = json.loads(out.getvalue())
    assert (status == 2) is bool(written["troubles"]), told


@pytest.fixture
def random_seed(request: pytest.FixtureRequest) -> int:
    """Return the seed of this run, as `pytest --randomly-seed` sets it."""
    return int(request.config.getoption("randomly_seed", 0) or 0)
