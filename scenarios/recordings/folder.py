"""The journals that a lab kept in a folder, opened as a lab, in a copy: the originals stay as they are."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mock_core.errors import JournalUnreadable
from scenarios.errors import FileUnusable
from scenarios.lab import Lab


@contextmanager
def lab_in(folder: Path) -> Iterator[Lab]:
    """Open the journals in a folder; raise `FileUnusable` where there are none, or none that can be read."""
    names = [f"{fake}.db{end}" for fake in ("amplitude", "segment") for end in ("", "-wal", "-shm")]
    if not all((folder / f"{fake}.db").is_file() for fake in ("amplitude", "segment")):
        raise FileUnusable(f"{folder} holds no amplitude.db and segment.db.")
    with tempfile.TemporaryDirectory(prefix="cohortlab-trace-") as copy:
        for name in names:
            if (folder / name).exists():
                shutil.copy(folder / name, copy)
        try:
            lab = Lab(folder=Path(copy))
        except JournalUnreadable as error:
            raise FileUnusable(str(error).replace(copy, str(folder))) from error
        with lab:
            yield lab
