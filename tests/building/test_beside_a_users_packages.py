"""A user's project may call its packages as it likes: `contracts`, `scenarios`, or as any module of ours is called."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import Distribution
from pathlib import Path
from random import Random

import pytest

from building.suite import move_of
from tests.building.installing import Environment
from tests.repository import ROOT

MODULES = move_of(ROOT).modules
ROOMS = sorted(name for name in MODULES if "." not in name)

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "theirs"
version = "1.0"
[tool.hatch.build.targets.wheel]
packages = {packages}
dev-mode-dirs = ["."]
"""
TESTS = """
from importlib import import_module

import pytest
from cohortlab.testing import Lab

@pytest.mark.parametrize("name", {packages})
def test_imports_are_its_own(name):
    assert import_module(name).WHOSE == "theirs"
    assert import_module(name + ".rules").RULES == [name]

def test_a_sync(lab):
    assert isinstance(lab, Lab)
    lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1"])
    lab.sync("abcd1234")
    assert lab.segment.profile("u1").traits == {{"Power Users (abcd1234)": True}}

def test_it_is_served(lab_served):
    event = {{"userId": "u1", "traits": {{}}}}
    url, auth = lab_served.segment_url + "/v1/identify", (lab_served.write_key, "")
    assert lab_served.http.post(url, json=event, auth=auth).status_code == 200
"""
SCENARIO = "scenario: First\ncohorts:\n  power: {name: Power Users, members: [ada]}\nsteps:\n  - sync: power\n"
EVENT = '{"type":"identify","userId":"u1","traits":{"Power Users (abcd1234)":true},"messageId":"m1"}\n'
ARE_THEIRS = "import {packages}; assert all(each.WHOSE == 'theirs' for each in ({packages}))"


def names(seed: int, lent: Iterable[Distribution]) -> list[str]:
    """Return the names of our rooms, and some of those that modules inside of them have."""
    taken = {file.parts[0].removesuffix(".py") for each in lent for file in each.files or ()}
    inner = {name.rpartition(".")[2] for name in MODULES} - sys.stdlib_module_names - taken - set(ROOMS)
    return [*ROOMS, *Random(seed).sample(sorted(inner), 8)]


def project(folder: Path, packages: list[str]) -> Path:
    """Write a project that owns packages of these names, with tests and a scenario file."""
    for name in packages:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("WHOSE = 'theirs'\n", encoding="utf-8")
        (folder / name / "rules.py").write_text(f"RULES = [{name!r}]\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(PYPROJECT.format(packages=packages), encoding="utf-8")
    (folder / "checks").mkdir()
    (folder / "checks" / "test_theirs.py").write_text(TESTS.format(packages=packages), encoding="utf-8")
    (folder / "checks" / "first.cohort.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "checks" / "events.ndjson").write_text(EVENT, encoding="utf-8")
    return folder


@pytest.mark.timeout(600)  # it installs twice and starts eight programs
@pytest.mark.parametrize(
    ("how", "order", "seed"),
    [("editable", "before", 1), ("editable", "after", 2), ("plain", "before", 3), ("plain", "after", 4)],
)
def test_neither_notices_the_other(
    how: str, order: str, seed: int, wheel: Path, lent: list[Distribution], tmp_path: Path
):
    """Installed before us or after, editable or plain: its imports are its own, and everything of ours works there."""
    packages = names(seed, lent)
    theirs = project(tmp_path / "project", packages)
    environment = Environment(tmp_path / "environment", lent)
    installs: list[list[str | Path]] = [["--editable", theirs] if how == "editable" else [theirs], [wheel]]
    for each in installs if order == "before" else reversed(installs):
        environment.install(*each)

    # Plain asserts: pytest keeps its own compiled copies of plugins, and pip does not know of them when it uninstalls.
    checks = ["--assert=plain", "-q", "-W", "error", "-p", "no:cacheprovider", "checks"]
    told = environment.run("python", "-P", "-m", "pytest", *checks, cwd=theirs)
    assert f"{len(packages) + 3} passed" in told
    for arguments in (["demo"], ["run", "checks/first.cohort.yaml"], ["check", "checks/events.ndjson"]):
        environment.run("python", "-m", "cohortlab", *arguments, cwd=theirs, PYTHONPATH=str(theirs))
    if order == "before":
        environment.uninstall("cohortlab")
        environment.run("python", "-c", ARE_THEIRS.format(packages=", ".join(packages)), cwd=tmp_path)
        gone = environment.run("python", "-c", "import cohortlab", cwd=tmp_path, status=1)
        assert "No module named 'cohortlab'" in gone
    else:
        environment.uninstall("theirs")
        environment.run("cohortlab", "run", "project/checks/first.cohort.yaml", cwd=tmp_path)
