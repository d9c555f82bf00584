"""docs/ci.md: the recipes are whole files, and every command of ours in them does its work in a small project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cohortlab import carried

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.M)
FILE = re.compile(r"# file: (\S+)\n")
PAGE = carried.page("ci")
FILES = {found[1]: text for _, text in BLOCK.findall(PAGE) if (found := FILE.match(text))}


def commands(node: Any) -> list[str]:
    """Return the commands of a recipe."""
    if isinstance(node, dict):
        own = [node["run"]] if isinstance(node.get("run"), str) else []
        own += node["script"] if isinstance(node.get("script"), list) else []
        return own + [command for each in node.values() for command in commands(each)]
    return [command for each in node for command in commands(each)] if isinstance(node, list) else []


def ours() -> list[str]:
    """Return every command of cohortlab or pytest that the page shows."""
    shown = [line for language, text in BLOCK.findall(PAGE) if language == "bash" for line in text.splitlines()]
    shown += [command for text in FILES.values() for command in commands(yaml.safe_load(text))]
    return [each for each in shown if each.startswith(("cohortlab", "pytest"))]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a program, a payload, a scenario and a test."""
    shutil.copy(carried.folder("examples") / "sync.py", tmp_path)
    (tmp_path / "payloads").mkdir()
    good = '{"type": "identify", "userId": "ada", "traits": {"Power Users (power000)": true}}\n'
    (tmp_path / "payloads" / "good.ndjson").write_text(good, encoding="utf-8")
    (tmp_path / "a.cohort.yaml").write_text(
        "scenario: A\ncohorts: {power: {name: Power Users, members: [ada]}}\nsteps: [{sync: power}]\n", encoding="utf-8"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_it(lab):\n    assert lab.segment.profiles() == {}\n", encoding="utf-8"
    )
    return tmp_path


def test_the_recipes_are_those_of_the_tools():
    """Each is whole: YAML, with the keys that its tool looks for."""
    read = {name: yaml.safe_load(text) for name, text in FILES.items()}

    assert set(read) == {".github/workflows/cohorts.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"}
    steps = read[".github/workflows/cohorts.yml"]["jobs"]["cohorts"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)
    assert read[".gitlab-ci.yml"]["cohorts"]["artifacts"]["reports"]["junit"] == ["payloads.xml", "scenarios.xml"]
    (hook,) = read[".pre-commit-config.yaml"]["repos"][0]["hooks"]
    assert {"id", "name", "entry", "language", "files"} <= hook.keys()


@pytest.mark.parametrize("command", dict.fromkeys(ours()))
def test_a_command_of_the_page_works(command: str, project: Path):
    """In a project that is in order the status is 0; the library is long, so one scenario stands for it."""
    if "--subject" in command and command.startswith("cohortlab run"):
        command += " a.cohort.yaml"
    command = command.replace("PAYLOADS...", "payloads/*.ndjson").replace("PAYLOADS", "payloads/*.ndjson")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "GITHUB"))}

    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hook_of_pre_commit_checks_what_it_is_given(project: Path):
    """Its entry takes file names, as pre-commit hands them on."""
    (hook,) = yaml.safe_load(FILES[".pre-commit-config.yaml"])["repos"][0]["hooks"]
    bad = project / "payloads" / "bad.ndjson"
    bad.write_text('{"type": "identify"}\n', encoding="utf-8")
    assert re.search(hook["files"], str(bad))

    done = subprocess.run([sys.executable, "-m", *hook["entry"].split(), str(bad)], capture_output=True, check=False)

    assert done.returncode == 1
