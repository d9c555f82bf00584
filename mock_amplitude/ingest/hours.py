"""Uploads by the hour they came in, as exports ask for them; a clock that was moved back mixes nothing up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mock_core.journal import Entry, Journal

HOUR: Final = 3_600_000
_PAGE: Final = 200
_OF_PROJECT: Final = """kind = 'request' AND at >= ? AND at < ? AND instr(data, '"ingested":') > 0
    AND json_extract(CAST(data AS TEXT), '$.project_id') = ?"""


def hours_between(journal: Journal, project_id: int, start: int, end: int, since: int) -> list[tuple[int, int]]:
    """Return the hours from one moment to another in which events of a project came, and the bytes that they had.

    Moments are in milliseconds, an hour is the number of hours since 1970; `since` is an entry, after which it counts.
    """
    sql = f"""SELECT at / {HOUR}, sum(length(body)) FROM journal
        WHERE seq > ? AND {_OF_PROJECT} GROUP BY 1 ORDER BY 1"""  # noqa: S608 - our own words
    return [(hour, size or 0) for hour, size in journal.rows(sql, (since, start, end, project_id))]


def entries_in(journal: Journal, project_id: int, hour: int, since: int, until: int) -> Iterator[Entry]:
    """Yield the uploads of a project in one hour, after an entry and up to another, in the order they came."""
    sql = f"SELECT seq FROM journal WHERE seq > ? AND seq <= ? AND {_OF_PROJECT} ORDER BY seq LIMIT ?"  # noqa: S608
    while page := journal.rows(sql, (since, until, hour * HOUR, (hour + 1) * HOUR, project_id, _PAGE)):
        for (seq,) in page:
            entry = journal.entry(seq)
            if entry is not None:
                yield entry
        since = page[-1][0]
