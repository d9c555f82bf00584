"""What was taken of late, read from the journal: a lab that is opened again throttles as it did before."""

from __future__ import annotations

from collections.abc import Callable

from mock_amplitude.ingest.pace import Pace
from mock_amplitude.ingest.uploads import Upload
from mock_core.journal import Entry, Journal, MemoryFold


class PaceFold(MemoryFold):
    """The pace of every user and device; `upload` reads an entry, as somebody else may have already."""

    kind = "request"
    pace: Pace

    def __init__(self, journal: Journal, upload: Callable[[Entry], Upload | None]) -> None:
        self._upload = upload
        super().__init__(journal)

    def clear(self) -> None:
        self.pace = Pace()

    def apply(self, entry: Entry) -> None:
        upload = self._upload(entry)
        if upload is not None:
            self.pace.take(entry.data["project_id"], upload.items, entry.at)
