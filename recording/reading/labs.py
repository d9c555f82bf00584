"""The journals of a lab, as `cohortlab up --db` keeps them, read from a copy: the originals stay as they are."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mock_amplitude.entries import AMPLITUDE_SHAPES
from mock_core.errors import JournalUnreadable
from mock_core.journal import Journal, check_journal, is_journal
from mock_segment.entries import SEGMENT_SHAPES
from recording.errors import NotReadable
from recording.material import Happened

SHAPES = {"amplitude": AMPLITUDE_SHAPES, "segment": SEGMENT_SHAPES}


def lab_entries(folder: Path) -> Iterator[Happened]:
    """Yield the entries of both journals in a folder; one of them is enough."""
    files = {fake: folder / f"{fake}.db" for fake in SHAPES if (folder / f"{fake}.db").is_file()}
    if not files:
        raise NotReadable(f"{folder} holds no amplitude.db or segment.db, as `cohortlab up --db FOLDER` keeps them.")
    for fake, file in files.items():
        if not is_journal(file):
            raise NotReadable(f"{file} is no journal of a lab.")
        with tempfile.TemporaryDirectory(prefix="cohortlab-import-") as copy:
            for end in ("", "-wal", "-shm"):
                if file.with_name(file.name + end).exists():
                    shutil.copy(file.with_name(file.name + end), copy)
            try:
                with closing(Journal(Path(copy) / file.name)) as journal:
                    check_journal(journal, SHAPES[fake])
                    for entry in journal.walk():
                        yield Happened(fake, entry.at, entry.kind, entry.data, entry.body)
            except JournalUnreadable as error:
                raise NotReadable(str(error).replace(copy, str(folder))) from error
