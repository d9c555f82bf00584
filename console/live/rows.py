"""Rows: what a page says of one call, and of the events it brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.live.bodies import plain_body
from console.live.filters import Filters
from mock_core.journal import Entry
from mock_segment.delivery import DELIVERED, Event, id_text

if TYPE_CHECKING:
    from console.desk import Desk

SHOWN_EVENTS = 3  # of one call, in the list of calls
_SHOWN_TRAITS = 2


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event on one line: what it is, whose, what it says, what became of it.

    `position` is its lasting number, `index` its place in its call, None where no event could be read. `says` are names
    and values: traits, or properties of a track call.
    """

    position: int
    index: int | None
    type: str
    user: str
    verdict: str
    code: str
    reason: str
    says: Sequence[tuple[str, Any]] = ()
    more: int = 0
    event: str = ""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One vendor call; `status` 0 is a connection that was dropped. `before` is the place that older calls lie before.

    `counts` says how many events became what, `events` shows some of them: what went wrong first.
    """

    fake: str
    seq: int
    at: int
    method: str
    path: str
    status: int
    caller: str
    before: str = ""
    faults: Sequence[str] = ()
    refused: str = ""
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    events: Sequence[EventLine] = ()

    @property
    def brought(self) -> int:
        """How many events it brought."""
        return sum(self.counts.values())

    @property
    def hidden(self) -> int:
        """How many of its events are not among those shown."""
        return self.brought - len(self.events)


def caller(headers: Mapping[str, str]) -> str:
    """Return by what name a caller goes: its User-Agent, without what browsers and libraries add to it."""
    agent = headers.get("user-agent", "")
    for browser in ("Edg/", "Chrome/", "Firefox/", "Safari/"):
        if agent.startswith("Mozilla/") and browser in agent:
            return agent[agent.index(browser) :].split(" ")[0].partition(".")[0]
    return agent.split(" ")[0]


def call_row(desk: Desk, fake: str, entry: Entry, filters: Filters, *, most: int = SHOWN_EVENTS) -> CallRow | None:
    """Return what to say of a call, None for one that is not asked for."""
    wrong: list[Event | dict[str, Any]] = []
    fine: list[Event | dict[str, Any]] = []
    counts: Counter[tuple[str, str]] = Counter()
    if filters.text and not filters.has_text(entry, plain_body(entry)):
        return None
    asks = filters.are_about_events or bool(filters.user)
    if fake == "segment":
        for found in desk.segment.outcomes_in(entry):  # a batch may hold thousands, of which few are shown
            what = (found.verdict.verdict, found.verdict.code) if isinstance(found, Event) else _became(found)
            counts[what] += 1
            kept = fine if what[0] == DELIVERED else wrong
            if len(kept) >= most:
                continue
            if not asks or filters.is_meant(found.raw if isinstance(found, Event) else found, *what):
                kept.append(found)
        if asks and not wrong and not fine:
            return None
    elif filters.are_about_events or (filters.user and filters.user.encode() not in plain_body(entry)):
        return None
    data, workspace = entry.data, (desk.segment if fake == "segment" else desk.amplitude).workspace
    kinds = {armed.id: armed.kind for armed in workspace.faults}
    return CallRow(
        fake,
        entry.seq,
        entry.at,
        data["method"],
        data["path"],
        0 if data.get("reset") else data["status"],
        caller(data["headers"]),
        faults=[kinds.get(each, each) for each in data.get("faults", ())],
        refused=str(data["refused"]["message"]) if "refused" in data else "",
        counts=counts,
        events=[event_line(each) for each in (*wrong, *fine)[:most]],
    )


def _became(outcome: dict[str, Any]) -> tuple[str, str]:
    return outcome["verdict"], outcome["code"]


def event_line(found: Event | dict[str, Any]) -> EventLine:
    """Return what to say of an event, or of an upload in which none can be read."""
    if not isinstance(found, Event):
        kind = str(found["type"] or "")
        return EventLine(found["position"], None, kind, "", found["verdict"], found["code"], found["reason"])
    raw, verdict = found.raw, found.verdict
    told = raw.get("traits") or raw.get("properties")
    said = list(told.items()) if isinstance(told, Mapping) else []
    return EventLine(
        found.position,
        found.index,
        raw["type"] if isinstance(raw.get("type"), str) else "",
        found.user_id or id_text(raw.get("anonymousId")) or "",
        verdict.verdict,
        verdict.code,
        verdict.reason,
        said[:_SHOWN_TRAITS],
        max(0, len(said) - _SHOWN_TRAITS),
        raw["event"] if isinstance(raw.get("event"), str) else "",
    )
