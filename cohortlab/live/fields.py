"""What is told a lab on the command line: NAME=VALUE pairs, lengths of time, addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import click

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(ms|s|m|h|d|)")
_THE_VENDORS = ("amplitude.com", "segment.io", "segment.com", "segmentapis.com")


def field(value: str) -> tuple[str, Any]:
    """Read NAME=VALUE, the value as in JSON: a number, true, null, [500, 500, 200]; anything else is text."""
    name, equals, text = value.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{value!r} is no pair, expected NAME=VALUE.")
    try:
        return name, json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return name, text


def _no_number(word: str) -> None:
    raise ValueError(word)  # NaN and Infinity, which no JSON has


def nested(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return fields as an object, `match.times` as a field of the object `match`."""
    told: dict[str, Any] = {}
    for name, value in fields:
        outer, _, inner = name.partition(".")
        if not inner:
            told[outer] = value
            continue
        held = told.setdefault(outer, {})
        if not isinstance(held, dict):
            raise click.UsageError(f"{outer} is told twice, as a value and with the field {inner!r}")
        held[inner] = value
    return told


def duration(value: str) -> float:
    """Read a length of time as in scenario files: `500ms`, `30s`, `5m`, `1h`, `2d`; a plain number is seconds."""
    read = _DURATION.fullmatch(value)
    if read is None:
        raise click.BadParameter(f"{value!r} is no length of time, expected one like 500ms, 30s, 5m, 1h or 2d.")
    return float(read[1]) * _UNITS[read[2]]


def address(value: str) -> str:
    """Read the base URL of a lab; one of the vendors' own is refused before anything is sent there."""
    try:
        parts = urlsplit(value)
        host = (parts.hostname or "").rstrip(".") if parts.port != 0 else ""
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"}:
        raise click.BadParameter(f"{value!r} is no address of a lab, expected one like http://127.0.0.1:4801.")
    if any(f".{host}".endswith(f".{vendor}") for vendor in _THE_VENDORS):
        raise click.BadParameter(f"{value!r} is the real service and no lab. Start a lab with cohortlab up.")
    return value
