"""What other people wrote is shown and not obeyed: every command, on a terminal, with names that would do harm."""

from __future__ import annotations

import ast
import http.server
import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cohortlab.cli import run
from contracts.foreign import cut, in_json, in_xml, lines, quoted, shown, width
from scenarios import Lab
from tests.repository import ROOT

# A title for the window, C1, an override and an isolate, a bell, a line of its own; letters, codes and markup to keep.
HOSTILE = "\x1b]0;a\x07\x9b2J\u202eb\u2066\n::error::c\u2028org:x:7 [red]é 遠 👩‍🚀"
DOES = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff]|\x1b\\]"
)
QUOTED = '"{}"'.format(
    "".join(each if each.isascii() and each.isalnum() else f"\\U{ord(each):08x}" for each in HOSTILE)
)
SCENARIO = f"""\
scenario: {QUOTED}
why: {QUOTED}
cohorts:
  power: {{name: {QUOTED}, id: power001, members: [{QUOTED}, "org:x:7"]}}
steps:
  - fault: {{on: segment, fault: latency, seconds: 1, match: {{skip: 99}}, as: {QUOTED}}}
  - sync: power
expect:
  identifies: 99
  profiles: {{{QUOTED}: {{power: false}}, "org:x:7": {{power: false}}}}
"""
NAMED = "\x1b]0;a\x9b\u202e org:x:7"

OnATerminal = Callable[..., str]


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> OnATerminal:
    """Call a command with a terminal for both its streams, and return what that got to show."""

    def call(*arguments: object, **environment: str) -> str:
        above, below = pty.openpty()
        said = b""

        def read() -> None:
            nonlocal said
            with suppress(OSError):  # the end, on Linux
                while piece := os.read(above, 1 << 16):
                    said += piece

        reading = threading.Thread(target=read)
        reading.start()
        with (
            os.fdopen(below, "w", encoding="utf-8", errors="backslashreplace") as terminal,
            monkeypatch.context() as patch,
        ):
            patch.setenv("TERM", "xterm")
            patch.setenv("COLUMNS", "400")
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdout", terminal)
            patch.setattr(sys, "stderr", terminal)
            run([str(each) for each in arguments])
        reading.join()
        os.close(above)
        return said.decode()

    return call


def does_nothing(told: str) -> None:
    """Hold what was shown against what must not be."""
    assert told.strip()
    assert not DOES.search(told), DOES.findall(told)
    assert not any(line.startswith("::error::c") for line in told.splitlines())
    assert "❌" not in told
    assert "Traceback" not in told


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("x", NAMED):
        Path(f"{name}.cohort.yaml").write_text(SCENARIO, encoding="utf-8")
        Path(f"{name}.csv").write_text(f'"amplitude_id","user_id"\n"1","{HOSTILE}"\n', encoding="utf-8", newline="")
    event = {"type": "identify", "userId": HOSTILE, "traits": {HOSTILE: HOSTILE}, HOSTILE: 1}
    Path("x.ndjson").write_text(json.dumps(event, ensure_ascii=False) + "\n", encoding="utf-8")
    return tmp_path


PRINTS = f'{sys.executable} -c "print({HOSTILE!a}); raise SystemExit(1)"'
CALLS: tuple[tuple[str, ...], ...] = (
    ("run", "x.cohort.yaml"),
    ("run", "x.cohort.yaml", "--subject", PRINTS),
    ("run", "x.cohort.yaml", "--github"),
    ("run", "x.cohort.yaml", "--json"),
    ("run", f"{NAMED}.cohort.yaml"),
    ("run", f"gone{HOSTILE}"),
    ("run", "x.cohort.yaml", "--set", HOSTILE),
    ("run", "x.cohort.yaml", "--subject", HOSTILE),
    ("strength", "x.cohort.yaml", "--mutant", HOSTILE),
    ("strength", "x.cohort.yaml"),
    ("trace", "org:x:7", HOSTILE, "x.cohort.yaml"),
    ("trace", HOSTILE, "power", "x.cohort.yaml"),
    ("trace", HOSTILE, "power", "x.cohort.yaml", "--json"),
    ("trace", "ada", HOSTILE + "x", "x.cohort.yaml"),
    ("replay", "x.rec"),
    ("replay", "x.rec", "--user", HOSTILE),
    ("replay", "x.rec", "--json"),
    ("check", "x.ndjson"),
    ("check", "x.ndjson", "--json"),
    ("check", "x.ndjson", "--output", "github"),
    ("check", "x.ndjson", "--output", "junit"),
    ("check", "x.ndjson", "--output", "sarif"),
    ("check", "x.ndjson", "--sequence", "--pedantic"),
    ("check", "x.csv", "--contract", "export"),
    ("check", "x.ndjson", "--select", HOSTILE),
    ("rule", HOSTILE),
    ("salvage", f"{NAMED}.csv", "-o", HOSTILE),
    ("new", "x\x1b]0;a\x9b.cohort.yaml"),
    ("demo", f"{NAMED}.csv"),
    ("simulate", "--runs", "1", "--out", f"x.csv/{HOSTILE}"),
    ("target", "add", HOSTILE, "--key-env", "KEY"),
    ("up", "--bundles", HOSTILE),
    (HOSTILE,),
)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: shown(" ".join(call))[:40])
@pytest.mark.usefixtures("folder")
def test_no_command_obeys_what_it_shows(on_a_terminal: OnATerminal, call: tuple[str, ...]):
    """And an id with an emoji's code in it stays itself."""
    if call[0] == "replay":
        on_a_terminal("run", "x.cohort.yaml", "--record", "x.rec")
    told = on_a_terminal(*call)

    does_nothing(told)
    if call[0] in {"run", "trace", "replay"} and "gone" not in call[1] and "--set" not in call:
        assert "org:x:7" in told


@contextmanager
def refusing(status: int, message: str) -> Iterator[str]:
    """Serve a vendor that says no in its own words."""

    class Refuses(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"error": {"http_code": status, "type": "bad", "message": message}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_no_sync_obeys_what_the_vendors_say(on_a_terminal: OnATerminal, tmp_path: Path):
    """A cohort's name, who is in it, what Amplitude answers: in every command of a sync, and in its log."""
    with Lab() as lab, lab.serve() as address:
        lab.amplitude.create_cohort(HOSTILE, cohort_id="power001", members=[HOSTILE, "org:x:7"])
        environment = {
            "AMPLITUDE_BASE_URL": address.amplitude,
            "AMPLITUDE_API_KEY": "lab-api-key",
            "AMPLITUDE_SECRET_KEY": "lab-secret-key",
            "SEGMENT_BASE_URL": address.segment,
            "SEGMENT_WRITE_KEY": "lab-write-key",
            "COHORT_ID": "power001",
            "SYNC_STATE_DIR": str(tmp_path / "state"),
        }
        lab.amplitude.configure(job_seconds=0)
        for call in (
            ["sync", "run", "--dry-run"],
            ["sync", "run", "--dry-run", "--json"],
            ["sync", "run"],
            ["sync", "run", "--everybody", "--log"],
            ["sync", "status"],
            ["sync", "history"],
            ["sync", "history", "--csv"],
            ["sync", "history", "--json"],
            ["sync", "orphans"],
            ["sync", "show", HOSTILE],
        ):
            does_nothing(on_a_terminal(*call, **environment))
    with refusing(400, HOSTILE) as amplitude:
        told = on_a_terminal("sync", "run", **{**environment, "AMPLITUDE_BASE_URL": amplitude})

    does_nothing(told)
    assert "org:x:7" in told


def test_reports_in_files_parse_and_do_nothing(on_a_terminal: OnATerminal, folder: Path):
    """JUnit and the page: letters are kept, and nothing turns, rings or begins a line of its own."""
    on_a_terminal("run", "x.cohort.yaml", "--junit", "x.xml", "--html", "x.html", "--subject", PRINTS)

    for file in (folder / "x.xml", folder / "x.html"):
        told = file.read_text(encoding="utf-8")
        assert not DOES.search(told), DOES.findall(told)
        assert "org:x:7 [red]é 遠 👩‍🚀" in told
    (case,) = ElementTree.parse(folder / "x.xml").getroot()[0]
    assert case.get("name") == shown(HOSTILE)


def test_pytest_obeys_no_scenario(folder: Path):
    """A title in a failure, and what a program printed."""
    arguments = ["-p", "no:randomly", "-p", "no:cacheprovider", "-v", "x.cohort.yaml", "--cohort-subject", PRINTS]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    does_nothing(done.stdout + done.stderr)
    assert "org:x:7" in done.stdout


@pytest.mark.usefixtures("folder")
def test_colour_follows_the_environment(
    on_a_terminal: OnATerminal, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """NO_COLOR turns it off on a terminal, FORCE_COLOR on in a pipe."""
    calls = (["check", "x.ndjson"], ["run", "x.cohort.yaml"], ["trace", "org:x:7", "power", "x.cohort.yaml"])
    for call in calls:
        assert "\x1b[" in on_a_terminal(*call)
        assert "\x1b" not in on_a_terminal(*call, NO_COLOR="1")
    capsys.readouterr()
    for call in calls:
        run(call)
        assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for call in calls:
        run(call)
        assert "\x1b[" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("org:x:7", "org:x:7"),
        ("نمی‌خواهم 👨‍👩‍👧 क्‍ष", "نمی‌خواهم 👨‍👩‍👧 क्‍ष"),
        ("a\tb\r\nc", "a\\tb\\r\\nc"),
        ("\ud800\u202e\u2066\x85\u2028\ufeff", "\\ud800\\u202e\\u2066\\x85\\u2028\\ufeff"),
        ("C:\\new [b]", "C:\\new [b]"),
    ],
)
def test_letters_are_kept_and_what_does_something_is_escaped(text: str, told: str):
    """Of every script, with the joiners within words and emoji."""
    assert shown(text) == told
    assert shown(told) == told
    assert ElementTree.fromstring(f"<a>{in_xml(text).replace('&', '&amp;')}</a>").text == lines(text)
    assert json.loads(in_json(json.dumps(text, ensure_ascii=False))) == text
    assert shown(in_json(json.dumps(text, ensure_ascii=False))) == in_json(json.dumps(text, ensure_ascii=False))


def test_what_has_lines_keeps_them():
    """What a program printed has lines and tabs; a carriage return alone would write over one."""
    assert lines("a\tb\r\nc\rd\x1b") == "a\tb\nc\\rd\\x1b"


def test_quotes_are_those_that_the_text_does_not_hold():
    """As people write them, not as Python does."""
    assert [quoted(each) for each in ("ada", "o'hara", "a\\b")] == ["'ada'", '"o\'hara"', "'a\\b'"]


@pytest.mark.parametrize("text", ["x" * 100, "遠" * 100, "é́" * 100, "a\x1b" * 50, "👩‍🚀" * 50])
def test_a_wide_name_is_cut_to_the_columns_it_may_have(text: str):
    """Letters that take two columns count as two; the beginning and the end are kept."""
    assert 36 <= width(cut(text)) <= 40
    assert "..." in cut(text)
    assert cut(text[:3], 20) == shown(text[:3])


def test_there_is_one_console():
    """Whoever prints goes by `cohortlab.saying` or `cohortlab.terminal`; a report writes what it has escaped itself."""
    rooms = ("cohortlab", "contracts", "mock_core", "mock_segment", "mock_amplitude", "syncer", "scenarios")
    writers = {"cohortlab/saying.py", "cohortlab/terminal.py"}
    strangers = []
    for path in sorted(file for room in rooms for file in (ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if name not in writers else ():
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called.rpartition(".")[2] in {"Console", "echo", "secho", "style"} or called == "print":
                strangers.append(f"{name}:{node.lineno}: {called}")
    assert not strangers
