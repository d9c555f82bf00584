"""Take a folder away, whatever somebody else's program made of it."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

_HERE = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def take_away(folder: Path) -> None:
    """Remove a folder; a link or a file in its place is removed as that, and nothing behind a link is touched.

    Folders within folders are moved to the top before they are emptied: no path gets too long and nothing recurses.
    What the system will not let go stays.
    """
    if os.rename not in os.supports_dir_fd:
        shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        if not folder.is_symlink():
            folder.chmod(stat.S_IRWXU)
        top = os.open(folder, _HERE)
    except OSError:  # a link, a file, or gone
        with suppress(OSError):
            folder.unlink()
        return
    numbers = itertools.count()
    kept: set[str] = set()
    try:
        while left := [name for name in os.listdir(top) if name not in kept]:  # noqa: PTH208 - a descriptor, no path
            for name in left:
                try:
                    _remove(top, name, numbers)
                except OSError:
                    kept.add(name)
    finally:
        os.close(top)
    with suppress(OSError):
        folder.rmdir()


def _remove(top: int, name: str, numbers: itertools.count[int]) -> None:
    if not _is_folder(top, name):
        os.unlink(name, dir_fd=top)
        return
    os.chmod(name, stat.S_IRWXU, dir_fd=top)
    inner = os.open(name, _HERE, dir_fd=top)
    try:
        for each in os.listdir(inner):  # noqa: PTH208 - as above
            if _is_folder(inner, each):
                os.chmod(each, stat.S_IRWXU, dir_fd=inner)
                os.rename(each, f".cohortlab-{next(numbers)}", src_dir_fd=inner, dst_dir_fd=top)
            else:
                os.unlink(each, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)


def _is_folder(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
