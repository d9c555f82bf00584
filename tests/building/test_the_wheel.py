"""What the wheel brings: one importable name, all that its code reads, and nobody else's pytest plugin."""

from __future__ import annotations

import ast
import csv
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path

import pytest

from building.suite import move_of
from tests.building.installing import Environment, built, metadata_of, needed
from tests.repository import ROOT, SUITE

ROOMS = sorted(name for name in move_of(ROOT).modules if "." not in name)

ENGINE = """
from cohortlab import FileState, SyncError
try:
    FileState("state")
except SyncError as error:
    print(error)
"""
TESTS = """
def test_a_sync(lab):
    lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1"])
    lab.sync("abcd1234")
    assert lab.segment.profile("u1").traits == {"Power Users (abcd1234)": True}


def test_it_is_served(lab_served):
    reply = lab_served.http.post(
        lab_served.segment_url + "/v1/identify", json={"userId": "u1"}, auth=(lab_served.write_key, "")
    )
    assert reply.status_code == 200
"""
SCENARIO = "scenario: First\ncohorts:\n  power: {name: Power Users, members: [ada]}\nsteps:\n  - sync: power\n"


@pytest.fixture(scope="session")
def plain(wheel: Path, lent: list[Distribution], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with what `pip install cohortlab` brings, and pytest."""
    environment = Environment(tmp_path_factory.mktemp("plain"), lent)
    environment.install(wheel)
    return environment


def modules(wheel: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules of a wheel by their paths."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                yield name, ast.parse(archive.read(name))


@pytest.mark.skipif(ROOT == SUITE, reason="this is a run against the checkout")
def test_nothing_but_what_is_installed_can_be_imported_here():
    """Or the run would tell of the checkout what it says of the wheel."""
    assert [room for room in ROOMS if find_spec(room)] == []


def test_one_name_is_put_into_an_environment(wheel: Path):
    """Beside `cohortlab` there is what pip writes down of it."""
    record = metadata_of(wheel).read_text("RECORD") or ""
    tops = {row[0].partition("/")[0] for row in csv.reader(record.splitlines())}

    assert tops == {"cohortlab", f"cohortlab-{metadata_of(wheel).version}.dist-info"}


def test_no_module_imports_a_room_by_the_name_that_the_repository_gives_it(wheel: Path):
    """It would get a user's package of that name."""
    for name, module in modules(wheel):
        for node in ast.walk(module):
            imported = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            imported += [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not {path.partition(".")[0] for path in imported} & {*ROOMS, "tests", "building"}, name


def test_everything_that_the_repository_has_is_in_it(wheel: Path):
    """Types, schemas, scenarios, templates, exports: a wheel that forgets a file breaks at a user's only."""
    with zipfile.ZipFile(wheel) as archive:
        there = set(archive.namelist())
    for room in (*ROOMS, "cohortlab"):
        below = "" if room == "cohortlab" else "cohortlab/"
        files = (path.relative_to(ROOT).as_posix() for path in (ROOT / room).rglob("*") if path.is_file())
        assert {below + file for file in files if "__pycache__" not in file} <= there
    assert "cohortlab/py.typed" in there


def test_an_sdist_builds_the_same_wheel(built_once: Path, tmp_path: Path):
    """To the byte: who packages it for a distribution ships what we ship."""
    with tarfile.open(built("sdist", built_once / "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("cohortlab-*")

    again = built("wheel", tmp_path / "again", source)

    assert again.read_bytes() == built("wheel", built_once / "wheel").read_bytes()


def test_no_pytest_plugin_comes_with_it_but_ours(wheel: Path):
    """Whatever pip installs for it: a user's tests run as they did before."""
    metadata = metadata_of(wheel)
    plugins = {
        (name, point.value)
        for name, each in {"cohortlab": metadata, **needed(metadata.requires or ())}.items()
        for point in each.entry_points
        if point.group == "pytest11"
    }

    assert plugins == {("cohortlab", "cohortlab.pytest_plugin")}


def test_a_plain_install_is_small(plain: Environment, wheel: Path):
    """At most 80 MB, with what Python compiles of it: who only checks payloads, in a hook say, waits for no more."""
    files = [
        Path(str(each.locate_file(file)))
        for each in needed(metadata_of(wheel).requires or ()).values()
        for file in each.files or ()
    ]
    ours = (path for path in (plain.site / "cohortlab").rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in {*files, *ours} if path.is_file())

    assert 40e6 < size < 80e6


def test_the_plugin_works_in_an_empty_project(plain: Environment, tmp_path: Path):
    """From the wheel and not from this checkout: fixtures, served labs and scenario files."""
    (tmp_path / "test_mine.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "first.cohort.yaml").write_text(SCENARIO, encoding="utf-8")

    where = plain.run("python", "-c", "import cohortlab; print(cohortlab.__file__)", cwd=tmp_path)
    told = plain.run("python", "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", cwd=tmp_path)

    assert str(plain.site) in where
    assert "3 passed" in told


def test_the_library_runs_on_a_plain_install(plain: Environment, tmp_path: Path):
    """No scenario that ships asks for an extra."""
    assert ", 0 failed" in plain.run("cohortlab", "run", cwd=tmp_path)


def test_a_command_that_needs_an_extra_says_which(plain: Environment, tmp_path: Path):
    """In one sentence, before it begins; status 2."""
    simulate = plain.run("cohortlab", "simulate", "--on", "local", cwd=tmp_path, status=2)
    up = plain.run(
        "cohortlab", "up", "--tls-ca", "ca.pem", "--segment-port", "0", "--amplitude-port", "0", cwd=tmp_path, status=2
    )
    engine = plain.run("python", "-c", ENGINE, cwd=tmp_path)

    assert simulate == "Error: `--on` needs distributed: pip install 'cohortlab[cluster]'\n"
    assert up == "Error: TLS needs trustme: pip install 'cohortlab[secure]'\n"
    assert engine == "A state folder needs duckdb: pip install 'cohortlab[sync]'\n"
