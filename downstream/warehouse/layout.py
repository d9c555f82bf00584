"""Which rows events make in which tables, before anything is known of columns (segment facts 5.1 [doc]).

Left out, as Segment does: channel, version, type, projectId, integrations and `_metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import Any, Final

from contracts.warehouse import OWN_COLUMNS, OWN_TABLES, column_name
from downstream.warehouse.kinds import Kind, storable

RESERVED: Final = OWN_COLUMNS | {"id"}
"""Columns that Segment fills itself; a trait or property of such a name has no column of its own."""

FIXED: Final[Mapping[str, Kind]] = {
    "id": Kind.VARCHAR,
    "anonymous_id": Kind.VARCHAR,
    "user_id": Kind.VARCHAR,
    "group_id": Kind.VARCHAR,
    "previous_id": Kind.VARCHAR,
    "name": Kind.VARCHAR,
    "category": Kind.VARCHAR,
    "event": Kind.VARCHAR,
    "event_text": Kind.VARCHAR,
    "received_at": Kind.TIMESTAMP,
    "sent_at": Kind.TIMESTAMP,
    "timestamp": Kind.TIMESTAMP,
    "original_timestamp": Kind.TIMESTAMP,
}
"""The types of the columns that come from fields of the event, whatever is in them."""

_COMMON: Final = ("id", "anonymous_id", "user_id", "received_at", "sent_at", "timestamp", "original_timestamp")
COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "identifies": _COMMON,
    "tracks": (*_COMMON, "event", "event_text"),
    "pages": (*_COMMON, "name", "category"),
    "screens": (*_COMMON, "name", "category"),
    "groups": (*_COMMON, "group_id"),
    "aliases": (*_COMMON, "previous_id"),
    "users": ("id", "received_at"),
    "accounts": ("id", "received_at"),
}
"""The columns of each table that come from fields; tables of events have those of `tracks`."""

LATEST_STATE: Final[Mapping[str, tuple[str, str]]] = {
    "identifies": ("users", "user_id"),
    "groups": ("accounts", "group_id"),
}
"""Tables of rows, the table that keeps the latest state of them, and by which column."""

CONTEXT: Final = "context."
_TABLES: Final = {"identify": "identifies", "page": "pages", "screen": "screens", "group": "groups", "alias": "aliases"}
_FIELDS: Final = {"identifies": "traits", "groups": "traits", "tracks": "", "aliases": ""}
"""Where the columns of a table come from beside the context, where that is not `properties`."""


@dataclass(slots=True)
class Delivered:
    """Delivered events as a warehouse takes them, by column and in the order of delivery; times in microseconds.

    `contexts` are runs: a context, with its batch's, and how many events one after the other have it.
    """

    events: list[Mapping[str, Any]]
    contexts: list[tuple[Any, int]]
    message_ids: list[str]
    user_ids: list[str | None]
    anonymous_ids: list[str | None]
    received: list[int]
    sent: list[int | None]
    original: list[int]
    timestamp: list[int]

    @classmethod
    def none(cls) -> Delivered:
        """Return no events yet."""
        return cls([], [], [], [], [], [], [], [], [])

    def __len__(self) -> int:
        return len(self.events)

    def add(
        self,
        event: Mapping[str, Any],
        message_id: str,
        user_id: str | None,
        anonymous_id: str | None,
        times: tuple[int, int | None, int, int],
    ) -> None:
        """Have one event more, whose context is its own; `times` are received, sent, original and timestamp."""
        context, runs = event.get("context"), self.contexts
        if runs and runs[-1][0] is context:
            runs[-1] = context, runs[-1][1] + 1
        else:
            runs.append((context, 1))
        self.events.append(event)
        self.message_ids.append(message_id)
        self.user_ids.append(user_id)
        self.anonymous_ids.append(anonymous_id)
        received, sent, original, timestamp = times
        self.received.append(received)
        self.sent.append(sent)
        self.original.append(original)
        self.timestamp.append(timestamp)

    def extend(self, more: Delivered) -> None:
        """Have more events after these."""
        for each in fields(self):
            getattr(self, each.name).extend(getattr(more, each.name))

    def at(self, places: Sequence[int]) -> Delivered:
        """Return the events at some places, which are ascending."""
        if len(places) == len(self):
            return self
        columns = {each.name: getattr(self, each.name) for each in fields(self)}
        every = list(chain.from_iterable(repeat(context, count) for context, count in columns.pop("contexts")))
        runs = [list(run) for _, run in groupby((every[place] for place in places), key=id)]
        chosen = {name: [column[place] for place in places] for name, column in columns.items()}
        return Delivered(contexts=[(run[0], len(run)) for run in runs], **chosen)


@dataclass(slots=True)
class Rows:
    """Rows of one table: the values of its own columns, and the objects whose members become columns.

    `contexts` are runs as `Delivered` has them; `parts` are the traits or properties of each row, None for no object.
    """

    table: str
    own: dict[str, list[Any]]
    contexts: Sequence[tuple[Any, int]]
    parts: Sequence[Any]


def rows_of(delivered: Delivered, *, sends_as_sent: bool = False) -> Iterator[Rows]:
    """Yield the rows of events by table; none for events of no type that has a table.

    A track has a row in `tracks` without its properties, and one in the table of its name, unless that is Segment's.
    """
    for table, places in _places(delivered.events).items():
        chosen = delivered.at(places)
        events = chosen.events
        own: dict[str, list[Any]] = {
            "id": chosen.message_ids,
            "anonymous_id": chosen.anonymous_ids,
            "user_id": chosen.user_ids,
            "received_at": chosen.received,
            "sent_at": chosen.sent if sends_as_sent else _corrected(chosen),
            "timestamp": chosen.timestamp,
            "original_timestamp": chosen.original,
        }
        field = _FIELDS.get(table, "properties")
        if table in {"pages", "screens"}:
            own |= {name: [_text(event.get(name)) for event in events] for name in ("name", "category")}
        elif table == "groups":
            own["group_id"] = [_text(event.get("groupId")) for event in events]
        elif table == "aliases":
            own["previous_id"] = [_text(event.get("previousId")) for event in events]
        elif table != "identifies":
            texts = [_event(event) for event in events]
            own |= {"event": list(map(column_name, texts)), "event_text": list(map(storable, texts))}
        yield Rows(table, own, chosen.contexts, said(events, field) if field else ())


def _places(events: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[int]]:
    """Return which events have a row in a table, in the order in which tables have their first."""
    kinds = said(events, "type")
    first = kinds[0] if kinds else None
    if isinstance(first, str) and first in _TABLES and kinds.count(first) == len(kinds):
        return {_TABLES[first]: range(len(kinds))}
    places: dict[str, list[int]] = {}
    for place, kind in enumerate(kinds):
        if kind == "track":
            places.setdefault("tracks", []).append(place)
            table = column_name(_event(events[place]))
            if table and table not in OWN_TABLES:
                places.setdefault(table, []).append(place)
        elif isinstance(kind, str) and kind in _TABLES:
            places.setdefault(_TABLES[kind], []).append(place)
    return places


def said(events: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """Return what each event says under a name, None where it says nothing."""
    try:
        return list(map(itemgetter(name), events))
    except KeyError:
        return [event.get(name) for event in events]


def _event(event: Mapping[str, Any]) -> str:
    name = event.get("event")
    return name if isinstance(name, str) else ""


def _corrected(chosen: Delivered) -> list[Any]:
    if None not in chosen.sent:
        return chosen.received
    return [None if sent is None else at for sent, at in zip(chosen.sent, chosen.received, strict=True)]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    return storable(value) if isinstance(value, str) else str(value)
