"""Export of events: those that came in some hours, UTC (amplitude facts 5.4 [doc]; loop facts 1 [doc][obs])."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Final
from urllib.parse import parse_qs

from mock_amplitude.errors import Refused
from mock_amplitude.ingest import HOUR, NOT_ACTIVE, Happening, exported
from mock_amplitude.projects import Project
from mock_amplitude.routes.archive import archived
from mock_amplitude.state import AmplitudeState
from mock_core.clock import iso
from mock_core.exchange import Exchange, Reply

MOST_DAYS: Final = 365
_HOUR_TEXT: Final = re.compile(r"[0-9]{8}T[0-9]{2}")


def export_events(state: AmplitudeState, exchange: Exchange, project: Project) -> Reply:
    """Answer an archive of the events of some hours, both ends included; 404 where there is none.

    Hours that ended less than the lag ago are not there yet (amplitude facts 5.4 [doc]).
    """
    query = parse_qs(exchange.call.query)
    start, end = (_hour(query.get(name, [""])[-1], name) for name in ("start", "end"))
    if end < start:
        raise Refused(400, "end is before start")
    if end - start >= MOST_DAYS * 24 * HOUR:
        raise Refused(400, f"The range is larger than {MOST_DAYS} days")
    settings, lag = state.settings, round(state.settings.export_lag_hours * HOUR)
    ready = (state.now - lag) // HOUR * HOUR
    hours = state.upload_hours(project.id, start, min(end + HOUR, ready))
    size = sum(bytes_ for _, bytes_ in hours)
    if settings.max_export_bytes and size > settings.max_export_bytes:
        raise Refused(400, "The export is larger than 4GB: ask for fewer hours", {"bytes": size})
    events = _events(state, project, [hour for hour, _ in hours], with_identifies=settings.export_identifies)
    first = next(events, None)
    if first is None:
        late = state.upload_hours(project.id, max(start, ready), end + HOUR)
        told = (
            f"those of {iso(late[0][0] * HOUR)} can be exported from {iso((late[0][0] + 1) * HOUR + lag)} on"
            if late
            else ""
        )
        raise Refused(404, "Raw data files were not found.", told=told)
    by_hour = groupby(chain((first,), events), key=itemgetter(0))
    named = ((_name(hour), (exported(event) for _, event in group)) for hour, group in by_hour)
    told = f'attachment; filename="export_{query["start"][-1]}_{query["end"][-1]}.zip"'
    headers = (("Content-Type", "application/zip"), ("Content-Disposition", told))
    return Reply(200, b"", headers, chunks=archived(project.id, named, folder=settings.export_folder_entry))


def _events(
    state: AmplitudeState, project: Project, hours: Sequence[int], *, with_identifies: bool
) -> Iterator[tuple[int, Happening]]:
    for hour in hours:
        for event in state.happenings_in(project.id, hour):
            if with_identifies or event.event.get("event_type") not in NOT_ACTIVE:
                yield hour, event


def _name(hour: int) -> str:
    """Return what members of an hour are called by: its number without a leading zero (loop facts 1 [doc][obs])."""
    moment = datetime.fromtimestamp(hour * HOUR / 1000, UTC)
    return f"{moment:%Y-%m-%d}_{moment.hour}"


def _hour(text: str, name: str) -> int:
    try:
        if _HOUR_TEXT.fullmatch(text):
            return round(datetime.strptime(f"{text}+0000", "%Y%m%dT%H%z").timestamp() * 1000)
    except ValueError:
        pass
    raise Refused(400, f"{name} is {text[:40]!r}, expected an hour as 20261130T05")
