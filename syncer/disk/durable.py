"""Files that are there whole or not at all, whenever the process or the machine stops."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from syncer.wire import Boundary


def write(path: Path, chunks: Iterable[bytes], boundary: Boundary) -> int:
    """Write a file and return its size; it appears under its name only when it is complete and on the disk."""
    unfinished = path.with_name(path.name + ".part")
    size = 0
    boundary(f"write {path.name}")
    unfinished.unlink(missing_ok=True)  # whatever it is: nothing is written through a link or into a pipe
    with unfinished.open("xb") as out:
        for chunk in chunks:
            out.write(chunk)
            size += len(chunk)
    put_in_place(unfinished, path, boundary)
    return size


def put_in_place(unfinished: Path, path: Path, boundary: Boundary) -> None:
    """Give a written file its name once it is on the disk."""
    boundary(f"sync {path.name}")
    with unfinished.open("rb+") as written:
        os.fsync(written.fileno())
    boundary(f"rename {path.name}")
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    boundary(f"{path.name} in place")
