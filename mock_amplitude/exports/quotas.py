"""Quotas: how much a project may ask for, counted from the journal on the lab's clock.

Four limits on download requests (amplitude facts 0 [doc]): 500 a month, 60 in 10 minutes, 4 in parallel per minute,
5 concurrent. The page gives no more than these words. Here "parallel per minute" counts jobs requested within the
last 60 seconds that still run, and "concurrent" counts all that still run [inferred].
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, datetime

from mock_amplitude.exports.jobs import Job
from mock_amplitude.settings import AmplitudeSettings

TEN_MINUTES = 600_000
MINUTE = 60_000
END_OF_TIME = 253_402_300_799_000  # the last second that a calendar date can tell


@dataclass(slots=True)
class Usage:
    """What a project has used: requests of the last ten minutes and of each month."""

    recent: deque[int] = field(default_factory=deque)
    months: Counter[str] = field(default_factory=Counter)

    def count(self, at: int) -> None:
        """Count one download request."""
        self.months[month_of(at)] += 1
        self.recent.append(at)
        while self.recent and self.recent[0] <= at - TEN_MINUTES:
            self.recent.popleft()


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that one more request would pass, and in how many milliseconds there is room again."""

    details: str
    wait: int


def excess(usage: Usage, jobs: Iterable[Job], settings: AmplitudeSettings, now: int) -> Excess | None:
    """Return the limit that a request at this moment would pass, if any."""
    over = month_used_up(usage, settings, now)
    if over is not None:
        return over
    recent = [at for at in usage.recent if now - TEN_MINUTES < at]
    limit = settings.requests_per_10_minutes
    if limit and len(recent) >= limit:
        return Excess(f"Exceeded rate limit of {limit} requests per 10 minutes", recent[-limit] + TEN_MINUTES - now)
    jobs = list(jobs)
    running = [job for job in jobs if job.is_running(now)]
    limit = settings.parallel_per_minute
    counted = running if settings.parallel_counts == "running" else jobs
    lately = [job.requested_at for job in counted if job.requested_at > now - MINUTE]
    if limit and len(lately) >= limit:
        wait = _first_to_land(running, now) if counted is running else lately[-limit] + MINUTE - now
        return Excess(f"Exceeded {limit} parallel requests per minute", wait)
    limit = settings.concurrent_jobs
    if limit and len(running) >= limit:
        return Excess(f"Exceeded {limit} concurrent requests", _first_to_land(running, now))
    return None


def month_used_up(usage: Usage, settings: AmplitudeSettings, now: int) -> Excess | None:
    """Return that the month has no requests left, if so."""
    limit = settings.monthly_requests
    if limit and usage.months[month_of(now)] >= limit:
        return Excess(f"Exceeded {limit} cohort download requests per month", next_month(now) - now)
    return None


def _first_to_land(running: Iterable[Job], now: int) -> int:
    return min((job.requested_at + job.duration - now for job in running if job.outcome != "hangs"), default=MINUTE)


def month_of(at: int) -> str:
    """Return the calendar month of a moment, UTC (amplitude facts 7.20)."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m}"


def next_month(at: int) -> int:
    """Return when the month's count begins anew, in milliseconds."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    if year > MAXYEAR:
        return END_OF_TIME
    return round(datetime(year, month + 1, 1, tzinfo=UTC).timestamp() * 1000)
