"""The tests against what is installed: `python -m building.suite FOLDER [pytest's options]`.

They are moved as the wheel was, into a folder of their own where nothing but the installed package can be imported, and
run there. What they read of the repository (documents, examples) they find by COHORTLAB_REPOSITORY.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from building.relocation import SUFFIXES, Move

ROOT = Path(__file__).parents[1]
PARTS = ("tests", "docs", "building")  # what tests import beside what is installed
AS_THEY_ARE = ("pyproject.toml", "hatch_build.py")


def main(folder: Path, options: list[str]) -> int:
    """Write the tests to a folder, run pytest there, and return its status."""
    written(folder)
    environment = {**os.environ, "COHORTLAB_REPOSITORY": str(ROOT)}
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode  # noqa: S603 - it is pytest


def written(folder: Path) -> None:
    """Write the tests as they read after the move; what was in the folder is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    move = move_of(ROOT)
    for part in PARTS:
        for file in _files(ROOT / part):
            place = folder / file.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix in SUFFIXES:
                text = file.read_bytes().decode()
                place.write_bytes(move.text(text, str(file)).encode())
            else:
                place.symlink_to(file)
    for name in AS_THEY_ARE:
        shutil.copy(ROOT / name, folder)


def move_of(root: Path) -> Move:
    """Return the move that the wheel of a repository makes."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    packages = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    files = (file.relative_to(root) for package in packages for file in _files(root / package))
    return Move.below("cohortlab", map(PurePosixPath, files))


def _files(folder: Path) -> Iterator[Path]:
    """Yield files, and folders of Node packages as they are."""
    for path in sorted(folder.iterdir()):
        if path.is_file() or path.name == "node_modules":
            yield path
        elif path.name != "__pycache__":
            yield from _files(path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
