"""The trace of one user and trait tells every station, from the membership change to the profile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run
from downstream.warehouse import warehouse_of
from scenarios import Lab, read_scenario, run_scenario, shipped, subject_maker
from scenarios.lab import AMPLITUDE_URL, SEGMENT_URL

LOST = next(path for path in shipped() if path.name == "reply-lost-after-commit.cohort.yaml")
LEAVE = next(path for path in shipped() if path.name == "a-leave.cohort.yaml")
TARGETS = """\
scenario: Two targets, one of them moved
targets: {prod: key-1, stage: key-2}
cohorts: {a: {name: Alpha, id: a, members: [u]}}
steps:
  - sync: a
  - fault: {on: segment, fault: status, status: 429}
  - sync: {cohort: a, target: stage}
  - swap: {target: stage, key: key-3}
  - sync: {cohort: a, target: stage}
  - sync: a
"""


def kinds(output: str) -> list[str]:
    return [mark["kind"] for mark in json.loads(output)["marks"]]


def test_a_lost_reply_shows_both_attempts_and_both_verdicts(capsys: pytest.CaptureFixture[str]):
    """Delivered at the first, a duplicate at the second."""
    assert run(["trace", "ada", "power", str(LOST), "--json"]) == 0

    out = capsys.readouterr().out
    way = [
        *("membership", "fault", "export", "row", "difference", "download"),
        *("attempt", "verdict", "profile", "attempt", "verdict", "end"),
    ]
    assert kinds(out) == way
    words = [mark["words"] for mark in json.loads(out)["marks"]]
    assert "the connection was lost (lost-reply at Segment)" in words[6]
    assert words[10].startswith("duplicate")


@pytest.mark.parametrize(
    "trait", ["power", "power000", "Power Users", "Power Users (power000)", "[Amplitude] Power Users (power000)"]
)
def test_a_trait_is_named_by_key_name_or_id(trait: str, capsys: pytest.CaptureFixture[str]):
    """In any published spelling."""
    assert run(["trace", "grace", trait, str(LEAVE)]) == 0

    out = capsys.readouterr().out
    assert "'grace' left (cohort.leave)" in out
    assert "false is to be told: in the export before" in out
    assert "'grace' has 'Power Users (power000)' = false" in out


def test_saved_journals_are_traced_and_left_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The folder that a lab kept its journals in is read from a copy."""
    with Lab(folder=tmp_path, start=1_767_603_600.0) as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="power000", members=["ada"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert run(["trace", "ada", "power000", str(tmp_path)]) == 0

    assert "Segment was never told anything of this." in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_unknown_cohort_is_a_wrong_call(capsys: pytest.CaptureFixture[str]):
    """With the nearest word."""
    assert run(["trace", "ada", "Power User", str(LEAVE)]) == 2

    assert "did you mean 'Power Users'" in capsys.readouterr().err


def words(output: str, *of: str) -> list[str]:
    return [mark["words"] for mark in json.loads(output)["marks"] if mark["kind"] in of]


def test_a_cohort_is_told_from_one_with_its_id_in_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An id of one letter stands in nearly every key."""
    file = tmp_path / "x.cohort.yaml"
    cohorts = "{a: {name: Alpha, id: a, members: [u]}, b: {name: Not a list, id: b, members: [u]}}"
    file.write_text(f"scenario: x\ncohorts: {cohorts}\nsteps: [{{sync: a}}, {{sync: b}}]\n", encoding="utf-8")

    assert run(["trace", "u", "a", str(file), "--json"]) == 0

    assert words(capsys.readouterr().out, "profile") == ["'u' has 'Alpha (a)' = true"]


def test_each_target_and_name_has_its_own_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The second target, the new key and the new name are told for the first time, and said to be."""
    file = tmp_path / "x.cohort.yaml"
    file.write_text(TARGETS, encoding="utf-8")

    assert run(["trace", "u", "a", str(file), "--json"]) == 0

    out = capsys.readouterr().out
    assert words(out, "profile", "difference") == [
        "true is to be told: the first export",
        "'u' has 'Alpha (a)' = true, for prod",
        "true is to be told: the first export",
        "'u' has 'Alpha (a)' = true, for stage (key-2)",
        "true is to be told: the first export",
        "'u' has 'Alpha (a)' = true, for stage (key-3)",
        "nothing changed since the export before",
    ]
    assert "for stage (key-2), answered 429" in " ".join(words(out, "attempt"))
    assert [mark["kind"] for mark in json.loads(out)["marks"]][:6] == [
        *("membership", "export", "row", "difference", "download", "attempt")
    ]


def test_a_misspelt_user_is_a_wrong_call(capsys: pytest.CaptureFixture[str]):
    """Whom neither side ever heard of is not said to have been left out."""
    assert run(["trace", "grase", "power", str(LEAVE)]) == 2

    assert "there is no user 'grase' in what is traced; did you mean 'grace'?" in capsys.readouterr().err


def test_what_happens_at_the_end_can_look_at_the_lab():
    """`at_end` is called before the lab is closed."""
    seen: list[int] = []

    run_scenario(
        read_scenario(LEAVE), subject_maker(), at_end=lambda bench: seen.append(len(bench.lab.segment.profiles()))
    )

    assert seen == [4]


def test_what_came_under_another_name_is_on_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An id where nobody reads it, traits where nobody looks, an upload past every route: each is a station."""
    with Lab(folder=tmp_path, start=1_767_603_600.0) as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="power000", members=["ada"])
        session = lab.session()
        for path, event in (
            ("batch", {"user_id": "ada", "traits": {"Power Users (power000)": True}}),
            ("batch", {"userId": "ada", "context": {"traits": {"Power Users (power000)": True}}}),
            ("bacth", {"userId": "ada", "traits": {"Power Users (power000)": True}}),
        ):
            body = {"writeKey": "wk", "batch": [{"type": "identify", "messageId": "m", **event}]}
            session.post(f"{SEGMENT_URL}/v1/{path}", json=body)

    assert run(["trace", "ada", "power000", str(tmp_path), "--json"]) == 0

    words = [mark["words"] for mark in json.loads(capsys.readouterr().out)["marks"]]
    assert words[1].endswith("answered 200; it has `user_id`")
    assert words[2].startswith("discarded no_user_anon_id")
    assert words[3].endswith("answered 200; it has `context.traits`")
    assert words[5] == "told nothing: nobody looks for traits there"
    assert words[7].startswith("not stored: POST /v1/bacth is no route of the segment fake. Did you mean /v1/batch?")


MANY = """\
scenario: A leave after a rename, in an outage
cohorts: {power: {name: Power Users, members: [ada, grace]}}
steps:
  - sync: power
  - rename: {cohort: power, to: Super Users}
  - leave: {cohort: power, users: [grace]}
  - fault: {on: segment, fault: status, status: 503, match: {times: 3}, as: outage}
  - sync: power
  - lift: outage
  - archive: power
"""


def test_what_happened_around_is_told_and_the_end_is_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The rename, the fault by its kind and its lift, the archive; equal attempts once; what must be, and what is."""
    file = tmp_path / "x.cohort.yaml"
    file.write_text(MANY, encoding="utf-8")

    assert run(["trace", "grace", "power", str(file), "--json"]) == 0

    out = capsys.readouterr().out
    assert words(out, "rename", "fault", "lift", "archive") == [
        "'Power Users' is called 'Super Users' from here on",
        "status 503 at Segment is armed",
        "status 503 at Segment is lifted",
        "'Super Users' is archived",
    ]
    first, again, last = words(out, "attempt")
    assert first.startswith("attempt 1 of message")
    assert again.startswith("attempts 1 to 3 of message")
    assert again.endswith("answered 503 (status 503 at Segment)")
    assert last.startswith("attempt 4 of message")
    (end,) = words(out, "end")
    assert end == (
        "'grace' is no member, so 'Super Users (power000)' must be false; it is false: as it must be; "
        "'Power Users (power000)' is still true, and nobody closes the old key"
    )
    assert kinds(out)[-1] == "end"


def test_a_wrong_profile_is_the_last_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What must be and what is are told apart."""
    with Lab(folder=tmp_path) as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="power000", members=["ada"])
        body = {"type": "identify", "userId": "ada", "traits": {"Power Users (power000)": False}, "writeKey": "k"}
        lab.session().post(f"{SEGMENT_URL}/v1/identify", json=body)

    assert run(["trace", "ada", "power000", str(tmp_path), "--json"]) == 0

    (end,) = words(capsys.readouterr().out, "end")
    assert end == "'ada' is a member, so 'Power Users (power000)' must be true; it is false: that is wrong"


def test_an_export_that_nobody_was_told_of_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A preview asks for an export, too: at the next one the change is still to be told."""
    with Lab(folder=tmp_path, start=1_767_603_600.0) as lab:
        lab.amplitude.configure(job_seconds=0)
        lab.amplitude.create_cohort("Power Users", cohort_id="power000", members=["ada"])
        session, auth = lab.session(), ("lab-api-key", "lab-secret-key")
        for tells, leaves in ((True, False), (False, True), (True, False)):
            lab.clock.advance(3600)
            if leaves:
                lab.amplitude.leave("power000", ["ada"])
            assert session.get(f"{AMPLITUDE_URL}/api/5/cohorts/request/power000", auth=auth).status_code == 202
            lab.clock.advance(60)
            if tells:
                traits = {"Power Users (power000)": bool(lab.amplitude.membership("power000"))}
                body = {"type": "identify", "userId": "ada", "traits": traits, "writeKey": "k"}
                session.post(f"{SEGMENT_URL}/v1/identify", json=body)

    assert run(["trace", "ada", "power000", str(tmp_path), "--json"]) == 0

    assert words(capsys.readouterr().out, "difference") == [
        "true is to be told: the first export",
        "false is to be told: in the export before",
        "false is to be told: nothing changed since the export before, and it was told true last",
    ]


WAREHOUSE = """\
scenario: Two hours and a late leave
warehouse: {settings: {names: postgres}}
cohorts: {power: {name: Power Users, id: abc123, members: [ada]}}
steps:
  - sync: power
  - advance: 90m
  - leave: {cohort: power, users: [ada]}
  - sync: power
"""


def tables(output: str) -> list[str]:
    return [mark["words"] for mark in json.loads(output)["marks"] if mark["kind"] == "table"]


def test_the_last_stop_is_the_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Of a scenario with a warehouse, and of its recording, which knows the settings; the rest waits for the hour."""
    story, recording = tmp_path / "story.cohort.yaml", tmp_path / "story.colr"
    story.write_text(WAREHOUSE)
    for source in (story, recording):
        if source is recording:
            assert run(["run", str(story), "--record", str(recording)]) == 0
            capsys.readouterr()
        assert run(["trace", "ada", "power" if source is story else "abc123", str(source), "--json"]) == 0
        output = capsys.readouterr().out
        row, waits, cell = tables(output)
        assert row.startswith("lab.identifies, row '")
        assert "power_users_abc123 is true; loaded 2026-01-05T09:00:00" in row
        assert waits == "not loaded yet: it waits for the load of 2026-01-05T11:00:00.000Z"
        assert "lab.users, row 'ada': power_users_abc123 is true" in cell
        assert kinds(output)[-4:] == ["table", "table", "table", "end"]

    into = f"duckdb:{tmp_path / 'w.duckdb'}"
    assert run(["load", str(recording), "--into", into]) == 0
    capsys.readouterr()
    assert run(["trace", "ada", "abc123", str(recording), "--warehouse", into, "--json"]) == 0
    *_, cell = tables(capsys.readouterr().out)
    assert "power_users_abc123 is false; last loaded" in cell
    assert run(["trace", "ada", "power", str(story), "--warehouse", into]) == 2
    assert "a scenario has its own" in capsys.readouterr().err


def test_the_rows_of_a_lab_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Its journals and the database that it loads into, which is only read."""
    into, folder = f"duckdb:{tmp_path / 'w.duckdb'}", tmp_path / "lab"
    with Lab(folder=folder, warehouse=into) as lab:
        lab.segment.put_source("key", name="Web")
        lab.amplitude.create_cohort("Power Users", cohort_id="abc123", members=["ada"])
        event = {"type": "identify", "userId": "ada", "traits": {"Power Users (abc123)": True}}
        lab.session().post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": "key", "batch": [event]})
        nothing = ["trace", "ada", "abc123", str(folder), "--warehouse", f"duckdb:{tmp_path / 'x.duckdb'}"]
        assert run(nothing) == 2
        assert "nothing was loaded yet" in capsys.readouterr().err

        warehouse_of(lab.segment).load()
        lab.session().post(f"{SEGMENT_URL}/v1/batch", json={"writeKey": "key", "batch": [event]})
        before = (tmp_path / "w.duckdb").read_bytes()
        assert run(["trace", "ada", "abc123", str(folder), "--warehouse", into, "--json"]) == 0
        row, waits, cell = tables(capsys.readouterr().out)
        assert "web.identifies, row '" in row
        assert waits == "not loaded yet: it waits for the next load"
        assert "web.users, row 'ada': power_users_abc123 is true" in cell
        assert (tmp_path / "w.duckdb").read_bytes() == before
