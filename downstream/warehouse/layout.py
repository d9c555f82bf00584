"""Which rows an event makes in which tables, before anything is known of columns (segment facts 5.1 [doc]).

Left out, as Segment does: channel, version, type, projectId, integrations and `_metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
_CALLS: Final = {
    "identify": ("identifies", "traits"),
    "page": ("pages", "properties"),
    "screen": ("screens", "properties"),
    "group": ("groups", "traits"),
    "alias": ("aliases", ""),
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivered event as a warehouse takes it: times in milliseconds since 1970, `context` with its batch's."""

    event: Mapping[str, Any]
    context: Any
    message_id: str
    user_id: str | None
    anonymous_id: str | None
    received: int
    sent: int | None
    original: int
    timestamp: int


@dataclass(slots=True)
class Row:
    """One row: its table, the values of its own columns, and the objects whose members become columns.

    A part is a prefix of names and an object: `("context.", {"ip": ...})`, `("", traits)`.
    """

    table: str
    own: dict[str, Any]
    parts: Sequence[tuple[str, Mapping[str, Any]]]


def rows_of(delivered: Delivered, *, sends_as_sent: bool = False) -> Iterator[Row]:
    """Yield the rows of one event; none for an event of no type that has a table.

    A track has a row in `tracks` without its properties, and one in the table of its name, unless that is Segment's.
    """
    event = delivered.event
    kind = event.get("type")
    own: dict[str, Any] = {
        "id": delivered.message_id,
        "anonymous_id": delivered.anonymous_id,
        "user_id": delivered.user_id,
        "received_at": delivered.received * 1000,
        "sent_at": _sent_at(delivered, sends_as_sent=sends_as_sent),
        "timestamp": delivered.timestamp * 1000,
        "original_timestamp": delivered.original * 1000,
    }
    context: list[tuple[str, Mapping[str, Any]]] = []
    if isinstance(delivered.context, dict):
        context.append((CONTEXT, delivered.context))
    if kind == "track":
        name = event.get("event")
        text = name if isinstance(name, str) else ""
        table_of_event = column_name(text)
        own |= {"event": table_of_event, "event_text": storable(text)}
        yield Row("tracks", own, context)
        if table_of_event and table_of_event not in OWN_TABLES:
            yield Row(table_of_event, own, [*context, *_part(event, "properties")])
        return
    found = _CALLS.get(kind) if isinstance(kind, str) else None
    if found is None:
        return
    table, field = found
    if table in {"pages", "screens"}:
        own |= {"name": _text(event.get("name")), "category": _text(event.get("category"))}
    elif table == "groups":
        own["group_id"] = _text(event.get("groupId"))
    elif table == "aliases":
        own["previous_id"] = _text(event.get("previousId"))
    yield Row(table, own, [*context, *_part(event, field)])


def _part(event: Mapping[str, Any], field: str) -> list[tuple[str, Mapping[str, Any]]]:
    part = event.get(field)
    return [("", part)] if isinstance(part, dict) else []


def _sent_at(delivered: Delivered, *, sends_as_sent: bool) -> int | None:
    if delivered.sent is None:
        return None
    return (delivered.sent if sends_as_sent else delivered.received) * 1000


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    return storable(value) if isinstance(value, str) else str(value)
