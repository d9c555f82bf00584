"""An archive of events: a zip file of gzip members, one or more an hour, made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import orjson

from mock_amplitude.exports import gzipped

LINES_A_MEMBER = 10_000
_WHEN = (1980, 1, 1, 0, 0, 0)  # so that the bytes repeat


class _Pipe(io.RawIOBase):
    """Where a zip file is written to that nobody can go back in."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        self._held.append(bytes(data))
        self._at += len(data)
        return len(data)

    def taken(self) -> bytes:
        """Return what was written since it was asked last."""
        held, self._held = b"".join(self._held), []
        return held


def archived(
    project_id: int, hours: Iterable[tuple[str, Iterator[dict[str, Any]]]], *, folder: bool
) -> Iterator[bytes]:
    """Yield the archive of some hours, each called as `2026-11-29_5`, with its events.

    Members are `PROJECT/PROJECT_HOUR#N.json.gz`, N from 0; with `folder` one for the folder comes first, as live ones
    sometimes have (loop facts 1 [obs]).
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        if folder:
            archive.writestr(zipfile.ZipInfo(f"{project_id}/", _WHEN), b"")
        for hour, events in hours:
            number = 0
            while page := list(islice(events, LINES_A_MEMBER)):
                lines = (orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE) for event in page)
                name = f"{project_id}/{project_id}_{hour}#{number}.json.gz"
                archive.writestr(zipfile.ZipInfo(name, _WHEN), b"".join(gzipped(lines)))
                yield pipe.taken()
                number += 1
    yield pipe.taken()
