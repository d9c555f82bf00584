"""What templates say things with: times, numbers, JSON, and text of other people made fit to be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from contracts.foreign import cut, in_json, lines, shown
from mock_core.clock import iso
from mock_core.deep_json import write_json

LONGEST_SHOWN = 200_000  # characters of one body or document on a page; a link gives the rest


def time_of_day(milliseconds: float) -> str:
    """Write the time of day, `09:00:02.143`."""
    return iso(round(milliseconds))[11:23]


def day(milliseconds: float) -> str:
    """Write the day, `2026-11-23`."""
    return iso(round(milliseconds))[:10]


def moment(milliseconds: float) -> str:
    """Write day and time to the second, for people: `2026-11-23 09:00:02`."""
    return iso(round(milliseconds))[:19].replace("T", " ")


def number(value: float) -> str:
    """Write a whole number with its thousands apart."""
    return f"{value:,.0f}"


def counted(value: int, one: str, many: str = "") -> str:
    """Write how many of something: `1 call`, `2,000 calls`."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def document(value: Any) -> str:
    """Write JSON in lines, with whatever would do something to a reader escaped."""
    text = in_json(write_json(value, orjson.OPT_INDENT_2).decode())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}\n... cut here, of {len(text):,} characters"


def value(found: Any) -> str:
    """Write a trait's value on one line, as JSON."""
    return cut(in_json(write_json(found).decode()), 60)


def text(found: object) -> str:
    """Write what others wrote so that it does nothing; nothing for None."""
    return "" if found is None else shown(str(found))


def short(found: object, columns: int = 60) -> str:
    """Write what others wrote within so many columns."""
    return "" if found is None else cut(str(found), columns)


def body(said: str) -> str:
    """Write a body in lines: JSON with its levels, anything else as it came."""
    try:
        return document(orjson.loads(said))
    except orjson.JSONDecodeError:
        return lines(said[:LONGEST_SHOWN])


def without(asked: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return what is asked for but for some of it."""
    return {name: said for name, said in asked.items() if name not in names}


FILTERS: Mapping[str, Callable[..., Any]] = {
    "body": body,
    "counted": counted,
    "day": day,
    "document": document,
    "iso": lambda milliseconds: iso(round(milliseconds)),
    "moment": moment,
    "number": number,
    "short": short,
    "text": text,
    "time": time_of_day,
    "value": value,
    "without": without,
}
