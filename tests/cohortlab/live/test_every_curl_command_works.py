from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

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
