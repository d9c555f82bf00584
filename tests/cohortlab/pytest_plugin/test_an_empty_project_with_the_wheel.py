from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

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


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the built wheel; what it depends on is lent by the environment of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the wheel cannot be built here: {built.stderr.strip().splitlines()[-1]}")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (wheel,) = folder.glob("cohortlab-*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    lent = [path for path in sys.path if path.endswith("site-packages")]
    (site / "lent.pth").write_text("\n".join(lent) + "\n")
    return folder / "venv" / "bin" / "python"


def test_the_installed_plugin_works_alone(python: Path, tmp_path: Path):
    """In an empty project, from the wheel and not from this checkout: fixtures, served labs and scenario files."""
    (tmp_path / "test_mine.py").write_text(TESTS)
    (tmp_path / "first.cohort.yaml").write_text(
        "scenario: First\ncohorts:\n  power: {name: Power Users, members: [ada]}\nsteps:\n  - sync: power\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}

    where = subprocess.run(
        [python, "-c", "import cohortlab, scenarios, sys; sys.stdout.write(scenarios.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found = subprocess.run(
        [
            python,
            "-m",
            "pytest",
            "-q",
            "-W",
            "error",
            "-p",
            "no:randomly",
            "-p",
            "no:schemathesis",
            "-p",
            "no:cacheprovider",
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert str(python.parents[1]) in where.stdout
    assert "3 passed" in found.stdout, found.stdout + found.stderr
