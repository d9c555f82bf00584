"""docs/skill.md is all that an agent may have: every command and snippet in it is run, in order, in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cohortlab import carried

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.M)
FILE = re.compile(r"# file: (\S+)\n")


def free_ports() -> tuple[int, int]:
    """Return two ports that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="there is no curl or bash here"
)
def test_every_command_and_snippet_of_the_page_works(tmp_path: Path):
    """As one session of a shell; only the ports are others, for tests that run side by side."""
    amplitude, segment = free_ports()
    script = ["set -euo pipefail", "trap 'kill ${LAB:-} 2>/dev/null || true' EXIT"]
    for language, text in BLOCK.findall(carried.page("skill")):
        if named := FILE.match(text):
            (tmp_path / named[1]).write_text(text[named.end() :], encoding="utf-8")
        else:
            assert language == "bash", f"a block in {language} that nothing runs"
            script.append(text)
    session = "\n".join(script).replace("4801", str(amplitude)).replace("4802", str(segment))
    session = session.replace("cohortlab up", f"cohortlab up --amplitude-port {amplitude} --segment-port {segment}")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    quiet = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COHORT", "AMPLITUDE"))
    }

    done = subprocess.run(
        ["bash", "-c", session],
        cwd=tmp_path,
        env={**quiet, "PATH": path, "PYTEST_ADDOPTS": "-p no:cacheprovider"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "[True]" in done.stdout  # the scenario that was judged as JSON
    assert '"traits":{"Power Users (power000)":false}' in done.stdout  # grace's profile, after she left
    assert "3 passed" in done.stdout  # two tests, and the scenario
