"""The commands `cohort`, `fault`, `clock` and `setting` against a lab that another process serves."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import scenarios.lab
from cohortlab.cli import run
from cohortlab.testing import Lab
from downstream.routing import DestinationsClient

Told = Callable[..., Any]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab on real sockets; its addresses are in the environment, as up prints them."""
    with Lab(served=True) as lab:
        monkeypatch.setenv("AMPLITUDE_BASE_URL", lab.amplitude_url)
        monkeypatch.setenv("SEGMENT_BASE_URL", lab.segment_url)
        yield lab


@pytest.fixture
def tell(lab: Lab, capsys: pytest.CaptureFixture[str]) -> Told:
    """Run a command with --json and return what it answers."""

    def told(*words: str) -> Any:
        assert run([*words, "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return told


def test_a_cohort_lives_through_its_commands(lab: Lab, tell: Told, tmp_path: Path):
    """Created, entered, left, renamed, archived, imported, listed, shown, deleted: the lab's own Amplitude says so."""
    made = tell("cohort", "create", "Power Users", "ada", "007", "--id", "power000", "--anonymous", "2")
    assert (made["id"], made["members"], made["trait_key"]) == ("power000", 4, "Power Users (power000)")

    assert tell("cohort", "enter", "Power Users", "grace", "--people", "3")["entered"] == 4
    assert tell("cohort", "leave", "power000", "ada")["left"] == 1
    shown = tell("cohort", "show", "power000")["user_ids"]
    assert {"007", "grace"} <= set(shown)
    assert (shown.count(None), "ada" in shown, len(shown)) == (2, False, 7)

    assert tell("cohort", "rename", "power000", "Super, Users")["trait_key"] == "Super, Users (power000)"
    assert tell("cohort", "archive", "power000")["archived"] is True
    assert tell("cohort", "unarchive", "power000")["archived"] is False

    export = tmp_path / "export.csv"
    export.write_text('"amplitude_id","user_id"\n"1","a,b"\n"2",""\n', encoding="utf-8")
    imported = tell("cohort", "import", "power000", str(export))
    assert (imported["entered"], imported["members"], imported["anonymous"]) == (2, 2, 1)
    assert [member.user_id for member in lab.amplitude.membership("power000")] == ["a,b", None]

    tell("cohort", "create", "Other")
    assert [each["name"] for each in tell("cohort", "list")] == ["Super, Users", "Other"]
    tell("cohort", "delete", "power000")
    assert [each.name for each in lab.amplitude.cohorts()] == ["Other"]


def test_people_read_what_a_sync_needs(lab: Lab, capsys: pytest.CaptureFixture[str]):
    """The trait key, and the variable to export."""
    assert run(["cohort", "create", "Power Users", "ada", "--id", "power000"]) == 0

    shown = capsys.readouterr().out
    assert "Power Users (power000): created; 1 member." in shown
    assert "export COHORT_ID=power000" in shown


def test_a_fault_is_armed_listed_and_lifted(lab: Lab, tell: Told):
    """Its fields are told as NAME=VALUE, those of its match with a point; the next call meets it."""
    armed = tell("fault", "arm", "segment", "status", "status=503", "match.route=/v1/batch", "match.times=2")
    assert (armed["on"], armed["status"], armed["match"]["times"]) == ("segment", 503, 2)
    assert tell("fault", "arm", "segment", "script", "statuses=[500,200]")["statuses"] == [500, 200]

    reply = lab.http.post(f"{lab.segment_url}/v1/batch", json={"batch": []}, auth=(lab.write_key, ""))
    assert reply.status_code in {500, 503}
    assert [each["struck"] for each in tell("fault", "list", "segment")] == [1, 1]

    tell("fault", "arm", "amplitude", "latency", "seconds=0.5")
    assert tell("fault", "lift", "segment", armed["id"]) == {"lifted": 1}
    assert tell("fault", "lift") == {"lifted": 2}
    assert tell("fault", "list") == []


def test_a_destinations_vendor_has_trouble_by_the_same_command(
    lab: Lab, tell: Told, capsys: pytest.CaptureFixture[str]
):
    """429, a time-out, a refusal of one user; an unknown name is told with the nearest."""
    lab.destinations.put("hook", destination="webhooks", settings={"hooks": ["http://hook.lab/"]})
    armed = tell("fault", "arm", "hook", "status", "status=400", "match.user=grace", "match.times=2")
    assert (armed["on"], armed["match"]["user"]) == ("hook", "grace")
    tell("fault", "arm", "hook", "time-out")
    tell("fault", "arm", "segment", "status", "status=503")
    assert [each["on"] for each in tell("fault", "list")] == ["segment", "hook", "hook"]
    assert [each["fault"] for each in tell("fault", "list", "hook")] == ["status", "time-out"]
    tell("fault", "lift", "segment")
    assert tell("fault", "lift", "hook", "fault-2") == {"lifted": 1}

    for user in ("grace", "ada"):
        event = {"writeKey": lab.write_key, "userId": user, "traits": {"x": True}}
        assert lab.http.post(f"{lab.segment_url}/v1/identify", json=event).status_code == 200
    client = DestinationsClient(lab.segment_url)
    verdicts = {row["user_id"]: row["verdict"] for row in client.deliveries(destination="hook")}
    assert verdicts == {"grace": "refused", "ada": "reached"}
    assert client.tally() == {("hook", "reached"): 1, ("hook", "refused"): 1}
    assert client.known("hook") == {"ada": {"x": True}}

    assert tell("fault", "lift", "hook", armed["id"]) == {"lifted": 1}
    assert client.faults() == []
    assert run(["fault", "arm", "hok", "status"]) == 2
    assert "did you mean 'hook'" in capsys.readouterr().err


def test_the_client_says_and_asks_what_destinations_do(lab: Lab):
    """Connect, configure, arm, wait, disconnect."""
    client = DestinationsClient(lab.segment_url)
    assert client.put("amplitude")["settings"] == {}
    assert client.configure(order="kept")["order"] == client.settings()["order"] == "kept"
    assert client.lift(client.arm("amplitude", "status", status=503)) == 1
    event = {"writeKey": lab.write_key, "userId": "grace-hopper", "event": "Came"}
    lab.http.post(f"{lab.segment_url}/v1/track", json=event)

    assert client.wait_for(destination="amplitude", verdict="reached") == 1
    assert [row["status"] for row in client.requests(destination="amplitude")] == [200]
    client.remove("amplitude")
    assert client.connections() == []


def test_the_clock_is_one_for_both_fakes(lab: Lab, tell: Told):
    """Frozen, moved, let go: the other fake tells the same time."""
    frozen = tell("clock", "freeze", "2026-03-01T00:00:00Z")
    assert (frozen["now"], frozen["frozen"]) == (1772323200.0, True)
    assert tell("clock", "advance", "90m")["now"] == 1772323200.0 + 5400
    assert lab.segment.workspace.clock.now() == 1772323200.0 + 5400
    assert tell("clock", "freeze")["now"] == tell("clock", "show")["now"]

    running = tell("clock", "run")
    assert not running["frozen"]
    assert 1772323200.0 + 5400 <= running["now"] < 1772323200.0 + 9000
    assert tell("clock", "run", "--now")["now"] > running["now"]


def test_settings_are_read_and_changed(lab: Lab, tell: Told):
    """The guesses of either fake, by name."""
    (changed,) = tell("setting", "set", "segment", "mode=strict")
    assert (changed["name"], changed["value"], lab.segment.settings.mode) == ("mode", "strict", "strict")

    by_name = {each["name"]: each["value"] for each in tell("setting", "list", "amplitude")}
    assert by_name["monthly_requests"] == 500


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["cohort", "show", "powr"], "did you mean 'power000'?"),
        (["cohort", "show", "Twins"], "2 cohorts are called 'Twins'. Name one by its id:"),
        (["cohort", "leave", "power000", "ada", "bob"], "'bob' is no member"),
        (["cohort", "enter", "power000"], "name at least one USER"),
        (["cohort", "import", "power000", "gone.csv"], "does not exist"),
        (["fault", "arm", "segment", "statu"], "did you mean 'status'?"),
        (["fault", "arm", "segment", "status", "statsu=1"], "did you mean 'status'?"),
        (["fault", "arm", "segment", "status", "503"], "'503' is no pair, expected NAME=VALUE"),
        (["fault", "arm", "segment", "status", "match=1", "match.times=2"], "match is told twice"),
        (["fault", "lift", "segment", "fault-7"], "There is no fault 'fault-7'"),
        (
            ["fault", "arm", "snowflake", "status"],
            "called 'snowflake' to have faults here: known: amplitude, segment",
        ),
        (["clock", "advance", "1 hour"], "expected one like 500ms, 30s, 5m, 1h or 2d"),
        (["clock", "advance", "9" * 400], "expected one like"),
        (["clock", "freeze", "yesterday"], "'yesterday' is no time"),
        (["clock", "freeze", "nan"], "'nan' is no time"),
        (["setting", "set", "segment", "mod=strict"], "did you mean 'mode'?"),
        (["setting", "set", "segment", "mode=strickt"], "expected one of"),
        (["cohort", "list", "--workspace", "a b"], "is not usable"),
    ],
)
def test_what_is_wrong_is_said_in_words(lab: Lab, words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    """Status 2, by the lab's own words where it is the lab that refuses."""
    lab.amplitude.create_cohort("Power Users", cohort_id="power000", members=["ada"])
    lab.amplitude.create_cohort("Twins")
    lab.amplitude.create_cohort("Twins")

    assert run(words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "http://127.0.0.1:1",
            "No lab answers at http://127.0.0.1:1: nothing listens there. Start a lab with cohortlab up",
        ),
        ("https://amplitude.com", "is the real service and no lab"),
        ("https://analytics.eu.amplitude.com", "is the real service and no lab"),
        ("https://api.segment.io./v1", "is the real service and no lab"),
        ("localhost:4801", "is no address of a lab"),
        ("http://[::1", "is no address of a lab"),
    ],
)
def test_where_there_is_no_lab_is_said(
    url: str, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Whether an option says so or the shell's environment, which may be that of production."""
    monkeypatch.setenv("AMPLITUDE_BASE_URL", url)

    assert run(["cohort", "list"]) == 2
    assert told in capsys.readouterr().err


def test_the_wrong_fake_is_named(lab: Lab, capsys: pytest.CaptureFixture[str]):
    """Two ports are easily mixed up."""
    assert run(["cohort", "list", "--amplitude-url", lab.segment_url]) == 2
    assert "is the lab's segment, not its amplitude" in capsys.readouterr().err


def test_what_answers_and_is_no_lab_is_said(capsys: pytest.CaptureFixture[str]):
    """Another program on that port, whatever it answers."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), quiet) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            assert run(["cohort", "list", "--amplitude-url", f"http://127.0.0.1:{other.server_port}"]) == 2
        finally:
            other.shutdown()
            thread.join()

    assert "is no lab (status 404). Start a lab with cohortlab up" in capsys.readouterr().err


def test_a_token_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """As a lab beyond loopback wants it; over TLS the authority is named as for `up`."""
    authority = tmp_path / "ca.pem"
    with scenarios.lab.Lab() as lab, lab.serve(token="open sesame", tls_ca=authority) as address:
        where = ["clock", "show", "--amplitude-url", address.amplitude]

        assert run(where) == 2
        assert "its certificate is not to be trusted here" in capsys.readouterr().err
        assert run([*where, "--tls-ca", str(authority)]) == 2
        assert "token" in capsys.readouterr().err
        monkeypatch.setenv("COHORTLAB_TOKEN", "open sesame")
        assert run([*where, "--tls-ca", str(authority)]) == 0
