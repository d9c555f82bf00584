"""A request without what differs from one run to the next: moments, random ids, signatures."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from downstream.destination import Request

MOMENT: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""Every request is shown as sent at this moment, which is that of the measured event."""

NO_ID: Final = "00000000-0000-4000-8000-000000000000"
_NEAR: Final = 2 * 86_400  # seconds from now
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d)(T| )(\d\d)([:-])(\d\d)[:-](\d\d)([.-]\d+)?(Z|\+00:00)?")
_SECONDS: Final = re.compile(r"(?<![\w.])\d{10}(?:\d{3})?(?![\w])")
_UUID: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
_OF_AWS: Final = ("x-amz-", "amz-sdk-", "authorization", "user-agent")
_WORD: Final = re.compile(r"([0-9A-Za-z]+)")
_OF_TRANSPORT: Final = frozenset(("content-length", "host"))


def steady(request: Request, now: Callable[[], float] = time.time) -> dict[str, Any]:
    """Return a request as JSON-ready values that the next run gives again."""
    moment = now()
    body = request.body.decode("utf-8", "replace")
    return {
        "method": request.method,
        "url": _fixed(request.url, moment),
        "headers": _headers(request.headers, moment),
        "body": _fixed(body, moment),
    }


def alike(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a steady request without the words that two runs have differently: they are of chance."""
    return {**one, **{name: _common(one[name], other[name]) for name in ("url", "body")}}


def _common(one: str, other: str) -> str:
    here, there = _WORD.split(one), _WORD.split(other)
    if len(here) != len(there):
        return one
    return "".join(word if word == its else "0" * len(word) for word, its in zip(here, there, strict=True))


def _headers(headers: Mapping[str, str], moment: float) -> dict[str, str]:
    kept = {name: value for name, value in headers.items() if name not in _OF_TRANSPORT}
    if any(name.startswith("x-amz-") for name in headers):  # signed: what is signed is new each time
        kept = {name: value for name, value in kept.items() if not name.startswith(_OF_AWS)}
    return {name: _fixed(value, moment) for name, value in sorted(kept.items())}


def _fixed(text: str, moment: float) -> str:
    text = _ISO.sub(lambda found: _of_iso(found, moment), text)
    text = _SECONDS.sub(lambda found: _of_seconds(found[0], moment), text)
    return _UUID.sub(lambda found: found[0] if found[0].startswith("00000000") else NO_ID, text)


def _of_iso(found: re.Match[str], moment: float) -> str:
    day, between, hour, colon, minute, second, fraction, zone = found.groups()
    at = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}+00:00").timestamp()
    if abs(at - moment) > _NEAR:
        return found[0]
    shown = MOMENT.strftime(f"%Y-%m-%d{between}%H{colon}%M{colon}%S")
    return shown + (fraction[0] + "0" * (len(fraction) - 1) if fraction else "") + (zone or "")


def _of_seconds(text: str, moment: float) -> str:
    at = int(text[:10])
    if abs(at - moment) > _NEAR:
        return text
    return str(int(MOMENT.timestamp())) + "0" * (len(text) - 10)
