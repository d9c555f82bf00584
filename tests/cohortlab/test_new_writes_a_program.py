from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cohortlab.cli import run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to write in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("language", "file", "runner"), [("python", "sync.py", sys.executable), ("node", "sync.mjs", "node")]
)
def test_a_program_to_start_from_passes_a_scenario(
    language: str, file: str, runner: str, here: Path, capsys: pytest.CaptureFixture[str]
):
    """It is written, says how it is judged, and gets a leave right."""
    if shutil.which(runner) is None:
        pytest.skip(f"there is no {runner} here")
    assert run(["new", "--program", language]) == 0
    assert (
        f"cohortlab run --subject '{Path(runner).name if language == 'node' else 'python3'} {file}'"
        in capsys.readouterr().out
    )
    assert run(["new"]) == 0

    done = subprocess.run(
        [sys.executable, "-m", "cohortlab", "run", "--subject", f"{runner} {here / file}", "my-first.cohort.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_there_is_kept(capsys: pytest.CaptureFixture[str]):
    """A program somebody has worked on is written over only when told so; another name may be given."""
    Path("sync.py").write_text("mine\n", encoding="utf-8")

    assert run(["new", "--program", "python"]) == 2
    assert "sync.py exists; --force writes over it" in capsys.readouterr().err
    assert Path("sync.py").read_text(encoding="utf-8") == "mine\n"
    assert run(["new", "--program", "python", "other.py"]) == 0
    assert run(["new", "--program", "python", "--force"]) == 0
    assert Path("sync.py").read_bytes() == Path("other.py").read_bytes()


def test_it_can_be_printed(capsys: pytest.CaptureFixture[str]):
    """For a pipe; nothing is written."""
    assert run(["new", "--program", "node", "-"]) == 0

    assert capsys.readouterr().out.startswith("// A cohort sync for Node")
    assert list(Path().iterdir()) == []
