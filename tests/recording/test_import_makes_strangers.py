"""`cohortlab import`: what people recorded becomes a lab's journals, and nobody of them is in it."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_plus

import pytest
import yaml

from cohortlab.cli import run
from scenarios import Lab

PEOPLE = [
    ("ada.lovelace@corp.com", "Ada Lovelace", "+49 170 1234567", "84.12.33.7"),
    ("user-77231", "Grace Hopper", "+1 555 0100 233", "84.12.33.8"),
    ("0009942", "Zoë Müller", "+44 20 7946 0958", "84.12.33.9"),
    ("b3f6a0de-0d1c-4c1e-9f7a-5d6c7b8a9f01", "Наталья Иванова", "+7 495 123 4567", "2a02:8070::17"),
]
EXPORT = '"amplitude_id","user_id","name"\r\n' + "".join(
    f'"{4_000_000_017 + place}","{user}","{name}"\r\n' for place, (user, name, _, _) in enumerate(PEOPLE)
)


def event(place: int) -> dict[str, Any]:
    """Return an identify that has a person in every corner."""
    user, name, phone, ip = PEOPLE[place]
    inner = {"user_id": user, "full_name": name}
    return {
        "type": "identify",
        "userId": user,
        "messageId": f"sync-{user}-1",
        "traits": {
            "Power Users (7abc12de)": True,
            "name": name,
            "phone": phone,
            "nested": [{"customer": {"id": user, "plan": "gold"}}],
            "packed": json.dumps(inner),
            "hidden": base64.b64encode(json.dumps(inner).encode()).decode(),
            "note": f"{name} was called at {phone}",
        },
        "context": {"ip": ip, "page": {"url": f"https://shop.example/u/{quote(user)}?uid={quote(user, safe='')}"}},
        "timestamp": "2026-01-05T10:00:03Z",
    }


BATCH = json.dumps({"writeKey": "wk_9f8e7d6c5b4a", "batch": [event(place) for place in range(len(PEOPLE))]})


def entry(
    at: int, method: str, url: str, status: int, sent: Any = None, got: str = "", **headers: str
) -> dict[str, Any]:
    """Return an entry of a HAR, so many seconds after ten."""
    return {
        "startedDateTime": f"2026-01-05T10:00:{at:02}.000Z",
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": "Authorization", "value": "Basic c2VjcmV0OnNlY3JldA=="}],
            **({"postData": sent} if sent else {}),
        },
        "response": {
            "status": status,
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "content": {"text": got},
        },
    }


def sync(posted: Any, sent_by: str = "POST") -> list[dict[str, Any]]:
    """Return a whole sync: the list, the request, the redirect, the file, a 429, and the upload."""
    cohorts = json.dumps({"cohorts": [{"id": "7abc12de", "name": "Power Users", "owners": ["boss@corp.com"]}]})
    taken = json.dumps({"request_id": "rq1", "cohort_id": "7abc12de"})
    amplitude, lies = "https://amplitude.com/api", "https://bucket.example/rq1.csv"
    return [
        entry(0, "GET", f"{amplitude}/3/cohorts", 200, got=cohorts),
        entry(1, "GET", f"{amplitude}/5/cohorts/request/7abc12de?props=1", 202, got=taken),
        entry(3, "GET", f"{amplitude}/5/cohorts/request/rq1/file", 302, Location=f"{lies}?X-Amz-Signature=5ec2e7"),
        entry(4, "GET", f"{lies}?X-Amz-Signature=5ec2e7", 200, got=EXPORT),
        entry(5, sent_by, "https://api.segment.io/v1/batch", 429, posted),
        entry(6, sent_by, "https://api.segment.io/v1/batch", 200, posted, got='{"success": true}'),
        entry(7, "GET", "https://www.example.org/pixel", 200),
    ]


def all_text(folder: Path) -> str:
    """Return everything in a folder's journals, as it is and as it can be read, in small letters."""
    found: list[str] = []
    for file in folder.glob("*.db"):
        with closing(sqlite3.connect(file)) as db:
            for row in db.execute("SELECT data, body FROM journal"):
                found += [_plain(part) for part in row if part]
    for text in tuple(found):
        found += [unquote_plus(text), json.dumps(text), text.encode().decode("unicode_escape", "ignore")]
    for text in tuple(found):
        for word in re.findall(r"[A-Za-z0-9+/_-]{16,}", text):
            whole = word[: len(word) // 4 * 4].replace("+", "-").replace("/", "_")
            found.append(base64.urlsafe_b64decode(whole).decode("utf-8", "ignore"))
    return "\n".join(found).lower()


def _plain(data: bytes) -> str:
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()


def assert_nobody_is_in(folder: Path) -> None:
    text = all_text(folder)
    left = [value for person in PEOPLE for value in person if value.lower() in text]
    assert left == []
    assert "4000000017" not in text
    assert "wk_9f8e7d6c5b4a" not in text
    assert "5ec2e7" not in text


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def imported(out: Path, *arguments: object) -> int:
    return run(["import", *map(str, arguments), "-o", str(out)])


def har(tmp_path: Path, entries: list[dict[str, Any]], start: str = "") -> Path:
    file = tmp_path / "traffic.har"
    file.write_text(start + json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return file


PACKED = base64.b64encode(gzip.compress(BATCH.encode())).decode()


@pytest.mark.parametrize(
    ("start", "posted"),
    [
        ("", {"mimeType": "application/json", "text": BATCH}),  # Chrome, Firefox
        ("\ufeff", {"mimeType": "application/json", "text": BATCH}),  # Charles on Windows
        ("", {"mimeType": "application/json", "text": PACKED, "encoding": "base64", "params": []}),  # mitmproxy
    ],
)
def test_a_har_becomes_journals_without_the_people(start: str, posted: dict[str, Any], tmp_path: Path, out: Path):
    """The cohort has its members from before the export was asked for; only what was answered 200 was stored."""
    entries = sync(posted)
    if "encoding" in posted:
        for each in entries:
            if each["request"].get("postData"):
                each["request"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})

    assert imported(out, har(tmp_path, entries, start)) == 0

    assert_nobody_is_in(out)
    with Lab(folder=out) as lab:
        profiles = lab.segment.profiles()
        members = {member.user_id for member in lab.amplitude.membership("7abc12de")}
        assert [cohort.name for cohort in lab.amplitude.cohorts()] == ["Power Users"]
        assert members == set(profiles)
        assert all(profile.traits["Power Users (7abc12de)"] is True for profile in profiles.values())
        assert [user for user in members if user and re.fullmatch(r"000[1-9]\d{3}", user)]
        assert run(["trace", sorted(map(str, members))[0], "Power Users", str(out)]) == 0


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_cassette_out_of_order_is_put_in_order(form: str, tmp_path: Path, out: Path):
    """By the Date of the answers, the only time that a cassette has."""
    entries = sync({"text": BATCH})
    interactions = [
        {
            "request": {
                "method": each["request"]["method"],
                "uri": each["request"]["url"],
                "body": each["request"].get("postData", {}).get("text"),
                "headers": {"Accept": ["*/*"]},
            },
            "response": {
                "status": {"code": each["response"]["status"], "message": "-"},
                "headers": {
                    "Date": [f"Mon, 05 Jan 2026 10:00:{place:02} GMT"],
                    **{header["name"]: [header["value"]] for header in each["response"]["headers"]},
                },
                "body": {"string": each["response"]["content"]["text"]},
            },
        }
        for place, each in enumerate(entries)
    ]
    document = {"interactions": interactions[::-1], "version": 1}
    file = tmp_path / "cassette"
    file.write_text(yaml.safe_dump(document) if form == "yaml" else json.dumps(document), encoding="utf-8")

    assert imported(out, file) == 0

    assert_nobody_is_in(out)
    with Lab(folder=out) as lab:
        assert len(lab.segment.profiles()) == len(PEOPLE)
        assert len(lab.amplitude.membership("7abc12de")) == len(PEOPLE)


def test_exports_become_memberships_in_the_order_of_their_times(tmp_path: Path, out: Path):
    """Whoever is in the first and not in the second has left; events beside them are the same people."""
    head, first, *rest = EXPORT.splitlines(keepends=True)
    (tmp_path / "Power Users (7abc12de) 2026-01-06.csv").write_text(head + "".join(rest), encoding="utf-8")
    (tmp_path / "Power Users (7abc12de) 2026-01-05.csv").write_text(head + first, encoding="utf-8")
    (tmp_path / "events.ndjson").write_text("\n".join(json.dumps(event(place)) for place in range(4)), encoding="utf-8")

    assert imported(out, *sorted(tmp_path.glob("*.csv"), reverse=True), tmp_path / "events.ndjson") == 0

    assert_nobody_is_in(out)
    with Lab(folder=out) as lab:
        now = {member.user_id for member in lab.amplitude.membership("7abc12de")}
        (left,) = {member.user_id for member in lab.amplitude.membership("7abc12de", moment=1767657600000 - 1)}
        assert len(now) == len(PEOPLE) - 1
        assert now | {left} == set(lab.segment.profiles())


def test_a_lab_s_folder_keeps_its_verdicts_and_profiles(tmp_path: Path, out: Path):
    """Everything but the people is as it was, and a second import with the same key makes the same people."""
    with Lab(folder=tmp_path / "lab", start=1767600000) as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=[user for user, *_ in PEOPLE])
        with lab.session() as session:
            session.post("http://segment.lab/v1/batch", data=BATCH.encode())
            session.post("http://segment.lab/v1/batch", data=BATCH.encode())
        tally, traits = lab.segment.tally(), len(lab.segment.profiles())

    key = ("--key", tmp_path / "key")
    assert imported(out, tmp_path / "lab", *key) == 0
    assert imported(tmp_path / "again", tmp_path / "lab", *key) == 0

    assert_nobody_is_in(out)
    assert all_text(out) == all_text(tmp_path / "again")
    with Lab(folder=out) as lab:
        assert sorted(lab.segment.tally().values()) == sorted(tally.values())
        assert len(lab.segment.profiles()) == traits


def test_fields_are_hidden_and_kept_by_their_paths(tmp_path: Path, out: Path):
    """What is not known to be personal stays, unless it is named."""
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps({**event(0), "traits": {"plan": "Platinum-7", "city": "Turin", "name": "Ada"}}), "utf-8")

    assert imported(out, file, "--hide", "traits.plan", "--keep", "name") == 0

    text = all_text(out)
    assert "platinum" not in text
    assert "turin" in text
    assert '"name": "ada"' in text


def test_as_is_leaves_people_and_takes_credentials(tmp_path: Path, out: Path):
    """A recording of made-up people needs no strangers; a write key is nobody's business all the same."""
    assert imported(out, har(tmp_path, sync({"text": BATCH})), "--as-is") == 0

    text = all_text(out)
    assert "ada.lovelace@corp.com" in text
    assert "wk_9f8e7d6c5b4a" not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"log": {"entries": [{"startedDateTime": "2026-', "is no JSON"),
        ('{"log": {"entries": [{"request": {}}]}}', "entry 1 of log.entries"),
        ('{"log": {"entries": []}}', "no call to Segment or Amplitude among 0"),
        (json.dumps({"log": {"entries": [entry(0, "GET", "https://x.example/", 200)]}}), "went to x.example"),
        ("interactions:\n- request: {uri: [", "no YAML"),
        ("interactions:\n- request: !!python/object:os.system {}\n  response: {}\n", "has no uri"),
        ('{"type": "track", "userId": "a", "time": 1767600000}\n{"type": "trac', "line 2 is no JSON"),
        ('{"type": "track", "userId": "a", "event": "x"}\n', "line 1 has no time"),
        ("name,city\nada,turin\n", "without a column user_id"),
        ("user_id,amplitude_id\nada\n", "cannot be read"),
        ("", "is empty"),
        ("hello", "none of what is read"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(
    text: str, told: str, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
):
    """The file, what is wrong with it, and where."""
    (tmp_path / "bad").write_text(text, encoding="utf-8")

    assert imported(out, tmp_path / "bad") == 2

    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bad"]


def test_an_output_that_is_there_is_not_touched(tmp_path: Path, out: Path):
    """Nobody's folder is written into."""
    out.mkdir()
    (out / "mine").write_text("mine")

    assert imported(out, har(tmp_path, sync({"text": BATCH}))) == 2
    assert [each.name for each in out.iterdir()] == ["mine"]


def test_who_is_encoded_in_an_address_with_blanks_or_in_a_text_is_found(tmp_path: Path, out: Path):
    """Programs write names into addresses as they are, beside what they encode; and addresses into notes."""
    user, name, *_ = PEOPLE[0]
    told = event(0)
    told["context"]["page"]["url"] = f"https://shop.example/u?e={quote(user, safe='')}&n={name}&from=a b"
    told["traits"]["comment"] = f"see https://shop.example/u?e={quote(user, safe='')} for {name}"
    (tmp_path / "events.ndjson").write_text(json.dumps(told) + "\n")

    assert imported(out, tmp_path / "events.ndjson") == 0

    assert_nobody_is_in(out)
