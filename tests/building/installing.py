"""Environments as users have them: the wheel, what it depends on, and nothing else; made without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

from filelock import FileLock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repository import ROOT


def built(target: str, folder: Path, source: Path = ROOT) -> Path:
    """Build a wheel or an sdist of a source tree, once for all processes that name the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not list(folder.glob("cohortlab-*")):
            _done([sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)], source)
    (file,) = folder.glob("cohortlab-*")
    return file


def metadata_of(wheel: Path) -> Distribution:
    """Return what a wheel says of itself."""
    (folder,) = (path for path in zipfile.Path(wheel).iterdir() if path.name.endswith(".dist-info"))
    return PathDistribution(folder)  # type: ignore[arg-type]  # it joins and reads, as a path does


def needed(requirements: Iterable[str], extras: Iterable[str] = ("",)) -> dict[str, Distribution]:
    """Return whatever pip would install for some requirements, by its normalised name."""
    found: dict[str, Distribution] = {}
    waiting = [(requirement, tuple(extras)) for requirement in requirements]
    seen = set()
    while waiting:
        text, wanted = waiting.pop()
        requirement = Requirement(text)
        if (text, wanted) in seen or not _applies(requirement, wanted):
            continue
        seen.add((text, wanted))
        there = distribution(requirement.name)
        found[canonicalize_name(requirement.name)] = there
        waiting += [(each, ("", *sorted(requirement.extras))) for each in there.requires or ()]
    return found


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras)


class Environment:
    """A virtual environment; the distributions given are lent by the environment of the tests."""

    def __init__(self, folder: Path, lent: Iterable[Distribution]) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.bin = folder / "bin"
        (self.site,) = (folder / "lib").glob("python*/site-packages")
        for each in lent:
            base = Path(str(each.locate_file("")))
            for name in {file.parts[0] for file in each.files or ()} - {"..", "__pycache__"}:
                if not (self.site / name).is_symlink():
                    (self.site / name).symlink_to(base / name)

    def install(self, *what: str | Path) -> None:
        """Install with pip, as a user does, but for the network."""
        self._pip("install", "--no-deps", "--no-index", "--no-build-isolation", *map(str, what))

    def uninstall(self, name: str) -> None:
        """Uninstall with pip."""
        self._pip("uninstall", "--yes", name)

    def run(self, program: str, *arguments: str | Path, cwd: Path, status: int = 0, **variables: str) -> str:
        """Run a program of the environment and return what it printed; fail at any other exit status."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON", "COHORT"))}
        command = [str(self.bin / program), *map(str, arguments)]
        return _done(command, cwd, status, own | variables)

    def _pip(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "--disable-pip-version-check"]
        _done([*command, *arguments], self.site)


def _done(command: list[str], cwd: Path, status: int = 0, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert done.returncode == status, f"{' '.join(command)}: exit status {done.returncode}\n{told}"
    return told
