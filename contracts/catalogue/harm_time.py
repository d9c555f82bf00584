"""H35x: moments that land somewhere else in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from contracts.catalogue.delivery import CALLS
from contracts.catalogue.sources import SPEC_COMMON, observed, segment
from contracts.explain import quote
from contracts.fragments import TEXT, each, root, text_unlike
from contracts.moments import moment
from contracts.rule import Frame, Observation, Rule, Severity

_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = "([01][0-9]|2[0-4]):[0-5][0-9](:[0-6][0-9]([.,][0-9]{1,9})?)?"
_ZONE = "([Zz]|[+-][0-9]{2}:?[0-9]{2})"
_MOMENT = f"^{_DAY}([Tt ]{_CLOCK}{_ZONE}?)?$"
_NO_ZONE = f"^{_DAY}[Tt ]{_CLOCK}$"
_FIELDS = ("timestamp", "sentAt", "originalTimestamp")


def _track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "user-001", "event": "Opened", **fields}


def _future(payload: Any, _: Frame) -> Iterator[Observation]:
    happened, sent = payload.get("timestamp"), payload.get("sentAt")
    if not isinstance(happened, str) or not isinstance(sent, str) or happened[:10] <= sent[:10]:
        return  # the days alone settle nearly every event
    then, now = moment(happened), moment(sent)
    if then is not None and now is not None and then - now >= timedelta(days=1):
        yield Observation("/timestamp", f"{quote(happened)}, sent at {quote(sent)}")


RULES = (
    Rule(
        code="H350",
        name="time-is-iso-8601",
        severity=Severity.WARNING,
        message="`timestamp` and `sentAt` must be ISO 8601 strings.",
        explanation="A number of seconds, or a date in another notation, is not documented to be understood; the event "
        "gets the moment of its arrival, or none that makes sense.",
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
        message="`timestamp` lies before 1970.",
        explanation="Engage may not take such events. The usual cause is a zero date, or the `0001-01-01` that Go "
        "prints for a time that was never set.",
        bad=_track(timestamp="0001-01-01T00:00:00Z"),
        good=_track(timestamp="2026-11-23T10:22:18Z"),
        expected="a moment after 1970-01-01",
        fix="Leave the timestamp out when it is not known.",
        source=segment("1.7", "[doc]", "engage/product-limits.md"),
        contracts=("event", *CALLS),
        schema=root(timestamp=text_unlike("^(0[0-9]{3}|1[0-8][0-9]{2}|19[0-6][0-9])-")),
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
        presumes=("time-is-iso-8601",),
    ),
)
