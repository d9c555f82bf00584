"""The five types of a column, which of them a value fixes, and the one table of casts.

Casts are done here and never by an engine: PostgreSQL and DuckDB disagree about nearly all of them (warehouse facts 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from downstream.warehouse.settings import WarehouseSettings

_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)")
_LONGEST_MOMENT: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CALENDAR: Final = range(-62_135_596_800_000_000, 253_402_300_800_000_000)  # the years 1 to 9999
_INTEGERS: Final = range(-(2**63), 2**63)
_NUMBER: Final = re.compile(r"[+-]?\d{1,19}(\.\d+)?([eE][+-]?\d{1,3})?")


class Kind(StrEnum):
    """The type of a column (segment facts 5.1 [doc])."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    TIMESTAMP = "timestamp"
    VARCHAR = "varchar"


class Nothing:
    """What a value becomes that no cast makes one of the column's type."""


NOTHING: Final = Nothing()


def kind_of(value: Any) -> Kind:
    """Return the type that a first value fixes; a text that is an ISO 8601 moment makes a timestamp."""
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int):
        return Kind.INTEGER if value in _INTEGERS else Kind.FLOAT
    if isinstance(value, float):
        return Kind.FLOAT
    return Kind.TIMESTAMP if microseconds(value) is not None else Kind.VARCHAR


def microseconds(value: str) -> int | None:
    """Read an ISO 8601 moment into microseconds since 1970, one without a zone as UTC; None when it is none."""
    if len(value) > _LONGEST_MOMENT or not _MOMENT.match(value):
        return None
    return _moment(value)


@lru_cache(maxsize=4096)
def _moment(value: str) -> int | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    found = (moment - _EPOCH) // timedelta(microseconds=1)
    return found if found in _CALENDAR else None


@dataclass(frozen=True, slots=True)
class Change:
    """A value that did not go in as it came: at which place of the column, and what became of it."""

    place: int
    before: Any
    after: Any

    @property
    def words(self) -> str:
        return "dropped" if self.after is NOTHING else "cast"


def cast_column(values: Sequence[Any], kind: Kind, settings: WarehouseSettings) -> tuple[list[Any], list[Change]]:
    """Return a column's values as its type has them, `NOTHING` where there is no cast, and what was changed.

    Values are booleans, numbers, texts and None; timestamps come out as microseconds since 1970.
    """
    quick = _as_they_are(values, kind, settings)
    if quick is not None:
        return quick, []
    cast = _CASTS[kind]
    result: list[Any] = []
    changes: list[Change] = []
    for place, value in enumerate(values):
        after = None if value is None else cast(value, settings)
        if after is NOTHING or (after is not None and _is_told(value, after, kind)):
            changes.append(Change(place, value, after))
        result.append(after)
    return result, changes


def _as_they_are(values: Sequence[Any], kind: Kind, settings: WarehouseSettings) -> list[Any] | None:
    """Return a column of which nothing has to be cast, as nearly all are; None for any other."""
    found = set(map(type, values))
    said = values
    if type(None) in found:
        found.remove(type(None))
        said = [value for value in values if value is not None]
    if not said:
        return list(values)
    if found != {_NATIVE[kind]}:
        return None
    if kind is Kind.INTEGER:
        return list(values) if min(said) in _INTEGERS and max(said) in _INTEGERS else None
    if kind is Kind.VARCHAR:
        fits = not settings.text_width or max(map(len, said)) <= settings.text_width
        return list(values) if fits and are_storable(said) else None
    if kind is Kind.TIMESTAMP:
        moments = {text: microseconds(text) for text in set(said)}
        return None if None in moments.values() else list(map(moments.get, values))
    return list(values)


def _is_told(before: Any, after: Any, kind: Kind) -> bool:
    """Say whether a cast is worth telling: not a text read as a moment, nor a whole number in a column of floats."""
    if kind is Kind.TIMESTAMP:
        return False
    return bool(before != after) or (isinstance(before, bool) is not isinstance(after, bool))


def _to_boolean(value: Any, _settings: WarehouseSettings) -> Any:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower(), NOTHING) if isinstance(value, str) else NOTHING


def _to_integer(value: Any, settings: WarehouseSettings) -> Any:
    if isinstance(value, bool):
        return NOTHING
    if isinstance(value, str):
        value = _number(value)
    if isinstance(value, float):
        if value % 1 and settings.fractions == "drop":
            return NOTHING
        value = int(value)
    return value if isinstance(value, int) and value in _INTEGERS else NOTHING


def _to_float(value: Any, _settings: WarehouseSettings) -> Any:
    if isinstance(value, bool):
        return NOTHING
    if isinstance(value, str):
        value = _number(value)
    return NOTHING if value is NOTHING else float(value)


def _number(text: str) -> Any:
    """Read a number out of a text, the whole of it, as JSON writes one; `NOTHING` when it is none."""
    found = _NUMBER.fullmatch(text)
    if found is None or not text.isascii():
        return NOTHING
    if found[1] is None and found[2] is None:
        return int(text)
    value = float(text)
    return value if value - value == 0 else NOTHING


def _to_timestamp(value: Any, _settings: WarehouseSettings) -> Any:
    moment = microseconds(value) if isinstance(value, str) else None
    return NOTHING if moment is None else moment


def _to_text(value: Any, settings: WarehouseSettings) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = storable(value) if isinstance(value, str) else repr(value)
    return text[: settings.text_width] if settings.text_width else text


def are_storable(values: Sequence[Any]) -> bool:
    """Say whether all of these are texts that every database takes as they are."""
    try:
        joined = "".join(values)
        joined.encode()
    except (TypeError, UnicodeEncodeError):
        return False
    return "\0" not in joined


def storable(text: str) -> str:
    """Return text as every database takes it: without NUL, and with `?` for half a surrogate pair."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


_CASTS: Final[Mapping[Kind, Callable[[Any, WarehouseSettings], Any]]] = {
    Kind.BOOLEAN: _to_boolean,
    Kind.INTEGER: _to_integer,
    Kind.FLOAT: _to_float,
    Kind.TIMESTAMP: _to_timestamp,
    Kind.VARCHAR: _to_text,
}
_NATIVE: Final[Mapping[Kind, type]] = {
    Kind.BOOLEAN: bool,
    Kind.INTEGER: int,
    Kind.FLOAT: float,
    Kind.TIMESTAMP: str,
    Kind.VARCHAR: str,
}
