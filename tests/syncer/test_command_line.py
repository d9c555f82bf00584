"""`cohortlab sync` and `cohortlab target`, against the fakes on sockets, as a person or a script would use them."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cohortlab.cli import run
from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY, Address, Lab

cohort_ids = (f"c{number:06}" for number in count())


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Lab, Address]]:
    """One lab on sockets for all tests here: each has a cohort of its own."""
    with Lab(seed=1) as lab, lab.serve() as address:
        lab.segment.put_source(WRITE_KEY, name="Amplitude Engage")
        lab.amplitude.configure(job_seconds=0.0, monthly_requests=0, requests_per_10_minutes=0, parallel_per_minute=0)
        yield lab, address


@pytest.fixture
def lab(served: tuple[Lab, Address]) -> Lab:
    return served[0]


@pytest.fixture
def cohort(lab: Lab) -> str:
    """A cohort with three members."""
    cohort_id = lab.amplitude.create_cohort("Power Users", cohort_id=next(cohort_ids)).id
    lab.amplitude.set_members(cohort_id, ["ann", "bob", "007"])
    return cohort_id


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a command subject, with nobody at the addresses."""
    nobody = "http://127.0.0.1:9"
    return _set(monkeypatch, tmp_path, nobody, nobody, "abc123")


@pytest.fixture
def at_lab(served: tuple[Lab, Address], cohort: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a command subject, for the cohort in the lab."""
    return _set(monkeypatch, tmp_path, served[1].amplitude, served[1].segment, cohort)


def _set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, amplitude: str, segment: str, cohort_id: str
) -> dict[str, str]:
    variables = {
        "AMPLITUDE_BASE_URL": amplitude,
        "AMPLITUDE_API_KEY": API_KEY,
        "AMPLITUDE_SECRET_KEY": SECRET_KEY,
        "SEGMENT_BASE_URL": segment,
        "SEGMENT_WRITE_KEY": WRITE_KEY,
        "COHORT_ID": cohort_id,
        "SYNC_STATE_DIR": str(tmp_path / "state"),
        "LAB_NOW": "1800000000",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def cohortlab(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line and return its status, what it printed, and what it complained about."""

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(list(arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def holders(lab: Lab, key: str) -> set[str]:
    return {user for user, profile in lab.segment.profiles().items() if profile.traits.get(key) is True}


def told(lab: Lab, key: str) -> int:
    return sum(key in event.raw["traits"] for event in lab.segment.delivered())


def test_the_environment_alone_is_enough(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """With only the variables of a command subject set, a run tells everybody and exits 0."""
    status, out, err = cohortlab("sync", "run", "--json")

    report = json.loads(out)
    assert (status, err) == (0, "")
    assert (report["status"], report["entered"], report["calls"]) == ("succeeded", 3, 3)
    assert report["started_at"] == pytest.approx(1_800_000_000, abs=60)
    assert holders(lab, f"Power Users ({cohort})") == {"ann", "bob", "007"}


def test_state_is_kept_between_runs(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """The second run tells the difference, the history has both, and the table says so in words."""
    cohortlab("sync", "run")
    lab.amplitude.set_members(cohort, ["bob", "cleo"])

    status, out, _ = cohortlab("sync", "run")

    assert status == 0
    assert holders(lab, f"Power Users ({cohort})") == {"bob", "cleo"}
    assert f"Power Users ({cohort})" in out
    _, out, _ = cohortlab("sync", "history", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["run"], row["status"], row["entered"], row["left"]) for row in rows] == [
        ("2", "succeeded", "1", "2"),
        ("1", "succeeded", "3", "0"),
    ]
    _, out, _ = cohortlab("sync", "history", "--json", "--last", "1")
    assert [(row["run"], row["left"]) for row in json.loads(out)] == [(2, 2)]


def test_a_dry_run_prints_the_changes_and_leaves_no_trace(
    lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any, tmp_path: Path
) -> None:
    """--dry-run prints who would be told what; nothing is sent, and no state folder appears."""
    status, out, err = cohortlab("sync", "run", "--dry-run")

    assert (status, out) == (0, "+ 007\n+ ann\n+ bob\n")
    assert "3 would enter" in err
    assert holders(lab, f"Power Users ({cohort})") == set()
    assert not (tmp_path / "state").exists()


def test_a_dry_run_sees_what_was_acknowledged(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """After a run --dry-run shows the difference, changes nothing, and a line break in an id stays on its line."""
    cohortlab("sync", "run")
    lab.amplitude.set_members(cohort, ["bob", "two\nlines"])

    _, out, _ = cohortlab("sync", "run", "--dry-run", "--json")
    _, words, _ = cohortlab("sync", "run", "--dry-run")
    _, history, _ = cohortlab("sync", "history", "--json")

    changes = [(change["user_id"], change["value"]) for change in json.loads(out)["changes"]]
    assert changes == [("two\nlines", True), ("007", False), ("ann", False)]
    assert words.splitlines() == ["+ two\\nlines", "- 007", "- ann"]
    assert len(json.loads(history)) == 1
    assert holders(lab, f"Power Users ({cohort})") == {"ann", "bob", "007"}


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"COHORT_ID": ""}, 2, "COHORT_ID is not set"),
        ({"SEGMENT_WRITE_KEY": ""}, 2, "SEGMENT_WRITE_KEY is not set"),
        ({"AMPLITUDE_BASE_URL": "amplitude.com"}, 2, "write it as http"),
        ({"SEGMENT_BASE_URL": "http://127.0.0.1:9/v1"}, 2, "leave out /v1"),
        ({"LAB_NOW": "noon"}, 2, "LAB_NOW"),
        ({}, 1, "could not be reached"),
        ({"SYNC_STATE_DIR": "/dev/null/state"}, 3, "state folder"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    environment: dict[str, str],
    cohortlab: Any,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    status: int,
    words: str,
) -> None:
    """One clear line on stderr, the documented status, no traceback, no key."""
    for name, value in change.items():
        monkeypatch.setenv(name, value)

    got, out, err = cohortlab("sync", "run", "--set", "retries=0")

    assert (got, out) == (status, "")
    assert words in err
    assert err.count("\n") == 1
    assert SECRET_KEY not in err


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"COHORT_ID": "nobody"}, 2, "lists no cohort nobody"),
        ({"AMPLITUDE_API_KEY": "wrong"}, 2, "check the API key"),
        ({"SEGMENT_BASE_URL": "http://127.0.0.1:9"}, 1, "run the sync again to go on"),
    ],
)
def test_what_a_vendor_will_not_do_is_said_in_a_sentence(
    at_lab: dict[str, str],
    cohortlab: Any,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    status: int,
    words: str,
) -> None:
    """An unknown cohort and a wrong key exit 2; a Segment that cannot be reached exits 1, and can be gone on with."""
    for name, value in change.items():
        monkeypatch.setenv(name, value)

    got, _, err = cohortlab("sync", "run", "--set", "retries=0")

    assert got == status
    assert words in err


def test_a_file_describes_a_sync(
    lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the environment does not say, a small TOML file may; the environment and options win over it."""
    file = tmp_path / "sync.toml"
    file.write_text('cohort = "wrong"\n[amplitude]\nsecret_key = "wrong"\n[settings]\ntrait_key = "segment"\n')
    monkeypatch.delenv("COHORT_ID")

    status, _, _ = cohortlab("sync", "run", "--config", str(file), "--cohort", cohort)

    assert status == 0
    assert holders(lab, f"[Amplitude] Power Users ({cohort})") == {"ann", "bob", "007"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cohort = ", "is not TOML"),
        ("cohrt = 'a'\n", "did you mean 'cohort'"),
        ("[settings]\nretrys = 3\n", "did you mean 'retries'"),
        ("cohort = 5\n", "is text in quotes"),
        ("settings = 5\n", "is a table"),
    ],
)
def test_a_wrong_file_is_explained(
    environment: dict[str, str], cohortlab: Any, tmp_path: Path, text: str, words: str
) -> None:
    """A file that is not TOML, or holds what means nothing, exits 2 and names it."""
    file = tmp_path / "sync.toml"
    file.write_text(text)

    status, _, err = cohortlab("sync", "run", "--config", str(file))

    assert status == 2
    assert words in err


def test_a_standing_sync_from_target_to_removal(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """Add a target and a sync, run it, look at it, pause it, resume it, remove it; each speaks JSON."""

    def spoken(*arguments: str) -> Any:
        status, out, err = cohortlab(*arguments, "--json")
        assert status == 0, err
        return json.loads(out)

    target = spoken("target", "add", "production", "--key-env", "SEGMENT_WRITE_KEY")
    added = spoken("sync", "add", "--cohort", cohort, "--target", "production", "--cadence", "hourly")
    ran = spoken("sync", "run", cohort)

    assert target["key_from"] == "env:SEGMENT_WRITE_KEY"
    assert (added["sync"], added["cadence"], added["state"]) == (f"{cohort}:production", "hourly", "scheduled")
    assert (ran["target"], ran["calls"]) == ("production", 3)
    assert spoken("sync", "list")[0]["next_run"] > added["next_run"]
    assert spoken("sync", "status", cohort)[0] | {"ended_at": ""} == {
        "sync": f"{cohort}:production",
        "last_run": 1,
        "last_status": "succeeded",
        "ended_at": "",
        "reason": "",
        "trait_key": f"Power Users ({cohort})",
        "holders": 3,
        "orphaned": 0,
        "unfinished": "",
        "failed_rows": 0,
    }
    assert spoken("sync", "pause", cohort)["state"] == "paused"
    assert spoken("sync", "resume", cohort)["state"] == "scheduled"
    assert spoken("sync", "edit", cohort, "--cadence", "daily", "--set", "parallel=1")["settings"] == {"parallel": 1}
    shown = spoken("sync", "show", cohort)
    assert {each["setting"]: each["value"] for each in shown["settings"]}["parallel"] == 1
    assert spoken("sync", "failed") == []
    assert spoken("sync", "orphans") == []
    assert spoken("sync", "remove", cohort)["state"] == "removed"
    assert [(each["trait_key"], each["members"]) for each in spoken("sync", "orphans")] == [
        (f"Power Users ({cohort})", 3)
    ]
    spoken("target", "remove", "production")
    assert spoken("target", "list") == []


def test_an_orphan_is_found_and_cleared(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """A renamed cohort leaves its old trait behind; `orphans` finds it and `clear` sets it to false."""
    cohortlab("sync", "run")
    lab.amplitude.rename(cohort, "Heavy Users")
    cohortlab("sync", "run", "--set", "rename=resync")
    _, out, _ = cohortlab("sync", "orphans")
    assert f"Power Users ({cohort})" in out

    status, _, _ = cohortlab("sync", "clear", "--trait", f"Power Users ({cohort})", "--yes")

    assert status == 0
    assert holders(lab, f"Power Users ({cohort})") == set()
    assert holders(lab, f"Heavy Users ({cohort})") == {"ann", "bob", "007"}


def test_removal_may_clear(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """A sync with removal = clear tells everybody false before it is removed."""
    cohortlab("target", "add", "production", "--key-env", "SEGMENT_WRITE_KEY")
    cohortlab("sync", "add", "--cohort", cohort, "--target", "production", "--set", "removal=clear")
    cohortlab("sync", "run", cohort)

    status, _, _ = cohortlab("sync", "remove", cohort)

    assert status == 0
    assert holders(lab, f"Power Users ({cohort})") == set()


def test_a_deleted_cohort_is_an_orphan_when_asked(
    lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any
) -> None:
    """`orphans --ask` also finds what is held for a cohort that Amplitude does not list any more."""
    cohortlab("sync", "run")
    lab.amplitude.archive(cohort)
    lab.amplitude.delete(cohort)

    _, out, _ = cohortlab("sync", "orphans", "--ask", "--json")

    assert [(each["cohort_id"], each["members"]) for each in json.loads(out)] == [(cohort, 3)]


def test_a_log_has_a_line_for_every_event_and_no_key(cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """--log writes JSON lines to stderr: what happened, in order, and no key."""
    _, _, err = cohortlab("sync", "run", "--log")

    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert events == [
        "run-started",
        "cohort-found",
        "export-requested",
        "export-ready",
        "downloaded",
        "diffed",
        "batch-sent",
        "run-finished",
    ]
    assert SECRET_KEY not in err
    assert WRITE_KEY not in err


def process(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cohortlab", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_do_not_overlap(lab: Lab, cohort: str, at_lab: dict[str, str]) -> None:
    """Started twice at once, one process runs the sync and the other says so and exits 1, or runs it afterwards."""
    lab.amplitude.configure(job_seconds=1.0)
    both = [process(at_lab, "sync", "run", "--json") for _ in range(2)]

    ended = [(each.communicate(timeout=60), each.returncode) for each in both]

    statuses = sorted(status for _, status in ended)
    assert statuses == [0, 1]
    assert "another process is running it" in next(err for (_, err), status in ended if status == 1)
    assert told(lab, f"Power Users ({cohort})") == 3


def test_a_watch_stops_on_sigterm_and_goes_on(lab: Lab, cohort: str, at_lab: dict[str, str], cohortlab: Any) -> None:
    """SIGTERM ends a watch with status 0 even amid a long retry; started again it finishes what it had begun."""
    cohortlab("target", "add", "production", "--key-env", "SEGMENT_WRITE_KEY")
    cohortlab("sync", "add", "--cohort", cohort, "--target", "production", "--cadence", "once")
    lab.segment.workspace.arm({"fault": "status", "status": 429, "retry_after": 3000})
    with process(at_lab, "sync", "watch", "--log", "--jobs", "1") as watching:
        assert watching.stderr is not None
        for line in watching.stderr:
            if "retried" in line:
                break
        watching.send_signal(signal.SIGTERM)
        _, err = watching.communicate(timeout=30)

    assert watching.returncode == 0
    assert "Stopped" in err
    assert holders(lab, f"Power Users ({cohort})") == set()
    status, out, _ = cohortlab("sync", "run", cohort, "--json")
    assert status == 0
    assert json.loads(out)["resumed"]["calls"] == 3
    assert holders(lab, f"Power Users ({cohort})") == {"ann", "bob", "007"}
