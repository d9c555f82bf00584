"""A program may make anything of the folders it was given: they go, and nothing else does."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from scenarios.subjects import take_away

pytestmark = pytest.mark.skipif(os.rename not in os.supports_dir_fd, reason="needs descriptors of folders")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """Somebody else's folder, which must stay as it is."""
    folder = tmp_path / "victim"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub").chmod(0o755)
    (folder / "kept").write_text("x")
    return folder


def assert_untouched(victim: Path) -> None:
    assert sorted(each.name for each in victim.iterdir()) == ["kept", "sub"]
    assert (victim / "sub").stat().st_mode & 0o777 == 0o755


def test_odd_things_go(tmp_path: Path, victim: Path):
    """Links, pipes, sockets, names that are no text, folders without rights: and what links lead to stays."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "link").symlink_to(victim)
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    (folder / "dark" / "inner").mkdir(parents=True)
    (folder / "dark" / "inner" / "file").write_text("x")
    (folder / "dark" / "inner").chmod(0)
    (folder / "dark").chmod(0)
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe\n"))).write_text("x")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(".", os.O_RDONLY)
        os.chdir(folder)  # the path of a socket may have some hundred bytes only
        try:
            listening.bind("socket")
        finally:
            os.fchdir(here)
            os.close(here)
    folder.chmod(0)

    take_away(folder)

    assert not folder.exists()
    assert_untouched(victim)


def test_folders_in_folders_go_however_deep(tmp_path: Path):
    """Deeper than any path may be long."""
    folder = tmp_path / "state"
    folder.mkdir()
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    try:
        for _ in range(1_200):
            os.mkdir("dddddddddd")  # noqa: PTH102 - no longer path could be told
            os.chdir("dddddddddd")
    finally:
        os.fchdir(here)
        os.close(here)

    take_away(folder)

    assert not folder.exists()


@pytest.mark.parametrize("made", ["link", "file", "nothing"])
def test_what_stands_in_its_place_goes(tmp_path: Path, victim: Path, made: str):
    """A program that replaced its folder has replaced it for itself only."""
    folder = tmp_path / "state"
    if made == "link":
        folder.symlink_to(victim)
    elif made == "file":
        folder.write_text("x")

    take_away(folder)

    assert not os.path.lexists(folder)
    assert_untouched(victim)
