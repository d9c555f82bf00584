"""H35x: moments that land somewhere else in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.catalogue.delivery import CALLS
from contracts.catalogue.sources import SPEC_COMMON, observed, segment
from contracts.explain import quote
from contracts.fragments import TEXT, each, root, text_unlike
from contracts.moments import moment
from contracts.rule import Frame, Observation, Rule, Severity

_LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DAY = (
    "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    f"|{_LEAP_YEAR}-02-29)"
)
_FRACTION = "([.,][0-9]{1,9})?"
_CLOCK = f"([01][0-9]|2[0-3]):([0-5][0-9](:[0-5][0-9]{_FRACTION})?|59:60{_FRACTION})"
_ZONE = "([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])"
_MOMENT = f"^{_DAY}([Tt ]{_CLOCK}{_ZONE}?)?$"
_NO_ZONE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?$"
_FIELDS = ("timestamp", "sentAt", "originalTimestamp")
_LONG_AGO = "^(0[0-9]{3}|1[0-8][0-9]{2}|19[0-6][0-9]|1970)-"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SINCE_2001 = 1_000_000
"""Seconds from which on a moment of 1970 is a number of seconds since 2001 that was taken for milliseconds."""

_MONTHS = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[a-z]*"
_WEEKDAY = "((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?"
_YEAR = "(19|20)[0-9]{2}"
_LIKE_A_DATE = "|".join(
    (
        *(f"^[0-3]?[0-9]{separator}[0-3]?[0-9]{separator}{_YEAR}([ ,T].*)?$" for separator in ("/", "[.]", "-")),
        f"^{_YEAR}[/.][01]?[0-9][/.][0-3]?[0-9]([ T].*)?$",
        f"^{_WEEKDAY}[0-3]?[0-9](st|nd|rd|th)?[ -]{_MONTHS}[ ,.-]+{_YEAR}( .*)?$",
        f"^{_WEEKDAY}{_MONTHS}[.]? [0-3]?[0-9](st|nd|rd|th)?,? ([0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}})? )?{_YEAR}( .*)?$",
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{5,8}[.][0-9]{7,}",
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{5,8}([.][0-9]+)? ([A-Z]{1,5}|[+-][0-9]{2}:?[0-9]{2})",
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})\\[",
        "^[0-9]{4}-(00|1[3-9]|[2-9][0-9])-[0-9]{2}",
        "^[0-9]{4}-[0-9]{2}-(00|3[2-9]|[4-9][0-9])",
        "^/Date\\(-?[0-9]+",
    )
)
"""Dates as people and libraries write them: 11/20/2025, RFC 2822, what JavaScript, Ruby, Java and .NET print; ISO 8601
with seven digits of a second, which .NET writes; and days that no month has."""


def _track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "user-001", "event": "Opened", **fields}


def _future(payload: Any, _: Frame) -> tuple[Observation, ...]:
    happened, sent = payload.get("timestamp"), payload.get("sentAt")
    if not isinstance(happened, str) or not isinstance(sent, str) or happened[:10] <= sent[:10]:
        return ()  # the days alone settle nearly every event
    then, now = moment(happened), moment(sent)
    if then is None or now is None or then - now < timedelta(days=1):
        return ()
    return (Observation("/timestamp", f"{quote(happened)}, sent at {quote(sent)}"),)


def _long_ago(payload: Any, _: Frame) -> Iterator[Observation]:
    for name in _FIELDS:
        text = payload.get(name)
        if isinstance(text, str) and re.match(_LONG_AGO, text):
            yield Observation(f"/{name}", quote(text) + _guess(text))


def _guess(text: str) -> str:
    """Say what a moment before 1971 most likely was."""
    then = moment(text)
    if then is None:
        return ""
    if then == _EPOCH:
        return ", the epoch itself: a zero, or a date that could not be read"
    seconds = (then - _EPOCH).total_seconds()
    if seconds < _SINCE_2001:
        return ""
    meant = _EPOCH + timedelta(seconds=seconds * 1000)
    return f", as if {seconds * 1000:.0f} seconds, which is {meant:%Y-%m-%d}, were milliseconds"


RULES = (
    Rule(
        code="H350",
        name="time-is-iso-8601",
        severity=Severity.WARNING,
        message="`timestamp` and `sentAt` must be ISO 8601 strings.",
        explanation="A number of seconds, a date in another notation, a day that no calendar has or an hour or offset "
        "that no clock has is not documented to be understood; the event gets the moment of its arrival, or none that "
        "makes sense.",
        bad=_track(timestamp=1_790_000_000),
        good=_track(timestamp="2026-11-23T10:22:18.249Z"),
        expected="a string such as 2026-11-23T10:22:18.249Z",
        fix="Format the moment as ISO 8601 in UTC.",
        source=segment("1.11", "[doc]", SPEC_COMMON),
        contracts=("event", *CALLS, "batch"),
        schema=root(**{name: {**TEXT, "pattern": _MOMENT} for name in _FIELDS}),
    ),
    Rule(
        code="H351",
        name="time-has-a-zone",
        severity=Severity.WARNING,
        message="`timestamp` and `sentAt` need a time zone.",
        explanation="Without `Z` or an offset the moment is ambiguous by up to a day; a naive Python `datetime` prints "
        "that way. The event moves by the sender's offset from UTC.",
        bad=_track(timestamp="2026-11-23T10:22:18"),
        good=_track(timestamp="2026-11-23T10:22:18+01:00"),
        expected="`Z` or an offset at the end",
        fix="In Python use `datetime.now(timezone.utc)`.",
        source=segment("1.11", "[doc]", SPEC_COMMON),
        contracts=("event", *CALLS, "batch"),
        schema=root(**{name: text_unlike(_NO_ZONE) for name in _FIELDS}),
        presumes=("time-is-iso-8601",),
    ),
    Rule(
        code="H352",
        name="time-is-after-1970",
        severity=Severity.WARNING,
        message="A moment lies before 1971.",
        explanation="Engage may not take such events. The usual causes are a zero that became 1970-01-01, a number of "
        "seconds that was taken for milliseconds and became a day of January 1970, a zero date, and the `0001-01-01` "
        "that Go prints for a time that was never set.",
        bad=_track(timestamp="1970-01-01T00:00:00Z"),
        good=_track(timestamp="2026-11-23T10:22:18Z"),
        expected="a moment of our days",
        fix="Leave the timestamp out when it is not known, and give milliseconds where milliseconds are asked for.",
        source=segment("1.7", "[doc]", "engage/product-limits.md"),
        contracts=("event", *CALLS, "batch"),
        schema=root(**{name: text_unlike(_LONG_AGO) for name in _FIELDS}),
        probe=_long_ago,
        presumes=("time-is-iso-8601",),
    ),
    Rule(
        code="H353",
        name="trait-times-have-a-zone",
        severity=Severity.WARNING,
        message="A trait holds a moment without a time zone.",
        explanation="Engage does not save such a trait, and says so nowhere. A naive Python `datetime` is sent that "
        "way by the official SDK.",
        bad={"type": "identify", "userId": "user-001", "traits": {"trialEnds": "2026-12-01T00:00:00"}},
        good={"type": "identify", "userId": "user-001", "traits": {"trialEnds": "2026-12-01T00:00:00Z"}},
        expected="`Z` or an offset at the end",
        fix="Give the datetime a zone before it becomes text.",
        source=segment("1.11, 6 (21)", "[doc]", SPEC_COMMON),
        contracts=("identify", "group"),
        schema=each("traits", text_unlike(_NO_ZONE)),
    ),
    Rule(
        code="H354",
        name="time-is-not-ahead",
        severity=Severity.WARNING,
        message="`timestamp` is later than `sentAt`, by a day or more.",
        explanation="Segment stores receivedAt - (sentAt - timestamp), so the event lands in the future. A constant or "
        "wrong `sentAt` moves every event.",
        bad=_track(timestamp="2026-11-25T10:00:00Z", sentAt="2026-11-23T10:00:00Z"),
        good=_track(timestamp="2026-11-23T09:59:59Z", sentAt="2026-11-23T10:00:00Z"),
        expected="a moment before `sentAt`",
        fix="Set `sentAt` from the same clock, at the moment of sending.",
        source=observed("1.11, 6 (20)", "analytics-react-native#977, analytics-java#340", "2024"),
        contracts=("event", *CALLS),
        probe=_future,
        reads=("timestamp", "sentAt"),
        presumes=("time-is-iso-8601", "time-is-after-1970"),
    ),
    Rule(
        code="H355",
        name="trait-dates-are-iso-8601",
        severity=Severity.NOTE,
        message="A trait holds a date that is not written in ISO 8601.",
        explanation="To Segment it is a text like any other: an audience's conditions on time do not match it, no "
        "destination gets a date, and the warehouse column is text. Seven digits of a second, as .NET writes them, are "
        "more than Segment's own reader of dates takes.",
        bad={"type": "identify", "userId": "user-001", "traits": {"last_login": "11/20/2025"}},
        good={"type": "identify", "userId": "user-001", "traits": {"last_login": "2025-11-20T00:00:00Z"}},
        expected="a string such as 2026-11-23T10:22:18.249Z",
        fix="Format the moment as ISO 8601 in UTC, with three digits of a second.",
        source=segment("1.11", "[doc]", SPEC_COMMON),
        contracts=("identify", "group"),
        schema=each("traits", text_unlike(_LIKE_A_DATE)),
        presumes=("membership-is-boolean",),
    ),
)
