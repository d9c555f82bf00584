from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import scenarios.lab
from cohortlab.cli import run
from cohortlab.testing import Lab
from tests.repository import ROOT

DOCS = ROOT / "docs"
BLOCK = re.compile(r"<!-- table: [a-z-]*curl -->\n```bash\n(.*?)```", re.DOTALL)
COMMANDS = [
    command
    for page in ("amplitude-fake", "segment-fake")
    for block in BLOCK.findall((DOCS / f"{page}.md").read_text(encoding="utf-8"))
    for command in block.splitlines()
]

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")


def test_there_is_one_for_every_operation():
    """Of both fakes, and of what every fake has."""
    assert len(COMMANDS) > 30
    assert len(set(COMMANDS)) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_example_of_the_documentation_does_what_it_says(command: str, tmp_path: Path):
    """It is run as it stands, but for the port, against a lab that has what the examples speak of."""
    (tmp_path / "export.csv").write_text('"amplitude_id","user_id"\n"1","ada"\n', encoding="utf-8")
    with Lab(served=True) as lab:
        if '\'{"name": "Power Users"' not in command:  # this one makes it
            members = ["ada", "grace", (4_000_000_000_001, None)]
            lab.amplitude.create_cohort("Power Users", cohort_id="7abc12de", members=members)
        lab.segment.workspace.arm({"fault": "lost-reply"})
        lab.segment.workspace.journal.save(tmp_path / "lab.db")
        for port, url in (("4801", lab.amplitude_url), ("4802", lab.segment_url)):
            command = command.replace(f"http://127.0.0.1:{port}", url)
        words = [*shlex.split(command), "--silent", "--show-error", "--fail-with-body"]

        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_transcript_of_a_download_is_what_comes():
    """docs/amplitude-fake.md shows four calls and their answers, to the byte; two seconds pass before the third."""
    page = (DOCS / "amplitude-fake.md").read_text(encoding="utf-8")
    (transcript,) = (text for text in re.findall(r"```console\n(.*?)```", page, re.DOTALL) if "request-status" in text)
    (create, _), *calls = re.findall(r"^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", transcript, re.M)

    with scenarios.lab.Lab(start=1_767_603_600.0) as lab, lab.serve() as address:
        assert run([*shlex.split(create)[1:], "--amplitude-url", address.amplitude]) == 0
        for number, (call, answer) in enumerate(calls):
            if number == 2:
                lab.clock.advance(2)
            words = shlex.split(call.replace("http://127.0.0.1:4801", address.amplitude))
            done = subprocess.run([*words, "--silent"], capture_output=True, text=True, check=True)
            assert done.stdout.rstrip("\n") == answer.rstrip("\n")
    assert len(calls) == 4
