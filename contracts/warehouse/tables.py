"""What a stream of events makes of a warehouse: its tables, columns and types, and where they collide.

A fold: it sees events in order and says, once for each name, what is wrong with the column it gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from contracts.catalogue import rule
from contracts.explain import describe, pointer, quote
from contracts.limits import COLUMN_BYTES
from contracts.rule import Observation, Violation
from contracts.warehouse.columns import column_name, truncated
from contracts.warehouse.engines import OWN_COLUMNS, OWN_TABLES, Engine

_WITH_TRAITS: Final = frozenset(("identify", "group"))
_OTHER_CALLS: Final = frozenset(("identify", "group", "page", "screen"))
_FLATTENED: Final = 16
"""Levels of objects that are flattened; deeper ones are no traits but attacks (ours)."""
_RESERVED: Final = (
    "all and any array as asc between both case cast check collate column constraint create cross "
    "current_date current_time current_timestamp current_user default deferrable desc distinct do else "
    "end except false for foreign from full grant group having ilike in initially inner intersect into is "
    "join leading left like limit natural not null offset on only open or order outer primary references "
    "right select session_user similar some table then to trailing true union unique user using when "
    "where with"
)
_KEYWORDS: Final = frozenset(_RESERVED.split())
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)")
_NAMES_KEPT: Final = 100_000
"""Names remembered; a capture with more than these makes up names as it goes, and memory stays bounded."""


class _Moment:
    """The type of a timestamp column: text that holds a moment."""


_SQL: Final = {bool: "boolean", int: "integer", float: "float", _Moment: "timestamp"}


class Warehouse:
    """Fold events into the tables they would fill, on one engine or on whichever keeps least of a name."""

    def __init__(self, engine: Engine | None = None) -> None:
        self._engine = engine
        self._types: dict[str, dict[str, type]] = {}
        self._columns: dict[str, dict[str, str]] = {}
        self._cut: dict[str, dict[str, str]] = {}
        self._events: dict[str, str] = {}
        self._settled: set[tuple[str, str, type]] = set()
        self._names = 0

    def is_known(self, event: dict[str, Any]) -> bool:
        """Say whether the event surely brings no name and no type that was not seen; made for millions."""
        kind = event.get("type")
        table = event.get("event") if kind == "track" else kind
        known = self._types.get(table) if isinstance(table, str) else None
        if known is None:
            return False
        values = event.get("traits" if kind in _WITH_TRAITS else "properties")
        if not isinstance(values, dict):
            return True
        for name, value in values.items():
            column = known.get(name)
            if column is type(value) or (column is _Moment and isinstance(value, str) and _MOMENT.match(value)):
                continue
            if (table, name, type(value)) not in self._settled:
                return False
        return True

    def see(self, event: dict[str, Any], call: str | None = None) -> Iterator[Violation]:
        """Yield what is wrong with the names and types that this event is the first to bring.

        `call` says what an event without a `type` is.
        """
        kind = event.get("type") or call
        table = event.get("event") if kind == "track" else kind
        if not isinstance(table, str) or (kind != "track" and kind not in _OTHER_CALLS):
            return
        if table not in self._types and self._names < _NAMES_KEPT:
            self._types[table] = {}
            self._names += 1
            if kind == "track":
                yield from self._new_event(table)
        field = "traits" if kind in _WITH_TRAITS else "properties"
        values = event.get(field)
        if isinstance(values, dict) and table in self._types:
            yield from self._values(table, [field], values, "")

    def _new_event(self, event: str) -> Iterator[Violation]:
        table = column_name(event)
        first = self._events.setdefault(table, event)
        if first != event:
            yield _broken("W609", ["event"], f"{quote(event)} after {quote(first)}, both {table}")
        if table in OWN_TABLES:
            yield _broken("W610", ["event"], f"{quote(event)}, which is {table}")

    def _values(self, table: str, path: list[str | int], values: dict[str, Any], prefix: str) -> Iterator[Violation]:
        known = self._types[table]
        for name, value in values.items():
            where, column = [*path, name], prefix + name
            if isinstance(value, dict) and len(path) < _FLATTENED:
                yield from self._values(table, where, value, f"{column}.")
            elif value is None:
                if self._names < _NAMES_KEPT:  # no column yet, or a null in it
                    self._names += (table, column, type(None)) not in self._settled
                    self._settled.add((table, column, type(None)))
            elif column not in known and self._names < _NAMES_KEPT:
                self._names += 1
                known[column] = _Moment if isinstance(value, str) and _MOMENT.match(value) else type(value)
                yield from self._new_name(table, where, column)
                if isinstance(value, list):
                    yield _broken("W613", where, describe(value))
            elif column in known and known[column] is not type(value):
                yield from self._clash(table, column, where, value)

    def _clash(self, table: str, column: str, where: list[str | int], value: object) -> Iterator[Violation]:
        before, kind = self._types[table][column], type(value)
        code: str | None = "W602"
        if before is _Moment and kind is str:
            code = None if _MOMENT.match(str(value)) else "W602"
        elif before is int and isinstance(value, float):
            code = "W612" if value % 1 else None
        elif (before is str and kind is not bool) or (before in (float, list) and kind in (int, float)):
            code = None  # text takes any of them, a float column takes whole numbers
        settled = (table, column, _Moment if before is _Moment and kind is str else kind)
        if settled in self._settled:
            return
        if code is not None or before is not _Moment:
            self._settled.add(settled)
        if code is not None:
            yield _broken(code, where, f"{describe(value)} in a column of type {_SQL.get(before, 'varchar')}")

    def _new_name(self, table: str, where: list[str | int], name: str) -> Iterator[Violation]:
        column = column_name(name)
        if not column.strip("_"):
            yield _broken("W606", where, f"the name {quote(name)}")
            return
        if not name.isascii():
            yield _broken("W607", where, f"the column {column}")
        if column[0] == "_" and column[1:2].isdecimal():
            yield _broken("W608", where, f"the column {column}")
        if column in OWN_COLUMNS:
            yield _broken("W605", where, f"the column {column}")
        if column in (_KEYWORDS if self._engine is None else self._engine.reserved):
            yield _broken("W614", where, f"the column {column}")
        first = self._columns.setdefault(table, {}).setdefault(column, name)
        if first != name:
            yield _broken("W601", where, f"{quote(name)} after {quote(first)}, both {column}")
        yield from self._cut_name(table, where, name, column, is_first=first == name)

    def _cut_name(
        self, table: str, where: list[str | int], name: str, column: str, *, is_first: bool
    ) -> Iterator[Violation]:
        engine = self._engine
        if len(column) <= COLUMN_BYTES if engine is None else engine.fits(column):
            return
        kept = truncated(column) if engine is None else engine.cut(column)
        size = f"{len(column)} bytes"
        yield _on(engine, "W603", where, f"{size}: {column}")
        earlier = self._cut.setdefault(table, {}).setdefault(kept, name)
        if earlier != name and is_first:
            yield _on(engine, "W604", where, f"{quote(name)} after {quote(earlier)}, both {kept}")


def _on(engine: Engine | None, code: str, where: list[str | int], found: str) -> Violation:
    """Return what is wrong with a name that is cut, in the numbers of the engine that is meant."""
    seen = _broken(code, where, found)
    if engine is None:
        return seen
    if code == "W603":
        message = f"{engine.title} keeps {engine.limit} of a column's name, and cuts this one."
        return replace(seen, message=message, expected=f"at most {engine.limit} in snake case")
    message = f"{engine.title} keeps {engine.limit} of a name, and these names are one after the cut."
    return replace(seen, message=message, expected=f"names that differ in what {engine.title} keeps of them")


def _broken(code: str, where: list[str | int], found: str) -> Violation:
    return Violation.of(rule(code), Observation(pointer(where), found))
