"""When an event is tried again: randomised exponential back-off for four hours (segment facts 5.7 [doc])."""

from __future__ import annotations

from random import Random

from downstream.routing.settings import RoutingSettings

_HOUR = 3_600_000


def due_again(settings: RoutingSettings, *, attempts: int, first_at: int, now: int, random: Random) -> int | None:
    """Return when an event is due again after so many failed attempts, in milliseconds, or None: given up.

    The last attempt is made when the time for retries is over, so that an outage shorter than it never loses an event
    and a longer one always does, whatever the jitter.
    """
    end = first_at + round(settings.retry_hours * _HOUR)
    if now >= end:
        return None
    try:
        wait = settings.retry_first_seconds * 1000 * settings.retry_factor ** (attempts - 1)
    except OverflowError:
        return end
    jitter = min(settings.retry_jitter, 1.0)
    wait *= random.uniform(1 - jitter, 1 + jitter)
    return min(end, now + max(1, round(wait))) if wait < _HOUR * 1_000_000 else end
